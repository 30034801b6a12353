/**
 * WireReader: a place in a request or response, and the primitives that Kafka builds everything from.
 *
 *     int8 int16 int32 int64   big-endian, signed
 *     uvarint                  seven bits a byte, the lowest first; at most five bytes
 *     varint, varlong          the same of zigzag numbers: -1 is 1, 1 is 2; only records use them
 *
 * Every read checks the end, so nothing is read outside of `bytes[at, end)`. What is announced is compared with what
 * is there before anything is allocated for it; and because a byte of input can become an object of a hundred, one
 * message may have no more than ELEMENTS_MAX array elements in total.
 *
 * 64-bit numbers are numbers: exact to 2^53, beyond that their lowest bits are lost. Offsets, timestamps and producer
 * ids that a broker gives out are below; the extremes that clients send as "no limit" keep their meaning.
 */
import { readI32, readU16, readU32 } from '../../bytes/numbers.ts';
import { ERROR, type ErrorCode } from './error-codes.ts';
import { KafkaWireError } from './wire-error.ts';

export const ELEMENTS_MAX = 1_000_000;
const UVARINT_BYTES_MAX = 5;
const VARLONG_BYTES_MAX = 10;

export class WireReader {
  bytes: Uint8Array;
  at: number;
  end: number;
  /** What is being read, for the error text: `Fetch request v12`. */
  readonly subject: string;
  readonly #code: ErrorCode;
  #elementsLeft = ELEMENTS_MAX;

  constructor(bytes: Uint8Array, at: number, end: number, subject: string, code: ErrorCode = ERROR.INVALID_REQUEST) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.subject = subject;
    this.#code = code;
  }

  fail(what: string): never {
    throw new KafkaWireError(this.#code, `${this.subject}: ${what}`);
  }

  /** The place of the next `length` bytes, which are passed over. */
  take(length: number): number {
    const at = this.at;
    if (length > this.end - at) this.fail(`${length} bytes expected and ${this.end - at} left`);
    this.at = at + length;
    return at;
  }

  int8(): number {
    return ((this.bytes[this.take(1)] as number) << 24) >> 24;
  }

  int16(): number {
    return (readU16(this.bytes, this.take(2)) << 16) >> 16;
  }

  int32(): number {
    return readI32(this.bytes, this.take(4));
  }

  int64(): number {
    const at = this.take(8);
    return readI32(this.bytes, at) * 0x1_0000_0000 + readU32(this.bytes, at + 4);
  }

  /** 0 to 2^32 - 1. */
  uvarint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < UVARINT_BYTES_MAX; count++) {
      const byte = this.bytes[this.take(1)] as number;
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > 0xffff_ffff) this.fail('a variable-length number exceeds 32 bits');
        return value;
      }
      scale *= 128;
    }
    return this.fail('a variable-length number does not end');
  }

  /** A signed number of 32 bits. */
  varint(): number {
    const value = this.uvarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A signed number of 64 bits. */
  varlong(): number {
    let low = 0;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARLONG_BYTES_MAX; count++) {
      const byte = this.bytes[this.take(1)] as number;
      if (count === 0) low = byte & 1;
      value += (byte & 127) * scale;
      if (byte < 128) return low === 0 ? value / 2 : -((value - 1) / 2) - 1;
      scale *= 128;
    }
    return this.fail('a variable-length number does not end');
  }

  /** Says that `count` array elements of at least `bytesMin` bytes each follow. */
  expectElements(count: number, bytesMin: number): void {
    const left = this.end - this.at;
    if (count * bytesMin > left) this.fail(`${count} array elements announced and ${left} bytes left`);
    this.#elementsLeft -= count;
    if (this.#elementsLeft < 0) this.fail(`more than ${ELEMENTS_MAX} array elements`);
  }
}
