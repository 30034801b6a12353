/**
 * Browsers: everything that is there, in order, and nothing is taken.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Browser } from '../../src/core/browser.ts';
import { Kit, TestSink } from './kit.ts';

describe('browser', () => {
  test('reads what is ready and what others hold, then ends', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    kit.fill('q', 'a', 'b', 'c');
    kit.consumer(queue, { limit: 1 });
    kit.settle();
    const sink = new TestSink();
    new Browser(kit.broker, queue, sink, kit.broker.ledger(), {});
    kit.settle();
    assert.deepEqual([sink.take(), sink.empties], [['a', 'b', 'c'], 1]);
    assert.deepEqual([queue.ready, queue.unacked], [2, 1]);
  });

  test('what comes after it began is not for it', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    kit.fill('q', 'a');
    const sink = new TestSink();
    new Browser(kit.broker, queue, sink, kit.broker.ledger(), {});
    kit.fill('q', 'b');
    assert.deepEqual(sink.take(), ['a']);
  });

  test('takes what it has credit for, and settling gives it more', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    kit.fill('q', 'a', 'b', 'c');
    const sink = new TestSink();
    const ledger = kit.broker.ledger();
    new Browser(kit.broker, queue, sink, ledger, { limit: 2 });
    kit.settle();
    assert.deepEqual([sink.take(), sink.empties], [['a', 'b'], 0]);
    ledger.settleThrough(0);
    kit.settle();
    assert.deepEqual([sink.take(), sink.empties], [['c'], 1]);
    assert.equal(queue.ready, 3);
  });

  test('ends with its queue', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    kit.fill('q', 'a', 'b');
    const sink = new TestSink();
    new Browser(kit.broker, queue, sink, kit.broker.ledger(), { limit: 1 });
    kit.settle();
    kit.namespace.deleteQueue('q', kit.owner);
    kit.settle();
    assert.deepEqual([sink.take(), sink.empties], [['a'], 1]);
  });
});
