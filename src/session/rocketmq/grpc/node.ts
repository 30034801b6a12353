/**
 * GrpcNode: the one broker that gRPC clients see, and what all their calls share.
 */
import type { Broker } from '../../../core/broker.ts';
import type { Namespace } from '../../../core/namespace.ts';
import { ConsumerGroups } from '../consumer-groups.ts';
import { TopicCatalog } from '../topic-catalog.ts';
import { Clients } from './clients.ts';
import { Holding } from './holding.ts';
import { IncomingMessage } from './incoming-message.ts';
import { MessageFilters } from './message-filter.ts';
import { ReceiptHandles } from './receipt-handle.ts';
import { TransactionChecker } from './transaction-checker.ts';

export interface GrpcNodeOptions {
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly cluster: string;
  readonly brokerName: string;
  /** Stays the same as long as the store does. */
  readonly storeId: number;
  /** How often the store was opened before. */
  readonly epoch: number;
  /** What clients are told instead of the address by which they came. */
  readonly advertise: string | null;
  /** Whether a topic is made by being asked for. */
  readonly autoCreate: boolean;
  /** MD5, in hexadecimal digits, letters capital. */
  md5(bytes: Uint8Array): string;
  /** Whether a client from there is let in without saying who it is. */
  letsIn(remoteAddress: string): boolean;
  /** A bug of ours. */
  onFault(error: unknown): void;
}

export class GrpcNode {
  readonly options: GrpcNodeOptions;
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly topics: TopicCatalog;
  readonly groups: ConsumerGroups;
  readonly clients: Clients;
  readonly incoming: IncomingMessage;
  readonly filters = new MessageFilters();
  readonly handles: ReceiptHandles;
  readonly holding: Holding;

  constructor(options: GrpcNodeOptions) {
    const { broker, namespace, cluster, brokerName, autoCreate } = options;
    this.options = options;
    this.broker = broker;
    this.namespace = namespace;
    this.topics = new TopicCatalog({ namespace, cluster, broker: brokerName, autoCreate });
    this.groups = new ConsumerGroups(namespace.topics, this.topics);
    this.incoming = new IncomingMessage(cluster, options.md5);
    this.clients = new Clients(broker.clock, broker.schedule, (group) => namespace.sharings.rest(group));
    this.handles = new ReceiptHandles(options.storeId, options.epoch);
    this.holding = new Holding(namespace, brokerName);
    namespace.prepared.checks.add(new TransactionChecker(this.clients, broker.formats, options.md5));
  }
}
