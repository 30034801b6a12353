/**
 * A bounded number of simulations; `node test/simulate.ts` runs as many as one likes. A failure names its seed.
 */
import { test } from 'node:test';
import { simulate } from './simulate.ts';

for (let seed = 1; seed <= 6; seed++) {
  test(`plain store, seed ${seed}`, async () => {
    await simulate(seed, 1_000);
  });
}

for (let seed = 1; seed <= 4; seed++) {
  test(`journal, seed ${seed}`, async () => {
    await simulate(seed, 500, 'journal');
  });
  test(`journal on an unkind disk, seed ${seed}`, async () => {
    await simulate(seed, 500, 'disk');
  });
}
