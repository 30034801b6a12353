/**
 * PressureGate: a publisher is not read while the store takes no more.
 *
 *     open ──it sent something, under pressure──▶ shut: not read ──pressure is gone──▶ open
 *
 * For protocols that have no word for it: the peer's socket fills up, and it waits. Looked at after the next commit,
 * and from then on by a timer.
 */
import type { Clock, CommitWaiter, Store } from './ports.ts';
import { type Schedule, Timer } from './schedule.ts';

const LOOK_AGAIN_MS = 20;

export interface Gated {
  /** It is not to be read. */
  pressed(): void;
  /** It is to be read again. */
  relieved(): void;
}

export interface PressureSurroundings {
  readonly store: Store;
  readonly clock: Clock;
  readonly schedule: Schedule;
}

export class PressureGate implements CommitWaiter {
  readonly #surroundings: PressureSurroundings;
  readonly #peer: Gated;
  readonly #timer: Timer;
  #isShut = false;

  constructor(surroundings: PressureSurroundings, peer: Gated) {
    this.#surroundings = surroundings;
    this.#peer = peer;
    this.#timer = new Timer({ due: () => this.#look() });
  }

  /** After everything that one chunk brought. */
  received(): void {
    const { store } = this.#surroundings;
    if (this.#isShut || store.pressure === 'none') return;
    this.#isShut = true;
    this.#peer.pressed();
    store.whenCommitted(store.committed + 1, this);
    this.#wait();
  }

  committed(): void {
    this.#look();
  }

  stop(): void {
    this.#isShut = false;
    this.#surroundings.schedule.cancel(this.#timer);
  }

  #look(): void {
    if (!this.#isShut) return;
    if (this.#surroundings.store.pressure !== 'none') return this.#wait();
    this.stop();
    this.#peer.relieved();
  }

  #wait(): void {
    const { schedule, clock } = this.#surroundings;
    schedule.set(this.#timer, clock.now + LOOK_AGAIN_MS);
  }
}
