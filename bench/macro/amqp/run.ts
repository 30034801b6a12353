/**
 * `npm run bench amqp`: Dragoman, Debian's rabbitmq-server and a bare Node process under the same load, in one run.
 *
 *     --only NAME[,NAME]      workloads of workloads.ts, `start`, `recovery`   (default: all but deep-single)
 *     --broker NAME[,NAME]    dragoman, rabbitmq, ceiling                      (default: all that are there)
 *     --seconds N --warmup N  counted and uncounted time of a flow             (5, 2)
 *     --repeat N              runs of each, brokers taking turns; the table shows medians   (3)
 *     --limit N               seconds a deposit may take                       (180)
 *     --messages N            messages of deposits and of recovery
 *     --dir DIR               where data folders are made; must be a real disk (the system's temporary folder)
 *     --dry                   write no files
 */

import { parseArgs } from 'node:util';
import { commit, machine, save } from '../report.ts';
import type { BrokerKind } from './broker.ts';
import { ceiling } from './broker-ceiling.ts';
import { dragoman } from './broker-dragoman.ts';
import { rabbitmq } from './broker-rabbitmq.ts';
import { measureRecovery, measureStart, type RecoveryResult, type StartResult } from './lifecycle.ts';
import type { LoadResult } from './load.ts';
import { measure, type RunOptions } from './measure.ts';
import { depositTable, flowTable, type Runs, recoveryTable, startTable } from './tables.ts';
import { type Workload, workloads } from './workloads.ts';

const kinds: readonly BrokerKind[] = [dragoman, rabbitmq, ceiling];
const onlyOnRequest = new Set(['deep-single']);

export async function runAmqp(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      broker: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      warmup: { type: 'string', default: '2' },
      repeat: { type: 'string', default: '3' },
      limit: { type: 'string', default: '180' },
      messages: { type: 'string' },
      dir: { type: 'string' },
      dry: { type: 'boolean', default: false },
    },
  });
  const options: RunOptions = {
    seconds: positive('seconds', values.seconds),
    warmupSeconds: positive('warmup', values.warmup),
    limitSeconds: positive('limit', values.limit),
    ...(values.messages === undefined ? {} : { messages: positive('messages', values.messages) }),
    ...(values.dir === undefined ? {} : { folder: values.dir }),
  };
  const repeat = positive('repeat', values.repeat);
  const names = ['start', 'recovery', ...workloads.map((workload) => workload.name)];
  const chosen = choose('--only', values.only, names) ?? names.filter((name) => !onlyOnRequest.has(name));
  const named = choose(
    '--broker',
    values.broker,
    kinds.map((kind) => kind.name),
  );
  const notes: string[] = [];
  const present = kinds.filter((kind) => {
    if (named !== undefined && !named.includes(kind.name)) return false;
    const reason = kind.missing();
    if (reason !== undefined) notes.push(`${kind.title} is left out: ${reason}.`);
    return reason === undefined;
  });
  const intro = [`commit ${commit()}, ${machine()}`, `node bench/run.ts amqp ${args.join(' ')}`.trim(), ...notes];
  console.log(`${intro.join('\n')}\n`);

  const flows: Runs<LoadResult>[] = [];
  const deposits: Runs<LoadResult>[] = [];
  const starts: Runs<StartResult>[] = [];
  const recoveries: Runs<RecoveryResult>[] = [];
  for (const name of chosen) {
    const workload = workloads.find((candidate) => candidate.name === name);
    const real = present.filter((kind) => kind.name !== 'ceiling');
    if (name === 'start') starts.push(...(await takeTurns(name, real, repeat, (kind) => measureStart(kind, options))));
    else if (name === 'recovery') {
      recoveries.push(...(await takeTurns(name, real, 1, (kind) => measureRecovery(kind, options))));
    } else if (workload !== undefined) {
      const asked = (kind: BrokerKind): boolean => named?.includes(kind.name) ?? false;
      const comparable = (kind: BrokerKind): boolean => workload.compare !== false || asked(kind);
      const taking = (workload.kind === 'flow' ? present : real).filter(
        (kind) => (kind === dragoman || comparable(kind)) && !(kind === ceiling && workload.prefetch > 0),
      );
      const runs = await takeTurns(name, taking, workload.kind === 'flow' ? repeat : 1, (kind) =>
        measure(kind, workload, options),
      );
      (workload.kind === 'flow' ? flows : deposits).push(...runs);
    }
  }

  const byName = (name: string): Workload => workloads.find((workload) => workload.name === name)!;
  const sections = [
    flows.length > 0 ? flowTable(flows, byName) : '',
    starts.length > 0 ? startTable(starts) : '',
    recoveries.length > 0 ? recoveryTable(recoveries) : '',
    deposits.length > 0 ? depositTable(deposits, byName) : '',
  ].filter((section) => section !== '');
  console.log(`\n${sections.join('\n\n')}`);
  if (values.dry) return;
  const title = `# AMQP 0-9-1: ${present.map((kind) => kind.title).join(', ')}`;
  const markdown = [title, intro.join('  \n'), ...sections].join('\n\n');
  const label = values.only === undefined ? 'amqp' : `amqp-${chosen.join('-')}`.slice(0, 60);
  const data = { intro, options, repeat, flows, starts, recoveries, deposits };
  console.log(`\nwritten to ${save(label, markdown, data)}`);
}

/** Runs each broker `repeat` times, in turns and with the order reversed each time. */
async function takeTurns<T>(
  name: string,
  taking: readonly BrokerKind[],
  repeat: number,
  run: (kind: BrokerKind) => Promise<T>,
): Promise<Runs<T>[]> {
  const all = taking.map((kind): Runs<T> => ({ workload: name, broker: kind.name, title: kind.title, results: [] }));
  for (let turn = 0; turn < repeat; turn++) {
    const order = turn % 2 === 0 ? taking : taking.toReversed();
    for (const kind of order) {
      const runs = all[taking.indexOf(kind)]!;
      const label = `${name}, ${kind.title}, ${turn + 1} of ${repeat}`;
      try {
        const result = await run(kind);
        runs.results.push(result);
        const rate = (result as { rate?: number }).rate;
        console.log(rate === undefined ? `${label}: done` : `${label}: ${Math.round(rate).toLocaleString('en-US')}/s`);
      } catch (error) {
        runs.failure = (error as Error).message;
        console.log(`${label}: FAILED: ${runs.failure}`);
        process.exitCode = 1;
      }
    }
  }
  return all;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${option} must be a number above 0, not ${text}`);
  return value;
}

function choose(option: string, text: string | undefined, known: readonly string[]): string[] | undefined {
  const chosen = text?.split(',');
  for (const name of chosen ?? []) {
    if (!known.includes(name)) throw new Error(`${option}: no ${name}; there are ${known.join(', ')}`);
  }
  return chosen;
}
