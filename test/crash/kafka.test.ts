/** Four crashes over Kafka within `npm test`; `npm run crash -- --protocol kafka` for more of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { kafkaCrashRun } from './kafka-cycles.ts';

test('what producers and groups were promised is kept over four kills, and nothing is written twice', {
  timeout: 120_000,
}, async (t) => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (CRASH_SEED=${seed} repeats its choices)`);
  const result = await kafkaCrashRun({ cycles: 4, seed, loadMsMax: 1_000, say: (line) => t.diagnostic(line) });
  assert.deepEqual(result.violations.slice(0, 20), [], `${result.violations.length} violations, seed ${seed}`);
  assert.ok(result.acknowledged > 50, `only ${result.acknowledged} batches were acknowledged`);
  assert.ok(result.committed > 0, 'no position was committed');
});
