/**
 * /api/queues: all of them, those of a vhost, or one.
 */
import type { Queue } from '../../core/queue.ts';
import type { Counters } from '../../core/statistics.ts';
import { NODE_NAME, NotFound, namespacesOf, plainTable, type Resource } from './resource.ts';

export const queues: Resource = (view, selection) => {
  const namespaces = namespacesOf(view, selection);
  const [namespace] = namespaces;
  if (selection.name === undefined || namespace === undefined) {
    return namespaces.flatMap(({ name, queues: all }) => [...all.values()].map((queue) => describe(name, queue)));
  }
  const queue = namespace.queues.get(selection.name);
  if (queue === undefined) throw new NotFound();
  return describe(namespace.name, queue);
};

function describe(vhost: string, queue: Queue) {
  return {
    name: queue.name,
    vhost,
    type: 'classic',
    node: NODE_NAME,
    state: 'running',
    durable: queue.durable,
    exclusive: queue.exclusive,
    auto_delete: queue.autoDelete,
    arguments: plainTable(queue.arguments),
    consumers: queue.consumerCount,
    messages: queue.total,
    messages_ready: queue.ready,
    messages_unacknowledged: queue.unacked,
    message_bytes: queue.bytes,
    message_stats: { publish: queue.published, ...messageStats(queue.counters) },
  };
}

/** Since start. A get is a delivery too; `deliver_get` is both. */
export function messageStats(counters: Counters) {
  return {
    deliver_get: counters.delivered,
    get: counters.got,
    get_empty: counters.gotEmpty,
    redeliver: counters.redelivered,
    ack: counters.acked,
  };
}
