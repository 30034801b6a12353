/**
 * Part: up to 1,024 consecutive extents of one log's index, as two typed arrays.
 *
 * An extent says "offsets [base, base + messages) of this log lie at `position`, back to back, in so many bytes". One
 * commit gives a log one extent however many messages it brought, so a busy log's index costs next to nothing; the
 * worst case, one message a commit, costs 28 bytes a message while the part is resident.
 *
 * A full part never gets another extent. Its arrays can therefore be written once to the index chain (`stored`) and
 * given up; what remains in memory then is this object with the bytes it holds per area, about 200 bytes for 1,024
 * extents. `live` counts are not stored: they follow from the log's released intervals when the part is loaded again.
 */
import type { Position } from '../engine.ts';

export const PART_EXTENTS = 1024;
/** Bytes of a part on disk: its two arrays as they are. */
export const EXTENT_BYTES = 28;

const TRANSIENT = 0x80000000;

/** A list that most cold parts share. */
const NONE: readonly number[] = [];

export class Part {
  /** Offset of the first message of the first extent. */
  readonly first: number;
  /** One past the last message of the last extent. */
  end: number;
  /** Extents, dead ones included. */
  count = 0;
  /** Slots below this are retired. */
  head = 0;
  /** base, position per extent; null while the part is cold. */
  places: Float64Array | null;
  /** bytes, messages (top bit: transient), live per extent. */
  sizes: Uint32Array | null;
  /** Where the arrays lie in the index chain, all `count` extents of them; -1: nowhere yet. */
  storedAt: Position = -1;
  /** While cold: area, bytes held there, in pairs, for the extents that were living when it went cold. */
  held = NONE;
  /** While cold: the ranges of transient messages, from and to in pairs; they are settled at boot. */
  #transients = NONE;

  constructor(first: number, capacity: number) {
    this.first = first;
    this.end = first;
    this.places = new Float64Array(capacity * 2);
    this.sizes = new Uint32Array(capacity * 3);
  }

  get full(): boolean {
    return this.count === PART_EXTENTS;
  }

  get resident(): boolean {
    return this.places !== null;
  }

  get stored(): boolean {
    return this.storedAt >= 0;
  }

  push(base: number, position: Position, bytes: number, messages: number, transient: boolean): void {
    const slot = this.count++;
    if (slot * 2 === this.places!.length) this.#grow(Math.min(PART_EXTENTS, Math.max(4, slot * 4)));
    this.places![slot * 2] = base;
    this.places![slot * 2 + 1] = position;
    this.sizes![slot * 3] = bytes;
    this.sizes![slot * 3 + 1] = transient ? (messages | TRANSIENT) >>> 0 : messages;
    this.sizes![slot * 3 + 2] = messages;
    this.end = base + messages;
  }

  base(slot: number): number {
    return this.places![slot * 2]!;
  }

  position(slot: number): Position {
    return this.places![slot * 2 + 1]!;
  }

  bytes(slot: number): number {
    return this.sizes![slot * 3]!;
  }

  messages(slot: number): number {
    return this.sizes![slot * 3 + 1]! & ~TRANSIENT;
  }

  transient(slot: number): boolean {
    return this.sizes![slot * 3 + 1]! >= TRANSIENT;
  }

  live(slot: number): number {
    return this.sizes![slot * 3 + 2]!;
  }

  /** Bytes that the living messages of an extent hold: its share, as their sizes are not known here. */
  heldBytes(slot: number): number {
    const live = this.live(slot);
    const messages = this.messages(slot);
    return live === messages ? this.bytes(slot) : Math.ceil((this.bytes(slot) * live) / messages);
  }

  setLive(slot: number, live: number): void {
    this.sizes![slot * 3 + 2] = live;
  }

  /** Points an extent at the copy of its bytes that reclaim made; the stored form is out of date from here on. */
  move(slot: number, position: Position, bytes: number): void {
    this.places![slot * 2 + 1] = position;
    this.sizes![slot * 3] = bytes;
    this.storedAt = -1;
  }

  /** The slot whose extent holds `offset`, which lies in [first, end). */
  find(offset: number): number {
    const places = this.places!;
    let low = this.head;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle * 2]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Gives both arrays, from the extent at `slot` on, to `write`; the reverse of `load`. */
  store(slot: number, write: (bytes: Uint8Array) => void): void {
    const places = this.places!.subarray(slot * 2, this.count * 2);
    const sizes = this.sizes!.subarray(slot * 3, this.count * 3);
    write(new Uint8Array(places.buffer, places.byteOffset, places.byteLength));
    write(new Uint8Array(sizes.buffer, sizes.byteOffset, sizes.byteLength));
  }

  load(source: Uint8Array, at: number): void {
    const places = new Float64Array(this.count * 2);
    const sizes = new Uint32Array(this.count * 3);
    new Uint8Array(places.buffer).set(source.subarray(at, at + places.byteLength));
    new Uint8Array(sizes.buffer).set(source.subarray(at + places.byteLength, at + this.count * EXTENT_BYTES));
    this.places = places;
    this.sizes = sizes;
  }

  /** Ranges of transient messages, merged, from and to in turn. */
  get transients(): readonly number[] {
    if (this.places === null) return this.#transients;
    const ranges: number[] = [];
    for (let slot = this.head; slot < this.count; slot++) {
      if (!this.transient(slot)) continue;
      const from = this.base(slot);
      const to = from + this.messages(slot);
      if (ranges[ranges.length - 1] === from) ranges[ranges.length - 1] = to;
      else ranges.push(from, to);
    }
    return ranges;
  }

  /** A part of `count` extents whose arrays are in the index chain. */
  static cold(
    first: number,
    end: number,
    count: number,
    storedAt: Position,
    held: readonly number[],
    transients: readonly number[],
  ): Part {
    const part = new Part(first, 0);
    part.end = end;
    part.count = count;
    part.storedAt = storedAt;
    part.held = exact(held);
    part.#transients = exact(transients);
    part.places = null;
    part.sizes = null;
    return part;
  }

  unload(held: readonly number[]): void {
    this.held = exact(held);
    this.#transients = exact(this.transients);
    this.places = null;
    this.sizes = null;
  }

  #grow(capacity: number): void {
    const places = new Float64Array(capacity * 2);
    const sizes = new Uint32Array(capacity * 3);
    places.set(this.places!);
    sizes.set(this.sizes!);
    this.places = places;
    this.sizes = sizes;
  }
}

/** Without the room that an array gets while it grows: it would be most of a cold part. */
function exact(values: readonly number[]): readonly number[] {
  return values.length === 0 ? NONE : values.slice();
}
