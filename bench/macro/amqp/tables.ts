/**
 * The tables of an AMQP benchmark: medians over the repeats, one line for a workload and a broker.
 *
 * `x RabbitMQ` divides our rate by RabbitMQ's in the same run, `of bare Node` by the stand-in server's. Latency is from
 * publish to confirm where there are confirms, else from publish to delivery.
 */

import { figure, markdownTable, median } from '../report.ts';
import type { RecoveryResult, Start, StartResult } from './lifecycle.ts';
import type { LoadResult } from './load.ts';
import type { Workload } from './workloads.ts';

export interface Runs<T> {
  workload: string;
  broker: string;
  title: string;
  results: T[];
  /** Why the last failed run gave no result. */
  failure?: string;
}

const MIB = 2 ** 20;

export function flowTable(runs: Runs<LoadResult>[], byName: (name: string) => Workload): string {
  const head = [
    'work',
    'broker',
    'msg/s',
    'p50 ms',
    'p99 ms',
    'CPU us/msg',
    'broker cores',
    'client cores',
    'max RSS MiB',
    'x RabbitMQ',
    'of bare Node',
    'must reach',
  ];
  let previous = '';
  const rows = runs.map((run) => {
    const workload = byName(run.workload);
    const middle = (read: (result: LoadResult) => number): number => median(run.results.map(read));
    const rate = middle((result) => result.rate);
    const latency = (result: LoadResult) => (workload.window > 0 ? result.confirmUs : result.deliveryUs);
    const rival = (broker: string): number => {
      const found = runs.find((other) => other.workload === run.workload && other.broker === broker);
      return found === undefined ? Number.NaN : rate / median(found.results.map((result) => result.rate));
    };
    const ours = run.broker === 'dragoman';
    const title = workload.title === previous ? '' : workload.title;
    previous = workload.title;
    if (run.results.length === 0) return [title, run.title, `failed: ${lastLine(run.failure)}`];
    return [
      title,
      run.title,
      figure(rate),
      figure(middle((result) => latency(result).p50 ?? Number.NaN) / 1000),
      figure(middle((result) => latency(result).p99 ?? Number.NaN) / 1000),
      figure(middle((result) => result.cpuUsPerMessage)),
      figure(middle((result) => result.brokerCores)),
      figure(middle((result) => result.clientCores)),
      figure(middle((result) => result.rssMaxBytes) / MIB),
      ours ? figure(rival('rabbitmq'), 'x') : '',
      run.broker === 'ceiling' ? '' : figure(rival('ceiling') * 100, ' %'),
      ours ? workload.target : '',
    ];
  });
  return `## Messages\n\n${markdownTable(head, rows)}${warnings(runs)}`;
}

export function startTable(runs: Runs<StartResult>[]): string {
  const rows = runs.flatMap((run) => {
    if (run.results.length === 0) return [[run.title, `failed: ${lastLine(run.failure)}`]];
    const row = (title: string, starts: readonly Start[]): string[] => {
      const middle = (read: (start: Start) => number): number => median(starts.map(read));
      return [
        title,
        figure(middle((start) => start.readyMs)),
        figure(Math.min(...starts.map((start) => start.readyMs))),
        figure(middle((start) => start.readyCpuMs)),
        figure(middle((start) => start.servedMs)),
        figure(middle((start) => start.idleRssBytes) / MIB),
      ];
    };
    const cold = run.results.flatMap((result) => result.cold ?? []);
    const rest = cold.length === 0 ? [] : [row(`${run.title}, first start (compile cache empty)`, cold)];
    return [row(run.title, run.results), ...rest];
  });
  const head = ['broker', 'ready ms (must: 200)', 'fastest', 'CPU ms', 'client served ms', 'idle RSS MiB (must: 80)'];
  return `## Start with an empty folder\n\n${markdownTable(head, rows)}`;
}

export function recoveryTable(runs: Runs<RecoveryResult>[]): string {
  const rows = runs.map((run) => {
    const result = run.results[0];
    if (result === undefined) return [run.title, `failed: ${lastLine(run.failure)}`];
    const times = [result.stoppedReadyMs, result.killedReadyMs, result.emptyReadyMs].map((ms) => figure(ms));
    return [run.title, figure(result.messages), ...times, figure(result.rssBytes / MIB)];
  });
  const head = ['broker', 'queued 100 B', 'ready ms after stop (must: 2,000)', 'after kill', 'when empty', 'RSS MiB'];
  return `## Recovery, every message counted\n\n${markdownTable(head, rows)}`;
}

export function depositTable(runs: Runs<LoadResult>[], byName: (name: string) => Workload): string {
  const parts = runs.map((run) => {
    const result = run.results[0];
    const title = `${byName(run.workload).title}, ${run.title}`;
    if (result === undefined) return `${title}: failed: ${run.failure ?? ''}`;
    const rows = result.rssByCount.map(({ messages, rssBytes }) => [figure(messages), figure(rssBytes / MIB)]);
    const summary = `${figure(result.confirmed)} confirmed at ${figure(result.rate)}/s, p99 ${figure(
      (result.confirmUs.p99 ?? Number.NaN) / 1000,
    )} ms, highest RSS ${figure(result.rssMaxBytes / MIB)} MiB`;
    return `${title}: ${summary}\n\n${markdownTable(['queued', 'RSS MiB'], rows)}`;
  });
  return `## Deep queues\n\n${parts.join('\n\n')}`;
}

/** Of an error that quotes a process's output, the line that names the cause. */
const lastLine = (text = ''): string => text.trim().split('\n').at(-1) ?? '';

/** What a reader must know before believing a line. */
function warnings(runs: Runs<LoadResult>[]): string {
  const lines: string[] = [];
  for (const run of runs) {
    const refused = run.results.reduce((total, result) => total + result.refused, 0);
    const blocked = run.results.reduce((total, result) => total + result.blocked, 0);
    const busiest = Math.max(0, ...run.results.map((result) => result.clientCores));
    const where = `${run.workload}, ${run.title}`;
    if (refused > 0) lines.push(`- ${where}: ${figure(refused)} publishes were refused.`);
    if (blocked > 0) lines.push(`- ${where}: the broker blocked publishers ${blocked} times.`);
    if (busiest > 0.9) lines.push(`- ${where}: the generator used ${figure(busiest)} cores and may be the limit.`);
    if (run.failure !== undefined && run.results.length > 0) lines.push(`- ${where}: a run failed: ${run.failure}`);
  }
  return lines.length > 0 ? `\n\n${lines.join('\n')}` : '';
}
