/**
 * PressureGate: makes a publisher wait while the store takes no more.
 *
 *     open ──published under pressure──▶ shut: the socket is not read ──pressure is gone──▶ open
 *
 * `memory` lasts for a commit or two and is not worth a word. `disk` may last: a client that understands it is told
 * with connection.blocked, on its first publish, and with connection.unblocked when it is over. Whether the pressure
 * is gone is looked at after the next commit, and from then on by a timer.
 */
import type { CommitWaiter } from '../../core/ports.ts';
import { Timer } from '../../core/schedule.ts';
import { encodeMethod } from '../../wire/amqp091/methods.ts';
import type { Host } from './host.ts';
import { type Outlet, PAUSED_PRESSED } from './outlet.ts';

const LOOK_AGAIN_MS = 20;

export class PressureGate implements CommitWaiter {
  readonly #host: Host;
  readonly #outlet: Outlet;
  readonly #timer: Timer;
  #shut = false;
  #told = false;

  constructor(host: Host, outlet: Outlet) {
    this.#host = host;
    this.#outlet = outlet;
    this.#timer = new Timer({ due: () => this.#look() });
  }

  /** The connection has published; shuts if the store is under pressure. */
  published(): void {
    const { store } = this.#host.broker;
    if (store.pressure === 'none') return;
    this.#tell();
    if (this.#shut) return;
    this.#shut = true;
    this.#outlet.pause(PAUSED_PRESSED);
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
      this.#tell();
      this.#wait();
      return;
    }
    this.stop();
    if (this.#told) this.#host.send(encodeMethod(0, 'connection.unblocked', {}));
    this.#told = false;
    this.#outlet.resume(PAUSED_PRESSED);
  }

  #tell(): void {
    const { broker, capabilities } = this.#host;
    if (this.#told || broker.store.pressure !== 'disk' || !capabilities.connectionBlocked) return;
    this.#told = true;
    this.#host.send(encodeMethod(0, 'connection.blocked', { reason: 'low on disk' }));
  }

  #wait(): void {
    const { schedule, clock } = this.#host.broker;
    schedule.set(this.#timer, clock.now + LOOK_AGAIN_MS);
  }
}
