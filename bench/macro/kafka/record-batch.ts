/**
 * Record batches (format 2), encoded once and then changed in eight bytes for every sending:
 *
 *      0 base offset i64 | 8 length i32 | 12 leader epoch i32 | 16 magic | 17 CRC-32C u32      not under the CRC
 *     21 attributes i16 | 23 last offset delta i32 | 27, 35 timestamps i64 | 43 producer id i64 | 51 epoch i16
 *     53 BASE SEQUENCE i32 | 57 records i32 | 61 records: | head | STAMP u32, filler ... | ...
 *
 * The base sequence is the idempotent producer's own running number, so it also proves to the consumer that nothing was
 * lost, repeated or swapped. The stamp, at the start of the first record's value, is the time of sending.
 *
 * A CRC is linear: changing some bits changes it by a value that depends on those bits and their place only.
 * `BatchSeal` holds that value for each bit combination of the eight bytes, so sealing a batch costs eight look-ups,
 * however long the batch is.
 */

import { crc32c } from '@node-rs/crc32';

export const CRC_AT = 17;
export const CRC_FROM = 21;
export const PRODUCER_ID_AT = 43;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;
export const RECORDS_AT = 61;
const LENGTH_AT = 8;
const LAST_OFFSET_DELTA_AT = 23;
/** As many records have offset deltas of one byte, so all of them have the same length. */
export const EVEN_RECORDS = 64;
const FILLER = 0x78;

export interface BatchShape {
  records: number;
  valueBytes: number;
  producerId: number;
  producerEpoch: number;
}

/** Sequence and stamp are 0 in it, and its CRC is right. */
export function recordBatch(shape: BatchShape): Buffer {
  const records = Array.from({ length: shape.records }, (_, i) => record(i, shape.valueBytes));
  const batch = Buffer.concat([Buffer.alloc(RECORDS_AT), ...records]);
  const now = BigInt(Date.now());
  batch.writeInt32BE(batch.length - 12, LENGTH_AT);
  batch.writeInt8(2, 16);
  batch.writeInt32BE(shape.records - 1, LAST_OFFSET_DELTA_AT);
  batch.writeBigInt64BE(now, 27);
  batch.writeBigInt64BE(now, 35);
  batch.writeBigInt64BE(BigInt(shape.producerId), PRODUCER_ID_AT);
  batch.writeInt16BE(shape.producerEpoch, 51);
  batch.writeInt32BE(shape.records, RECORD_COUNT_AT);
  batch.writeUInt32BE(0, stampAt(shape.valueBytes));
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), CRC_AT);
  return batch;
}

/** Where the first record's value begins in a batch of such values. */
export const stampAt = (valueBytes: number): number => RECORDS_AT + record(0, valueBytes).length - valueBytes - 1;

/** From one record to the next, for the first `EVEN_RECORDS` of a batch. */
export const strideOf = (valueBytes: number): number => record(0, valueBytes).length;

/** Makes a batch of the first records of the one at `at`, whose stamps are set already; answers its length. */
export function shorten(bytes: Buffer, at: number, records: number, valueBytes: number, sequence: number): number {
  const size = RECORDS_AT + records * strideOf(valueBytes);
  bytes.writeInt32BE(size - 12, at + LENGTH_AT);
  bytes.writeInt32BE(records - 1, at + LAST_OFFSET_DELTA_AT);
  bytes.writeInt32BE(sequence, at + BASE_SEQUENCE_AT);
  bytes.writeInt32BE(records, at + RECORD_COUNT_AT);
  bytes.writeUInt32BE(crc32c(bytes.subarray(at + CRC_FROM, at + size)), at + CRC_AT);
  return size;
}

/** As many records as a producer with this `batch.size` puts into a batch; at least one. */
export function recordsIn(batchBytes: number, valueBytes: number): number {
  let bytes = RECORDS_AT;
  for (let records = 0; ; records++) {
    bytes += record(records, valueBytes).length;
    if (bytes > batchBytes) return Math.max(1, records);
  }
}

/** Length | attributes | timestamp delta 0 | offset delta | no key | value | no headers. */
function record(offsetDelta: number, valueBytes: number): Buffer {
  const value = [varint(valueBytes), Buffer.alloc(valueBytes, FILLER)];
  const rest = Buffer.concat([varint(0), varint(0), varint(offsetDelta), varint(-1), ...value, varint(0)]);
  return Buffer.concat([varint(rest.length), rest]);
}

/** Zigzag, seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = (value << 1) ^ (value >> 31);
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}

const SEALED_BYTES = 8;

export class BatchSeal {
  private readonly stampAt: number;
  private readonly crc: number;
  /** For each of the eight bytes, what each of its values changes in the CRC. */
  private readonly changes = new Uint32Array(SEALED_BYTES * 256);

  /** For copies of `batch`, whose sequence and stamp are 0. */
  constructor(batch: Buffer, stampAt: number) {
    this.stampAt = stampAt;
    const bytes = Buffer.from(batch);
    this.crc = crc32c(bytes.subarray(CRC_FROM));
    for (let i = 0; i < SEALED_BYTES; i++) {
      const at = i < 4 ? BASE_SEQUENCE_AT + i : stampAt + i - 4;
      for (let value = 1; value < 256; value++) {
        const lowestBit = value & -value;
        const rest = value ^ lowestBit;
        bytes[at] = value;
        const change =
          rest === 0
            ? crc32c(bytes.subarray(CRC_FROM)) ^ this.crc
            : this.changes[i * 256 + lowestBit]! ^ this.changes[i * 256 + rest]!;
        this.changes[i * 256 + value] = change;
      }
      bytes[at] = 0;
    }
  }

  /** Writes both numbers and the CRC into the copy that begins at `at`. */
  seal(bytes: Buffer, at: number, sequence: number, stamp: number): void {
    const changes = this.changes;
    const crc =
      this.crc ^
      changes[sequence >>> 24]! ^
      changes[256 + ((sequence >>> 16) & 0xff)]! ^
      changes[512 + ((sequence >>> 8) & 0xff)]! ^
      changes[768 + (sequence & 0xff)]! ^
      changes[1024 + (stamp >>> 24)]! ^
      changes[1280 + ((stamp >>> 16) & 0xff)]! ^
      changes[1536 + ((stamp >>> 8) & 0xff)]! ^
      changes[1792 + (stamp & 0xff)]!;
    bytes.writeInt32BE(sequence, at + BASE_SEQUENCE_AT);
    bytes.writeUInt32BE(stamp, at + this.stampAt);
    bytes.writeUInt32BE(crc >>> 0, at + CRC_AT);
  }
}
