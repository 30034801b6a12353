/**
 * Framer: cuts a stream of chunks into frames, each consumed exactly once.
 *
 *     [length int32][header word int32][header ...][body ...]
 *                    |
 *                    [serialize type 8][header length 24]
 *
 *     framer.push(chunk);
 *     while (framer.next()) command.read(framer.bytes, framer.start, framer.end);
 *     framer.letGo();
 *     if (framer.fault !== null) close
 *
 * `length` counts what follows it. A frame that lies whole in the chunk is looked at where it is. One that is split is
 * gathered in a buffer of ours, which grows with what has arrived, never with what was announced; a length above the
 * limit is a fault before a byte of it is kept. So are a header that is longer than its frame or than its own limit,
 * and a serialize type that does not exist. After a fault there are no more frames.
 *
 * What `bytes` shows is valid until the next call of `push`, `next` or `letGo`.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readI32, readU32 } from '../../bytes/numbers.ts';
import { SERIALIZE } from './constants.ts';
import { RocketmqWireError } from './wire-error.ts';

/** What RocketMQ takes. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** 32 KiB of properties, each byte of them escaped for JSON, and as much again. */
export const HEADER_BYTES_MAX = 384 * 1024;
export const LENGTH_BYTES = 4;
export const HEADER_WORD_BYTES = 4;

const HEADER_LENGTH_MASK = 0xff_ffff;
const NOTHING = new Uint8Array(0);
const GATHERING_BYTES_MIN = 4096;
/** A larger gathering buffer is not kept for the next split frame. */
const GATHERING_BYTES_KEPT = 64 * 1024;
const GROWTH = 2;

export class Framer {
  /** Where the current frame lies: the chunk, or the gathering buffer. */
  bytes: Uint8Array = NOTHING;
  /** The frame is `bytes[start, end)`, beginning with its header word. */
  start = 0;
  end = 0;
  fault: RocketmqWireError | null = null;

  readonly #frameBytesMax: number;
  readonly #headerBytesMax: number;
  #chunk: Uint8Array = NOTHING;
  /** The first byte of the chunk that no frame has consumed. */
  #at = 0;
  #gathered: Uint8Array = NOTHING;
  #gatheredBytes = 0;

  constructor(frameBytesMax = FRAME_BYTES_MAX, headerBytesMax = HEADER_BYTES_MAX) {
    this.#frameBytesMax = frameBytesMax;
    this.#headerBytesMax = headerBytesMax;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Is there another whole frame? Its place is then in the fields. */
  next(): boolean {
    if (this.fault !== null) return false;
    if (this.#gatheredBytes > 0) return this.#complete();
    const at = this.#at;
    const left = this.#chunk.length - at;
    if (left < LENGTH_BYTES) return this.#keep(left);
    const length = readI32(this.#chunk, at);
    if (!this.#acceptable(length)) return false;
    if (left < LENGTH_BYTES + length) return this.#keep(left);
    this.#at = at + LENGTH_BYTES + length;
    return this.#show(this.#chunk, at + LENGTH_BYTES, this.#at);
  }

  /** A copy of what no frame has consumed yet, for whoever goes on later; null if there is nothing. */
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
    if (this.#gatheredBytes === 0 && this.#gathered.length > GATHERING_BYTES_KEPT) this.#gathered = NOTHING;
  }

  /** Keeps the beginning of a split frame. */
  #keep(left: number): false {
    if (left > 0) this.#gather(left);
    return false;
  }

  #complete(): boolean {
    if (this.#gatheredBytes < LENGTH_BYTES && !this.#gatherUpTo(LENGTH_BYTES)) return false;
    const length = readI32(this.#gathered, 0);
    if (!this.#acceptable(length)) return false;
    if (!this.#gatherUpTo(LENGTH_BYTES + length)) return false;
    this.#gatheredBytes = 0;
    return this.#show(this.#gathered, LENGTH_BYTES, LENGTH_BYTES + length);
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
    const useful = Math.max(total, Math.min(total * GROWTH, this.#frameBytesMax + LENGTH_BYTES));
    const grown = new Uint8Array(Math.max(GATHERING_BYTES_MIN, useful));
    copyBytes(this.#gathered, 0, this.#gatheredBytes, grown, 0);
    this.#gathered = grown;
  }

  #show(bytes: Uint8Array, start: number, end: number): boolean {
    const word = readU32(bytes, start);
    const type = word >>> 24;
    const headerBytes = word & HEADER_LENGTH_MASK;
    const headerBytesMax = Math.min(this.#headerBytesMax, end - start - HEADER_WORD_BYTES);
    if (type > SERIALIZE.ROCKETMQ) return this.#fail(`a header of the unknown serialize type ${type}`);
    if (headerBytes > headerBytesMax)
      return this.#fail(`a header of ${headerBytes} bytes where ${headerBytesMax} are possible`);
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return true;
  }

  #acceptable(length: number): boolean {
    if (length >= HEADER_WORD_BYTES && length <= this.#frameBytesMax) return true;
    return this.#fail(`a frame of ${length} bytes; the limit is ${this.#frameBytesMax}`);
  }

  #fail(text: string): false {
    this.fault = new RocketmqWireError(text);
    return false;
  }
}
