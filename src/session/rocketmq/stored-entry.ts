/**
 * StoredEntry: one message that a locator names, looked up and, where its bytes have to come from the disk, waited for.
 *
 *     new StoredEntry(node, locator) ──step()──▶ done: `bytes` is the stored message, null if there is none
 *                                    └─────────▶ cold: again when they are loaded, see pending-search.ts
 *
 * What is held (half messages, delayed ones) is not found here: nobody is to see it.
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Formats } from '../../core/format.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, READY, type Store } from '../../core/ports.ts';
import type { Topic } from '../../core/topic.ts';
import type { Host } from '../../wire/rocketmq/host.ts';
import { patchPlaceOfHalves, patchStoreHost } from '../../wire/rocketmq/stored-message.ts';
import { isOwn, storedBytesOf } from './foreign-message.ts';
import { Locator } from './locator.ts';
import type { Search, Step } from './pending-search.ts';

/** What is needed to look something up. */
export interface Library {
  readonly topics: Iterable<Topic>;
  readonly store: Store;
  readonly formats: Formats;
}

/** The queue of the log with that number. */
export interface Shelf {
  readonly topic: string;
  readonly queueId: number;
  readonly kept: KeptLog;
}

export function shelfOf(topics: Iterable<Topic>, log: number): Shelf | null {
  for (const { name, logs } of topics) {
    const queueId = logs.findIndex((kept) => kept.log.id === log);
    if (queueId >= 0) return { topic: name, queueId, kept: logs[queueId] as KeptLog };
  }
  return null;
}

/** A copy of the stored message that the entry stands on, with its place. */
export function copyOfEntry(entry: Entry, shelf: Shelf, formats: Formats, host: Host): Uint8Array {
  const { kept, queueId, topic } = shelf;
  const bytes = isOwn(entry) ? copyOf(entry.bytes, entry.start, entry.end) : storedBytesOf(entry, formats, topic);
  const { high, low } = new Locator().point(kept.log.id, entry.offset);
  patchPlaceOfHalves(bytes, 0, queueId, entry.offset, high, low);
  patchStoreHost(bytes, 0, host);
  return bytes;
}

export class StoredEntry implements Search {
  readonly kept: KeptLog;
  readonly shelf: Shelf;
  bytes: Uint8Array | null = null;
  readonly #offset: number;
  readonly #library: Library;
  readonly #host: Host;

  constructor(shelf: Shelf, offset: number, library: Library, host: Host) {
    this.shelf = shelf;
    this.kept = shelf.kept;
    this.#offset = offset;
    this.#library = library;
    this.#host = host;
  }

  step(): Step {
    const { store, formats } = this.#library;
    const entry = new Entry();
    const cursor = this.kept.log.cursor();
    cursor.seek(this.#offset);
    const state = cursor.read(entry);
    if (state === COLD) {
      store.load(this.kept.log, cursor.offset);
      return 'cold';
    }
    if (state === READY && entry.offset === this.#offset) {
      this.bytes = copyOfEntry(entry, this.shelf, formats, this.#host);
    }
    return 'done';
  }
}
