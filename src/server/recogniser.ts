/**
 * Recogniser: one port, several protocols. What a connection speaks is seen by its first byte, and only then a session
 * is made for it.
 *
 *     C, S, or a line end     STOMP: CONNECT or STOMP, which line ends may come before
 *     all else                OpenWire, which begins with a size of four bytes
 */
import type { Clock } from '../core/ports.ts';
import { type Schedule, Timer } from '../core/schedule.ts';
import type { Accept, Peer, Session } from './listener.ts';

const STOMP_BEGINNINGS: ReadonlySet<number> = new Set([...'CS\r\n'].map((letter) => letter.charCodeAt(0)));
/** A client that says nothing at all. */
const FIRST_BYTE_MS = 10_000;

export interface Recognised {
  readonly stomp: Accept<Session>;
  readonly openwire: Accept<Session>;
}

class Recogniser implements Session {
  readonly #peer: Peer;
  readonly #recognised: Recognised;
  readonly #schedule: Schedule;
  readonly #timer: Timer;
  #session: Session | null = null;

  constructor(peer: Peer, recognised: Recognised, schedule: Schedule, clock: Clock) {
    this.#peer = peer;
    this.#recognised = recognised;
    this.#schedule = schedule;
    this.#timer = new Timer({ due: () => peer.outbox.close() });
    schedule.set(this.#timer, clock.now + FIRST_BYTE_MS);
  }

  receive(chunk: Uint8Array): void {
    if (this.#session === null) {
      this.#schedule.cancel(this.#timer);
      const { stomp, openwire } = this.#recognised;
      this.#session = (STOMP_BEGINNINGS.has(chunk[0] as number) ? stomp : openwire)(this.#peer);
    }
    this.#session.receive(chunk);
  }

  drained(): void {
    this.#session?.drained();
  }

  ended(): void {
    this.#schedule.cancel(this.#timer);
    this.#session?.ended();
  }

  shutdown(text: string): void {
    this.#schedule.cancel(this.#timer);
    if (this.#session === null) this.#peer.outbox.close();
    else this.#session.shutdown(text);
  }
}

export function recognise(recognised: Recognised, schedule: Schedule, clock: Clock): Accept<Session> {
  return (peer) => new Recogniser(peer, recognised, schedule, clock);
}
