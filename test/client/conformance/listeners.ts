/**
 * Listeners, batch listeners, iterators, middleware and the end of all of them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Message, queue, topic } from '../../../src/client/index.ts';
import { Arrivals, Scene, type Subject, within } from './scene.ts';

export function listeners(subject: Subject): void {
  describe('listeners', () => {
    test('concurrency, and one after the other for each key', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Steps = queue<{ key: string; step: number }>(scene.name('steps'), { key: ({ key }) => key });
      const done = new Arrivals<string>();
      const running = new Map<string, number>();
      let [most, overlaps] = [0, 0];
      const { promise: two, resolve } = Promise.withResolvers<void>();
      await mq.listen(Steps, { concurrency: 4 }, async ({ key, step }) => {
        if (running.has(key)) overlaps += 1;
        running.set(key, step);
        most = Math.max(most, running.size);
        if (running.size >= 2) resolve();
        await within(two, () => 'two handlers at once');
        await new Promise(setImmediate);
        running.delete(key);
        done.push(`${key}${step}`);
      });
      const sends = [0, 1, 2, 3, 4].flatMap((step) => ['a', 'b', 'c'].map((key) => ({ key, step })));
      await mq.sendAll(Steps, sends);
      const all = await done.count(15);
      assert.equal(overlaps, 0);
      assert.ok(most > 1 && most <= 4, `${most} at once`);
      for (const key of ['a', 'b', 'c']) {
        const mine = all.filter((one) => one.startsWith(key));
        assert.deepEqual(
          mine,
          [0, 1, 2, 3, 4].map((step) => `${key}${step}`),
          'in order',
        );
      }
    });

    test('what was not acknowledged comes again, what was does not', async (context) => {
      const scene = await Scene.open(context, subject);
      const Jobs = queue<number>(scene.name('jobs'));
      const first = await scene.connect();
      const got = new Arrivals<Message<number>>();
      await first.listen(Jobs, { ack: 'manual' }, (_, message) => void got.push(message));
      await first.sendAll(Jobs, [1, 2, 3]);
      const messages = await got.count(3);
      for (const message of messages) if (message.value !== 3) message.ack();
      await first.close();

      const second = await scene.connect();
      const again = new Arrivals<number>();
      await second.listen(Jobs, {}, (number) => again.push(number));
      await second.send(Jobs, 4);
      assert.deepEqual([...(await again.count(2))].sort(), [3, 4]);
    });

    test('a released message comes again at once', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const got = new Arrivals<number>();
      await mq.listen(Jobs, { ack: 'manual' }, (number, message) => {
        got.push(number);
        if (got.all.length === 1) message.release();
        else message.ack();
      });
      await mq.send(Jobs, 1);
      assert.deepEqual(await got.count(2), [1, 1]);
    });

    test('paused it starts nothing, resumed it goes on', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const got = new Arrivals<number>();
      const listener = await mq.listen(Jobs, {}, (number) => got.push(number));
      await mq.send(Jobs, 1);
      await got.count(1);
      listener.pause();
      await mq.send(Jobs, 2);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.deepEqual(got.all, [1]);
      listener.resume();
      assert.deepEqual(await got.count(2), [1, 2]);
    });

    test('batches', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Lines = topic<number>(scene.name('lines'), { key: () => 'same' });
      const got = new Arrivals<number[]>();
      await mq.listenBatch(Lines, { size: 10, wait: '300ms' }, async (messages) => {
        got.push(messages.map(({ value }) => value));
      });
      const numbers = Array.from({ length: 25 }, (_, index) => index);
      await mq.sendAll(Lines, numbers);
      while (got.all.flat().length < 25) await got.count(got.all.length + 1);
      assert.deepEqual(got.all.flat(), numbers);
      assert.ok(got.all.every((batch) => batch.length <= 10) && got.all.some((batch) => batch.length > 1));
    });

    test('for await, and leaving the loop', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      await mq.sendAll(Jobs, [1, 2, 3]);
      const got: number[] = [];
      for await (const message of mq.messages(Jobs, { prefetch: 1 })) {
        got.push(message.value);
        message.ack();
        if (got.length === 2) break;
      }
      const third = await mq.receive(Jobs, { timeout: '20s' });
      assert.deepEqual([...got, third?.value].sort(), [1, 2, 3]);
    });

    test('a signal ends a loop and a listener', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const ending = new AbortController();
      const loop = (async () => {
        for await (const message of mq.messages(Jobs, { signal: ending.signal })) {
          message.ack();
          ending.abort();
        }
      })();
      await mq.send(Jobs, 1);
      await within(loop, () => 'the end of the loop');
      const aborted = mq.listen(Jobs, { signal: AbortSignal.abort() }, () => {});
      await assert.rejects(aborted, { name: 'AbortError' });
    });

    test('middleware is around every handler, the first outermost', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const steps = new Arrivals<string>();
      mq.use(async (message, next) => {
        steps.push(`a ${message.value}`);
        const result = await next();
        steps.push(`a ${result}`);
        return result;
      });
      mq.use(async (_, next) => {
        steps.push('b');
        return next();
      });
      await mq.listen(Jobs, {}, (number) => {
        steps.push('handler');
        return number + 1;
      });
      await mq.send(Jobs, 1);
      assert.deepEqual(await steps.count(4), ['a 1', 'b', 'handler', 'a 2']);
    });

    test('close lets running handlers end and keeps the rest for others', async (context) => {
      const scene = await Scene.open(context, subject);
      const first = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const started = new Arrivals<number>();
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const ended: number[] = [];
      await first.listen(Jobs, {}, async (number) => {
        started.push(number);
        await gate;
        ended.push(number);
      });
      await first.sendAll(Jobs, [1, 2]);
      await started.count(1);
      const closing = first.close();
      open();
      await closing;
      assert.deepEqual([started.all.length, ended], [1, [...started.all]]);
      const second = await scene.connect();
      const rest = await second.receive(Jobs, { timeout: '20s' });
      assert.deepEqual([...ended, rest?.value].sort(), [1, 2]);
    });

    test('a handler that does not end is told by its signal', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const started = new Arrivals<number>();
      const { promise: told, resolve } = Promise.withResolvers<void>();
      const listener = await mq.listen(Jobs, {}, (number, { signal }) => {
        started.push(number);
        signal.addEventListener('abort', () => resolve());
        return told;
      });
      await mq.send(Jobs, 1);
      await started.count(1);
      await listener.stop({ grace: 20 });
      await within(told, () => 'the signal');
    });
  });
}
