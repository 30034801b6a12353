/**
 * Namespace: what declaring, binding and deleting allow and refuse, with all the facts; and what survives a restart.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Num, type Value } from '../../src/core/value.ts';
import { Kit, refusal } from './kit.ts';

test('declaring again is fine if it is the same, and else says exactly what differs', () => {
  const kit = new Kit();
  const args = new Map<string, Value>([['x-message-ttl', new Num('int16', 1000)]]);
  const queue = kit.queue('q', { durable: true, arguments: args });
  const same = new Map<string, Value>([['x-message-ttl', new Num('int64', 1000)]]);
  assert.equal(kit.queue('q', { durable: true, arguments: same }), queue);
  const base = { code: 'PRECONDITION_FAILED', reason: 'inequivalent', kind: 'queue', name: 'q', namespace: '/' };
  const declared = (request: object) => refusal(() => kit.queue('q', { durable: true, arguments: args, ...request }));
  assert.deepEqual(declared({ durable: false }), { ...base, argument: 'durable', received: false, current: true });
  assert.deepEqual(declared({ autoDelete: true }), { ...base, argument: 'autoDelete', received: true, current: false });
  assert.deepEqual(declared({ arguments: new Map() }), {
    ...base,
    argument: 'x-message-ttl',
    received: undefined,
    current: args.get('x-message-ttl'),
  });
  const more = new Map([...args, ['x-expires', new Num('int32', 5)] as const]);
  assert.equal(declared({ arguments: more }).argument, 'x-expires');
  assert.equal(kit.queue('q', { durable: true, arguments: more, compared: ['x-message-ttl'] }), queue);
  assert.equal(declared({ exclusive: true }).code, 'RESOURCE_LOCKED');
});

test('exchanges likewise', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const exchange = namespace.declareExchange({ name: 'e', type: 'topic' });
  assert.equal(namespace.declareExchange({ name: 'e', type: 'topic' }), exchange);
  const differs = refusal(() => namespace.declareExchange({ name: 'e', type: 'direct' }));
  assert.deepEqual([differs.argument, differs.received, differs.current], ['type', 'direct', 'topic']);
  assert.equal(refusal(() => namespace.declareExchange({ name: 'f', type: 'nope' })).reason, 'unknown-kind');
  assert.equal(refusal(() => namespace.declareExchange({ name: 'f', type: 'constructor' })).reason, 'unknown-kind');
  assert.equal(refusal(() => namespace.exchange('none')).reason, 'missing');
});

test('system names are not for clients', () => {
  const { namespace, owner } = new Kit();
  assert.ok(namespace.declareExchange({ name: 'amq.direct', type: 'direct', durable: true }));
  assert.equal(refusal(() => namespace.deleteExchange('amq.direct')).reason, 'system-exchange');
  assert.equal(refusal(() => namespace.declareExchange({ name: 'amq.mine', type: 'direct' })).reason, 'reserved-name');
  assert.equal(refusal(() => namespace.declareQueue({ name: 'amq.mine' }, owner)).reason, 'reserved-name');
  assert.ok(namespace.declareQueue({ name: namespace.freshName('amq.gen-'), generated: true }, owner));
  for (const action of [
    () => namespace.declareExchange({ name: '', type: 'direct' }),
    () => namespace.deleteExchange(''),
    () => namespace.bind('', namespace.declareQueue({ name: 'q' }, owner), 'k'),
    () => namespace.unbind('', 'queue', 'q', 'q'),
  ]) {
    assert.deepEqual([refusal(action).code, refusal(action).reason], ['ACCESS_REFUSED', 'default-exchange']);
  }
  const internal = namespace.declareExchange({ name: 'i', type: 'fanout', internal: true });
  assert.equal(refusal(() => namespace.publishable(internal.name)).reason, 'internal-exchange');
  assert.equal(refusal(() => namespace.declareQueue({ name: 'é'.repeat(128) }, owner)).reason, 'limit');
});

test('an exclusive queue is there for its own session, and ends with it', () => {
  const kit = new Kit();
  const queue = kit.queue('q', { exclusive: true });
  const other = {};
  assert.equal(kit.namespace.queue('q', kit.owner), queue);
  assert.equal(refusal(() => kit.namespace.queue('q', other)).code, 'RESOURCE_LOCKED');
  assert.equal(refusal(() => kit.namespace.deleteQueue('q', other)).code, 'RESOURCE_LOCKED');
  assert.equal(refusal(() => kit.namespace.declareQueue({ name: 'q' }, other)).code, 'RESOURCE_LOCKED');
  kit.consumer(queue);
  kit.fill('q', 'a');
  kit.broker.endSession(kit.owner, [...queue.subscription.consumers], [kit.ledger]);
  assert.equal(kit.namespace.queues.has('q'), false);
  assert.equal(kit.ledger.size, 0);
});

test('auto-delete: a queue with its last consumer, an exchange with its last binding', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const queue = kit.queue('q', { autoDelete: true });
  namespace.declareExchange({ name: 'up', type: 'fanout', autoDelete: true });
  const down = namespace.declareExchange({ name: 'down', type: 'fanout', autoDelete: true });
  namespace.bind('up', down, '');
  namespace.bind('down', queue, '');
  const [one, two] = [kit.consumer(queue), kit.consumer(queue)];
  one.cancel();
  assert.ok(namespace.queues.has('q'));
  two.cancel();
  assert.ok(!namespace.queues.has('q'));
  assert.ok(!namespace.exchanges.has('down') && !namespace.exchanges.has('up'), 'the whole chain goes');
});

test('conditional deletes', () => {
  const kit = new Kit();
  const { namespace, owner } = kit;
  const queue = kit.queue('q');
  const consumer = kit.consumer(queue, { limit: 1 });
  kit.fill('q', 'a', 'b');
  assert.equal(refusal(() => namespace.deleteQueue('q', owner, { ifUnused: true })).reason, 'in-use');
  assert.equal(refusal(() => namespace.deleteQueue('q', owner, { ifEmpty: true })).reason, 'not-empty');
  consumer.cancel();
  assert.equal(namespace.deleteQueue('q', owner, { ifUnused: true }), 1);
  assert.equal(namespace.deleteQueue('q', owner), null);
  namespace.declareExchange({ name: 'e', type: 'fanout' });
  namespace.bind('e', kit.queue('r'), '');
  assert.equal(refusal(() => namespace.deleteExchange('e', true)).reason, 'in-use');
  assert.equal(namespace.deleteExchange('e'), true);
  assert.equal(namespace.deleteExchange('e'), false);
});

test('bindings are one by everything they say', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const queue = kit.queue('q');
  const exchange = namespace.declareExchange({ name: 'e', type: 'direct' });
  assert.equal(namespace.bind('e', queue, 'k'), namespace.bind('e', queue, 'k'));
  namespace.bind('e', queue, 'k', new Map([['a', 'b']]));
  assert.equal(exchange.outgoing.size, 2);
  assert.equal(namespace.unbind('e', 'queue', 'q', 'k'), true);
  assert.equal(namespace.unbind('e', 'queue', 'q', 'k'), false);
  assert.equal(namespace.unbind('e', 'queue', 'none', 'k'), false);
  assert.deepEqual(exchange.route('k', null).queues, [queue], 'the other one still leads there');
  const bad = refusal(() => namespace.bind('amq.headers', queue, '', new Map([['x-match', 'some']])));
  assert.deepEqual([bad.code, bad.reason, bad.argument], ['PRECONDITION_FAILED', 'invalid-argument', 'x-match']);
});

test('what is durable is there after a restart, and nothing else', () => {
  const kit = new Kit();
  const { namespace } = kit;
  const args = new Map<string, Value>([
    ['x-big', new Num('int64', 2n ** 60n)],
    ['x-bytes', new Uint8Array([1, 2])],
  ]);
  namespace.declareExchange({ name: 'e', type: 'topic', durable: true, arguments: args });
  namespace.declareExchange({ name: 't', type: 'fanout' });
  const queue = kit.queue('q', { durable: true, levels: 2 });
  namespace.bind('e', queue, 'a.#');
  namespace.bind('e', kit.queue('gone'), 'a.#');
  namespace.bind('t', queue, '');
  kit.publish('e', 'a.b', 'kept', { priority: 1 });
  kit.publish('e', 'a.b', 'lost', { persistent: false });
  kit.settle();
  const again = kit.restart();
  assert.deepEqual([...again.namespace.queues.keys()], ['q']);
  assert.deepEqual(again.namespace.exchange('e').arguments, args);
  assert.ok(!again.namespace.exchanges.has('t'));
  assert.equal(again.namespace.queue('q', null).ready, 1);
  again.consumer(again.namespace.queue('q', null));
  again.publish('e', 'a', 'new');
  again.settle();
  assert.deepEqual(again.sink.got, ['kept', 'new']);
});
