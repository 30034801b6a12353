/**
 * ScratchBuffer: bytes that are gathered before their length is known, and copied away at once. It grows as it is
 * written to, and is kept for the next one unless it has grown large.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { writeU16, writeU32 } from '../../bytes/numbers.ts';

const BYTES_FIRST = 4096;
const BYTES_KEPT = 1024 * 1024;

export class ScratchBuffer {
  bytes: Uint8Array = new Uint8Array(BYTES_FIRST);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Lets go of memory that only a large frame needs. */
  shrink(): void {
    if (this.bytes.length > BYTES_KEPT) this.bytes = new Uint8Array(BYTES_FIRST);
  }

  /** The place of the next `length` bytes, which are counted as written. */
  room(length: number): number {
    const at = this.length;
    const end = at + length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      copyBytes(this.bytes, 0, at, grown, 0);
      this.bytes = grown;
    }
    this.length = end;
    return at;
  }

  byte(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  short(value: number): void {
    const at = this.room(2);
    writeU16(this.bytes, at, value);
  }

  int(value: number): void {
    const at = this.room(4);
    writeU32(this.bytes, at, value);
  }

  append(source: Uint8Array, from: number, to: number): void {
    const at = this.room(to - from);
    copyBytes(source, from, to, this.bytes, at);
  }
}
