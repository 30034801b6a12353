/**
 * A consumer on a channel of its own, so that its prefetch, its acknowledgements and its failures are its own.
 */
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Sink, Subscription } from '../../driver.ts';
import { ClosedError } from '../../errors.ts';
import type { Delivery, Destination } from '../../message.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { AmqpDelivery } from './translation.ts';

export class AmqpSubscription implements Subscription {
  readonly #channel: Channel;
  readonly #queue: string;
  readonly #destination: Destination;
  readonly #sink: Sink;
  readonly #acknowledgements: Acknowledgements;
  #consumerTag: string | undefined;
  /** Consume and cancel one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(channel: Channel, queue: string, destination: Destination, sink: Sink) {
    this.#channel = channel;
    this.#queue = queue;
    this.#destination = destination;
    this.#sink = sink;
    this.#acknowledgements = new Acknowledgements((deliveryTag, multiple) => {
      if (!this.#isOver) channel.ack({ fields: { deliveryTag } } as ConsumeMessage, multiple);
    });
    channel.on('error', (error: Error) => this.#fail(error));
    channel.on('close', () => this.#fail(new ClosedError(`the channel that consumed ${queue} was closed`)));
  }

  async start(prefetch: number): Promise<void> {
    await this.#channel.prefetch(prefetch);
    await this.#consume();
  }

  async #consume(): Promise<void> {
    const take = (message: ConsumeMessage | null): void => {
      if (message === null) this.#fail(new ClosedError(`queue ${this.#queue} is gone`));
      else this.#sink.deliver(new AmqpDelivery(message, this.#destination));
    };
    this.#consumerTag = (await this.#channel.consume(this.#queue, take)).consumerTag;
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.failed(error);
  }

  ack(delivery: Delivery): void {
    this.#acknowledgements.ack((delivery as AmqpDelivery).message.fields.deliveryTag);
  }

  release(delivery: Delivery): void {
    if (this.#isOver) return;
    const { message } = delivery as AmqpDelivery;
    this.#acknowledgements.flush();
    this.#acknowledgements.settle(message.fields.deliveryTag);
    this.#channel.nack(message, false, true);
  }

  pause(): void {
    this.#change(async () => {
      const tag = this.#consumerTag;
      this.#consumerTag = undefined;
      if (tag !== undefined) await this.#channel.cancel(tag);
    });
  }

  resume(): void {
    this.#change(async () => {
      if (this.#consumerTag === undefined) await this.#consume();
    });
  }

  #change(step: () => Promise<void>): void {
    this.#changing = this.#changing.then(() => (this.#isOver ? undefined : step())).catch((error) => this.#fail(error));
  }

  /** Closing the channel gives back what is still out. */
  async close(): Promise<void> {
    await this.#changing;
    if (this.#isOver) return;
    this.#acknowledgements.flush();
    this.#isOver = true;
    await this.#channel.close().catch(() => undefined);
  }
}
