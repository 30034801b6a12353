/**
 * The tables of a RocketMQ benchmark: medians over the repeats, one line for a figure and a broker. `x Apache` divides
 * our figure by Apache RocketMQ's in the same run: of rates, where more is better, and of memory and times, where less
 * is. Its figures are those of name server and broker together.
 */

import type { Phase } from '../meter.ts';
import { figure, markdownTable, median } from '../report.ts';
import type { Runs } from '../turns.ts';
import type { Start, StartResult } from './lifecycle.ts';
import type { LoadResult } from './load.ts';
import type { Workload } from './workloads.ts';

const MIB = 2 ** 20;
const RIVAL = 'apache';
/** Above so many cores of its own, a generator may be the limit. */
const BUSY_CORES = 0.8;

type LoadRuns = readonly Runs<LoadResult>[];

/** JSON has no NaN, so what was not timed arrives as null. */
const ms = (us: number | null | undefined): number => (us ?? Number.NaN) / 1000;

const rivalOf = (runs: LoadRuns, workload: string): Runs<LoadResult> | undefined =>
  runs.find((run) => run.workload === workload && run.broker === RIVAL);

export function throughputTable(runs: LoadRuns, byName: (name: string) => Workload): string {
  const head = ['work', 'broker', 'msg/s', 'p50 ms', 'p99 ms', 'CPU us/msg', 'broker cores', 'client cores'];
  head.push('max RSS MiB', 'x Apache', 'x CPU', 'must reach', 'it says');
  const value = (of: Runs<LoadResult> | undefined, read: (phase: Phase) => number): number =>
    median((of?.results ?? []).flatMap(({ phase }) => phase ?? []).map(read));
  const rows = runs
    .filter((run) => byName(run.workload).kind !== 'pending')
    .map((run) => {
      const workload = byName(run.workload);
      if (run.results.length === 0) return [workload.title, run.title, `failed: ${cause(run.failure)}`];
      const rival = rivalOf(runs, run.workload);
      const rate = value(run, (phase) => phase.rate);
      const cpu = value(run, (phase) => phase.cpuUsPerMessage);
      const ours = run.broker !== RIVAL;
      return [
        workload.title,
        run.title,
        figure(rate),
        figure(value(run, (phase) => ms(phase.p50Us))),
        figure(value(run, (phase) => ms(phase.p99Us))),
        figure(cpu),
        figure(value(run, (phase) => phase.brokerCores)),
        figure(value(run, (phase) => phase.clientCores)),
        figure(value(run, (phase) => phase.rssMaxBytes) / MIB),
        ours ? figure(rate / value(rival, (phase) => phase.rate), 'x') : '',
        ours ? figure(cpu / value(rival, (phase) => phase.cpuUsPerMessage), 'x') : '',
        ours ? workload.target : '',
        run.results.at(-1)?.said ?? '',
      ];
    });
  return rows.length === 0 ? '' : `## Throughput\n\n${markdownTable(head, rows)}${warnings(runs, byName)}`;
}

export function pendingTable(runs: LoadRuns, byName: (name: string) => Workload): string {
  const head = ['what', 'broker', 'how many', 'msg/s', 'RSS before MiB', 'RSS after MiB', 'of it anonymous MiB'];
  head.push('x Apache', 'must reach');
  const rows = runs
    .filter((run) => byName(run.workload).kind === 'pending')
    .map((run) => {
      const workload = byName(run.workload);
      const pending = run.results.flatMap((result) => result.pending ?? []);
      if (pending.length === 0) return [workload.title, run.title, `failed: ${cause(run.failure)}`];
      const after = median(pending.map((each) => each.after.rssBytes));
      const theirs = (rivalOf(runs, run.workload)?.results ?? []).flatMap((result) => result.pending ?? []);
      return [
        workload.title,
        run.title,
        figure(median(pending.map((each) => each.messages))),
        figure(median(pending.map((each) => each.messages / each.seconds))),
        figure(median(pending.map((each) => each.before.rssBytes)) / MIB),
        figure(after / MIB),
        figure(median(pending.map((each) => each.after.anonymousBytes)) / MIB),
        run.broker === RIVAL ? '' : figure(after / median(theirs.map((each) => each.after.rssBytes)), 'x'),
        run.broker === RIVAL ? '' : workload.target,
      ];
    });
  return rows.length === 0 ? '' : `## What is pending\n\n${markdownTable(head, rows)}`;
}

export function startTable(runs: readonly Runs<StartResult>[]): string {
  const head = ['broker', 'serves after ms', 'first message after ms (must: 400)', 'idle RSS MiB (must: 0.2x)'];
  head.push('of it anonymous MiB', 'x Apache, ms', 'x Apache, RSS');
  const middle = (starts: readonly Start[], read: (start: Start) => number): number => median(starts.map(read));
  const rival = runs.find((run) => run.broker === RIVAL)?.results ?? [];
  const row = (title: string, starts: readonly Start[]): string[] => {
    const against = (read: (start: Start) => number): string =>
      starts === rival ? '' : figure(middle(starts, read) / middle(rival, read), 'x');
    return [
      title,
      figure(middle(starts, (start) => start.readyMs)),
      figure(middle(starts, (start) => start.firstMessageMs)),
      figure(middle(starts, (start) => start.idleRssBytes) / MIB),
      figure(middle(starts, (start) => start.idleAnonymousBytes) / MIB),
      against((start) => start.firstMessageMs),
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

/** The most that a broker needed over all rows of sends and transactions; those of a durability share one process. */
export function memoryTable(runs: LoadRuns): string {
  const most = new Map<string, { title: string; bytes: number }>();
  for (const run of runs) {
    for (const { phase } of run.results) {
      if (phase === undefined) continue;
      const before = most.get(run.broker)?.bytes ?? 0;
      most.set(run.broker, { title: run.title, bytes: Math.max(before, phase.rssMaxBytes) });
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
  const head = ['broker', 'max RSS MiB', 'x Apache', 'must reach'];
  return `## Memory under all of this load\n\n${markdownTable(head, rows)}`;
}

/** Of an error that quotes a process's output, the line that names the cause. */
function cause(text = ''): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => /error: |unknown /i.test(line)) ?? lines[0]!;
}

/** What a reader must know before believing a line. */
function warnings(runs: LoadRuns, byName: (name: string) => Workload): string {
  const lines: string[] = [];
  for (const run of runs) {
    const where = `${run.workload}, ${run.title}`;
    const busiest = Math.max(0, ...run.results.map(({ phase }) => phase?.clientCores ?? 0));
    const generated = byName(run.workload).kind !== 'shipped';
    if (generated && busiest > BUSY_CORES) {
      lines.push(`- ${where}: the generator used ${figure(busiest)} cores and may be the limit.`);
    }
    if (run.failure !== undefined && run.results.length > 0) lines.push(`- ${where}: a run failed: ${run.failure}`);
  }
  return lines.length > 0 ? `\n\n${lines.join('\n')}` : '';
}
