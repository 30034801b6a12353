/**
 * `rocketmq://host:8081`: Apache RocketMQ 5 (its gRPC proxy) and Dragoman, over rocketmq-client-nodejs. User and
 * password in the URL are access key and secret; `?tls` means TLS.
 *
 *     topic `orders`                  topic `orders`
 *     group `billing` of it           consumer group `billing`
 *     queue `mails`                   topic `mails` with the one group `mails`
 *     replies                         a topic of this connection; RocketMQ's clients can't delete it
 *
 * The broker makes topics when they are used, if it is configured so; nobody can ask it whether one is there.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type * as Rocketmq from 'rocketmq-client-nodejs';
import { CAPABILITIES } from '../../capabilities.ts';
import type {
  Declaration,
  Driver,
  Half,
  NativeTransactions,
  OpenDriver,
  ReplyAddress,
  Sink,
  Source,
  Subscription,
  Verdict,
} from '../../driver.ts';
import { CapabilityError, ClosedError, PublishError, TimeoutError } from '../../errors.ts';
import { newName } from '../../ids.ts';
import type { Delivery, Destination, Outgoing } from '../../message.ts';
import { loadPeer } from '../peer.ts';
import { singleFetch } from '../single-fetch.ts';
import { end } from './ending.ts';
import { AWAIT_MS, INVISIBLE_MIN_MS, RELEASE_MS, RocketmqSubscription } from './subscription.ts';
import { nameOf, optionsOf, RocketmqDelivery } from './translation.ts';

const PORT = 8081;
const REACH_MS = 10_000;
const REPLY_PREFETCH = 1_000;
const REPLY_HOLD_MS = 30_000;
/** How long the first receive of a group waits. */
const PIN_MS = 10;

const nothing = (): void => {};
/** The library's own logger writes to a file in the home folder. */
const SILENT = { info: nothing, warn: nothing, error: nothing, debug: nothing, close: nothing };
const RESOLUTIONS: Readonly<Record<Verdict, number>> = { unknown: 0, commit: 1, rollback: 2 };

interface Settings {
  readonly endpoints: string;
  readonly namespace: string;
  readonly logger: typeof SILENT;
  readonly sslEnabled: boolean;
  readonly sessionCredentials?: { readonly accessKey: string; readonly accessSecret: string };
}

