/**
 * `npm run bench zmq`: our ZeroMQ sockets beside npm zeromq, and libzmq's own programs where they are, in one run.
 *
 *     --only NAME[,NAME]      workloads of workloads.ts             (default: all)
 *     --library NAME[,NAME]   dragoman, zeromq, libzmq              (default: all that are there)
 *     --seconds N             counted time of a run                 (3)
 *     --warmup N              before it                             (1)
 *     --repeat N              runs of each, libraries taking turns; the table shows medians   (3)
 *     --dry                   write no files
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endChild, startChild } from '../child.ts';
import { freePorts } from '../free-ports.ts';
import { generate } from '../generator.ts';
import { choose, positive } from '../options.ts';
import { commit, machine, save } from '../report.ts';
import { type Named, type Runs, takeTurns } from '../turns.ts';
import type { Count, CounterRequest } from './counter.ts';
import type { FeederRequest } from './feeder.ts';
import type { LibraryName } from './library.ts';
import { countByLibzmq, missingPrograms } from './libzmq.ts';
import { rateTable } from './tables.ts';
import { type Workload, workloads } from './workloads.ts';

const contestants = [
  { name: 'dragoman', title: 'Dragoman' },
  { name: 'zeromq', title: 'npm zeromq' },
  { name: 'libzmq', title: 'libzmq in C' },
] as const satisfies readonly Named[];

/** To start the processes and connect them. */
const REST_OF_RUN_SECONDS = 30;

interface RunOptions {
  seconds: number;
  warmupSeconds: number;
}

export async function runZmq(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      library: { type: 'string' },
      seconds: { type: 'string', default: '3' },
      warmup: { type: 'string', default: '1' },
      repeat: { type: 'string', default: '3' },
      dry: { type: 'boolean', default: false },
    },
  });
  const options = { seconds: positive('seconds', values.seconds), warmupSeconds: positive('warmup', values.warmup) };
  const repeat = positive('repeat', values.repeat);
  const names = workloads.map(({ name }) => name);
  const chosen = choose('--only', values.only, names) ?? names;
  const named = choose(
    '--library',
    values.library,
    contestants.map(({ name }) => name),
  );
  const notes: string[] = [];
  const without = await missingPrograms();
  if (without !== undefined) notes.push(`libzmq in C is left out: ${without}.`);
  const present = contestants.filter(
    ({ name }) => (named?.includes(name) ?? true) && (name !== 'libzmq' || without === undefined),
  );
  const intro = [`commit ${commit()}, ${machine()}`, `node bench/run.ts zmq ${args.join(' ')}`.trim(), ...notes];
  console.log(`${intro.join('\n')}\n`);

  const rows = workloads.filter(({ name }) => chosen.includes(name));
  const runs: Runs<Count>[] = [];
  for (const workload of rows) {
    const taking = present.filter(({ name }) => name !== 'libzmq' || workload.kind === 'push');
    const run = ({ name }: (typeof contestants)[number]): Promise<Count> => count(name, workload, options);
    const describe = ({ rate }: Count): string => `${Math.round(rate).toLocaleString('en-US')}/s`;
    runs.push(...(await takeTurns(workload.name, taking, repeat, run, describe)));
  }
  const table = rateTable(runs, rows);
  console.log(`\n${table}`);
  if (values.dry) return;
  const markdown = ['# ZeroMQ sockets', intro.join('  \n'), table].join('\n\n');
  const label = values.only === undefined ? 'zmq' : `zmq-${chosen.join('-')}`.slice(0, 60);
  console.log(`\nwritten to ${save(label, markdown, { intro, options, repeat, runs })}`);
}

async function count(name: LibraryName | 'libzmq', workload: Workload, options: RunOptions): Promise<Count> {
  const [port] = await freePorts(1);
  const address = `tcp://127.0.0.1:${port}`;
  if (name === 'libzmq') return countByLibzmq(workload, address);
  const fed: FeederRequest = { library: name, workload, address };
  const feeder = startChild(process.execPath, [join(import.meta.dirname, 'feeder.ts'), JSON.stringify(fed)]);
  try {
    const request: CounterRequest = { library: name, workload, address, ...options };
    const limitSeconds = options.seconds + options.warmupSeconds + REST_OF_RUN_SECONDS;
    return await generate<Count>(join(import.meta.dirname, 'counter.ts'), request, limitSeconds * 1000);
  } catch (error) {
    const [said = ''] = feeder.output().trim().split('\n');
    throw new Error(`${(error as Error).message} ${said}`.trim());
  } finally {
    await endChild(feeder, 'SIGKILL');
  }
}
