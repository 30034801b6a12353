/**
 * WireWriter: where the next byte of a message goes, in memory that has been measured before.
 *
 * The counterpart of WireReader. Nothing is checked here: `size` of the codec has said how much will be written.
 */
import { writeU16, writeU32, writeU64 } from '../../bytes/numbers.ts';
import { writeUvarint } from '../../bytes/varint.ts';

/** What 2^63 - 1 is as a number, which rounds it up. Written as the largest int64, so that it survives a round trip. */
const INT64_END = 2 ** 63;

export class WireWriter {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  int8(value: number): void {
    this.bytes[this.at++] = value;
  }

  int16(value: number): void {
    writeU16(this.bytes, this.at, value);
    this.at += 2;
  }

  int32(value: number): void {
    writeU32(this.bytes, this.at, value);
    this.at += 4;
  }

  int64(value: number): void {
    if (value >= INT64_END) {
      writeU32(this.bytes, this.at, 0x7fff_ffff);
      writeU32(this.bytes, this.at + 4, 0xffff_ffff);
    } else {
      writeU64(this.bytes, this.at, value);
    }
    this.at += 8;
  }

  uvarint(value: number): void {
    this.at = writeUvarint(this.bytes, this.at, value);
  }
}
