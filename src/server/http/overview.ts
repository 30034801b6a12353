/**
 * /api/overview and /api/whoami.
 */
import { PRODUCT } from '../product.ts';
import { totalChannels } from './connections.ts';
import { messageStats } from './queues.ts';
import { NODE_NAME, type Resource } from './resource.ts';

export const overview: Resource = (view) => {
  const { broker, amqp, addresses } = view;
  const objects = {
    connections: amqp.sessions.size,
    channels: totalChannels(view),
    exchanges: 0,
    queues: 0,
    consumers: 0,
  };
  const totals = { messages: 0, messages_ready: 0, messages_unacknowledged: 0 };
  for (const namespace of broker.namespaces.values()) {
    objects.exchanges += namespace.exchanges.size;
    objects.queues += namespace.queues.size;
    for (const queue of namespace.queues.values()) {
      objects.consumers += queue.consumerCount;
      totals.messages += queue.total;
      totals.messages_ready += queue.ready;
      totals.messages_unacknowledged += queue.unacked;
    }
  }
  return {
    product_name: PRODUCT.product,
    product_version: PRODUCT.version,
    management_version: PRODUCT.version,
    cluster_name: NODE_NAME,
    node: NODE_NAME,
    exchange_types: ['direct', 'fanout', 'headers', 'topic'].map((name) => ({ name, enabled: true })),
    object_totals: objects,
    queue_totals: totals,
    message_stats: { publish: broker.publishCounters().published, ...messageStats(broker.counters()) },
    listeners: [...addresses].map(([protocol, { host, port }]) => ({
      node: NODE_NAME,
      protocol,
      ip_address: host,
      port,
    })),
  };
};

export const whoami: Resource = (_dragoman, _selection, user) => ({ name: user.name, tags: user.tags });
