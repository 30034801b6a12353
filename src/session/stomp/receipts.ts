/**
 * Receipts: what a client is told about its frames, in their order, each not before everything before it is durable.
 *
 *     [ group 7: a, b | at once: c | group 8: d ▶       nothing overtakes
 */
import type { CommitWaiter, GroupNumber, Store } from '../../core/ports.ts';
import { stompLimits } from './limits.ts';

export interface Receiver {
  readonly store: Store;
  /** Writes the receipt; null: nothing more is to come, the client said farewell. */
  receipt(id: string | null): void;
  touch(): void;
  /** Whether it is to be read, for what concerns its receipts. */
  overfull(isFull: boolean): void;
}

interface Waiting {
  readonly group: GroupNumber;
  readonly id: string | null;
}

export class Receipts implements CommitWaiter {
  readonly #receiver: Receiver;
  #waiting: Waiting[] = [];
  #head = 0;
  #last: GroupNumber = 0;
  #isFull = false;
  #hasEnded = false;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /** What the connection did so far is part of `group`. */
  did(group: GroupNumber): void {
    if (group > this.#last) this.#last = group;
  }

  add(id: string | null): void {
    const { store } = this.#receiver;
    const group = this.#last;
    if (this.#head === this.#waiting.length && group <= store.committed) {
      this.#receiver.receipt(id);
      return;
    }
    this.#waiting.push({ group, id });
    if (group > store.committed) store.whenCommitted(group, this);
    if (this.#isFull || this.#waiting.length - this.#head < stompLimits.receiptsMax) return;
    this.#isFull = true;
    this.#receiver.overfull(true);
  }

  committed(): void {
    if (!this.#hasEnded) this.#receiver.touch();
  }

  /** The end of a turn: writes what may be said. */
  write(): void {
    const { committed } = this.#receiver.store;
    while (this.#head < this.#waiting.length) {
      const { group, id } = this.#waiting[this.#head] as Waiting;
      if (group > committed) return;
      this.#head++;
      this.#receiver.receipt(id);
    }
    this.#waiting.length = 0;
    this.#head = 0;
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#receiver.overfull(false);
  }

  end(): void {
    this.#hasEnded = true;
    this.#waiting.length = 0;
    this.#head = 0;
  }
}
