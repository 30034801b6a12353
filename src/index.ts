/**
 * The broker as a library: `await using broker = await startBroker({ storage: 'memory' })`.
 *
 * Every listener is on a free port of the loopback interface unless said otherwise, and nothing is logged, so that any
 * number of brokers can run in one test process. `await using` stops it at the end of the block.
 */
import { ManualClock, RealClock, type ServerClock } from './server/clock.ts';
import type { UserEntry } from './server/config.ts';
import { type CheckOptions, Dragoman, type DragomanEvents } from './server/dragoman.ts';
import { Log } from './server/log.ts';
import type { LogLevel } from './server/options.ts';
import type { Durability, Storage } from './server/storage.ts';
import { type EndpointName, LISTENER_NAMES, type ListenerName } from './server/view.ts';
import { ENDPOINT_RULE, type Endpoint, parseEndpoint } from './session/zmtp/endpoint.ts';

export type { CheckOptions, Durability, EndpointName, ListenerName, LogLevel, Storage, UserEntry };
export { ManualClock };

export interface BrokerOptions {
  /** `memory` (the default), or a folder. */
  readonly storage?: Storage;
  /** What a confirm means: on the disk (`fsync`, the default), or handed to the operating system (`os`). */
  readonly durability?: Durability;
  readonly host?: string;
  readonly advertise?: string;
  /** 0 (the default for each): any free port; null: not started. */
  readonly ports?: Partial<Record<ListenerName, number | null>>;
  /** Partitions of a Kafka topic that is created by being used; 1. */
  readonly kafkaPartitions?: number;
  /** When a transaction's group is asked what became of it; what is not said is as on the command line. */
  readonly checks?: Partial<CheckOptions>;
  /** Whether a RocketMQ topic is created by being sent to; true. */
  readonly rocketmqAutoCreate?: boolean;
  /** Whose destinations STOMP clients use; ActiveMQ's unless it is said. */
  readonly stompDialect?: 'activemq' | 'rabbitmq';
  /** Queues, or patterns of them (`orders.>`), that honour JMS's priorities when JMS or STOMP clients make them. */
  readonly prioritizedQueues?: readonly string[];
  /** ZeroMQ sockets beside the default one, each as on the command line; `url('zmq-1')` is the first one's. */
  readonly zmqEndpoints?: readonly string[];
  /** None: `guest` / `guest`. */
  readonly users?: readonly UserEntry[];
  /** A ManualClock puts the test in charge of time. */
  readonly clock?: ManualClock;
  readonly logLevel?: LogLevel;
}

export interface EmbeddedBroker extends AsyncDisposable {
  /** Where clients connect to, with credentials if none are configured: `amqp://guest:guest@127.0.0.1:40123`. */
  url(listener: ListenerName | EndpointName): string;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
  /** Commits what was read and lets the clients go. Rejects if the broker had failed. */
  stop(): Promise<void>;
  /** `failed`: the disk can't be trusted any more; every connection was cut, nothing further was confirmed. */
  on(event: 'failed', listener: (...args: DragomanEvents['failed']) => void): this;
}

export async function startBroker(options: BrokerOptions = {}): Promise<EmbeddedBroker> {
  const clock: ServerClock = options.clock ?? new RealClock();
  const ports = Object.fromEntries(LISTENER_NAMES.map((name) => [name, 0])) as Record<ListenerName, number | null>;
  const dragoman = await Dragoman.open({
    storage: options.storage ?? 'memory',
    durability: options.durability ?? 'fsync',
    host: options.host ?? '127.0.0.1',
    advertise: options.advertise ?? null,
    ports: { ...ports, ...options.ports },
    kafkaPartitions: options.kafkaPartitions ?? 1,
    rocketmqAutoCreate: options.rocketmqAutoCreate ?? true,
    stompDialect: options.stompDialect ?? 'activemq',
    prioritizedQueues: options.prioritizedQueues ?? [],
    zmqEndpoints: endpointsOf(options.zmqEndpoints ?? []),
    checks: options.checks ?? {},
    users: options.users ?? [],
    clock,
    log: new Log(options.logLevel ?? 'silent'),
  });
  return new Embedded(dragoman, options.users === undefined || options.users.length === 0);
}

function endpointsOf(texts: readonly string[]): readonly Endpoint[] {
  return texts.map((text) => {
    const endpoint = parseEndpoint(text);
    if (endpoint === null) throw new Error(`zmqEndpoints: "${text}" is not allowed; expected ${ENDPOINT_RULE}`);
    return endpoint;
  });
}

class Embedded implements EmbeddedBroker {
  readonly #dragoman: Dragoman;
  readonly #guest: boolean;

  constructor(dragoman: Dragoman, guest: boolean) {
    this.#dragoman = dragoman;
    this.#guest = guest;
  }

  url(listener: ListenerName | EndpointName): string {
    const url = this.#dragoman.url(listener);
    return this.#guest && listener === 'amqp' ? url.replace('://', '://guest:guest@') : url;
  }

  idle(): Promise<void> {
    return this.#dragoman.idle();
  }

  stop(): Promise<void> {
    return this.#dragoman.stop();
  }

  on(event: 'failed', listener: (...args: DragomanEvents['failed']) => void): this {
    this.#dragoman.on(event, listener);
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dragoman.stop();
  }
}
