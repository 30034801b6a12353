/**
 * ExclusiveTurns: of the exclusive consumers of a queue one receives, and the next one when that has gone.
 *
 * While there is one, others that receive by OpenWire wait. (An exclusive consumer of AMQP is something else: beside it
 * there may be no other.)
 */
import type { Queue } from '../../core/queue.ts';

export interface TurnTaker {
  readonly isExclusive: boolean;
  /** Whether it may receive from the queue. */
  setTurn(queue: Queue, hasTurn: boolean): void;
}

export class ExclusiveTurns {
  readonly #takers = new Map<Queue, TurnTaker[]>();

  join(queue: Queue, taker: TurnTaker): void {
    const takers = this.#takers.get(queue) ?? [];
    takers.push(taker);
    this.#takers.set(queue, takers);
    if (takers.some(({ isExclusive }) => isExclusive)) this.#deal(queue, takers);
  }

  leave(queue: Queue, taker: TurnTaker): void {
    const takers = this.#takers.get(queue);
    if (takers === undefined) return;
    const hadExclusive = takers.some(({ isExclusive }) => isExclusive);
    takers.splice(takers.indexOf(taker), 1);
    if (takers.length === 0) this.#takers.delete(queue);
    else if (hadExclusive) this.#deal(queue, takers);
  }

  #deal(queue: Queue, takers: readonly TurnTaker[]): void {
    const chosen = takers.find(({ isExclusive }) => isExclusive);
    for (const taker of takers) taker.setTurn(queue, chosen === undefined || taker === chosen);
  }
}
