/**
 * Session-held transactions: all or nothing, once, and within limits.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kit, refusal, TextMessage } from './kit.ts';

test('nothing of a transaction is seen before its commit, all of it after', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { durable: true });
  kit.consumer(queue);
  kit.fill('q', 'a', 'b');
  const transaction = kit.broker.transaction();
  const message = new TextMessage('c');
  transaction.publish(kit.namespace.defaultExchange.route('q', null), message);
  message.write = () => {
    throw new Error('a message is valid during its call only');
  };
  assert.ok(transaction.settle(kit.ledger, 2, true, 'settle'));
  assert.equal(transaction.settle(kit.ledger, 1, false, 'settle'), false, 'it is named already');
  kit.settle();
  assert.deepEqual([kit.sink.take(), queue.unacked], [['a', 'b'], 2]);
  const group = transaction.commit();
  assert.equal(group, kit.store.filling);
  kit.settle();
  assert.ok(kit.store.committed >= group);
  assert.deepEqual([kit.sink.take(), queue.unacked], [['c'], 1]);
  assert.equal(transaction.commit(), 0, 'it is empty again');
});

test('a rollback leaves deliveries as they were', () => {
  const kit = new Kit();
  const queue = kit.queue('q');
  kit.consumer(queue);
  kit.fill('q', 'a');
  const transaction = kit.broker.transaction();
  transaction.publish(kit.namespace.defaultExchange.route('q', null), new TextMessage('b'));
  transaction.settle(kit.ledger, 1, false, 'discard');
  transaction.rollback();
  kit.settle();
  assert.deepEqual([queue.total, kit.ledger.settle(1)], [1, true]);
});

test('queues that went meanwhile are left out; limits are named', () => {
  const kit = new Kit({ transactionBytesMax: 10, transactionIntentsMax: 2 });
  kit.namespace.bind('amq.fanout', kit.queue('one'), '');
  kit.namespace.bind('amq.fanout', kit.queue('two'), '');
  const transaction = kit.broker.transaction();
  const route = kit.namespace.exchange('amq.fanout').route('', null);
  transaction.publish(route, new TextMessage('12345'));
  assert.equal(refusal(() => transaction.publish(route, new TextMessage('123456'))).argument, 'transactionBytesMax');
  kit.namespace.deleteQueue('one', null);
  transaction.commit();
  kit.settle();
  assert.equal(kit.namespace.queue('two', null).ready, 1);
  transaction.publish(route, new TextMessage(''));
  transaction.publish(route, new TextMessage(''));
  assert.equal(refusal(() => transaction.publish(route, new TextMessage(''))).argument, 'transactionIntentsMax');
});
