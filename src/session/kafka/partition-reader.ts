/**
 * PartitionReader: what one client is given of one log, from its offset on.
 *
 *   measure   entry by entry, until the answer is full or there is no more           cursor `ahead`
 *   write     the same entries once more, copied into the answer                     cursor `behind`
 *
 * Both only go forward as long as the client reads on, so nothing is searched for. Kafka's own batches are copied as
 * they are, with the base offset and leader epoch of their log patched in; runs of other protocols' messages are made
 * into batches. What was measured is written in the same turn, while its bytes are resident.
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { Formats } from '../../core/format.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, type Cursor, END, READY, type Store } from '../../core/ports.ts';
import { placeBatch } from '../../wire/kafka/record-batch.ts';
import type { ByteSource } from '../../wire/kafka/schema.ts';
import { KAFKA_FORMAT } from './batch-message.ts';
import { ForeignBatch } from './foreign-batch.ts';

/** There is one leader, and it never changes. */
const LEADER_EPOCH = 0;

/** Kafka's own batches at the offsets from `from` up to `to`. */
interface OwnRun {
  readonly from: number;
  to: number;
}

export class PartitionReader implements ByteSource {
  readonly kept: KeptLog;
  /** Bytes measured. */
  length = 0;

  readonly #store: Store;
  readonly #formats: Formats;
  readonly #ahead: Cursor;
  readonly #behind: Cursor;
  readonly #entry = new Entry();
  #parts: (OwnRun | ForeignBatch)[] = [];

  constructor(kept: KeptLog, store: Store, formats: Formats) {
    this.kept = kept;
    this.#store = store;
    this.#formats = formats;
    this.#ahead = kept.log.cursor();
    this.#behind = kept.log.cursor();
  }

  /**
   * Measures what there is from `offset` on, up to `bytesMax`, but the first batch if it has up to `firstBytesMax`. A
   * batch that holds `offset` in its middle is given whole.
   */
  measure(offset: number, bytesMax: number, firstBytesMax: number): void {
    const entry = this.#entry;
    const ahead = this.#ahead;
    this.length = 0;
    this.#parts = [];
    ahead.seek(offset);
    while (this.length < (this.length === 0 ? firstBytesMax : bytesMax)) {
      const state = ahead.read(entry);
      if (state === END) break;
      if (state === COLD) {
        this.#store.load(this.kept.log, ahead.offset);
        break;
      }
      const full = entry.format === KAFKA_FORMAT ? this.#addOwn(bytesMax, firstBytesMax) : this.#addForeign();
      if (full) break;
    }
  }

  write(target: Uint8Array, at: number): void {
    for (const part of this.#parts) {
      if (part instanceof ForeignBatch) {
        part.write(target, at);
        at += part.length;
      } else at = this.#copy(part, target, at);
    }
    this.#parts = [];
  }

  /** True if the entry no longer fits. */
  #addOwn(bytesMax: number, firstBytesMax: number): boolean {
    const { base, count, start, end } = this.#entry;
    const bytes = end - start;
    if (this.length + bytes > (this.length === 0 ? firstBytesMax : bytesMax)) return true;
    const last = this.#parts[this.#parts.length - 1];
    if (last === undefined || last instanceof ForeignBatch) this.#parts.push({ from: base, to: base + count });
    else last.to = base + count;
    this.length += bytes;
    this.#ahead.advanceEntry();
    return false;
  }

  #addForeign(): boolean {
    const entry = this.#entry;
    let batch = this.#parts[this.#parts.length - 1];
    let before = batch instanceof ForeignBatch ? batch.length : 0;
    if (!(batch instanceof ForeignBatch) || !batch.add(entry)) {
      batch = new ForeignBatch(this.#formats, entry.offset);
      this.#parts.push(batch);
      batch.add(entry);
      before = 0;
    }
    this.length += batch.length - before;
    this.#ahead.advance();
    return false;
  }

  #copy({ from, to }: OwnRun, target: Uint8Array, at: number): number {
    const entry = this.#entry;
    const behind = this.#behind;
    behind.seek(from);
    while (behind.offset < to) {
      if (behind.read(entry) !== READY) throw new Error('what was measured is gone within the turn');
      copyBytes(entry.bytes, entry.start, entry.end, target, at);
      placeBatch(target, at, entry.base, LEADER_EPOCH);
      at += entry.end - entry.start;
      behind.advanceEntry();
    }
    return at;
  }
}
