/** The rows of a hold log against a plain list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOLD, type Hold, HoldTable, NEVER } from '../../src/core/hold-table.ts';
import { Random } from '../simulation/random.ts';

function hold(offset: number, at: number): Hold {
  return { offset, at, born: 1, target: offset % 7, count: 1, checks: 0, state: HOLD.DELAYED };
}

test('found by offset and by time, whatever was added, changed and removed', () => {
  const random = new Random(Number(process.env['DRAGOMAN_SEED'] ?? 7));
  const table = new HoldTable(true);
  const model = new Map<number, Hold>();
  let next = 0;
  for (let step = 0; step < 20_000; step++) {
    const dice = random.below(100);
    // Grows for a while, then shrinks, so that gaps are closed.
    if (dice < (step < 10_000 ? 50 : 25)) {
      next += 1 + random.below(3);
      const added = hold(next, random.once(10) ? NEVER : random.below(1_000));
      table.put(added);
      model.set(next, added);
    } else {
      const offset = random.pick([...model.keys()].slice(0, 50)) ?? -1;
      const row = table.find(offset);
      assert.equal(row >= 0, model.has(offset));
      if (row < 0) continue;
      if (random.once(3)) {
        const changed = { ...table.get(row), at: random.below(1_000), checks: 3 };
        table.put(changed);
        model.set(offset, changed);
      } else {
        table.remove(row);
        model.delete(offset);
      }
    }
    if (step % 500 !== 0) continue;
    assert.deepEqual([...table], [...model.values()]);
    const times = [...model.values()].map(({ at }) => at).filter((at) => at < NEVER);
    assert.equal(table.nextAt, Math.min(...times, Number.POSITIVE_INFINITY));
  }
  const order: Hold[] = [];
  while (table.nextAt < Number.POSITIVE_INFINITY) {
    order.push(table.get(table.first));
    table.remove(table.first);
  }
  const timed = [...model.values()].filter(({ at }) => at < NEVER);
  assert.deepEqual(
    order,
    timed.sort((a, b) => a.at - b.at || a.offset - b.offset),
  );
});

test('what is folded again in the middle finds its place', () => {
  const table = new HoldTable(false);
  for (const offset of [5, 9, 2, 7, 2]) table.put(hold(offset, offset));
  assert.deepEqual(
    [...table].map(({ offset }) => offset),
    [2, 5, 7, 9],
  );
  table.remove(table.find(5));
  assert.equal(table.find(5), -1);
  table.put(hold(5, 1));
  assert.equal(table.size, 4);
  assert.equal(table.get(table.find(5)).at, 1);
});
