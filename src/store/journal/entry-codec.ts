/**
 * The bytes of one entry, as they lie in a block's payload region and in the tail cache.
 *
 *   0        4  total length, this header included
 *   4        1  format tag
 *   5        1  flags: 1 persistent, 2 expires, 4 batch, 8 overlay
 *   6        1  priority
 *   7        1  0
 *   8        8  timestamp, ms since the epoch (float64, little endian like every number here)
 *  [16       8  expiry, ms since the epoch        when flag 2]
 *  [         4  messages in the batch             when flag 4]
 *  [         2  overlay length, then its JSON     when flag 8]
 *   …           payload, in the publisher's own encoding
 *
 * The fixed part is 16 bytes because a small message must stay small: a 100-byte body is stored in about 150 bytes.
 */
import { Buffer } from 'node:buffer';
import { copyOf } from '../../bytes/copy.ts';
import type { Entry, Message, Overlay } from '../../core/message.ts';

export const ENTRY_HEADER_BYTES = 16;

const PERSISTENT = 1;
const EXPIRES = 2;
const BATCH = 4;
const OVERLAY = 8;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/** Writes a float64 in little endian; by bytes, because a DataView a slab would have to be carried along. */
export function writeFloat(bytes: Uint8Array, at: number, value: number): void {
  float[0] = value;
  bytes[at] = floatBytes[0]!;
  bytes[at + 1] = floatBytes[1]!;
  bytes[at + 2] = floatBytes[2]!;
  bytes[at + 3] = floatBytes[3]!;
  bytes[at + 4] = floatBytes[4]!;
  bytes[at + 5] = floatBytes[5]!;
  bytes[at + 6] = floatBytes[6]!;
  bytes[at + 7] = floatBytes[7]!;
}

export function readFloat(bytes: Uint8Array, at: number): number {
  floatBytes[0] = bytes[at]!;
  floatBytes[1] = bytes[at + 1]!;
  floatBytes[2] = bytes[at + 2]!;
  floatBytes[3] = bytes[at + 3]!;
  floatBytes[4] = bytes[at + 4]!;
  floatBytes[5] = bytes[at + 5]!;
  floatBytes[6] = bytes[at + 6]!;
  floatBytes[7] = bytes[at + 7]!;
  return float[0]!;
}

export function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length >>> 16;
  bytes[at + 3] = length >>> 24;
}

/** Bytes that `message` takes as an entry without an overlay. */
export function entryLength(message: Message): number {
  return ENTRY_HEADER_BYTES + (message.expiresAt === 0 ? 0 : 8) + (message.count === 1 ? 0 : 4) + message.length;
}

/** Writes `message` at `at`; `length` is what `entryLength` said. */
export function writeEntry(bytes: Uint8Array, at: number, length: number, message: Message): void {
  let flags = message.persistent ? PERSISTENT : 0;
  let end = at + ENTRY_HEADER_BYTES;
  if (message.expiresAt !== 0) {
    flags |= EXPIRES;
    writeFloat(bytes, end, message.expiresAt);
    end += 8;
  }
  if (message.count !== 1) {
    flags |= BATCH;
    writeLength(bytes, end, message.count);
    end += 4;
  }
  writeLength(bytes, at, length);
  bytes[at + 4] = message.format;
  bytes[at + 5] = flags;
  bytes[at + 6] = message.priority;
  bytes[at + 7] = 0;
  writeFloat(bytes, at + 8, message.timestamp);
  message.write(bytes, end);
}

