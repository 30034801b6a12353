/**
 * Destinations: names that come to be by being used, subscriptions, wildcards, and where the dead go.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { partsOf, uriOf } from '../../../src/core/destination/destination-name.ts';
import {
  DEAD_LETTER_QUEUE,
  Destinations,
  type SubscriptionRequest,
} from '../../../src/core/destination/destinations.ts';
import { isWildcard, Wildcard } from '../../../src/core/destination/wildcard.ts';
import { Kit, refusal } from '../kit.ts';

function subscription(kit: Kit, request: Partial<SubscriptionRequest>): SubscriptionRequest {
  return { topic: 't', durable: null, owner: kit.owner, filter: null, selector: '', ...request };
}

describe('wildcards', () => {
  const cases: [pattern: string, name: string, matches: boolean][] = [
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', true],
    ['>', 'x.y', true],
    ['*.b', 'a.b', true],
    ['*.b', 'a.c', false],
    ['a.>.c', 'a.x', true],
    ['a', 'a', true],
  ];
  for (const [pattern, name, matches] of cases) {
    test(`${pattern} ${matches ? 'matches' : 'does not match'} ${name}`, () => {
      assert.equal(new Wildcard(pattern).matches(name), matches);
    });
  }

  test('a star inside a level is a letter like any other', () => {
    assert.deepEqual([isWildcard('a*b'), isWildcard('a.*'), isWildcard('>')], [false, true, true]);
  });
});

describe('names', () => {
  test('a composite has parts of different kinds', () => {
    const parts = partsOf('a, topic://b,temp-queue://c', { kind: 'queue', isTemporary: false });
    assert.deepEqual(parts.map(uriOf), ['queue://a', 'topic://b', 'temp-queue://c']);
  });

  test('too many parts are refused', () => {
    const { code } = refusal(() => partsOf(','.repeat(1000), { kind: 'queue', isTemporary: false }));
    assert.equal(code, 'LIMIT');
  });
});

describe('destinations', () => {
  test('each subscription of a topic gets a copy, and ends with its owner', () => {
    const kit = new Kit();
    const destinations = new Destinations(kit.namespace);
    const one = destinations.subscribe(subscription(kit, {}));
    const other = destinations.subscribe(subscription(kit, { owner: {} }));
    kit.publish('t', '', 'hello');
    kit.settle();
    assert.deepEqual([one.ready, other.ready], [1, 1]);
    kit.namespace.ownerEnded(kit.owner);
    assert.deepEqual([one.deleted, other.deleted], [true, false]);
  });

  test('a durable subscription lives on, and is there after a restart', () => {
    const kit = new Kit();
    const durable = { clientId: 'c', name: 's' };
    new Destinations(kit.namespace).subscribe(subscription(kit, { durable }));
    kit.namespace.ownerEnded(kit.owner);
    kit.publish('t', '', 'kept');
    kit.settle();
    const restarted = kit.restart();
    const destinations = new Destinations(restarted.namespace);
    assert.equal(destinations.subscribe(subscription(restarted, { durable })).ready, 1);
    assert.equal(destinations.unsubscribe('c', 's'), true);
    assert.equal(destinations.unsubscribe('c', 's'), false);
  });

  test('with another selector a durable subscription begins anew', () => {
    const kit = new Kit();
    const destinations = new Destinations(kit.namespace);
    const durable = { clientId: 'c', name: 's' };
    destinations.subscribe(subscription(kit, { durable }));
    kit.publish('t', '', 'kept');
    kit.settle();
    assert.equal(destinations.subscribe(subscription(kit, { durable, selector: 'a = 1' })).ready, 0);
  });

  test('a subscription to a pattern hears of topics that come later', () => {
    const kit = new Kit();
    const destinations = new Destinations(kit.namespace);
    destinations.topic('orders.eu');
    const queue = destinations.subscribe(subscription(kit, { topic: 'orders.>' }));
    destinations.topic('orders.us');
    destinations.topic('other');
    for (const topic of ['orders.eu', 'orders.us', 'other']) kit.publish(topic, '', topic);
    kit.settle();
    assert.equal(queue.ready, 2);
  });

  test('a pattern of queues finds those that are there and those that come', () => {
    const kit = new Kit();
    const destinations = new Destinations(kit.namespace);
    destinations.queue('q.a', kit.owner);
    const found: string[] = [];
    const watch = ({ name }: { name: string }) => found.push(name);
    destinations.watchQueues('q.*', watch);
    destinations.queue('q.b', kit.owner);
    destinations.subscribe(subscription(kit, {}));
    destinations.unwatchQueues(watch);
    destinations.queue('q.c', kit.owner);
    assert.deepEqual(found, ['q.a', 'q.b']);
  });

  test('a filter of a subscription ends what is not for it', () => {
    const kit = new Kit();
    const filter = { text: 'f', matches: () => false };
    const queue = new Destinations(kit.namespace).subscribe(subscription(kit, { filter }));
    kit.publish('t', '', 'not for us');
    kit.consumer(queue);
    kit.settle();
    assert.deepEqual([kit.sink.take(), queue.total], [[], 0]);
  });

  test('the refused go to the dead letter queue', () => {
    const kit = new Kit();
    const destinations = new Destinations(kit.namespace);
    kit.consumer(destinations.queue('q', kit.owner));
    kit.fill('q', 'poison');
    kit.ledger.discard(1);
    kit.settle();
    assert.equal(kit.namespace.queue(DEAD_LETTER_QUEUE, null).ready, 1);
  });

  test('queues of certain names have a log for each priority', () => {
    const kit = new Kit();
    const destinations = new Destinations(kit.namespace, ['urgent.>']);
    assert.equal(destinations.queue('urgent.a', kit.owner).levels, 10);
    assert.equal(destinations.queue('other', kit.owner).levels, 1);
  });
});
