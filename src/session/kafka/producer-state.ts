/**
 * ProducerState: what an idempotent producer has written to one log, so that what it repeats is not written twice.
 *
 *   sequence   … 40-49 | 50-54 | 55-55 | 56-90 | 91-99        the last five batches, with the offset of each
 *                                                    ^ next: 100
 *
 * A producer has at most five requests under way, so a repetition is always among its last five batches. Sequence
 * numbers are 31 bits and begin at 0 again.
 */
import type { Offset } from '../../core/ids.ts';

export const BATCHES_KEPT = 5;
const SEQUENCES = 2 ** 31;

export interface ProducedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly offset: Offset;
}

/** What to do with a batch. */
export type Verdict = 'append' | 'out-of-order' | 'fenced' | ProducedBatch;

export class ProducerState {
  epoch: number;
  /** When it last wrote, in milliseconds. */
  at: number;
  /** Oldest first. */
  readonly batches: ProducedBatch[] = [];

  constructor(epoch: number, at: number) {
    this.epoch = epoch;
    this.at = at;
  }

  judge(epoch: number, firstSequence: number, lastSequence: number): Verdict {
    if (epoch < this.epoch) return 'fenced';
    const last = this.batches[this.batches.length - 1];
    if (epoch > this.epoch) return firstSequence === 0 ? 'append' : 'out-of-order';
    if (last === undefined) return 'append';
    for (const batch of this.batches) {
      if (batch.firstSequence === firstSequence && batch.lastSequence === lastSequence) return batch;
    }
    return firstSequence === (last.lastSequence + 1) % SEQUENCES ? 'append' : 'out-of-order';
  }

  note(epoch: number, batch: ProducedBatch, at: number): void {
    if (epoch !== this.epoch) this.batches.length = 0;
    this.epoch = epoch;
    this.at = at;
    if (this.batches.length === BATCHES_KEPT) this.batches.shift();
    this.batches.push(batch);
  }
}

/** The last of `count` sequence numbers that begin with `first`. */
export function lastSequenceOf(first: number, count: number): number {
  return (first + count - 1) % SEQUENCES;
}
