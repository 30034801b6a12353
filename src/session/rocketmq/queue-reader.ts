/**
 * QueueReader: what one client is given of one queue, from its offset on.
 *
 *   measure   message by message, until the answer is full or there is no more       cursor `ahead`
 *   write     the same messages once more, copied into the answer                    cursor `behind`
 *
 * RocketMQ's own messages are copied as they are, with their place patched into the copy. Others (AMQP's, the records
 * of a Kafka batch) are translated when they are measured. What was measured is written in the same turn, while its
 * bytes are resident.
 */
import { copyBytes, copyOf } from '../../bytes/copy.ts';
import { SLAB_BYTES, type SlabWriter } from '../../bytes/slab-writer.ts';
import type { Formats } from '../../core/format.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, type Cursor, END, READY, type Store } from '../../core/ports.ts';
import type { Host } from '../../wire/rocketmq/host.ts';
import { patchPlaceOfHalves, patchStoreHost } from '../../wire/rocketmq/stored-message.ts';
import { isOwn, storedBytesOf } from './foreign-message.ts';
import { Locator } from './locator.ts';
import type { MessageFilter } from './tag-filter.ts';

/** Messages that are looked at for one answer, though a filter wants none of them. */
const SCAN_MAX = 16_384;

const locator = new Locator();

/** Where a queue's messages are. */
export interface QueuePlace {
  readonly topic: string;
  readonly queueId: number;
  readonly kept: KeptLog;
}

export class QueueReader {
  readonly place: QueuePlace;
  /** Messages measured, and their bytes. */
  count = 0;
  length = 0;
  /** Where to go on. */
  nextOffset = 0;
  /** It ended because bytes are not resident; the log tells when they are. */
  isCold = false;

  readonly #store: Store;
  readonly #formats: Formats;
  readonly #ahead: Cursor;
  readonly #behind: Cursor;
  readonly #entry = new Entry();
  readonly #offsets: number[] = [];
  /** Of each message measured: its bytes if it was translated. */
  readonly #translated: (Uint8Array | null)[] = [];

  constructor(place: QueuePlace, store: Store, formats: Formats) {
    this.place = place;
    this.#store = store;
    this.#formats = formats;
    this.#ahead = place.kept.log.cursor();
    this.#behind = place.kept.log.cursor();
  }

  /** Measures up to `countMax` messages and `bytesMax` bytes from `offset` on; the first one however large it is. */
  measure(offset: number, countMax: number, bytesMax: number, filter: MessageFilter | null): void {
    const entry = this.#entry;
    const ahead = this.#ahead;
    const { log } = this.place.kept;
    this.count = 0;
    this.length = 0;
    this.isCold = false;
    this.nextOffset = offset;
    ahead.seek(offset);
    for (let scanned = 0; scanned < SCAN_MAX && this.count < countMax; scanned++) {
      const state = ahead.read(entry);
      if (state === END) {
        this.nextOffset = Math.max(offset, log.end);
        return;
      }
      if (state === COLD) {
        this.#store.load(log, ahead.offset);
        this.isCold = true;
        return;
      }
      if (!this.#add(bytesMax, filter)) return;
      ahead.advance();
      this.nextOffset = entry.offset + 1;
    }
  }

  /** Writes exactly `length` bytes; `host` is where the reader finds the messages. */
  write(out: SlabWriter, host: Host): void {
    const entry = this.#entry;
    const behind = this.#behind;
    for (let index = 0; index < this.count; index++) {
      const offset = this.#offsets[index] as number;
      const translated = this.#translated[index] as Uint8Array | null;
      if (translated !== null) {
        this.#put(out, translated, 0, translated.length, offset, host);
        continue;
      }
      if (behind.offset !== offset) behind.seek(offset);
      if (behind.read(entry) !== READY) throw new Error('what was measured is gone within the turn');
      this.#put(out, entry.bytes, entry.start, entry.end, offset, host);
      behind.advance();
    }
    this.#translated.length = 0;
  }

  /** False if the message no longer fits. */
  #add(bytesMax: number, filter: MessageFilter | null): boolean {
    const entry = this.#entry;
    const translated = isOwn(entry) ? null : storedBytesOf(entry, this.#formats, this.place.topic);
    const bytes = translated ?? entry.bytes;
    const start = translated === null ? entry.start : 0;
    const end = translated === null ? entry.end : translated.length;
    if (filter !== null && !filter.wants(bytes, start, end)) return true;
    if (this.count > 0 && this.length + end - start > bytesMax) return false;
    this.#offsets[this.count] = entry.offset;
    this.#translated[this.count] = translated;
    this.count++;
    this.length += end - start;
    return true;
  }

  #put(out: SlabWriter, bytes: Uint8Array, start: number, end: number, offset: number, host: Host): void {
    const { queueId, kept } = this.place;
    const length = end - start;
    const { high, low } = locator.point(kept.log.id, offset);
    if (length > SLAB_BYTES) {
      const copy = copyOf(bytes, start, end);
      patchPlaceOfHalves(copy, 0, queueId, offset, high, low);
      patchStoreHost(copy, 0, host);
      out.append(copy);
      return;
    }
    out.room(length);
    copyBytes(bytes, start, end, out.bytes, out.at);
    patchPlaceOfHalves(out.bytes, out.at, queueId, offset, high, low);
    patchStoreHost(out.bytes, out.at, host);
    out.at += length;
  }
}

const READERS_MAX = 4_096;

/** The readers of one connection, kept from one pull to the next: one that goes on where it was needs no search. */
export class QueueReaders {
  readonly #store: Store;
  readonly #formats: Formats;
  readonly #readers = new Map<KeptLog, QueueReader>();

  constructor(store: Store, formats: Formats) {
    this.#store = store;
    this.#formats = formats;
  }

  of(place: QueuePlace): QueueReader {
    let reader = this.#readers.get(place.kept);
    if (reader === undefined) {
      if (this.#readers.size >= READERS_MAX) this.#readers.clear();
      reader = new QueueReader(place, this.#store, this.#formats);
      this.#readers.set(place.kept, reader);
    }
    return reader;
  }
}
