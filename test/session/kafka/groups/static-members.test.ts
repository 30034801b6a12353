/**
 * Static members: a name that outlives the process behind it, and who may still speak in it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, Kit } from './kit.ts';

/** A leader and a follower, both with names. */
function pair(kit: Kit): [Client, Client] {
  const leader = kit.client({ instanceId: 'a', idFirst: true }).join();
  const follower = kit.client({ instanceId: 'b', idFirst: true }).join();
  kit.settle();
  leader.sync();
  follower.sync();
  assert.equal(kit.stateOf('g'), 'Stable');
  return [leader, follower];
}

test('a static member is not asked to come again with an id', () => {
  const kit = new Kit();
  const member = kit.client({ instanceId: 'a', idFirst: true }).ask();
  kit.settle();
  assert.equal(member.joinError, 'NONE');
  assert.ok(member.memberId.startsWith('a-'));
});

test('a follower that starts anew gets its assignment back, and nobody else notices', () => {
  const kit = new Kit();
  const [leader, follower] = pair(kit);
  const anew = kit.client({ instanceId: 'b' }).join();
  assert.equal(anew.joinError, 'NONE');
  assert.notEqual(anew.memberId, follower.memberId);
  assert.equal(anew.joined?.leader, leader.memberId);
  assert.deepEqual(anew.joined?.members, []);
  assert.equal(anew.sync().assignment, `to ${follower.memberId} in 1`);
  assert.equal(leader.beat(), 'NONE');
  assert.equal(follower.beat(), 'FENCED_INSTANCE_ID');
  assert.equal(follower.mayCommit(), 'FENCED_INSTANCE_ID');
  assert.equal(follower.sync().syncError, 'FENCED_INSTANCE_ID');
  assert.equal(follower.join().joinError, 'FENCED_INSTANCE_ID');
  assert.equal(follower.leave(), 'FENCED_INSTANCE_ID');
  assert.equal(anew.beat(), 'NONE');
});

test('a leader that starts anew is told to keep the assignment, or that its former self leads', () => {
  const kit = new Kit();
  const [leader, follower] = pair(kit);
  const older = kit.client({ instanceId: 'a' }).join();
  assert.equal(older.joined?.leader, leader.memberId);
  assert.deepEqual([older.joined?.skipAssignment, older.joined?.members], [false, []]);
  assert.equal(older.sync().assignment, `to ${leader.memberId} in 1`);
  const newer = kit.client({ instanceId: 'a', maySkipAssignment: true }).join();
  assert.ok(newer.leads);
  assert.equal(newer.joined?.skipAssignment, true);
  assert.equal(newer.joined?.members.length, 2);
  assert.deepEqual(newer.joined?.members.map(({ groupInstanceId }) => groupInstanceId).sort(), ['a', 'b']);
  assert.equal(newer.sync({ assignments: [] }).assignment, `to ${leader.memberId} in 1`);
  assert.equal(follower.beat(), 'NONE');
  follower.join({ protocols: { range: 'new' } });
  newer.join();
  assert.ok(newer.leads, 'also in the next round');
});

test('it is a round all the same when another protocol would be chosen', () => {
  const kit = new Kit();
  const both = { range: '', sticky: '' };
  const leader = kit.client({ instanceId: 'a', protocols: both }).join();
  kit.settle();
  leader.sync();
  const anew = kit.client({ instanceId: 'a', protocols: { sticky: '', range: '' } }).join();
  assert.equal(anew.generation, 2);
  assert.equal(anew.joined?.protocolName, 'sticky');
});

test('a static member that starts anew while assignments are made begins a new round', () => {
  const kit = new Kit();
  const leader = kit.client({ instanceId: 'a' }).join();
  const follower = kit.client({ instanceId: 'b' }).join();
  kit.settle();
  follower.sync();
  const anew = kit.client({ instanceId: 'b' }).join();
  assert.equal(follower.syncError, 'FENCED_INSTANCE_ID');
  assert.equal(leader.sync().syncError, 'REBALANCE_IN_PROGRESS');
  leader.join();
  assert.deepEqual([leader.generation, anew.generation], [2, 2]);
});

