/**
 * Spill: where the entries of non-durable logs live.
 *
 * They are copied into slabs and visible at once. Each slab is one window of a virtual address space of its own, far
 * above any engine's positions, because an entry needs its address long before anybody knows whether it must leave
 * memory. A window that nobody needs any more is given back at once; when the windows together pass their bound, the
 * oldest are written to the spill chain, unsynced, in the same block format as everything else. The chain is dropped at
 * boot.
 *
 *   filling ──full──▶ resident ──bound passed──▶ writing ──▶ stored          (dead at any time: given back)
 */
import type { Message } from '../../core/message.ts';
import type { LogSet } from '../../core/ports.ts';
import { BLOCK_HEADER_BYTES } from '../block.ts';
import type { Engine, EngineFault, Position } from '../engine.ts';
import type { ChainWriter } from './chain-writer.ts';
import { writeEntry, writeLength } from './entry-codec.ts';
import type { Holdings, LogIndex } from './log-index.ts';
import { PAYLOAD_AT } from './records.ts';
import type { StoredLog } from './stored-log.ts';
import { type Slab, type SlabPool, Window } from './window.ts';

/** Virtual positions begin here; engines stay below. */
export const SPILL_BASE = 2 ** 52;

class SpillWindow {
  /** Virtual position of the slab's first byte. */
  readonly base: Position;
  readonly size: number;
  slab: Slab | null;
  readonly window: Window;
  living = 0;
  /** Runs of this turn in it, which hold it until they are visible. */
  pendingRuns = 0;
  writing = false;
  /** Where the block begins in the engine, once stored; -1 before. */
  stored = -1;

  constructor(base: Position, slab: Slab) {
    this.base = base;
    this.slab = slab;
    this.size = slab.bytes.length;
    this.window = new Window(base, 0, slab, 0);
  }
}

export class Spill implements Holdings {
  readonly #engine: Engine;
  readonly #pool: SlabPool;
  readonly #chain: ChainWriter;
  readonly #residentBytesMax: number;
  #windows: SpillWindow[] = [];
  #head = 0;
  #filling: SpillWindow | null = null;
  #at = 0;
  #nextBase = SPILL_BASE;
  #residentBytes = 0;
  #writing: SpillWindow | null = null;
  /** Set when the engine refused: the windows stay in memory, and the store is under pressure until it is retried. */
  fault: EngineFault | null = null;

  // Runs of this turn, made visible by `flush`.
  #runSets: LogSet[] = [];
  #runAts: Position[] = [];
  #runBytes: number[] = [];
  #runMessages: number[] = [];
  #run = -1;
  /** Messages of the open run that its logs' `staged` counts already. */
  #counted = 0;

  constructor(engine: Engine, pool: SlabPool, chain: ChainWriter, residentBytesMax: number) {
    this.#engine = engine;
    this.#pool = pool;
    this.#chain = chain;
    this.#residentBytesMax = residentBytesMax;
  }

  get residentBytes(): number {
    return this.#residentBytes;
  }

