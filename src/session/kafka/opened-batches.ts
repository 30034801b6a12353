/**
 * OpenedBatches: batches of which single records are wanted, kept open from one record to the next.
 *
 *   entry ──same 61 bytes in front, same length?──▶ opened: records in memory of our own, and where each one begins
 *                                               no └▶ opened now: decompressed or copied, walked over once
 *
 * A queue gives the records of a batch to its consumers one by one, in order or not; so each costs what it is long,
 * not what the batch is. An entry's bytes are the store's and are soon something else, so what is kept is a copy, and
 * it is found again by the batch's own head: base offset, length, checksum, counts, times, producer and sequence. A
 * batch that can't be opened is remembered as such, or every record of it would cost as much as the first. A record
 * that is alone in its batch and not compressed is read where it lies.
 *
 * Bounded by a number of batches and their bytes; the one last used stays.
 */
import { copyBytes, copyOf, sameBytes } from '../../bytes/copy.ts';
import { writeU32 } from '../../bytes/numbers.ts';
import type { Entry } from '../../core/message.ts';
import { CODEC, decompress } from '../../wire/kafka/compression.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';
import { WireReader } from '../../wire/kafka/reader.ts';
import { BATCH_AT, BATCH_HEADER_BYTES, batchBytes, codecOf, recordCountOf } from '../../wire/kafka/record-batch.ts';
import { RecordCursor } from '../../wire/kafka/record-cursor.ts';
import { KafkaWireError } from '../../wire/kafka/wire-error.ts';

/** Queues with readers in the middle of different batches; more of them take turns at some cost. */
const BATCHES_MAX = 16;
const RECORD_BYTES_MIN = 7;

class OpenedBatch {
  /** The batch's first 61 bytes, and all its bytes. */
  readonly head = new Uint8Array(BATCH_HEADER_BYTES);
  readonly length: number;
  /** The head of a batch that has only one record: what a cursor is shown. */
  readonly single = new Uint8Array(BATCH_HEADER_BYTES);
  readonly fault: KafkaWireError | null = null;
  readonly #records: Uint8Array = new Uint8Array(0);
  readonly #starts: Uint32Array = new Uint32Array(1);

  constructor({ bytes, start, end }: Entry, limitBytes: number) {
    this.length = end - start;
    copyBytes(bytes, start, start + BATCH_HEADER_BYTES, this.head, 0);
    copyBytes(bytes, start, start + BATCH_HEADER_BYTES, this.single, 0);
    writeU32(this.single, BATCH_AT.recordCount, 1);
    try {
      const records = decompress(codecOf(bytes, start), bytes, start + BATCH_HEADER_BYTES, end, limitBytes);
      // Uncompressed records are still the store's.
      this.#records = records.buffer === bytes.buffer ? copyOf(records) : records;
      this.#starts = startsOf(this.#records, recordCountOf(bytes, start));
    } catch (error) {
      if (!(error instanceof KafkaWireError)) throw error;
      this.fault = error;
    }
  }

  get bytesKept(): number {
    return this.#records.length + this.#starts.byteLength;
  }

  isOf({ bytes, start, end }: Entry): boolean {
    return this.length === end - start && sameBytes(this.head, 0, bytes, start, BATCH_HEADER_BYTES);
  }

  /** Shows the cursor one record. */
  show(cursor: RecordCursor, index: number): void {
    if (this.fault !== null) throw this.fault;
    const starts = this.#starts;
    if (index >= starts.length - 1) throw corrupt(`there is no record ${index}`);
    cursor.openDecompressed(this.single, 0, this.#records.subarray(starts[index], starts[index + 1]));
    cursor.next();
  }
}

/** Where each record begins, and where the last one ends. */
function startsOf(records: Uint8Array, count: number): Uint32Array {
  if (count < 1 || count * RECORD_BYTES_MIN > records.length) {
    throw corrupt(`${count} records announced in ${records.length} bytes`);
  }
  const reader = new WireReader(records, 0, records.length, 'record batch', ERROR.INVALID_RECORD);
  const starts = new Uint32Array(count + 1);
  for (let index = 0; index < count; index++) {
    starts[index] = reader.at;
    const length = reader.varint();
    if (length < 0) reader.fail(`a record's length of ${length}`);
    reader.take(length);
  }
  starts[count] = reader.at;
  if (reader.at !== reader.end) reader.fail(`${reader.end - reader.at} bytes behind the last of ${count} records`);
  return starts;
}

function corrupt(text: string): KafkaWireError {
  return new KafkaWireError(ERROR.INVALID_RECORD, `record batch: ${text}`);
}

export class OpenedBatches {
  readonly #limitBytes: number;
  readonly #cursor = new RecordCursor();
  /** The one used last comes first. */
  readonly #opened: OpenedBatch[] = [];
  /** How many batches were opened so far. */
  openings = 0;

  /** At most `limitBytes` are made of one batch, and kept of all. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** A cursor that stands on the record that the entry's offset means; good until the next call. */
  record(entry: Entry): RecordCursor {
    const { bytes, start, end, offset, base } = entry;
    if (end - start < BATCH_HEADER_BYTES || batchBytes(bytes, start) !== end - start) {
      throw corrupt('it is not as long as it says');
    }
    const cursor = this.#cursor;
    if (recordCountOf(bytes, start) === 1 && offset === base && codecOf(bytes, start) === CODEC.none) {
      cursor.open(bytes, start);
      cursor.next();
    } else this.#find(entry).show(cursor, offset - base);
    return cursor;
  }

  #find(entry: Entry): OpenedBatch {
    const opened = this.#opened;
    const place = opened.findIndex((batch) => batch.isOf(entry));
    if (place === 0) return opened[0] as OpenedBatch;
    const batch = place > 0 ? (opened.splice(place, 1)[0] as OpenedBatch) : new OpenedBatch(entry, this.#limitBytes);
    opened.unshift(batch);
    if (place < 0) {
      this.openings++;
      this.#trim();
    }
    return batch;
  }

  #trim(): void {
    const opened = this.#opened;
    let bytes = 0;
    let kept = 0;
    for (const batch of opened) {
      bytes += batch.bytesKept;
      if (kept === BATCHES_MAX || (kept > 0 && bytes > this.#limitBytes)) break;
      kept++;
    }
    opened.length = kept;
  }
}
