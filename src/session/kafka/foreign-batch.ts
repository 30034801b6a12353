/**
 * ForeignBatch: messages that came by other protocols, as one record batch for a consumer that fetches their log.
 *
 *   add, add, add ... each is translated at once, into memory of the batch's own     then `length`, then `write`
 *
 * The entries may be gone when it is written. Offsets are the log's: deltas skip what the log has no longer, as
 * in a compacted one. A batch ends at RECORDS_MAX or BYTES_MAX; one message is taken however large it is.
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { Formats } from '../../core/format.ts';
import { hubOf } from '../../core/hub-of.ts';
import type { Entry } from '../../core/message.ts';
import { BATCH_HEADER_BYTES, sealBatch } from '../../wire/kafka/record-batch.ts';
import type { ByteSource } from '../../wire/kafka/schema.ts';
import { RecordDraft, writeBatchHead } from './record-draft.ts';
import { draftRecord, timestampOf } from './translation.ts';

export const RECORDS_MAX = 500;
export const BYTES_MAX = 64 * 1024;
const BYTES_MIN = 1024;

/** Filled and emptied by each `add`. */
const draft = new RecordDraft();

export class ForeignBatch implements ByteSource {
  /** All bytes of the batch so far. */
  length = BATCH_HEADER_BYTES;
  count = 0;
  readonly #formats: Formats;
  readonly #baseOffset: number;
  #lastOffsetDelta = 0;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;
  /** The records, without the head. */
  #records: Uint8Array = new Uint8Array(BYTES_MIN);

  constructor(formats: Formats, baseOffset: number) {
    this.#formats = formats;
    this.#baseOffset = baseOffset;
  }

  /** Takes the message that the entry stands on; false if the batch is full. */
  add(entry: Entry): boolean {
    if (this.count === RECORDS_MAX || this.length >= BYTES_MAX) return false;
    const hub = hubOf(entry, this.#formats);
    const timestampMs = timestampOf(hub.createdAt, entry.timestamp);
    draftRecord(hub, draft, timestampMs);
    const added = this.#add(entry.offset - this.#baseOffset, timestampMs);
    draft.clear();
    return added;
  }

  #add(offsetDelta: number, timestampMs: number): boolean {
    const isFirst = this.count === 0;
    const timestampDelta = isFirst ? 0 : timestampMs - this.#baseTimestampMs;
    const bytes = draft.measure(offsetDelta, timestampDelta);
    if (!isFirst && this.length + bytes > BYTES_MAX) return false;
    if (isFirst) this.#baseTimestampMs = timestampMs;
    if (isFirst || timestampMs > this.#maxTimestampMs) this.#maxTimestampMs = timestampMs;
    this.#room(bytes);
    draft.write(this.#records, this.length - BATCH_HEADER_BYTES, offsetDelta, timestampDelta);
    this.length += bytes;
    this.count++;
    this.#lastOffsetDelta = offsetDelta;
    return true;
  }

  write(target: Uint8Array, at: number): void {
    const { length, count } = this;
    copyBytes(this.#records, 0, length - BATCH_HEADER_BYTES, target, at + BATCH_HEADER_BYTES);
    writeBatchHead(target, at, {
      length,
      baseOffset: this.#baseOffset,
      lastOffsetDelta: this.#lastOffsetDelta,
      count,
      baseTimestampMs: this.#baseTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
      attributes: 0,
    });
    sealBatch(target, at);
  }

  #room(bytes: number): void {
    const used = this.length - BATCH_HEADER_BYTES;
    if (used + bytes <= this.#records.length) return;
    const grown = new Uint8Array(Math.max(used + bytes, this.#records.length * 4));
    copyBytes(this.#records, 0, used, grown, 0);
    this.#records = grown;
  }
}
