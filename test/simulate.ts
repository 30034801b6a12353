/**
 * The seeded simulator: random declares, publishes, confirms, consumes, settles, returns, gets, cancels, transactions,
 * crashes and restarts against a broker, checked against a model of what must happen.
 *
 *   node test/simulate.ts --seed N --steps M      replays one seed; without --seed, seeds follow until one fails
 *   --store memory | journal | disk               over the plain store of the core's tests; the real journal; the real
 *                                                 journal on the file engine over an unkind disk
 *
 * Nothing in it depends on time or on chance outside the seed, so a failure is a number.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MemoryFixture, type StoreFixture } from './simulation/fixture.ts';
import { DiskGround, JournalFixture, MemoryGround } from './simulation/journal-fixture.ts';
import { Random } from './simulation/random.ts';
import { World } from './simulation/world.ts';

const FIXTURES = {
  memory: (random: Random): StoreFixture => new MemoryFixture(random),
  journal: (random: Random): StoreFixture => new JournalFixture(random, new MemoryGround()),
  disk: (random: Random): StoreFixture => new JournalFixture(random, new DiskGround(random)),
};
export type StoreName = keyof typeof FIXTURES;

/** Runs one seed; rejects with an Error that says how to run it again. */
export async function simulate(seed: number, steps: number, store: StoreName = 'memory'): Promise<World['counts']> {
  const world = new World(new Random(seed), FIXTURES[store](new Random(seed ^ 0x5bd1e995)));
  let step = 0;
  try {
    await world.start();
    for (; step < steps; step++) await world.step();
    await world.rest();
    await world.crash();
    await world.rest();
  } catch (error) {
    const again = `node test/simulate.ts --store ${store} --seed ${seed} --steps ${steps}`;
    throw new Error(`simulation failed at step ${step}: ${again}`, { cause: error });
  }
  return world.counts;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: option, steps: option, runs: option, store: option } });
  const steps = Number(values.steps ?? 2_000);
  const first = Number(values.seed ?? 1);
  const runs = Number(values.runs ?? (values.seed === undefined ? 1_000 : 1));
  const store = values.store ?? 'memory';
  if (!Object.hasOwn(FIXTURES, store)) throw new Error(`no store '${store}'`);
  for (let seed = first; seed < first + runs; seed++) {
    console.log(seed, JSON.stringify(await simulate(seed, steps, store as StoreName)));
  }
}
