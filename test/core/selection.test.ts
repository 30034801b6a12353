/**
 * Consumers with filters on one queue: each gets what it wants, in order, whatever comes, goes and comes back; also
 * against a plain model, over seeds.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Filter } from '../../src/core/filter.ts';
import type { Entry } from '../../src/core/message.ts';
import type { Queue } from '../../src/core/queue.ts';
import { Kit, TestSink } from './kit.ts';

/** Wants texts that begin so, and counts how often it was asked. */
class Beginning implements Filter {
  readonly text: string;
  asked = 0;

  constructor(text: string) {
    this.text = text;
  }

  matches({ bytes, start, end }: Entry): boolean {
    this.asked++;
    return new TextDecoder().decode(bytes.subarray(start, end)).startsWith(this.text);
  }
}

/** The same, found by the first letter. */
class PinnedBeginning extends Beginning {
  get pin() {
    return { name: 'first', text: this.text, of: letterOf };
  }
}

function letterOf({ bytes, start }: Entry): string {
  return String.fromCharCode(bytes[start] as number);
}

function selecting(kit: Kit, queue: Queue, text: string, limit = 0) {
  const sink = new TestSink();
  const ledger = kit.broker.ledger();
  const filter = new Beginning(text);
  const consumer = kit.consumer(queue, { filter, limit }, sink, ledger);
  return { sink, ledger, filter, consumer };
}

describe('selection', () => {
  test('each gets what it wants, and what nobody wants stays', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    const a = selecting(kit, queue, 'a');
    const b = selecting(kit, queue, 'b');
    kit.fill('q', 'a1', 'c1', 'b1', 'a2', 'c2', 'b2');
    assert.deepEqual(
      [a.sink.take(), b.sink.take()],
      [
        ['a1', 'a2'],
        ['b1', 'b2'],
      ],
    );
    assert.equal(queue.ready, 2);
    a.ledger.settleThrough(0);
    b.ledger.settleThrough(0);
    a.consumer.cancel();
    const c = selecting(kit, queue, 'c');
    kit.settle();
    assert.deepEqual(c.sink.take(), ['c1', 'c2']);
  });

  test('what was left behind comes first when the last filter has gone', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    const a = selecting(kit, queue, 'a');
    kit.fill('q', 'b1', 'a1', 'b2');
    a.consumer.cancel();
    kit.fill('q', 'b3');
    kit.consumer(queue);
    kit.settle();
    assert.deepEqual(kit.sink.take(), ['b1', 'b2', 'b3']);
  });

  test('a consumer without a filter takes its turn among those with one', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    kit.consumer(queue);
    const a = selecting(kit, queue, 'a');
    kit.fill('q', 'a1', 'a2', 'b1', 'a3', 'a4');
    assert.deepEqual([...kit.sink.take(), ...a.sink.take()].sort(), ['a1', 'a2', 'a3', 'a4', 'b1']);
    assert.ok(a.filter.asked > 0);
  });

  test('without credit it loses its turn, not its messages', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    const a = selecting(kit, queue, 'a', 1);
    const b = selecting(kit, queue, 'b');
    kit.fill('q', 'a1', 'a2', 'b1', 'a3', 'b2');
    assert.deepEqual([a.sink.take(), b.sink.take()], [['a1'], ['b1', 'b2']]);
    a.ledger.settleThrough(0);
    kit.settle();
    assert.deepEqual(a.sink.take(), ['a2']);
  });

  test('what comes back is offered again, to whoever wants it, in its place', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    const a = selecting(kit, queue, 'a');
    kit.fill('q', 'a1', 'x', 'a2');
    const other = selecting(kit, queue, 'a1');
    kit.settle();
    a.consumer.cancel();
    a.ledger.giveBackAll();
    kit.settle();
    assert.deepEqual(other.sink.take(), ['a1!']);
    assert.equal(queue.ready, 2);
  });

  test('each filter looks at a message once, however many come late', () => {
    const kit = new Kit({ pumpMessagesMax: 64, turnMessagesMax: 256 });
    const queue = kit.queue('q');
    kit.fill('q', ...Array.from({ length: 1000 }, (_, index) => `m${index % 50}.`));
    const all = Array.from({ length: 50 }, (_, index) => selecting(kit, queue, `m${index}.`));
    kit.settle();
    for (const [index, { sink, filter }] of all.entries()) {
      assert.equal(sink.take().length, 20, `m${index}.`);
      assert.ok(filter.asked <= 1000, `asked ${filter.asked} times`);
    }
    assert.equal(queue.ready, 0);
  });

  test('a log of more holes than are kept stops, and goes on', () => {
    const kit = new Kit({ skippedRangesMax: 2 });
    const queue = kit.queue('q');
    const a = selecting(kit, queue, 'a');
    kit.fill('q', 'x', 'a1', 'x', 'a2', 'x', 'a3', 'x', 'a4');
    assert.deepEqual(a.sink.take(), ['a1', 'a2']);
    const x = selecting(kit, queue, 'x');
    kit.settle();
    assert.deepEqual(
      [x.sink.take(), a.sink.take()],
      [
        ['x', 'x', 'x', 'x'],
        ['a3', 'a4'],
      ],
    );
  });

  for (let seed = 1; seed <= 200; seed++) {
    test(`against a model, seed ${seed}`, () => playOut(seed));
  }

  test('a filter that is pinned to a text is asked about such messages only', () => {
    const kit = new Kit();
    const queue = kit.queue('q');
    const sinks = ['a', 'b', 'c'].map((text) => {
      const sink = new TestSink();
      const filter = new PinnedBeginning(text);
      kit.consumer(queue, { filter }, sink, kit.broker.ledger());
      return { sink, filter };
    });
    kit.fill('q', 'a1', 'b1', 'x', 'a2', 'c1', 'b2');
    assert.deepEqual(
      sinks.map(({ sink, filter }) => [sink.take().join(), filter.asked]),
      [
        ['a1,a2', 2],
        ['b1,b2', 2],
        ['c1', 1],
      ],
    );
    assert.equal(queue.ready, 1);
  });
});

