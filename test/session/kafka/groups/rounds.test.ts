/**
 * Rounds of a group: who waits for whom, who leads, what everybody is told, and what ends a membership.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, Kit } from './kit.ts';

const ids = (client: Client): string[] => (client.joined?.members ?? []).map(({ memberId }) => memberId);

test('one member: it joins in the next turn, leads, and is assigned what it says', () => {
  const kit = new Kit();
  const only = kit.client().join();
  assert.equal(only.joinError, null);
  assert.equal(kit.stateOf('g'), 'PreparingRebalance');
  kit.settle();
  assert.equal(only.joinError, 'NONE');
  assert.equal(only.generation, 1);
  assert.equal(only.joined?.protocolName, 'range');
  assert.equal(only.joined?.protocolType, 'consumer');
  assert.ok(only.leads);
  assert.deepEqual(ids(only), [only.memberId]);
  assert.equal(kit.stateOf('g'), 'CompletingRebalance');
  only.sync();
  assert.equal(only.assignment, `to ${only.memberId} in 1`);
  assert.equal(kit.stateOf('g'), 'Stable');
  assert.equal(only.beat(), 'NONE');
});

test('members that come together are one round, of which the first leads', () => {
  const kit = new Kit();
  const [first, second, third] = kit.stable(3) as [Client, Client, Client];
  assert.deepEqual(
    [first, second, third].map(({ generation, leads }) => [generation, leads]),
    [
      [1, true],
      [1, false],
      [1, false],
    ],
  );
  assert.deepEqual(ids(first), [first.memberId, second.memberId, third.memberId]);
  assert.deepEqual(ids(second), []);
  assert.equal(third.joined?.leader, first.memberId);
  assert.equal(third.assignment, `to ${third.memberId} in 1`);
});

test('from version 4 on a new member is given its id first, and the round waits for it', () => {
  const kit = new Kit();
  const [first, second] = [kit.client({ idFirst: true }), kit.client({ idFirst: true })];
  assert.equal(first.ask().joinError, 'MEMBER_ID_REQUIRED');
  assert.equal(second.ask().joinError, 'MEMBER_ID_REQUIRED');
  assert.equal(kit.stateOf('g'), 'Empty');
  first.ask();
  kit.settle();
  assert.equal(first.joined, null, 'the second is expected');
  second.ask();
  assert.deepEqual([first.generation, second.generation], [1, 1]);
});

test('who was given an id and never comes is waited for as long as its session', () => {
  const kit = new Kit();
  kit.client({ idFirst: true, sessionTimeoutMs: 6_000 }).ask();
  const other = kit.client({ idFirst: true }).join();
  kit.advance(5_999);
  assert.equal(other.joined, null);
  kit.advance(1);
  assert.equal(other.joinError, 'NONE');
});

test('and not longer than a rebalance may take', () => {
  const kit = new Kit();
  kit.client({ idFirst: true, sessionTimeoutMs: 60_000 }).ask();
  const other = kit.client({ idFirst: true, rebalanceTimeoutMs: 7_000 }).join();
  kit.advance(7_000);
  assert.equal(other.joinError, 'NONE');
});

test('a new member: the others are told by their heartbeats, come again, and keep their leader', () => {
  const kit = new Kit();
  const [leader, follower] = kit.stable(2) as [Client, Client];
  const late = kit.client().join();
  kit.settle();
  assert.equal(late.joined, null);
  assert.equal(leader.beat(), 'REBALANCE_IN_PROGRESS');
  assert.equal(follower.sync().syncError, 'REBALANCE_IN_PROGRESS');
  follower.join();
  assert.equal(follower.joined, null);
  leader.join();
  assert.deepEqual(
    [leader, follower, late].map(({ generation }) => generation),
    [2, 2, 2],
  );
  assert.ok(leader.leads);
  assert.deepEqual(ids(leader).sort(), [leader, follower, late].map(({ memberId }) => memberId).sort());
});

test('who does not come again in time is out, and another one leads', () => {
  const kit = new Kit();
  const [gone, follower] = kit.stable(2) as [Client, Client];
  follower.join({ protocols: { range: 'other topics' } });
  while (kit.now < 30_900) {
    kit.advance(5_000);
    if (follower.joined === null) assert.equal(gone.beat(), 'REBALANCE_IN_PROGRESS');
  }
  assert.equal(follower.joinError, 'NONE');
  assert.ok(follower.leads);
  assert.deepEqual(ids(follower), [follower.memberId]);
  assert.equal(gone.beat(), 'UNKNOWN_MEMBER_ID');
  assert.equal(gone.join().joinError, 'UNKNOWN_MEMBER_ID');
});

test('a member that is silent longer than its session is out', () => {
  const kit = new Kit();
  const [silent, other] = kit.stable(2) as [Client, Client];
  kit.advance(9_999);
  assert.equal(other.beat(), 'NONE');
  kit.advance(1);
  assert.equal(other.beat(), 'REBALANCE_IN_PROGRESS');
  other.join();
  assert.ok(other.leads, 'at once: nobody else is left');
  assert.equal(silent.beat(), 'UNKNOWN_MEMBER_ID');
  assert.equal(silent.mayCommit(), 'UNKNOWN_MEMBER_ID');
});

test('a commit is a sign of life, also while others join', () => {
  const kit = new Kit();
  const [first] = kit.stable(2) as [Client, Client];
  kit.advance(6_000);
  assert.equal(first.mayCommit(), 'NONE');
  kit.advance(6_000);
  assert.equal(kit.stateOf('g'), 'PreparingRebalance', 'the other one was silent');
  assert.equal(first.mayCommit(), 'NONE');
  kit.advance(6_000);
  assert.equal(first.beat(), 'REBALANCE_IN_PROGRESS');
});

test('the last one leaves: the group is empty, and the next generation goes on counting', () => {
  const kit = new Kit();
  const [one, two] = kit.stable(2) as [Client, Client];
  assert.equal(one.leave(), 'NONE');
  assert.equal(one.leave(), 'UNKNOWN_MEMBER_ID');
  assert.equal(kit.stateOf('g'), 'PreparingRebalance');
  assert.equal(two.leave(), 'NONE');
  assert.equal(kit.stateOf('g'), 'Empty');
  const [next] = kit.stable(1) as [Client];
  assert.equal(next.generation, 3);
});

test('the leader leaves while the others wait for its assignment', () => {
  const kit = new Kit();
  const [leader, second, third] = [kit.client().join(), kit.client().join(), kit.client().join()];
  kit.settle();
  second.sync();
  assert.equal(second.synced, null);
  leader.leave();
  assert.equal(second.syncError, 'REBALANCE_IN_PROGRESS');
  second.join();
  third.join();
  assert.equal(second.generation, 2);
  assert.ok(second.leads);
});

test('a leader that joined but never syncs is out when the rebalance has had its time, heartbeats or not', () => {
  const kit = new Kit();
  const [leader, follower] = [kit.client().join(), kit.client().join()];
  kit.settle();
  follower.sync();
  for (let beats = 0; beats < 6; beats++) {
    assert.equal(leader.beat(), 'NONE');
    kit.advance(5_000);
  }
  assert.equal(leader.beat(), 'UNKNOWN_MEMBER_ID');
  assert.equal(follower.syncError, 'REBALANCE_IN_PROGRESS');
  follower.join();
  assert.ok(follower.leads);
});

test('a follower that never syncs is out too, though the group is stable', () => {
  const kit = new Kit();
  const [leader, follower] = [kit.client().join(), kit.client().join()];
  kit.settle();
  leader.sync();
  assert.equal(kit.stateOf('g'), 'Stable');
  for (let beats = 0; beats < 6; beats++) {
    assert.equal(follower.beat(), 'NONE');
    assert.equal(leader.beat(), 'NONE');
    kit.advance(5_000);
  }
  assert.equal(follower.beat(), 'UNKNOWN_MEMBER_ID');
  assert.equal(leader.beat(), 'REBALANCE_IN_PROGRESS');
});

test('a late sync gets what the leader said; a second one too', () => {
  const kit = new Kit();
  const [leader, follower] = [kit.client().join(), kit.client().join()];
  kit.settle();
  leader.sync();
  kit.advance(5_000);
  assert.equal(follower.sync().assignment, `to ${follower.memberId} in 1`);
  assert.equal(follower.sync().assignment, `to ${follower.memberId} in 1`);
  kit.advance(4_000);
  leader.beat();
  kit.advance(5_000);
  leader.beat();
  assert.equal(follower.beat(), 'NONE', 'no deadline is left');
});

test('one that leaves before it syncs is not waited for', () => {
  const kit = new Kit();
  const [leader, follower] = [kit.client().join(), kit.client().join()];
  kit.settle();
  leader.sync();
  follower.leave();
  leader.join();
  leader.sync();
  for (let beats = 0; beats < 10; beats++) {
    kit.advance(5_000);
    assert.equal(leader.beat(), 'NONE');
  }
});

test('whoever waits does not lose its session by waiting', () => {
  const kit = new Kit();
  const [slow, patient] = kit.stable(2) as [Client, Client];
  patient.join({ protocols: { range: 'more' } });
  for (let beats = 0; beats < 4; beats++) {
    kit.advance(6_000);
    slow.beat();
  }
  assert.equal(patient.joined, null);
  slow.join();
  assert.deepEqual([slow.generation, patient.generation], [2, 2]);
  kit.advance(9_000);
  assert.equal(patient.beat(), 'NONE');
  kit.advance(10_000);
  assert.equal(patient.beat(), 'UNKNOWN_MEMBER_ID', 'but after that it does');
});

test('a member whose answer was lost joins again and is told the same', () => {
  const kit = new Kit();
  const [leader, follower] = [kit.client().join(), kit.client().join()];
  kit.settle();
  follower.join();
  assert.equal(follower.generation, 1);
  leader.join();
  assert.equal(leader.generation, 1);
  assert.equal(ids(leader).length, 2, 'in completing, also who the others are');
  leader.sync();
  follower.sync();
  follower.join();
  assert.equal(follower.generation, 1);
  leader.join();
  assert.equal(leader.joined, null, 'a leader that comes again asks for a round');
  assert.equal(follower.beat(), 'REBALANCE_IN_PROGRESS');
});

test('two joins of one member: the later one counts, the earlier one is told to come again', () => {
  const kit = new Kit();
  const [leader, follower] = kit.stable(2) as [Client, Client];
  follower.join({ protocols: { range: 'a' } });
  const twin = kit.client();
  twin.memberId = follower.memberId;
  twin.join();
  assert.equal(follower.joinError, 'REBALANCE_IN_PROGRESS');
  leader.join();
  assert.equal(twin.joinError, 'NONE');
});

test('a new member of an old client, which cannot beat yet, is not waited for without end', () => {
  const kit = new Kit({ newMemberMs: 20_000 });
  const [leader] = kit.stable(1, { rebalanceTimeoutMs: 60_000 }) as [Client];
  const vanished = kit.client().join();
  for (let beats = 0; beats < 3; beats++) {
    kit.advance(7_000);
    leader.beat();
  }
  assert.equal(vanished.joinError, 'UNKNOWN_MEMBER_ID');
  leader.join();
  assert.deepEqual(ids(leader), [leader.memberId]);
});

test('the protocol that all support and most like best is chosen', () => {
  const kit = new Kit();
  const likes = [
    { sticky: 's', range: 'r1', robin: '' },
    { range: 'r2', robin: '', sticky: 's' },
    { range: 'r3', sticky: 's', other: '' },
  ];
  const clients = likes.map((protocols) => kit.client({ protocols }).join());
  kit.settle();
  assert.deepEqual(
    clients.map(({ joined }) => joined?.protocolName),
    ['range', 'range', 'range'],
  );
  const texts = clients[0]?.joined?.members.map(({ metadata }) => new TextDecoder().decode(metadata));
  assert.deepEqual(texts, ['r1', 'r2', 'r3']);
});

test('groups of other kinds are carried as they are', () => {
  const kit = new Kit();
  const [worker] = kit.stable(1, { protocolType: 'connect', protocols: { sessioned: 'url' } }) as [Client];
  assert.equal(worker.joined?.protocolType, 'connect');
  assert.equal(kit.client().join().joinError, 'INCONSISTENT_GROUP_PROTOCOL');
});
