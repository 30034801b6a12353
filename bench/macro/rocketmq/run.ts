/**
 * `npm run bench rocketmq`: Dragoman and Apache RocketMQ under the same load, in one run.
 *
 *     --only NAME[,NAME]      workloads of workloads.ts, `start`   (default: all)
 *     --broker NAME[,NAME]    dragoman, apache                     (default: all that are there)
 *     --seconds N             counted time of a row                (4)
 *     --warmup N              how long each fresh broker is heated (10)
 *     --repeat N              sittings of each, brokers taking turns; the tables show medians   (3)
 *     --messages N            half messages and timers that are pending                          (1,000,000)
 *     --dir DIR               where data folders are made; must be a real disk (the system's temporary folder)
 *     --dry                   write no files
 *     --serve NAME            only start this broker, say where its name server is, and wait to be ended
 */

import { parseArgs } from 'node:util';
import { choose, positive } from '../options.ts';
import { commit, machine, save } from '../report.ts';
import { inFolder } from '../scratch-folder.ts';
import { inTurn, type Runs, takeTurns } from '../turns.ts';
import type { BrokerKind } from './broker.ts';
import { apache } from './broker-apache.ts';
import { dragoman } from './broker-dragoman.ts';
import { measureStart, type StartResult } from './lifecycle.ts';
import type { LoadResult } from './load.ts';
import { missingPrograms } from './shipped.ts';
import { type Outcome, type RunOptions, sit } from './sitting.ts';
import { memoryTable, pendingTable, startTable, throughputTable } from './tables.ts';
import { type Durability, type Workload, workloadNamed, workloads } from './workloads.ts';

const kinds: readonly BrokerKind[] = [dragoman, apache];
const durabilities: readonly Durability[] = ['os', 'fsync'];
const START = 'start';

export async function runRocketmq(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      broker: { type: 'string' },
      seconds: { type: 'string', default: '4' },
      warmup: { type: 'string', default: '10' },
      repeat: { type: 'string', default: '3' },
      messages: { type: 'string', default: '1000000' },
      dir: { type: 'string' },
      dry: { type: 'boolean', default: false },
      serve: { type: 'string' },
    },
  });
  const options: RunOptions = {
    seconds: positive('seconds', values.seconds),
    warmupSeconds: positive('warmup', values.warmup),
    messages: positive('messages', values.messages),
    ...(values.dir === undefined ? {} : { folder: values.dir }),
  };
  const repeat = positive('repeat', values.repeat);
  const all = [START, ...workloads.map((workload) => workload.name)];
  const names = kinds.map((kind) => kind.name);
  const chosen = choose('--only', values.only, all) ?? all;
  const named = choose('--broker', values.serve ?? values.broker, names);
  const notes: string[] = [];
  const present = kinds.filter((kind) => {
    if (named !== undefined && !named.includes(kind.name)) return false;
    const reason = kind.missing();
    if (reason !== undefined) notes.push(`${kind.title} is left out: ${reason}.`);
    return reason === undefined;
  });
  if (values.serve !== undefined) return serve(present[0], notes, options);
  const asked = workloads.filter((workload) => chosen.includes(workload.name));
  const without = asked.some(({ kind }) => kind === 'shipped') ? missingPrograms() : undefined;
  if (without !== undefined) notes.push(`The load programs that are shipped are left out: ${without}.`);
  const rows = asked.filter(({ kind }) => kind !== 'shipped' || without === undefined);
  const intro = [`commit ${commit()}, ${machine()}`, `node bench/run.ts rocketmq ${args.join(' ')}`.trim(), ...notes];
  console.log(`${intro.join('\n')}\n`);

  const starts = chosen.includes(START) ? await startsOf(present, repeat, options) : [];
  const runs = await sittings(present, rows, repeat, options);

  const sections = [
    throughputTable(runs, workloadNamed),
    pendingTable(runs, workloadNamed),
    starts.length > 0 ? startTable(starts) : '',
    memoryTable(runs),
  ].filter((section) => section !== '');
  console.log(`\n${sections.join('\n\n')}`);
  if (values.dry) return;
  const title = `# RocketMQ: ${present.map((kind) => kind.title).join(', ')}`;
  const markdown = [title, intro.join('  \n'), ...sections].join('\n\n');
  const label = values.only === undefined ? 'rocketmq' : `rocketmq-${chosen.join('-')}`.slice(0, 60);
  console.log(`\nwritten to ${save(label, markdown, { intro, options, repeat, starts, runs })}`);
}

/** For whoever wants to try something else on it, the conformance suites for instance. */
async function serve(kind: BrokerKind | undefined, notes: readonly string[], options: RunOptions): Promise<void> {
  if (kind === undefined) throw new Error(notes.join('\n'));
  await inFolder(options.folder, async (folder) => {
    const broker = await kind.start({ folder, durability: 'os' });
    console.log(`${kind.title}: the name server is 127.0.0.1:${broker.namesrvPort}; ends with this process`);
    await new Promise(() => {});
  });
}

function startsOf(present: readonly BrokerKind[], repeat: number, options: RunOptions): Promise<Runs<StartResult>[]> {
  const describe = (result: StartResult): string => `first message after ${Math.round(result.firstMessageMs)} ms`;
  return takeTurns(START, present, repeat, (kind) => measureStart(kind, options), describe);
}

/** All rows on all brokers: those of one durability in one sitting. The result is in the order of the rows. */
async function sittings(
  present: readonly BrokerKind[],
  rows: readonly Workload[],
  repeat: number,
  options: RunOptions,
): Promise<Runs<LoadResult>[]> {
  const all = rows.flatMap((row) =>
    present.map(
      (kind): Runs<LoadResult> => ({ workload: row.name, broker: kind.name, title: kind.title, results: [] }),
    ),
  );
  for (let turn = 0; turn < repeat; turn++) {
    for (const kind of inTurn(present, turn)) {
      for (const durability of durabilities) {
        const taken = rows.filter((row) => row.durability === durability);
        await sit(kind, durability, taken, options, ({ workload, result, failure }: Outcome) => {
          const run = all.find((each) => each.workload === workload.name && each.broker === kind.name)!;
          const label = `${workload.name}, ${kind.title}, ${turn + 1} of ${repeat}`;
          if (result !== undefined) run.results.push(result);
          if (failure !== undefined) {
            run.failure = failure;
            process.exitCode = 1;
          }
          console.log(`${label}: ${result === undefined ? `FAILED: ${failure}` : described(result)}`);
        });
      }
    }
  }
  return all;
}

function described({ phase, pending, said }: LoadResult): string {
  if (pending !== undefined) return `${Math.round(pending.after.rssBytes / 2 ** 20)} MiB with ${pending.messages}`;
  return `${Math.round(phase!.rate).toLocaleString('en-US')}/s${said ? `; ${said}` : ''}`;
}
