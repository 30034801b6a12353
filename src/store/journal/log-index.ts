/**
 * LogIndex: where the messages of one log lie, and which of them are still wanted.
 *
 *        floor                                    end
 *   ──────┼───────────▒▒▒▒────────▒──────────────────┼
 *   gone  │  living   released      living           │ not yet visible
 *
 * Parts (see `part.ts`) cover [floor, end). Releases come nearly always at the floor, so that path only moves a
 * number until it passes the end of the head extent; releases above the floor are kept as intervals until it
 * reaches them. `Holdings` is told when an extent begins and ceases to need its bytes: that is all that reclaim knows
 * of us.
 */
import { IntervalSet } from '../../core/interval-set.ts';
import type { Position } from '../engine.ts';
import { PART_EXTENTS, Part } from './part.ts';

/** Who accounts for the bytes that extents keep alive, per area. */
export interface Holdings {
  hold(log: LogIndex, position: Position, bytes: number): void;
  free(log: LogIndex, position: Position, bytes: number): void;
  /** As `free`, for a cold part that knows only its areas. */
  freeArea(log: LogIndex, area: number, bytes: number): void;
  areaOf(position: Position): number;
}

export class LogIndex {
  readonly id: number;
  readonly holdings: Holdings;
  floor = 0;
  end = 0;
  /** Messages in [floor, end) that are not released. */
  living = 0;
  /** Bytes that they hold, by their share of their extents; what the head extent lost at its beginning still counts. */
  livingBytes = 0;
  /** Released intervals above the floor; null as long as there were none. */
  released: IntervalSet | null = null;
  #parts: Part[] = [];
  #firstPart = 0;
  /** Where the head extent ends: the floor can move up to here without touching a part. */
  #headEnd = 0;

  constructor(id: number, holdings: Holdings) {
    this.id = id;
    this.holdings = holdings;
  }

  /** Parts from the oldest on, retired ones left out. */
  parts(): Part[] {
    return this.#firstPart === 0 ? this.#parts : this.#parts.slice(this.#firstPart);
  }

  get partCount(): number {
    return this.#parts.length - this.#firstPart;
  }

  /** Adds an extent at the end and makes it visible. */
  append(position: Position, bytes: number, messages: number, transient: boolean): void {
    let part = this.partCount === 0 ? null : this.#parts[this.#parts.length - 1]!;
    if (part === null || part.full || !part.resident) {
      part = new Part(this.end, part === null ? 4 : PART_EXTENTS);
      this.#parts.push(part);
    }
    if (this.living === 0 && this.floor === this.end) this.#headEnd = this.end + messages;
    part.push(this.end, position, bytes, messages, transient);
    this.end += messages;
    this.living += messages;
    this.livingBytes += bytes;
    this.holdings.hold(this, position, bytes);
  }

  /** Releases [from, to); answers how many messages of it were living. */
  release(from: number, to: number): number {
    const first = from < this.floor ? this.floor : from;
    const last = to > this.end ? this.end : to;
    if (first >= last) return 0;
    let freed = last - first;
    if (first > this.floor) {
      this.released ??= new IntervalSet();
      freed = this.released.add(first, last);
      if (freed > 0) this.#lower(first, last);
    } else {
      this.floor = last;
      if (this.released !== null) {
        freed -= this.released.remove(first, last);
        this.floor = this.#passReleased(last);
      }
      if (this.floor >= this.#headEnd) this.#retire();
    }
    this.living -= freed;
    return freed;
  }

  /** Whether the message at `offset` is released, or was never there. */
  isReleased(offset: number): boolean {
    return offset < this.floor || offset >= this.end || (this.released?.contains(offset) ?? false);
  }

  /** Whether every message in [from, to) is released. */
  isRangeReleased(from: number, to: number): boolean {
    const first = from < this.floor ? this.floor : from;
    return first >= to || (this.released !== null && this.released.firstAbsent(first) >= to);
  }

  /** The part that holds `offset` (in [floor, end)), or null if none does because its bytes were lost to damage. */
  partOf(offset: number): Part | null {
    const last = this.#parts[this.#parts.length - 1];
    let index = this.#parts.length - 1;
    if (last === undefined || offset < last.first) {
      let low = this.#firstPart;
      let high = this.#parts.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.#parts[middle]!.first <= offset) low = middle + 1;
        else high = middle;
      }
      index = low - 1;
    }
    if (index < this.#firstPart) return null;
    const part = this.#parts[index]!;
    return offset < part.end ? part : null;
  }

  /** The part after `part`, or null. */
  partAfter(part: Part): Part | null {
    return part.end >= this.end ? null : this.partOf(part.end);
  }

  /** After a cold part's arrays were loaded: what was released meanwhile shows in its live counts now. */
  refresh(part: Part): void {
    part.head = 0;
    this.#freeHeld(part);
    this.#count(part);
    this.#retire();
  }

  /** Gives up the arrays of a part that is stored; keeps what it holds per area. */
  unload(part: Part): void {
    part.unload(this.heldBy(part));
  }

  /** The areas that a part's living extents lie in, and the bytes they hold there, in turn. */
  heldBy(part: Part): readonly number[] {
    if (!part.resident) return part.held;
    const held: number[] = [];
    for (let slot = part.head; slot < part.count; slot++) {
      if (part.live(slot) === 0) continue;
      const area = this.holdings.areaOf(part.position(slot));
      const last = held.length - 2;
      if (last >= 0 && held[last] === area) held[last + 1]! += part.heldBytes(slot);
      else held.push(area, part.heldBytes(slot));
    }
    return held;
  }

  /** Restores a part from a checkpoint, in order; what it needs is held from here on. */
  adopt(part: Part): void {
    this.#parts.push(part);
    if (part.resident) {
      this.#count(part);
      return;
    }
    for (let index = 0; index < part.held.length; index += 2) {
      this.livingBytes += part.held[index + 1]!;
      this.holdings.freeArea(this, part.held[index]!, -part.held[index + 1]!);
    }
  }

  /** Sets the ends of an index that is being restored. */
  restore(floor: number, end: number, released: IntervalSet | null): void {
    this.floor = floor;
    this.end = end;
    this.released = released;
    this.living = end - floor - (released === null ? 0 : released.count);
    this.#headEnd = floor;
  }

  /** All parts are adopted: what the floor has passed of them goes. */
  adopted(): void {
    this.#headEnd = this.floor;
    this.#retire();
  }

  /** Lets offsets that are lost (damage in the journal) pass: the next extent will start at `base`. */
  skipTo(base: number): void {
    if (base <= this.end) return;
    const from = this.end;
    this.end = base;
    this.living += base - from;
    this.release(from, base);
  }

  /**
   * Points the extent that begins at `base` at a copy of its bytes. False when its part is cold: load it first. An
   * extent that is gone needs no move.
   */
  move(base: number, position: Position, bytes: number): boolean {
    if (base >= this.end) return true;
    const part = this.partOf(base);
    if (part === null) return true;
    if (!part.resident) return false;
    const slot = part.find(base);
    if (slot < part.head || part.base(slot) !== base || part.live(slot) === 0) return true;
    const live = part.live(slot);
    this.#free(part, slot);
    part.move(slot, position, bytes);
    part.setLive(slot, live);
    this.#hold(part, slot);
    return true;
  }

  /** Everything goes, as when the log is dropped. */
  clear(): void {
    this.release(this.floor, this.end);
  }

  /** Moves over what was released right above the floor. */
  #passReleased(floor: number): number {
    const released = this.released!;
    const passed = released.firstAbsent(floor);
    released.remove(floor, passed);
    if (released.count === 0) this.released = null;
    return passed;
  }

