/**
 * What is measured: one entry a row of the table.
 *
 * A *flow* publishes and consumes at the same time for some seconds and counts what arrives or is confirmed. A
 * *deposit* only publishes, a given number of messages, and watches memory. Start, idle and recovery need no entry
 * here: `lifecycle.ts` runs them.
 *
 * `inFlight` bounds the messages published and not yet delivered, over all publishers. Without it a publisher without
 * confirms would measure how fast a broker can fill up. Where it binds, latency is the bound divided by the rate, so
 * compare latencies of confirmed workloads only. The same bound holds for every broker.
 */

export type Durability = 'fsync' | 'os';

export interface Workload {
  name: string;
  title: string;
  kind: 'flow' | 'deposit';
  bodyBytes: number;
  /** Durable queues and persistent messages. */
  durable: boolean;
  /** What our broker is started with; others have no such choice. */
  durability: Durability;
  producers: number;
  /** Unconfirmed publishes a producer may have; 0 = no confirms. */
  window: number;
  /** Queues, each with one consumer on a connection of its own; more than one are bound to a fanout exchange. */
  queues: number;
  /** 0 = automatic acks. */
  prefetch: number;
  inFlight: number;
  /** Whose rate is the row's figure. */
  counts: 'delivered' | 'confirmed';
  /** Messages to deposit. */
  messages?: number;
  /** What issue and README promise, as text. */
  target: string;
  /** False where the other broker would only take long. */
  compare?: boolean;
}

const flow = { kind: 'flow', producers: 1, window: 0, queues: 1, prefetch: 0, durability: 'fsync' } as const;
const confirmed = { ...flow, durable: true, inFlight: 100_000, counts: 'confirmed' } as const;
const deposit = { ...confirmed, kind: 'deposit', queues: 1, inFlight: Number.POSITIVE_INFINITY } as const;

export const workloads: readonly Workload[] = [
  {
    ...flow,
    name: 'transient-100b',
    title: 'transient 100 B, auto-ack, 1 producer, 1 consumer',
    bodyBytes: 100,
    durable: false,
    inFlight: 20_000,
    counts: 'delivered',
    target: '10x and 800,000/s',
  },
  {
    ...flow,
    name: 'transient-1k',
    title: 'transient 1 KiB, auto-ack, 1 producer, 1 consumer',
    bodyBytes: 1024,
    durable: false,
    inFlight: 10_000,
    counts: 'delivered',
    target: '2x, goal 3x',
  },
  {
    ...confirmed,
    name: 'confirm-1k-w200',
    title: 'durable + confirms, 1 KiB, 1 producer, window 200, fsync',
    bodyBytes: 1024,
    window: 200,
    target: '0.8x, goal 1.2x',
  },
  {
    ...confirmed,
    name: 'confirm-1k-w200-os',
    title: 'durable + confirms, 1 KiB, 1 producer, window 200, os',
    bodyBytes: 1024,
    window: 200,
    durability: 'os',
    target: '2x, goal 3x',
  },
  {
    ...confirmed,
    name: 'confirm-1k-4p',
    title: 'durable + confirms, 1 KiB, 4 producers, window 2,000, fsync',
    bodyBytes: 1024,
    producers: 4,
    window: 2000,
    target: '1.5x, goal 2.5x',
  },
  {
    ...confirmed,
    name: 'confirm-100b-4p',
    title: 'durable + confirms, 100 B, 4 producers, window 2,000, fsync',
    bodyBytes: 100,
    producers: 4,
    window: 2000,
    target: '500,000/s',
  },
  {
    ...confirmed,
    name: 'manual-ack-100b-4p',
    title: 'durable + confirms, 100 B, 4 producers, window 2,000, manual acks (prefetch 2,000), fsync',
    bodyBytes: 100,
    producers: 4,
    window: 2000,
    prefetch: 2000,
    target: '',
  },
  {
    ...flow,
    name: 'fanout-10',
    title: 'fan-out to 10 durable queues, 100 B, no confirms',
    bodyBytes: 100,
    durable: true,
    queues: 10,
    inFlight: 5_000,
    counts: 'delivered',
    target: '15x',
  },
  {
    ...confirmed,
    name: 'publishers-256',
    title: '256 publishers with one unconfirmed message each, 100 B, fsync',
    bodyBytes: 100,
    producers: 256,
    window: 1,
    target: '40,000/s, p99 under 15 ms',
  },
  {
    ...deposit,
    name: 'deep-batched',
    title: '100 B queued by 4 producers, window 2,000, fsync',
    bodyBytes: 100,
    producers: 4,
    window: 2000,
    messages: 10_000_000,
    target: 'RSS under 300 MB, flat',
    compare: false,
  },
  {
    ...deposit,
    name: 'deep-single',
    title: '100 B queued one a commit (1 producer, window 1), os',
    bodyBytes: 100,
    window: 1,
    durability: 'os',
    messages: 10_000_000,
    target: 'RSS under 300 MB, flat',
    compare: false,
  },
];

export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`no workload ${name}; there are ${workloads.map((w) => w.name).join(', ')}`);
  return found;
}
