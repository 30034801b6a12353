/**
 * One run of one workload against a broker that listens already. A process of its own, so that every run starts with a
 * fresh heap and unspoilt compiled code, and can be ended when it hangs.
 *
 *     node bench/macro/amqp/load.ts '{"workload":"transient-100b","port":5672,"pid":123,"seconds":5,"warmupSeconds":2}'
 *
 * Prints one line of JSON, a `LoadResult`. Messages are counted between two moments: after the warm-up, and after
 * `seconds` (a flow) or when the last one is confirmed (a deposit); the broker's processor time is read at both.
 */

import { nowUs, sleep } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import { treeUsage } from '../process-tree.ts';
import { Connection } from './connection.ts';
import { Consumer } from './consumer.ts';
import {
  EXCHANGE_DECLARE_OK,
  id,
  method,
  QUEUE_BIND_OK,
  QUEUE_DECLARE_OK,
  shortstr,
  table,
  u8,
  u16,
} from './frames.ts';
import { type Pace, Publisher } from './publisher.ts';
import { type Workload, workloadNamed } from './workloads.ts';

export interface LoadRequest {
  workload: string;
  port: number;
  /** Root of the broker's process tree. */
  pid: number;
  seconds: number;
  warmupSeconds: number;
  /** Overrides the workload's own number of messages to deposit. */
  messages?: number;
}

export interface LoadResult {
  seconds: number;
  published: number;
  delivered: number;
  confirmed: number;
  /** Publishes answered by a nack. */
  refused: number;
  /** What the workload counts, a second. */
  rate: number;
  confirmUs: Percentiles;
  deliveryUs: Percentiles;
  cpuUsPerMessage: number;
  /** Cores in use by the broker, and by this generator: near 1 the generator is the limit. */
  brokerCores: number;
  clientCores: number;
  rssMaxBytes: number;
  /** Of a deposit: memory after each tenth. */
  rssByCount: { messages: number; rssBytes: number }[];
  /** Times the broker told publishers to stop. */
  blocked: number;
}

export interface Percentiles {
  p50: number;
  p99: number;
}

const SAMPLE_MS = 500;
const EXCHANGE = 'bench';
const queueName = (index: number): string => `bench-${index}`;

