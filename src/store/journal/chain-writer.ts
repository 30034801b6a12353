/**
 * ChainWriter: the one who numbers and chains the blocks of a chain and hands them to the engine.
 *
 * Blocks are dense in number, and each names the header CRC of the one before it, so that a gap or a stale block can
 * never pass for the next one. One append a chain is under way at a time; `busy` tells.
 */
import { BlockHeader, sealBlock } from '../block.ts';
import { CHAINS, type Chain, type Engine, type EngineFault, type Position } from '../engine.ts';

export interface WrittenBlock {
  readonly slab: { readonly bytes: Uint8Array };
  readonly start: number;
  readonly end: number;
}

export class ChainWriter {
  readonly #engine: Engine;
  readonly #chain: Chain;
  readonly #header = new BlockHeader();
  readonly #now: () => number;
  #next: number;
  #previousCrc = 0;
  /** Highest block whose synced append was done: what a later block may claim. */
  #durable = 0;
  busy = false;

  constructor(engine: Engine, chain: Chain, storeId: number, epoch: number, now: () => number) {
    this.#engine = engine;
    this.#chain = chain;
    this.#header.chain = CHAINS.indexOf(chain);
    this.#header.storeId = storeId;
    this.#header.epoch = epoch;
    this.#now = now;
    this.#next = engine.range(chain).next;
  }

  /** Goes on where the engine, having replayed the chain, knows its end to be. */
  continueFromEnd(): void {
    const { next, lastCrc } = this.#engine.range(this.#chain);
    this.#next = next;
    this.#previousCrc = lastCrc;
    this.#durable = 0;
  }

  /** The number that the next block will have. */
  get next(): number {
    return this.#next;
  }

  /**
   * Writes the headers of `blocks`, of which `flags` hold for each and `lastFlags` for the last one too, and appends
   * them. `done` gets their positions; the array is the caller's to keep.
   */
  append(
    blocks: readonly WrittenBlock[],
    group: number,
    flags: number,
    lastFlags: number,
    sync: boolean,
    done: (fault: EngineFault | null, positions: Position[]) => void,
  ): void {
    const header = this.#header;
    const expected = this.#next;
    const previousCrc = this.#previousCrc;
    const slabs: Uint8Array[] = [];
    const lengths: number[] = [];
    let open: WrittenBlock | null = null;
    let openStart = 0;
    for (let index = 0; index < blocks.length; index++) {
      const block = blocks[index]!;
      const length = block.end - block.start;
      header.number = this.#next++;
      header.length = length;
      header.flags = index === blocks.length - 1 ? flags | lastFlags : flags;
      header.previousCrc = this.#previousCrc;
      header.group = group;
      header.durableNumber = this.#durable;
      header.wallClockMs = this.#now();
      this.#previousCrc = sealBlock(block.slab.bytes, block.start, header);
      lengths.push(length);
      // Blocks back to back in one slab go down as one piece.
      if (open === null || open.slab !== block.slab || open.end !== block.start) {
        if (open !== null) slabs.push(open.slab.bytes.subarray(openStart, open.end));
        openStart = block.start;
      }
      open = block;
    }
    if (open !== null) slabs.push(open.slab.bytes.subarray(openStart, open.end));
    const positions: Position[] = [];
    this.busy = true;
    this.#engine.append(this.#chain, expected, slabs, lengths, positions, sync, (fault) => {
      this.busy = false;
      if (fault === null && sync) this.#durable = expected + blocks.length - 1;
      if (fault?.kind === 'full') {
        // Nothing of it counts; the same numbers are used when it is tried again.
        this.#next = expected;
        this.#previousCrc = previousCrc;
      }
      done(fault, positions);
    });
  }
}
