/**
 * The tables of a Kafka benchmark: medians over the repeats, one line for a figure and a broker.
 *
 * `x Kafka` divides our figure by Apache Kafka's in the same run: of rates, where more is better, and of latency,
 * memory and times, where less is. `ack` is from sending a request to its answer.
 */

import { figure, markdownTable, median } from '../report.ts';
import type { Runs } from '../turns.ts';
import type { Start, StartResult } from './lifecycle.ts';
import type { LoadResult } from './load.ts';
import type { Phase } from './meter.ts';
import type { Workload } from './workloads.ts';

const MIB = 2 ** 20;
const RIVAL = 'apache';

/** JSON has no NaN, so what was not timed arrives as null. */
const ms = (us: number | null | undefined): number => (us ?? Number.NaN) / 1000;

interface Figures {
  title: string;
  phase: (result: LoadResult) => Phase | undefined;
  counts: (workload: Workload) => boolean;
}

const figures: readonly Figures[] = [
  { title: 'produce', phase: (result) => result.produce, counts: (w) => w.kind === 'apart' },
  { title: 'consume', phase: (result) => result.consume, counts: (w) => w.kind === 'apart' && w.countsReading },
  { title: 'both', phase: (result) => result.together, counts: (w) => w.kind === 'together' },
];

export function throughputTable(runs: Runs<LoadResult>[], byName: (name: string) => Workload): string {
  const head = ['work', 'what', 'broker', 'msg/s', 'MB/s', 'ack p50 ms', 'ack p99 ms', 'CPU us/msg', 'broker cores'];
  head.push('client cores', 'max RSS MiB', 'x Kafka', 'x CPU', 'must reach');
  const rows: string[][] = [];
  for (const workload of unique(runs, byName)) {
    if (workload.ratePerSecond !== undefined) continue;
    let title = workload.title;
    for (const { title: what, phase, counts } of figures) {
      if (!counts(workload)) continue;
      for (const run of runs.filter((each) => each.workload === workload.name)) {
        const value = (of: Runs<LoadResult> | undefined, read: (phase: Phase) => number): number =>
          median((of?.results ?? []).flatMap((result) => phase(result) ?? []).map(read));
        const rival = runs.find((other) => other.workload === run.workload && other.broker === RIVAL);
        const rate = value(run, (p) => p.rate);
        const cpu = value(run, (p) => p.cpuUsPerMessage);
        const ours = run.broker !== RIVAL;
        const acks = (read: (result: LoadResult) => number | undefined): string =>
          what === 'consume' ? '' : figure(median(run.results.map((result) => ms(read(result)))));
        rows.push(
          run.results.length === 0
            ? [title, what, run.title, `failed: ${cause(run.failure)}`]
            : [
                title,
                what,
                run.title,
                figure(rate),
                figure((rate * workload.valueBytes) / 1e6),
                acks((result) => (result.ackUs ?? result.produce?.latencyUs)?.p50),
                acks((result) => (result.ackUs ?? result.produce?.latencyUs)?.p99),
                figure(cpu),
                figure(value(run, (p) => p.brokerCores)),
                figure(value(run, (p) => p.clientCores)),
                figure(value(run, (p) => p.rssMaxBytes) / MIB),
                ours ? figure(rate / value(rival, (p) => p.rate), 'x') : '',
                ours ? figure(cpu / value(rival, (p) => p.cpuUsPerMessage), 'x') : '',
                ours ? workload.target : '',
              ],
        );
        title = '';
      }
    }
  }
  return rows.length === 0 ? '' : `## Throughput\n\n${markdownTable(head, rows)}${warnings(runs)}`;
}

