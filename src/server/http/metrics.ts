/**
 * /metrics: under the names that RabbitMQ's dashboards and alerts know, as far as we can fill them truthfully, and a
 * few of our own (`dragoman_...`). Nothing is counted for this page: it adds up what the core counts anyway, when it is
 * asked.
 *
 * One table: a metric is a name, a help text and where its value comes from. Counters end in `_total`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Counters, PublishCounters } from '../../core/statistics.ts';
import { PRODUCT } from '../product.ts';
import type { View } from '../view.ts';
import { totalChannels } from './connections.ts';
import { NODE_NAME } from './resource.ts';

/** What one scrape looks at, gathered once. */
interface Sight {
  readonly view: View;
  readonly ready: number;
  readonly unacked: number;
  readonly bytes: number;
  readonly queues: number;
  readonly consumers: number;
  readonly delivered: Counters;
  readonly published: PublishCounters;
}

type Row = readonly [name: string, help: string, value: (sight: Sight) => number];

const PRESSURES = ['none', 'memory', 'disk'] as const;

const rows: readonly Row[] = [
  ['rabbitmq_connections', 'Connections open', ({ view }) => view.amqp.sessions.size],
  ['rabbitmq_connections_opened_total', 'Connections opened', ({ view }) => view.amqp.opened],
  ['rabbitmq_connections_closed_total', 'Connections closed', ({ view }) => view.amqp.closed],
  ['rabbitmq_channels', 'Channels open', ({ view }) => totalChannels(view)],
  ['rabbitmq_queues', 'Queues', ({ queues }) => queues],
  ['rabbitmq_consumers', 'Consumers', ({ consumers }) => consumers],
  ['rabbitmq_global_consumers', 'Consumers', ({ consumers }) => consumers],
  ['rabbitmq_queue_messages', 'Messages, ready and unacknowledged', ({ ready, unacked }) => ready + unacked],
  ['rabbitmq_queue_messages_ready', 'Messages that can be delivered', ({ ready }) => ready],
  ['rabbitmq_queue_messages_unacked', 'Messages delivered and not acknowledged', ({ unacked }) => unacked],
  ['rabbitmq_queue_messages_bytes', 'Payload bytes of all messages', ({ bytes }) => bytes],
  ['rabbitmq_global_messages_received_total', 'Messages published', ({ published }) => published.published],
  [
    'rabbitmq_global_messages_received_bytes_total',
    'Payload bytes published',
    ({ published }) => published.publishedBytes,
  ],
  [
    'rabbitmq_global_messages_routed_total',
    'Messages published that reached a queue',
    ({ published }) => published.published - published.unroutable,
  ],
  [
    'rabbitmq_global_messages_delivered_total',
    'Messages delivered, by push and by get',
    ({ delivered }) => delivered.delivered,
  ],
  [
    'rabbitmq_global_messages_delivered_bytes_total',
    'Payload bytes delivered',
    ({ delivered }) => delivered.deliveredBytes,
  ],
  [
    'rabbitmq_global_messages_redelivered_total',
    'Deliveries that were repeated',
    ({ delivered }) => delivered.redelivered,
  ],
  [
    'rabbitmq_global_messages_acknowledged_total',
    'Messages acknowledged',
    ({ delivered }) => delivered.acked - delivered.autoAcked,
  ],
  ['rabbitmq_global_messages_get_empty_total', 'Gets that found nothing', ({ delivered }) => delivered.gotEmpty],
  ['rabbitmq_process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss()],
  ['rabbitmq_process_open_fds', 'Open file descriptors', () => openDescriptors()],
  ['rabbitmq_process_max_fds', 'Limit of open file descriptors', () => descriptorsMax()],
  ['rabbitmq_erlang_uptime_seconds', 'Seconds since start', ({ view }) => (Date.now() - view.startedAt) / 1000],
  [
    'dragoman_commit_groups_total',
    'Commit groups committed since the journal was made',
    ({ view }) => view.broker.store.committed,
  ],
  ['dragoman_turns_total', 'Turns of the broker', ({ view }) => view.loop.turns],
  [
    'dragoman_store_pressure',
    'What keeps publishers waiting: 0 nothing, 1 memory, 2 disk',
    ({ view }) => PRESSURES.indexOf(view.broker.store.pressure),
  ],
  [
    'dragoman_journal_damages',
    'Parts of the journal that could not be read at start',
    ({ view }) => view.opened.damages.length,
  ],
];

export interface Scrape {
  readonly contentType: string;
  text(): Promise<string>;
}

export function metrics(view: View): Scrape {
  const registry = new Registry();
  const setters: ((sight: Sight) => void)[] = [];
  for (const [name, help, value] of rows) {
    const settings = { name, help, registers: [registry] };
    if (name.endsWith('_total')) {
      const counter = new Counter(settings);
      setters.push((sight) => {
        counter.reset();
        counter.inc(value(sight));
      });
    } else {
      const gauge = new Gauge(settings);
      setters.push((sight) => gauge.set(value(sight)));
    }
  }
  constant(registry, 'rabbitmq_build_info', {
    product_name: PRODUCT.product,
    product_version: PRODUCT.version,
    rabbitmq_version: PRODUCT.version,
  });
  constant(registry, 'rabbitmq_identity_info', { rabbitmq_node: NODE_NAME, rabbitmq_cluster: NODE_NAME });
  return {
    contentType: registry.contentType,
    text() {
      const sight = look(view);
      for (const set of setters) set(sight);
      return registry.metrics();
    },
  };
}

function look(view: View): Sight {
  const { broker } = view;
  let ready = 0;
  let unacked = 0;
  let bytes = 0;
  let queues = 0;
  let consumers = 0;
  for (const namespace of broker.namespaces.values()) {
    queues += namespace.queues.size;
    for (const queue of namespace.queues.values()) {
      ready += queue.ready;
      unacked += queue.unacked;
      bytes += queue.bytes;
      consumers += queue.consumerCount;
    }
  }
  const delivered = broker.counters();
  return { view, ready, unacked, bytes, queues, consumers, delivered, published: broker.publishCounters() };
}

function constant(registry: Registry, name: string, labels: Record<string, string>): void {
  const gauge = new Gauge({
    name,
    help: 'Always 1; the labels tell',
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  gauge.set(labels, 1);
}

/** Where there is no /proc, the answer is 0. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

function descriptorsMax(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
