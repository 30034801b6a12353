/**
 * What is measured: one entry a row of the tables.
 *
 * *send*         64 sends wait for their answers on one connection, as 64 threads of one Java producer have it. A row
 *                ends with as many messages in the topic as were confirmed, or it fails.
 * *transaction*  64 transactions at once: half message, answer, commit, answer, the next. Every one is to be in the
 *                topic in the end, once.
 * *shipped*      the load programs that Apache RocketMQ ships, over its Java client, unmodified. On two cores they
 *                leave the broker less than our generator does; what they print is what their users see.
 * *pending*      a million half messages that nobody decides about, or timers for an hour later: what they need.
 */

export type Durability = 'fsync' | 'os';

export interface Workload {
  name: string;
  title: string;
  kind: 'send' | 'transaction' | 'shipped' | 'pending';
  /** Of what is pending. */
  pending?: 'half' | 'timer';
  /** Of the shipped ones. */
  program?: 'Producer' | 'TransactionProducer';
  /** Not as fast as it can: a few thousand transactions of which half are left undecided, and checked. */
  checks?: boolean;
  bodyBytes: number;
  durability: Durability;
  /** Waiting for their answers at any time. */
  window: number;
  /** What the issue promises, as text. */
  target: string;
}

const THREADS = 64;
/** The original refuses what waited for 200 ms. */
const LOADER_WINDOW = 256;

const sizes = [
  ['128b', '128 B', 128],
  ['1k', '1 KiB', 1024],
] as const;

const durabilities = [
  ['os', '', '1.5x'],
  ['fsync', ', fsync', '5x'],
] as const;

const sends = durabilities.flatMap(([durability, suffix, target]) =>
  sizes.flatMap(([size, title, bodyBytes]): Workload[] => {
    const common = { bodyBytes, durability, window: THREADS, target };
    const name = durability === 'os' ? `send-${size}` : `fsync-send-${size}`;
    return [
      { ...common, kind: 'send', name, title: `send ${title}${suffix}` },
      {
        ...common,
        kind: 'shipped',
        program: 'Producer',
        name: `${name}-java`,
        title: `send ${title}${suffix}, by benchmark.Producer`,
      },
    ];
  }),
);

const transactions = durabilities.flatMap(([durability, suffix]): Workload[] => {
  const common = { bodyBytes: 1024, durability, window: THREADS, target: '3x' };
  const name = durability === 'os' ? 'transaction' : 'fsync-transaction';
  return [
    { ...common, kind: 'transaction', name, title: `transaction, 1 KiB${suffix}` },
    {
      ...common,
      kind: 'shipped',
      program: 'TransactionProducer',
      name: `${name}-java`,
      title: `transaction, 1 KiB${suffix}, by benchmark.TransactionProducer`,
    },
  ];
});

const checks: Workload = {
  kind: 'shipped',
  program: 'TransactionProducer',
  checks: true,
  name: 'checks-java',
  title: 'half of them undecided, by benchmark.TransactionProducer',
  bodyBytes: 1024,
  durability: 'os',
  window: 4,
  target: 'no unexpected, no duplicated check',
};

const pending = { kind: 'pending', bodyBytes: 128, durability: 'os', window: LOADER_WINDOW } as const;

export const workloads: readonly Workload[] = [
  ...sends,
  ...transactions,
  checks,
  { ...pending, pending: 'half', name: 'pending-half', title: 'half messages, 128 B', target: '300 MB' },
  { ...pending, pending: 'timer', name: 'pending-timers', title: 'timers, 128 B', target: '300 MB' },
];

export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`no workload ${name}; there are ${workloads.map((w) => w.name).join(', ')}`);
  return found;
}
