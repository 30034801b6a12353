/**
 * Hold: a connection stops reading frames until an answer is there, because replies must keep their order.
 *
 *     reading ──begin──▶ held ──over──▶ (end of the turn) ──goOn──▶ reading
 *                         │  chunks that still come in are copied and kept; the socket is paused, so they are few
 *
 * There are three reasons: a reply that promises something durable waits for its commit group; a method that looks
 * at queues waits until what its connection has published is visible; a basic.get waits for bytes from the disk.
 */
import { copyOf } from '../../bytes/copy.ts';
import type { CommitWaiter, GroupNumber } from '../../core/ports.ts';
import type { Method } from '../../wire/amqp091/methods.ts';
import type { Channel } from './channel.ts';
import type { Holding, Host } from './host.ts';
import { type Outlet, PAUSED_HELD } from './outlet.ts';

/** The connection as its hold sees it. */
export interface HeldHost extends Host {
  /** The method that was put off. */
  handle(channel: Channel, method: Method): void;
  consume(chunk: Uint8Array): void;
}

export class Hold implements Holding, CommitWaiter {
  /** No frame is to be read. */
  active = false;
  /** The answer is there: `goOn` at the end of the turn. */
  finished = false;

  readonly #host: HeldHost;
  readonly #outlet: Outlet;
  #reply: Uint8Array | null = null;
  readonly #followers: Uint8Array[] = [];
  #method: Method | null = null;
  #channel: Channel | null = null;
  readonly #backlog: Uint8Array[] = [];

  constructor(host: HeldHost, outlet: Outlet) {
    this.#host = host;
    this.#outlet = outlet;
  }

  begin(): void {
    this.active = true;
    this.#outlet.pause(PAUSED_HELD);
  }

  /** Sends `reply` once `group` is committed. */
  untilCommitted(group: GroupNumber, reply: Uint8Array): void {
    this.begin();
    this.#reply = reply;
    this.#await(group);
  }

  follow(frame: Uint8Array): void {
    if (this.#reply === null) this.#host.send(frame);
    else this.#followers.push(frame);
  }

  /** Handles `method` once everything the connection has published is visible. */
  untilVisible(channel: Channel, method: Method): void {
    this.begin();
    this.#channel = channel;
    this.#method = method;
    const { publishedGroup, broker } = this.#host;
    if (publishedGroup > broker.store.committed) this.#await(publishedGroup);
    else this.over();
  }

  /** Keeps a copy of what came meanwhile. */
  keep(chunk: Uint8Array): void {
    this.#backlog.push(copyOf(chunk));
  }

  /** Keeps a copy of the rest of the chunk in which the hold began. */
  keepRest(chunk: Uint8Array, at: number): void {
    this.#backlog.unshift(copyOf(chunk, at));
  }

  committed(): void {
    if (!this.active) return;
    if (this.#reply !== null) this.#host.send(this.#reply);
    this.#reply = null;
    for (const frame of this.#followers.splice(0)) this.#host.send(frame);
    this.over();
  }

  /** The answer is there. */
  over(): void {
    this.finished = true;
    this.#host.touch();
  }

  /** Goes on where it began; it may begin again on the way. */
  goOn(): void {
    this.finished = false;
    this.active = false;
    const method = this.#method;
    const channel = this.#channel;
    this.#method = null;
    this.#channel = null;
    if (method !== null && channel !== null) this.#host.handle(channel, method);
    while (!this.active) {
      const chunk = this.#backlog.shift();
      if (chunk === undefined) break;
      this.#host.consume(chunk);
    }
    if (!this.active) this.#outlet.resume(PAUSED_HELD);
  }

  /** The connection ends. */
  end(): void {
    this.active = false;
    this.finished = false;
    this.#reply = null;
    this.#followers.length = 0;
    this.#method = null;
    this.#channel = null;
    this.#backlog.length = 0;
  }

  #await(group: GroupNumber): void {
    const { broker } = this.#host;
    broker.store.whenCommitted(group, this);
    broker.wake();
  }
}
