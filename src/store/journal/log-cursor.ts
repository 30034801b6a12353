/**
 * LogCursor: a reader's place in one log, and the quick way from an offset to its bytes.
 *
 * Reading forward inside one extent is pointer arithmetic: entries lie back to back, each tells its length. Only at an
 * extent's end is the index asked, and only there can a read turn out cold. Between turns the slab may be given
 * away; its generation tells (see `window.ts`), and then the place is looked up again.
 */
import type { IntervalSet } from '../../core/interval-set.ts';
import type { Entry } from '../../core/message.ts';
import { COLD, type Cursor, END, type Offset, READY, type ReadState } from '../../core/ports.ts';
import type { Position } from '../engine.ts';
import { readCount, readEntry, readLength } from './entry-codec.ts';
import type { LogIndex } from './log-index.ts';
import type { Part } from './part.ts';
import type { Slab, Window } from './window.ts';

/** Finds resident bytes; the journal's tail cache, spill and read cache in one. */
export interface Resident {
  find(position: Position, length: number): Window | null;
}

export class LogCursor implements Cursor {
  offset: Offset = 0;
  readonly #index: LogIndex;
  readonly #resident: Resident;
  /** The extent that is open: its slab, as of `#generation`, the byte of the entry that holds `offset`, and its end. */
  #slab: Slab | null = null;
  #generation = 0;
  #at = 0;
  /** Offset of the first message of the entry at `#at`. */
  #base = 0;
  #extentEnd = 0;
  /** What to add to a byte's place in the slab to get its position. */
  #toPosition = 0;
  /** Of the entry last read: its bytes and its messages. */
  #length = 0;
  #count = 0;
  /** Where the open extent stands in the index; the next one is probably beside it. */
  #part: Part | null = null;
  #slot = 0;

  constructor(index: LogIndex, resident: Resident) {
    this.#index = index;
    this.#resident = resident;
  }

  seek(offset: Offset): void {
    if (offset === this.offset) return;
    if (this.#slab !== null && offset > this.offset && offset < this.#extentEnd && this.#open()) {
      this.#walk(offset);
      return;
    }
    this.#slab = null;
    this.offset = offset;
  }

  read(entry: Entry): ReadState {
    const index = this.#index;
    if (this.offset < index.floor) this.seek(index.floor);
    for (;;) {
      if (this.offset >= index.end) return END;
      if (!this.#open() && !this.#locate()) {
        if (this.#slab === null && this.offset < index.end && this.#part !== null) return COLD;
        continue;
      }
      const slab = this.#slab!;
      this.#length = readEntry(slab.bytes, this.#at, entry);
      this.#count = entry.count;
      entry.base = this.#base;
      if (index.released !== null && this.#passReleased(index.released)) continue;
      entry.offset = this.offset;
      return READY;
    }
  }

  /** Where the entry just read lies in the store. */
  get position(): Position {
    return this.#at + this.#toPosition;
  }

  /** Bytes of the entry just read, its header included. */
  get length(): number {
    return this.#length;
  }

  advance(): void {
    if (this.#count > 1 && ++this.offset < this.#base + this.#count) return;
    this.advanceEntry();
  }

  advanceEntry(): void {
    this.#base += this.#count;
    this.offset = this.#base;
    this.#at += this.#length;
    this.#count = 0;
    this.#length = 0;
    if (this.offset >= this.#extentEnd) this.#slab = null;
  }

  /** Whether the open extent can still be read. */
  #open(): boolean {
    const slab = this.#slab;
    if (slab === null) return false;
    if (slab.generation === this.#generation) return true;
    this.#slab = null;
    return false;
  }

  /** Steps over the released messages of the entry just read; true if that is past all of them. */
  #passReleased(released: IntervalSet): boolean {
    const living = released.firstAbsent(this.offset);
    if (living < this.#base + this.#count) {
      this.offset = living;
      return false;
    }
    this.advanceEntry();
    return true;
  }

  /**
   * Opens the extent that holds `offset`. False with a part set: cold. False without: the place moved (lost or dead
   * extents were stepped over), look again.
   */
  #locate(): boolean {
    const index = this.#index;
    let part = this.#part;
    let slot = this.#slot + 1;
    const beside = part?.resident === true && slot < part.count && slot >= part.head && part.base(slot) === this.offset;
    if (!beside) {
      part = index.partOf(this.offset);
      this.#part = part;
      if (part === null) {
        // No extent: can only be a gap that damage left; its offsets were released when it was found.
        this.offset = index.end;
        return false;
      }
      if (!part.resident) return false;
      slot = part.find(this.offset);
      if (slot < part.head) {
        this.offset = part.head < part.count ? part.base(part.head) : part.end;
        this.#part = null;
        return false;
      }
    }
    this.#slot = slot;
    const base = part!.base(slot);
    const end = base + part!.messages(slot);
    if (part!.live(slot) === 0 || this.offset >= end) {
      this.offset = slot + 1 < part!.count ? part!.base(slot + 1) : part!.end;
      this.#part = null;
      return false;
    }
    const position = part!.position(slot);
    const window = this.#resident.find(position, part!.bytes(slot));
    if (window === null) return false;
    this.#slab = window.slab;
    this.#generation = window.slab.generation;
    this.#at = window.at + (position - window.position);
    this.#toPosition = position - this.#at;
    this.#extentEnd = end;
    this.#base = base;
    this.#walk(this.offset);
    return true;
  }

  /** Moves inside the open extent to the entry that holds `offset`, which is not before the one stood on. */
  #walk(offset: Offset): void {
    const bytes = this.#slab!.bytes;
    this.offset = offset;
    for (;;) {
      const count = readCount(bytes, this.#at);
      if (this.#base + count > offset) return;
      this.#base += count;
      this.#at += readLength(bytes, this.#at);
    }
  }
}
