/**
 * The bytes of a checkpoint: what the journal would otherwise have to replay from the beginning.
 *
 *   LOG         kind 20 | u32 record length | u32 id | f64 floor | f64 end | ranges released | ranges returned |
 *               u32 n × (f64 offset, u32 attempts) | u32 parts × part
 *   part        u8 1 cold, 0 inline | f64 first | f64 end | u32 extents |
 *               cold: f64 position | u32 bytes | ranges transient | u32 n × (f64 area, f64 bytes)
 *               inline: the two arrays of the part, see `part.ts`
 *   DEFINITION  kind 5 | u32 length | JSON
 *   META        kind 21 | f64 replay main from this block | u32 next log id | u32 blocks of the checkpoint; comes last
 *
 * `ranges` is u32 n, then n × (f64 from, f64 to). A record never spans two blocks; a block may be larger for one. All
 * the blocks of a checkpoint carry its serial number as their group, the last one the end flag: without it the whole is
 * ignored.
 */
import { Buffer } from 'node:buffer';
import type { IntervalSet } from '../../core/interval-set.ts';
import type { LogIndex } from './log-index.ts';
import { EXTENT_BYTES, Part } from './part.ts';
import { PAYLOAD_AT } from './records.ts';
import type { StoredLog } from './stored-log.ts';

export const LOG = 20;
export const META = 21;
export const META_BYTES = 17;

/** A block's body while it is written: a growing buffer, used for one block after the other. */
export class Output {
  bytes = Buffer.allocUnsafe(64 * 1024);
  /** Where the next byte goes; the block's header and prefix come before them all. */
  length = PAYLOAD_AT;

  clear(): void {
    this.length = PAYLOAD_AT;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.length = this.bytes.writeUInt8(value, at);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.length = this.bytes.writeUInt32LE(value, at);
  }

  f64(value: number): void {
    const at = this.#room(8);
    this.length = this.bytes.writeDoubleLE(value, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.bytes.set(bytes, at);
    this.length = at + bytes.length;
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.u32(bytes.length);
    this.raw(bytes);
  }

  pairs(values: readonly number[]): void {
    this.u32(values.length / 2);
    for (const value of values) this.f64(value);
  }

  ranges(set: IntervalSet | null): void {
    this.u32(set?.ranges ?? 0);
    for (let index = 0; set !== null && index < set.ranges; index++) {
      this.f64(set.rangeFrom(index));
      this.f64(set.rangeTo(index));
    }
  }

  #room(bytes: number): number {
    if (this.length + bytes > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + bytes));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return this.length;
  }
}

/** Reads what Output wrote; running past the end throws, and the caller calls that damage. */
export class Input {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
    this.end = end;
  }

  u8(): number {
    return this.bytes[this.#take(1)]!;
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.#take(4));
  }

  f64(): number {
    return this.bytes.readDoubleLE(this.#take(8));
  }

  /** The place of `bytes` raw bytes. */
  skip(bytes: number): number {
    return this.#take(bytes);
  }

  text(): string {
    const length = this.u32();
    const at = this.#take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  pairs(): number[] {
    const values: number[] = [];
    for (let left = this.u32() * 2; left > 0; left--) values.push(this.f64());
    return values;
  }

  #take(bytes: number): number {
    const at = this.at;
    if (at + bytes > this.end) throw new RangeError('a record is longer than its block');
    this.at = at + bytes;
    return at;
  }
}

export function writeLog(output: Output, log: StoredLog): void {
  output.u8(LOG);
  const lengthAt = output.length;
  output.u32(0);
  output.u32(log.id);
  output.f64(log.index.floor);
  output.f64(log.index.end);
  output.ranges(log.index.released);
  output.ranges(log.returned?.offsets ?? null);
  const counts = log.returned?.counts;
  output.u32(counts?.size ?? 0);
  if (counts !== undefined) {
    for (const [offset, attempts] of counts) {
      output.f64(offset);
      output.u32(attempts);
    }
  }
  const parts = log.index.parts().filter((part) => part.count > part.head);
  output.u32(parts.length);
  for (const part of parts) writePart(output, part, log.index);
  output.bytes.writeUInt32LE(output.length - lengthAt - 4, lengthAt);
}

function writePart(output: Output, part: Part, index: LogIndex): void {
  output.u8(part.stored ? 1 : 0);
  if (!part.stored) {
    output.f64(part.base(part.head));
    output.f64(part.end);
    output.u32(part.count - part.head);
    part.store(part.head, (bytes) => output.raw(bytes));
    return;
  }
  output.f64(part.first);
  output.f64(part.end);
  output.u32(part.count);
  output.f64(part.storedAt);
  output.u32(part.count * EXTENT_BYTES);
  output.pairs(part.transients);
  output.pairs(index.heldBy(part));
}

/** The reverse of `writePart`; a stored part is read as cold. */
export function readPart(input: Input): Part {
  const cold = input.u8() === 1;
  const first = input.f64();
  const end = input.f64();
  const count = input.u32();
  if (cold) {
    const position = input.f64();
    input.skip(4);
    const transients = input.pairs();
    return Part.cold(first, end, count, position, input.pairs(), transients);
  }
  const part = new Part(first, 0);
  part.end = end;
  part.count = count;
  part.load(input.bytes, input.skip(count * EXTENT_BYTES));
  return part;
}
