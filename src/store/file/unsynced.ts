/** The areas of a chain that hold what no sync has covered yet, and the sync of all of them. */
import type { EngineFault } from '../engine.ts';
import type { Area } from './area.ts';
import type { ChainContext, Done } from './chain-context.ts';

export class Unsynced {
  readonly #context: ChainContext;
  readonly #dirty = new Set<Area>();
  /** Areas that syncs in flight are at work on, each as often as there are. */
  readonly #syncing: Area[] = [];

  constructor(context: ChainContext) {
    this.#context = context;
  }

  get any(): boolean {
    return this.#dirty.size > 0 || this.#syncing.length > 0;
  }

  /** A write to the area has called back. */
  add(area: Area): void {
    if (area.dirty) return;
    area.dirty = true;
    this.#dirty.add(area);
  }

  /** What is in the area is not needed. */
  delete(area: Area): void {
    area.dirty = false;
    this.#dirty.delete(area);
  }

  /** Makes all that was added until now durable. */
  sync(done: Done): void {
    // What another sync is at work on is not durable yet: it is synced once more rather than waited for.
    const areas = [...new Set([...this.#dirty, ...this.#syncing])];
    if (areas.length === 0) return done(this.#context.failure);
    let left = areas.length;
    let failed: EngineFault | null = null;
    for (const area of areas) {
      this.#syncOne(area, (fault) => {
        failed ??= fault;
        if (--left === 0) done(failed);
      });
    }
  }

  #syncOne(area: Area, done: Done): void {
    this.delete(area);
    this.#syncing.push(area);
    this.#context.open.use(area, (openFault, handle) => {
      if (openFault !== null) return done(this.#context.fail(`opening ${area.name}`, openFault));
      this.#context.disk.sync(handle, (fault) => {
        this.#syncing.splice(this.#syncing.indexOf(area), 1);
        this.#context.open.release(area);
        // After a failed sync the page cache can't be trusted: what it holds may never reach the disk.
        done(fault === null ? this.#context.failure : this.#context.fail(`syncing ${area.name}`, fault));
      });
    });
  }
}
