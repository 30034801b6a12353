/**
 * Framer: cuts a stream of chunks into requests, each consumed exactly once.
 *
 *     [length int32][request ...]
 *
 *     framer.push(chunk);
 *     while (framer.next()) { ... framer.bytes[framer.start, framer.end) ... }
 *     framer.letGo();
 *     if (framer.fault !== null) close
 *
 * A request that lies whole in the chunk is looked at where it is. One that is split, as every large Produce is, gets
 * gathered in a buffer of ours. That buffer has at most four times the room of what has arrived, whatever was
 * announced; a length above the limit is a fault before a byte of it is kept. After a fault there are no more requests.
 *
 * Gathering buffers are lent by a pool of the process, because a fresh megabyte a request costs more than reading it.
 *
 * What `bytes` shows is valid until the next call of `push`, `next` or `letGo`.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readI32 } from '../../bytes/numbers.ts';
import { ERROR } from './error-codes.ts';
import { LENGTH_BYTES } from './messages.ts';
import { KafkaWireError } from './wire-error.ts';

const NOTHING = new Uint8Array(0);
const GATHERING_BYTES_MIN = 4096;
const GROWTH = 4;
const POOLED_BYTES_MIN = 64 * 1024;
const POOLED_BYTES_MAX = 2 * 1024 * 1024;
const POOLED_MAX = 16;

/** Buffers that no connection gathers in at the moment. */
const pool: Uint8Array[] = [];

function lend(bytesMin: number): Uint8Array {
  const fitting = pool.findIndex(({ length }) => length >= bytesMin);
  if (bytesMin < POOLED_BYTES_MIN || fitting < 0) return new Uint8Array(bytesMin);
  return pool.splice(fitting, 1)[0] as Uint8Array;
}

function giveBack(buffer: Uint8Array): void {
  const { length } = buffer;
  if (length >= POOLED_BYTES_MIN && length <= POOLED_BYTES_MAX && pool.length < POOLED_MAX) pool.push(buffer);
}

export class Framer {
  /** Where the current request lies: the chunk, or the gathering buffer. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  fault: KafkaWireError | null = null;

  readonly #requestBytesMax: number;
  #chunk: Uint8Array = NOTHING;
  /** The first byte of the chunk that no request has consumed. */
  #at = 0;
  #gathered: Uint8Array = NOTHING;
  #gatheredBytes = 0;

  constructor(requestBytesMax: number) {
    this.#requestBytesMax = requestBytesMax;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Is there another whole request? Its place is then in the fields. */
  next(): boolean {
    if (this.fault !== null) return false;
    if (this.#gatheredBytes > 0) return this.#complete();
    const at = this.#at;
    const left = this.#chunk.length - at;
    if (left < LENGTH_BYTES) return this.#keep(left);
    const length = readI32(this.#chunk, at);
    if (!this.#acceptable(length)) return false;
    if (left < LENGTH_BYTES + length) return this.#keep(left);
    this.bytes = this.#chunk;
    this.start = at + LENGTH_BYTES;
    this.end = this.start + length;
    this.#at = this.end;
    return true;
  }

  /** A copy of what no request has consumed yet, for whoever goes on later; null if there is nothing. */
  rest(): Uint8Array | null {
    const { length } = this.#chunk;
    if (this.#at === length) return null;
    const rest = new Uint8Array(length - this.#at);
    copyBytes(this.#chunk, this.#at, length, rest, 0);
    this.#at = length;
    return rest;
  }

  /** Lets go of the chunk, whose memory belongs to the socket. Call when `next` has answered false. */
  letGo(): void {
    this.#chunk = NOTHING;
    this.bytes = NOTHING;
    this.#at = 0;
    if (this.#gatheredBytes > 0) return;
    giveBack(this.#gathered);
    this.#gathered = NOTHING;
  }

  /** Keeps the beginning of a split request. */
  #keep(left: number): false {
    if (left > 0) this.#gather(left);
    return false;
  }

  #complete(): boolean {
    if (this.#gatheredBytes < LENGTH_BYTES && !this.#gatherUpTo(LENGTH_BYTES)) return false;
    const length = readI32(this.#gathered, 0);
    if (!this.#acceptable(length)) return false;
    if (!this.#gatherUpTo(LENGTH_BYTES + length)) return false;
    this.bytes = this.#gathered;
    this.start = LENGTH_BYTES;
    this.end = LENGTH_BYTES + length;
    this.#gatheredBytes = 0;
    return true;
  }

  #gatherUpTo(total: number): boolean {
    this.#gather(Math.min(total - this.#gatheredBytes, this.#chunk.length - this.#at));
    return this.#gatheredBytes === total;
  }

  #gather(length: number): void {
    const total = this.#gatheredBytes + length;
    if (total > this.#gathered.length) this.#grow(total);
    copyBytes(this.#chunk, this.#at, this.#at + length, this.#gathered, this.#gatheredBytes);
    this.#gatheredBytes = total;
    this.#at += length;
  }

  #grow(total: number): void {
    const useful = Math.max(total, Math.min(total * GROWTH, this.#requestBytesMax + LENGTH_BYTES));
    const grown = lend(Math.max(GATHERING_BYTES_MIN, useful));
    copyBytes(this.#gathered, 0, this.#gatheredBytes, grown, 0);
    giveBack(this.#gathered);
    this.#gathered = grown;
  }

  #acceptable(length: number): boolean {
    if (length >= 0 && length <= this.#requestBytesMax) return true;
    const text = `a request of ${length} bytes; the limit is ${this.#requestBytesMax}`;
    this.fault = new KafkaWireError(ERROR.INVALID_REQUEST, text);
    return false;
  }
}
