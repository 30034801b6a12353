/** Four crashes over RocketMQ within `npm test`; `npm run crash -- --protocol rocketmq` for more of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { rocketmqCrashRun } from './rocketmq-cycles.ts';

test('transactions end as their producer says, once, over four kills', { timeout: 120_000 }, async (t) => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (CRASH_SEED=${seed} repeats its choices)`);
  const load = await rocketmqCrashRun({ cycles: 4, seed, loadMsMax: 1_000, say: (line) => t.diagnostic(line) });
  assert.deepEqual(load.violations, [], `seed ${seed}`);
  assert.ok(load.decided > 50 && load.delivered > 50, `only ${load.decided} decisions, ${load.delivered} delivered`);
});
