/**
 * What the tests with real clients of Kafka need: an embedded broker, clients of kafkajs and of @platformatic/kafka
 * that close with it, and consumers whose messages can be waited for.
 *
 *   await using scene = await openScene();          the broker stops, and every client closes, at the end of the block
 *   const reading = await scene.read({ topics: ['t'] });
 *   await reading.count(3);
 *
 * Nothing is waited for without a deadline.
 */
import { EventEmitter, once } from 'node:events';
import {
  type AdminOptions,
  type ConsumerOptions,
  Admin as PlatformaticAdmin,
  Consumer as PlatformaticConsumer,
  Producer as PlatformaticProducer,
  type ProducerOptions,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import {
  type Admin,
  type AdminConfig,
  type Consumer,
  type ConsumerConfig,
  type ConsumerRunConfig,
  Kafka,
  type KafkaConfig,
  type KafkaMessage,
  logLevel,
  Partitioners,
  type Producer,
  type ProducerConfig,
} from 'kafkajs';
import { type BrokerOptions, type EmbeddedBroker, startBroker } from '../../../src/index.ts';

/** Of one test. */
export const TIMEOUT_MS = 60_000;
const DEADLINE_MS = 20_000;
/** A consumer of kafkajs leaves, and joins anew, only between two fetches. */
const WAIT_MS = 50;

export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Things in the order in which they come. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #events = new EventEmitter();
  #error: Error | null = null;

  push(thing: T): void {
    this.all.push(thing);
    this.#events.emit('change');
  }

  fail(error: Error): void {
    this.#error = error;
    this.#events.emit('change');
  }

  async until(what: string, reached: (all: readonly T[]) => boolean): Promise<readonly T[]> {
    const wait = async (): Promise<void> => {
      while (!reached(this.all)) {
        if (this.#error !== null) throw this.#error;
        await once(this.#events, 'change');
      }
    };
    await within(`${what}, ${this.all.length} so far`, wait());
    return this.all;
  }

  count(count: number): Promise<readonly T[]> {
    return this.until(`${count} arrivals`, (all) => all.length >= count);
  }
}

export type Received = KafkaMessage & {
  readonly topic: string;
  readonly partition: number;
};

export interface ReadOptions {
  readonly topics: readonly (string | RegExp)[];
  /** true unless said otherwise. */
  readonly fromBeginning?: boolean;
  readonly groupId?: string;
  readonly consumer?: Omit<ConsumerConfig, 'groupId'>;
  readonly run?: ConsumerRunConfig;
}

/** A consumer of kafkajs that is in its group, and what it has received. */
export class Reading extends Arrivals<Received> {
  readonly consumer: Consumer;
  /** The partitions that each round gave it, by topic. */
  readonly assigned = new Arrivals<Record<string, number[]>>();
  /** Fetches that were answered: with the first one it knows where it begins. */
  readonly fetched = new Arrivals<number>();

  constructor(consumer: Consumer) {
    super();
    this.consumer = consumer;
    const { CRASH, GROUP_JOIN, FETCH } = consumer.events;
    consumer.on(CRASH, ({ payload }) => this.fail(payload.error));
    consumer.on(GROUP_JOIN, ({ payload }) => this.assigned.push(payload.memberAssignment));
    consumer.on(FETCH, ({ payload }) => this.fetched.push(payload.numberOfBatches));
  }

  values(): (string | null)[] {
    return this.all.map(({ value }) => (value === null ? null : value.toString()));
  }

  offsets(partition = 0): number[] {
    return this.all.filter((message) => message.partition === partition).map(({ offset }) => Number(offset));
  }
}

/** A consumer of @platformatic/kafka. */
interface Member {
  leaveGroup(force: boolean): Promise<void>;
  close(force: boolean): Promise<void>;
}

/** One that is closed while it joins its group anew goes on with heartbeats for ever; one that has left does not. */
export async function closeConsumer(consumer: Member): Promise<void> {
  await consumer.leaveGroup(true).catch(() => {});
  await consumer.close(true);
}

let groups = 0;

/** Clients of one broker; all of them are closed at the end. */
export class Clients implements AsyncDisposable {
  readonly host: string;
  readonly kafka: Kafka;
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(broker: EmbeddedBroker, config: Partial<KafkaConfig> = {}) {
    this.host = new URL(broker.url('kafka')).host;
    this.kafka = new Kafka({
      clientId: 'dragoman-test',
      brokers: [this.host],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 8 },
      ...config,
    });
  }

  /** Runs before what was asked for earlier. */
  atEnd(close: () => Promise<unknown>): void {
    this.#closing.unshift(close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.splice(0)) await within('closing', close());
  }

  // ── kafkajs ──

  async producer(config: ProducerConfig = {}): Promise<Producer> {
    const producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config });
    this.atEnd(() => producer.disconnect());
    await producer.connect();
    return producer;
  }

  async admin(config: AdminConfig = {}): Promise<Admin> {
    const admin = this.kafka.admin(config);
    this.atEnd(() => admin.disconnect());
    await admin.connect();
    return admin;
  }

  async consumer(config: Partial<ConsumerConfig> = {}): Promise<Consumer> {
    const consumer = this.kafka.consumer({
      groupId: `group-${++groups}`,
      maxWaitTimeInMs: WAIT_MS,
      heartbeatInterval: WAIT_MS,
      ...config,
    });
    this.atEnd(() => consumer.disconnect());
    await consumer.connect();
    return consumer;
  }

  /** A consumer that has joined its group and reads. */
  async read({ topics, fromBeginning = true, groupId, consumer: config, run }: ReadOptions): Promise<Reading> {
    const consumer = await this.consumer({ ...(groupId === undefined ? {} : { groupId }), ...config });
    const reading = new Reading(consumer);
    await consumer.subscribe({ topics: [...topics], fromBeginning });
    const eachMessage: ConsumerRunConfig['eachMessage'] = async ({ topic, partition, message }) =>
      reading.push({ ...message, topic, partition });
    await within('join', consumer.run({ eachMessage, ...run }));
    return reading;
  }

  // ── @platformatic/kafka ──

  get platformatic() {
    const base = { clientId: 'dragoman-test', bootstrapBrokers: [this.host], retryDelay: 20 };
    const closedAtEnd = <C extends { close(): Promise<void> }>(client: C): C => {
      this.atEnd(() => client.close());
      return client;
    };
    const leftAtEnd = <C extends Member>(consumer: C): C => {
      this.atEnd(() => closeConsumer(consumer));
      return consumer;
    };
    return {
      producer: (options: Partial<ProducerOptions<string, string, string, string>> = {}) =>
        closedAtEnd(new PlatformaticProducer({ ...base, serializers: stringSerializers, ...options })),
      consumer: (options: Partial<ConsumerOptions<string, string, string, string>> = {}) =>
        leftAtEnd(
          new PlatformaticConsumer<string, string, string, string>({
            ...base,
            groupId: `group-${++groups}`,
            deserializers: stringDeserializers,
            maxWaitTime: WAIT_MS,
            ...options,
          } as ConsumerOptions<string, string, string, string>),
        ),
      admin: (options: Partial<AdminOptions> = {}) => closedAtEnd(new PlatformaticAdmin({ ...base, ...options })),
    };
  }
}

export class Scene extends Clients {
  readonly broker: EmbeddedBroker;

  constructor(broker: EmbeddedBroker, config: Partial<KafkaConfig> = {}) {
    super(broker, config);
    this.broker = broker;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    try {
      await super[Symbol.asyncDispose]();
    } finally {
      await within('stop', this.broker.stop());
    }
  }
}

/** A broker with four partitions a topic, in memory, and its clients. */
export async function openScene(options: BrokerOptions = {}, config: Partial<KafkaConfig> = {}): Promise<Scene> {
  const broker = await startBroker({ storage: 'memory', kafkaPartitions: 4, ...options });
  return new Scene(broker, config);
}

export function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
