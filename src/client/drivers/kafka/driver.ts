/**
 * `kafka://host:9092`: Apache Kafka and Dragoman, over @platformatic/kafka. Further bootstrap servers go in the query:
 * `kafka://a:9092?brokers=b:9092,c:9092`; user and password mean SASL PLAIN, `?tls` means TLS.
 *
 *     topic `orders`                  topic `orders`
 *     group `billing` of it           consumer group `billing`
 *     queue `mails`                   topic `mails` with the one group `mails`; it shares work by partitions
 *     replies                         a topic of this connection, deleted when it closes
 */
import type * as Kafka from '@platformatic/kafka';
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
import { TopologyError } from '../../errors.ts';
import { newName } from '../../ids.ts';
import type { Delivery, Destination, Outgoing } from '../../message.ts';
import { loadPeer } from '../peer.ts';
import { singleFetch } from '../single-fetch.ts';
import { assignPartitions } from './assigner.ts';
import { type KafkaProducer, KafkaPublisher } from './publisher.ts';
import { KafkaSubscription } from './subscription.ts';
import { topicOf } from './translation.ts';

/** How long a fetch may wait in the broker; closing a consumer waits for it. */
const FETCH_WAIT_MS = 500;
const REPLY_PREFETCH = 10_000;

type Settings = Kafka.BaseOptions;

class KafkaDriver implements Driver {
  readonly scheme = 'kafka';
  readonly capabilities = CAPABILITIES.kafka;
  readonly #kafka: typeof Kafka;
  readonly #settings: Settings;
  readonly #admin: Kafka.Admin;
  readonly #publisher: KafkaPublisher;
  #isClosed = false;

  constructor(kafka: typeof Kafka, settings: Settings, admin: Kafka.Admin) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#admin = admin;
    const serializers = {
      key: kafka.stringSerializer,
      headerKey: kafka.stringSerializer,
      headerValue: kafka.stringSerializer,
    };
    const acks = kafka.ProduceAcks.ALL;
    const producer = new kafka.Producer({ ...settings, serializers, acks, idempotent: true, retries: 5 });
    this.#publisher = new KafkaPublisher(producer as unknown as KafkaProducer);
  }

  publish(batch: readonly Outgoing[]): Promise<void> {
    return this.#publisher.publish(batch);
  }

  async subscribe(source: Source, sink: Sink): Promise<Subscription> {
    const consumer = new this.#kafka.Consumer({
      ...this.#settings,
      groupId: source.group ?? topicOf(source.destination),
      autocommit: false,
      maxWaitTime: FETCH_WAIT_MS,
      sessionTimeout: 10_000,
      partitionAssigner: assignPartitions,
      highWaterMark: Math.min(source.prefetch, 1_024),
    });
    const subscription = new KafkaSubscription(consumer, source, sink);
    try {
      await subscription.start();
    } catch (error) {
      await consumer.close(true).catch(() => undefined);
      throw error;
    }
    return subscription;
  }

  fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    return singleFetch(this, source, timeoutMs, signal);
  }

  async replies(sink: Sink): Promise<ReplyAddress> {
    const name = `replies-${newName()}`;
    const destination: Destination = { kind: 'queue', name };
    await this.declare([{ destination }], 'create');
    const source = { destination, group: undefined, prefetch: REPLY_PREFETCH, filter: undefined, holdMs: 0 };
    const subscription = await this.subscribe(
      { ...source, from: 'earliest' },
      {
        deliver(delivery) {
          sink.deliver(delivery);
          subscription?.ack(delivery);
        },
        failed: sink.failed,
      },
    );
    const close = async (): Promise<void> => {
      await subscription.close();
      await this.#admin.deleteTopics({ topics: [name] }).catch(() => undefined);
    };
    return { name, close };
  }

  // ── Topology ──

  async declare(declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void> {
    for (const declaration of declarations) {
      if (declaration.destination.kind === 'reply') continue;
      await (mode === 'create' ? this.#create(declaration) : this.#expect(declaration));
    }
  }

  async #create({ destination, partitions }: Declaration): Promise<void> {
    const topic = topicOf(destination);
    if (await this.#exists(topic)) return;
    try {
      // -1: as many as the broker thinks right.
      const count = partitions ?? (destination.kind === 'queue' ? 1 : -1);
      await this.#admin.createTopics({ topics: [topic], partitions: count, replicas: -1 });
    } catch (error) {
      if (this.#kafka.findErrorBy(error as Error, 'apiId', 'TOPIC_ALREADY_EXISTS') !== null) return;
      throw new TopologyError(`topic ${topic} could not be made`, { cause: error });
    }
  }

  async #expect({ destination }: Declaration): Promise<void> {
    const topic = topicOf(destination);
    if (!(await this.#exists(topic))) throw new TopologyError(`there is no topic ${topic}`);
  }

  async #exists(topic: string): Promise<boolean> {
    try {
      await this.#admin.metadata({ topics: [topic], autocreateTopics: false, forceUpdate: true, retries: 0 });
      return true;
    } catch (error) {
      if ((error as Error).message === `Unknown topic ${topic}.`) return false;
      if (this.#kafka.findErrorBy(error as Error, 'apiId', 'UNKNOWN_TOPIC_OR_PARTITION') !== null) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#publisher.close();
    await this.#admin.close();
  }
}

function settingsOf(url: URL, { clientName }: DriverOptions): Settings {
  const others = url.searchParams.get('brokers')?.split(',') ?? [];
  const settings: Settings = { clientId: clientName, bootstrapBrokers: [url.host, ...others], retries: 3 };
  if (url.username !== '') {
    const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    settings.sasl = { mechanism: 'PLAIN', username, password };
  }
  if (url.searchParams.has('tls')) settings.tls = {};
  return settings;
}

/** Opens a connection over @platformatic/kafka. */
export const open: OpenDriver = async (url, options) => {
  const kafka = await loadPeer('@platformatic/kafka', 'kafka', () => import('@platformatic/kafka'));
  const settings = settingsOf(url, options);
  const admin = new kafka.Admin({ ...settings, retries: 0 });
  admin.on('client:broker:disconnect', () => options.report('disconnected'));
  admin.on('client:broker:connect', () => options.report('connected'));
  try {
    // So that a broker that is not there is noticed now.
    await admin.metadata({ topics: [] });
  } catch (error) {
    await admin.close().catch(() => undefined);
    throw error;
  }
  return new KafkaDriver(kafka, settings, admin);
};
