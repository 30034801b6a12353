/**
 * Makes the file of an area exist under its name, durably, before anything is written to it: a spare is renamed, or an
 * empty file is begun. Each area is made ready once, whoever asks, and a chain asks ahead of need.
 */
import { type DiskFault, FOLDER, isFull } from '../disk.ts';
import type { EngineFault } from '../engine.ts';
import type { Area } from './area.ts';
import type { ChainContext, Done } from './chain-context.ts';
import type { Need } from './space.ts';

export const FULL: EngineFault = { kind: 'full', message: 'there is no space left on the disk' };

export class Readiness {
  readonly #context: ChainContext;
  /** Areas whose files are being made ready, and who waits for it. */
  readonly #waiting = new Map<Area, Done[]>();

  constructor(context: ChainContext) {
    this.#context = context;
  }

  /** May call back before it returns. */
  prepare(area: Area, need: Need, done: Done): void {
    if (area.ready) return done(null);
    const waiting = this.#waiting.get(area);
    if (waiting !== undefined) {
      // Who asked first may have been denied the reserve.
      waiting.push((fault) =>
        fault?.kind === 'full' && need === 'now' ? this.prepare(area, need, done) : done(fault),
      );
      return;
    }
    const all = [done];
    this.#waiting.set(area, all);
    this.#make(area, area.chain === 'spill' ? 'spill' : need, (fault) => {
      this.#waiting.delete(area);
      for (const waiter of all) waiter(fault);
    });
  }

  #make(area: Area, need: Need, done: Done): void {
    const { disk, space, open, areaBytes } = this.#context;
    // A larger block needs a file of its own size, which no spare is.
    const spare = area.span === 1 ? space.take(need) : space.full ? null : 'grow';
    if (spare === null) return done(FULL);
    const named = (fault: DiskFault | null): void => {
      if (fault !== null) return done(this.#context.fail(`preparing ${area.name}`, fault));
      area.ready = true;
      done(this.#context.failure);
    };
    const durably = (fault: DiskFault | null): void => {
      // Spill is gone at the next opening, whatever its name.
      if (fault !== null || area.chain === 'spill') named(fault);
      else disk.sync(FOLDER, named);
    };
    if (spare !== 'grow') {
      disk.rename(spare.name, area.name, (fault) => {
        if (fault === null) open.adopt(area, spare.handle, areaBytes);
        durably(fault);
      });
      return;
    }
    disk.open(area.name, (fault, handle, bytes) => {
      if (fault !== null && isFull(fault)) {
        // The disk was not known to be full, now it is: ask again, for the reserve.
        space.markFull();
        return this.#make(area, need, done);
      }
      if (fault === null) open.adopt(area, handle, bytes);
      area.grows = true;
      durably(fault);
    });
  }
}
