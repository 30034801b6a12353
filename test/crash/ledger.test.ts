import assert from 'node:assert/strict';
import test from 'node:test';
import { Channel, Ledger, Reader } from './ledger.ts';

const id = (number: number, publisher = 'p') => ({ publisher, number });

function published(count: number, queues = ['q'], persistent = true): { ledger: Ledger; channel: Channel } {
  const ledger = new Ledger();
  const channel = new Channel(ledger);
  for (let n = 1; n <= count; n++) channel.publish(id(n), queues, persistent);
  return { ledger, channel };
}

function afterCrash(ledger: Ledger, found: Record<string, number[]>): readonly string[] {
  ledger.crashed([]);
  for (const [queue, numbers] of Object.entries(found)) {
    ledger.inspect(
      queue,
      numbers.map((n) => id(n)),
    );
  }
  ledger.reconcile();
  return ledger.violations;
}

test('a confirmed message that is missing is lost', () => {
  const { ledger, channel } = published(2);
  channel.confirm(id(1));
  assert.deepEqual(afterCrash(ledger, { q: [] }), ['message p#1 was confirmed and is lost from q']);
});

test('an unconfirmed message may survive or not, but once gone it stays gone', () => {
  const { ledger } = published(2);
  assert.deepEqual(afterCrash(ledger, { q: [1] }), []);
  assert.match(afterCrash(ledger, { q: [1, 2] })[0] ?? '', /p#2 came back into q after a restart had shown it gone/);
});

test('an unconfirmed fan-out is all or nothing', () => {
  assert.deepEqual(afterCrash(published(1, ['a', 'b']).ledger, { a: [1], b: [1] }), []);
  assert.deepEqual(afterCrash(published(1, ['a', 'b']).ledger, { a: [], b: [] }), []);
  assert.match(afterCrash(published(1, ['a', 'b']).ledger, { a: [1], b: [] })[0] ?? '', /half a publish/);
});

test('a copy that was acked before its publish was confirmed does not make the fan-out half', () => {
  const { ledger, channel } = published(1, ['a', 'b']);
  const reader = new Reader();
  ledger.delivered(reader, 'a', id(1), true);
  channel.ack(reader, 'a', id(1));
  assert.deepEqual(afterCrash(ledger, { a: [], b: [1] }), []);
});

test('order is kept per publisher, and nothing is there twice', () => {
  const { ledger } = published(3);
  assert.match(afterCrash(ledger, { q: [2, 1, 3] })[0] ?? '', /p#1 stands behind number 2 in q/);
  assert.match(afterCrash(published(2).ledger, { q: [1, 1] })[0] ?? '', /p#1 is twice in q/);
});

test('an ack is secured by the confirm of a later publish on its own channel only', () => {
  const ledger = new Ledger();
  const [own, other] = [new Channel(ledger), new Channel(ledger)];
  const reader = new Reader();
  own.publish(id(1), ['q'], true);
  other.publish(id(1, 'o'), ['q'], true);
  ledger.delivered(reader, 'q', id(1), true);
  own.confirm(id(1)); // sent before the ack: secures nothing
  own.ack(reader, 'q', id(1));
  other.publish(id(2, 'o'), ['q'], true);
  other.confirm(id(1, 'o'));
  other.confirm(id(2, 'o'));
  assert.equal(ledger.counts.secured, 0);
  own.publish(id(2), ['q'], true);
  own.confirm(id(2));
  assert.equal(ledger.counts.secured, 1);
  ledger.crashed([]);
  ledger.inspect('q', [id(1), id(1, 'o'), id(2, 'o'), id(2)]);
  assert.match(ledger.violations[0] ?? '', /p#1 came back into q after it was settled/);
});

test('an ack that nothing secured may be kept or not; when it was not, the message is owed again', () => {
  const { ledger, channel } = published(1);
  const reader = new Reader();
  channel.confirm(id(1));
  ledger.delivered(reader, 'q', id(1), true);
  channel.ack(reader, 'q', id(1));
  assert.deepEqual(afterCrash(ledger, { q: [1] }), []);
  assert.match(afterCrash(ledger, { q: [] })[0] ?? '', /lost from q/);
});

test('transient messages and volatile queues do not survive', () => {
  assert.match(afterCrash(published(1, ['q'], false).ledger, { q: [1] })[0] ?? '', /came back/);
  const { ledger } = published(1, ['q', 'volatile']);
  ledger.crashed(['volatile']);
  ledger.inspect('volatile', [id(1)]);
  assert.match(ledger.violations[0] ?? '', /came back into volatile/);
});

test('live deliveries: one holder, no return after an ack, redelivered flag, order among the fresh', () => {
  const { ledger, channel } = published(4);
  const [one, two] = [new Reader(), new Reader()];
  ledger.delivered(one, 'q', id(2), true);
  ledger.delivered(two, 'q', id(2), false);
  assert.match(ledger.violations.pop() ?? '', /while a consumer held it/);
  ledger.returned(two, 'q', id(2));
  ledger.delivered(two, 'q', id(2), true);
  assert.match(ledger.violations.shift() ?? '', /without the redelivered flag/);
  channel.ack(two, 'q', id(2));
  ledger.delivered(one, 'q', id(2), false);
  assert.match(ledger.violations.pop() ?? '', /after its ack/);
  ledger.delivered(one, 'q', id(1), true);
  assert.match(ledger.violations.pop() ?? '', /delivered after number 2/);
  ledger.delivered(one, 'q', id(9), true);
  assert.match(ledger.violations.pop() ?? '', /never published/);
  assert.deepEqual(ledger.violations, []);
});

test('what a closed channel held may be delivered to another', () => {
  const { ledger } = published(1);
  const [one, two] = [new Reader(), new Reader()];
  ledger.delivered(one, 'q', id(1), true);
  ledger.closed(one);
  ledger.delivered(two, 'q', id(1), false);
  assert.deepEqual(ledger.violations, []);
});