class RocketmqDriver implements Driver {
  readonly scheme = 'rocketmq';
  readonly capabilities = CAPABILITIES.rocketmq;
  readonly #rocketmq: typeof Rocketmq;
  readonly #settings: Settings;
  readonly #producer: Rocketmq.Producer;
  /** The last send of each key: the next one waits for it, or they would overtake each other. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #sends = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(rocketmq: typeof Rocketmq, settings: Settings, producer: Rocketmq.Producer) {
    this.#rocketmq = rocketmq;
    this.#settings = settings;
    this.#producer = producer;
  }

  async publish(batch: readonly Outgoing[]): Promise<void> {
    if (this.#isClosed) throw new ClosedError('the connection is closed');
    const sends = batch.map((message) => this.#send(message));
    const all = Promise.all(sends);
    this.#sends.add(all);
    try {
      await all;
    } catch (error) {
      await Promise.allSettled(sends);
      throw new PublishError('the broker did not take the message', { cause: error });
    } finally {
      this.#sends.delete(all);
    }
  }

  async #send(message: Outgoing): Promise<void> {
    const options = optionsOf(message, false);
    if (message.key === undefined) {
      await this.#producer.send(options);
      return;
    }
    const line = `${options.topic} ${message.key}`;
    const before = this.#last.get(line);
    const sending =
      before === undefined ? this.#producer.send(options) : before.then(() => this.#producer.send(options));
    const settled = sending.catch(() => undefined);
    this.#last.set(line, settled);
    try {
      await sending;
    } finally {
      if (this.#last.get(line) === settled) this.#last.delete(line);
    }
  }

  async subscribe(source: Source, sink: Sink): Promise<Subscription> {
    const { destination, group = destination.name, filter } = source;
    const consumer = await this.#consumer(destination.name, group, filter, AWAIT_MS);
    const subscription = new RocketmqSubscription(consumer, source, sink);
    subscription.start();
    return subscription;
  }

  async #consumer(
    topic: string,
    group: string,
    filter: string | undefined,
    awaitDuration: number,
  ): Promise<Rocketmq.SimpleConsumer> {
    const consumer = new this.#rocketmq.SimpleConsumer({
      ...this.#settings,
      consumerGroup: nameOf(group),
      subscriptions: new Map([[nameOf(topic), filter ?? '*']]),
      awaitDuration,
    });
    try {
      await consumer.startup();
    } catch (error) {
      // It would go on trying.
      await end(consumer);
      throw error;
    }
    return consumer;
  }

  fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    return singleFetch(this, source, timeoutMs, signal);
  }

  async replies(sink: Sink): Promise<ReplyAddress> {
    const name = `replies-${newName()}`;
    const destination: Destination = { kind: 'queue', name };
    await this.#pin({ destination });
    const source = { destination, group: undefined, filter: undefined, from: undefined };
    const subscription = await this.subscribe(
      { ...source, prefetch: REPLY_PREFETCH, holdMs: REPLY_HOLD_MS },
      {
        deliver(delivery) {
          subscription.ack(delivery);
          sink.deliver(delivery);
        },
        failed: sink.failed,
      },
    );
    return { name, close: () => subscription.close() };
  }

  // ── Topology ──

  async declare(declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void> {
    if (mode === 'expect') throw new CapabilityError(this.scheme, 'topology', "leave out topology: 'expect'");
    await Promise.all(declarations.map((declaration) => this.#pin(declaration)));
  }

  /**
   * A group has a place in a topic from its first receive on, and what was sent before is not for it. So there is a
   * first receive as soon as the group, or the queue, is declared.
   */
  async #pin({ destination, group, filter }: Declaration): Promise<void> {
    const consumerGroup = destination.kind === 'queue' ? destination.name : group;
    if (consumerGroup === undefined) return;
    const consumer = await this.#consumer(destination.name, consumerGroup, filter, PIN_MS);
    try {
      const views = await consumer.receive(1, INVISIBLE_MIN_MS);
      await Promise.all(views.map((view) => consumer.changeInvisibleDuration(view, RELEASE_MS)));
    } finally {
      await end(consumer);
    }
  }

  async transactions(
    _group: string,
    destinations: readonly Destination[],
    check: (message: Delivery) => Promise<Verdict>,
  ): Promise<NativeTransactions> {
    const checker = {
      check: async (view: Rocketmq.MessageView): Promise<number> => {
        const destination: Destination = { kind: 'topic', name: view.topic };
        return RESOLUTIONS[await check(new RocketmqDelivery(view, destination))];
      },
    };
    const topics = destinations.map(({ name }) => nameOf(name));
    const producer = new this.#rocketmq.Producer({ ...this.#settings, topics, checker });
    await producer.startup();
    return {
      async prepare(message: Outgoing): Promise<Half> {
        const transaction = producer.beginTransaction();
        await producer.send(optionsOf(message, true), transaction);
        return { commit: () => transaction.commit(), rollback: () => transaction.rollback() };
      },
      close: () => end(producer),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#sends);
    await end(this.#producer);
  }
}

function settingsOf(url: URL): Settings {
  const settings = {
    endpoints: `${url.hostname}:${url.port || PORT}`,
    namespace: '',
    logger: SILENT,
    sslEnabled: url.searchParams.has('tls'),
  };
  if (url.username === '') return settings;
  const [accessKey, accessSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return { ...settings, sessionCredentials: { accessKey, accessSecret } };
}

/** The library connects when it first needs to, and for ever; a broker that is not there should be noticed now. */
async function reach({ hostname, port }: URL): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port || PORT), timeout: REACH_MS });
  socket.on('timeout', () => socket.destroy(new TimeoutError(`${hostname} does not answer`)));
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** Opens a connection over rocketmq-client-nodejs. */
export const open: OpenDriver = async (url) => {
  const rocketmq = await loadPeer('rocketmq-client-nodejs', 'rocketmq', () => import('rocketmq-client-nodejs'));
  const settings = settingsOf(url);
  await reach(url);
  const producer = new rocketmq.Producer(settings);
  await producer.startup();
  return new RocketmqDriver(rocketmq, settings, producer);
};
