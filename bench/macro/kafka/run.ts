/**
 * `npm run bench kafka`: Dragoman and Apache Kafka under the same load, in one run.
 *
 *     --only NAME[,NAME]      workloads of workloads.ts, `start`   (default: all but 64k-batches and fsync-1k-1)
 *     --broker NAME[,NAME]    dragoman, apache                     (default: all that are there)
 *     --seconds N             counted time of a figure             (2)
 *     --warmup N              how long each fresh broker is heated (9)
 *     --repeat N              sittings of each, brokers taking turns; the tables show medians   (3)
 *     --messages N            records to produce at most in a row  (4 GiB of them)
 *     --full-fetch            consumers name all partitions in every request, as librdkafka does, and offer no session
 *     --dir DIR               where data folders are made; must be a real disk (the system's temporary folder)
 *     --dry                   write no files
 */

import { parseArgs } from 'node:util';
import { choose, positive } from '../options.ts';
import { commit, machine, save } from '../report.ts';
import { inTurn, type Runs, takeTurns } from '../turns.ts';
import type { BrokerKind } from './broker.ts';
import { apache } from './broker-apache.ts';
import { dragoman } from './broker-dragoman.ts';
import { missingLibrdkafka } from './librdkafka.ts';
import { measureStart, type StartResult } from './lifecycle.ts';
import type { LoadResult } from './load.ts';
import { type Outcome, type RunOptions, sit } from './sitting.ts';
import { latencyTable, memoryTable, startTable, throughputTable } from './tables.ts';
import { type Durability, type Workload, workloadNamed, workloads } from './workloads.ts';

const kinds: readonly BrokerKind[] = [dragoman, apache];
const durabilities: readonly Durability[] = ['os', 'fsync'];
const START = 'start';

export async function runKafka(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      broker: { type: 'string' },
      seconds: { type: 'string', default: '2' },
      warmup: { type: 'string', default: '9' },
      repeat: { type: 'string', default: '3' },
      messages: { type: 'string' },
      'full-fetch': { type: 'boolean', default: false },
      dir: { type: 'string' },
      dry: { type: 'boolean', default: false },
    },
  });
  const options: RunOptions = {
    seconds: positive('seconds', values.seconds),
    warmupSeconds: positive('warmup', values.warmup),
    sessions: !values['full-fetch'],
    ...(values.messages === undefined ? {} : { messages: positive('messages', values.messages) }),
    ...(values.dir === undefined ? {} : { folder: values.dir }),
  };
  const repeat = positive('repeat', values.repeat);
  const all = [START, ...workloads.map((workload) => workload.name)];
  const usual = all.filter((name) => name === START || workloadNamed(name).onRequest !== true);
  const chosen = choose('--only', values.only, all) ?? usual;
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
  const without = chosen.includes('librdkafka') ? missingLibrdkafka() : undefined;
  if (without !== undefined) notes.push(`The row of librdkafka is left out: ${without}.`);
  const rows = workloads.filter(
    (row) => chosen.includes(row.name) && !(row.byLibrdkafka === true && without !== undefined),
  );
  const intro = [`commit ${commit()}, ${machine()}`, `node bench/run.ts kafka ${args.join(' ')}`.trim(), ...notes];
  console.log(`${intro.join('\n')}\n`);

  const starts = chosen.includes(START) ? await startsOf(present, repeat, options) : [];
  const runs = await sittings(present, rows, repeat, options);

  const sections = [
    throughputTable(runs, workloadNamed),
    latencyTable(runs, workloadNamed),
    starts.length > 0 ? startTable(starts) : '',
    memoryTable(runs),
  ].filter((section) => section !== '');
  console.log(`\n${sections.join('\n\n')}`);
  if (values.dry) return;
  const title = `# Kafka: ${present.map((kind) => kind.title).join(', ')}`;
  const markdown = [title, intro.join('  \n'), ...sections].join('\n\n');
  const label = values.only === undefined ? 'kafka' : `kafka-${chosen.join('-')}`.slice(0, 60);
  console.log(`\nwritten to ${save(label, markdown, { intro, options, repeat, starts, runs })}`);
}

function startsOf(present: readonly BrokerKind[], repeat: number, options: RunOptions): Promise<Runs<StartResult>[]> {
  const describe = (result: StartResult): string => `first record after ${Math.round(result.firstRecordMs)} ms`;
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
          console.log(`${label}: ${result === undefined ? `FAILED: ${failure}` : described(workload, result)}`);
        });
      }
    }
  }
  return all;
}

function described(workload: Workload, { produce, consume, together }: LoadResult): string {
  if (workload.ratePerSecond !== undefined) return `p99 ${(together!.latencyUs.p99 / 1000).toFixed(2)} ms`;
  const rates = [produce, consume, together].flatMap((phase) => phase ?? []).map((phase) => Math.round(phase.rate));
  return `${rates.map((rate) => rate.toLocaleString('en-US')).join('/s, ')}/s`;
}
