/**
 * The record table of a block: everything in a commit group that is not payload.
 *
 * A block's body is `u32 payload bytes | u32 record bytes | payload region | records`. Each record is a kind byte and
 * fixed fields, little endian; offsets and positions are float64 because they pass 2^32. All of them name absolute log
 * ids and offsets, so that replaying one twice changes nothing (docs/FORMAT.md lists the fields).
 */
import { Buffer } from 'node:buffer';
import { BLOCK_HEADER_BYTES } from '../block.ts';
import { readFloat, readLength, writeFloat, writeLength } from './entry-codec.ts';

export const BODY_PREFIX_BYTES = 8;
/** What precedes the payload in a block. */
export const PAYLOAD_AT = BLOCK_HEADER_BYTES + BODY_PREFIX_BYTES;

/** kind, flags, log, base, place in this block, bytes, messages */
export const EXTENT = 1;
/** kind, flags, log, base, position anywhere in the journal, bytes, messages */
export const PLACEMENT = 2;
/** kind, log, from, to */
export const RELEASE = 3;
/** kind, log, from, to, attempts */
export const RETURNED = 4;
/** kind, length, JSON */
export const DEFINITION = 5;
/** kind, log */
export const DROP = 6;
/** kind, flags, log, base, new position, bytes, messages */
export const MOVED = 7;
/** kind, log */
export const CREATED = 8;

export const EXTENT_RECORD_BYTES = 30;

/** What a table reader is told, in the table's order. */
export interface RecordVisitor {
  /** An extent's `place` is relative to the block; a placement's and a move's is a position. */
  extent(
    kind: number,
    log: number,
    base: number,
    place: number,
    bytes: number,
    messages: number,
    transient: boolean,
  ): void;
  release(log: number, from: number, to: number): void;
  returned(log: number, from: number, to: number, attempts: number): void;
  definition(json: string): void;
  drop(log: number): void;
  created(log: number): void;
}

/** A growing run of encoded records. */
export class Records {
  #bytes = Buffer.allocUnsafe(1024);
  length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > 1 << 20) this.#bytes = Buffer.allocUnsafe(1024);
  }

  extent(
    kind: number,
    log: number,
    base: number,
    place: number,
    bytes: number,
    messages: number,
    transient: boolean,
  ): void {
    const at = this.#room(EXTENT_RECORD_BYTES);
    writeExtent(this.#bytes, at, kind, log, base, place, bytes, messages, transient);
  }

  release(log: number, from: number, to: number): void {
    const at = this.#room(21);
    this.#bytes[at] = RELEASE;
    writeLength(this.#bytes, at + 1, log);
    writeFloat(this.#bytes, at + 5, from);
    writeFloat(this.#bytes, at + 13, to);
  }

  returned(log: number, from: number, to: number, attempts: number): void {
    const at = this.#room(25);
    this.#bytes[at] = RETURNED;
    writeLength(this.#bytes, at + 1, log);
    writeFloat(this.#bytes, at + 5, from);
    writeFloat(this.#bytes, at + 13, to);
    writeLength(this.#bytes, at + 21, attempts);
  }

  definition(json: string): void {
    const bytes = Buffer.byteLength(json, 'utf8');
    const at = this.#room(5 + bytes);
    this.#bytes[at] = DEFINITION;
    writeLength(this.#bytes, at + 1, bytes);
    this.#bytes.write(json, at + 5, 'utf8');
  }

  drop(log: number): void {
    const at = this.#room(5);
    this.#bytes[at] = DROP;
    writeLength(this.#bytes, at + 1, log);
  }

  created(log: number): void {
    const at = this.#room(5);
    this.#bytes[at] = CREATED;
    writeLength(this.#bytes, at + 1, log);
  }

  /** Takes room for `bytes` more and answers where they begin. */
  #room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    return at;
  }
}

export function writeExtent(
  target: Uint8Array,
  at: number,
  kind: number,
  log: number,
  base: number,
  place: number,
  bytes: number,
  messages: number,
  transient: boolean,
): void {
  target[at] = kind;
  target[at + 1] = transient ? 1 : 0;
  writeLength(target, at + 2, log);
  writeFloat(target, at + 6, base);
  writeFloat(target, at + 14, place);
  writeLength(target, at + 22, bytes);
  writeLength(target, at + 26, messages);
}

/** Gives every record in [at, end) to the visitor; false when the table is not what it should be. */
export function readRecords(bytes: Uint8Array, at: number, end: number, visitor: RecordVisitor): boolean {
  while (at < end) {
    const kind = bytes[at]!;
    const size = recordBytes(bytes, at, end);
    if (size === 0 || at + size > end) return false;
    switch (kind) {
      case EXTENT:
      case PLACEMENT:
      case MOVED:
        visitor.extent(
          kind,
          readLength(bytes, at + 2),
          readFloat(bytes, at + 6),
          readFloat(bytes, at + 14),
          readLength(bytes, at + 22),
          readLength(bytes, at + 26),
          bytes[at + 1] === 1,
        );
        break;
      case RELEASE:
        visitor.release(readLength(bytes, at + 1), readFloat(bytes, at + 5), readFloat(bytes, at + 13));
        break;
      case RETURNED:
        visitor.returned(
          readLength(bytes, at + 1),
          readFloat(bytes, at + 5),
          readFloat(bytes, at + 13),
          readLength(bytes, at + 21),
        );
        break;
      case DEFINITION:
        visitor.definition(Buffer.from(bytes.buffer, bytes.byteOffset + at + 5, size - 5).toString('utf8'));
        break;
      case DROP:
        visitor.drop(readLength(bytes, at + 1));
        break;
      case CREATED:
        visitor.created(readLength(bytes, at + 1));
        break;
    }
    at += size;
  }
  return true;
}

/** Length of the record at `at`, or 0 if its kind is unknown or its length does not fit. */
function recordBytes(bytes: Uint8Array, at: number, end: number): number {
  switch (bytes[at]) {
    case EXTENT:
    case PLACEMENT:
    case MOVED:
      return EXTENT_RECORD_BYTES;
    case RELEASE:
      return 21;
    case RETURNED:
      return 25;
    case DEFINITION:
      return at + 5 > end ? 0 : 5 + readLength(bytes, at + 1);
    case DROP:
    case CREATED:
      return 5;
    default:
      return 0;
  }
}
