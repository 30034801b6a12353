/**
 * Subscription: order, turns, credit, priority, cold bytes, expiry, budgets, purge.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Consumer } from '../../src/core/consumer.ts';
import { Kit, refusal, TestSink, TextMessage } from './kit.ts';

test('messages are delivered in order, with dense tags', () => {
  const kit = new Kit();
  kit.consumer(kit.queue('q'));
  kit.fill('q', 'a', 'b', 'c');
  assert.deepEqual(kit.sink.got, ['a', 'b', 'c']);
  assert.deepEqual(kit.sink.tags, [1, 2, 3]);
});

test('what comes back is delivered again in its original place', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { durable: true });
  const consumer = kit.consumer(queue, { limit: 3 });
  kit.fill('q', '1', '2', '3', '4', '5');
  assert.deepEqual(kit.sink.take(), ['1', '2', '3']);
  for (const tag of [2, 1, 3]) assert.ok(kit.ledger.giveBack(tag));
  consumer.setLimit(0);
  kit.settle();
  assert.deepEqual(kit.sink.take(), ['1!', '2!', '3!', '4', '5']);
});

test('consumers take turns; one without credit is passed by', () => {
  const kit = new Kit();
  const queue = kit.queue('q');
  const [one, two, three] = [kit.consumer(queue), kit.consumer(queue, { limit: 1 }), kit.consumer(queue)];
  kit.fill('q', 'a', 'b', 'c', 'd', 'e', 'f');
  assert.deepEqual(kit.sink.by, [one, two, three, one, three, one]);
  assert.ok(kit.ledger.settle(2));
  kit.fill('q', 'g', 'h', 'i');
  assert.ok(kit.sink.by.slice(6).includes(two));
});

test('own credit and shared credit both hold', () => {
  const kit = new Kit();
  const [one, two] = [kit.queue('one'), kit.queue('two')];
  kit.ledger.setLimit(3);
  kit.consumer(one, { limit: 2 });
  kit.consumer(two);
  kit.fill('one', 'a', 'b', 'c');
  assert.deepEqual(kit.sink.take(), ['a', 'b']);
  kit.fill('two', 'x', 'y');
  assert.deepEqual(kit.sink.take(), ['x']);
  kit.ledger.settle(1);
  kit.settle();
  assert.equal(kit.sink.take().length, 1);
  kit.ledger.setLimit(0);
  kit.settle();
  assert.equal(kit.sink.take().length, 1);
});

test('priority levels are asked from the highest, first in first out inside one', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { levels: 3 });
  for (const [text, priority] of [
    ['low', 0],
    ['mid', 1],
    ['high', 2],
    ['higher', 9],
    ['low2', 0],
  ] as const) {
    kit.publish('', 'q', text, { priority });
  }
  kit.consumer(queue, { autoSettle: true });
  kit.settle();
  assert.deepEqual(kit.sink.got, ['high', 'higher', 'mid', 'low', 'low2']);
});

test('a message returned at a higher level goes before all of a lower one', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { levels: 2 });
  kit.publish('', 'q', 'high', { priority: 1 });
  kit.publish('', 'q', 'low', { priority: 0 });
  const consumer = kit.consumer(queue, { limit: 1 });
  kit.settle();
  assert.deepEqual(kit.sink.take(), ['high']);
  kit.ledger.giveBack(1);
  consumer.setLimit(2);
  kit.settle();
  assert.deepEqual(kit.sink.take(), ['high!', 'low']);
});

test('an exclusive consumer stands alone', () => {
  const kit = new Kit();
  const queue = kit.queue('q');
  const alone = kit.consumer(queue, { exclusive: true });
  assert.deepEqual(
    refusal(() => kit.consumer(queue)),
    {
      code: 'ACCESS_REFUSED',
      reason: 'exclusive-use',
      kind: 'queue',
      name: 'q',
      namespace: '/',
    },
  );
  alone.cancel();
  kit.consumer(queue);
  assert.equal(refusal(() => kit.consumer(queue, { exclusive: true })).reason, 'exclusive-use');
});

test('get ignores credit, and answers exactly once, later if the bytes are cold', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { durable: true });
  kit.fill('q', 'a', 'b');
  kit.ledger.setLimit(1);
  assert.equal(queue.get(new Consumer(kit.sink, kit.ledger)), 'delivered');
  kit.store.isCold = () => true;
  assert.equal(queue.get(new Consumer(kit.sink, kit.ledger)), 'parked');
  assert.equal(queue.get(new Consumer(kit.sink, kit.ledger)), 'parked');
  assert.deepEqual([kit.sink.got, kit.sink.empties], [['a'], 0]);
  kit.settle();
  assert.deepEqual([kit.sink.got, kit.sink.empties], [['a', 'b'], 1]);
  assert.equal(queue.get(new Consumer(kit.sink, kit.ledger)), 'empty');
  assert.deepEqual([queue.ready, queue.unacked, queue.total], [0, 2, 2]);
});

test('cold bytes hold up everything behind them, and nothing is pending before it is resident', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { durable: true });
  kit.fill('q', 'a', 'b', 'c');
  kit.store.isCold = (_log, offset) => offset === 1;
  kit.consumer(queue);
  kit.broker.turn();
  assert.deepEqual(kit.sink.got, ['a']);
  assert.equal(queue.unacked, 1);
  kit.settle();
  assert.deepEqual(kit.sink.got, ['a', 'b', 'c']);
});

test('expired messages are dropped at the head, also many of them', () => {
  const kit = new Kit({ expiredScanMax: 2 });
  const queue = kit.queue('q');
  for (let i = 0; i < 20; i++) kit.publish('', 'q', `old${i}`, { expiresAt: 1_500 });
  kit.publish('', 'q', 'fresh', { expiresAt: 2_500 });
  kit.settle();
  assert.equal(queue.ready, 21, 'they count until they are looked at');
  kit.clock.now = 2_000;
  kit.consumer(queue);
  kit.settle();
  assert.deepEqual(kit.sink.got, ['fresh']);
  assert.deepEqual([queue.ready, queue.unacked, queue.counters.expired], [0, 1, 20]);
});

test('a sink that is full is not delivered to until its consumers are woken', () => {
  const kit = new Kit();
  const consumer = kit.consumer(kit.queue('q'));
  kit.sink.writable = false;
  kit.fill('q', 'a');
  assert.deepEqual(kit.sink.got, []);
  kit.sink.writable = true;
  consumer.wake();
  kit.settle();
  assert.deepEqual(kit.sink.got, ['a']);
});

test('a turn is bounded, and the next one goes on', () => {
  const kit = new Kit({ pumpMessagesMax: 2, turnMessagesMax: 5 });
  const other = new TestSink();
  kit.consumer(kit.queue('one'), { autoSettle: true });
  kit.consumer(kit.queue('two'), { autoSettle: true }, other);
  for (let i = 0; i < 20; i++) {
    kit.publish('', 'one', `${i}`);
    kit.publish('', 'two', `${i}`);
  }
  kit.broker.turn();
  assert.equal(kit.sink.got.length + other.got.length, 5);
  assert.ok(kit.sink.got.length >= 2 && other.got.length >= 2, 'both had their turn');
  const { wakes } = kit;
  kit.broker.turn();
  assert.ok(kit.wakes > wakes, 'what is left asks for another turn');
  kit.settle();
  assert.deepEqual([kit.sink.got.length, other.got.length], [20, 20]);
  assert.equal(kit.sink.dirty, false);
});

test('purge takes what is ready and leaves what is pending', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { durable: true });
  const consumer = kit.consumer(queue, { limit: 2 });
  kit.fill('q', 'a', 'b', 'c', 'd');
  kit.ledger.giveBack(1);
  consumer.cancel();
  assert.equal(queue.ready, 3);
  assert.equal(queue.purge(), 3);
  assert.deepEqual([queue.ready, queue.unacked, queue.total], [0, 1, 1]);
  kit.ledger.giveBack(2);
  kit.consumer(queue);
  kit.settle();
  assert.deepEqual(kit.sink.take(), ['a', 'b', 'b!']);
});

test('a cancelled consumer gets nothing more, and may still settle', () => {
  const kit = new Kit();
  const queue = kit.queue('q');
  const consumer = kit.consumer(queue);
  kit.fill('q', 'a');
  consumer.cancel();
  kit.fill('q', 'b');
  assert.deepEqual(kit.sink.got, ['a']);
  assert.ok(kit.ledger.settle(1));
  assert.deepEqual([queue.ready, queue.unacked], [1, 0]);
});

test('deleting a queue tells its consumers, and what they hold settles to no effect', () => {
  const kit = new Kit();
  kit.consumer(kit.queue('q', { durable: true }));
  kit.fill('q', 'a', 'b');
  assert.equal(kit.namespace.deleteQueue('q', kit.owner), 0);
  kit.settle();
  assert.equal(kit.sink.cancels, 1);
  assert.ok(kit.ledger.settle(1));
  assert.ok(kit.ledger.giveBack(2));
  assert.equal(kit.ledger.size, 0);
  kit.settle();
});

test('counters add up', () => {
  const kit = new Kit();
  const queue = kit.queue('q');
  kit.consumer(queue);
  kit.fill('q', 'a', 'b', 'c');
  kit.publish('', 'nowhere', 'x');
  kit.ledger.settle(1);
  kit.ledger.discard(2);
  kit.ledger.giveBack(3);
  kit.settle();
  const { delivered, redelivered, acked, discarded, returned } = queue.counters;
  assert.deepEqual([delivered, redelivered, acked, discarded, returned], [4, 1, 1, 1, 1]);
  assert.equal(queue.published, 3);
  assert.deepEqual({ ...kit.broker.publishCounters() }, { published: 4, publishedBytes: 4, unroutable: 1 });
  kit.namespace.deleteQueue('q', kit.owner);
  assert.equal(kit.broker.counters().delivered, 4, 'a deleted queue stays counted');
});

test('a batch is delivered and settled message by message, and survives in part', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { durable: true });
  const batch = Object.assign(new TextMessage('batch'), { count: 4 });
  kit.namespace.exchange('').route('q', null).publish(batch);
  kit.fill('q', 'single');
  const consumer = kit.consumer(queue, { limit: 3 });
  kit.settle();
  assert.deepEqual(kit.sink.take(), ['batch', 'batch', 'batch']);
  assert.equal(queue.ready, 2);
  assert.ok(kit.ledger.settle(2));
  assert.ok(kit.ledger.giveBack(1));
  kit.settle();
  assert.deepEqual(kit.sink.take(), ['batch!', 'batch']);
  consumer.cancel();
  kit.ledger.giveBackAll();
  kit.settle();
  const again = kit.restart();
  const offsets: number[] = [];
  const sink = new (class extends TestSink {
    override deliver(...delivery: Parameters<TestSink['deliver']>): void {
      offsets.push(delivery[1].offset - delivery[1].base);
      super.deliver(...delivery);
    }
  })();
  again.consumer(again.namespace.queue('q', null), {}, sink);
  again.settle();
  assert.deepEqual(offsets, [0, 2, 3, 0], 'the second one was settled');
  assert.deepEqual(sink.take(), ['batch!', 'batch!', 'batch!', 'single']);
});
