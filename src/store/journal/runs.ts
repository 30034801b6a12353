/**
 * Runs: consecutive messages for the same LogSet in a group that fills, as parallel arrays; and how they are regrouped.
 *
 *   arrivals   A A B A C B C …      a log's messages lie scattered over the block: an extent for each run
 *   regrouped  A A A … B B … C C …  they lie together: one extent a log, and one sequential read
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { LogSet } from '../../core/ports.ts';
import type { Position } from '../engine.ts';
import { PAYLOAD_AT } from './records.ts';

/** Fewer runs than this are never worth regrouping. */
const RUNS_REGROUPED_MIN = 16;
/** Nor are runs that are so long on the average: reading them one by one costs no more than reading them together. */
const RUN_BYTES_REGROUPED_MAX = 4096;
/** Where a region is copied to while it is sorted; kept up to the size of a usual block. */
let scratch: Uint8Array = new Uint8Array(0);
const SCRATCH_BYTES_KEPT = 1024 * 1024;

export class Runs {
  readonly sets: LogSet[] = [];
  /** The byte that each begins at, in its slab. */
  readonly ats: number[] = [];
  /** For what is placed, not copied: where its bytes lie in the journal already. -1 for payload of this group. */
  readonly placedAts: Position[] = [];
  readonly bytes: number[] = [];
  readonly messages: number[] = [];
  readonly transient: boolean[] = [];

  get length(): number {
    return this.sets.length;
  }

  push(set: LogSet, at: number, placedAt: Position, bytes: number, messages: number, transient: boolean): void {
    this.sets.push(set);
    this.ats.push(at);
    this.placedAts.push(placedAt);
    this.bytes.push(bytes);
    this.messages.push(messages);
    this.transient.push(transient);
  }

  clear(): void {
    this.sets.length = 0;
    this.ats.length = 0;
    this.placedAts.length = 0;
    this.bytes.length = 0;
    this.messages.length = 0;
    this.transient.length = 0;
  }
}

/** The block whose payload region is sorted: its bytes, and which runs are in it. */
export interface RunBlock {
  readonly slab: { readonly bytes: Uint8Array };
  readonly start: number;
  readonly end: number;
  readonly firstRun: number;
  readonly lastRun: number;
}

/**
 * Sorts the block's runs by set, stably, when they alternate so much that it pays, and joins those that meet. Only
 * when no log is in two of the sets, or the order in that log would suffer, and when nothing is placed among them.
 */
export function regroup(runs: Runs, block: RunBlock): void {
  const first = block.firstRun;
  const count = block.lastRun - first;
  if (count < RUNS_REGROUPED_MIN) return;
  const origin = block.start + PAYLOAD_AT;
  if (block.end - origin > count * RUN_BYTES_REGROUPED_MAX) return;
  const groups = new Map<LogSet, number[]>();
  for (let run = first; run < block.lastRun; run++) {
    if (runs.placedAts[run]! >= 0) return;
    const set = runs.sets[run]!;
    const together = groups.get(set);
    if (together === undefined) groups.set(set, [run]);
    else together.push(run);
  }
  if (groups.size * 2 > count || !disjoint(groups)) return;
  const bytes = block.slab.bytes;
  const region = scratchFor(block.end - origin);
  copyBytes(bytes, origin, block.end, region, 0);
  const sets: LogSet[] = [];
  const ats: number[] = [];
  const sizes: number[] = [];
  const messages: number[] = [];
  const transients: boolean[] = [];
  let at = origin;
  for (const [set, together] of groups) {
    for (let index = 0; index < together.length; index++) {
      const run = together[index]!;
      const size = runs.bytes[run]!;
      const from = runs.ats[run]! - origin;
      copyBytes(region, from, from + size, bytes, at);
      const last = sets.length - 1;
      if (index > 0 && transients[last] === runs.transient[run]) {
        sizes[last]! += size;
        messages[last]! += runs.messages[run]!;
      } else {
        sets.push(set);
        ats.push(at);
        sizes.push(size);
        messages.push(runs.messages[run]!);
        transients.push(runs.transient[run]!);
      }
      at += size;
    }
  }
  for (let index = 0; index < sets.length; index++) {
    runs.sets[first + index] = sets[index]!;
    runs.ats[first + index] = ats[index]!;
    runs.bytes[first + index] = sizes[index]!;
    runs.messages[first + index] = messages[index]!;
    runs.transient[first + index] = transients[index]!;
  }
  // Runs of later blocks keep their places: what was joined away here is left as empty runs without logs.
  for (let run = first + sets.length; run < block.lastRun; run++) {
    runs.sets[run] = NO_LOGS;
    runs.messages[run] = 0;
  }
}

function scratchFor(bytes: number): Uint8Array {
  if (scratch.length >= bytes) return scratch;
  const larger = new Uint8Array(bytes);
  if (bytes <= SCRATCH_BYTES_KEPT) scratch = larger;
  return larger;
}

const NO_LOGS: LogSet = { durable: [], transient: [] };

function disjoint(groups: Map<LogSet, unknown>): boolean {
  const seen = new Set<unknown>();
  for (const set of groups.keys()) {
    for (const log of set.durable) {
      if (seen.has(log)) return false;
      seen.add(log);
    }
  }
  return true;
}
