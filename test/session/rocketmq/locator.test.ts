/**
 * Locators: exact in all of their bits, and none that leads elsewhere.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELD, Locator } from '../../../src/session/rocketmq/locator.ts';

const PLACES: readonly (readonly [log: number, offset: number])[] = [
  [HELD, 0],
  [1, 0],
  [1, 2 ** 32 - 1],
  [1, 2 ** 32],
  [2 ** 21 - 1, 2 ** 41 - 1],
  [2 ** 21, 0],
  [2 ** 21, 2 ** 34 - 1],
  [2 ** 28 - 2, 2 ** 34 - 1],
];

test('log and offset come back from halves and from text', () => {
  const seen = new Set<string>();
  for (const [log, offset] of PLACES) {
    const locator = new Locator().point(log, offset);
    assert.deepEqual([locator.log, locator.offset], [log, offset]);
    const text = locator.toString();
    assert.ok(BigInt(text) < 2n ** 63n);
    const again = new Locator();
    assert.ok(again.read(text));
    assert.deepEqual([again.log, again.offset, again.high, again.low], [log, offset, locator.high, locator.low]);
    seen.add(text);
  }
  assert.equal(seen.size, PLACES.length);
});

test('what can not be named leads nowhere', () => {
  const nowhere = String(2n ** 63n - 1n);
  for (const [log, offset] of [
    [1, 2 ** 41],
    [2 ** 28, 0],
    [2 ** 21, 2 ** 34],
  ] as const) {
    assert.equal(new Locator().point(log, offset).toString(), nowhere);
  }
});

test('texts that are no locator', () => {
  const locator = new Locator();
  for (const text of ['', '-1', 'x', '1.5', String(2n ** 63n), '99999999999999999999']) {
    assert.equal(locator.read(text), false, text);
  }
});
