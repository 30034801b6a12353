/**
 * PressureGate: a peer is not read while the store takes no more.
 *
 *     open ──it sent something, under pressure──▶ shut: not read ──pressure is gone──▶ open
 *
 * That is all the back-pressure that ZMTP has: the peer's own high-water mark fills up, and its socket waits or drops
 * by the rules of its type. Looked at after the next commit, and from then on by a timer.
 */
import type { CommitWaiter } from '../../core/ports.ts';
import { Timer } from '../../core/schedule.ts';
import { PAUSED_PRESSED, type Peer } from './role.ts';

const LOOK_AGAIN_MS = 20;

export class PressureGate implements CommitWaiter {
  readonly #peer: Peer;
  readonly #timer: Timer;
  #shut = false;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#timer = new Timer({ due: () => this.#look() });
  }

  /** After everything that one chunk brought. */
  received(): void {
    const { store } = this.#peer.node.broker;
    if (this.#shut || store.pressure === 'none') return;
    this.#shut = true;
    this.#peer.pause(PAUSED_PRESSED);
    store.whenCommitted(store.committed + 1, this);
    this.#wait();
  }

  committed(): void {
    this.#look();
  }

  stop(): void {
    this.#shut = false;
    this.#peer.node.broker.schedule.cancel(this.#timer);
  }

  #look(): void {
    if (!this.#shut) return;
    if (this.#peer.node.broker.store.pressure !== 'none') return this.#wait();
    this.stop();
    this.#peer.resume(PAUSED_PRESSED);
  }

  #wait(): void {
    const { schedule, clock } = this.#peer.node.broker;
    schedule.set(this.#timer, clock.now + LOOK_AGAIN_MS);
  }
}
