/** Four crashes over OpenWire within `npm test`; `npm run crash -- --protocol openwire` for more of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openwireCrashRun } from './openwire-cycles.ts';

test('transacted sessions are whole or not at all, over four kills', { timeout: 120_000 }, async (t) => {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (CRASH_SEED=${seed} repeats its choices)`);
  const load = await openwireCrashRun({ cycles: 4, seed, loadMsMax: 1_000, say: (line) => t.diagnostic(line) });
  assert.deepEqual(load.violations, [], `seed ${seed}`);
  assert.ok(load.committed > 50 && load.moved > 50, `only ${load.committed} batches, ${load.moved} moved`);
});
