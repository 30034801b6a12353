/**
 * The seeded simulator: random declares, publishes, confirms, consumes, settles, returns, gets, cancels, transactions,
 * crashes and restarts against a broker, checked against a model of what must happen.
 *
 *   node test/simulate.ts --seed N --steps M      replays one seed; without --seed, seeds follow until one fails
 *
 * Nothing in it depends on time or on chance outside the seed, so a failure is a number.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MemoryFixture, type StoreFixture } from './simulation/fixture.ts';
import { Random } from './simulation/random.ts';
import { World } from './simulation/world.ts';

/** Runs one seed; rejects with an Error that names the seed and the step. */
export async function simulate(
  seed: number,
  steps: number,
  fixtureOf: (random: Random) => StoreFixture = (random) => new MemoryFixture(random),
): Promise<World['counts']> {
  const world = new World(new Random(seed), fixtureOf(new Random(seed ^ 0x5bd1e995)));
  let step = 0;
  try {
    await world.start();
    for (; step < steps; step++) await world.step();
    await world.rest();
    await world.crash();
    await world.rest();
  } catch (error) {
    throw new Error(`simulation failed: node test/simulate.ts --seed ${seed} --steps ${steps} (at step ${step})`, { cause: error });
  }
  return world.counts;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, steps: { type: 'string' }, runs: { type: 'string' } } });
  const steps = Number(values.steps ?? 2_000);
  const first = Number(values.seed ?? 1);
  const runs = Number(values.runs ?? (values.seed === undefined ? 1_000 : 1));
  for (let seed = first; seed < first + runs; seed++) {
    console.log(seed, JSON.stringify(await simulate(seed, steps)));
  }
}
