/**
 * Makes record batches: of messages that came by another protocol and are read by a Kafka consumer, of control markers,
 * and of what was decompressed or is to be compressed anew.
 *
 * `batchSize` says exactly how many bytes `writeBatch` will write, so the batch is built where it is to stand.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { writeU16, writeU32, writeU64 } from '../../bytes/numbers.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import { uvarintBytes, writeUvarint, zigzag } from '../../bytes/varint.ts';
import {
  ATTRIBUTE,
  attributesOf,
  BATCH_AT,
  BATCH_HEADER_BYTES,
  BATCH_OVERHEAD_BYTES,
  MAGIC,
  NO_PRODUCER_ID,
  placeBatch,
  sealBatch,
} from './record-batch.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as it is written. */
export interface RecordToWrite {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly timestampMs: number;
}

export interface BatchOptions {
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  /** Bits of ATTRIBUTE. The compression is none. */
  readonly attributes?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** The bytes of a batch of these records, one or more. */
export function batchSize(records: readonly RecordToWrite[]): number {
  const base = timestampOf(records, 0);
  let size = BATCH_HEADER_BYTES;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as RecordToWrite;
    const length = recordLength(record, index, record.timestampMs - base);
    size += varintBytes(length) + length;
  }
  return size;
}

/** Writes the batch to `target` at `at`, and says where it ends. */
export function writeBatch(
  records: readonly RecordToWrite[],
  target: Uint8Array,
  at: number,
  options: BatchOptions = {},
): number {
  const base = timestampOf(records, 0);
  let highest = base;
  let next = at + BATCH_HEADER_BYTES;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as RecordToWrite;
    if (record.timestampMs > highest) highest = record.timestampMs;
    next = writeRecord(record, index, record.timestampMs - base, target, next);
  }
  placeBatch(target, at, options.baseOffset ?? 0, options.leaderEpoch ?? 0);
  writeU32(target, at + BATCH_AT.length, next - at - BATCH_OVERHEAD_BYTES);
  target[at + BATCH_AT.magic] = MAGIC;
  writeU16(target, at + BATCH_AT.attributes, options.attributes ?? 0);
  writeU32(target, at + BATCH_AT.lastOffsetDelta, records.length - 1);
  writeU64(target, at + BATCH_AT.baseTimestamp, base);
  writeU64(target, at + BATCH_AT.maxTimestamp, highest);
  writeU64(target, at + BATCH_AT.producerId, options.producerId ?? NO_PRODUCER_ID);
  writeU16(target, at + BATCH_AT.producerEpoch, options.producerEpoch ?? -1);
  writeU32(target, at + BATCH_AT.baseSequence, options.baseSequence ?? -1);
  writeU32(target, at + BATCH_AT.recordCount, records.length);
  sealBatch(target, at);
  return next;
}

/** A batch in memory of its own. */
export function encodeBatch(records: readonly RecordToWrite[], options: BatchOptions = {}): Uint8Array {
  const batch = new Uint8Array(batchSize(records));
  writeBatch(records, batch, 0, options);
  return batch;
}

/** The batch at `at` with other bytes for its records: the same ones, compressed by another codec or by none. */
export function replaceRecords(bytes: Uint8Array, at: number, records: Uint8Array, codec: number): Uint8Array {
  const batch = new Uint8Array(BATCH_HEADER_BYTES + records.length);
  copyBytes(bytes, at, at + BATCH_HEADER_BYTES, batch, 0);
  copyBytes(records, 0, records.length, batch, BATCH_HEADER_BYTES);
  writeU32(batch, BATCH_AT.length, batch.length - BATCH_OVERHEAD_BYTES);
  writeU16(batch, BATCH_AT.attributes, (attributesOf(bytes, at) & ~ATTRIBUTE.codec) | codec);
  sealBatch(batch, 0);
  return batch;
}

function timestampOf(records: readonly RecordToWrite[], index: number): number {
  return (records[index] as RecordToWrite).timestampMs;
}

/** The length that stands in front of the record. */
function recordLength(record: RecordToWrite, offsetDelta: number, timestampDelta: number): number {
  const { headers } = record;
  let length = 1 + varintBytes(timestampDelta) + varintBytes(offsetDelta);
  length += sizedBytes(record.key) + sizedBytes(record.value) + varintBytes(headers.length);
  for (const { key, value } of headers) {
    const keyBytes = textBytes(key);
    length += varintBytes(keyBytes) + keyBytes + sizedBytes(value);
  }
  return length;
}

function writeRecord(
  record: RecordToWrite,
  offsetDelta: number,
  timestampDelta: number,
  target: Uint8Array,
  at: number,
): number {
  let next = writeVarint(target, at, recordLength(record, offsetDelta, timestampDelta));
  target[next++] = 0;
  next = writeVarint(target, next, timestampDelta);
  next = writeVarint(target, next, offsetDelta);
  next = writeSized(target, next, record.key);
  next = writeSized(target, next, record.value);
  next = writeVarint(target, next, record.headers.length);
  for (const { key, value } of record.headers) {
    const keyBytes = textBytes(key);
    next = writeText(target, writeVarint(target, next, keyBytes), key, keyBytes);
    next = writeSized(target, next, value);
  }
  return next;
}

function varintBytes(value: number): number {
  return uvarintBytes(zigzag(value));
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  return writeUvarint(target, at, zigzag(value));
}

function sizedBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length;
}

function writeSized(target: Uint8Array, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(target, at, -1);
  const next = writeVarint(target, at, value.length);
  copyBytes(value, 0, value.length, target, next);
  return next + value.length;
}
