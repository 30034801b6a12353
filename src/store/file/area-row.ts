/**
 * The areas of one chain in a row: which there are, where the next block goes, what of them is not yet synced, and
 * when one may go. It knows nothing of blocks; what is written where is the matter of an append (append.ts).
 *
 *   areas   [ 5 ] [ 8 ] [ 11 |·····cursor·····| ]      upcoming [ 14 ]: prepared when 11 is half full
 *             └── dropped: leaves the row unless it holds the last block or the last synced one
 *
 * Ordinals rise along the row. Only the last area is written to; the row moves on when a block does not fit there.
 *
 * The area of the last block stays, and so does that of the last synced one: without them a restart would not know
 * which number comes next. What a restart reads may be in the page cache only, so until a first sync nobody knows which
 * area is the last synced one, and none goes. The spill chain is forgotten at a restart, so it keeps none and syncs
 * nothing.
 */
import { type DiskFault, FOLDER } from '../disk.ts';
import type { Chain } from '../engine.ts';
import type { Area } from './area.ts';
import type { ChainContext, Done } from './chain-context.ts';
import { Readiness } from './readiness.ts';
import { Unsynced } from './unsynced.ts';

/** Spares are filled once this part of an area is used: who stores next to nothing writes no zeros. */
const FILL_AFTER = 32;

export class AreaRow {
  readonly chain: Chain;
  readonly context: ChainContext;
  /** Where in the last area the next block goes, if it fits. */
  cursor = 0;
  #areas: Area[] = [];
  #upcoming: Area | null = null;
  #lastBlockArea: Area | null = null;
  #syncedArea: Area | null = null;
  /** What replay read may not be durable. */
  #resumedUnsynced = false;
  #syncsToRelease = false;
  readonly #unsynced: Unsynced;
  readonly #readiness: Readiness;
  readonly #droppable = new Set<Area>();

  constructor(chain: Chain, context: ChainContext) {
    this.chain = chain;
    this.context = context;
    this.#unsynced = new Unsynced(context);
    this.#readiness = new Readiness(context);
  }

  get areas(): readonly Area[] {
    return this.#areas;
  }

  get last(): Area | null {
    return this.#areas.at(-1) ?? null;
  }

  get anyUnsynced(): boolean {
    return this.#unsynced.any;
  }

  /**
   * Whether all must be durable before an area is begun. Where whole areas may be dropped out of the middle, this makes
   * a gap in front of an area always mean dropped areas, never lost writes.
   */
  get syncsBeforeNextArea(): boolean {
    return (this.chain === 'kept' || this.chain === 'index') && this.#unsynced.any;
  }

  /** Continues what replay found. What it `read`, the last block in the last area, may be in the page cache only. */
  resume(areas: Area[], cursor: number, read: readonly Area[]): void {
    this.#areas = areas;
    this.cursor = cursor;
    this.#lastBlockArea = read.at(-1) ?? null;
    this.#resumedUnsynced = read.length > 0;
    for (const area of read) this.soil(area);
    // Remains of appends may have been wiped in the last one.
    if (this.last !== null) this.soil(this.last);
  }

  /**
   * The area in which a block of that size goes next, at the cursor. Moves on when the block does not fit in the
   * current one, or a faster one is ready.
   */
  areaFor(bytes: number): Area {
    const current = this.#areas.at(-1);
    const upcoming = this.#upcoming;
    const outdone = current?.grows === true && upcoming?.ready === true && !upcoming.grows;
    const fits = current !== undefined && this.cursor + bytes <= current.capacity;
    if (fits && !current.closed && !outdone) return current;
    this.cursor = 0;
    this.#upcoming = null;
    // An upcoming area that is too small stays as an empty one: its ordinal is already lower than the next.
    if (upcoming !== null) this.#areas.push(upcoming);
    if (upcoming !== null && bytes <= upcoming.capacity) return upcoming;
    const area = this.context.create(this.chain, bytes);
    this.#areas.push(area);
    return area;
  }

