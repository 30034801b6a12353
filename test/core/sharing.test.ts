/**
 * Sharing: giving, settling, time, order and waiting.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeptLog } from '../../src/core/kept-log.ts';
import { Receipt } from '../../src/core/sharing-reader.ts';
import { Sharings } from '../../src/core/sharings.ts';
import { Kit } from './kit.ts';
import { fill, type Given, receive, sharingOf, texts, topicOf, WaitingReader } from './sharing-kit.ts';

const idOf = (kit: Kit, log = 0): number => (topicOf(kit, 1).logs[log] as KeptLog).log.id;
const positionOf = (kit: Kit, log = 0) => kit.namespace.groups.byName.get('g')?.positions.get(idOf(kit, log))?.offset;
const only = ([given]: Given[]): Given => given as Given;

test('a message is given once, to one reader, and is settled', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c');
  const first = receive(sharing, { messagesMax: 2 });
  assert.deepEqual(texts(first), ['a', 'b']);
  assert.deepEqual(texts(receive(sharing)), ['c']);
  assert.deepEqual(receive(sharing), []);
  for (const { receipt } of first) assert.equal(sharing.settle(receipt), true);
  kit.settle();
  assert.equal(positionOf(kit), 2);
  assert.equal(sharing.given, 1);
});

test('a receipt settles again, and a foreign one does not', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b');
  const [a, b] = receive(sharing) as [Given, Given];
  assert.equal(sharing.settle(b.receipt), true);
  assert.equal(sharing.settle(b.receipt), true, 'settled out of order already');
  const madeUp = Object.assign(new Receipt(), a.receipt, { nonce: a.receipt.nonce + 7 });
  assert.equal(sharing.settle(madeUp), false);
  assert.equal(sharing.settle(Object.assign(new Receipt(), a.receipt, { log: 99 })), false);
  assert.equal(sharing.settle(Object.assign(new Receipt(), a.receipt, { slot: 9 })), false);
  assert.equal(sharing.settle(Object.assign(new Receipt(), a.receipt, { offset: 5 })), false);
  assert.equal(sharing.settle(a.receipt), true);
  assert.equal(sharing.settle(a.receipt), true, 'below the floor');
});

test('what is not settled in time comes again, in its place, with a count and another receipt', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b');
  const a = only(receive(sharing, { messagesMax: 1, invisibleMs: 500 }));
  kit.clock.now += 499;
  kit.settle();
  assert.deepEqual(texts(receive(sharing, { messagesMax: 1 })), ['b']);
  kit.clock.now += 1;
  kit.settle();
  fill(kit, 0, 'c');
  const again = receive(sharing);
  assert.deepEqual(texts(again), ['a', 'c']);
  assert.equal(only(again).receipt.attempts, 2);
  assert.equal(sharing.settle(a.receipt), false, 'somebody else has it');
  assert.equal(sharing.change(a.receipt, 1), false);
  assert.equal(sharing.settle(only(again).receipt), true);
});

test('who is late may settle as long as nobody else was given it', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a');
  const { receipt } = only(receive(sharing));
  kit.clock.now += 5_000;
  kit.settle();
  assert.equal(sharing.settle(receipt), true);
  assert.deepEqual(receive(sharing), []);
  assert.equal(sharing.given, 0);
});

test('time can be changed, and the receipt with it', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a');
  const { receipt } = only(receive(sharing));
  const old = Object.assign(new Receipt(), receipt);
  assert.equal(sharing.change(receipt, 10_000), true);
  assert.equal(sharing.settle(old), false);
  kit.clock.now += 9_999;
  kit.settle();
  assert.deepEqual(receive(sharing), []);
  assert.equal(sharing.change(receipt, 0), true);
  kit.settle();
  const again = only(receive(sharing));
  assert.deepEqual([again.text, again.receipt.attempts], ['a', 2]);
});

test('logs are asked in turn', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit, 3);
  for (const log of [0, 1, 2]) fill(kit, log, `${log}a`, `${log}b`);
  const logs = [1, 2, 3].map(() => only(receive(sharing, { messagesMax: 1 })).log);
  assert.deepEqual([...logs].sort(), [0, 1, 2]);
  assert.equal(receive(sharing).length, 3);
});

test('where logs are levels the highest is asked first', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit, 3);
  for (const [log, text] of [
    [0, 'low'],
    [2, 'high'],
    [1, 'middle'],
    [2, 'high too'],
  ] as const)
    fill(kit, log, text);
  assert.deepEqual(texts(receive(sharing, { byLevel: true, messagesMax: 2 })), ['high', 'high too']);
  fill(kit, 2, 'late');
  for (const text of ['late', 'middle', 'low']) {
    assert.deepEqual(texts(receive(sharing, { byLevel: true, messagesMax: 1 })), [text]);
  }
});

test('bytes are a limit, but for the first message', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'aaaaaaaaaa', 'bb', 'cc', 'dd');
  assert.deepEqual(texts(receive(sharing, { bytesMax: 4 })), ['aaaaaaaaaa']);
  assert.deepEqual(texts(receive(sharing, { bytesMax: 4 })), ['bb', 'cc']);
});

test('what a group does not want is settled for it', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, '-a', '-b', 'c', '-d');
  assert.deepEqual(texts(receive(sharing)), ['c']);
  kit.settle();
  assert.equal(positionOf(kit), 2);
});

test('expired messages are not given', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  kit.publish('orders', '', 'short', { expiresAt: kit.clock.now + 10 });
  fill(kit, 0, 'long');
  kit.clock.now += 10;
  assert.deepEqual(texts(receive(sharing)), ['long']);
});

test('a look that passes over too much goes on in the next turn', () => {
  const kit = new Kit();
  const limits = { outMax: 100, passedMax: 3, expiredMax: 100, sharingsMax: 10 };
  const topic = topicOf(kit, 1);
  const sharing = new Sharings(kit.broker, kit.namespace.groups, '/', limits).open('g', topic, 'start');
  fill(kit, 0, ...'abcdefgh'.split('').map((letter) => `-${letter}`), 'wanted');
  const reader = new WaitingReader(sharing);
  assert.equal(reader.look(), false);
  sharing.wait(reader);
  kit.settle();
  assert.deepEqual(texts(reader.given), ['wanted']);
  assert.ok(reader.looks >= 3);
});

test('with too much out nothing new is given, only what came back', () => {
  const kit = new Kit();
  const limits = { outMax: 2, passedMax: 100, expiredMax: 100, sharingsMax: 10 };
  const sharing = new Sharings(kit.broker, kit.namespace.groups, '/', limits).open('g', topicOf(kit, 1), 'start');
  fill(kit, 0, 'a', 'b', 'c');
  const [a] = receive(sharing, { invisibleMs: 100 });
  assert.equal(sharing.given, 2);
  kit.clock.now += 100;
  kit.settle();
  assert.deepEqual(texts(receive(sharing)), ['a', 'b']);
  assert.equal(sharing.settle((a as Given).receipt), false);
});

test('in order a log gives nothing while something of it is out', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit, 2);
  fill(kit, 0, 'a', 'b', 'c');
  fill(kit, 1, 'x');
  const order = { inOrder: true, messagesMax: 1 };
  const two = [...receive(sharing, order), ...receive(sharing, order)];
  assert.deepEqual(texts(two).sort(), ['a', 'x']);
  assert.deepEqual(receive(sharing, order), []);
  sharing.settle((two.find(({ text }) => text === 'a') as Given).receipt);
  assert.deepEqual(texts(receive(sharing, order)), ['b']);
  kit.clock.now += 1_000;
  kit.settle();
  assert.deepEqual(texts(receive(sharing, { inOrder: true })).sort(), ['b', 'c', 'x']);
});

test('in order the same receive is given the same again, and it does not count', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c');
  const terms = { inOrder: true, messagesMax: 2, attempt: 'one' };
  const lost = receive(sharing, terms);
  assert.deepEqual(receive(sharing, { ...terms, attempt: 'two' }), []);
  const again = receive(sharing, terms);
  assert.deepEqual(texts(again), ['a', 'b']);
  assert.equal(only(again).receipt.attempts, 1);
  assert.equal(sharing.settle(only(lost).receipt), false);
  for (const { receipt } of again) sharing.settle(receipt);
  assert.deepEqual(texts(receive(sharing, terms)), ['c']);
});

test('who waits is told when there is something, one after the other', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  const readers = [1, 2, 3].map(() => new WaitingReader(sharing, { messagesMax: 1 }));
  fill(kit, 0, 'a', 'b');
  assert.deepEqual(
    readers.map(({ given }) => texts(given)),
    [['a'], ['b'], []],
  );
  kit.clock.now += 1_000;
  kit.settle();
  assert.deepEqual(texts(readers[2]?.given ?? []), ['a'], 'it came back');
  const gone = new WaitingReader(sharing);
  sharing.leave(gone);
  fill(kit, 0, 'c');
  assert.equal(gone.looks, 0);
});

test('what a holder has returns when it goes', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit);
  fill(kit, 0, 'a', 'b', 'c');
  receive(sharing, { messagesMax: 2, holder: 7 });
  receive(sharing, { messagesMax: 1, holder: 8 });
  const reader = new WaitingReader(sharing);
  sharing.letGo(7);
  kit.settle();
  assert.deepEqual(texts(reader.given), ['a', 'b']);
});

test('cold bytes are waited for, and nothing of that log overtakes them', () => {
  const kit = new Kit();
  const sharing = sharingOf(kit, 2);
  fill(kit, 0, 'a', 'b');
  fill(kit, 1, 'x');
  const cold = idOf(kit);
  kit.store.isCold = (log, offset) => log.id === cold && offset === 0;
  assert.deepEqual(texts(receive(sharing)), ['x']);
  const reader = new WaitingReader(sharing);
  kit.settle();
  assert.deepEqual(texts(reader.given), ['a', 'b']);
});
