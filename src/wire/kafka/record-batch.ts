/**
 * A record batch by offsets: what the header of a batch says, and whether it may be believed.
 *
 *      0 base offset i64          27 base timestamp i64
 *      8 length i32               35 max timestamp i64
 *     12 leader epoch i32         43 producer id i64
 *     16 magic i8 = 2             51 producer epoch i16
 *     17 crc u32                  53 base sequence i32
 *     21 attributes i16           57 record count i32
 *     23 last offset delta i32    61 records, compressed as a whole or not
 *
 * `length` counts what follows it. The checksum covers byte 21 to the end, so a broker may set the offset and the epoch
 * of a batch that it stores without touching anything else. Attributes: bits 0 to 2 compression, 3 the time is the
 * broker's, 4 of a transaction, 5 control, 6 a delete horizon instead of the base timestamp.
 *
 * All functions take the bytes and where the batch begins, and make no object. `checkBatch` comes first: the others
 * trust that a whole header is there.
 */
import { crc32c } from '../../bytes/crc32c.ts';
import { readI32, readU16, readU32, writeU16, writeU32, writeU64 } from '../../bytes/numbers.ts';
import { ERROR, type ErrorCode } from './error-codes.ts';

export const BATCH_HEADER_BYTES = 61;
/** Base offset and length, which `length` does not count. */
export const BATCH_OVERHEAD_BYTES = 12;
export const MAGIC = 2;
export const NO_PRODUCER_ID = -1;
/** The highest codec that attributes can name and Kafka knows: none, gzip, snappy, lz4, zstd. */
const CODEC_MAX = 4;

export const BATCH_AT = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: BATCH_HEADER_BYTES,
} as const;

export const ATTRIBUTE = {
  codec: 0x07,
  appendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

/** Why a batch is refused; what the partition is answered. */
export interface BatchFault {
  readonly code: ErrorCode;
  readonly text: string;
}

const FAULTS = {
  short: { code: ERROR.CORRUPT_MESSAGE, text: 'the batch is shorter than its header or than it says' },
  magic: { code: ERROR.INVALID_RECORD, text: 'only record batches of magic 2 are taken' },
  crc: { code: ERROR.CORRUPT_MESSAGE, text: "the batch's checksum is wrong" },
  count: { code: ERROR.INVALID_RECORD, text: "the batch's record count and last offset delta do not agree" },
  codec: { code: ERROR.UNSUPPORTED_COMPRESSION_TYPE, text: 'the compression is unknown' },
  none: { code: ERROR.INVALID_RECORD, text: 'there is no batch' },
  several: { code: ERROR.INVALID_RECORD, text: 'there is more than one batch for the partition' },
  records: { code: ERROR.INVALID_RECORD, text: 'the records are not as many, or not as long, as the batch says' },
  control: { code: ERROR.INVALID_RECORD, text: 'clients may not write control batches' },
  sequence: { code: ERROR.INVALID_RECORD, text: 'a producer id without a sequence number' },
} as const satisfies Record<string, BatchFault>;

/**
 * Is there one whole, undamaged batch at `at`, ending at `end` or before? Its records are not looked at: what a
 * producer put into them is between it and the consumers, unless the broker needs it (record-cursor.ts).
 */
export function checkBatch(bytes: Uint8Array, at: number, end: number): BatchFault | null {
  const left = end - at;
  // Message sets of version 0 and 1 have their magic at the same place, and shorter headers.
  if (left > BATCH_AT.magic && bytes[at + BATCH_AT.magic] !== MAGIC) return FAULTS.magic;
  if (left < BATCH_HEADER_BYTES) return FAULTS.short;
  const length = batchBytes(bytes, at);
  if (length < BATCH_HEADER_BYTES || length > left) return FAULTS.short;
  if (crcOf(bytes, at) !== crc32c(bytes, at + BATCH_AT.attributes, at + length)) return FAULTS.crc;
  if (codecOf(bytes, at) > CODEC_MAX) return FAULTS.codec;
  const count = recordCountOf(bytes, at);
  if (count < 1 || count - 1 !== lastOffsetDeltaOf(bytes, at)) return FAULTS.count;
  return null;
}

/** May a client write `bytes[at, end)` to a partition? One batch, no more, and none that only brokers write. */
export function checkProducedBatch(bytes: Uint8Array, at: number, end: number): BatchFault | null {
  if (at === end) return FAULTS.none;
  const fault = checkBatch(bytes, at, end);
  if (fault !== null) return fault;
  if (at + batchBytes(bytes, at) !== end) return FAULTS.several;
  if (isControl(bytes, at)) return FAULTS.control;
  if (codecOf(bytes, at) === 0 && !areRecordsWhole(bytes, at, end)) return FAULTS.records;
  if (producerIdOf(bytes, at) > NO_PRODUCER_ID && baseSequenceOf(bytes, at) < 0) return FAULTS.sequence;
  return null;
}

/** Do the lengths of the records, which are not compressed, lead from one to the next and from the last to the end? */
function areRecordsWhole(bytes: Uint8Array, at: number, end: number): boolean {
  let place = at + BATCH_AT.records;
  for (let left = recordCountOf(bytes, at); left > 0; left--) {
    // A zigzag varint; one of more than four bytes is longer than any batch.
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (place >= end || shift > 21) return false;
      const byte = bytes[place++] as number;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((length & 1) !== 0) return false;
    place += length >>> 1;
  }
  return place === end;
}

/** All bytes of the batch. */
export function batchBytes(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at + BATCH_AT.length) + BATCH_OVERHEAD_BYTES;
}

