/**
 * Schedule against plain sorting.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule, Timer } from '../../src/core/schedule.ts';
import { Random } from '../simulation/random.ts';

test('tasks run in the order of time, then of request, never early', () => {
  const schedule = new Schedule();
  const ran: string[] = [];
  for (const [name, time] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
    ['b2', 20],
  ] as const) {
    schedule.at(time, { due: () => ran.push(name) });
  }
  assert.equal(schedule.nextDue, 10);
  schedule.tick(9, 10);
  assert.deepEqual(ran, []);
  schedule.tick(20, 10);
  assert.deepEqual(ran, ['a', 'b', 'b2']);
  assert.equal(schedule.nextDue, 30);
});

test('a task may set its own timer again; a tick is bounded', () => {
  const schedule = new Schedule();
  let ran = 0;
  const timer: Timer = new Timer({
    due: (now) => {
      ran++;
      schedule.set(timer, now);
    },
  });
  schedule.set(timer, 5);
  assert.equal(schedule.tick(5, 3), 3);
  assert.equal(ran, 3);
  schedule.cancel(timer);
  schedule.cancel(timer);
  assert.equal(schedule.nextDue, Number.POSITIVE_INFINITY);
});

test('it agrees with sorting under random setting, moving and cancelling', () => {
  const random = new Random(5);
  const schedule = new Schedule();
  const ran: number[] = [];
  const timers = Array.from({ length: 40 }, (_, id) => new Timer({ due: () => ran.push(id) }));
  const times = new Map<number, number>();
  for (let step = 0, now = 0; step < 5_000; step++) {
    const id = random.below(timers.length);
    const timer = timers[id] as Timer;
    const roll = random.below(10);
    if (roll < 6) {
      const time = now + random.below(50);
      schedule.set(timer, time);
      times.set(id, time);
    } else if (roll < 8) {
      schedule.cancel(timer);
      times.delete(id);
    } else {
      now += random.below(20);
      ran.length = 0;
      schedule.tick(now, 1_000);
      const due = [...times].filter(([, time]) => time <= now).map(([timerId]) => timerId);
      assert.deepEqual(
        [...ran].sort((a, b) => a - b),
        due.sort((a, b) => a - b),
      );
      for (const timerId of due) times.delete(timerId);
    }
    assert.equal(schedule.size, times.size);
    assert.equal(schedule.nextDue, Math.min(...times.values(), Number.POSITIVE_INFINITY));
  }
});