  /** Makes the area exist for the writes that wait for it. May call back before it returns. */
  prepare(area: Area, done: Done): void {
    this.#readiness.prepare(area, 'now', done);
  }

  /** All up to the cursor is written. Has the next area made ready ahead, so that no commit waits for the folder. */
  written(): void {
    this.#lastBlockArea = this.last;
    if (this.chain === 'spill') return;
    const current = this.#areas.at(-1) as Area;
    const { areaBytes, space } = this.context;
    if (this.chain === 'main' && this.cursor > areaBytes / FILL_AFTER) space.fill();
    const outdone = current.grows && this.chain === 'main' && space.plenty;
    if (this.#upcoming !== null || (this.cursor < current.capacity / 2 && !outdone)) return;
    const area = this.context.create(this.chain, areaBytes);
    this.#upcoming = area;
    this.#readiness.prepare(area, 'ahead', (fault) => {
      if (fault === null || this.#upcoming !== area) return;
      this.#upcoming = null;
      this.context.forget(area);
    });
  }

  /** Lets the area take no more blocks. Those behind it were not written to yet, so they leave the row. */
  closeAt(last: Area): void {
    last.closed = true;
    while (this.#areas.at(-1) !== last) {
      const area = this.#areas.pop() as Area;
      if (area.ready) this.#upcoming = area;
      else this.context.forget(area);
    }
  }

  /**
   * Ends the row where it ended earlier. The areas behind are removed, not recycled: they hold blocks of this life that
   * are not to be found again.
   */
  goBack(last: Area | null, cursor: number, done: Done): void {
    const names: string[] = [];
    while (this.#areas.length > 0 && this.#areas.at(-1) !== last) {
      const area = this.#areas.pop() as Area;
      this.#unsynced.delete(area);
      this.context.forget(area);
      this.context.open.close(area);
      if (area.ready) names.unshift(area.name);
    }
    this.cursor = cursor;
    this.#removeAll(names, done);
  }

  /** A write to the area has called back. */
  soil(area: Area): void {
    if (this.chain !== 'spill') this.#unsynced.add(area);
  }

  /** Makes all that was written until now durable. */
  sync(done: Done): void {
    const lastBlockArea = this.#lastBlockArea;
    this.#unsynced.sync((fault) => {
      if (fault === null) {
        this.#syncedArea = lastBlockArea;
        this.#resumedUnsynced = false;
        this.#releaseDropped();
      }
      done(fault);
    });
  }

  /** Nothing in the area is needed any more, and nobody writes to it. */
  drop(area: Area): void {
    this.#droppable.add(area);
    if (!this.#resumedUnsynced || this.chain === 'spill') return this.#releaseDropped();
    if (this.#syncsToRelease) return;
    this.#syncsToRelease = true;
    this.sync(() => {
      this.#syncsToRelease = false;
    });
  }

  #releaseDropped(): void {
    for (const area of this.#droppable) {
      const needed = area === this.#lastBlockArea || area === this.#syncedArea;
      if (needed && this.chain !== 'spill') continue;
      this.#droppable.delete(area);
      this.#areas.splice(this.#areas.indexOf(area), 1);
      this.#unsynced.delete(area);
      this.context.forget(area);
      area.dropped = true;
      if (area.users === 0) this.context.open.onUnused?.(area);
    }
  }

  /** Removes files durably, the last of the list first. */
  #removeAll(names: string[], done: Done): void {
    const { disk } = this.context;
    const name = names.pop();
    if (name === undefined) return done(null);
    const failed = (fault: DiskFault): void => done(this.context.fail(`removing ${name}`, fault));
    disk.remove(name, (fault) => {
      if (fault !== null) return failed(fault);
      disk.sync(FOLDER, (syncFault) => (syncFault === null ? this.#removeAll(names, done) : failed(syncFault)));
    });
  }
}
