/**
 * V8's space for young objects under a load of objects that live for a while: with the bound it stays near 16 MiB. A
 * process of its own for each, because the space never shrinks under load; one without the bound shows that the load
 * would have made it grow.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const MIB = 1024 * 1024;

/** What survives each collection is dropped soon after; the space grows by what has survived in all. */
const LOAD = `
  import { getHeapSpaceStatistics } from 'node:v8';
  let most = 0;
  let kept;
  for (let round = 0; round < 2_000 && most < ${32 * MIB}; round++) {
    kept = [];
    for (let made = 0; made < 2_000; made++) kept.push(new Array(8).fill(made));
    gc({ type: 'minor' });
    await new Promise((resolve) => setImmediate(resolve));
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    most = Math.max(most, space.space_size);
  }
  console.log(most);
`;

function mostBytes(prelude: string): number {
  const program = ['--expose-gc', '--single-threaded-gc', '--input-type=module', '--eval', `${prelude}\n${LOAD}`];
  return Number(execFileSync(process.execPath, program, { encoding: 'utf8', timeout: 60_000 }));
}

test('the young generation stays small under a load that would make it grow', () => {
  const source = new URL('../../src/server/young-generation.ts', import.meta.url);
  assert.ok(mostBytes('') >= 32 * MIB, 'the load makes it grow');
  const bound = mostBytes(`import { boundYoungGeneration } from '${source}'; boundYoungGeneration();`);
  assert.ok(bound < 24 * MIB, `${bound / MIB} MiB`);
});