test('and one that does so while joins wait takes the place of its former self there', () => {
  const kit = new Kit();
  const [leader, follower] = pair(kit);
  follower.join({ protocols: { range: 'new' } });
  const anew = kit.client({ instanceId: 'b' }).join();
  assert.equal(follower.joinError, 'FENCED_INSTANCE_ID');
  leader.join();
  assert.equal(anew.generation, 2);
});

test('a static member stays in the group while it is away, until its session ends', () => {
  const kit = new Kit();
  const away = kit.client({ instanceId: 'b', sessionTimeoutMs: 60_000 }).join();
  const leader = kit.client({ instanceId: 'a', sessionTimeoutMs: 60_000 }).join();
  kit.settle();
  for (const member of [leader, away]) member.sync();
  leader.join({ protocols: { range: 'new' } });
  kit.advance(30_000);
  assert.equal(leader.generation, 2);
  assert.ok(leader.leads, 'one that is there leads');
  assert.equal(leader.joined?.members.length, 2, 'and assigns to the one that is not');
  leader.sync();
  kit.advance(30_000);
  assert.equal(leader.beat(), 'REBALANCE_IN_PROGRESS');
  leader.join();
  assert.equal(leader.joined?.members.length, 1);
});

test('when all are static and away, the round waits until one comes or their sessions end', () => {
  const kit = new Kit();
  const members = ['a', 'b'].map((instanceId) => kit.client({ instanceId, sessionTimeoutMs: 200_000 }).join());
  kit.settle();
  for (const member of members) member.sync();
  kit.groups.leave('g', [{ memberId: '', groupInstanceId: 'a' }]);
  kit.advance(100_000);
  assert.equal(kit.stateOf('g'), 'PreparingRebalance');
  const back = kit.client({ instanceId: 'b' }).join();
  assert.equal(back.joinError, 'NONE');
  kit.advance(200_000);
  assert.equal(kit.stateOf('g'), 'Empty');
});

test('one that comes back does not wait for the others that are away longer than a rebalance may take', () => {
  const kit = new Kit();
  const names = ['a', 'b', 'c'];
  const members = names.map((instanceId) => kit.client({ instanceId, sessionTimeoutMs: 200_000 }).join());
  kit.settle();
  for (const member of members) member.sync();
  kit.groups.leave('g', [{ memberId: '', groupInstanceId: 'c' }]);
  kit.advance(40_000);
  const back = kit.client({ instanceId: 'a' }).join();
  kit.advance(19_999);
  assert.equal(back.joined, null);
  kit.advance(1);
  assert.equal(back.joinError, 'NONE');
});

test('one that vanishes while its sync waits, past its session, is out a session later', () => {
  const kit = new Kit();
  const leader = kit.client({ instanceId: 'a', sessionTimeoutMs: 100_000 }).join();
  const vanished = kit.client({ instanceId: 'b', sessionTimeoutMs: 10_000 }).join();
  kit.settle();
  vanished.sync();
  kit.advance(15_000);
  leader.join({ protocols: { range: 'new' } });
  assert.equal(vanished.syncError, 'REBALANCE_IN_PROGRESS');
  kit.advance(9_999);
  assert.equal(leader.joinError, null);
  kit.advance(1);
  assert.equal(leader.joined?.members.length, 1);
});

test('administrators remove static members by their names, each with an answer of its own', () => {
  const kit = new Kit();
  const [leader, follower] = pair(kit);
  const codes = kit.groups.leave('g', [
    { memberId: '', groupInstanceId: 'b' },
    { memberId: '', groupInstanceId: 'nobody' },
    { memberId: 'wrong', groupInstanceId: 'a' },
    { memberId: '', groupInstanceId: null },
  ]);
  assert.deepEqual(codes, [0, 25, 82, 25]);
  assert.equal(follower.beat(), 'UNKNOWN_MEMBER_ID');
  assert.equal(leader.beat(), 'REBALANCE_IN_PROGRESS');
});

test('a name that nobody has is unknown, whatever the id', () => {
  const kit = new Kit();
  const [plain] = kit.stable(1) as [Client];
  plain.fields = { ...plain.fields, instanceId: 'c' };
  assert.equal(plain.beat(), 'UNKNOWN_MEMBER_ID');
  assert.equal(plain.join().joinError, 'UNKNOWN_MEMBER_ID');
});
