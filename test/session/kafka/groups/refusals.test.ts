/**
 * What a group refuses, in the words of Kafka; and what it holds at most.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, Kit, nameOf } from './kit.ts';

test('who may join a group', () => {
  const kit = new Kit();
  const refusalOf = (fields: object, memberId = ''): string | null => {
    const client = kit.client({ group: 'new', ...fields });
    client.memberId = memberId;
    return client.ask().joinError;
  };
  assert.equal(refusalOf({ group: '' }), 'INVALID_GROUP_ID');
  assert.equal(refusalOf({ group: 'x'.repeat(513) }), 'INVALID_GROUP_ID');
  assert.equal(refusalOf({ sessionTimeoutMs: 5_999 }), 'INVALID_SESSION_TIMEOUT');
  assert.equal(refusalOf({ sessionTimeoutMs: 1_800_001 }), 'INVALID_SESSION_TIMEOUT');
  assert.equal(refusalOf({}, 'somebody'), 'UNKNOWN_MEMBER_ID');
  assert.equal(refusalOf({ protocolType: '' }), 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(refusalOf({ protocols: {} }), 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(kit.stateOf('new'), 'none', 'no refusal makes a group');
  kit.stable(1, { group: 'new' });
  assert.equal(refusalOf({}, 'somebody'), 'UNKNOWN_MEMBER_ID');
  assert.equal(refusalOf({ protocols: { other: '' } }), 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(refusalOf({ protocolType: 'connect' }), 'INCONSISTENT_GROUP_PROTOCOL');
});

test('who may sync', () => {
  const kit = new Kit();
  const [member] = kit.stable(1) as [Client];
  const { memberId } = member;
  assert.equal(member.sync({ generation: 7 }).syncError, 'ILLEGAL_GENERATION');
  assert.equal(member.sync({ memberId: 'x' }).syncError, 'UNKNOWN_MEMBER_ID');
  assert.equal(member.sync({ protocolType: 'connect' }).syncError, 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(member.sync({ protocolName: 'sticky' }).syncError, 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(member.sync({ protocolType: 'consumer', protocolName: 'range' }).syncError, 'NONE');
  const lost = kit.client({ group: 'none' });
  assert.equal(lost.sync({ memberId }).syncError, 'UNKNOWN_MEMBER_ID');
  assert.equal(kit.client({ group: '' }).sync().syncError, 'INVALID_GROUP_ID');
});

test('who may beat and leave', () => {
  const kit = new Kit();
  const [member] = kit.stable(1) as [Client];
  assert.equal(member.beat(7), 'ILLEGAL_GENERATION');
  assert.equal(kit.client().beat(1), 'UNKNOWN_MEMBER_ID');
  assert.equal(kit.client({ group: 'none' }).beat(1), 'UNKNOWN_MEMBER_ID');
  assert.equal(kit.client({ group: '' }).beat(1), 'INVALID_GROUP_ID');
  assert.equal(kit.client({ group: 'none' }).leave(), 'UNKNOWN_MEMBER_ID');
  assert.equal(kit.client({ group: '' }).leave(), 'INVALID_GROUP_ID');
});

test('one that was given an id may leave before it joins', () => {
  const kit = new Kit();
  const pending = kit.client({ idFirst: true }).ask();
  const other = kit.client().join();
  kit.settle();
  assert.equal(other.joined, null);
  assert.equal(pending.beat(0), 'UNKNOWN_MEMBER_ID');
  assert.equal(pending.leave(), 'NONE');
  assert.equal(other.joinError, 'NONE');
  assert.equal(pending.ask().joinError, 'UNKNOWN_MEMBER_ID');
});

test('who may commit', () => {
  const kit = new Kit();
  const may = (group: string, memberId: string, generation: number, version = 8): string =>
    nameOf(kit.groups.admitCommit(group, memberId, null, generation, version));
  assert.equal(may('simple', '', -1), 'NONE');
  assert.equal(may('', '', -1), 'NONE', 'Kafka takes it, so old clients do it');
  assert.equal(may('x'.repeat(513), '', -1), 'INVALID_GROUP_ID');
  assert.equal(may('none', 'm', 1, 8), 'ILLEGAL_GENERATION');
  assert.equal(may('none', 'm', 1, 9), 'GROUP_ID_NOT_FOUND');
  kit.commit('simple', 'orders', 1);
  assert.equal(may('simple', 'm', 1, 9), 'UNKNOWN_MEMBER_ID');
  const member = kit.client().join();
  kit.settle();
  assert.equal(member.mayCommit(), 'REBALANCE_IN_PROGRESS');
  member.sync();
  assert.equal(member.mayCommit(), 'NONE');
  assert.equal(may('g', '', -1), 'UNKNOWN_MEMBER_ID', 'a group with members takes no stranger');
  assert.equal(may('g', member.memberId, 2), 'ILLEGAL_GENERATION');
  assert.equal(may('g', member.memberId, -1), 'ILLEGAL_GENERATION');
  member.leave();
  assert.equal(may('g', '', -1), 'NONE');
  assert.equal(may('g', member.memberId, 1), 'UNKNOWN_MEMBER_ID');
});

test('what may be committed', () => {
  const kit = new Kit();
  assert.equal(kit.commit('g', 'orders', 1, 'x'.repeat(4_096)), 'NONE');
  assert.equal(kit.commit('g', 'orders', 1, 'x'.repeat(4_097)), 'OFFSET_METADATA_TOO_LARGE');
});

test('a group has a largest size, in which those who are expected count', () => {
  const kit = new Kit({ membersMax: 2 });
  const [one, two] = kit.stable(2) as [Client, Client];
  assert.equal(kit.client().join().joinError, 'GROUP_MAX_SIZE_REACHED');
  assert.equal(one.beat(), 'NONE', 'nothing happened to the others');
  assert.equal(two.join({ protocols: { range: 'x' } }).joinError, null, 'one of them may join again');
  const other = kit.client({ group: 'h', idFirst: true }).ask();
  kit.client({ group: 'h', idFirst: true }).ask();
  assert.equal(kit.client({ group: 'h', idFirst: true }).ask().joinError, 'GROUP_MAX_SIZE_REACHED');
  other.ask();
  assert.equal(other.joined, null);
});

test('what members make us keep has a bound, over all groups, and comes back when they go', () => {
  const kit = new Kit({ memberBytesMax: 10_000 });
  const large = { range: 'x'.repeat(5_000) };
  const [one] = kit.stable(1, { protocols: large }) as [Client];
  assert.equal(kit.client({ group: 'h', protocols: large }).join().joinError, 'GROUP_MAX_SIZE_REACHED');
  const ask = (group: string): string | null => kit.client({ group, idFirst: true }).ask().joinError;
  let expected = 0;
  while (ask(`expecting ${expected}`) === 'MEMBER_ID_REQUIRED') expected++;
  assert.equal(ask('one more'), 'GROUP_MAX_SIZE_REACHED');
  assert.ok(expected > 1 && expected < 10, 'a name alone costs something too');
  one.leave();
  kit.advance(10_000);
  assert.equal(kit.groups.memberBytes, 0);
  assert.equal(kit.client({ group: 'h', protocols: large }).join().joinError, null);
});

test('an assignment that is too large is given to nobody', () => {
  const kit = new Kit({ memberBytesMax: 10_000 });
  const [leader, follower] = [kit.client().join(), kit.client().join()];
  kit.settle();
  follower.sync();
  leader.sync({ assignments: [{ memberId: follower.memberId, assignment: new Uint8Array(10_000) }] });
  assert.deepEqual([leader.syncError, follower.syncError], ['UNKNOWN_SERVER_ERROR', 'UNKNOWN_SERVER_ERROR']);
  assert.equal(kit.stateOf('g'), 'PreparingRebalance');
});
