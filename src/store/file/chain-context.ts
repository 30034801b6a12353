/** What the chains of one engine share: the disk, the files, and the one failure that ends them all. */
import type { Disk, DiskFault } from '../disk.ts';
import type { Chain, EngineFault } from '../engine.ts';
import type { Area, OpenAreas } from './area.ts';
import type { Space } from './space.ts';

export type Done = (fault: EngineFault | null) => void;

export interface ChainContext {
  readonly disk: Disk;
  readonly open: OpenAreas;
  readonly space: Space;
  readonly areaBytes: number;
  readonly defer: (callback: () => void) => void;
  /** Gives a new area its ordinal and makes it known to readers. */
  create(chain: Chain, bytes: number): Area;
  forget(area: Area): void;
  /** Enters the final state and returns it as a fault. */
  fail(what: string, fault: DiskFault): EngineFault;
  readonly failure: EngineFault | null;
}
