/**
 * An append under way: consecutive blocks on their way into the areas of a chain, until they are written (and synced,
 * if asked) or have left no trace.
 *
 *   layOut ──▶ run, run, … ──▶ each: area ready ─▶ write ──▶ all written ──▶ sync ──▶ over
 *                 ▲                                  │ disk full
 *                 └── laid out anew in a new area ◀──┤
 *                          undone: over with `full` ◀┘ no area left
 *
 * It is cut into runs: as many blocks as fit in the current area are one write. An area is written to only once its
 * file bears its name durably; so an area's name can be trusted in recovery, whatever a crash took.
 *
 * A full disk. A file that cannot grow is closed where the append began and the rest of the append goes to a new area,
 * from the reserve if need be; recovery prefers the area that begins with a block's number to one that holds it further
 * on (replay.ts). Only when there is no area left the append is undone and fails with `full`. The spill chain
 * never moves a block, because its positions were given away by `place`: it waits.
 */
import { BLOCK_HEADER_BYTES } from '../block.ts';
import { type DiskFault, isFull } from '../disk.ts';
import type { EngineFault } from '../engine.ts';
import type { Area } from './area.ts';
import type { AreaRow } from './area-row.ts';
import type { ChainContext, Done } from './chain-context.ts';
import { FULL } from './readiness.ts';

/** The blocks of an append that go to one area: one write. */
interface Run {
  readonly area: Area;
  readonly offset: number;
  end: number;
  readonly parts: Uint8Array[];
  /** The append's first block in this run, and where it stands in the append's slabs. */
  readonly index: number;
  readonly slab: number;
  readonly at: number;
}

const NO_HEADER = new Uint8Array(BLOCK_HEADER_BYTES);

export class Append {
  /** Where the chain ended before it, to go back to when it fails. */
  readonly startArea: Area | null;
  readonly startCursor: number;
  readonly #row: AreaRow;
  readonly #context: ChainContext;
  readonly #slabs: readonly Uint8Array[];
  readonly #lengths: readonly number[];
  readonly #positions: number[];
  readonly #sync: boolean;
  readonly #over: Done;
  /** The runs that are left to write, the next one last. */
  #runs: Run[] = [];
  /** Still inside `start`, where `over` may not be called. */
  #inside = true;

  /** Fills `positions`. Calls `over` once, with nothing of it in flight any more, and never before `start` returns. */
  constructor(
    row: AreaRow,
    slabs: readonly Uint8Array[],
    lengths: readonly number[],
    positions: number[],
    sync: boolean,
    over: Done,
  ) {
    this.startArea = row.last;
    this.startCursor = row.cursor;
    this.#row = row;
    this.#context = row.context;
    this.#slabs = slabs;
    this.#lengths = lengths;
    this.#positions = positions;
    this.#sync = sync;
    this.#over = over;
  }

  start(): void {
    this.#layOut(0, 0, 0);
    this.#continue();
    this.#inside = false;
  }

  /**
   * Gives the blocks from `index` on their places, and moves the cursor behind them at once: what `place` tells while
   * they are being written is already right.
   */
  #layOut(index: number, slab: number, at: number): void {
    const row = this.#row;
    const slabs = this.#slabs;
    const lengths = this.#lengths;
    const runs: Run[] = [];
    while (index < lengths.length) {
      const area = row.areaFor(lengths[index] as number);
      const run: Run = { area, offset: row.cursor, end: 0, parts: [], index, slab, at };
      let from = at;
      for (; index < lengths.length; index++) {
        const length = lengths[index] as number;
        if (row.cursor + length > area.capacity) break;
        if (at + length > (slabs[slab] as Uint8Array).length) {
          if (at > from) run.parts.push((slabs[slab] as Uint8Array).subarray(from, at));
          slab++;
          at = 0;
          from = 0;
        }
        this.#positions[index] = area.ordinal * this.#context.areaBytes + row.cursor;
        row.cursor += length;
        at += length;
      }
      if (at > from) run.parts.push((slabs[slab] as Uint8Array).subarray(from, at));
      run.end = row.cursor;
      runs.push(run);
    }
    this.#runs = runs.reverse();
  }

  /** Writes the next run, or ends the append when there is none. */
  #continue(): void {
    const run = this.#runs.at(-1);
    if (run === undefined) return this.#written();
    const { area } = run;
    this.#row.prepare(area, (fault) => {
      if (fault?.kind === 'full') return this.#starved(run);
      if (fault !== null) return this.#finish(fault);
      if (run.offset === 0 && this.#row.syncsBeforeNextArea) {
        return this.#row.sync((syncFault) => (syncFault === null ? this.#continue() : this.#finish(syncFault)));
      }
      this.#context.open.use(area, (openFault, handle) => {
        if (openFault !== null) return this.#finish(this.#context.fail(`opening ${area.name}`, openFault));
        this.#context.disk.write(handle, run.parts, run.offset, (writeFault) => {
          this.#context.open.release(area);
          this.#ran(run, writeFault);
        });
      });
    });
  }

  #ran(run: Run, fault: DiskFault | null): void {
    if (this.#context.failure !== null) return this.#finish(this.#context.failure);
    if (fault === null) {
      this.#runs.pop();
      run.area.bytes = Math.max(run.area.bytes, run.end);
      this.#row.soil(run.area);
      return this.#continue();
    }
    if (!isFull(fault)) return this.#finish(this.#context.fail(`writing ${run.area.name}`, fault));
    this.#context.space.markFull();
    if (this.#row.chain === 'spill') return this.#starved(run);
    // The file cannot grow. The rest goes to another one.
    this.#wipe(run.area, run.index, (wipeFault) => {
      if (wipeFault !== null) return this.#finish(wipeFault);
      this.#row.closeAt(run.area);
      this.#layOut(run.index, run.slab, run.at);
      this.#continue();
    });
  }

  /** No room: a spill block waits for it, because its position was given away; any other append is undone. */
  #starved(run: Run): void {
    if (this.#row.chain !== 'spill') return this.#finish(FULL);
    this.#context.space.whenRoom(() => {
      if (this.#runs.at(-1) === run && this.#context.failure === null) this.#continue();
    });
  }

  /**
   * Overwrites the headers of what the append left behind in the area, from its block `index` on, so that it is not
   * found when blocks with the same numbers stand elsewhere. It is synced with those.
   */
  #wipe(area: Area, index: number, done: Done): void {
    const start = area.ordinal * this.#context.areaBytes;
    const offsets = this.#positions
      .slice(index, this.#lengths.length)
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
        this.#row.soil(area);
        done(this.#context.failure);
      };
      next(null);
    });
  }

  #written(): void {
    this.#row.written();
    if (this.#sync) this.#row.sync((fault) => this.#finish(fault));
    else this.#finish(null);
  }

  #finish(fault: EngineFault | null): void {
    if (this.#inside) return this.#context.defer(() => this.#finish(fault));
    if (fault?.kind === 'full') this.#undo();
    else this.#over(fault);
  }

  /** Takes away the areas it began, then what it left in the area where it began. */
  #undo(): void {
    const { startArea, startCursor } = this;
    this.#row.goBack(startArea, startCursor, (fault) => {
      if (fault !== null || startArea === null || startArea.bytes <= startCursor) this.#over(fault ?? FULL);
      else this.#wipe(startArea, 0, (wipeFault) => this.#over(wipeFault ?? FULL));
    });
  }
}
