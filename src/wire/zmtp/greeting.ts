/**
 * The greeting, by which either side introduces itself at once and in full:
 *
 *      0    1-8      9   10     11     12-31      32         33-63
 *     [FF][padding][7F][major][minor][mechanism][as server][zero ...]   64 bytes
 *
 * The peer's is checked as it arrives, so that something that speaks another protocol is dropped after its first byte.
 * Older versions (ZMTP 1 and 2) are refused: 1.0 takes any bytes for a message. The `as server` octet is not looked at,
 * because libzmq always sends 0; who is the server is a matter of configuration.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { GREETING_BYTES, type Mechanism, ZmtpError } from './constants.ts';

const SIGNATURE_BYTES = 10;
const MAJOR = 3;
const MECHANISM_AT = 12;
const MECHANISM_BYTES = 20;
const AS_SERVER_AT = 32;

export type Minor = 0 | 1;

export function greeting(minor: Minor, mechanism: Mechanism, asServer: boolean): Buffer {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes[0] = 0xff;
  // Older libzmq reads these eight bytes as the length of an identity: one byte, the flags, and so none.
  bytes[8] = 1;
  bytes[9] = 0x7f;
  bytes[10] = MAJOR;
  bytes[11] = minor;
  bytes.write(mechanism, MECHANISM_AT, 'latin1');
  bytes[AS_SERVER_AT] = asServer ? 1 : 0;
  return bytes;
}

export class GreetingReader {
  /** 0 or 1: the dialect that the peer speaks, known once all is there. */
  minor: Minor = 0;
  readonly #bytes = new Uint8Array(GREETING_BYTES);
  readonly #mechanism: Mechanism;
  #have = 0;

  constructor(mechanism: Mechanism) {
    this.#mechanism = mechanism;
  }

  get done(): boolean {
    return this.#have === GREETING_BYTES;
  }

  /** Takes from `chunk` what belongs to the greeting and says how much that was; throws what is wrong with it. */
  read(chunk: Uint8Array): number {
    const before = this.#have;
    const length = Math.min(GREETING_BYTES - before, chunk.length);
    copyBytes(chunk, 0, length, this.#bytes, before);
    this.#have = before + length;
    this.#check();
    return length;
  }

  #check(): void {
    const bytes = this.#bytes;
    const have = this.#have;
    if (have > 0 && bytes[0] !== 0xff) throw notZmtp('the first byte is not FF');
    if (have >= SIGNATURE_BYTES && ((bytes[9] as number) & 1) === 0) throw notZmtp('the tenth byte is not 7F');
    if (have > SIGNATURE_BYTES && (bytes[10] as number) < MAJOR) {
      throw new ZmtpError('ERR_ZMTP_UNSPECIFIED', `ZMTP ${bytes[10]} is not spoken here, only 3.0 and 3.1`);
    }
    if (have < GREETING_BYTES) return;
    this.minor = bytes[10] === MAJOR && bytes[11] === 0 ? 0 : 1;
    const theirs = mechanismIn(bytes);
    if (theirs !== this.#mechanism) {
      throw new ZmtpError('ERR_ZMTP_MECHANISM_MISMATCH', `mechanism ${theirs} instead of ${this.#mechanism}`);
    }
  }
}

function notZmtp(why: string): ZmtpError {
  return new ZmtpError('ERR_ZMTP_UNSPECIFIED', `not a ZMTP greeting: ${why}`);
}

/** The name up to the padding; what is not printable is shown as a dot. */
function mechanismIn(bytes: Uint8Array): string {
  let name = '';
  for (let at = MECHANISM_AT; at < MECHANISM_AT + MECHANISM_BYTES; at++) {
    const octet = bytes[at] as number;
    if (octet === 0) break;
    name += octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.';
  }
  return name;
}
