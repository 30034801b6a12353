/**
 * HoldTable: what is known of the messages in a hold log, a row each, found by offset and by time.
 *
 *   row      0       1       2       3    …           columns: offset, at, born, target, count, checks, state
 *   offset   7       8      12      13                ascending, so a row is found by halving
 *   heap     [ row of the earliest `at`, … ]          only in a table that is asked what is due
 *
 * A million half messages or timers are a matter of course, so a row is forty bytes in typed arrays and no object.
 * Rows are numbered by place: a number is good until the next `add` or `remove`.
 */
import type { Offset } from './ids.ts';

/** What a held message waits for. On disk: never renumber. */
export const HOLD = {
  /** Belongs to the transaction of the row before it. */
  MEMBER: 0,
  /** For a decision; its group is asked at `at`. */
  UNDECIDED: 1,
  /** For `at`: then it is placed. */
  DELAYED: 2,
  /** For a decision; nobody is asked any more. */
  PARKED: 3,
  /** Rolled back; stays to be looked at until `at`. */
  ROLLED_BACK: 4,
  /** For the answer whether an operation failed, which is asked for at `at`: placed if it did, freed if not. */
  COMPENSATION: 5,
  /** The same, and nobody is asked any more. */
  PARKED_COMPENSATION: 6,
} as const;

export type HoldState = (typeof HOLD)[keyof typeof HOLD];

/** `at` of who waits for no time. Not Infinity, which JSON has no word for. */
export const NEVER = Number.MAX_SAFE_INTEGER;

export interface Hold {
  readonly offset: Offset;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly born: number;
  /** Number of the HoldTarget: where it goes. */
  readonly target: number;
  /** Messages of the transaction that it is the first of, at this and the following offsets; 0 for the others. */
  readonly count: number;
  /** How often its group was asked. */
  readonly checks: number;
  readonly state: HoldState;
}

const ABSENT = -1;
const REMOVED = 255;
const ROWS_MIN = 64;

export class HoldTable {
  private readonly timed: boolean;
  private offsets = new Float64Array(ROWS_MIN);
  private ats = new Float64Array(ROWS_MIN);
  private borns = new Float64Array(ROWS_MIN);
  private targets = new Uint32Array(ROWS_MIN);
  private counts = new Uint16Array(ROWS_MIN);
  private checks = new Uint16Array(ROWS_MIN);
  private states = new Uint8Array(ROWS_MIN);
  /** Place in the heap, or ABSENT. */
  private places: Int32Array;
  private heap: Uint32Array;
  private waiting = 0;
  private rows = 0;
  private removed = 0;

  /** `timed`: `due` will be asked. */
  constructor(timed: boolean) {
    this.timed = timed;
    this.places = new Int32Array(timed ? ROWS_MIN : 0);
    this.heap = new Uint32Array(timed ? ROWS_MIN : 0);
  }

  get size(): number {
    return this.rows - this.removed;
  }

  /** Row at `offset`, or -1. */
  find(offset: Offset): number {
    const row = this.search(offset);
    return row < this.rows && this.offsets[row] === offset && this.states[row] !== REMOVED ? row : ABSENT;
  }

  get(row: number): Hold {
    return {
      offset: this.offsets[row] as number,
      at: this.ats[row] as number,
      born: this.borns[row] as number,
      target: this.targets[row] as number,
      count: this.counts[row] as number,
      checks: this.checks[row] as number,
      state: this.states[row] as HoldState,
    };
  }

  /** Adds it, or says anew what is known of that offset. */
  put(hold: Hold): void {
    let row = this.search(hold.offset);
    const isNew = row === this.rows || this.offsets[row] !== hold.offset;
    if (isNew) {
      if (this.rows === this.offsets.length) this.resize(Math.ceil(this.rows * 1.5));
      row = this.insert(row);
    } else if (this.states[row] === REMOVED) this.removed--;
    this.offsets[row] = hold.offset;
    this.ats[row] = hold.at;
    this.borns[row] = hold.born;
    this.targets[row] = hold.target;
    this.counts[row] = hold.count;
    this.checks[row] = Math.min(hold.checks, 0xffff);
    this.states[row] = hold.state;
    if (this.timed) this.reorder(row);
  }

  remove(row: number): void {
    this.states[row] = REMOVED;
    this.ats[row] = NEVER;
    if (this.timed) this.reorder(row);
    this.removed++;
    if (this.removed > ROWS_MIN && this.removed * 2 > this.rows) this.compact();
  }

  /** When the earliest row is due; Infinity if none is. */
  get nextAt(): number {
    return this.waiting === 0 ? Number.POSITIVE_INFINITY : (this.ats[this.heap[0] as number] as number);
  }

