/**
 * TimeSearch: the first message of a queue that was not stored before a moment, or with `upper` the last one that was
 * not stored after it. Behind the end if there is none.
 *
 * A log knows coarsely where to begin (core/time-spans.ts); from there on messages are read one by one. A search may
 * meet bytes that are not resident, and may be long: it goes on step by step, see pending-search.ts.
 */
import type { KeptLog } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, type Cursor, END, READY, type Store } from '../../core/ports.ts';
import type { Search, Step } from './pending-search.ts';

const STEP_ENTRIES = 20_000;

export class TimeSearch implements Search {
  readonly kept: KeptLog;
  offset: number;
  readonly #store: Store;
  readonly #time: number;
  readonly #upper: boolean;
  readonly #cursor: Cursor;
  readonly #entry = new Entry();

  constructor(kept: KeptLog, time: number, upper: boolean, store: Store) {
    this.kept = kept;
    this.#store = store;
    this.#time = time;
    this.#upper = upper;
    this.#cursor = kept.log.cursor();
    this.#cursor.seek(kept.since(time));
    this.offset = kept.log.end;
  }

  step(): Step {
    if (this.#time === Number.POSITIVE_INFINITY) return 'done';
    const entry = this.#entry;
    const cursor = this.#cursor;
    for (let left = STEP_ENTRIES; left > 0; left--) {
      const state = cursor.read(entry);
      if (state === COLD) {
        this.#store.load(this.kept.log, cursor.offset);
        return 'cold';
      }
      if (state === END) {
        this.offset = this.#upper ? Math.max(this.kept.log.floor, this.kept.log.end - 1) : this.kept.log.end;
        return 'done';
      }
      if (this.#upper ? entry.timestamp > this.#time : entry.timestamp >= this.#time) {
        this.offset = this.#upper ? Math.max(this.kept.log.floor, entry.offset - 1) : entry.offset;
        return 'done';
      }
      cursor.advanceEntry();
    }
    return 'again';
  }
}

/** When the first message that is still there was stored; -1 if there is none. */
export class FirstMessage implements Search {
  readonly kept: KeptLog;
  timestamp = -1;
  readonly #store: Store;
  readonly #entry = new Entry();

  constructor(kept: KeptLog, store: Store) {
    this.kept = kept;
    this.#store = store;
  }

  step(): Step {
    const cursor = this.kept.log.cursor();
    cursor.seek(this.kept.log.floor);
    const state = cursor.read(this.#entry);
    if (state === COLD) {
      this.#store.load(this.kept.log, cursor.offset);
      return 'cold';
    }
    if (state !== END) this.timestamp = this.#entry.timestamp;
    return 'done';
  }
}

interface QueueSearch {
  readonly queueId: number;
  readonly search: TimeSearch;
}

/** The same search in several queues of a topic, one after the other. A time below 0 means the end. */
export class OffsetsByTime implements Search {
  readonly offsets: (readonly [queueId: number, offset: number])[] = [];
  readonly #searches: QueueSearch[];

  constructor(logs: readonly KeptLog[], queueIds: readonly number[], time: number, store: Store) {
    const moment = time < 0 ? Number.POSITIVE_INFINITY : time;
    this.#searches = queueIds.map((queueId) => {
      return { queueId, search: new TimeSearch(logs[queueId] as KeptLog, moment, false, store) };
    });
  }

  get kept(): KeptLog {
    return (this.#searches[0] as QueueSearch).search.kept;
  }

  step(): Step {
    const first = this.#searches[0];
    if (first === undefined) return 'done';
    const step = first.search.step();
    if (step !== 'done') return step;
    this.offsets.push([first.queueId, first.search.offset]);
    this.#searches.shift();
    return this.#searches.length === 0 ? 'done' : 'again';
  }
}

/** When its last message was stored, as far as that is known without reading from the disk; 0 for an empty queue. */
export function newestTimeOf({ log, spans }: KeptLog): number {
  if (log.end === log.floor) return 0;
  const entry = new Entry();
  const cursor = log.cursor();
  cursor.seek(log.end - 1);
  if (cursor.read(entry) === READY) return entry.timestamp;
  return spans.list[spans.list.length - 1]?.newest ?? 0;
}
