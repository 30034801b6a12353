/**
 * Sharing: where a group begins, other readers of it, retention, restarts, and the end of a sharing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeptLog } from '../../src/core/kept-log.ts';
import { Receipt } from '../../src/core/sharing-reader.ts';
import { Sharings } from '../../src/core/sharings.ts';
import { Kit } from './kit.ts';
import { fill, type Given, receive, sharingOf, texts, topicOf, WaitingReader } from './sharing-kit.ts';

const idOf = (kit: Kit, log = 0): number => (topicOf(kit, 1).logs[log] as KeptLog).log.id;
const only = ([given]: Given[]): Given => given as Given;

test('a new group begins at the end unless told otherwise, and at the start of logs that are added', () => {
  const kit = new Kit();
  topicOf(kit, 1);
  fill(kit, 0, 'old');
  const late = sharingOf(kit, 1, 'end', 'late');
  const early = sharingOf(kit, 1, 'start', 'early');
  fill(kit, 0, 'new');
  assert.deepEqual(texts(receive(late)), ['new']);
  assert.deepEqual(texts(receive(early)), ['old', 'new']);
  topicOf(kit, 2);
  fill(kit, 1, 'added');
  assert.deepEqual(texts(receive(late)), ['added']);
});

test('a position that somebody else commits moves the group', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c', 'd');
  const [a, b] = receive(sharing, { messagesMax: 2 }) as [Given, Given];
  sharing.settle(b.receipt);
  kit.settle();
  kit.namespace.groups.commit('g', idOf(kit), 3, '');
  kit.settle();
  assert.equal(sharing.settle(a.receipt), true, 'behind the position that is');
  assert.deepEqual(texts(receive(sharing)), ['d']);
  kit.namespace.groups.commit('g', idOf(kit), 0, '');
  assert.deepEqual(texts(receive(sharing)), ['a', 'b', 'c', 'd']);
  assert.equal(sharing.given, 4);
  kit.settle();
  const after = sharingOf(kit.restart());
  assert.equal(receive(after).length, 4, 'nothing of the time before is left');
});

test('what retention lets go is settled', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c', 'd', 'e');
  const given = receive(sharing, { messagesMax: 2 });
  (topicOf(kit, 1).logs[0] as KeptLog).releaseTo(4);
  assert.deepEqual(texts(receive(sharing)), ['e']);
  kit.clock.now += 1_000;
  kit.settle();
  assert.deepEqual(texts(receive(sharing)), ['e']);
  assert.equal(sharing.settle(only(given).receipt), true);
});

test('a restart knows the position, what is settled behind it, and how often messages were given', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c', 'd', 'e');
  const given = receive(sharing);
  for (const at of [0, 2, 4]) sharing.settle((given[at] as Given).receipt);
  kit.clock.now += 1_000;
  kit.settle();
  assert.equal(receive(sharing, { messagesMax: 1 })[0]?.text, 'b');
  kit.settle();
  let again = kit.restart();
  again.clock.now = kit.clock.now;
  assert.deepEqual(
    receive(sharingOf(again)).map(({ text, receipt }) => [text, receipt.attempts]),
    [
      ['b', 3],
      ['d', 1],
    ],
  );
  again.settle();
  // Twice, and once more from what the broker itself would tell a checkpoint.
  again = again.restart();
  assert.deepEqual(
    receive(sharingOf(again)).map(({ receipt }) => receipt.attempts),
    [4, 1],
  );
  const told = [...again.namespace.definitions()].filter(({ kind }) => kind === 'share');
  assert.deepEqual(
    told.map((share) => ({ ...share, at: 0, log: 0 })),
    [{ kind: 'share', namespace: '/', group: 'g', log: 0, offset: 1, at: 0, settled: [2, 3, 4, 5], attempts: [1, 4] }],
  );
});

test('a receipt of an earlier life settles unless the message was given again', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b');
  const given = receive(sharing);
  const [a, b] = given.map(({ receipt }) => Object.assign(new Receipt(), receipt, { slot: -1, nonce: 0 }));
  const later = kit.restart();
  const after = sharingOf(later);
  assert.equal(after.settle(b as Receipt), true);
  assert.deepEqual(texts(receive(after)), ['a']);
  assert.equal(after.settle(a as Receipt), false);
  assert.equal(after.settle(Object.assign(new Receipt(), a, { offset: 9 })), false);
});

test('who waits for durability is told after the commit, whatever is stated meanwhile', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a');
  const { receipt } = only(receive(sharing));
  let told = 0;
  sharing.settle(receipt);
  sharing.whenStated({ committed: () => told++ });
  assert.equal(told, 0);
  kit.settle();
  assert.equal(told, 1);
  sharing.whenStated({ committed: () => told++ });
  kit.settle();
  assert.equal(told, 2);
});

test('a turn states a log once, however much is settled', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit, 2);
  fill(kit, 0, ...'abcdefgh');
  fill(kit, 1, ...'ijklmnop');
  const stated: string[] = [];
  const define = kit.store.define.bind(kit.store);
  kit.store.define = (definition) => {
    stated.push(definition.kind);
    define(definition);
  };
  for (const { receipt } of receive(sharing)) sharing.settle(receipt);
  kit.broker.turn();
  assert.deepEqual(stated, ['share', 'share']);
});

test('when its topic is deleted a sharing ends, and who waits is asked once more', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a');
  const { receipt } = only(receive(sharing));
  const reader = new WaitingReader(sharing);
  kit.namespace.deleteExchange('orders');
  assert.equal(sharing.settle(receipt), false);
  kit.settle();
  assert.equal(sharing.closed, true);
  assert.equal(reader.looks, 1);
  const anew = sharingOf(kit);
  fill(kit, 0, 'b');
  assert.deepEqual(texts(receive(anew)), ['b']);
  assert.equal(kit.namespace.sharings.size, 1);
});

test('an idle sharing is put away with what it knows', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c');
  const given = receive(sharing);
  sharing.settle((given[1] as Given).receipt);
  kit.settle();
  kit.namespace.sharings.rest('g');
  assert.equal(sharing.closed, false, 'something is out');
  sharing.letGo(0);
  kit.settle();
  kit.namespace.sharings.rest('g');
  assert.equal(sharing.closed, false, 'something is to be given again');
  for (const { receipt } of receive(sharing, { messagesMax: 1 })) sharing.settle(receipt);
  for (const { receipt } of receive(sharing)) sharing.settle(receipt);
  kit.settle();
  kit.namespace.sharings.rest('g');
  assert.equal(sharing.closed, true);
  assert.equal(kit.namespace.sharings.size, 0);
  fill(kit, 0, 'd');
  assert.deepEqual(texts(receive(sharingOf(kit))), ['d']);
});

test('there is a limit of sharings', () => {
  const kit = new Kit();
  const limits = { outMax: 2, passedMax: 100, expiredMax: 100, sharingsMax: 1 };
  const sharings = new Sharings(kit.broker, kit.namespace.groups, '/', limits);
  sharings.open('g', topicOf(kit, 1));
  assert.throws(() => sharings.open('h', topicOf(kit, 1)), /LIMIT/);
});
