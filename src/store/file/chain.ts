/**
 * The writing side of one chain: its areas in order, the cursor at the end, what is not yet synced.
 *
 *   areas   [ 5 ] [ 8 ] [ 11 |·····cursor·····| ]      upcoming [ 14 ]: prepared when 11 is half full
 *
 * An append is cut into runs: as many blocks as fit in the current area are one write. An area is written to only
 * once its file bears its name durably; so an area's name can be trusted in recovery, whatever a crash took.
 *
 * A full disk. A file that cannot grow is closed where the append began and the rest of the append goes to a new area,
 * from the reserve if need be; recovery prefers the area that begins with a block's number to one that holds it further
 * on (replay.ts). Only when there is no area left the append is undone and fails with `full`. The spill chain
 * never moves a block, because its positions were given away by `place`: it waits.
 */
import { BLOCK_HEADER_BYTES, BlockHeader, FIRST_BLOCK, readBlockHeader } from '../block.ts';
import { type DiskFault, FOLDER, isFull } from '../disk.ts';
import type { Chain, ChainRange, EngineFault, Position } from '../engine.ts';
import type { Append, Run } from './append.ts';
import type { Area } from './area.ts';
import type { ChainContext, Done } from './chain-context.ts';
import { FULL, Readiness } from './readiness.ts';
import { Unsynced } from './unsynced.ts';

/** Spares are filled once this part of an area is used: who stores next to nothing writes no zeros. */
const FILL_AFTER = 32;
const NO_HEADER = new Uint8Array(BLOCK_HEADER_BYTES);

export class ChainEnd {
  readonly chain: Chain;
  /** Its number and chain CRC are known, so it may be appended to. */
  known = false;
  readonly #context: ChainContext;
  #areas: Area[] = [];
  #upcoming: Area | null = null;
  #cursor = 0;
  #first = FIRST_BLOCK;
  #next = FIRST_BLOCK;
  #lastCrc = 0;
  #append: Append | null = null;
  readonly #unsynced: Unsynced;
  readonly #readiness: Readiness;
  /** Those that hold the last block and the last synced one stay: without them a restart would not know the number. */
  #lastBlockArea: Area | null = null;
  #syncedArea: Area | null = null;
  readonly #droppable = new Set<Area>();
  readonly #onIdle: (() => void)[] = [];
  readonly #header = new BlockHeader();

  constructor(chain: Chain, context: ChainContext) {
    this.chain = chain;
    this.#context = context;
    this.#unsynced = new Unsynced(context);
    this.#readiness = new Readiness(context);
  }

  get areas(): readonly Area[] {
    return this.#areas;
  }

