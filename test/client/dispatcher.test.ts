/**
 * The dispatcher against a model: never more than allowed at a time, keys in order, nothing lost, in random schedules.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Dispatcher } from '../../src/client/dispatcher.ts';

interface Job {
  readonly key: string | undefined;
  readonly number: number;
}

/** A small generator of numbers that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('dispatcher', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`random schedule ${seed}`, () => {
      const random = randomOf(seed);
      const concurrency = 1 + Math.floor(random() * 4);
      const running: Job[] = [];
      const started: Job[] = [];
      const dispatcher = new Dispatcher<Job>(concurrency, (job) => {
        started.push(job);
        const sameKey = running.some(({ key }) => key !== undefined && key === job.key);
        assert.ok(!sameKey, 'two of a key');
        if (random() < 0.3) return true;
        running.push(job);
        assert.ok(running.length <= concurrency, 'too many at once');
        return false;
      });
      const jobs = Array.from({ length: 300 }, (_, number): Job => {
        return { number, key: random() < 0.2 ? undefined : `k${Math.floor(random() * 5)}` };
      });
      const endOne = (): void => {
        const [job] = running.splice(Math.floor(random() * running.length), 1);
        if (job !== undefined) dispatcher.ended(job);
      };
      for (const job of jobs) {
        dispatcher.put(job);
        const step = random();
        if (step < 0.05) dispatcher.pause();
        else if (step < 0.2) dispatcher.resume();
        if (random() < 0.5) endOne();
      }
      dispatcher.resume();
      while (running.length > 0) endOne();
      assert.equal(started.length, jobs.length, 'each was started once');
      for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
        const order = started.filter((job) => job.key === key).map(({ number }) => number);
        assert.deepEqual(
          order,
          order.toSorted((one, two) => one - two),
          `${key} in order`,
        );
      }
    });
  }

  test('drain waits for what runs and starts nothing more', async () => {
    const started: number[] = [];
    const dispatcher = new Dispatcher<Job>(1, ({ number }) => {
      started.push(number);
      return false;
    });
    const first: Job = { key: undefined, number: 1 };
    dispatcher.put(first);
    dispatcher.put({ key: undefined, number: 2 });
    let isDrained = false;
    const draining = dispatcher.drain().then(() => {
      isDrained = true;
    });
    await new Promise(setImmediate);
    assert.equal(isDrained, false);
    dispatcher.ended(first);
    await draining;
    assert.deepEqual(started, [1]);
  });
});
