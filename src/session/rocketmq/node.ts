/**
 * RocketmqNode: the one name server and the one broker that RocketMQ's clients see, and what all connections share.
 */
import type { Broker } from '../../core/broker.ts';
import type { Namespace } from '../../core/namespace.ts';
import { Clients } from './clients.ts';
import { Compensations } from './compensation.ts';
import { ConsumerGroups } from './consumer-groups.ts';
import { Delays } from './delays.ts';
import { HalfMessages } from './half-messages.ts';
import { KvConfig } from './kv-config.ts';
import { QueueLocks } from './queue-locks.ts';
import { Relays } from './relays.ts';
import { Sending } from './sending.ts';
import { SendingBack } from './sending-back.ts';
import { TopicCatalog } from './topic-catalog.ts';
import { TransactionChecker } from './transaction-checker.ts';
import { UniqueKeys } from './unique-keys.ts';

export const CLUSTER_NAME = 'DefaultCluster';
export const BROKER_NAME = 'broker-a';

export interface RocketmqNodeOptions {
  readonly broker: Broker;
  readonly namespace: Namespace;
  /** Numbers that make what is numbered in memory unique over stores and restarts. */
  readonly storeId: number;
  readonly epoch: number;
  /** What clients are told instead of the address by which they came. */
  readonly advertise: string | null;
  /** Where the broker listens, whichever port a client came by. */
  readonly brokerPort: number;
  /** Whether a topic is made by being sent to. */
  readonly autoCreate: boolean;
  /** When the broker was started; milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether a client from there is let in without saying who it is. */
  letsIn(remoteAddress: string): boolean;
  /** A bug of ours. */
  onFault(error: unknown): void;
}

export class RocketmqNode {
  readonly options: RocketmqNodeOptions;
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly topics: TopicCatalog;
  readonly clients: Clients;
  readonly groups: ConsumerGroups;
  readonly locks = new QueueLocks();
  readonly kvConfig = new KvConfig();
  readonly delays: Delays;
  readonly halfMessages: HalfMessages;
  readonly sending: Sending;
  readonly sendingBack: SendingBack;
  readonly uniqueKeys: UniqueKeys;
  readonly relays: Relays;

  constructor(options: RocketmqNodeOptions) {
    const { broker, namespace, autoCreate, storeId, epoch } = options;
    const names = { cluster: CLUSTER_NAME, broker: BROKER_NAME };
    this.options = options;
    this.broker = broker;
    this.namespace = namespace;
    this.topics = new TopicCatalog({ namespace, autoCreate, ...names });
    this.clients = new Clients(broker.clock, broker.schedule);
    this.groups = new ConsumerGroups(namespace.topics, this.topics);
    this.delays = new Delays(namespace);
    this.halfMessages = new HalfMessages(namespace);
    this.uniqueKeys = new UniqueKeys(broker.clock, storeId, epoch);
    const { topics, clients, groups, delays, halfMessages, uniqueKeys } = this;
    const compensations = new Compensations({ namespace, topics, uniqueKeys, cluster: CLUSTER_NAME });
    const shared = { namespace, topics, clients, groups, delays, halfMessages, uniqueKeys, compensations };
    this.sending = new Sending({ ...shared, ...names });
    this.relays = new Relays(clients, broker);
    this.sendingBack = new SendingBack({ namespace, topics, groups, delays });
    namespace.prepared.checks.add(new TransactionChecker(this.clients, broker.formats, BROKER_NAME));
  }
}
