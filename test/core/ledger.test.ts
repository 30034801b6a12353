/**
 * Ledger: tags, runs, credit, transactions, memory; and against a plain Map.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Borrower, Ledger, type Lender } from '../../src/core/ledger.ts';
import { Random } from '../simulation/random.ts';

class Witness implements Lender, Borrower {
  pooled = true;
  credits = 0;
  wakes = 0;
  readonly told: string[] = [];

  settle(from: number, to: number): void {
    this.told.push(`settle ${from}-${to}`);
  }

  discard(from: number, to: number): void {
    this.told.push(`discard ${from}-${to}`);
  }

  giveBack(from: number, to: number): void {
    this.told.push(`giveBack ${from}-${to}`);
  }

  credited(): void {
    this.credits++;
  }

  wake(): void {
    this.wakes++;
  }
}

test('tags are dense from 1, settled ones are unknown', () => {
  const ledger = new Ledger(100);
  const witness = new Witness();
  assert.equal(ledger.take(witness, witness, 10), 1);
  assert.equal(ledger.skip(), 2);
  assert.equal(ledger.take(witness, witness, 11), 3);
  assert.equal(ledger.settle(2), false);
  assert.equal(ledger.settle(4), false);
  assert.equal(ledger.settle(0), false);
  assert.equal(ledger.settle(1.5), false);
  assert.equal(ledger.settle(Number.NaN), false);
  assert.equal(ledger.settle(3), true);
  assert.equal(ledger.settle(3), false);
  assert.deepEqual(witness.told, ['settle 11-12']);
  assert.deepEqual([ledger.size, ledger.pooled, witness.credits], [1, 1, 1]);
});

test('settling many tells runs', () => {
  const ledger = new Ledger(100);
  const [one, other] = [new Witness(), new Witness()];
  for (const offset of [0, 1, 2]) ledger.take(one, one, offset);
  for (const offset of [7, 8]) ledger.take(other, other, offset);
  for (const offset of [3, 5]) ledger.take(one, one, offset);
  assert.equal(ledger.settleThrough(99), false);
  assert.equal(ledger.settleThrough(6), true);
  assert.deepEqual(one.told, ['settle 0-3', 'settle 3-4']);
  assert.deepEqual(other.told, ['settle 7-9']);
  assert.equal(ledger.settleThrough(6), false);
  ledger.giveBackAll();
  assert.deepEqual(one.told.at(-1), 'giveBack 5-6');
  assert.equal(ledger.settleThrough(0), true, 'all of none is fine');
});

test('one stuck tag does not make it grow', () => {
  const ledger = new Ledger(1_000_000);
  const witness = new Witness();
  ledger.take(witness, witness, 0);
  for (let i = 1; i < 100_000; i++) assert.ok(ledger.settle(ledger.take(witness, witness, i)));
  const slots = (ledger as unknown as { tags: Float64Array }).tags.length;
  assert.ok(slots <= 128, `${slots} slots for one entry`);
  assert.ok(ledger.settle(1));
  assert.equal(ledger.size, 0);
});

test('shared credit parks and wakes', () => {
  const ledger = new Ledger(3);
  const witness = new Witness();
  ledger.setLimit(1);
  ledger.take(witness, witness, 0);
  assert.equal(ledger.room, false);
  ledger.park(witness);
  ledger.setLimit(0);
  assert.equal(witness.wakes, 1);
  ledger.take(witness, witness, 1);
  ledger.take(witness, witness, 2);
  assert.equal(ledger.room, false, 'its own limit of entries holds too');
  ledger.park(witness);
  ledger.settle(2);
  assert.equal(witness.wakes, 2);
});

test("what a transaction names is nobody else's until it is decided", () => {
  const ledger = new Ledger(100);
  const witness = new Witness();
  for (const offset of [0, 1, 2]) ledger.take(witness, witness, offset);
  const tags: number[] = [];
  assert.equal(ledger.intend(2, true, tags), true);
  assert.deepEqual(tags, [1, 2]);
  assert.equal(ledger.intend(2, false, tags), false);
  assert.equal(ledger.settle(1), false);
  ledger.decide(1, null);
  ledger.decide(2, 'settle');
  assert.equal(ledger.settle(1), true);
  assert.deepEqual(witness.told, ['settle 1-2', 'settle 0-1']);
});

test('it agrees with a Map under random use', () => {
  const random = new Random(11);
  const ledger = new Ledger(10_000);
  const held = new Map<number, number>();
  const lender: Lender = {
    settle: (from, to) => ended.push([from, to]),
    discard: (from, to) => ended.push([from, to]),
    giveBack: (from, to) => ended.push([from, to]),
  };
  const ended: [number, number][] = [];
  const witness = new Witness();
  for (let step = 0, offset = 0; step < 20_000; step++) {
    const roll = random.below(20);
    ended.length = 0;
    if (roll < 10) held.set(ledger.take(witness, lender, ++offset), offset);
    else if (roll < 12) ledger.skip();
    else {
      const tag = random.once(8) ? random.below(ledger.lastTag + 5) : (random.pick([...held.keys()].slice(0, 50)) ?? 1);
      const through = roll === 19 && random.once(5);
      assert.equal(through ? ledger.settleThrough(tag) : ledger.settle(tag), held.has(tag) || (through && tag === 0));
      const gone = [...held].filter(
        ([other]) => (through ? held.has(tag) && other <= tag : other === tag) || (through && tag === 0),
      );
      const offsets = ended.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
      assert.deepEqual(
        offsets,
        gone.map(([, at]) => at),
      );
      for (const [other] of gone) held.delete(other);
    }
    assert.equal(ledger.size, held.size);
  }
});
