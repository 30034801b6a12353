/**
 * The memory engine: the same contract as the file engine with nothing below it. For tests and `--memory`.
 *
 * Blocks are copied in (the journal reuses its slabs) and kept in areas of a few MiB, which are freed when dropped:
 *
 *   position = area ordinal * areaBytes + offset;  an area holds whole blocks back to back
 *
 * "Durable" means here: until the process ends. What it holds does survive `close()` and a second `open()` of the same
 * object, spill apart, so that whatever is built on an engine can test its own recovery without a disk.
 */
import { BlockHeader, FIRST_BLOCK, readBlockHeader } from '../block.ts';
import type { BlockVisitor, Chain, ChainRange, Engine, EngineFault, Opened, Position } from '../engine.ts';
import { CHAINS } from '../engine.ts';

export interface MemoryEngineOptions {
  /** The size of an area; a larger block gets an area of its own. */
  readonly areaBytes?: number;
  /** How much may be held before the engine is full. */
  readonly bytesMax?: number;
  readonly storeId?: number;
  /** Runs a callback soon, but after the call that asked for it has returned. */
  readonly defer?: (callback: () => void) => void;
}

interface Area {
  readonly ordinal: number;
  readonly chain: Chain;
  /** One copy per block, in order, and where each begins in the area. */
  readonly blocks: Uint8Array[];
  readonly starts: number[];
  readonly capacity: number;
  used: number;
}

interface MemoryChain {
  readonly areas: Area[];
  next: number;
  lastCrc: number;
}

/** Kept back for settles and checkpoints when the memory is full. */
const RESERVE_AREAS = 2;

export class MemoryEngine implements Engine {
  onRoom: (() => void) | null = null;
  onFailed: ((fault: EngineFault) => void) | null = null;

  readonly #areaBytes: number;
  readonly #bytesMax: number;
  readonly #storeId: number;
  readonly #defer: (callback: () => void) => void;
  readonly #chains = new Map<Chain, MemoryChain>();
  readonly #areas = new Map<number, Area>();
  /** Start ordinals of all areas, ascending: an area larger than `areaBytes` spans several ordinals. */
  #ordinals: number[] = [];
  #nextOrdinal = 1;
  #used = 0;
  #epoch = 0;
  #starved = false;
  #open = false;

  constructor(options: MemoryEngineOptions = {}) {
    this.#areaBytes = options.areaBytes ?? 4 * 1024 * 1024;
    this.#bytesMax = options.bytesMax ?? Number.POSITIVE_INFINITY;
    this.#storeId = options.storeId ?? 1;
    this.#defer = options.defer ?? queueMicrotask;
    for (const chain of CHAINS) this.#chains.set(chain, { areas: [], next: FIRST_BLOCK, lastCrc: 0 });
  }

