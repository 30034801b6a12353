/**
 * Thousands of crash points of the file engine on a simulated disk; see crash-history.ts for what is checked and how to
 * replay.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('after any crash all that was confirmed is there', () => {
  const program = join(import.meta.dirname, 'crash-history.ts');
  const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
