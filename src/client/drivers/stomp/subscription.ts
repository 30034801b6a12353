/**
 * A STOMP subscription on a connection of its own: closing the connection gives back what is out, and a durable
 * subscription belongs to the connection's client id.
 *
 * A single message cannot be given back (ActiveMQ takes a NACK for "to the dead letters"), so a released one is
 * delivered again from memory. While it is paused, up to the prefetch waits here.
 */
import type { IMessage } from '@stomp/stompjs';
import type { Sink, Source, Subscription } from '../../driver.ts';
import type { Delivery } from '../../message.ts';
import type { Link } from './link.ts';
import { StompDelivery } from './translation.ts';

export class StompSubscription implements Subscription {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #waiting: StompDelivery[] = [];
  #link: Link | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(source: Source, sink: Sink) {
    this.#source = source;
    this.#sink = sink;
  }

  /** `destination` and `headers` as the frame says them. */
  async start(link: Link, destination: string, headers: Record<string, string>): Promise<void> {
    this.#link = link;
    await link.subscribe(destination, headers, (message) => this.#arrived(message));
  }

  lost(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.failed(error);
  }

  #arrived(message: IMessage): void {
    this.#deliver(new StompDelivery(message, this.#source.destination));
  }

  #deliver(delivery: StompDelivery): void {
    if (this.#isOver) return;
    if (this.#isPaused) this.#waiting.push(delivery);
    else this.#sink.deliver(delivery);
  }

  ack(delivery: Delivery): void {
    const mine = delivery as StompDelivery;
    if (mine.isSettled || this.#isOver || this.#link?.isOver !== false) return;
    mine.isSettled = true;
    mine.message.ack();
  }

  release(delivery: Delivery): void {
    const mine = delivery as StompDelivery;
    mine.isReturned = true;
    setImmediate(() => this.#deliver(mine));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const delivery of this.#waiting.splice(0)) this.#deliver(delivery);
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#link?.close();
  }
}
