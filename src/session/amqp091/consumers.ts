/**
 * The two kinds of receiver that a channel has: a subscriber with standing credit (basic.consume) and a getter that
 * asks for one message (basic.get). Both know how to put a delivery on the wire; the connection, which is the
 * core's sink, only passes the call on.
 */
import { Consumer } from '../../core/consumer.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { Entry } from '../../core/message.ts';
import type { Queue } from '../../core/queue.ts';
import { encodeMethod, type MethodFields } from '../../wire/amqp091/methods.ts';
import type { MethodName } from '../../wire/amqp091/schema.ts';
import { contentAt, deliverPrefix, writeContent, writeDelivery } from './deliveries.ts';
import type { Host } from './host.ts';
import { namesOf, payloadOf } from './message.ts';
import { AMQP091_FORMAT } from './publication.ts';

/** Their channel, as they see it. */
export interface ReceivingChannel {
  readonly host: Host;
  readonly number: number;
  readonly ledger: Ledger;
  reply<N extends MethodName>(name: N, fields: MethodFields<N>): void;
  /** The queue of a subscriber is gone. */
  consumerCancelled(subscriber: Subscriber): void;
  /** The answer to a basic.get is written. */
  answered(getter: Getter): void;
}

export abstract class Receiver extends Consumer {
  readonly channel: ReceivingChannel;
  readonly queue: Queue;

  constructor(channel: ReceivingChannel, queue: Queue, autoSettle: boolean, limit: number, exclusive: boolean) {
    super(channel.host, channel.ledger, { autoSettle, limit, exclusive });
    this.channel = channel;
    this.queue = queue;
  }

  abstract write(entry: Entry, tag: number, redelivered: boolean): void;
  abstract empty(): void;
  abstract cancelled(): void;
}

export class Subscriber extends Receiver {
  readonly tag: string;
  readonly #prefix: Uint8Array;
  readonly #host: Host;
  readonly #number: number;

  constructor(channel: ReceivingChannel, queue: Queue, tag: string, noAck: boolean, limit: number, exclusive: boolean) {
    super(channel, queue, noAck, limit, exclusive);
    this.tag = tag;
    this.#host = channel.host;
    this.#number = channel.number;
    this.#prefix = deliverPrefix(channel.number, tag);
  }

  write(entry: Entry, tag: number, redelivered: boolean): void {
    const host = this.#host;
    const { frameBytesMax, out } = host;
    if (entry.format === AMQP091_FORMAT && entry.overlay === null) {
      const { bytes, start, end } = entry;
      writeDelivery(out, this.#prefix, this.#number, tag, redelivered, bytes, start, end, frameBytesMax);
      return;
    }
    const payload = payloadOf(entry, host.broker.formats);
    writeDelivery(out, this.#prefix, this.#number, tag, redelivered, payload, 0, payload.length, frameBytesMax);
  }

  empty(): void {}

  cancelled(): void {
    this.channel.consumerCancelled(this);
  }
}

export class Getter extends Receiver {
  constructor(channel: ReceivingChannel, queue: Queue, noAck: boolean) {
    super(channel, queue, noAck, 0, false);
  }

  write(entry: Entry, deliveryTag: number, redelivered: boolean): void {
    const { host, number } = this.channel;
    const own = entry.format === AMQP091_FORMAT && entry.overlay === null;
    const payload = own ? entry.bytes : payloadOf(entry, host.broker.formats);
    const start = own ? entry.start : 0;
    const end = own ? entry.end : payload.length;
    const { exchange, key } = namesOf(payload, start);
    const messageCount = this.queue.ready;
    host.send(
      encodeMethod(number, 'basic.get-ok', { deliveryTag, redelivered, exchange, routingKey: key, messageCount }),
    );
    writeContent(host.out, payload, contentAt(payload, start), end, number, host.frameBytesMax);
    this.channel.answered(this);
  }

  empty(): void {
    this.channel.reply('basic.get-empty', {});
    this.channel.answered(this);
  }

  cancelled(): void {
    this.empty();
  }
}
