/**
 * StoredLog: the journal's form of a Log, and Returns, its memory of redeliveries.
 *
 * The numbers the core asks for all the time (`floor`, `end`, `living`) come from the index; what is only the journal's
 * business (staged releases, whether the watcher was told this turn) lies here too, so that no map is asked per
 * message.
 */
import { IntervalSet } from '../../core/interval-set.ts';
import type { Log, LogId, LogWatcher, Offset, ReadonlyReturns } from '../../core/ports.ts';
import { LogCursor, type Resident } from './log-cursor.ts';
import { type Holdings, LogIndex } from './log-index.ts';

export class Returns implements ReadonlyReturns {
  /** Offsets returned at least once. */
  readonly offsets = new IntervalSet();
  /** Only where it is more than once. */
  readonly counts = new Map<Offset, number>();

  get size(): number {
    return this.offsets.count;
  }

  attempts(offset: Offset): number {
    if (!this.offsets.contains(offset)) return 0;
    return this.counts.get(offset) ?? 1;
  }

  note(from: Offset, to: Offset, attempts: number): void {
    this.offsets.add(from, to);
    for (let offset = from; attempts > 1 && offset < to; offset++) this.counts.set(offset, attempts);
  }

  forget(from: Offset, to: Offset): void {
    this.offsets.remove(from, to);
    if (this.counts.size === 0) return;
    if (to - from < this.counts.size) {
      for (let offset = from; offset < to; offset++) this.counts.delete(offset);
    } else {
      for (const offset of this.counts.keys()) if (offset >= from && offset < to) this.counts.delete(offset);
    }
  }
}

const NO_RETURNS: ReadonlyReturns = { size: 0, attempts: () => 0 };

export class StoredLog implements Log {
  readonly id: LogId;
  readonly durable: boolean;
  readonly index: LogIndex;
  watcher: LogWatcher | null = null;
  dropped = false;
  /** Told that it advanced, in the current flush; so the watcher is called once however many extents came. */
  advancing = false;
  /** Releases of this turn, not yet in a block: the one range being extended, and whether it is queued. */
  releaseFrom = 0;
  releaseTo = 0;
  releasing = false;
  /** The offset behind what sealed groups bring; see `Stage`. */
  nextBase = 0;
  /** Messages that are written for it and not visible yet; without those of the open run. See `Stage.count`. */
  staged = 0;
  #returns: Returns | null = null;
  readonly #resident: Resident;

  constructor(id: LogId, durable: boolean, holdings: Holdings, resident: Resident) {
    this.id = id;
    this.durable = durable;
    this.index = new LogIndex(id, holdings);
    this.#resident = resident;
  }

  /** Tells the watcher that what was cold is there; one function a log, so that waiting twice is waiting once. */
  readonly told = (): void => {
    this.watcher?.loaded(this);
  };

  get floor(): Offset {
    return this.index.floor;
  }

  get end(): Offset {
    return this.index.end;
  }

  get living(): number {
    return this.index.living;
  }

  get livingBytes(): number {
    return this.index.livingBytes;
  }

  get returns(): ReadonlyReturns {
    return this.#returns ?? NO_RETURNS;
  }

  cursor(): LogCursor {
    return new LogCursor(this.index, this.#resident);
  }

  noteReturned(from: Offset, to: Offset, attempts: number): void {
    this.#returns ??= new Returns();
    this.#returns.note(from, to, attempts);
  }

  forgetReturned(from: Offset, to: Offset): void {
    if (this.#returns === null) return;
    this.#returns.forget(from, to);
    if (this.#returns.size === 0) this.#returns = null;
  }

  get returned(): Returns | null {
    return this.#returns;
  }
}
