/**
 * Dead letters: what is refused or expired is placed elsewhere in the group that releases it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeadLetters } from '../../src/core/dead-letters.ts';
import type { Queue } from '../../src/core/queue.ts';
import { Kit } from './kit.ts';

function withDeadLetters(kit: Kit, queue: Queue): Queue {
  const dead = kit.queue('dead', { durable: true });
  queue.subscription.deadLetters = new DeadLetters(kit.broker, {
    route: () => kit.namespace.defaultExchange.route('dead', null),
    overlay: (cause) => ({ expiresAt: 0, headers: { cause } }),
  });
  return dead;
}

describe('dead letters', () => {
  test('the refused go there, and the settled do not', () => {
    const kit = new Kit();
    const queue = kit.queue('q', { durable: true });
    const dead = withDeadLetters(kit, queue);
    kit.consumer(queue);
    kit.fill('q', 'a', 'b', 'c');
    kit.ledger.settle(1);
    kit.ledger.discard(2);
    kit.ledger.discard(3);
    kit.settle();
    assert.deepEqual([queue.total, dead.ready], [0, 2]);
    kit.sink.take();
    kit.consumer(dead);
    kit.settle();
    assert.deepEqual(kit.sink.take(), ['b', 'c']);
  });

  test('the expired go there, and live on', () => {
    const kit = new Kit();
    const queue = kit.queue('q', { durable: true });
    const dead = withDeadLetters(kit, queue);
    kit.publish('', 'q', 'late', { expiresAt: kit.clock.now + 10 });
    kit.publish('', 'q', 'fleeting', { expiresAt: kit.clock.now + 10, persistent: false });
    kit.settle();
    kit.clock.now += 20;
    kit.consumer(queue);
    kit.settle();
    assert.deepEqual([kit.sink.take(), queue.total, dead.ready], [[], 0, 1]);
    kit.consumer(dead);
    kit.settle();
    assert.deepEqual(kit.sink.take(), ['late']);
  });

  test('without a place to go they end', () => {
    const kit = new Kit();
    const queue = kit.queue('q', { durable: true });
    withDeadLetters(kit, queue);
    kit.namespace.deleteQueue('dead', kit.owner);
    kit.consumer(queue);
    kit.fill('q', 'a');
    kit.ledger.discard(1);
    kit.settle();
    assert.equal(queue.total, 0);
  });
});
