/** Makes blocks whose bodies can be recomputed from their numbers, and checks them again. */
import assert from 'node:assert/strict';
import { BLOCK_HEADER_BYTES, BlockHeader, FIRST_BLOCK, sealBlock } from '../../src/store/block.ts';
import {
  type BlockVisitor,
  CHAINS,
  type Chain,
  type Engine,
  type EngineFault,
  type Opened,
} from '../../src/store/engine.ts';

export interface Group {
  readonly first: number;
  readonly slab: Uint8Array;
  readonly lengths: number[];
  readonly positions: number[];
}

/** What the journal does with headers, and nothing else of it. */
export class Sealer {
  next = FIRST_BLOCK;
  lastCrc = 0;
  durable = 0;
  readonly #opened: Opened;
  readonly #chain: Chain;

  constructor(opened: Opened, chain: Chain, range?: { next: number; lastCrc: number }) {
    this.#opened = opened;
    this.#chain = chain;
    this.next = range?.next ?? FIRST_BLOCK;
    this.lastCrc = range?.lastCrc ?? 0;
    this.durable = this.next - 1;
  }

  /** Blocks of the given body sizes, back to back in one slab. */
  group(...bodies: number[]): Group {
    const lengths = bodies.map((bytes) => bytes + BLOCK_HEADER_BYTES);
    const slab = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    const first = this.next;
    let at = 0;
    for (const [index, length] of lengths.entries()) {
      const header = new BlockHeader();
      header.number = this.next++;
      header.flags = index === lengths.length - 1 ? 1 : 0;
      header.chain = CHAINS.indexOf(this.#chain);
      header.storeId = this.#opened.storeId;
      header.epoch = this.#opened.epoch;
      header.length = length;
      header.previousCrc = this.lastCrc;
      header.group = first;
      header.durableNumber = this.durable;
      fillBody(slab, at, header);
      this.lastCrc = sealBlock(slab, at, header);
      at += length;
    }
    return { first, slab, lengths, positions: [] };
  }
}

/** Different for every number, life and length, and at both ends. */
function fillBody(slab: Uint8Array, at: number, header: BlockHeader): void {
  const start = at + BLOCK_HEADER_BYTES;
  const end = at + header.length;
  slab.fill((header.number * 31 + header.epoch * 7 + header.length) & 0xff, start, end);
  for (let index = start; index < Math.min(end, start + 8); index++)
    slab[index] = (header.number + index - start) & 0xff;
  if (end > start) slab[end - 1] = header.epoch & 0xff;
}

export interface SeenBlock {
  readonly number: number;
  readonly epoch: number;
  readonly position: number;
  readonly length: number;
}

/** Collects what replay gives, and checks every body. */
export class Collector implements BlockVisitor {
  readonly blocks: SeenBlock[] = [];
  readonly damages: { from: number; to: number; why: string }[] = [];

  block(_chain: Chain, position: number, bytes: Uint8Array, header: BlockHeader): void {
    assert.equal(bytes.length, header.length);
    const wanted = new Uint8Array(header.length);
    fillBody(wanted, 0, header);
    assert.ok(
      Buffer.compare(bytes.subarray(BLOCK_HEADER_BYTES), wanted.subarray(BLOCK_HEADER_BYTES)) === 0,
      'body differs',
    );
    const { number, epoch, length } = header;
    this.blocks.push({ number, epoch, position, length });
  }

  damaged(_chain: Chain, _position: number, from: number, to: number, why: string): void {
    this.damages.push({ from, to, why });
  }

  get numbers(): number[] {
    return this.blocks.map(({ number }) => number);
  }
}

export function appendGroup(engine: Engine, chain: Chain, group: Group, sync = true): Promise<EngineFault | null> {
  return new Promise((resolve) => {
    engine.append(chain, group.first, [group.slab], group.lengths, group.positions, sync, resolve);
  });
}

export function readAt(
  engine: Engine,
  position: number,
  bytes: number,
): Promise<{ fault: EngineFault | null; bytes: Uint8Array }> {
  const into = new Uint8Array(bytes);
  return new Promise((resolve) => {
    engine.read(position, into, (fault, found) => resolve({ fault, bytes: into.subarray(0, found) }));
  });
}

export function numbersFrom(first: number, next: number): number[] {
  return Array.from({ length: next - first }, (_, index) => first + index);
}
