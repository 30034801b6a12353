/**
 * Inactivity: proof of life in both directions, by one timer that moves without allocating.
 *
 * A side that hears nothing for the agreed time takes the other for dead; so each says something every third of it.
 */
import { type Schedule, Timer } from '../../core/schedule.ts';

export interface Living {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** Whether it is read: the silence of one that is not is our doing. */
  readonly isRead: boolean;
  keepAlive(): void;
  isDead(): void;
}

const SHARE = 3;

export class Inactivity {
  readonly #schedule: Schedule;
  readonly #peer: Living;
  readonly #timer: Timer;
  #limitMs = 0;

  constructor(schedule: Schedule, peer: Living) {
    this.#schedule = schedule;
    this.#peer = peer;
    this.#timer = new Timer({ due: (now) => this.#look(now) });
  }

  /** With 0 nobody looks. */
  start(limitMs: number, now: number): void {
    this.#limitMs = limitMs;
    if (limitMs > 0) this.#schedule.set(this.#timer, now + limitMs / SHARE);
  }

  stop(): void {
    this.#schedule.cancel(this.#timer);
  }

  #look(now: number): void {
    const { isRead, receivedAt, sentAt } = this.#peer;
    if (isRead && now - receivedAt > this.#limitMs) return this.#peer.isDead();
    const stepMs = this.#limitMs / SHARE;
    if (now - sentAt >= stepMs / 2) this.#peer.keepAlive();
    this.#schedule.set(this.#timer, now + stepMs);
  }
}
