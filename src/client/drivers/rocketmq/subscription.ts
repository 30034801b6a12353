/**
 * A simple consumer of RocketMQ that is asked again and again: what it gets is invisible to others until it is
 * acknowledged, or until its time is over.
 *
 *     receive (long poll) ──► deliver, until `prefetch` are out ──► wait for one to be settled ──► receive ...
 */
import type { MessageView, SimpleConsumer } from 'rocketmq-client-nodejs';
import type { Sink, Source, Subscription } from '../../driver.ts';
import type { Delivery } from '../../message.ts';
import { end } from './ending.ts';
import { RocketmqDelivery } from './translation.ts';

/** How long a receive waits in the broker; closing waits for it. */
export const AWAIT_MS = 1_000;
/** More at a time only makes answers larger than the client's limit. */
const RECEIVE_MAX = 32;
/** RocketMQ refuses to hide a received message for less. */
export const INVISIBLE_MIN_MS = 10_000;
/** What is given back becomes visible after so long. */
export const RELEASE_MS = 1_000;

export class RocketmqSubscription implements Subscription {
  readonly #consumer: SimpleConsumer;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #out = new Set<MessageView>();
  readonly #calls = new Set<Promise<unknown>>();
  #isPaused = false;
  #isOver = false;
  #wake: () => void = () => {};
  #looping: Promise<void> = Promise.resolve();

  constructor(consumer: SimpleConsumer, source: Source, sink: Sink) {
    this.#consumer = consumer;
    this.#source = source;
    this.#sink = sink;
  }

  start(): void {
    this.#looping = this.#loop();
  }

  async #loop(): Promise<void> {
    const { prefetch, holdMs, destination } = this.#source;
    while (!this.#isOver) {
      const room = Math.min(prefetch - this.#out.size, RECEIVE_MAX);
      if (this.#isPaused || room <= 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        const views = await this.#consumer.receive(room, Math.max(holdMs, INVISIBLE_MIN_MS));
        for (const view of views) this.#out.add(view);
        if (this.#isOver) return;
        for (const view of views) this.#sink.deliver(new RocketmqDelivery(view, destination));
      } catch (error) {
        if (!this.#isOver) await this.#fail(error as Error);
        return;
      }
    }
  }

  async #fail(error: Error): Promise<void> {
    this.#isOver = true;
    this.#sink.failed(error);
    await end(this.#consumer);
  }

  ack(delivery: Delivery): void {
    const { view } = delivery as RocketmqDelivery;
    if (this.#out.delete(view)) this.#call(this.#consumer.ack(view));
  }

  release(delivery: Delivery): void {
    const { view } = delivery as RocketmqDelivery;
    if (this.#out.delete(view)) this.#call(this.#consumer.changeInvisibleDuration(view, RELEASE_MS));
  }

  /** What is refused comes again when its invisible time is over. */
  #call(call: Promise<unknown>): void {
    const settled = call
      .catch(() => undefined)
      .finally(() => {
        this.#calls.delete(settled);
      });
    this.#calls.add(settled);
    this.#wake();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake();
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wake();
    await this.#looping;
    for (const view of this.#out) this.#call(this.#consumer.changeInvisibleDuration(view, RELEASE_MS));
    this.#out.clear();
    await Promise.all(this.#calls);
    await end(this.#consumer);
  }
}
