/**
 * `amqp://`, `amqps://`: RabbitMQ and Dragoman, over amqplib.
 *
 *     topic `orders`                  exchange `orders`, kind topic, durable; the key is the routing key
 *     group `billing` of it           queue `orders.billing`, durable, bound with `#` or the filter's patterns
 *     queue `mails`                   queue `mails`, durable, behind the default exchange
 *     replies                         an exclusive queue that the broker names
 *
 * amqplib reconnects; a channel that was lost with its connection is opened again by the next call that needs it, and
 * subscriptions say that they failed, so that their listener subscribes again.
 */
import type { Channel, ConfirmChannel, RecoveringChannelModel } from 'amqplib';
import { CAPABILITIES } from '../../capabilities.ts';
import type {
  Declaration,
  Driver,
  DriverOptions,
  OpenDriver,
  ReplyAddress,
  Sink,
  Source,
  Subscription,
} from '../../driver.ts';
import { ClosedError, PublishError, TopologyError } from '../../errors.ts';
import type { Delivery, Destination, Outgoing } from '../../message.ts';
import { loadPeer } from '../peer.ts';
import { singleFetch } from '../single-fetch.ts';
import { AmqpSubscription } from './subscription.ts';
import { AmqpDelivery, propertiesOf } from './translation.ts';

function queueOf({ kind, name }: Destination, group: string | undefined): string {
  return kind === 'topic' ? `${name}.${group}` : name;
}

class AmqpDriver implements Driver {
  readonly scheme = 'amqp';
  readonly capabilities = CAPABILITIES.amqp;
  readonly #model: RecoveringChannelModel;
  #publishing: Promise<ConfirmChannel> | undefined;
  #open: ConfirmChannel | undefined;
  #isClosed = false;

  constructor(model: RecoveringChannelModel, { report }: DriverOptions) {
    this.#model = model;
    model.on('connect', () => report('connected'));
    model.on('disconnect', (error) => report('disconnected', error));
    model.on('error', () => undefined);
  }

  // ── Publishing ──

  async #publishingChannel(): Promise<ConfirmChannel> {
    if (this.#isClosed) throw new ClosedError('the connection is closed');
    this.#publishing ??= this.#openPublishing();
    return this.#publishing;
  }

  async #openPublishing(): Promise<ConfirmChannel> {
    const forget = (): void => {
      this.#publishing = undefined;
      this.#open = undefined;
    };
    try {
      const channel = await this.#model.createConfirmChannel();
      channel.on('error', () => undefined);
      channel.on('close', forget);
      this.#open = channel;
      return channel;
    } catch (error) {
      forget();
      throw error;
    }
  }

  publish(batch: readonly Outgoing[]): Promise<void> {
    if (this.#open !== undefined && !this.#isClosed) return this.#publishOn(this.#open, batch);
    return this.#publishingChannel().then((channel) => this.#publishOn(channel, batch));
  }

  #publishOn(channel: ConfirmChannel, batch: readonly Outgoing[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = batch.length;
      if (left === 0) resolve();
      const confirmed = (error: unknown): void => {
        left -= 1;
        if (error) reject(new PublishError('the broker did not take the message', { cause: error }));
        else if (left === 0) resolve();
      };
      try {
        for (const message of batch) this.#publishOne(channel, message, confirmed);
      } catch (error) {
        reject(new PublishError('the channel is closed', { cause: error }));
      }
    });
  }

  #publishOne(channel: ConfirmChannel, message: Outgoing, confirmed: (error: unknown) => void): void {
    const { destination, key, body } = message;
    const isTopic = destination.kind === 'topic';
    const exchange = isTopic ? destination.name : '';
    const routingKey = isTopic ? (key ?? '') : destination.name;
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    channel.publish(exchange, routingKey, content, propertiesOf(message), confirmed);
  }

  // ── Consuming ──

  async subscribe(source: Source, sink: Sink): Promise<Subscription> {
    const channel = await this.#channel();
    const queue = queueOf(source.destination, source.group);
    const subscription = new AmqpSubscription(channel, queue, source.destination, sink);
    await subscription.start(source.prefetch);
    return subscription;
  }

  async #channel(): Promise<Channel> {
    if (this.#isClosed) throw new ClosedError('the connection is closed');
    const channel = await this.#model.createChannel();
    channel.on('error', () => undefined);
    return channel;
  }

  fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    return singleFetch(this, source, timeoutMs, signal);
  }

  async replies(sink: Sink): Promise<ReplyAddress> {
    const channel = await this.#channel();
    let isOver = false;
    channel.on('close', () => {
      if (!isOver) sink.failed(new ClosedError('the reply queue is gone with its channel'));
    });
    const { queue: name } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    const destination: Destination = { kind: 'reply', name };
    await channel.consume(
      name,
      (message) => {
        if (message !== null) sink.deliver(new AmqpDelivery(message, destination));
      },
      { noAck: true },
    );
    const close = async (): Promise<void> => {
      isOver = true;
      await channel.close().catch(() => undefined);
    };
    return { name, close };
  }

  // ── Topology ──

  async declare(declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void> {
    // On a channel of its own: a refusal closes it.
    const channel = await this.#channel();
    try {
      for (const declaration of declarations) {
        await (mode === 'create' ? create(channel, declaration) : expect(channel, declaration));
      }
      await channel.close();
    } catch (error) {
      await channel.close().catch(() => undefined);
      throw new TopologyError((error as Error).message, { cause: error });
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const channel = await this.#publishing?.catch(() => undefined);
    await channel?.waitForConfirms().catch(() => undefined);
    await this.#model.close().catch(() => undefined);
  }
}

async function create(channel: Channel, { destination, group, filter }: Declaration): Promise<void> {
  const { kind, name } = destination;
  if (kind === 'topic') await channel.assertExchange(name, 'topic', { durable: true });
  if (kind === 'topic' && group === undefined) return;
  const queue = queueOf(destination, group);
  await channel.assertQueue(queue, { durable: true });
  if (kind !== 'topic') return;
  for (const pattern of (filter ?? '#').split(/[\s,]+/)) await channel.bindQueue(queue, name, pattern);
}

async function expect(channel: Channel, { destination, group }: Declaration): Promise<void> {
  const { kind, name } = destination;
  if (kind === 'topic') await channel.checkExchange(name);
  if (kind !== 'topic' || group !== undefined) await channel.checkQueue(queueOf(destination, group));
}

/** Opens a connection over amqplib. */
export const open: OpenDriver = async (url, options) => {
  const { default: amqplib } = await loadPeer('amqplib', 'amqp', () => import('amqplib'));
  const recovery = { initialMaxRetries: 0, maxDelay: 5_000 };
  const clientProperties = { connection_name: options.clientName };
  const model = await amqplib.connect(url.href, { recovery, clientProperties, noDelay: true });
  return new AmqpDriver(model, options);
};
