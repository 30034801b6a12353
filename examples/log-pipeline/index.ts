/**
 * Logs: many write, some read, and who comes later, or was wrong, reads again from any place.
 *
 *     node examples/log-pipeline/index.ts
 *
 * Services write lines to a topic of four partitions. An alarm counts errors as they come. Then its rule turns out to
 * be wrong, and it reads everything again from the beginning, by offset, while the lines stay where they are.
 */
import { startBroker } from 'dragoman';
import { connect, topic } from 'dragoman/client';

interface Line {
  readonly service: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

const Logs = topic<Line>('logs', { key: ({ service }) => service, partitions: 4 });
const SERVICES = ['web', 'orders', 'mail', 'stock', 'search'];
const LINES = 10_000;
const BATCH = 500;

export async function run(say: (line: string) => void) {
  await using broker = await startBroker({ storage: 'memory' });
  await using mq = await connect(broker.url('kafka') as 'kafka://');

  const startedAt = performance.now();
  for (let from = 0; from < LINES; from += BATCH) {
    await mq.sendAll(
      Logs,
      Array.from({ length: BATCH }, (_, index) => lineOf(from + index)),
    );
  }
  say(`${LINES} lines written in ${Math.round(performance.now() - startedAt)} ms`);

  const errors = await countWhile(mq, 'alarm', ({ level }) => level === 'error');
  say(`errors by service: ${JSON.stringify(errors)}`);

  const all = await countWhile(mq, 'alarm-2', ({ level }) => level !== 'info');
  say(`read again from the beginning with another rule, warnings too: ${JSON.stringify(all)}`);
  return { errors, all };
}

/** Reads every line there is as group `group`, from the beginning, and counts those that `isCounted`. */
async function countWhile(
  mq: Awaited<ReturnType<typeof connect<'kafka://'>>>,
  group: string,
  isCounted: (line: Line) => boolean,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = Object.fromEntries(SERVICES.map((service) => [service, 0]));
  let read = 0;
  const done = Promise.withResolvers<void>();
  const listener = await mq.listen(Logs, { group, from: 'earliest', concurrency: 8, prefetch: 1000 }, (line) => {
    if (isCounted(line)) counts[line.service] = (counts[line.service] ?? 0) + 1;
    if (++read === LINES) done.resolve();
  });
  await done.promise;
  await listener.stop();
  return counts;
}

function lineOf(number: number): Line {
  const service = SERVICES[number % SERVICES.length] as string;
  const level = number % 47 === 0 ? 'error' : number % 19 === 0 ? 'warn' : 'info';
  return { service, level, text: `line ${number}` };
}

if (import.meta.main) await run(console.log);
