/**
 * Engine: the small port under the journal. It keeps chains of blocks and knows nothing of what is in them.
 *
 * A block's bytes are identical in every engine (docs/FORMAT.md). An engine gives each block it takes a *position*: a
 * safe integer such that `position + k` names byte k of the block for every k below the block's length, and
 * positions of one chain grow. So the journal's index addresses an entry by one number, and reads by it.
 *
 * Blocks of a chain are numbered densely from 1 and linked by the chain CRC (see block.ts). No callback of an engine is
 * ever called from inside the call that it was passed to.
 *
 *   chain 'main'   commit groups, in order; the truth
 *   chain 'kept'   living entries copied forward out of emptied areas; `moved` records in main point into it
 *   chain 'index'  checkpoints and cold parts of the log index; small, replayed whole at boot before main
 *   chain 'spill'  what non-durable logs could not keep in memory; gone at boot, never synced
 */

import type { BlockHeader } from './block.ts';

/** In the order of the number that a block's header holds. */
export const CHAINS = ['main', 'kept', 'index', 'spill'] as const;
export type Chain = (typeof CHAINS)[number];

/** A byte address inside an engine; opaque to all but the engine, ordered within its chain. */
export type Position = number;

/**
 * Why an engine refused or failed. `full`: nothing of the append counts, it may be repeated after `onRoom`. `failed` is
 * final: nothing is to be confirmed any more. `fenced`: the chain's end is not where the caller thinks. `unreadable`:
 * only this read failed (an area that is gone, a bad sector).
 */
export type EngineFault = { readonly kind: 'full' | 'failed' | 'fenced' | 'unreadable'; readonly message: string };

/** What `open` learnt. */
export interface Opened {
  /** Random, of the folder's first opening; goes into every block. */
  readonly storeId: number;
  /** Greater than in every opening before; goes into every block written by this one. */
  readonly epoch: number;
  /** Nothing was ever stored here. */
  readonly fresh: boolean;
}

export interface ChainRange {
  /** The number of the oldest block still there; equals `next` when there is none. */
  readonly first: number;
  /** The number that the next block must have. */
  readonly next: number;
  /** The chain CRC of block `next - 1`, which the next block must name as its previous; 0 if there is none. */
  readonly lastCrc: number;
}

/**
 * One block found on opening, in chain order. `bytes` is the whole block, header included; both are valid during the
 * call.
 */
export interface BlockVisitor {
  block(chain: Chain, position: Position, bytes: Uint8Array, header: BlockHeader): void;
  /** Bytes that should have been a block and are not: the blocks numbered `[fromNumber, toNumber)` are lost. */
  damaged(chain: Chain, position: Position, fromNumber: number, toNumber: number, why: string): void;
}

export interface Engine {
  /**
   * Takes ownership (folder lock, lease) and learns what is there. Rejects with a one-line Error when it is owned
   * by another or unreadable. After it, `replay` may be called, then writing may begin.
   */
  open(): Promise<Opened>;

  /**
   * Gives every whole block of `chain` from block number `from` on (or from the oldest still there) to the visitor, in
   * order. A torn tail is not given and not damage. Blocks after damage in the middle are given. Also finds the chain's
   * end, so every chain but spill must be replayed once before the first append to it (unless `fresh`); with `from` =
   * Infinity it only looks for the end and reads no more than the last area.
   */
  replay(chain: Chain, from: number, visitor: BlockVisitor): Promise<void>;

  /** The lowest and next block number of a chain, as known after open/replay. */
  range(chain: Chain): ChainRange;

  /**
   * Appends consecutive blocks, the first of them numbered `expected` (compare-and-set: `fenced` if the chain's end is
   * elsewhere). `sync`: `done` is called only after they are on the disk. One append a chain at a time. `slabs` are
   * whole runs of blocks back to back; `lengths` are the block lengths over all slabs. `done` gets each block's
   * position in the caller's array `positions`, which is right only once `done(null)` is called (a full disk may move a
   * block). The bytes must not change until `done`.
   */
  append(
    chain: Chain,
    expected: number,
    slabs: readonly Uint8Array[],
    lengths: readonly number[],
    positions: number[],
    sync: boolean,
    done: (fault: EngineFault | null) => void,
  ): void;

  /**
   * Fixes where the next block of `chain` will stand if it is at most `bytes` long, and tells it: lets the journal give
   * positions out long before it writes and before it knows the exact length; also while the append before it is under
   * way. Only for the spill chain, whose blocks a full disk does not move: there the append waits for room.
   */
  place(chain: Chain, bytes: number): Position;

  /** Makes everything appended to `chain` so far durable. */
  sync(chain: Chain, done: (fault: EngineFault | null) => void): void;

  /**
   * Reads `into.length` bytes from `position` on, or fewer: never past the area, nor past the last block whose append
   * was done. So what was read never changes, and may be cached.
   */
  read(position: Position, into: Uint8Array, done: (fault: EngineFault | null, bytesRead: number) => void): void;

  /** The area (file) a position lies in: an ordinal for live accounting. `areaStart(areaOf(p)) <= p`. */
  areaOf(position: Position): number;
  areaStart(area: number): Position;

  /** Areas of a chain in order, oldest first; the last one of a chain is being written. */
  areas(chain: Chain): readonly number[];

  /**
   * Nothing in the area is needed any more, and everything that emptied it is durable: it may be recycled. False when
   * the area is being written to, also by an append that has not called back yet: nothing happened, ask again later.
   */
  drop(area: number): boolean;

  /**
   * Bytes that can be appended. MAX_SAFE_INTEGER while the disk is not known to be full; then what is there without new
   * space from the disk, not counting the reserve, and 0 if that is less than one area: publishes may be taken while
   * it is not 0. `roomForUpkeep` counts the reserve, which settles, checkpoints and reclaim may use and publishes may
   * not.
   */
  room(): number;
  roomForUpkeep(): number;
  /** Called when `room` changes from 0 to more, after an area was recycled or the disk has space again. */
  onRoom: (() => void) | null;
  /** Called once when the engine can never confirm anything again. */
  onFailed: ((fault: EngineFault) => void) | null;

  /** Renews ownership; false when it was lost. Always true for memory and file (the lock lives as long as we do). */
  lease(): boolean;

  close(): Promise<void>;
}
