/**
 * Retries and dead letters.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import { exponential, FatalError, fixed, queue, text, topic } from '../../../src/client/index.ts';
import { Arrivals, Scene, type Subject } from './scene.ts';

class Hopeless extends Error {}

export function failures(subject: Subject): void {
  describe('failures', () => {
    test('tried again after its delay, by that group alone, and nobody waits behind it', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Orders = topic<string>(scene.name(), { key: () => 'same' });
      const got = new Arrivals<string>();
      const audit = new Arrivals<string>();
      const times: number[] = [];
      const retry = fixed({ attempts: 3, delay: '250ms' });
      await mq.listen(Orders, { group: 'billing', retry }, (value, { attempt, id, key }) => {
        got.push(`${value} ${attempt} ${id} ${key}`);
        if (value !== 'bad') return;
        times.push(Date.now());
        if (attempt < 3) throw new Error('not yet');
      });
      await mq.listen(Orders, { group: 'audit', retry: false }, (value) => audit.push(value));
      await mq.send(Orders, 'bad', { id: '1' });
      await mq.send(Orders, 'good', { id: '2' });
      const expected = ['bad 1 1 same', 'good 1 2 same', 'bad 2 1 same', 'bad 3 1 same'];
      assert.deepEqual(await got.count(4), expected);
      assert.ok(times[1]! - times[0]! >= 249 && times[2]! - times[1]! >= 249, `at ${times}`);
      assert.deepEqual(await audit.count(2), ['bad', 'good']);
    });

    test('exhausted: among the dead letters with the reason, and back by a replay', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const name = scene.name();
      const Orders = topic<number>(name);
      let isMended = false;
      const tried = new Arrivals<number>();
      await mq.listen(Orders, { group: 'billing', retry: fixed({ attempts: 2, delay: 50 }) }, (_, { attempt }) => {
        tried.push(attempt);
        if (!isMended) throw new RangeError('too much');
      });
      await mq.send(Orders, 7, { id: 'order-7', headers: { kept: 'yes' } });
      const dead = new Arrivals<object>();
      const Dead = queue<number>(`${name}.billing.dead`);
      const looking = await mq.listen(Dead, { ack: 'manual', retry: false, deadLetter: false }, (value, message) => {
        const { id, headers } = message;
        const { 'failure-reason': reason, 'failure-name': failure, 'retry-attempt': attempt, kept } = headers;
        const { 'failure-origin': origin, 'failure-group': group } = headers;
        dead.push({ value, id, reason, failure, attempt, kept, origin, group });
      });
      const [reason, failure, origin] = ['too much', 'RangeError', `topic:${name}`];
      assert.deepEqual(await dead.count(1), [
        { value: 7, id: 'order-7', reason, failure, attempt: '2', kept: 'yes', origin, group: 'billing' },
      ]);
      await looking.stop();
      isMended = true;
      assert.equal(await mq.replay(Orders, { group: 'billing', quiet: '3s' }), 1);
      assert.deepEqual(await tried.count(3), [1, 2, 1], 'a fresh count');
      assert.equal(await mq.replay(Orders, { group: 'billing', quiet: '1s' }), 0);
    });

    test('fatal errors and bad payloads go to the dead letters at once', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const name = scene.name('orders');
      const Raw = queue(name, { codec: text });
      const Orders = queue(name, { schema: v.object({ number: v.number() }) });
      const got = new Arrivals<number>();
      const retry = exponential({ attempts: 3, base: 50 });
      await mq.listen(Orders, { retry, fatal: [Hopeless], deadLetter: `${name}-failed` }, ({ number }) => {
        got.push(number);
        if (number === 1) throw new FatalError('never');
        if (number === 2) throw new Hopeless('no');
      });
      for (const body of ['not json', '{"number":"one"}', '{"number":1}', '{"number":2}', '{"number":3}']) {
        await mq.send(Raw, body);
      }
      const dead = new Arrivals<string>();
      await mq.listen(queue(`${name}-failed`, { codec: text }), { retry: false }, (body, { headers }) => {
        dead.push(`${headers['failure-name']} ${body}`);
      });
      assert.deepEqual([...(await dead.count(4))].sort(), [
        'Error {"number":2}',
        'FatalError {"number":1}',
        'ValidationError not json',
        'ValidationError {"number":"one"}',
      ]);
      while (!got.all.includes(3)) await got.count(got.all.length + 1);
      assert.deepEqual([...got.all].sort(), [1, 2, 3]);
    });

    test('what waits for its next attempt outlives its listener', async (context) => {
      const scene = await Scene.open(context, subject);
      const Jobs = queue<number>(scene.name('jobs'));
      const retry = fixed({ attempts: 2, delay: '1s' });
      const first = await scene.connect();
      // So that the memory of the broker in the process outlives the first.
      const second = await scene.connect();
      const failed = new Arrivals<number>();
      const listener = await first.listen(Jobs, { retry }, (number) => {
        failed.push(number);
        throw new Error('not here');
      });
      await first.send(Jobs, 5);
      await failed.count(1);
      await listener.stop();
      await first.close();
      const got = new Arrivals<string>();
      await second.listen(Jobs, { retry }, (number, { attempt }) => got.push(`${number} ${attempt}`));
      assert.deepEqual(await got.count(1), ['5 2']);
    });

    test('a failed batch: every message goes its own way', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      const got = new Arrivals<string>();
      const retry = fixed({ attempts: 2, delay: 50 });
      await mq.listenBatch(Jobs, { size: 4, wait: 100, retry }, async (messages) => {
        for (const { value, attempt } of messages) got.push(`${value} ${attempt}`);
        if (messages.some(({ attempt }) => attempt === 1)) throw new Error('once');
      });
      await mq.sendAll(Jobs, [1, 2]);
      while (got.all.filter((one) => one.endsWith(' 2')).length < 2) await got.count(got.all.length + 1);
      const numbers = got.all.filter((one) => one.endsWith(' 2')).map((one) => Number(one.slice(0, -2)));
      assert.deepEqual(numbers.sort(), [1, 2]);
    });
  });
}
