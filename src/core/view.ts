/**
 * View: a subscription's place in one of its logs.
 *
 *   log     | settled | pending · settled · pending | not yet looked at ...        |
 *           0         ^floor                        ^cursor                        ^end
 *   returned: what was pending and came back. Taken lowest first and before the cursor, so it is delivered again in
 *   its original place (DESIGN law 4: order is (log, offset)).
 *
 * It is what the ledgers of sessions point at: what becomes of a delivery is told here and passed on.
 */
import { IntervalSet } from './interval-set.ts';
import type { Lender } from './ledger.ts';
import type { Entry } from './message.ts';
import { COLD, type Cursor, END, type Log, type LogWatcher, READY, type ReadState } from './ports.ts';

/** The subscription as its views see it. */
export interface Viewer {
  /** Something may be deliverable. */
  wake(): void;
  /** Cold bytes arrived. */
  unpark(): void;
  settled(log: Log, from: number, to: number): void;
  discarded(log: Log, from: number, to: number): void;
  gaveBack(view: View, from: number, to: number, isUnseen: boolean): void;
}

export class View implements LogWatcher, Lender {
  readonly viewer: Viewer;
  readonly log: Log;
  readonly cursor: Cursor;
  readonly returned = new IntervalSet();
  /** A second cursor that jumps to what was returned, made when something is. */
  private back: Cursor | null = null;

  constructor(viewer: Viewer, log: Log) {
    this.viewer = viewer;
    this.log = log;
    this.cursor = log.cursor();
    this.cursor.seek(log.floor);
    log.watcher = this;
  }

  advanced(): void {
    this.viewer.wake();
  }

  loaded(): void {
    this.viewer.unpark();
  }

  settle(from: number, to: number): void {
    this.viewer.settled(this.log, from, to);
  }

  discard(from: number, to: number): void {
    this.viewer.discarded(this.log, from, to);
  }

  giveBack(from: number, to: number, isUnseen = false): void {
    this.viewer.gaveBack(this, from, to, isUnseen);
  }

  /** Reads the lowest returned message; skips what was released meanwhile. */
  readReturned(entry: Entry): ReadState {
    this.back ??= this.log.cursor();
    while (this.returned.count > 0) {
      const offset = this.returned.min;
      this.back.seek(offset);
      const state = this.back.read(entry);
      if (state === COLD) return COLD;
      if (state === READY && entry.offset === offset) return READY;
      this.returned.remove(offset, state === READY ? entry.offset : this.returned.rangeTo(0));
    }
    return END;
  }

  /** Reads the message at `offset`, one of those returned; END if it was released meanwhile, and then it is none. */
  readSkipped(offset: number, entry: Entry): ReadState {
    this.back ??= this.log.cursor();
    this.back.seek(offset);
    const state = this.back.read(entry);
    if (state === COLD || (state === READY && entry.offset === offset)) return state;
    this.returned.remove(offset, offset + 1);
    return END;
  }

  /** Where the store is to load from when a read was cold. */
  get coldOffset(): number {
    return this.returned.count > 0 ? this.returned.min : this.cursor.offset;
  }

  close(): void {
    this.returned.clear();
    this.log.watcher = null;
  }
}
