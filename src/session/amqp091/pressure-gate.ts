/**
 * PressureGate: makes a publisher wait while the store takes no more.
 *
 *     open ──published under pressure──▶ shut: the socket is not read ──pressure is gone──▶ open
 *
 * `memory` lasts for a commit or two and is not worth a word. `disk` may last: a client that understands it is told with
 * connection.blocked, on its first publish, and with connection.unblocked when it is over. Whether the pressure is gone is looked
 * at after the next commit, and from then on by a timer.
 */
import type { Broker } from '../../core/broker.ts';
import type { CommitWaiter } from '../../core/ports.ts';
import { Timer } from '../../core/schedule.ts';

const LOOK_AGAIN_MS = 20;

export interface Pressed {
  readonly broker: Broker;
  setPressed(pressed: boolean): void;
  sendBlocked(): void;
  sendUnblocked(): void;
}

export class PressureGate implements CommitWaiter {
  readonly #host: Pressed;
  readonly #timer: Timer;
  #shut = false;
  #told = false;

  constructor(host: Pressed) {
    this.#host = host;
    this.#timer = new Timer({ due: () => this.#look() });
  }

  /** The connection has published; shuts if the store is under pressure. */
  published(): void {
    const { store } = this.#host.broker;
    if (store.pressure === 'none') return;
    if (store.pressure === 'disk' && !this.#told) {
      this.#told = true;
      this.#host.sendBlocked();
    }
    if (this.#shut) return;
    this.#shut = true;
    this.#host.setPressed(true);
    store.whenCommitted(store.committed + 1, this);
    this.#wait();
  }

  committed(): void {
    this.#look();
  }

  stop(): void {
    this.#shut = false;
    this.#host.broker.schedule.cancel(this.#timer);
  }

  #look(): void {
    if (!this.#shut) return;
    const { store } = this.#host.broker;
    if (store.pressure !== 'none') {
      // What began as a short wait may have become a full disk.
      if (store.pressure === 'disk' && !this.#told) {
        this.#told = true;
        this.#host.sendBlocked();
      }
      this.#wait();
      return;
    }
    this.stop();
    if (this.#told) this.#host.sendUnblocked();
    this.#told = false;
    this.#host.setPressed(false);
  }

  #wait(): void {
    const { schedule, clock } = this.#host.broker;
    schedule.set(this.#timer, clock.now + LOOK_AGAIN_MS);
  }
}