/** Consumers come and go, take, settle and give back at random; in the end everybody has got what is his, in order. */
function playOut(seed: number): void {
  let state = seed * 2654435761;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return state % below;
  };
  const kit = new Kit({ pumpMessagesMax: 1 + random(8), turnMessagesMax: 64 });
  const queue = kit.queue('q', { levels: 1 + random(3) });
  const kinds = ['a', 'b', 'c', ''];
  const living: ReturnType<typeof selecting>[] = [];
  const done: string[] = [];
  let published = 0;
  const settle = ({ ledger, sink }: ReturnType<typeof selecting>): void => {
    for (const [index, tag] of sink.tags.entries()) {
      if (ledger.settle(tag)) done.push((sink.got[index] as string).replace('!', ''));
    }
    sink.take();
  };
  for (let step = 0; step < 120; step++) {
    const one = living[random(Math.max(1, living.length))];
    switch (random(7)) {
      case 0:
        if (living.length < 5) living.push(selecting(kit, queue, kinds[random(4)] as string, random(4)));
        break;
      case 1:
        if (one === undefined || random(3) > 0) break;
        one.consumer.cancel();
        one.ledger.giveBackAll();
        living.splice(living.indexOf(one), 1);
        break;
      case 2:
        if (one !== undefined) settle(one);
        break;
      case 3:
        one?.ledger.giveBackAll();
        one?.sink.take();
        break;
      default:
        kit.publish('', 'q', `${kinds[random(3)]}${published++}`, { priority: random(3) });
    }
    if (random(2) === 0) kit.settle();
  }
  for (const text of ['a', 'b', 'c']) living.push(selecting(kit, queue, text));
  kit.settle();
  for (let round = 0; round < 500 && queue.total > 0; round++) {
    kit.settle();
    for (const one of living) settle(one);
  }
  assert.equal(queue.total, 0, 'everything is settled');
  assert.equal(done.length, published);
  assert.equal(new Set(done).size, published, 'each once');
}