  /** The earliest row; only if `nextAt` is a time. */
  get first(): number {
    return this.heap[0] as number;
  }

  /** In order of offsets; nothing may be added or removed meanwhile. */
  *[Symbol.iterator](): Generator<Hold> {
    yield* this.after(-1);
  }

  /** Those behind an offset. */
  *after(offset: Offset): Generator<Hold> {
    for (let row = this.search(offset + 1); row < this.rows; row++) {
      if (this.states[row] !== REMOVED) yield this.get(row);
    }
  }

  /** The first row whose offset is not below. */
  private search(offset: Offset): number {
    // Most are added at the end.
    if (this.rows === 0 || (this.offsets[this.rows - 1] as number) < offset) return this.rows;
    let low = 0;
    let high = this.rows - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.offsets[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes room for a row there. In the middle only where old groups are folded again, and there is no heap then. */
  private insert(row: number): number {
    if (row < this.rows) {
      if (this.timed) throw new Error('holds come in the order of their offsets');
      for (const column of this.columns()) column.copyWithin(row + 1, row, this.rows);
    }
    this.rows++;
    if (this.timed) this.places[row] = ABSENT;
    return row;
  }

  private columns(): (Float64Array | Uint32Array | Uint16Array | Uint8Array)[] {
    return [this.offsets, this.ats, this.borns, this.targets, this.counts, this.checks, this.states];
  }

  private resize(length: number): void {
    const grown = <Column extends { set(from: Column): void }>(column: Column, next: Column): Column => {
      next.set(column);
      return next;
    };
    this.offsets = grown(this.offsets.subarray(0, length), new Float64Array(length));
    this.ats = grown(this.ats.subarray(0, length), new Float64Array(length));
    this.borns = grown(this.borns.subarray(0, length), new Float64Array(length));
    this.targets = grown(this.targets.subarray(0, length), new Uint32Array(length));
    this.counts = grown(this.counts.subarray(0, length), new Uint16Array(length));
    this.checks = grown(this.checks.subarray(0, length), new Uint16Array(length));
    this.states = grown(this.states.subarray(0, length), new Uint8Array(length));
    if (!this.timed) return;
    this.places = grown(this.places.subarray(0, length), new Int32Array(length));
    this.heap = grown(this.heap.subarray(0, length), new Uint32Array(length));
  }

  /** Closes the gaps; the heap keeps its order, its rows get new numbers. */
  private compact(): void {
    let to = 0;
    for (let row = 0; row < this.rows; row++) {
      if (this.states[row] === REMOVED) continue;
      if (to !== row) {
        for (const column of this.columns()) column[to] = column[row] as number;
        if (this.timed) this.places[to] = this.places[row] as number;
      }
      if (this.timed && this.places[to] !== ABSENT) this.heap[this.places[to] as number] = to;
      to++;
    }
    this.rows = to;
    this.removed = 0;
    const spare = Math.max(ROWS_MIN, Math.ceil(to * 1.5));
    if (this.offsets.length > spare * 2) this.resize(spare);
  }

  // ── The heap ──

  /** The row's time changed: it moves, comes in, or leaves. */
  private reorder(row: number): void {
    const place = this.places[row] as number;
    const waits = (this.ats[row] as number) < NEVER;
    if (place === ABSENT) {
      if (!waits) return;
      this.sit(row, this.waiting);
      this.rise(this.waiting++);
    } else if (waits) {
      this.rise(place);
      this.sink(this.places[row] as number);
    } else {
      this.places[row] = ABSENT;
      const last = this.heap[--this.waiting] as number;
      if (last === row) return;
      this.sit(last, place);
      this.rise(place);
      this.sink(this.places[last] as number);
    }
  }

  private sit(row: number, place: number): void {
    this.heap[place] = row;
    this.places[row] = place;
  }

  /** Earlier; at the same time the one that was held first. */
  private before(row: number, other: number): boolean {
    const difference = (this.ats[row] as number) - (this.ats[other] as number);
    return difference < 0 || (difference === 0 && row < other);
  }

  private rise(from: number): void {
    const row = this.heap[from] as number;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = this.heap[parent] as number;
      if (!this.before(row, above)) break;
      this.sit(above, place);
      place = parent;
    }
    this.sit(row, place);
  }

  private sink(from: number): void {
    const row = this.heap[from] as number;
    let place = from;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= this.waiting) break;
      const right = child + 1;
      if (right < this.waiting && this.before(this.heap[right] as number, this.heap[child] as number)) child = right;
      const below = this.heap[child] as number;
      if (!this.before(below, row)) break;
      this.sit(below, place);
      place = child;
    }
    this.sit(row, place);
  }
}