export function latencyTable(runs: Runs<LoadResult>[], byName: (name: string) => Workload): string {
  const head = ['work', 'broker', 'msg/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'ack p99 ms', 'CPU us/msg', 'max RSS MiB'];
  head.push('x first row', 'x Kafka', 'must reach');
  const paced = runs.filter((run) => byName(run.workload).ratePerSecond !== undefined);
  const p99 = (run: Runs<LoadResult> | undefined): number =>
    median((run?.results ?? []).map((result) => ms(result.together?.latencyUs.p99)));
  let previous = '';
  const rows = paced.map((run) => {
    const workload = byName(run.workload);
    const title = workload.title === previous ? '' : workload.title;
    previous = workload.title;
    if (run.results.length === 0) return [title, run.title, `failed: ${cause(run.failure)}`];
    const value = (read: (phase: Phase) => number): number => median(run.results.map((each) => read(each.together!)));
    const rival = paced.find((other) => other.workload === run.workload && other.broker === RIVAL);
    const first = paced.find((other) => other.broker === run.broker);
    const ours = run.broker !== RIVAL;
    return [
      title,
      run.title,
      figure(value((p) => p.rate)),
      figure(value((p) => ms(p.latencyUs.p50))),
      figure(p99(run)),
      figure(value((p) => ms(p.latencyUs.p999))),
      figure(median(run.results.map((result) => ms(result.ackUs?.p99)))),
      figure(value((p) => p.cpuUsPerMessage)),
      figure(value((p) => p.rssMaxBytes) / MIB),
      figure(p99(run) / p99(first), 'x'),
      ours ? figure(p99(run) / p99(rival), 'x') : '',
      ours ? workload.target : '',
    ];
  });
  return rows.length === 0 ? '' : `## Latency from end to end\n\n${markdownTable(head, rows)}`;
}

export function startTable(runs: Runs<StartResult>[]): string {
  const head = ['broker', 'serves after ms', 'first record after ms (must: 400)', 'idle RSS MiB (must: 0.2x)'];
  head.push('x Kafka, ms', 'x Kafka, RSS');
  const middle = (starts: readonly Start[], read: (start: Start) => number): number => median(starts.map(read));
  const rival = runs.find((run) => run.broker === RIVAL)?.results ?? [];
  const row = (title: string, starts: readonly Start[]): string[] => {
    const against = (read: (start: Start) => number): string =>
      starts === rival ? '' : figure(middle(starts, read) / middle(rival, read), 'x');
    return [
      title,
      figure(middle(starts, (start) => start.readyMs)),
      figure(middle(starts, (start) => start.firstRecordMs)),
      figure(middle(starts, (start) => start.idleRssBytes) / MIB),
      against((start) => start.firstRecordMs),
      against((start) => start.idleRssBytes),
    ];
  };
  const rows = runs.flatMap((run) => {
    if (run.results.length === 0) return [[run.title, `failed: ${cause(run.failure)}`]];
    const cold = run.results.flatMap((result) => result.cold ?? []);
    const rest = cold.length === 0 ? [] : [row(`${run.title}, first start (compile cache empty)`, cold)];
    return [row(run.title, run.results), ...rest];
  });
  return `## Start with an empty folder\n\n${markdownTable(head, rows)}`;
}

/** The most that a broker needed over all rows; the rows of a durability share one process. */
export function memoryTable(runs: Runs<LoadResult>[]): string {
  const most = new Map<string, { title: string; bytes: number }>();
  for (const run of runs) {
    for (const result of run.results) {
      const phases = [result.produce, result.consume, result.together].flatMap((phase) => phase ?? []);
      const bytes = Math.max(result.rssAfterBytes, ...phases.map((phase) => phase.rssMaxBytes));
      const before = most.get(run.broker)?.bytes ?? 0;
      most.set(run.broker, { title: run.title, bytes: Math.max(before, bytes) });
    }
  }
  if (most.size === 0) return '';
  const rival = most.get(RIVAL)?.bytes ?? Number.NaN;
  const rows = [...most].map(([broker, { title, bytes }]) => [
    title,
    figure(bytes / MIB),
    broker === RIVAL ? '' : figure(bytes / rival, 'x'),
    broker === RIVAL ? '' : '0.2x',
  ]);
  const head = ['broker', 'max RSS MiB', 'x Kafka', 'must reach'];
  return `## Memory under all of this load\n\n${markdownTable(head, rows)}`;
}

function unique(runs: Runs<LoadResult>[], byName: (name: string) => Workload): Workload[] {
  return [...new Set(runs.map((run) => run.workload))].map(byName);
}

/** Of an error that quotes a process's output, the line that names the cause. */
function cause(text = ''): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => /error: /i.test(line)) ?? lines[0]!;
}

/** What a reader must know before believing a line. */
function warnings(runs: Runs<LoadResult>[]): string {
  const lines: string[] = [];
  for (const run of runs) {
    const where = `${run.workload}, ${run.title}`;
    for (const { title, phase } of figures) {
      const busiest = Math.max(0, ...run.results.map((result) => phase(result)?.clientCores ?? 0));
      if (busiest > 0.8)
        lines.push(`- ${where}: to ${title}, the generator used ${figure(busiest)} cores and may be the limit.`);
    }
    if (run.failure !== undefined && run.results.length > 0) lines.push(`- ${where}: a run failed: ${run.failure}`);
  }
  return lines.length > 0 ? `\n\n${lines.join('\n')}` : '';
}
