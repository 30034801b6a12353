/**
 * `npm run bench sdk`: what the SDK costs over the bare client libraries, on the same Dragoman, in one run.
 *
 *     --only NAME[,NAME]      workloads of workloads.ts             (default: all)
 *     --repeat N              runs of each, sides taking turns; the table shows medians   (3)
 *     --dry                   write no files
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dragomanCommand } from '../dragoman-command.ts';
import { generate } from '../generator.ts';
import { choose, positive } from '../options.ts';
import { commit, figure, machine, markdownTable, median, save } from '../report.ts';
import { startAnnounced } from '../running-broker.ts';
import { inFolder } from '../scratch-folder.ts';
import { type Named, type Runs, takeTurns } from '../turns.ts';
import type { Load, LoadRequest } from './load.ts';
import { MUST_REACH, type Workload, workloads } from './workloads.ts';

const sides = [
  { name: 'bare', title: 'the library alone' },
  { name: 'sdk', title: 'dragoman/client' },
] as const satisfies readonly Named[];

const LIMIT_MS = 120_000;

export async function runSdk(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      repeat: { type: 'string', default: '3' },
      dry: { type: 'boolean', default: false },
    },
  });
  const repeat = positive('repeat', values.repeat);
  const names = workloads.map(({ name }) => name);
  const chosen = choose('--only', values.only, names) ?? names;
  const intro = [`commit ${commit()}, ${machine()}`, `node bench/run.ts sdk ${args.join(' ')}`.trim()];
  console.log(`${intro.join('\n')}\n`);
  const runs: Runs<Load>[] = [];
  for (const workload of workloads.filter(({ name }) => chosen.includes(name))) {
    const run = ({ name }: (typeof sides)[number]): Promise<Load> => load(name, workload);
    const describe = ({ rate }: Load): string => `${Math.round(rate).toLocaleString('en-US')}/s`;
    runs.push(...(await takeTurns(workload.name, sides, repeat, run, describe)));
  }
  const text = table(runs);
  console.log(`\n${text}`);
  if (values.dry) return;
  const markdown = ['# The SDK over the bare client libraries', intro.join('  \n'), text].join('\n\n');
  const label = values.only === undefined ? 'sdk' : `sdk-${chosen.join('-')}`.slice(0, 60);
  console.log(`\nwritten to ${save(label, markdown, { intro, repeat, runs })}`);
}

function load(side: LoadRequest['side'], workload: Workload): Promise<Load> {
  return inFolder(undefined, async (folder) => {
    const { protocol } = workload;
    const command = dragomanCommand([protocol], { folder, durability: 'os' });
    const broker = await startAnnounced('dragoman', protocol, command);
    try {
      const user = protocol === 'amqp' ? 'guest:guest@' : '';
      const request: LoadRequest = { side, url: `${protocol}://${user}127.0.0.1:${broker.port}`, workload };
      return await generate<Load>(join(import.meta.dirname, 'load.ts'), request, LIMIT_MS);
    } finally {
      await broker.kill();
    }
  });
}

function table(runs: readonly Runs<Load>[]): string {
  const rate = (name: string, side: string): number => {
    const results = runs.find(({ workload, broker }) => workload === name && broker === side)?.results ?? [];
    return median(results.map((result) => result.rate));
  };
  const rows = runs.map(({ workload: name, broker: side, title, results, failure }) => {
    const workload = workloads.find((one) => one.name === name);
    if (results.length === 0) return [workload?.title ?? name, title, `failed: ${failure}`];
    const cpuUs = median(results.map((result) => result.cpuUs));
    const ratio = side === 'sdk' ? figure(rate(name, 'sdk') / rate(name, 'bare'), 'x') : '';
    const wanted = side === 'sdk' ? `${MUST_REACH}x` : '';
    return [workload?.title ?? name, title, figure(rate(name, side)), figure(cpuUs), ratio, wanted];
  });
  return markdownTable(['work', 'side', 'a second', 'CPU us', 'x bare', 'must reach'], rows);
}
