/**
 * SharingState: what is durable of a group's shared reading of one log, beside the group's position: which messages
 * behind that are settled already, and how often others were given.
 *
 *   log   | settled | x x . x . . x . . . . . |        position: the first '.', settled: the x behind it
 *                    ^position
 *
 * Both only grow until somebody else moves the group's position, which wipes them. So a definition need not state all
 * of it, but what is new; folding it twice, or into a state that knows more, changes nothing.
 */
import type { ShareDefinition } from './definition.ts';
import type { LogId, Offset } from './ids.ts';
import { IntervalSet } from './interval-set.ts';

/** Numbers in one definition, at most, when a whole state is told. */
const NUMBERS_MAX = 8_192;
const ATTEMPTS_MIN = 1_024;

export class SharingState {
  readonly settled = new IntervalSet();
  /** By offset, only those given more than once. */
  readonly attempts = new Map<Offset, number>();
  /** As many attempts are looked through for what is settled by now. */
  private pruneAt = ATTEMPTS_MIN;

  get isEmpty(): boolean {
    return this.settled.count === 0 && this.attempts.size === 0;
  }

  fold({ offset, settled, attempts }: ShareDefinition): void {
    for (let i = 0; i + 1 < settled.length; i += 2) this.settled.add(settled[i] as number, settled[i + 1] as number);
    this.settled.remove(0, offset);
    for (let i = 0; i + 1 < attempts.length; i += 2) {
      const [at, count] = [attempts[i] as number, attempts[i + 1] as number];
      this.attempts.set(at, Math.max(count, this.attempts.get(at) ?? 0));
    }
    if (this.attempts.size >= this.pruneAt) this.prune(offset);
  }

  /** Forgets the attempts of what is settled. */
  prune(floor: Offset): void {
    for (const offset of this.attempts.keys()) {
      if (offset < floor || this.settled.contains(offset)) this.attempts.delete(offset);
    }
    this.pruneAt = Math.max(ATTEMPTS_MIN, 2 * this.attempts.size);
  }

  /** All of it, in definitions of bounded size. */
  *definitions(place: SharePlace): Generator<ShareDefinition> {
    let settled: number[] = [];
    let attempts: number[] = [];
    const whole = (): ShareDefinition => ({ kind: 'share', ...place, settled, attempts });
    for (let range = 0; range < this.settled.ranges; range++) {
      settled.push(this.settled.rangeFrom(range), this.settled.rangeTo(range));
      if (settled.length < NUMBERS_MAX) continue;
      yield whole();
      settled = [];
    }
    for (const [offset, count] of this.attempts) {
      attempts.push(offset, count);
      if (settled.length + attempts.length < NUMBERS_MAX) continue;
      yield whole();
      settled = [];
      attempts = [];
    }
    if (settled.length + attempts.length > 0) yield whole();
  }
}

/** Whose, and where it begins. */
export interface SharePlace {
  readonly namespace: string;
  readonly group: string;
  readonly log: LogId;
  readonly offset: Offset;
  readonly at: number;
}