/** Fills `entry` from the bytes at `at` and answers the entry's total length. */
export function readEntry(bytes: Uint8Array, at: number, entry: Entry): number {
  const length = readLength(bytes, at);
  const flags = bytes[at + 5]!;
  entry.format = bytes[at + 4]!;
  entry.persistent = (flags & PERSISTENT) !== 0;
  entry.priority = bytes[at + 6]!;
  entry.timestamp = readFloat(bytes, at + 8);
  let start = at + ENTRY_HEADER_BYTES;
  entry.expiresAt = 0;
  entry.count = 1;
  entry.overlay = null;
  if ((flags & ~PERSISTENT) !== 0) {
    if ((flags & EXPIRES) !== 0) {
      entry.expiresAt = readFloat(bytes, start);
      start += 8;
    }
    if ((flags & BATCH) !== 0) {
      entry.count = readLength(bytes, start);
      start += 4;
    }
    if ((flags & OVERLAY) !== 0) {
      const overlayBytes = bytes[start]! | (bytes[start + 1]! << 8);
      start += 2;
      entry.overlay = decodeOverlay(bytes.subarray(start, start + overlayBytes));
      start += overlayBytes;
    }
  }
  entry.bytes = bytes;
  entry.start = start;
  entry.end = at + length;
  return length;
}

/** Messages in the entry at `at`, read without filling a window. */
export function readCount(bytes: Uint8Array, at: number): number {
  const flags = bytes[at + 5]!;
  if ((flags & BATCH) === 0) return 1;
  return readLength(bytes, at + ENTRY_HEADER_BYTES + ((flags & EXPIRES) === 0 ? 0 : 8));
}

/** Writes an entry without payload that stands for `count` released messages; answers where it ends. */
export function writeTombstone(bytes: Uint8Array, at: number, count: number): number {
  bytes.fill(0, at, at + ENTRY_HEADER_BYTES);
  writeLength(bytes, at, ENTRY_HEADER_BYTES + 4);
  bytes[at + 5] = BATCH;
  writeLength(bytes, at + ENTRY_HEADER_BYTES, count);
  return at + ENTRY_HEADER_BYTES + 4;
}

/** A message that is another entry's payload with an overlay, or the same entry bound for a log of other durability. */
export class CopiedMessage implements Message {
  readonly format: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly timestamp: number;
  readonly expiresAt: number;
  readonly count: number;
  readonly length: number;
  readonly #bytes: Uint8Array;

  /** The overlay's expiry holds, if it says one. */
  constructor(entry: Entry, overlay: Overlay | null = null) {
    this.format = entry.format;
    this.persistent = entry.persistent;
    this.priority = entry.priority;
    this.timestamp = entry.timestamp;
    this.expiresAt = overlay?.expiresAt ?? entry.expiresAt;
    this.count = entry.count;
    this.#bytes = copyOf(entry.bytes, entry.start, entry.end);
    this.length = this.#bytes.length;
  }

  write(target: Uint8Array, at: number): void {
    target.set(this.#bytes, at);
  }
}

/** The encoded overlay with its length before it, or null for none. */
export function encodeOverlay(overlay: Overlay | null): Uint8Array | null {
  if (overlay === null) return null;
  const json = Buffer.from(JSON.stringify(overlay), 'utf8');
  const bytes = Buffer.alloc(2 + json.length);
  bytes.writeUInt16LE(json.length, 0);
  json.copy(bytes, 2);
  return bytes;
}

function decodeOverlay(bytes: Uint8Array): Overlay {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as Overlay;
}

/** Bytes that `message` takes as an entry with `overlay` (as `encodeOverlay` gave it). */
export function overlaidLength(message: Message, overlay: Uint8Array): number {
  return entryLength(message) + overlay.length;
}

/** Writes `message` with `overlay` between its header and its payload; `length` is what `overlaidLength` said. */
export function writeOverlaid(
  bytes: Uint8Array,
  at: number,
  length: number,
  message: Message,
  overlay: Uint8Array,
): void {
  writeEntry(bytes, at, length, message);
  const payloadAt = at + length - overlay.length - message.length;
  bytes.copyWithin(payloadAt + overlay.length, payloadAt, payloadAt + message.length);
  bytes.set(overlay, payloadAt);
  bytes[at + 5]! |= OVERLAY;
}
