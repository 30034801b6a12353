/**
 * HeaderBlock: the headers of one record, encoded one after the other as they are named, so that no object stands for
 * any of them and the record can be measured before it is written.
 *
 *     n * ([key length varint][key][value length varint, -1 null][value])
 *
 * One block serves one record after the other; it is emptied by `clear`.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import { uvarintBytes, writeUvarint, zigzag } from '../../bytes/varint.ts';

const BYTES_MIN = 512;
/** More memory than this is not kept from one record to the next. */
const KEPT_BYTES_MAX = 64 * 1024;

export class HeaderBlock {
  bytes: Uint8Array = new Uint8Array(BYTES_MIN);
  length = 0;
  count = 0;

  clear(): void {
    this.length = 0;
    this.count = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(BYTES_MIN);
  }

  addText(name: string, text: string): void {
    this.#name(name);
    this.#text(text);
  }

  addBytes(name: string, value: Uint8Array): void {
    this.#name(name);
    this.#range(value, 0, value.length);
  }

  addNull(name: string): void {
    this.#name(name);
    this.#length(-1);
  }

  /** A header of another record, byte for byte; `valueStart` is -1 for null. */
  addRaw(bytes: Uint8Array, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    this.count++;
    this.#range(bytes, nameStart, nameEnd);
    if (valueStart < 0) this.#length(-1);
    else this.#range(bytes, valueStart, valueEnd);
  }

  #name(name: string): void {
    this.count++;
    this.#text(name);
  }

  #text(text: string): void {
    const length = textBytes(text);
    this.#length(length, length);
    this.length = writeText(this.bytes, this.length, text, length);
  }

  #range(bytes: Uint8Array, start: number, end: number): void {
    this.#length(end - start, end - start);
    copyBytes(bytes, start, end, this.bytes, this.length);
    this.length += end - start;
  }

  /** A length, with room for `following` bytes behind it. */
  #length(value: number, following = 0): void {
    const number = zigzag(value);
    const needed = this.length + uvarintBytes(number) + following;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      copyBytes(this.bytes, 0, this.length, grown, 0);
      this.bytes = grown;
    }
    this.length = writeUvarint(this.bytes, this.length, number);
  }
}