  append(set: LogSet, message: Message, length: number): void {
    const at = this.#take(set, length, message.count);
    writeEntry(this.#filling!.slab!.bytes, at, length, message);
  }

  /**
   * As `append`, but the caller writes the `length` bytes at the place that is answered, before anything else happens.
   */
  reserve(set: LogSet, length: number, messages: number): { bytes: Uint8Array; at: number } {
    const at = this.#take(set, length, messages);
    return { bytes: this.#filling!.slab!.bytes, at };
  }

  #take(set: LogSet, length: number, messages: number): number {
    let filling = this.#filling;
    if (filling === null || this.#at + length > filling.size) {
      filling = this.#open(length);
      this.count();
      this.#run = -1;
    }
    const at = this.#at;
    this.#at = at + length;
    filling.window.length = this.#at;
    if (this.#run >= 0 && this.#runSets[this.#run] === set) {
      this.#runBytes[this.#run]! += length;
      this.#runMessages[this.#run]! += messages;
      return at;
    }
    filling.pendingRuns++;
    this.count();
    this.#counted = 0;
    this.#run = this.#runSets.length;
    this.#runSets.push(set);
    this.#runAts.push(filling.base + at);
    this.#runBytes.push(length);
    this.#runMessages.push(messages);
    return at;
  }

  /** Brings the `staged` of the open run's logs up to date. */
  count(): void {
    if (this.#run < 0) return;
    const messages = this.#runMessages[this.#run]!;
    const uncounted = messages - this.#counted;
    if (uncounted === 0) return;
    this.#counted = messages;
    for (const log of this.#runSets[this.#run]!.transient as readonly StoredLog[]) log.staged += uncounted;
  }

  /** Makes what was appended since the last flush visible; tells each log that grew. */
  flush(advanced: (log: StoredLog) => void): void {
    if (this.#run < 0 && this.#runSets.length === 0) return;
    this.count();
    for (let run = 0; run < this.#runSets.length; run++) {
      for (const log of this.#runSets[run]!.transient as readonly StoredLog[]) {
        if (log.dropped) continue;
        log.staged -= this.#runMessages[run]!;
        log.index.append(this.#runAts[run]!, this.#runBytes[run]!, this.#runMessages[run]!, true);
        advanced(log);
      }
      const window = this.#windowAt(this.#runAts[run]!)!;
      window.pendingRuns--;
      this.#dismissDead(window);
    }
    this.#runSets.length = 0;
    this.#runAts.length = 0;
    this.#runBytes.length = 0;
    this.#runMessages.length = 0;
    this.#run = -1;
    this.#spillSome();
  }

  find(position: Position): Window | null {
    const window = this.#windowAt(position);
    return window === null || window.slab === null ? null : window.window;
  }

  /**
   * Where a stored window's bytes lie in the engine: [position, bytes, virtual base], or null if it is resident or
   * gone.
   */
  storedAt(position: Position): { position: Position; bytes: number; base: Position } | null {
    const window = this.#windowAt(position);
    if (window === null || window.stored < 0) return null;
    return { position: window.stored, bytes: window.window.length, base: window.base };
  }

  hold(_log: LogIndex, position: Position, bytes: number): void {
    this.#windowAt(position)!.living += bytes;
  }

  free(_log: LogIndex, position: Position, bytes: number): void {
    const window = this.#windowAt(position);
    if (window === null) return;
    window.living -= bytes;
    this.#dismissDead(window);
  }

  freeArea(log: LogIndex, area: number, bytes: number): void {
    this.free(log, area, bytes);
  }

  /** Windows are their own areas. */
  areaOf(position: Position): number {
    return this.#windowAt(position)?.base ?? position;
  }

  #open(length: number): SpillWindow {
    const full = this.#filling;
    this.#filling = null;
    if (full !== null) this.#dismissDead(full);
    const slab = this.#pool.take(PAYLOAD_AT + length);
    slab.uses++;
    const window = new SpillWindow(this.#nextBase, slab);
    this.#nextBase += slab.bytes.length;
    this.#windows.push(window);
    this.#residentBytes += window.size;
    this.#filling = window;
    this.#at = PAYLOAD_AT;
    return window;
  }

  /**
   * Writes the oldest living windows out while there are too many. One at a time: the engine takes one append a chain.
   */
  #spillSome(): void {
    this.#trimHead();
    if (this.#residentBytes <= this.#residentBytesMax || this.#writing !== null || this.fault !== null) return;
    for (let index = this.#head; index < this.#windows.length; index++) {
      const window = this.#windows[index]!;
      if (window === this.#filling || window.slab === null || window.pendingRuns > 0) continue;
      this.#write(window);
      if (this.#writing !== null || this.#residentBytes <= this.#residentBytesMax) return;
    }
  }

  #write(window: SpillWindow): void {
    const bytes = window.slab!.bytes;
    const length = window.window.length;
    writeLength(bytes, BLOCK_HEADER_BYTES, length - PAYLOAD_AT);
    writeLength(bytes, BLOCK_HEADER_BYTES + 4, 0);
    window.writing = true;
    this.#writing = window;
    this.#chain.append([{ slab: window.slab!, start: 0, end: length }], 0, 0, 0, false, (fault, positions) => {
      window.writing = false;
      this.#writing = null;
      if (fault !== null) {
        this.fault = fault;
        return;
      }
      window.stored = positions[0]!;
      this.#dismissDead(window);
      this.#giveUpSlab(window);
      this.#spillSome();
    });
  }

  #giveUpSlab(window: SpillWindow): void {
    if (window.slab === null) return;
    this.#residentBytes -= window.size;
    this.#pool.release(window.slab);
    window.slab = null;
  }

  #dismissDead(window: SpillWindow): void {
    const needed = window.living > 0 || window.pendingRuns > 0 || window.writing || window === this.#filling;
    if (!needed) this.#dismiss(window);
  }

  /** Nobody needs the window any more. */
  #dismiss(window: SpillWindow): void {
    this.#giveUpSlab(window);
    this.#trimHead();
    if (window.stored < 0) return;
    window.stored = -1;
    this.#dropAreas();
  }

  /** Gives back every area that no stored window lies in any more, but for the one being written. */
  #dropAreas(): void {
    const needed = new Set<number>();
    for (let index = this.#head; index < this.#windows.length; index++) {
      const { stored } = this.#windows[index]!;
      if (stored >= 0) needed.add(this.#engine.areaOf(stored));
    }
    for (const area of this.#engine.areas('spill').slice(0, -1)) if (!needed.has(area)) this.#engine.drop(area);
  }

  #trimHead(): void {
    while (this.#head < this.#windows.length) {
      const window = this.#windows[this.#head]!;
      if (window === this.#filling || window.slab !== null || window.stored >= 0 || window.writing) break;
      this.#head++;
    }
    if (this.#head > 64 && this.#head * 2 > this.#windows.length) {
      this.#windows = this.#windows.slice(this.#head);
      this.#head = 0;
    }
  }

  #windowAt(position: Position): SpillWindow | null {
    const filling = this.#filling;
    if (filling !== null && position >= filling.base) return filling;
    let low = this.#head;
    let high = this.#windows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#windows[middle]!.base <= position) low = middle + 1;
      else high = middle;
    }
    if (low - 1 < this.#head) return null;
    const window = this.#windows[low - 1]!;
    return position < window.base + window.size ? window : null;
  }
}