export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const workload = workloadNamed(request.workload);
  const messages = request.messages ?? workload.messages ?? Number.POSITIVE_INFINITY;
  const confirmLatencies = new Histogram();
  const deliveryLatencies = new Histogram();
  const connections: Connection[] = [];
  const publishers: Publisher[] = [];
  const count = { published: 0, delivered: 0 };
  const open = async (readBytes?: number): Promise<Connection> => {
    const connection = await Connection.open(request.port, readBytes);
    connections.push(connection);
    return connection;
  };

  await declare(await open(), workload);

  let started = false;
  let stalled = false;
  const pace: Pace = {
    room: () => {
      if (!started) return 0;
      const delivered = Math.floor(count.delivered / workload.queues);
      const room = Math.min(messages - count.published, workload.inFlight - (count.published - delivered));
      stalled ||= room <= 0;
      return room;
    },
    sent: (sent) => {
      count.published += sent;
    },
  };
  const onDelivered = (delivered: number): void => {
    count.delivered += delivered;
    if (!stalled) return;
    stalled = false;
    for (const publisher of publishers) publisher.fill();
  };

  if (workload.kind === 'flow') {
    for (let i = 0; i < workload.queues; i++) {
      const { prefetch } = workload;
      await new Consumer(await open(), queueName(i), prefetch, deliveryLatencies, onDelivered).start();
    }
  }
  const many = workload.producers > 16;
  for (let i = 0; i < workload.producers; i++) {
    const publisher = new Publisher(await open(many ? 4096 : 65536), pace, confirmLatencies, {
      shape: {
        exchange: workload.queues > 1 ? EXCHANGE : '',
        routingKey: workload.queues > 1 ? '' : queueName(0),
        bodyBytes: workload.bodyBytes,
        persistent: workload.durable,
      },
      window: workload.window,
      blockBytes: many ? 1024 : 65536,
      blocks: many ? 2 : 8,
      stampEvery: 32,
    });
    await publisher.start();
    publishers.push(publisher);
  }

  const sum = (read: (publisher: Publisher) => number): number => publishers.reduce((total, p) => total + read(p), 0);
  const totals = () => ({
    atUs: nowUs(),
    published: count.published,
    delivered: count.delivered,
    confirmed: sum((p) => p.confirmed),
    refused: sum((p) => p.refused),
    cpuMs: treeUsage(request.pid).cpuMs,
    client: process.cpuUsage(),
  });
  const failed = Promise.race(connections.map((connection) => connection.failed));
  const rest = (ms: number): Promise<void> => Promise.race([sleep(ms), failed]);

  let from = totals();
  started = true;
  for (const publisher of publishers) publisher.fill();
  if (workload.kind === 'flow') {
    await rest(request.warmupSeconds * 1000);
    confirmLatencies.reset();
    deliveryLatencies.reset();
    from = totals();
  }
  let rssMaxBytes = 0;
  const rssByCount: LoadResult['rssByCount'] = [];
  const untilUs = from.atUs + request.seconds * 1e6;
  for (;;) {
    const leftMs = (untilUs - nowUs()) / 1000;
    const settled = sum((p) => p.confirmed + p.refused);
    const { rssBytes } = treeUsage(request.pid);
    rssMaxBytes = Math.max(rssMaxBytes, rssBytes);
    if (Number.isFinite(messages) && settled >= (messages / 10) * (rssByCount.length + 1)) {
      rssByCount.push({ messages: settled, rssBytes });
    }
    if (leftMs <= 0 || settled >= messages) break;
    await rest(Math.min(leftMs, workload.kind === 'flow' ? SAMPLE_MS : 20));
  }
  const to = totals();
  for (const connection of connections) connection.close();

  const seconds = (to.atUs - from.atUs) / 1e6;
  const counted = workload.counts === 'delivered' ? to.delivered - from.delivered : to.confirmed - from.confirmed;
  const cpuMs = to.cpuMs - from.cpuMs;
  const clientUs = to.client.user - from.client.user + to.client.system - from.client.system;
  return {
    seconds,
    published: to.published - from.published,
    delivered: to.delivered - from.delivered,
    confirmed: to.confirmed - from.confirmed,
    refused: to.refused - from.refused,
    rate: counted / seconds,
    confirmUs: percentiles(confirmLatencies),
    deliveryUs: percentiles(deliveryLatencies),
    cpuUsPerMessage: (cpuMs * 1000) / counted,
    brokerCores: cpuMs / 1000 / seconds,
    clientCores: clientUs / 1e6 / seconds,
    rssMaxBytes,
    rssByCount,
    blocked: connections.reduce((total, connection) => total + connection.blocked, 0),
  };
}

/** Messages ready in the generator's first queue, asked for by a passive declare. */
export async function queuedMessages(port: number): Promise<number> {
  const connection = await Connection.open(port);
  const passive = method(1, id(50, 10), u16(0), shortstr(queueName(0)), u8(1), table());
  const answer = await connection.call(passive, QUEUE_DECLARE_OK);
  connection.close();
  return answer.readUInt32BE(1 + answer[0]!);
}

async function declare(connection: Connection, workload: Workload): Promise<void> {
  const durable = u8(workload.durable ? 2 : 0);
  if (workload.queues > 1) {
    const exchange = method(1, id(40, 10), u16(0), shortstr(EXCHANGE), shortstr('fanout'), durable, table());
    await connection.call(exchange, EXCHANGE_DECLARE_OK);
  }
  for (let i = 0; i < workload.queues; i++) {
    const name = shortstr(queueName(i));
    await connection.call(method(1, id(50, 10), u16(0), name, durable, table()), QUEUE_DECLARE_OK);
    if (workload.queues === 1) continue;
    const bind = method(1, id(50, 20), u16(0), name, shortstr(EXCHANGE), shortstr(''), u8(0), table());
    await connection.call(bind, QUEUE_BIND_OK);
  }
}

const percentiles = (histogram: Histogram): Percentiles => ({
  p50: histogram.percentile(0.5),
  p99: histogram.percentile(0.99),
});

if (import.meta.main) {
  try {
    const result = await runLoad(JSON.parse(process.argv[2] ?? '{}') as LoadRequest);
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`, () => process.exit(1));
  }
}
