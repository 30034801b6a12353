/**
 * RecordCursor: goes through the records of a batch without making an object of any.
 *
 *     record    [length varint][attributes int8][timestamp delta varlong][offset delta varint]
 *               [key length varint, -1 null][key][value length varint, -1 null][value]
 *               [header count varint] n * ([key length varint][key][value length varint, -1 null][value])
 *
 *     cursor.open(bytes, at)            of a checked, uncompressed batch; compression.ts opens the others
 *     while (cursor.next()) {
 *       ... cursor.bytes[cursor.valueStart, cursor.valueEnd) ...
 *       while (cursor.nextHeader()) { ... }     optional
 *     }
 *
 * Every length and count is checked against the record, and the record against the batch: lies are a KafkaWireError
 * INVALID_RECORD. `next` has said false only if all announced records were there and nothing else.
 */
import { ERROR } from './error-codes.ts';
import { WireReader } from './reader.ts';
import {
  BATCH_HEADER_BYTES,
  baseTimestampOf,
  batchBytes,
  hasAppendTime,
  maxTimestampOf,
  recordCountOf,
} from './record-batch.ts';

const NOTHING = new Uint8Array(0);
/** A record's length, attributes, two deltas, two lengths and header count, one byte each. */
const RECORD_BYTES_MIN = 7;

export class RecordCursor {
  /** What the ranges lie in. */
  bytes: Uint8Array = NOTHING;
  /** How many records were announced, and how many of them `next` has shown. */
  count = 0;
  index = 0;
  attributes = 0;
  /** Milliseconds after the batch's base timestamp. */
  timestampDelta = 0;
  offsetDelta = 0;
  /** `start` is -1 for null. */
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  headerCount = 0;
  /** The current header, after `nextHeader`. */
  headerKeyStart = 0;
  headerKeyEnd = 0;
  headerValueStart = -1;
  headerValueEnd = -1;

  readonly #reader = new WireReader(NOTHING, 0, 0, 'record', ERROR.INVALID_RECORD);
  #batchEnd = 0;
  #hasAppendTime = false;
  #timestampMs = 0;
  #headersAt = 0;
  #headersLeft = 0;

  /** The records of the batch at `at`, which has been checked and is not compressed. */
  open(bytes: Uint8Array, at: number): void {
    this.#open(bytes, at, bytes, at + BATCH_HEADER_BYTES, at + batchBytes(bytes, at));
  }

  /** The same of a compressed batch, whose decompressed records are given. */
  openDecompressed(bytes: Uint8Array, at: number, records: Uint8Array): void {
    this.#open(bytes, at, records, 0, records.length);
  }

  /** When the record was made, or appended. */
  get timestampMs(): number {
    return this.#hasAppendTime ? this.#timestampMs : this.#timestampMs + this.timestampDelta;
  }

  /** Goes to the next record; false behind the last. */
  next(): boolean {
    const reader = this.#reader;
    if (this.index > 0) reader.at = reader.end;
    reader.end = this.#batchEnd;
    if (this.index >= this.count) {
      if (reader.at !== reader.end) reader.fail(`${reader.end - reader.at} bytes behind the last of ${this.count}`);
      return false;
    }
    this.index++;
    const length = reader.varint();
    if (length < 0) reader.fail(`a length of ${length}`);
    const start = reader.take(length);
    reader.at = start;
    reader.end = start + length;
    this.attributes = reader.int8();
    this.timestampDelta = reader.varlong();
    this.offsetDelta = reader.varint();
    this.keyStart = this.#range();
    this.keyEnd = this.keyStart < 0 ? -1 : reader.at;
    this.valueStart = this.#range();
    this.valueEnd = this.valueStart < 0 ? -1 : reader.at;
    this.#openHeaders();
    return true;
  }

  /** Goes to the record's next header; false behind the last. */
  nextHeader(): boolean {
    const reader = this.#reader;
    if (this.#headersLeft === 0) {
      if (this.headerCount > 0 && reader.at !== reader.end) reader.fail('bytes behind the last header');
      return false;
    }
    this.#headersLeft--;
    this.headerKeyStart = this.#range();
    if (this.headerKeyStart < 0) reader.fail('a header without a key');
    this.headerKeyEnd = reader.at;
    this.headerValueStart = this.#range();
    this.headerValueEnd = this.headerValueStart < 0 ? -1 : reader.at;
    return true;
  }

  /**
   * Goes through all that is left: are all lengths true, and are the offsets 0, 1, 2, ...? What a broker must know
   * before others read the records singly. Answers the highest timestamp.
   */
  check(): number {
    let highest = Number.NEGATIVE_INFINITY;
    while (this.next()) {
      const expected = this.index - 1;
      if (this.offsetDelta !== expected) this.#reader.fail(`offset delta ${this.offsetDelta} instead of ${expected}`);
      while (this.nextHeader());
      highest = Math.max(highest, this.timestampMs);
    }
    return highest;
  }

  /** To the first header again. */
  rewindHeaders(): void {
    this.#reader.at = this.#headersAt;
    this.#headersLeft = this.headerCount;
  }

  #open(batch: Uint8Array, at: number, records: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    const count = recordCountOf(batch, at);
    this.bytes = records;
    this.count = count;
    this.index = 0;
    this.#hasAppendTime = hasAppendTime(batch, at);
    this.#timestampMs = this.#hasAppendTime ? maxTimestampOf(batch, at) : baseTimestampOf(batch, at);
    this.#batchEnd = end;
    this.#headersLeft = 0;
    reader.bytes = records;
    reader.at = start;
    reader.end = end;
    if (count * RECORD_BYTES_MIN > end - start) reader.fail(`${count} records announced in ${end - start} bytes`);
  }

  #openHeaders(): void {
    const reader = this.#reader;
    const count = reader.varint();
    const left = reader.end - reader.at;
    if (count < 0 || count * 2 > left) reader.fail(`${count} headers announced in ${left} bytes`);
    if (count === 0 && left > 0) reader.fail('bytes behind the value');
    this.headerCount = count;
    this.#headersAt = reader.at;
    this.#headersLeft = count;
  }

  /** Where the next value with a length in front begins, -1 for null; the reader then stands behind it. */
  #range(): number {
    const reader = this.#reader;
    const length = reader.varint();
    if (length < -1) reader.fail(`a length of ${length}`);
    return length === -1 ? -1 : reader.take(length);
  }
}
