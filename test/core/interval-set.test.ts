/**
 * IntervalSet against a plain Set.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntervalSet } from '../../src/core/interval-set.ts';
import { Random } from '../simulation/random.ts';

function rangesOf(set: IntervalSet): number[][] {
  return Array.from({ length: set.ranges }, (_, index) => [set.rangeFrom(index), set.rangeTo(index)]);
}

test('neighbours melt and cuts split', () => {
  const set = new IntervalSet();
  set.add(0, 2);
  set.add(4, 6);
  assert.equal(set.add(2, 4), 2);
  assert.deepEqual(rangesOf(set), [[0, 6]]);
  assert.equal(set.remove(2, 3), 1);
  assert.deepEqual(rangesOf(set), [
    [0, 2],
    [3, 6],
  ]);
  assert.equal(set.firstAbsent(0), 2);
  assert.equal(set.firstAbsent(2), 2);
  assert.equal(set.firstAbsent(3), 6);
  assert.equal(set.countIn(1, 4), 2);
});

test('an empty set has no minimum and takes nothing', () => {
  const set = new IntervalSet();
  assert.deepEqual([set.min, set.end, set.takeMin(), set.count, set.add(3, 3)], [-1, -1, -1, 0, 0]);
});

test('it agrees with a Set under random use', () => {
  const random = new Random(7);
  for (let run = 0; run < 50; run++) {
    const set = new IntervalSet(1);
    const plain = new Set<number>();
    for (let step = 0; step < 300; step++) {
      const from = random.below(60);
      const to = from + random.below(8);
      const roll = random.below(5);
      let changed = 0;
      if (roll < 2) {
        const before = plain.size;
        for (let member = from; member < to; member++) plain.add(member);
        changed = plain.size - before;
        assert.equal(set.add(from, to), changed);
      } else if (roll < 4) {
        for (let member = from; member < to; member++) if (plain.delete(member)) changed++;
        assert.equal(set.remove(from, to), changed);
      } else {
        const least = plain.size === 0 ? -1 : Math.min(...plain);
        assert.equal(set.takeMin(), least);
        plain.delete(least);
      }
      assert.equal(set.count, plain.size);
      const members = rangesOf(set).flatMap(([low, high]) => Array.from({ length: high! - low! }, (_, i) => low! + i));
      assert.deepEqual(
        members,
        [...plain].sort((a, b) => a - b),
      );
      assert.equal(set.contains(from), plain.has(from));
      for (let i = 1; i < set.ranges; i++) assert.ok(set.rangeFrom(i) > set.rangeTo(i - 1), 'ranges touch');
    }
  }
});
