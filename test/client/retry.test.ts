/** Delays, lanes and durations. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Duration, durationText, millisecondsOf } from '../../src/client/duration.ts';
import { exponential, fixed } from '../../src/client/index.ts';
import { deadLettersOf, destinationIn, destinationText, laneOf } from '../../src/client/lanes.ts';

const ORDERS = { kind: 'topic', name: 'orders' } as const;
const MAILS = { kind: 'queue', name: 'mails' } as const;

describe('retry policies', () => {
  test('exponential: a lane for each delay, none beyond the maximum', () => {
    const { lanes, delayAfter } = exponential({ attempts: 6, base: '1s', max: '5s', jitter: false });
    assert.deepEqual(lanes, [1_000, 2_000, 4_000, 5_000]);
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(delayAfter), [1_000, 2_000, 4_000, 5_000, 5_000, undefined, undefined]);
  });

  test('jitter picks a lane that there is, this one or the one below', () => {
    const { lanes, delayAfter } = exponential({ attempts: 4, base: 100, factor: 3 });
    const picked = new Set(Array.from({ length: 200 }, () => delayAfter(3)));
    assert.deepEqual([...picked].sort(), [300, 900]);
    for (const delay of picked) assert.ok(lanes.includes(delay as number));
    assert.equal(delayAfter(1), 100);
    assert.equal(delayAfter(4), undefined);
  });

  test('fixed: one lane, or none for a single attempt', () => {
    const twice = fixed({ attempts: 2, delay: '1m' });
    assert.deepEqual([twice.lanes, twice.delayAfter(1), twice.delayAfter(2)], [[60_000], 60_000, undefined]);
    assert.deepEqual(fixed({ attempts: 1 }).lanes, []);
  });

  test('nonsense is refused', () => {
    assert.throws(() => fixed({ attempts: 0 }), RangeError);
    assert.throws(() => exponential({ attempts: 1.5 }), RangeError);
    assert.throws(() => exponential({ factor: 0.5 }), RangeError);
    assert.throws(() => fixed({ delay: 'soon' as Duration }), TypeError);
  });
});

describe('durations and names', () => {
  test('durations there and back', () => {
    const pairs: [Duration, number, string][] = [
      [250, 250, '250ms'],
      ['30s', 30_000, '30s'],
      ['1.5m', 90_000, '90s'],
      ['2h', 7_200_000, '2h'],
      ['1d', 86_400_000, '1d'],
      [0, 0, '0ms'],
    ];
    for (const [duration, ms, text] of pairs) {
      assert.equal(millisecondsOf(duration), ms);
      assert.equal(durationText(ms), text);
    }
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', '5 s', 's', '1e3s']) {
      assert.throws(() => millisecondsOf(bad as Duration), TypeError);
    }
  });

  test('lanes and dead letters', () => {
    assert.equal(laneOf(ORDERS, 'billing', 30_000).name, 'orders.billing.retry-30s');
    assert.equal(laneOf(MAILS, undefined, 1_500).name, 'mails.retry-1500ms');
    assert.equal(deadLettersOf(ORDERS, 'billing').name, 'orders.billing.dead');
    assert.equal(deadLettersOf(MAILS, undefined).name, 'mails.dead');
    for (const place of [ORDERS, MAILS]) assert.deepEqual(destinationIn(destinationText(place)), place);
    assert.equal(destinationIn('elsewhere'), undefined);
    assert.equal(destinationIn(undefined), undefined);
  });
});