export function baseOffsetOf(bytes: Uint8Array, at: number): number {
  return readI64(bytes, at + BATCH_AT.baseOffset);
}

export function lastOffsetOf(bytes: Uint8Array, at: number): number {
  return baseOffsetOf(bytes, at) + lastOffsetDeltaOf(bytes, at);
}

export function leaderEpochOf(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at + BATCH_AT.leaderEpoch);
}

export function crcOf(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + BATCH_AT.crc);
}

export function attributesOf(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + BATCH_AT.attributes);
}

/** See CODEC in compression.ts. */
export function codecOf(bytes: Uint8Array, at: number): number {
  return attributesOf(bytes, at) & ATTRIBUTE.codec;
}

export function isTransactional(bytes: Uint8Array, at: number): boolean {
  return (attributesOf(bytes, at) & ATTRIBUTE.transactional) !== 0;
}

export function isControl(bytes: Uint8Array, at: number): boolean {
  return (attributesOf(bytes, at) & ATTRIBUTE.control) !== 0;
}

/** Are the timestamps the broker's: when it appended, not what the producer said? */
export function hasAppendTime(bytes: Uint8Array, at: number): boolean {
  return (attributesOf(bytes, at) & ATTRIBUTE.appendTime) !== 0;
}

export function lastOffsetDeltaOf(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at + BATCH_AT.lastOffsetDelta);
}

export function baseTimestampOf(bytes: Uint8Array, at: number): number {
  return readI64(bytes, at + BATCH_AT.baseTimestamp);
}

export function maxTimestampOf(bytes: Uint8Array, at: number): number {
  return readI64(bytes, at + BATCH_AT.maxTimestamp);
}

export function producerIdOf(bytes: Uint8Array, at: number): number {
  return readI64(bytes, at + BATCH_AT.producerId);
}

export function producerEpochOf(bytes: Uint8Array, at: number): number {
  return (readU16(bytes, at + BATCH_AT.producerEpoch) << 16) >> 16;
}

export function baseSequenceOf(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at + BATCH_AT.baseSequence);
}

export function recordCountOf(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at + BATCH_AT.recordCount);
}

/** What an append changes: where the batch stands in its log. Outside of the checksum. */
export function placeBatch(bytes: Uint8Array, at: number, baseOffset: number, leaderEpoch: number): void {
  writeU64(bytes, at + BATCH_AT.baseOffset, baseOffset);
  writeU32(bytes, at + BATCH_AT.leaderEpoch, leaderEpoch);
}

/** Makes the broker's time the time of all records. */
export function stampAppendTime(bytes: Uint8Array, at: number, timestampMs: number): void {
  writeU16(bytes, at + BATCH_AT.attributes, attributesOf(bytes, at) | ATTRIBUTE.appendTime);
  correctMaxTimestamp(bytes, at, timestampMs);
}

/** Sets the highest timestamp, which a producer may have got wrong. */
export function correctMaxTimestamp(bytes: Uint8Array, at: number, timestampMs: number): void {
  writeU64(bytes, at + BATCH_AT.maxTimestamp, timestampMs);
  sealBatch(bytes, at);
}

/** Sets the checksum; after every change behind byte 20. */
export function sealBatch(bytes: Uint8Array, at: number): void {
  writeU32(bytes, at + BATCH_AT.crc, crc32c(bytes, at + BATCH_AT.attributes, at + batchBytes(bytes, at)));
}

function readI64(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 4);
}
