/** An append on its way, cut into runs: as many blocks as fit in the current area are one write. */
import type { Area } from './area.ts';
import type { Done } from './chain-context.ts';

/** The blocks of an append that go to one area: one write. */
export interface Run {
  readonly area: Area;
  readonly offset: number;
  end: number;
  readonly parts: Uint8Array[];
  /** The append's next block after this run, and where it stands in the append's slabs. */
  index: number;
  slab: number;
  at: number;
}

export interface Append {
  readonly slabs: readonly Uint8Array[];
  readonly lengths: readonly number[];
  readonly positions: number[];
  readonly sync: boolean;
  readonly done: Done;
  /** Where the chain ended before it, to go back to when it fails. */
  readonly startArea: Area | null;
  readonly startCursor: number;
  /** The runs that are left to write, the next one last. */
  runs: Run[];
  readonly lastCrc: number;
  /** Still inside the call, where `done` may not be called. */
  inside: boolean;
}
