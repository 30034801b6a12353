/**
 * SharingSlots: the messages of a sharing that were given and are not settled, a row each, and what orders them.
 *
 *   free ──take──▶ out ──deadline, change──▶ returned ──▶ out ──▶ ...       `free` from anywhere
 *                  in the heap of deadlines  in its log's heap of offsets
 *
 * A row is forty bytes in typed arrays. A row's number is no identity, because it is used again; the nonce is: it is
 * new with every giving, and nobody but the last one to whom the message was given knows it.
 */
import type { Offset } from './ids.ts';

const FREE = 0;
const ABSENT = -1;
const ROWS_MIN = 16;

export class SharingSlots {
  /** Number of the log in its sharing. */
  logs = new Uint32Array(ROWS_MIN);
  offsets = new Float64Array(ROWS_MIN);
  /** How often the message was given. */
  attempts = new Uint32Array(ROWS_MIN);
  /** FREE in a row that is not used. */
  nonces = new Float64Array(ROWS_MIN);
  deadlines = new Float64Array(ROWS_MIN);
  /** On whose life the giving depends; 0: on nobody's. */
  holders = new Uint32Array(ROWS_MIN);
  /** 1: out; 0: returned. */
  out = new Uint8Array(ROWS_MIN);
  /** Place in the one heap that it is in. */
  places = new Int32Array(ROWS_MIN).fill(ABSENT);
  /** Rows in use. */
  size = 0;

  /** Rows that were used before and are free, as a stack. */
  private free: number[] = [];
  private rows = 0;

  take(log: number, offset: Offset, attempts: number): number {
    const slot = this.free.pop() ?? this.rows++;
    if (slot === this.offsets.length) this.grow();
    this.logs[slot] = log;
    this.offsets[slot] = offset;
    this.attempts[slot] = attempts;
    this.out[slot] = 0;
    this.size++;
    return slot;
  }

  giveBack(slot: number): void {
    this.nonces[slot] = FREE;
    this.size--;
    if (this.size > 0) {
      this.free.push(slot);
      return;
    }
    this.free = [];
    this.rows = 0;
    if (this.offsets.length > 64 * ROWS_MIN) this.resize(ROWS_MIN);
  }

  /** Whether `slot` is in use, and by whom `nonce` was given to. */
  holds(slot: number, nonce: number): boolean {
    return nonce > FREE && slot >= 0 && slot < this.rows && this.nonces[slot] === nonce;
  }

  /** All rows of one log that are in use. */
  *of(log: number): Generator<number> {
    for (let slot = 0; slot < this.rows; slot++) {
      if (this.nonces[slot] !== FREE && this.logs[slot] === log) yield slot;
    }
  }

  /** All rows that are out on the life of a holder. */
  *heldBy(holder: number): Generator<number> {
    for (let slot = 0; slot < this.rows; slot++) {
      if (this.holders[slot] === holder && this.out[slot] === 1 && this.nonces[slot] !== FREE) yield slot;
    }
  }

  private grow(): void {
    this.resize(this.offsets.length * 2);
  }

  private resize(rows: number): void {
    this.logs = resized(this.logs, new Uint32Array(rows));
    this.offsets = resized(this.offsets, new Float64Array(rows));
    this.attempts = resized(this.attempts, new Uint32Array(rows));
    this.nonces = resized(this.nonces, new Float64Array(rows));
    this.deadlines = resized(this.deadlines, new Float64Array(rows));
    this.holders = resized(this.holders, new Uint32Array(rows));
    this.out = resized(this.out, new Uint8Array(rows));
    this.places = resized(this.places, new Int32Array(rows).fill(ABSENT));
  }
}

function resized<Column extends Float64Array | Uint32Array | Int32Array | Uint8Array>(
  from: Column,
  to: Column,
): Column {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  return to;
}

/** A binary heap of slots; each knows its place, so that one in the middle can go. */
export class SlotHeap {
  size = 0;
  private readonly slots: SharingSlots;
  private readonly by: 'deadlines' | 'offsets';
  private heap = new Int32Array(ROWS_MIN);

  constructor(slots: SharingSlots, by: 'deadlines' | 'offsets') {
    this.slots = slots;
    this.by = by;
  }

  /** The slot with the lowest key; only of a heap that is not empty. */
  get first(): number {
    return this.heap[0] as number;
  }

  add(slot: number): void {
    if (this.size === this.heap.length) this.heap = resized(this.heap, new Int32Array(2 * this.size));
    this.heap[this.size] = slot;
    this.rise(this.size++);
  }

  remove(slot: number): void {
    const { places } = this.slots;
    const place = places[slot] as number;
    places[slot] = ABSENT;
    const last = this.heap[--this.size] as number;
    if (last === slot) return;
    this.heap[place] = last;
    this.rise(place);
    this.sink(places[last] as number);
  }

  private rise(from: number): void {
    const { heap } = this;
    const { places } = this.slots;
    const keys = this.slots[this.by];
    const slot = heap[from] as number;
    const key = keys[slot] as number;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = heap[above] as number;
      if ((keys[other] as number) <= key) break;
      heap[place] = other;
      places[other] = place;
      place = above;
    }
    heap[place] = slot;
    places[slot] = place;
  }

  private sink(from: number): void {
    const { heap, size } = this;
    const { places } = this.slots;
    const keys = this.slots[this.by];
    const slot = heap[from] as number;
    const key = keys[slot] as number;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= size) break;
      if (below + 1 < size && (keys[heap[below + 1] as number] as number) < (keys[heap[below] as number] as number)) {
        below++;
      }
      const other = heap[below] as number;
      if ((keys[other] as number) >= key) break;
      heap[place] = other;
      places[other] = place;
      place = below;
    }
    heap[place] = slot;
    places[slot] = place;
  }
}
