/** The rows: what is sent, by how many, and what the issue of it asks for against ActiveMQ. */

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly kind: 'sync' | 'transient' | 'transacted' | 'selectors';
  readonly producers: number;
  readonly bodyBytes: number;
  readonly target: string;
}

export const workloads: readonly Workload[] = [
  sync(1, '1x'),
  sync(10, '4x'),
  sync(100, '10x'),
  {
    name: 'transient',
    title: 'non-persistent 1 KiB, sent and received, 1 producer, 1 consumer',
    kind: 'transient',
    producers: 1,
    bodyBytes: 1024,
    target: '1.5x',
  },
  {
    name: 'transacted',
    title: 'persistent 1 KiB, 100 a commit, 1 producer',
    kind: 'transacted',
    producers: 1,
    bodyBytes: 1024,
    target: '2x',
  },
  {
    name: 'selectors',
    title: '1,000 selector consumers drain 100,000 messages of 100 B',
    kind: 'selectors',
    producers: 1,
    bodyBytes: 100,
    target: 'under 10 s',
  },
];

function sync(producers: number, target: string): Workload {
  const title = `persistent 1 KiB, each answered, ${producers} producer${producers === 1 ? '' : 's'}`;
  return { name: `sync-${producers}`, title, kind: 'sync', producers, bodyBytes: 1024, target };
}

export function workloadNamed(name: string): Workload {
  const workload = workloads.find((each) => each.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  return workload;
}
