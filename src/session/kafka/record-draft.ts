/**
 * RecordDraft: one record on its way into a batch: measured first, then written where it is to stand.
 *
 *     record    [length varint][attributes int8 = 0][timestamp delta varlong][offset delta varint]
 *               [key length varint, -1 null][key][value length varint, -1 null][value]
 *               [header count varint][headers]
 *
 * Key and value are ranges of the bytes that they came in, so a draft is good for the call in which it is filled. It
 * is filled again and again; the small memory for key texts and headers is its own.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { writeU16, writeU32, writeU64 } from '../../bytes/numbers.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import { uvarintBytes, writeUvarint, zigzag } from '../../bytes/varint.ts';
import { BATCH_AT, BATCH_OVERHEAD_BYTES, MAGIC, NO_PRODUCER_ID, placeBatch } from '../../wire/kafka/record-batch.ts';
import type { RecordCursor } from '../../wire/kafka/record-cursor.ts';
import { HeaderBlock } from './header-block.ts';

/** Kafka's timestamp of a record that has none. */
export const NO_TIMESTAMP = -1;
const NOTHING = new Uint8Array(0);
const KEY_BYTES = 256;

/** A range of bytes; null while `start` is -1. */
class Part {
  bytes: Uint8Array = NOTHING;
  start = -1;
  end = -1;

  point(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  clear(): void {
    this.point(NOTHING, -1, -1);
  }

  /** With the length in front. */
  get size(): number {
    const length = this.end - this.start;
    return this.start < 0 ? 1 : varintBytes(length) + length;
  }

  write(target: Uint8Array, at: number): number {
    if (this.start < 0) return writeVarint(target, at, -1);
    const length = this.end - this.start;
    const next = writeVarint(target, at, length);
    copyBytes(this.bytes, this.start, this.end, target, next);
    return next + length;
  }
}

export class RecordDraft {
  readonly key = new Part();
  readonly value = new Part();
  readonly headers = new HeaderBlock();
  timestampMs = NO_TIMESTAMP;
  #keyText: Uint8Array = new Uint8Array(KEY_BYTES);

  keyIs(text: string): void {
    const length = textBytes(text);
    if (length > this.#keyText.length) this.#keyText = new Uint8Array(length);
    writeText(this.#keyText, 0, text, length);
    this.key.point(this.#keyText, 0, length);
  }

  /** The record that the cursor shows: key, value and headers byte for byte. */
  copy(cursor: RecordCursor): void {
    const { headers } = this;
    const { bytes } = cursor;
    this.timestampMs = cursor.timestampMs;
    this.key.point(bytes, cursor.keyStart, cursor.keyEnd);
    this.value.point(bytes, cursor.valueStart, cursor.valueEnd);
    headers.clear();
    cursor.rewindHeaders();
    while (cursor.nextHeader()) {
      const { headerKeyStart, headerKeyEnd, headerValueStart, headerValueEnd } = cursor;
      headers.addRaw(bytes, headerKeyStart, headerKeyEnd, headerValueStart, headerValueEnd);
    }
  }

  /** Lets go of the bytes of others. */
  clear(): void {
    this.key.clear();
    this.value.clear();
    this.headers.clear();
  }

  /** All bytes of the record. */
  measure(offsetDelta: number, timestampDelta: number): number {
    const length = this.#length(offsetDelta, timestampDelta);
    return varintBytes(length) + length;
  }

  /** Writes the record and says where it ends. */
  write(target: Uint8Array, at: number, offsetDelta: number, timestampDelta: number): number {
    const { headers } = this;
    let next = writeVarint(target, at, this.#length(offsetDelta, timestampDelta));
    target[next++] = 0;
    next = writeVarint(target, next, timestampDelta);
    next = writeVarint(target, next, offsetDelta);
    next = this.key.write(target, next);
    next = this.value.write(target, next);
    next = writeVarint(target, next, headers.count);
    copyBytes(headers.bytes, 0, headers.length, target, next);
    return next + headers.length;
  }

  #length(offsetDelta: number, timestampDelta: number): number {
    const { headers } = this;
    const fixed = 1 + varintBytes(timestampDelta) + varintBytes(offsetDelta);
    return fixed + this.key.size + this.value.size + varintBytes(headers.count) + headers.length;
  }
}

export interface BatchHead {
  /** All of the batch. */
  readonly length: number;
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly count: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  /** Bits of ATTRIBUTE. */
  readonly attributes: number;
}

/** The 61 bytes in front of the records, of no producer in particular; the checksum is still to be set. */
export function writeBatchHead(target: Uint8Array, at: number, head: BatchHead): void {
  placeBatch(target, at, head.baseOffset, 0);
  writeU32(target, at + BATCH_AT.length, head.length - BATCH_OVERHEAD_BYTES);
  target[at + BATCH_AT.magic] = MAGIC;
  writeU16(target, at + BATCH_AT.attributes, head.attributes);
  writeU32(target, at + BATCH_AT.lastOffsetDelta, head.lastOffsetDelta);
  writeU64(target, at + BATCH_AT.baseTimestamp, head.baseTimestampMs);
  writeU64(target, at + BATCH_AT.maxTimestamp, head.maxTimestampMs);
  writeU64(target, at + BATCH_AT.producerId, NO_PRODUCER_ID);
  writeU16(target, at + BATCH_AT.producerEpoch, -1);
  writeU32(target, at + BATCH_AT.baseSequence, -1);
  writeU32(target, at + BATCH_AT.recordCount, head.count);
}

function varintBytes(value: number): number {
  return uvarintBytes(zigzag(value));
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  return writeUvarint(target, at, zigzag(value));
}
