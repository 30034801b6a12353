/** Five crashes within `npm test`; `npm run crash -- --help` for more of them, power cuts and disk faults. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { crashRun } from './cycles.ts';

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
