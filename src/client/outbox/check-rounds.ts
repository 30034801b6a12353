/**
 * Asks what became of messages that nobody decided: their process died, or its transaction takes longer than expected.
 *
 *     half ── immunity over ──► asked ── commit, rollback ──► decided
 *                                 └──── unknown, throws, no answer in time ──► asked again after the interval
 *                                                                               … `checksMax` times, then parked
 *
 * A half is claimed by moving its next check, in the transaction that reads it: two processes never ask about one at
 * the same time, and one that died while asking holds nobody up.
 */
import { type Check, CheckedMessage, verdictIn } from '../transaction/check.ts';
import type { Clock } from './clock.ts';
import { Rounds } from './rounds.ts';
import type { HalfMessage, MessageTable } from './store.ts';

const CLAIMED_MAX = 16;

export interface CheckRoundsOptions {
  readonly messages: Omit<MessageTable<unknown>, 'add'>;
  readonly producer: string;
  readonly check: Check;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly checksMax: number;
  /** A check that takes longer has not answered. */
  readonly timeoutMs: number;
  readonly rolledBackKeptMs: number;
  readonly idleMs: number;
  /** Its `local` runs in this process: there is nothing to ask yet. */
  readonly isRunning: (id: string) => boolean;
  /** A message was committed. */
  readonly committed: () => void;
  readonly failed: (error: unknown) => void;
}

export class CheckRounds {
  readonly #options: CheckRoundsOptions;
  readonly #rounds: Rounds;

  constructor(options: CheckRoundsOptions) {
    this.#options = options;
    const { clock, idleMs, failed } = options;
    this.#rounds = new Rounds({ clock, idleMs, failed, round: (closing) => this.#round(closing) });
  }

  /** The first check is due, or a half was added. */
  wake(): void {
    this.#rounds.wake();
  }

  async #round(closing: AbortSignal): Promise<number | undefined> {
    const { messages, producer, clock, intervalMs, checksMax } = this.#options;
    while (!closing.aborted) {
      const now = clock.now();
      const claimed = await messages.claimHalves(producer, now, now + intervalMs, checksMax, CLAIMED_MAX);
      if (claimed.length === 0) break;
      await Promise.all(claimed.map((half) => this.#ask(half, closing)));
    }
    return messages.nextCheck(producer);
  }

  async #ask(half: HalfMessage, closing: AbortSignal): Promise<void> {
    const { messages, producer, clock, intervalMs, rolledBackKeptMs, isRunning, committed, failed } = this.#options;
    if (isRunning(half.id)) {
      await messages.postpone(producer, half.id, clock.now() + intervalMs);
      return;
    }
    try {
      const verdict = await this.#answer(half, closing);
      if (verdict === 'unknown') return;
      await messages.decide(producer, half.id, verdict, clock.now() + rolledBackKeptMs);
      if (verdict === 'commit') committed();
    } catch (error) {
      if (!closing.aborted) failed(error);
    }
  }

  async #answer(half: HalfMessage, closing: AbortSignal): Promise<'commit' | 'rollback' | 'unknown'> {
    const { check, clock, timeoutMs } = this.#options;
    const { promise: none, resolve } = Promise.withResolvers<'unknown'>();
    const giveUp = (): void => resolve('unknown');
    const disarm = clock.after(timeoutMs, giveUp);
    closing.addEventListener('abort', giveUp);
    try {
      return verdictIn(await Promise.race([check(new CheckedMessage(half.message)), none]));
    } finally {
      disarm();
      closing.removeEventListener('abort', giveUp);
    }
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }
}