  /** Drops the extents that the floor has passed. */
  #retire(): void {
    while (this.#firstPart < this.#parts.length) {
      const part = this.#parts[this.#firstPart]!;
      if (!part.resident) {
        if (part.end > this.floor) {
          this.#headEnd = part.end;
          return;
        }
        this.#freeHeld(part);
      } else {
        while (part.head < part.count && part.base(part.head) + part.messages(part.head) <= this.floor) {
          this.#free(part, part.head++);
        }
        if (part.head < part.count) {
          this.#headEnd = part.base(part.head) + part.messages(part.head);
          return;
        }
        // The last part stays to be filled, unless it is full: most queues are empty most of the time.
        if (this.#firstPart === this.#parts.length - 1 && !part.full) {
          if (part.count * 2 >= PART_EXTENTS || part.stored) this.#parts[this.#firstPart] = new Part(this.end, 4);
          this.#headEnd = this.end;
          return;
        }
      }
      this.#firstPart++;
    }
    this.#parts = [];
    this.#firstPart = 0;
    this.#headEnd = this.end;
  }

  /** Takes the extents of a resident part into account by what of them is living. */
  #count(part: Part): void {
    for (let slot = 0; slot < part.count; slot++) {
      const live = this.#liveIn(part, slot);
      part.setLive(slot, live);
      if (live !== 0) this.#hold(part, slot);
    }
  }

  #hold(part: Part, slot: number): void {
    const bytes = part.heldBytes(slot);
    this.livingBytes += bytes;
    this.holdings.hold(this, part.position(slot), bytes);
  }

  #freeHeld(part: Part): void {
    for (let index = 0; index < part.held.length; index += 2) {
      this.livingBytes -= part.held[index + 1]!;
      this.holdings.freeArea(this, part.held[index]!, part.held[index + 1]!);
    }
    part.held = [];
  }

  #free(part: Part, slot: number): void {
    this.#shrink(part, slot, 0);
  }

  /** Fewer messages of an extent live: it holds fewer bytes. */
  #shrink(part: Part, slot: number, live: number): void {
    const before = part.heldBytes(slot);
    part.setLive(slot, live);
    const bytes = before - part.heldBytes(slot);
    if (bytes === 0) return;
    this.livingBytes -= bytes;
    this.holdings.free(this, part.position(slot), bytes);
  }

  /** Lowers the live counts of the extents that [from, to) touches, where they are resident. */
  #lower(from: number, to: number): void {
    let part = this.partOf(from);
    while (part !== null && part.first < to) {
      if (part.resident) {
        for (let slot = Math.max(part.head, part.find(from)); slot < part.count && part.base(slot) < to; slot++) {
          if (part.live(slot) === 0) continue;
          this.#shrink(part, slot, this.#liveIn(part, slot));
        }
      }
      part = this.partAfter(part);
    }
  }

  #liveIn(part: Part, slot: number): number {
    const base = Math.max(part.base(slot), this.floor);
    const end = part.base(slot) + part.messages(slot);
    if (end <= base) return 0;
    return end - base - (this.released === null ? 0 : this.released.countIn(base, end));
  }
}