  range(): ChainRange {
    return { first: this.#first, next: this.#next, lastCrc: this.#lastCrc };
  }

  /** Continues what replay found. What it `read`, the last block in the last area, may be in the page cache only. */
  resume(areas: Area[], cursor: number, range: ChainRange, read: readonly Area[]): void {
    this.#areas = areas;
    this.#cursor = cursor;
    this.#first = range.first;
    this.#next = range.next;
    this.#lastCrc = range.lastCrc;
    this.#lastBlockArea = read.at(-1) ?? null;
    this.#syncedArea = this.#lastBlockArea;
    for (const area of read) this.#soil(area);
    // Remains of appends may have been wiped in the last one.
    const last = areas.at(-1);
    if (last !== undefined) this.#soil(last);
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
    const append: Append = {
      slabs,
      lengths,
      positions,
      sync,
      done,
      startArea: this.#areas.at(-1) ?? null,
      startCursor: this.#cursor,
      runs: [],
      lastCrc: this.#lastCrcOf(slabs, lengths),
      inside: true,
    };
    this.#append = append;
    this.#layOut(append, 0, 0, 0);
    this.#continue(append);
    append.inside = false;
  }

  /** Resolves when no append is under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#append === null) resolve();
      else this.#onIdle.push(resolve);
    });
  }

  place(bytes: number): Position {
    return this.#areaFor(bytes).ordinal * this.#context.areaBytes + this.#cursor;
  }

  /** How many bytes of an area hold blocks whose append was done: what is read of it will not change. */
  settled(area: Area): number {
    const append = this.#append;
    const last = append === null ? this.#areas.at(-1) : append.startArea;
    if (area === last) return append === null ? this.#cursor : append.startCursor;
    const before = last != null && this.#areas.indexOf(area) < this.#areas.indexOf(last);
    return before ? area.capacity : 0;
  }

  sync(done: Done): void {
    const { failure, defer } = this.#context;
    if (failure !== null) return defer(() => done(failure));
    if (!this.#unsynced.any) return defer(() => done(null));
    this.#syncAll(done);
  }

  /** Nothing in the area is needed any more. False when it is being written to. */
  drop(area: Area): boolean {
    const writing = this.#append === null ? this.#areas.at(-1) : this.#append.startArea;
    // An append into an empty chain writes to all areas there are.
    if (this.#areas.indexOf(area) >= this.#areas.indexOf(writing ?? area)) return false;
    this.#droppable.add(area);
    this.#releaseDropped();
    return true;
  }

  /**
   * Gives the blocks from `index` on their places, and moves the cursor behind them at once: what `place` tells while
   * they are being written is already right.
   */
  #layOut(append: Append, index: number, slab: number, at: number): void {
    const { slabs, lengths, positions } = append;
    const runs: Run[] = [];
    while (index < lengths.length) {
      const area = this.#areaFor(lengths[index] as number);
      const run: Run = { area, offset: this.#cursor, end: 0, parts: [], index, slab, at };
      let from = at;
      for (; index < lengths.length; index++) {
        const length = lengths[index] as number;
        if (this.#cursor + length > area.capacity) break;
        if (at + length > (slabs[slab] as Uint8Array).length) {
          if (at > from) run.parts.push((slabs[slab] as Uint8Array).subarray(from, at));
          slab++;
          at = 0;
          from = 0;
        }
        positions[index] = area.ordinal * this.#context.areaBytes + this.#cursor;
        this.#cursor += length;
        at += length;
      }
      if (at > from) run.parts.push((slabs[slab] as Uint8Array).subarray(from, at));
      run.end = this.#cursor;
      runs.push(run);
    }
    append.runs = runs.reverse();
  }

  /** Writes the next run, or ends the append when there is none. */
  #continue(append: Append): void {
    const run = append.runs.at(-1);
    if (run === undefined) return this.#written(append);
    const { area } = run;
    this.#readiness.prepare(area, 'now', (fault) => {
      if (fault?.kind === 'full') return this.#starved(append, run);
      if (fault !== null) return this.#finish(append, fault);
      if (run.offset === 0 && this.#mayHaveGaps && this.#unsynced.any) {
        // So that a gap in front of an area always means dropped areas, never lost writes.
        return this.#syncAll((syncFault) =>
          syncFault === null ? this.#continue(append) : this.#finish(append, syncFault),
        );
      }
      this.#context.open.use(area, (openFault, handle) => {
        if (openFault !== null) return this.#finish(append, this.#context.fail(`opening ${area.name}`, openFault));
        this.#context.disk.write(handle, run.parts, run.offset, (writeFault) => {
          this.#context.open.release(area);
          this.#ran(append, run, writeFault);
        });
      });
    });
  }

  #ran(append: Append, run: Run, fault: DiskFault | null): void {
    if (this.#context.failure !== null) return this.#finish(append, this.#context.failure);
    if (fault === null) {
      append.runs.pop();
      run.area.bytes = Math.max(run.area.bytes, run.end);
      this.#soil(run.area);
      return this.#continue(append);
    }
    if (!isFull(fault)) return this.#finish(append, this.#context.fail(`writing ${run.area.name}`, fault));
    this.#context.space.markFull();
    if (this.chain === 'spill') return this.#starved(append, run);
    // The file cannot grow. The rest goes to another one; areas laid out behind it were not written to yet.
    this.#wipe(append, run.area, (wipeFault) => {
      if (wipeFault !== null) return this.#finish(append, wipeFault);
      run.area.closed = true;
      while (this.#areas.at(-1) !== run.area) {
        const area = this.#areas.pop() as Area;
        if (area.ready) this.#upcoming = area;
        else this.#context.forget(area);
      }
      this.#layOut(append, run.index, run.slab, run.at);
      this.#continue(append);
    });
  }

  /**
   * Overwrites the headers of what the append left behind in the area, so that it is not found when blocks with the
   * same numbers stand elsewhere. It is synced with those.
   */
  #wipe(append: Append, area: Area, done: Done): void {
    const start = area.ordinal * this.#context.areaBytes;
    const from = append.runs.at(-1)?.area === area ? (append.runs.at(-1) as Run).index : 0;
    const offsets = append.positions
      .slice(from, append.lengths.length)
      .map((position) => position - start)
      .filter((offset) => offset >= 0 && offset < area.capacity);
    this.#context.open.use(area, (openFault, handle) => {
      if (openFault !== null) return done(this.#context.fail(`opening ${area.name}`, openFault));
      const next = (fault: DiskFault | null): void => {
        // Where the file could not even grow by a header there is none, and none behind it.
        const failed = fault !== null && !isFull(fault);
        const offset = fault === null ? offsets.shift() : undefined;
        if (offset !== undefined) return this.#context.disk.write(handle, [NO_HEADER], offset, next);
        this.#context.open.release(area);
        if (failed) return done(this.#context.fail(`writing ${area.name}`, fault));
        this.#soil(area);
        done(this.#context.failure);
      };
      next(null);
    });
  }

  /** No room: a spill block waits for it, because its position was given away; any other append is undone. */
  #starved(append: Append, run: Run): void {
    if (this.chain !== 'spill') return this.#finish(append, FULL);
    this.#context.space.whenRoom(() => {
      if (append.runs.at(-1) === run && this.#context.failure === null) this.#continue(append);
    });
  }

  #lastCrcOf(slabs: readonly Uint8Array[], lengths: readonly number[]): number {
    const slab = slabs.at(-1) as Uint8Array;
    const why = readBlockHeader(slab, slab.length - (lengths.at(-1) as number), this.#header);
    if (why !== null) throw new Error(`append was given something else than blocks: ${why}`);
    return this.#header.headerCrc;
  }

  #written(append: Append): void {
    this.#lastBlockArea = this.#areas.at(-1) ?? null;
    this.#prepareAhead();
    if (append.sync) this.#syncAll((fault) => this.#finish(append, fault));
    else this.#finish(append, null);
  }

  #finish(append: Append, fault: EngineFault | null): void {
    if (append.inside) return this.#context.defer(() => this.#finish(append, fault));
    if (fault?.kind === 'full') return this.#rewind(append);
    if (fault === null) {
      this.#next += append.lengths.length;
      this.#lastCrc = append.lastCrc;
    }
    this.#over(append, fault);
  }

  #over(append: Append, fault: EngineFault | null): void {
    this.#append = null;
    append.done(fault);
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /**
   * Back to where the chain ended before an append that found no room. The areas it began are removed (not recycled:
   * they hold blocks of this life that are not to be found again), last what it left in the area where it began.
   */
  #rewind(append: Append): void {
    const { startArea, startCursor } = append;
    const names: string[] = [];
    while (this.#areas.length > 0 && this.#areas.at(-1) !== startArea) {
      const area = this.#areas.pop() as Area;
      this.#unsynced.delete(area);
      this.#context.forget(area);
      this.#context.open.close(area);
      if (area.ready) names.unshift(area.name);
    }
    this.#cursor = startCursor;
    this.#removeAll(names, (fault) => {
      if (fault !== null || startArea === null || startArea.bytes <= startCursor) this.#over(append, fault ?? FULL);
      else this.#wipe({ ...append, runs: [] }, startArea, (wipeFault) => this.#over(append, wipeFault ?? FULL));
    });
  }

  /** Removes files durably, the last of the list first. */
  #removeAll(names: string[], done: Done): void {
    const { disk } = this.#context;
    const name = names.pop();
    if (name === undefined) return done(null);
    const failed = (fault: DiskFault): void => done(this.#context.fail(`removing ${name}`, fault));
    disk.remove(name, (fault) => {
      if (fault !== null) return failed(fault);
      disk.sync(FOLDER, (syncFault) => (syncFault === null ? this.#removeAll(names, done) : failed(syncFault)));
    });
  }

  #syncAll(done: Done): void {
    const lastBlockArea = this.#lastBlockArea;
    this.#unsynced.sync((fault) => {
      if (fault === null) {
        this.#syncedArea = lastBlockArea;
        this.#releaseDropped();
      }
      done(fault);
    });
  }

  /** Whole areas may be dropped out of the middle. */
  get #mayHaveGaps(): boolean {
    return this.chain === 'kept' || this.chain === 'index';
  }

  #soil(area: Area): void {
    if (this.chain !== 'spill') this.#unsynced.add(area);
  }

  #releaseDropped(): void {
    for (const area of this.#droppable) {
      const needed = area === this.#lastBlockArea || area === this.#syncedArea;
      if (needed && this.chain !== 'spill') continue;
      this.#droppable.delete(area);
      this.#areas.splice(this.#areas.indexOf(area), 1);
      this.#unsynced.delete(area);
      this.#context.forget(area);
      area.dropped = true;
      if (area.users === 0) this.#context.open.onUnused?.(area);
    }
  }

  /**
   * The area in which a block of that size goes next; moves on when it does not fit in the current one, or a faster is
   * ready.
   */
  #areaFor(bytes: number): Area {
    const current = this.#areas.at(-1);
    const upcoming = this.#upcoming;
    const outdone = current?.grows === true && upcoming?.ready === true && !upcoming.grows;
    const fits = current !== undefined && this.#cursor + bytes <= current.capacity;
    if (fits && !current.closed && !outdone) return current;
    this.#cursor = 0;
    this.#upcoming = null;
    // An upcoming area that is too small stays as an empty one: its ordinal is already lower than the next.
    if (upcoming !== null) this.#areas.push(upcoming);
    if (upcoming !== null && bytes <= upcoming.capacity) return upcoming;
    const area = this.#context.create(this.chain, bytes);
    this.#areas.push(area);
    return area;
  }

  /** Has the next area ready before it is needed, so that no commit waits for the folder. */
  #prepareAhead(): void {
    if (this.chain === 'spill') return;
    const current = this.#areas.at(-1) as Area;
    const { areaBytes, space } = this.#context;
    if (this.chain === 'main' && this.#cursor > areaBytes / FILL_AFTER) space.fill();
    const outdone = current.grows && this.chain === 'main' && space.plenty;
    if (this.#upcoming !== null || (this.#cursor < current.capacity / 2 && !outdone)) return;
    const area = this.#context.create(this.chain, areaBytes);
    this.#upcoming = area;
    this.#readiness.prepare(area, 'ahead', (fault) => {
      if (fault === null || this.#upcoming !== area) return;
      this.#upcoming = null;
      this.#context.forget(area);
    });
  }
}
