/**
 * The loop: one turn however many ask, one alarm whatever is due, the clock refreshed by what comes from outside.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import { ManualClock, RealClock } from '../../src/server/clock.ts';
import { Loop } from '../../src/server/loop.ts';

function turning(turn: () => void, eventOver = () => {}) {
  return { turn, eventOver, schedule: { nextDue: Number.POSITIVE_INFINITY } };
}

test('many wakes are one turn; a wake before there is a broker is kept', async () => {
  const loop = new Loop(new ManualClock());
  let turns = 0;
  loop.wake();
  loop.drive(turning(() => turns++));
  loop.wake();
  loop.wake();
  await immediate();
  assert.equal(turns, 1);
  await immediate();
  assert.equal(turns, 1);
});

test('a turn may ask for the next one', async () => {
  const loop = new Loop(new ManualClock());
  let turns = 0;
  loop.drive(turning(() => ++turns < 3 && loop.wake()));
  loop.wake();
  while (loop.pending) await immediate();
  assert.equal(turns, 3);
});

test('what is due brings about a turn; a manual clock decides when', async () => {
  const clock = new ManualClock(1_000);
  const loop = new Loop(clock);
  const seen: number[] = [];
  const broker = turning(() => {
    seen.push(clock.now);
    broker.schedule.nextDue = seen.length === 1 ? 6_000 : Number.POSITIVE_INFINITY;
  });
  loop.drive(broker);
  loop.wake();
  await immediate();
  clock.advance(4_999);
  await immediate();
  assert.deepEqual(seen, [1_000]);
  clock.advance(1);
  await immediate();
  assert.deepEqual(seen, [1_000, 6_000]);
  assert.throws(() => clock.advance(-1), RangeError);
});

test('with the real clock too, and an earlier deadline moves the alarm', async () => {
  const clock = new RealClock();
  const loop = new Loop(clock);
  let turns = 0;
  const broker = turning(() => {
    turns++;
    broker.schedule.nextDue =
      turns === 1 ? clock.now + 60_000 : turns === 2 ? clock.now + 20 : Number.POSITIVE_INFINITY;
  });
  loop.drive(broker);
  loop.wake();
  await immediate();
  loop.wake();
  await immediate();
  await delay(60);
  assert.equal(turns, 3);
  loop.stop();
});

test('the first event after a silence sees the time of now, not of the last turn', async () => {
  const clock = new RealClock();
  const loop = new Loop(clock);
  loop.drive(turning(() => {}));
  loop.wake();
  await immediate();
  const before = clock.now;
  await delay(20);
  assert.equal(clock.now, before);
  loop.enter();
  assert.ok(clock.now >= before + 15);
  loop.stop();
});

test('an exception in a turn stops the loop and is told', async () => {
  const loop = new Loop(new ManualClock());
  const told: unknown[] = [];
  loop.onBroken = (error) => told.push(error);
  let turns = 0;
  loop.drive(
    turning(() => {
      turns++;
      throw new Error('broken');
    }),
  );
  loop.wake();
  await immediate();
  loop.wake();
  await immediate();
  assert.equal(turns, 1);
  assert.equal((told[0] as Error).message, 'broken');
});

test('the broker is told after every event, until one of them shows that it is broken', async () => {
  const loop = new Loop(new ManualClock());
  const told: unknown[] = [];
  loop.onBroken = (error) => told.push(error);
  let events = 0;
  loop.exit();
  loop.drive(
    turning(
      () => {},
      () => {
        if (++events === 2) throw new Error('broken');
      },
    ),
  );
  for (let count = 0; count < 3; count++) {
    loop.enter();
    loop.exit();
  }
  assert.equal(events, 2);
  assert.equal((told[0] as Error).message, 'broken');
});
