/**
 * KafkaNode: the one broker that Kafka clients see, and what all its connections share.
 */
import type { Broker } from '../../core/broker.ts';
import type { Namespace } from '../../core/namespace.ts';
import { AnswerBuffers } from './answer-buffers.ts';
import { FetchBudget } from './fetch-budget.ts';
import { FetchSessions } from './fetch-sessions.ts';
import { GroupCoordinator } from './groups/coordinator.ts';
import { Producers } from './producers.ts';
import { Production } from './production.ts';
import { Sasl } from './sasl.ts';
import { TopicCatalog } from './topic-catalog.ts';

/** The number of the only node; what Kafka's own single node is called by default. */
export const NODE_ID = 1;

export interface KafkaNodeOptions {
  readonly broker: Broker;
  readonly namespace: Namespace;
  /** 16 hexadecimal digits that stay the same as long as the store does. */
  readonly cluster: string;
  /** How often the store was opened before; makes what is numbered in memory unique over restarts. */
  readonly epoch: number;
  /** What clients are told instead of the address by which they came. */
  readonly advertise: string | null;
  /** Partitions of a topic that is created by being used. */
  readonly partitions: number;
  /** A name that nobody else has or had. */
  newId(): string;
  authenticate(user: string, password: string, remoteAddress: string): boolean;
  /** Whether a client from there is let in without saying who it is. */
  letsIn(remoteAddress: string): boolean;
  /** A bug of ours; the connection is closed. */
  onFault(error: unknown): void;
}

export class KafkaNode {
  readonly options: KafkaNodeOptions;
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly topics: TopicCatalog;
  readonly groups: GroupCoordinator;
  readonly sasl: Sasl;
  readonly producers: Producers;
  readonly production: Production;
  readonly fetchSessions = new FetchSessions();
  readonly fetchBudget = new FetchBudget();
  readonly answerBuffers = new AnswerBuffers();

  constructor(options: KafkaNodeOptions) {
    this.options = options;
    this.broker = options.broker;
    this.namespace = options.namespace;
    this.topics = new TopicCatalog(options.namespace, options.cluster);
    const { broker, namespace } = options;
    const newMemberId = (name: string) => `${name}-${options.newId()}`;
    this.groups = new GroupCoordinator({ broker, namespace, newMemberId });
    this.sasl = new Sasl(options);
    const { store, clock, limits } = options.broker;
    this.producers = new Producers(store, options.epoch);
    this.production = new Production(store, clock, limits, this.producers);
  }

  /** 22 characters, as Kafka's cluster ids have. */
  get clusterId(): string {
    return this.options.cluster.padEnd(22, 'A');
  }
}
