/**
 * Heartbeats: proof of life in both directions, on two timers that move without allocating.
 *
 * We send one when nothing was written for half the interval. The peer is dead when nothing came from it for two
 * intervals; any bytes count. While we do not read from it (see `Amqp091Connection`), its silence is our doing.
 */
import { type Schedule, Timer } from '../../core/schedule.ts';

export interface Pulse {
  /** When bytes last went out and came in. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly reading: boolean;
}

export interface Mortal {
  sendHeartbeat(): void;
  peerIsDead(): void;
}

const MISSED_MAX = 2;

export class Heartbeats {
  readonly #schedule: Schedule;
  readonly #pulse: Pulse;
  readonly #host: Mortal;
  readonly #sender: Timer;
  readonly #watcher: Timer;
  #intervalMs = 0;

  constructor(schedule: Schedule, pulse: Pulse, host: Mortal) {
    this.#schedule = schedule;
    this.#pulse = pulse;
    this.#host = host;
    this.#sender = new Timer({ due: (now) => this.#send(now) });
    this.#watcher = new Timer({ due: (now) => this.#watch(now) });
  }

  /** With 0 seconds there are none. */
  start(intervalS: number, now: number): void {
    if (intervalS === 0) return;
    this.#intervalMs = intervalS * 1000;
    this.#schedule.set(this.#sender, now + this.#intervalMs / 2);
    this.#schedule.set(this.#watcher, now + this.#intervalMs * MISSED_MAX);
  }

  stop(): void {
    this.#schedule.cancel(this.#sender);
    this.#schedule.cancel(this.#watcher);
  }

  #send(now: number): void {
    const dueAt = this.#pulse.sentAt + this.#intervalMs / 2;
    if (now >= dueAt) this.#host.sendHeartbeat();
    this.#schedule.set(this.#sender, now >= dueAt ? now + this.#intervalMs / 2 : dueAt);
  }

  #watch(now: number): void {
    const silentSince = this.#pulse.receivedAt;
    const deadAt = silentSince + this.#intervalMs * MISSED_MAX;
    if (now < deadAt) this.#schedule.set(this.#watcher, deadAt);
    else if (this.#pulse.reading) this.#host.peerIsDead();
    else this.#schedule.set(this.#watcher, now + this.#intervalMs * MISSED_MAX);
  }
}
