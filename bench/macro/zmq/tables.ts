/**
 * The table: medians over the repeats, a line for a row and a contestant. `x zeromq` and `x libzmq` divide our rate by
 * theirs in the same run; more is better.
 */
import { figure, markdownTable, median } from '../report.ts';
import type { Runs } from '../turns.ts';
import type { Count } from './counter.ts';
import type { Workload } from './workloads.ts';

export function rateTable(runs: readonly Runs<Count>[], workloads: readonly Workload[]): string {
  const head = ['work', 'library', 'a second', 'MB/s', 'counting CPU us', 'p50 us', 'p99 us', 'x zeromq', 'x libzmq'];
  head.push('must reach');
  const value = (of: Runs<Count> | undefined, read: (count: Count) => number | undefined): number =>
    median((of?.results ?? []).map((count) => read(count) ?? Number.NaN));
  const rows = workloads.flatMap((workload) => {
    const own = runs.filter((run) => run.workload === workload.name);
    return own.map((run) => {
      if (run.results.length === 0) return [workload.title, run.title, `failed: ${run.failure}`];
      const rate = value(run, (count) => count.rate);
      const ours = run.broker === 'dragoman';
      const against = (name: string): string => {
        const rival = own.find((each) => each.broker === name);
        return ours && rival !== undefined ? figure(rate / value(rival, (count) => count.rate), 'x') : '';
      };
      return [
        workload.title,
        run.title,
        figure(rate),
        figure((rate * workload.bodyBytes) / 1e6),
        figure(value(run, (count) => count.cpuUs)),
        figure(value(run, (count) => count.p50Us)),
        figure(value(run, (count) => count.p99Us)),
        against('zeromq'),
        against('libzmq'),
        ours ? workload.target : '',
      ];
    });
  });
  return markdownTable(head, rows);
}
