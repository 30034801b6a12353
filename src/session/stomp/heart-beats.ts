/**
 * HeartBeats: proof of life as CONNECT and CONNECTED have agreed on it, on two timers that move without allocating.
 *
 * Any byte counts. Who is not heard of for twice the agreed time is gone; what we have not said anything for, we say by
 * a line end.
 */
import { type Schedule, Timer } from '../../core/schedule.ts';

export interface Living {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** Whether it is read: the silence of one that is not is our doing. */
  readonly isRead: boolean;
  beat(): void;
  isDead(): void;
}

const PATIENCE = 2;

export class HeartBeats {
  readonly #schedule: Schedule;
  readonly #peer: Living;
  readonly #sender: Timer;
  readonly #watcher: Timer;
  #sendsMs = 0;
  #wantsMs = 0;

  constructor(schedule: Schedule, peer: Living) {
    this.#schedule = schedule;
    this.#peer = peer;
    this.#sender = new Timer({ due: (now) => this.#send(now) });
    this.#watcher = new Timer({ due: (now) => this.#watch(now) });
  }

  /** 0: not in that direction. */
  start(sendsMs: number, wantsMs: number, now: number): void {
    this.#sendsMs = sendsMs;
    this.#wantsMs = wantsMs * PATIENCE;
    if (sendsMs > 0) this.#schedule.set(this.#sender, now + sendsMs / 2);
    if (wantsMs > 0) this.#schedule.set(this.#watcher, now + this.#wantsMs);
  }

  stop(): void {
    this.#schedule.cancel(this.#sender);
    this.#schedule.cancel(this.#watcher);
  }

  /** Looked at twice in the agreed time, so that no pause is longer. */
  #send(now: number): void {
    const stepMs = this.#sendsMs / 2;
    const dueAt = this.#peer.sentAt + stepMs;
    if (now >= dueAt) this.#peer.beat();
    this.#schedule.set(this.#sender, now >= dueAt ? now + stepMs : dueAt);
  }

  #watch(now: number): void {
    const deadAt = this.#peer.receivedAt + this.#wantsMs;
    if (now < deadAt) this.#schedule.set(this.#watcher, deadAt);
    else if (this.#peer.isRead) this.#peer.isDead();
    else this.#schedule.set(this.#watcher, now + this.#wantsMs);
  }
}
