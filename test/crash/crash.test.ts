/** Five crashes within `npm test`; `npm run crash -- --help` for more of them, power cuts and disk faults. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { crashRun } from './cycles.ts';
import { buildShim, PowerSwitch } from './power.ts';

test('nothing confirmed is lost and nothing settled returns over five kills', { timeout: 120_000 }, async (t) => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (CRASH_SEED=${seed} repeats its choices)`);
  const result = await crashRun({ cycles: 5, seed, loadMsMax: 1_000, say: (line) => t.diagnostic(line) });
  assert.deepEqual(
    result.violations.slice(0, 20),
    [],
    `${result.violations.length} violations, seed ${seed}, ${result.folder}`,
  );
  assert.equal(result.cycles, 5);
  assert.ok(result.counts.confirmed > 100, `the load confirmed only ${result.counts.confirmed} messages`);
  assert.ok(result.counts.secured > 20, `only ${result.counts.secured} acks were secured by a later confirm`);
});

const shim = buildShim();

test('power cuts take nothing from --durability fsync, and something from os', {
  timeout: 120_000,
  skip: typeof shim === 'string' ? shim : false,
}, async (t) => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
  const { library } = shim as { library: string };
  const power = (folder: string): PowerSwitch => new PowerSwitch(library, folder);
  const options = { seed, loadMsMax: 700, power, say: (line: string) => t.diagnostic(line) };
  const synced = await crashRun({ ...options, cycles: 2 });
  assert.deepEqual(synced.violations.slice(0, 20), [], `seed ${seed}, ${synced.folder}`);
  const unsynced = await crashRun({ ...options, cycles: 10, durability: 'os', keep: false });
  assert.ok(
    unsynced.violations.some((violation) => /was confirmed and is lost/.test(violation)),
    'a broker that does not sync lost nothing: this test would not see a missing sync',
  );
});
