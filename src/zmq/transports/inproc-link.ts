/**
 * InprocLink: two sockets of one process side by side. Messages are handed over as they are, without a copy: the peer
 * sees the very Buffers that were sent. What the peer's inbox does not take waits in the own outbox, so the two
 * high-water marks add up.
 */
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { partsOf } from '../message.ts';
import type { Link, Pipe } from '../pipe.ts';

export class InprocLink implements Link {
  readonly unsent = 0;
  readonly unsentBytes = 0;
  busy = false;
  readonly #pipe: Pipe;
  readonly #ended: () => void;
  #other: InprocLink | null = null;

  constructor(pipe: Pipe, ended: () => void) {
    this.#pipe = pipe;
    this.#ended = ended;
  }

  /** Makes the two one connection. The pipes are plugged afterwards. */
  static join(one: InprocLink, other: InprocLink): void {
    one.#other = other;
    other.#other = one;
  }

  send(message: OutgoingMessage): void {
    const other = this.#other;
    if (other === null) return;
    if (!other.#pipe.deliver(partsOf(message))) this.busy = true;
    other.#pipe.announce();
  }

  flush(): void {}

  resume(): void {
    const other = this.#other;
    if (other === null || !other.busy) return;
    other.busy = false;
    other.#pipe.drain();
  }

  subscribe(subscribe: boolean, topic: Uint8Array): void {
    if (this.#other === null) return;
    const pipe = this.#other.#pipe;
    pipe.owner.subscription(pipe, subscribe, Buffer.from(topic));
    pipe.announce();
  }

  /** Both sides learn of it, each by the callback that it was made with. */
  close(): void {
    const other = this.#other;
    if (other === null) return;
    this.#other = null;
    other.#other = null;
    this.#ended();
    other.#ended();
  }
}
