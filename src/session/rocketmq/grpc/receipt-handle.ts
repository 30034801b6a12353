/**
 * Receipt handles: by which a client settles what it was given. Opaque to it.
 *
 *     [version 1][store 4][start 4][log 8][offset 8][slot 4][nonce 8][whose 4][check 4]     45 bytes, as base64url
 *
 * `store` and `start` say which broker gave it and in which of its lives: a handle of an earlier life still settles, as
 * long as the message was not given again. `whose` is a hash of group and topic: a handle is good in its own group
 * only. The check finds handles that somebody made up or cut; it is no secret, because a client may settle everything
 * in its group anyway.
 */
import { readU32, readU64, writeU32, writeU64 } from '../../../bytes/numbers.ts';
import { murmur2 } from '../../../core/partition.ts';
import type { ReceiptFields } from '../../../core/sharing-reader.ts';

const VERSION = 1;
const STORE_AT = 1;
const START_AT = 5;
const LOG_AT = 9;
const OFFSET_AT = 17;
const SLOT_AT = 25;
const NONCE_AT = 29;
const WHOSE_AT = 37;
const CHECK_AT = 41;
const BYTES = 45;
const CHARACTERS = (BYTES * 4) / 3;

export class ReceiptHandles {
  readonly #store: number;
  readonly #start: number;
  readonly #bytes = Buffer.alloc(BYTES);

  constructor(store: number, start: number) {
    this.#store = store >>> 0;
    this.#start = start >>> 0;
  }

  encode({ log, offset, slot, nonce }: ReceiptFields, group: string, topic: string): string {
    const bytes = this.#bytes;
    bytes[0] = VERSION;
    writeU32(bytes, STORE_AT, this.#store);
    writeU32(bytes, START_AT, this.#start);
    writeU64(bytes, LOG_AT, log);
    writeU64(bytes, OFFSET_AT, offset);
    writeU32(bytes, SLOT_AT, slot);
    writeU64(bytes, NONCE_AT, nonce);
    writeU32(bytes, WHOSE_AT, whose(group, topic));
    writeU32(bytes, CHECK_AT, checkOf(bytes));
    return bytes.toString('base64url');
  }

  /** null for what is no handle of ours, or of another group or topic. */
  decode(text: string, group: string, topic: string): ReceiptFields | null {
    if (text.length !== CHARACTERS) return null;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== BYTES || bytes[0] !== VERSION || readU32(bytes, STORE_AT) !== this.#store) return null;
    if (readU32(bytes, CHECK_AT) !== checkOf(bytes) || readU32(bytes, WHOSE_AT) !== whose(group, topic)) return null;
    const log = readU64(bytes, LOG_AT);
    const offset = readU64(bytes, OFFSET_AT);
    if (readU32(bytes, START_AT) !== this.#start) return { log, offset, slot: -1, nonce: 0 };
    const nonce = readU64(bytes, NONCE_AT);
    return nonce === 0 ? null : { log, offset, slot: readU32(bytes, SLOT_AT), nonce };
  }
}

function checkOf(bytes: Uint8Array): number {
  return murmur2(bytes.subarray(0, CHECK_AT)) >>> 0;
}

function whose(group: string, topic: string): number {
  return murmur2(Buffer.from(`${group}\0${topic}`)) >>> 0;
}
