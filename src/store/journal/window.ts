/**
 * Windows: which bytes of the journal are resident, and where in memory.
 *
 * A slab is a piece of memory (1 MiB, more for one huge entry) that blocks are built in, written from, and read from
 * afterwards: it is the write buffer and the tail cache at once. A window says "positions [position, position + length)
 * lie in this slab from `at` on". Blocks that follow each other both in the slab and in the engine share a window, so
 * a thousand one-message commits are one window.
 *
 * Eviction gives a slab back to the pool, where it is filled anew. So who keeps a slab between two reads must
 * compare its `generation` with the one he saw: a changed one means "look the position up again".
 */
import { Buffer } from 'node:buffer';
import type { Position } from '../engine.ts';

export class Slab {
  readonly bytes: Buffer;
  /** Grows each time the slab is given back; see the file's header. */
  generation = 0;
  /** Windows that lie in this slab, plus one while it is being filled. It is pooled when this falls to 0. */
  uses = 0;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }
}

/** Slabs of the ordinary size that are not in use; a few are kept, because fresh memory costs page faults. */
export class SlabPool {
  readonly slabBytes: number;
  readonly #free: Slab[] = [];
  readonly #kept: number;

  constructor(slabBytes: number, kept: number) {
    this.slabBytes = slabBytes;
    this.#kept = kept;
  }

  take(bytes: number): Slab {
    if (bytes > this.slabBytes) return new Slab(bytes);
    return this.#free.pop() ?? new Slab(this.slabBytes);
  }

  /** One use less; the last one invalidates what was known of the slab and pools it. */
  release(slab: Slab): void {
    slab.uses--;
    if (slab.uses > 0) return;
    slab.generation++;
    if (slab.bytes.length === this.slabBytes && this.#free.length < this.#kept) this.#free.push(slab);
  }
}

export class Window {
  readonly position: Position;
  length: number;
  readonly slab: Slab;
  /** Where `position` lies in the slab. */
  readonly at: number;

  constructor(position: Position, length: number, slab: Slab, at: number) {
    this.position = position;
    this.length = length;
    this.slab = slab;
    this.at = at;
  }
}

/**
 * Resident windows in the order of their positions; found by binary search, evicted oldest first. A few hundred at
 * most.
 */
export class Windows {
  readonly #pool: SlabPool;
  #list: Window[] = [];
  #head = 0;
  #bytes = 0;
  #last: Window | null = null;
  /** Windows that were inserted, in the order they came: that is the order in which they go. */
  #arrivals: Window[] = [];

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  /** Memory held, in whole slabs as far as they are filled. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds bytes that lie after all that is here; joins the last window when they follow it in memory too. */
  push(position: Position, length: number, slab: Slab, at: number): void {
    this.#bytes += length;
    const last = this.#list.length > this.#head ? this.#list[this.#list.length - 1]! : null;
    if (
      last !== null &&
      last.slab === slab &&
      last.position + last.length === position &&
      last.at + last.length === at
    ) {
      last.length += length;
      return;
    }
    slab.uses++;
    this.#list.push(new Window(position, length, slab, at));
  }

  /** Adds bytes anywhere (a cold read). What overlaps is fine: any copy of a position holds the same bytes. */
  insert(position: Position, length: number, slab: Slab, at: number): void {
    slab.uses++;
    this.#bytes += length;
    const window = new Window(position, length, slab, at);
    this.#compact();
    this.#list.splice(this.#search(position) + 1, 0, window);
    this.#arrivals.push(window);
  }

  /** The window that holds all of `[position, position + length)`, or null. */
  find(position: Position, length: number): Window | null {
    const last = this.#last;
    if (last !== null && position >= last.position && position + length <= last.position + last.length) return last;
    let index = this.#search(position);
    // Cold reads may overlap; a window that starts a little earlier can be the one that reaches far enough.
    for (let tries = 0; index >= this.#head && tries < 4; index--, tries++) {
      const window = this.#list[index]!;
      if (position + length <= window.position + window.length) {
        this.#last = window;
        return window;
      }
    }
    return null;
  }

  /** Gives up the oldest window; false when there is none. */
  evictOldest(): boolean {
    if (this.#head === this.#list.length) return false;
    const window = this.#arrivals.shift() ?? this.#list[this.#head]!;
    if (window === this.#list[this.#head]) this.#head++;
    else this.#list.splice(this.#list.indexOf(window, this.#head), 1);
    this.#bytes -= window.length;
    if (this.#last === window) this.#last = null;
    this.#pool.release(window.slab);
    if (this.#head > 64 && this.#head * 2 > this.#list.length) this.#compact();
    return true;
  }

  evictTo(bytes: number): void {
    while (this.#bytes > bytes && this.evictOldest());
  }

  /** Index of the last window that starts at or before `position`, or head - 1. */
  #search(position: Position): number {
    let low = this.#head;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#list[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #compact(): void {
    if (this.#head === 0) return;
    this.#list = this.#list.slice(this.#head);
    this.#head = 0;
  }
}
