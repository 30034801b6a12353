/**
 * Decompresses Snappy: the raw format, and the framing that Java clients put around it.
 *
 *     raw       [uvarint length] then elements, told apart by the lowest two bits of their first byte:
 *               00 literal, 01 copy with an 11-bit offset, 10 copy with 16 bits, 11 copy with 32 bits
 *     framed    82 53 4e 41 50 50 59 00, two int32 versions, then any number of [int32 length][raw]
 *
 * A length is believed only as far as the input can reach it: three bytes become 64 at most. So memory is taken once,
 * for what will be there, and only below the limit. Reading or writing out of bounds is not possible, whatever the
 * input says. Ours, for the reason that compression.ts gives.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU32 } from '../../bytes/numbers.ts';
import { repeatBytes } from '../../bytes/repeat.ts';
import { ERROR } from './error-codes.ts';
import { KafkaWireError } from './wire-error.ts';

/** What Java's framing begins with. */
export const FRAMING_MAGIC: Uint8Array = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0);
/** The magic and two version numbers. */
export const FRAMING_HEAD_BYTES = 16;
/** A copy of three bytes makes 64; nothing makes more of less. */
const EXPANSION_MAX = 22;
const PREAMBLE_BYTES_MAX = 5;

/** The decompressed content of `bytes[start, end)`, at most `limitBytes`. */
export function snappyDecompress(bytes: Uint8Array, start: number, end: number, limitBytes: number): Uint8Array {
  if (!isFramed(bytes, start, end)) {
    const target = allocate(contentBytes(bytes, start, end), limitBytes);
    decompressRaw(bytes, start, end, target, 0, target.length);
    return target;
  }
  let total = 0;
  for (let at = start + FRAMING_HEAD_BYTES; at < end; ) {
    const next = pieceEnd(bytes, at, end);
    total += contentBytes(bytes, at + 4, next);
    at = next;
  }
  const target = allocate(total, limitBytes);
  let out = 0;
  for (let at = start + FRAMING_HEAD_BYTES; at < end; ) {
    const next = pieceEnd(bytes, at, end);
    const length = contentBytes(bytes, at + 4, next);
    decompressRaw(bytes, at + 4, next, target, out, out + length);
    out += length;
    at = next;
  }
  return target;
}

function isFramed(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < FRAMING_HEAD_BYTES) return false;
  return FRAMING_MAGIC.every((byte, index) => bytes[start + index] === byte);
}

/** Where the framed piece at `at` ends. */
function pieceEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4) damaged('a piece has no length');
  const next = at + 4 + readU32(bytes, at);
  if (next > end) damaged('a piece ends beyond the input');
  return next;
}

/** What the raw content says that it will be, where that is possible. */
function contentBytes(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  let scale = 1;
  for (let at = start; at < end && at < start + PREAMBLE_BYTES_MAX; at++) {
    const byte = bytes[at] as number;
    length += (byte & 127) * scale;
    if (byte < 128) {
      if (length > (end - start) * EXPANSION_MAX) damaged('more is announced than the input can hold');
      return length;
    }
    scale *= 128;
  }
  return damaged('the length does not end');
}

function allocate(length: number, limitBytes: number): Uint8Array {
  if (length > limitBytes) {
    throw new KafkaWireError(
      ERROR.MESSAGE_TOO_LARGE,
      `snappy: ${length} bytes decompressed, the limit is ${limitBytes}`,
    );
  }
  return new Uint8Array(length);
}

/** Fills `target[from, to)`, exactly. */
function decompressRaw(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  from: number,
  to: number,
): void {
  let at = start;
  while ((bytes[at] as number) >= 128) at++;
  at++;
  let out = from;
  while (at < end) {
    const tag = bytes[at] as number;
    const operandBytes = operandOf(tag);
    if (operandBytes > end - at - 1) damaged('an element is cut off');
    let length: number;
    if ((tag & 3) === 0) {
      length = literalLength(bytes, at, tag, operandBytes);
      at += 1 + operandBytes;
      if (length > end - at || length > to - out) damaged('a literal is longer than what is left');
      copyBytes(bytes, at, at + length, target, out);
      at += length;
    } else {
      length = (tag & 3) === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      const distance = copyDistance(bytes, at, tag);
      at += 1 + operandBytes;
      if (distance === 0 || distance > out - from || length > to - out) damaged('a copy reaches out of bounds');
      repeatBytes(target, out, distance, length);
    }
    out += length;
  }
  if (out !== to) damaged('the input ends early');
}

/** How many bytes belong to the tag besides itself. */
function operandOf(tag: number): number {
  const kind = tag & 3;
  if (kind === 0) return tag < 240 ? 0 : (tag >>> 2) - 59;
  return kind === 3 ? 4 : kind;
}

function literalLength(bytes: Uint8Array, at: number, tag: number, operandBytes: number): number {
  if (operandBytes === 0) return (tag >>> 2) + 1;
  let length = 0;
  for (let index = operandBytes; index > 0; index--) length = length * 256 + (bytes[at + index] as number);
  return length + 1;
}

function copyDistance(bytes: Uint8Array, at: number, tag: number): number {
  const low = bytes[at + 1] as number;
  if ((tag & 3) === 1) return ((tag >>> 5) << 8) | low;
  const distance = low | ((bytes[at + 2] as number) << 8);
  if ((tag & 3) === 2) return distance;
  return distance + (bytes[at + 3] as number) * 0x1_0000 + (bytes[at + 4] as number) * 0x100_0000;
}

function damaged(what: string): never {
  throw new KafkaWireError(ERROR.CORRUPT_MESSAGE, `snappy: ${what}`);
}
