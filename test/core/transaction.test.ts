/**
 * Transactions, session-held and prepared: all or nothing, once, and within limits.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Num } from '../../src/core/value.ts';
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

const heard = (groups: number[]) => ({ decided: (group: number) => groups.push(group) });

test('a prepared message survives a restart and is placed once', () => {
  const kit = new Kit();
  kit.queue('q', { durable: true });
  const { prepared, defaultExchange } = kit.namespace;
  prepared.hold('t', defaultExchange, 'q', new TextMessage('half', { persistent: false }));
  prepared.hold('u', defaultExchange, 'q', new TextMessage('never'));
  assert.equal(refusal(() => prepared.decide('t', 'commit', heard([]))).reason, 'not-prepared');
  kit.settle();
  const again = kit.restart();
  assert.deepEqual([...again.namespace.prepared.holdings.keys()].sort(), ['t', 'u']);
  const groups: number[] = [];
  again.namespace.prepared.decide('t', 'commit', heard(groups));
  again.namespace.prepared.decide('u', 'rollback', heard(groups));
  again.settle();
  assert.equal(groups.length, 2);
  assert.equal(again.namespace.queue('q', null).ready, 1);
  const third = again.restart();
  third.namespace.prepared.decide('t', 'commit', heard(groups));
  assert.equal(groups[2], 0, 'a repeat is answered the same');
  assert.equal(refusal(() => third.namespace.prepared.decide('t', 'rollback', heard([]))).reason, 'decided-otherwise');
  assert.equal(refusal(() => third.namespace.prepared.decide('x', 'rollback', heard([]))).reason, 'missing');
  third.consumer(third.namespace.queue('q', null));
  third.settle();
  assert.deepEqual(third.sink.got, ['half']);
  assert.equal(third.store.logs.size, 2);
});

test('a decision about cold bytes counts at once and is carried out when they are there', () => {
  const kit = new Kit();
  kit.queue('q', { durable: true });
  const { prepared, defaultExchange } = kit.namespace;
  prepared.hold('t', defaultExchange, 'q', new TextMessage('one'));
  prepared.hold('t', defaultExchange, 'q', new TextMessage('two'));
  kit.settle();
  kit.store.isCold = () => true;
  const groups: number[] = [];
  prepared.decide('t', 'commit', heard(groups));
  assert.deepEqual([groups.length, prepared.outcome('t')], [0, 'commit']);
  assert.equal(refusal(() => prepared.decide('t', 'rollback', heard([]))).reason, 'decided-otherwise');
  prepared.decide('t', 'commit', heard(groups));
  kit.settle();
  assert.equal(groups.length, 2);
  assert.equal(kit.namespace.queue('q', null).ready, 2);
});

test('decisions are forgotten oldest first; routing by headers is refused', () => {
  const kit = new Kit({ decisionsMax: 2 });
  const { prepared, defaultExchange } = kit.namespace;
  for (const id of ['1', '2', '3']) {
    prepared.hold(id, defaultExchange, 'nowhere', new TextMessage(id));
    kit.settle();
    prepared.decide(id, 'rollback', heard([]));
  }
  kit.settle();
  assert.deepEqual(
    ['1', '2', '3'].map((id) => prepared.outcome(id)),
    [undefined, 'rollback', 'rollback'],
  );
  assert.equal(kit.restart().namespace.prepared.outcome('1'), undefined);
  kit.namespace.bind('amq.headers', kit.queue('q'), '', new Map([['n', new Num('int8', 1)]]));
  const headers = kit.namespace.exchange('amq.headers');
  assert.equal(refusal(() => prepared.hold('x', headers, '', new TextMessage(''))).code, 'NOT_IMPLEMENTED');
});
