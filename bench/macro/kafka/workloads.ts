/**
 * What is measured: one entry a row, or two, of the tables.
 *
 * *apart*     producers fill a topic for some seconds, then consumers read it from its beginning: two figures.
 *             Everything that was acknowledged is read and checked (`ledger.ts`), also where only writing is counted.
 * *together*  consumers read what producers send; at `ratePerSecond` the figure is the latency from end to end, without
 *             a rate it is what arrives.
 *
 * Producers are modelled after the Java client of 4.x: idempotent, `acks=all`, 5 requests in flight, one batch a
 * partition and request, requests up to 1 MiB. `batchBytes` 16 KiB is its default; under load its batches are full. The
 * *small* rows are what `linger` cannot help: so many partitions for the traffic that each batch holds one record.
 */

export type Durability = 'fsync' | 'os';

export interface Workload {
  name: string;
  title: string;
  kind: 'apart' | 'together';
  valueBytes: number;
  partitions: number;
  batchBytes: number;
  producers: number;
  consumers: number;
  /** Our broker's `--durability`; Apache Kafka is told to flush each message for `fsync`, and nothing for `os`. */
  durability: Durability;
  /** False: reading only proves that everything is there. */
  countsReading: boolean;
  /** Not by our generator: `librdkafka.ts` sends it, with its own batches. */
  byLibrdkafka?: boolean;
  /** A thousandth of it comes each millisecond. */
  ratePerSecond?: number;
  /** What the issue promises, as text. */
  target: string;
  /** Measured only if named. */
  onRequest?: boolean;
}

const KIB = 1024;

const sizes = [
  ['100b', '100 B', 100],
  ['1k', '1 KiB', 1024],
  ['10k', '10 KiB', 10 * KIB],
] as const;

const apart = {
  kind: 'apart',
  batchBytes: 16 * KIB,
  durability: 'os',
  countsReading: true,
  target: '1x',
} as const;

const clients = (partitions: number) => ({ producers: partitions === 1 ? 1 : 4, consumers: partitions === 1 ? 1 : 2 });

const plural = (partitions: number): string => (partitions === 1 ? '1 partition' : `${partitions} partitions`);

const throughput = sizes.flatMap(([size, title, valueBytes]) =>
  [1, 16, 256].map((partitions): Workload => {
    const name = `${size}-${partitions}`;
    return { ...apart, ...clients(partitions), name, title: `${title}, ${plural(partitions)}`, valueBytes, partitions };
  }),
);

const latency = [1, 16, 256].map((partitions): Workload => {
  return {
    ...apart,
    kind: 'together',
    name: `latency-${partitions}`,
    title: `100 B, 10,000 msg/s, ${plural(partitions)}`,
    valueBytes: 100,
    partitions,
    producers: 1,
    consumers: 1,
    ratePerSecond: 10_000,
    target: "p99 not above Kafka's, flat",
  };
});

const flushed = (
  name: string,
  title: string,
  valueBytes: number,
  partitions: number,
  batchBytes: number,
): Workload => ({
  ...apart,
  ...clients(partitions),
  name: `fsync-${name}`,
  title: `${title}, ${plural(partitions)}, fsync`,
  valueBytes,
  partitions,
  batchBytes,
  durability: 'fsync',
  countsReading: false,
  target: partitions >= 16 ? '5x' : '',
});

export const workloads: readonly Workload[] = [
  ...latency,
  ...throughput,
  {
    ...apart,
    ...clients(16),
    name: '64k-batches',
    title: '1 KiB in batches of 64 KiB, 16 partitions',
    valueBytes: 1024,
    partitions: 16,
    batchBytes: 64 * KIB,
    onRequest: true,
  },
  {
    ...apart,
    ...clients(256),
    name: 'small-256',
    title: '100 B, one a batch, 256 partitions',
    valueBytes: 100,
    partitions: 256,
    batchBytes: 1,
  },
  {
    ...apart,
    ...clients(16),
    kind: 'together',
    name: 'flow-1k-16',
    title: '1 KiB, 16 partitions, written and read at once',
    valueBytes: 1024,
    partitions: 16,
  },
  {
    ...apart,
    ...clients(1),
    name: 'librdkafka',
    title: '1 KiB, 16 partitions, by rdkafka_performance',
    valueBytes: 1024,
    partitions: 16,
    byLibrdkafka: true,
  },
  { ...flushed('1k-1', '1 KiB', 1024, 1, 16 * KIB), onRequest: true },
  flushed('1k-16', '1 KiB', 1024, 16, 16 * KIB),
  flushed('1k-256', '1 KiB', 1024, 256, 16 * KIB),
  flushed('small-256', '100 B, one a batch', 100, 256, 1),
];

export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`no workload ${name}; there are ${workloads.map((w) => w.name).join(', ')}`);
  return found;
}
