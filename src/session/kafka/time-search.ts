/**
 * TimeSearch: the first message of a log that is not older than a moment, or the one with the newest timestamp.
 *
 * A log knows coarsely where to begin (core/time-spans.ts); from there on entries are read one by one. A search may
 * meet bytes that are not resident, and may be long: it is asked again and again with `step` until it is `done`.
 */
import type { Formats } from '../../core/format.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, type Cursor, END, type Store } from '../../core/ports.ts';
import { KAFKA_FORMAT, timesOf } from './message.ts';

/** Entries looked at in one turn. */
const STEP_ENTRIES = 20_000;

export type Step = 'done' | 'again' | 'cold';

export interface Found {
  readonly offset: number;
  readonly timestamp: number;
}

export class TimeSearch {
  /** null: there is none. */
  found: Found | null = null;
  readonly kept: KeptLog;
  readonly #store: Store;
  readonly #formats: Formats;
  /** -1: the newest is wanted. */
  readonly #time: number;
  readonly #cursor: Cursor;
  readonly #entry = new Entry();
  readonly #ranges: (readonly [from: number, to: number])[];

  constructor(kept: KeptLog, time: number, store: Store, formats: Formats) {
    this.kept = kept;
    this.#store = store;
    this.#formats = formats;
    this.#time = time;
    this.#cursor = kept.log.cursor();
    this.#ranges = time < 0 ? [...kept.newestIn()] : [[kept.since(time), kept.log.end]];
    this.#begin();
  }

  step(): Step {
    const entry = this.#entry;
    for (let left = STEP_ENTRIES; left > 0; left--) {
      const range = this.#ranges[0];
      if (range === undefined) return 'done';
      const state = this.#cursor.offset >= range[1] ? END : this.#cursor.read(entry);
      if (state === COLD) {
        this.#store.load(this.kept.log, this.#cursor.offset);
        return 'cold';
      }
      if (state === END || entry.offset >= range[1]) {
        this.#ranges.shift();
        this.#begin();
      } else if (this.#look(range[1])) return 'done';
    }
    return 'again';
  }

  #begin(): void {
    const range = this.#ranges[0];
    if (range !== undefined) this.#cursor.seek(range[0]);
  }

  /** Looks at the entry just read; true if the search is over. */
  #look(to: number): boolean {
    const entry = this.#entry;
    // A batch's own timestamp is the newest in it.
    if (entry.format !== KAFKA_FORMAT || entry.timestamp >= this.#wanted) this.#lookInto(to);
    if (this.#time >= 0 && this.found !== null) return true;
    this.#cursor.advanceEntry();
    return false;
  }

  #lookInto(to: number): void {
    const entry = this.#entry;
    const first = entry.offset;
    for (const { offset, timestamp } of timesOf(entry, this.#formats)) {
      if (offset < first || offset >= to || timestamp < this.#wanted) continue;
      this.found = { offset, timestamp };
      if (this.#time >= 0) return;
    }
  }

  /** What a timestamp must reach to count. */
  get #wanted(): number {
    return this.#time >= 0 ? this.#time : (this.found?.timestamp ?? -1) + 1;
  }
}
