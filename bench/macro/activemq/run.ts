/**
 * `npm run bench activemq`: Dragoman and ActiveMQ 5.17 with KahaDB under the same load by OpenWire, in one run.
 *
 *     --only NAME[,NAME]      workloads of workloads.ts               (default: all)
 *     --broker NAME[,NAME]    dragoman, activemq                      (default: all that are there)
 *     --seconds N             counted time of a row                   (4)
 *     --warmup N              how long each fresh broker is heated    (10)
 *     --repeat N              sittings of each, brokers taking turns; the table shows medians   (3)
 *     --dir DIR               where data folders are made; must be a real disk (the system's temporary folder)
 *     --dry                   write no files
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generate } from '../generator.ts';
import type { Phase } from '../meter.ts';
import { choose, positive } from '../options.ts';
import { quietDisk } from '../quiet-disk.ts';
import { commit, figure, machine, markdownTable, median, save } from '../report.ts';
import { explained, type RunningBroker } from '../running-broker.ts';
import { inFolder } from '../scratch-folder.ts';
import { inTurn, type Runs } from '../turns.ts';
import { type BrokerKind, brokers } from './brokers.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { type Workload, workloadNamed, workloads } from './workloads.ts';

const RIVAL = 'activemq';
const ROW_WARMUP_SECONDS = 2;
const LIMIT_MS = 60_000;
const MIB = 2 ** 20;

export async function runActivemq(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      broker: { type: 'string' },
      seconds: { type: 'string', default: '4' },
      warmup: { type: 'string', default: '10' },
      repeat: { type: 'string', default: '3' },
      dir: { type: 'string' },
      dry: { type: 'boolean', default: false },
    },
  });
  const seconds = positive('seconds', values.seconds);
  const warmupSeconds = positive('warmup', values.warmup);
  const repeat = positive('repeat', values.repeat);
  const chosen = choose(
    '--only',
    values.only,
    workloads.map(({ name }) => name),
  );
  const named = choose(
    '--broker',
    values.broker,
    brokers.map(({ name }) => name),
  );
  const rows = workloads.filter(({ name }) => chosen?.includes(name) ?? true);
  const notes: string[] = [];
  const present = brokers.filter((kind) => {
    if (named !== undefined && !named.includes(kind.name)) return false;
    const reason = kind.missing();
    if (reason !== undefined) notes.push(`${kind.title} is left out: ${reason}.`);
    return reason === undefined;
  });
  const intro = [`commit ${commit()}, ${machine()}`, `node bench/run.ts activemq ${args.join(' ')}`.trim(), ...notes];
  console.log(`${intro.join('\n')}\n`);
  const runs = rows.flatMap((row) =>
    present.map((kind): Runs<LoadResult> => {
      return { workload: row.name, broker: kind.name, title: kind.title, results: [] };
    }),
  );
  for (let turn = 0; turn < repeat; turn++) {
    for (const kind of inTurn(present, turn)) {
      await inFolder(values.dir, async (folder) => {
        await sitting(kind, folder, rows, { seconds, warmupSeconds }, (row, result, failure) => {
          const run = runs.find((each) => each.workload === row.name && each.broker === kind.name)!;
          if (result !== undefined) run.results.push(result);
          if (failure !== undefined) {
            run.failure = failure;
            process.exitCode = 1;
          }
          const said = result === undefined ? `FAILED: ${failure}` : described(result);
          console.log(`${row.name}, ${kind.title}, ${turn + 1} of ${repeat}: ${said}`);
        });
      });
    }
  }
  const table = tableOf(runs);
  console.log(`\n${table}`);
  if (values.dry) return;
  const markdown = [`# ActiveMQ: ${present.map(({ title }) => title).join(', ')}`, intro.join('  \n'), table];
  console.log(`\nwritten to ${save('activemq', markdown.join('\n\n'), { intro, seconds, repeat, runs })}`);
}

interface Times {
  readonly seconds: number;
  readonly warmupSeconds: number;
}

/** A fresh broker on a fresh folder, heated, then one row after the other: a Java machine gets faster for a while. */
async function sitting(
  kind: BrokerKind,
  folder: string,
  rows: readonly Workload[],
  { seconds, warmupSeconds }: Times,
  report: (row: Workload, result?: LoadResult, failure?: string) => void,
): Promise<void> {
  const broker = await kind.start(folder);
  try {
    const heat = { seconds: warmupSeconds / 2, warmupSeconds: 0 };
    await load('sync-10', broker, heat);
    await load('transient', broker, heat);
    for (const row of rows) {
      await quietDisk();
      try {
        report(row, await load(row.name, broker, { seconds, warmupSeconds: ROW_WARMUP_SECONDS }));
      } catch (error) {
        report(row, undefined, explained(error, broker).message);
      }
    }
  } finally {
    await broker.kill();
  }
}

function load(workload: string, { port, pid }: RunningBroker, times: Times): Promise<LoadResult> {
  const request: LoadRequest = { workload, port, pid, ...times };
  return generate<LoadResult>(join(import.meta.dirname, 'load.ts'), request, LIMIT_MS);
}

function described({ phase, drainedMs }: LoadResult): string {
  if (drainedMs !== undefined) return `${Math.round(drainedMs)} ms`;
  return `${Math.round(phase?.rate ?? Number.NaN).toLocaleString('en-US')}/s`;
}

function tableOf(runs: readonly Runs<LoadResult>[]): string {
  const head = ['work', 'broker', 'msg/s', 'p50 ms', 'p99 ms', 'CPU us/msg', 'broker cores', 'client cores'];
  head.push('max RSS MiB', 'took ms', 'x ActiveMQ', 'x CPU', 'must reach');
  const of = (run: Runs<LoadResult> | undefined, read: (phase: Phase) => number | null): number =>
    median((run?.results ?? []).flatMap(({ phase }) => phase ?? []).map((phase) => read(phase) ?? Number.NaN));
  const took = (run: Runs<LoadResult> | undefined): number =>
    median((run?.results ?? []).flatMap(({ drainedMs }) => drainedMs ?? []));
  const rows = runs.map((run) => {
    const { title, target } = workloadNamed(run.workload);
    if (run.results.length === 0) return [title, run.title, `failed: ${run.failure?.split('\n')[0]}`];
    const rival = runs.find((other) => other.workload === run.workload && other.broker === RIVAL);
    const isOurs = run.broker !== RIVAL;
    const ratio = Number.isFinite(took(run))
      ? took(rival) / took(run)
      : of(run, ({ rate }) => rate) / of(rival, ({ rate }) => rate);
    const cpu = (which: Runs<LoadResult> | undefined): number => of(which, ({ cpuUsPerMessage }) => cpuUsPerMessage);
    return [
      title,
      run.title,
      figure(of(run, ({ rate }) => rate)),
      figure(of(run, ({ p50Us }) => p50Us) / 1000),
      figure(of(run, ({ p99Us }) => p99Us) / 1000),
      figure(cpu(run)),
      figure(of(run, ({ brokerCores }) => brokerCores)),
      figure(of(run, ({ clientCores }) => clientCores)),
      figure(of(run, ({ rssMaxBytes }) => rssMaxBytes) / MIB),
      figure(took(run)),
      isOurs ? figure(ratio, 'x') : '',
      isOurs ? figure(cpu(run) / cpu(rival), 'x') : '',
      isOurs ? target : '',
    ];
  });
  return markdownTable(head, rows);
}
