/**
 * Outlet: a connection's way to its socket: the out-slab, whether the peer takes what it is sent, and whether we read
 * from it.
 *
 *   writable   false while more is unsent than the limit for deliveries; replies are still written
 *   paused     for any of several reasons the socket is not read; it is read again when none is left
 *
 * A peer that does not read even replies is let go before they fill the memory.
 */

import type { Outbox } from '../../bytes/outbox.ts';
import { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Broker } from '../../core/broker.ts';
import type { Confirmer } from './host.ts';

/** Why the socket is not read. */
export const PAUSED_HELD = 1;
export const PAUSED_PRESSED = 2;
const NOT_PAUSED = 0;

/** Unsent bytes, as a multiple of the limit for deliveries, above which a peer that does not read is let go. */
const UNREAD_FACTOR_MAX = 32;

export class Outlet {
  readonly writer: SlabWriter;
  writable = true;
  /** When bytes last went out, and since when the peer may be blamed for silence. */
  sentAt: number;
  receivedAt: number;

  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #confirmers: Confirmer[] = [];
  #paused = NOT_PAUSED;

  constructor(broker: Broker, outbox: Outbox, onUnread: () => void) {
    const { outboundBytesMax } = broker.limits;
    this.#broker = broker;
    this.#outbox = outbox;
    this.sentAt = broker.clock.now;
    this.receivedAt = broker.clock.now;
    this.writer = new SlabWriter({
      write: (bytes, release) => {
        this.sentAt = broker.clock.now;
        outbox.write(bytes, release);
        const { pendingBytes } = outbox;
        if (pendingBytes <= outboundBytesMax) return;
        this.writable = false;
        if (pendingBytes > outboundBytesMax * UNREAD_FACTOR_MAX) onUnread();
      },
    });
  }

  get reading(): boolean {
    return this.#paused === NOT_PAUSED;
  }

  /** The socket has taken what it was given; true if deliveries may go on. */
  drained(): boolean {
    if (this.writable || this.#outbox.pendingBytes > this.#broker.limits.outboundBytesMax / 2) return false;
    this.writable = true;
    return true;
  }

  confirmLater(confirmer: Confirmer): void {
    confirmer.listed = true;
    this.#confirmers.push(confirmer);
  }

  writeConfirms(): void {
    const confirmers = this.#confirmers;
    if (confirmers.length === 0) return;
    for (const confirmer of confirmers) {
      confirmer.listed = false;
      confirmer.writeConfirms();
    }
    confirmers.length = 0;
  }

  pause(why: number): void {
    if (this.#paused === NOT_PAUSED) this.#outbox.pause();
    this.#paused |= why;
  }

  resume(why: number): void {
    if (this.#paused === NOT_PAUSED) return;
    this.#paused &= ~why;
    if (this.#paused !== NOT_PAUSED) return;
    this.receivedAt = this.#broker.clock.now;
    this.#outbox.resume();
  }

  /** No more confirms; the socket is read again, for the answer to a close. */
  end(): void {
    this.#confirmers.length = 0;
    this.resume(PAUSED_HELD | PAUSED_PRESSED);
  }
}
