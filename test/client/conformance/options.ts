/**
 * Options that only some drivers have: those that have them do what they say, the others refuse by name.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CapabilityError, queue, TopologyError, topic } from '../../../src/client/index.ts';
import { Arrivals, Scene, type Subject } from './scene.ts';

const FILTERS = { memory: 'eu.*', amqp: 'eu.*', rocketmq: 'paid || sent', stomp: "region = 'eu'" } as const;

export function options(subject: Subject): void {
  describe('options', () => {
    test('delay', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      if (!scene.can.delay) return assert.rejects(mq.send(Jobs, 1, { delay: '1s' }), CapabilityError);
      const got = new Arrivals<number>();
      await mq.listen(Jobs, {}, () => got.push(Date.now()));
      const sentAt = Date.now();
      await mq.send(Jobs, 1, { delay: '1s' });
      const [at] = await got.count(1);
      assert.ok(at! - sentAt >= 950, `after ${at! - sentAt} ms`);
    });

    test('priority', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Jobs = queue<number>(scene.name('jobs'));
      if (!scene.can.priority) return assert.rejects(mq.send(Jobs, 1, { priority: 3 }), CapabilityError);
      await mq.send(Jobs, 1, { priority: 3 });
      assert.equal((await mq.receive(Jobs, { timeout: '20s' }))?.value, 1);
      await assert.rejects(mq.send(Jobs, 1, { priority: 11 }), RangeError);
    });

    test('filter', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Orders = topic<string>(scene.name('orders'));
      const got = new Arrivals<string>();
      const listen = (filter: string) => mq.listen(Orders, { filter }, (value) => got.push(value));
      if (!scene.can.filter) return assert.rejects(listen('x'), CapabilityError);
      await listen(FILTERS[scene.scheme as keyof typeof FILTERS]);
      for (const [value, region, tag] of [
        ['one', 'eu', 'paid'],
        ['two', 'us', 'open'],
        ['three', 'eu', 'sent'],
      ] as const) {
        await mq.send(Orders, value, { key: `${region}.1`, headers: { region }, ...(scene.can.tag && { tag }) });
      }
      assert.deepEqual([...(await got.count(2))].sort(), ['one', 'three']);
    });

    test('offsets: from the first, and back', async (context) => {
      const scene = await Scene.open(context, subject);
      const mq = await scene.connect();
      const Lines = topic<number>(scene.name('lines'));
      if (!scene.can.offsets)
        return assert.rejects(
          mq.listen(Lines, { from: 'latest' }, () => {}),
          CapabilityError,
        );
      await mq.sendAll(Lines, [0, 1, 2]);
      const got = new Arrivals<string>();
      const listener = await mq.listen(Lines, { from: 'earliest' }, (number, { position }) => {
        got.push(`${number} at ${position?.offset}`);
      });
      assert.deepEqual(await got.count(3), ['0 at 0', '1 at 1', '2 at 2']);
      await listener.seek({ partition: 0, offset: 1n });
      assert.deepEqual((await got.count(5)).slice(3), ['1 at 1', '2 at 2']);
    });

    test('topology: what is expected must be there, or is waited for', async (context) => {
      const scene = await Scene.open(context, subject);
      const Jobs = queue<number>(scene.name('jobs'));
      if (!scene.can.topology) return assert.rejects(scene.connect({ topology: 'expect' }), CapabilityError);
      const expecting = await scene.connect({ topology: 'expect' });
      await assert.rejects(expecting.send(Jobs, 1), TopologyError);
      const waiting = await scene.connect({ topology: 'wait', topologyTimeout: '20s' });
      const sent = waiting.send(Jobs, 1);
      const creating = await scene.connect();
      assert.equal(await creating.receive(Jobs, { timeout: 50 }), undefined);
      await sent;
      await expecting.send(Jobs, 2);
      const got = [await creating.receive(Jobs, { timeout: '20s' }), await creating.receive(Jobs, { timeout: '20s' })];
      assert.deepEqual(got.map((message) => message?.value).sort(), [1, 2]);
    });
  });
}
