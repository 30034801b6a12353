/**
 * The writing side of one chain: which number comes next, and one append at a time.
 *
 *   ChainEnd ──▶ Append (append.ts): the blocks under way ──▶ AreaRow (area-row.ts): the areas they go to
 *
 *   blocks   first ······ next - 1 │ the append under way │ place()
 *            └──────── settled ───┘
 *
 * The range grows only when an append is done: one that failed has left the chain as it was, or the engine is in its
 * final state. `expected` is the fence: who does not know the chain's next number is not the one who writes to it.
 */
import { BlockHeader, FIRST_BLOCK, readBlockHeader } from '../block.ts';
import type { Chain, ChainRange, EngineFault, Position } from '../engine.ts';
import { Append } from './append.ts';
import type { Area } from './area.ts';
import { AreaRow } from './area-row.ts';
import type { ChainContext, Done } from './chain-context.ts';

export class ChainEnd {
  readonly chain: Chain;
  /** Its number and chain CRC are known, so it may be appended to. */
  known = false;
  readonly #context: ChainContext;
  readonly #row: AreaRow;
  #first = FIRST_BLOCK;
  #next = FIRST_BLOCK;
  #lastCrc = 0;
  #append: Append | null = null;
  readonly #onIdle: (() => void)[] = [];
  readonly #header = new BlockHeader();

  constructor(chain: Chain, context: ChainContext) {
    this.chain = chain;
    this.#context = context;
    this.#row = new AreaRow(chain, context);
  }

  get areas(): readonly Area[] {
    return this.#row.areas;
  }

  range(): ChainRange {
    return { first: this.#first, next: this.#next, lastCrc: this.#lastCrc };
  }

  /** Continues what replay found, and `read` last. */
  resume(areas: Area[], cursor: number, range: ChainRange, read: readonly Area[]): void {
    this.#row.resume(areas, cursor, read);
    this.#first = range.first;
    this.#next = range.next;
    this.#lastCrc = range.lastCrc;
    this.known = true;
  }

  append(
    expected: number,
    slabs: readonly Uint8Array[],
    lengths: readonly number[],
    positions: number[],
    sync: boolean,
    done: Done,
  ): void {
    const { failure, defer } = this.#context;
    if (failure !== null) return defer(() => done(failure));
    if (!this.known) throw new Error(`chain ${this.chain} must be replayed before it is appended to`);
    if (this.#append !== null) throw new Error(`chain ${this.chain} is being appended to already`);
    if (expected !== this.#next) {
      const message = `block ${expected} cannot follow: chain ${this.chain} expects ${this.#next}`;
      return defer(() => done({ kind: 'fenced', message }));
    }
    const lastCrc = this.#lastCrcOf(slabs, lengths);
    const over = (fault: EngineFault | null): void => {
      if (fault === null) {
        this.#next += lengths.length;
        this.#lastCrc = lastCrc;
      }
      this.#append = null;
      done(fault);
      for (const resolve of this.#onIdle.splice(0)) resolve();
    };
    this.#append = new Append(this.#row, slabs, lengths, positions, sync, over);
    this.#append.start();
  }

  /** Resolves when no append is under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#append === null) resolve();
      else this.#onIdle.push(resolve);
    });
  }

  place(bytes: number): Position {
    return this.#row.areaFor(bytes).ordinal * this.#context.areaBytes + this.#row.cursor;
  }

  /** How many bytes of an area hold blocks whose append was done: what is read of it will not change. */
  settled(area: Area): number {
    const last = this.#lastSettled;
    if (area === last) return this.#append === null ? this.#row.cursor : this.#append.startCursor;
    const { areas } = this.#row;
    const before = last !== null && areas.indexOf(area) < areas.indexOf(last);
    return before ? area.capacity : 0;
  }

  sync(done: Done): void {
    const { failure, defer } = this.#context;
    if (failure !== null) return defer(() => done(failure));
    if (!this.#row.anyUnsynced) return defer(() => done(null));
    this.#row.sync(done);
  }

  /** Nothing in the area is needed any more. False when it is being written to. */
  drop(area: Area): boolean {
    const { areas } = this.#row;
    // An append into an empty chain writes to all areas there are.
    if (areas.indexOf(area) >= areas.indexOf(this.#lastSettled ?? area)) return false;
    this.#row.drop(area);
    return true;
  }

  /** The area in which the blocks end whose append was done. */
  get #lastSettled(): Area | null {
    return this.#append === null ? this.#row.last : this.#append.startArea;
  }

  #lastCrcOf(slabs: readonly Uint8Array[], lengths: readonly number[]): number {
    const slab = slabs.at(-1) as Uint8Array;
    const why = readBlockHeader(slab, slab.length - (lengths.at(-1) as number), this.#header);
    if (why !== null) throw new Error(`append was given something else than blocks: ${why}`);
    return this.#header.headerCrc;
  }
}
