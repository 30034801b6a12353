/**
 * Every protocol to every protocol: text, binary, empty and 1 MiB bodies, headers that are not ASCII and not only text.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pair, parties, runMatrix } from './matrix.ts';

test('the interop matrix', { timeout: 110_000 }, async (context) => {
  const pairs: Pair[] = [];
  await runMatrix((pair) => pairs.push(pair));
  assert.equal(pairs.length, parties.length ** 2);
  for (const { from, to, sent, received } of pairs) {
    await context.test(`${from.name} to ${to.name}`, () => {
      for (const [index, { body, headers }] of sent.entries()) {
        const got = received[index];
        assert.ok(got);
        assert.ok(got.body.equals(body), `letter ${index}: ${got.body.length} bytes, not ${body.length}`);
        if (from.lacks?.headers === true || to.lacks?.headers === true) continue;
        for (const [name, value] of Object.entries(headers)) {
          assert.equal(String(got.headers[name]), String(value), `letter ${index}: header ${name}`);
        }
      }
    });
  }
});