  async open(): Promise<Opened> {
    if (this.#open) throw new Error('the memory engine is already open');
    this.#open = true;
    this.#epoch++;
    for (const area of this.#chain('spill').areas.splice(0)) this.#free(area);
    this.#chains.set('spill', { areas: [], next: FIRST_BLOCK, lastCrc: 0 });
    return { storeId: this.#storeId, epoch: this.#epoch, fresh: this.#epoch === 1 };
  }

  async replay(chain: Chain, from: number, visitor: BlockVisitor): Promise<void> {
    const header = new BlockHeader();
    for (const area of this.#chain(chain).areas) {
      for (const [index, block] of area.blocks.entries()) {
        if (readBlockHeader(block, 0, header) !== null || header.number < from) continue;
        visitor.block(chain, this.areaStart(area.ordinal) + (area.starts[index] as number), block, header);
      }
    }
  }

  range(chain: Chain): ChainRange {
    const { areas, next, lastCrc } = this.#chain(chain);
    const oldest = areas.find((area) => area.blocks.length > 0)?.blocks[0];
    const header = new BlockHeader();
    if (oldest !== undefined) readBlockHeader(oldest, 0, header);
    return { first: oldest === undefined ? next : header.number, next, lastCrc };
  }

  append(
    chain: Chain,
    expected: number,
    slabs: readonly Uint8Array[],
    lengths: readonly number[],
    positions: number[],
    _sync: boolean,
    done: (fault: EngineFault | null) => void,
  ): void {
    const target = this.#chain(chain);
    if (expected !== target.next) {
      const message = `block ${expected} cannot follow: chain ${chain} expects ${target.next}`;
      this.#defer(() => done({ kind: 'fenced', message }));
      return;
    }
    let total = 0;
    for (const length of lengths) total += length;
    if (this.#used + total > this.#bytesMax) {
      this.#starved = true;
      this.#defer(() => done({ kind: 'full', message: `the memory engine holds its ${this.#bytesMax} bytes` }));
      return;
    }
    const header = new BlockHeader();
    let slab = 0;
    let at = 0;
    for (const [index, length] of lengths.entries()) {
      while (at === (slabs[slab] as Uint8Array).length) {
        slab++;
        at = 0;
      }
      // A Buffer's own `slice` would be a view, and the journal reuses its slabs.
      const bytes = Uint8Array.prototype.slice.call(slabs[slab], at, at + length);
      const why = readBlockHeader(bytes, 0, header);
      if (why !== null) throw new Error(`append was given something else than blocks: ${why}`);
      positions[index] = this.#keep(chain, target, bytes);
      target.next++;
      target.lastCrc = header.headerCrc;
      at += length;
    }
    this.#defer(() => done(null));
  }

  place(chain: Chain, bytes: number): Position {
    const area = this.#areaFor(chain, this.#chain(chain), bytes);
    return this.areaStart(area.ordinal) + area.used;
  }

  sync(_chain: Chain, done: (fault: EngineFault | null) => void): void {
    this.#defer(() => done(null));
  }

  read(position: Position, into: Uint8Array, done: (fault: EngineFault | null, bytesRead: number) => void): void {
    const ordinal = this.areaOf(position);
    const area = this.#areas.get(ordinal);
    let at = position - this.areaStart(ordinal);
    if (area === undefined || at < 0 || at >= area.used) {
      this.#defer(() => done({ kind: 'unreadable', message: `position ${position} is not held any more` }, 0));
      return;
    }
    let filled = 0;
    for (let index = lastAtOrBelow(area.starts, at); index < area.blocks.length && filled < into.length; index++) {
      const block = area.blocks[index] as Uint8Array;
      const from = at - (area.starts[index] as number);
      const piece = block.subarray(from, from + into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
      at += piece.length;
    }
    this.#defer(() => done(null, filled));
  }

  areaOf(position: Position): number {
    const ordinal = Math.floor(position / this.#areaBytes);
    const start = this.#ordinals[lastAtOrBelow(this.#ordinals, ordinal)] ?? ordinal;
    const area = this.#areas.get(start);
    return area !== undefined && position < this.areaStart(start) + area.capacity ? start : ordinal;
  }

  areaStart(area: number): Position {
    return area * this.#areaBytes;
  }

  areas(chain: Chain): readonly number[] {
    return this.#chain(chain).areas.map((area) => area.ordinal);
  }

  drop(ordinal: number): boolean {
    const area = this.#areas.get(ordinal);
    if (area === undefined) return true;
    const { areas } = this.#chain(area.chain);
    if (areas.at(-1) === area) return false;
    areas.splice(areas.indexOf(area), 1);
    this.#free(area);
    if (this.#starved && this.room() > 0) {
      this.#starved = false;
      this.#defer(() => this.onRoom?.());
    }
    return true;
  }

  room(): number {
    const room = this.roomForUpkeep() - RESERVE_AREAS * this.#areaBytes;
    if (room >= this.#areaBytes) return room;
    this.#starved = true;
    return 0;
  }

  roomForUpkeep(): number {
    return Math.min(Math.max(0, this.#bytesMax - this.#used), Number.MAX_SAFE_INTEGER);
  }

  lease(): boolean {
    return true;
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #chain(chain: Chain): MemoryChain {
    return this.#chains.get(chain) as MemoryChain;
  }

  #keep(chain: Chain, target: MemoryChain, bytes: Uint8Array): Position {
    const area = this.#areaFor(chain, target, bytes.length);
    const position = this.areaStart(area.ordinal) + area.used;
    area.blocks.push(bytes);
    area.starts.push(area.used);
    area.used += bytes.length;
    this.#used += bytes.length;
    return position;
  }

  /** The area where a block of that size goes: the last one, or a new one when it does not fit. */
  #areaFor(chain: Chain, target: MemoryChain, bytes: number): Area {
    const last = target.areas.at(-1);
    if (last !== undefined && last.used + bytes <= last.capacity) return last;
    const capacity = Math.max(this.#areaBytes, bytes);
    const area: Area = { ordinal: this.#nextOrdinal, chain, blocks: [], starts: [], capacity, used: 0 };
    this.#nextOrdinal += Math.ceil(capacity / this.#areaBytes);
    this.#areas.set(area.ordinal, area);
    this.#ordinals.push(area.ordinal);
    target.areas.push(area);
    return area;
  }

  #free(area: Area): void {
    this.#used -= area.used;
    this.#areas.delete(area.ordinal);
    this.#ordinals = this.#ordinals.filter((ordinal) => ordinal !== area.ordinal);
  }
}

/** The index of the last element that is not above `value`, in an ascending array; 0 if there is none. */
function lastAtOrBelow(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ascending[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
