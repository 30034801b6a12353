/**
 * Membership over the wire, in every version: FindCoordinator, JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadResponseOf } from '../../../../src/wire/kafka/api.ts';
import {
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  syncGroupApi,
} from '../../../../src/wire/kafka/apis/group-membership.ts';
import { ERROR } from '../../../../src/wire/kafka/error-codes.ts';
import { type Client, KafkaKit } from '../kit.ts';

type Joined = ReadResponseOf<typeof joinGroupApi>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array): string => new TextDecoder().decode(of);

const JOIN = {
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: bytes('topics') }],
};

/** Joins as clients do: again with the id that it was told. */
function join(client: Client, version: number, fields: object = {}): Joined {
  const first = client.ask(joinGroupApi, version, { ...JOIN, ...fields });
  if (first.errorCode !== ERROR.MEMBER_ID_REQUIRED) return first;
  return client.ask(joinGroupApi, version, { ...JOIN, ...fields, memberId: first.memberId });
}

test('FindCoordinator: it is always this node, by the address that the client used', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  for (let version = 0; version <= 3; version++) {
    for (const keyType of version === 0 ? [0] : [0, 1]) {
      const found = client.ask(findCoordinatorApi, version, { key: 'g', keyType });
      const { errorCode, nodeId, host, port } = found;
      assert.deepEqual([errorCode, nodeId, host, port], [ERROR.NONE, 1, 'localhost', 9092]);
    }
  }
  for (let version = 4; version <= 6; version++) {
    const { coordinators } = client.ask(findCoordinatorApi, version, { keyType: 1, coordinatorKeys: ['a', 'b'] });
    assert.deepEqual(
      coordinators.map(({ key, nodeId, host, port, errorCode }) => [key, nodeId, host, port, errorCode]),
      ['a', 'b'].map((key) => [key, 1, 'localhost', 9092, ERROR.NONE]),
    );
  }
  assert.equal(client.ask(findCoordinatorApi, 3, { key: 'x', keyType: 7 }).errorCode, ERROR.INVALID_REQUEST);
  const [share] = client.ask(findCoordinatorApi, 6, { keyType: 2, coordinatorKeys: ['x'] }).coordinators;
  assert.equal(share?.errorCode, ERROR.INVALID_REQUEST);
});

for (let version = joinGroupApi.min; version <= joinGroupApi.max; version++) {
  test(`a member's life with JoinGroup ${version} and what goes with it`, () => {
    const kit = new KafkaKit();
    const client = kit.client();
    const first = client.ask(joinGroupApi, version, JOIN);
    assert.equal(first.errorCode, version >= 4 ? ERROR.MEMBER_ID_REQUIRED : ERROR.NONE);
    if (version >= 4) assert.deepEqual([first.generationId, first.protocolName], [-1, version >= 7 ? null : '']);
    const joined = version >= 4 ? client.ask(joinGroupApi, version, { ...JOIN, memberId: first.memberId }) : first;
    const { memberId, generationId, leader, members, protocolName, errorCode } = joined;
    assert.deepEqual([errorCode, generationId, leader, protocolName], [ERROR.NONE, 1, memberId, 'range']);
    assert.equal(joined.protocolType, version >= 7 ? 'consumer' : null);
    assert.ok(memberId.startsWith('test-'), memberId);
    assert.deepEqual(members, [{ memberId, groupInstanceId: null, metadata: bytes('topics') }]);

    const member = { groupId: 'g', generationId, memberId };
    const syncVersion = Math.min(version, syncGroupApi.max);
    const assignments = [{ memberId, assignment: bytes('all') }];
    const synced = client.ask(syncGroupApi, syncVersion, { ...member, assignments });
    assert.deepEqual([synced.errorCode, text(synced.assignment)], [ERROR.NONE, 'all']);
    assert.equal(synced.protocolName, syncVersion >= 5 ? 'range' : null);
    const heartbeatVersion = Math.min(version, heartbeatApi.max);
    assert.equal(client.ask(heartbeatApi, heartbeatVersion, member).errorCode, ERROR.NONE);

    const leaveVersion = Math.min(version, leaveGroupApi.max);
    const leave = (id: string): number => {
      const leaver = leaveVersion < 3 ? { memberId: id } : { members: [{ memberId: id, groupInstanceId: null }] };
      const left = client.ask(leaveGroupApi, leaveVersion, { groupId: 'g', ...leaver });
      return leaveVersion < 3 ? left.errorCode : (left.members[0]?.errorCode as number);
    };
    assert.equal(leave('wrong'), ERROR.UNKNOWN_MEMBER_ID);
    assert.equal(leave(memberId), ERROR.NONE);
    assert.equal(client.ask(heartbeatApi, heartbeatVersion, member).errorCode, ERROR.UNKNOWN_MEMBER_ID);
  });
}

test('the rebalance timeout of version 0 is the session timeout', () => {
  const kit = new KafkaKit();
  const [one, two] = [kit.client(), kit.client()];
  one.ask(joinGroupApi, 0, { ...JOIN, sessionTimeoutMs: 7_000 });
  two.send(joinGroupApi, 0, { ...JOIN, sessionTimeoutMs: 7_000 });
  kit.clock.now += 6_999;
  kit.settle();
  assert.deepEqual(two.answers(), []);
  kit.clock.now += 1;
  kit.settle();
  assert.equal(two.answers()[0]?.['errorCode'], ERROR.NONE);
});

test('two connections join in the same turn: one round', () => {
  const kit = new KafkaKit();
  const [one, two] = [kit.client(), kit.client()];
  one.send(joinGroupApi, 2, JOIN);
  two.send(joinGroupApi, 2, JOIN);
  kit.settle();
  const [first, second] = [one.answers()[0] as Joined, two.answers()[0] as Joined];
  assert.deepEqual([first.generationId, second.generationId], [1, 1]);
  assert.equal(first.members.length, 2);
  assert.equal(second.leader, first.memberId);
});

test('the next request of a connection waits for its join', () => {
  const kit = new KafkaKit();
  const [one, two] = [kit.client(), kit.client()];
  const { memberId, generationId } = join(one, 5);
  two.send(joinGroupApi, 2, JOIN);
  two.send(heartbeatApi, 0, { groupId: 'none', generationId: 1, memberId: 'x' });
  kit.settle();
  assert.deepEqual(two.answers(), []);
  assert.equal(
    one.ask(heartbeatApi, 3, { groupId: 'g', generationId, memberId }).errorCode,
    ERROR.REBALANCE_IN_PROGRESS,
  );
  assert.equal(one.ask(joinGroupApi, 5, { ...JOIN, memberId }).generationId, 2);
  assert.deepEqual(
    two.answers().map(({ errorCode }) => errorCode),
    [ERROR.NONE, ERROR.UNKNOWN_MEMBER_ID],
  );
});

test('a connection that closes ends no membership: its session does', () => {
  const kit = new KafkaKit();
  const [one, two] = [kit.client(), kit.client()];
  const { memberId, generationId } = join(one, 5);
  two.send(joinGroupApi, 2, JOIN);
  kit.settle();
  two.connection.ended();
  const again = one.ask(joinGroupApi, 5, { ...JOIN, memberId });
  assert.equal(again.generationId, generationId + 1);
  assert.equal(again.members.length, 2);
  kit.clock.now += 9_999;
  const beat = { groupId: 'g', generationId: again.generationId, memberId };
  assert.equal(one.ask(heartbeatApi, 3, beat).errorCode, ERROR.NONE);
  kit.clock.now += 1;
  kit.settle();
  assert.equal(one.ask(heartbeatApi, 3, beat).errorCode, ERROR.REBALANCE_IN_PROGRESS);
  assert.equal(one.ask(joinGroupApi, 5, { ...JOIN, memberId }).members.length, 1);
});

test('a static leader that starts anew: version 9 is told to skip the assignment, 8 that another leads', () => {
  const kit = new KafkaKit();
  const fixed = { ...JOIN, groupInstanceId: 'a' };
  const { memberId, generationId } = kit.client().ask(joinGroupApi, 9, fixed);
  const sync = { groupId: 'g', generationId, memberId, groupInstanceId: 'a' };
  kit.client().ask(syncGroupApi, 5, { ...sync, assignments: [{ memberId, assignment: bytes('all') }] });
  const newer = kit.client().ask(joinGroupApi, 9, fixed);
  assert.deepEqual([newer.leader, newer.skipAssignment, newer.members.length], [newer.memberId, true, 1]);
  const older = kit.client().ask(joinGroupApi, 8, fixed);
  assert.deepEqual([older.leader, older.members.length], [newer.memberId, 0]);
  const assigned = kit.client().ask(syncGroupApi, 3, { ...sync, memberId: older.memberId, assignments: [] });
  assert.equal(text(assigned.assignment), 'all');
  assert.equal(kit.client().ask(heartbeatApi, 4, sync).errorCode, ERROR.FENCED_INSTANCE_ID);
  const left = kit.client().ask(leaveGroupApi, 5, {
    groupId: 'g',
    members: [
      { memberId: '', groupInstanceId: 'a' },
      { memberId: '', groupInstanceId: 'b' },
    ],
  });
  assert.deepEqual(left, {
    throttleTimeMs: 0,
    errorCode: ERROR.NONE,
    members: [
      { memberId: '', groupInstanceId: 'a', errorCode: ERROR.NONE },
      { memberId: '', groupInstanceId: 'b', errorCode: ERROR.UNKNOWN_MEMBER_ID },
    ],
  });
});

test('errors that concern the whole request', () => {
  const client = new KafkaKit().client();
  const member = { groupId: '', generationId: 1, memberId: 'x' };
  assert.equal(client.ask(joinGroupApi, 5, { ...JOIN, groupId: '' }).errorCode, ERROR.INVALID_GROUP_ID);
  assert.equal(client.ask(joinGroupApi, 5, { ...JOIN, sessionTimeoutMs: 1 }).errorCode, ERROR.INVALID_SESSION_TIMEOUT);
  assert.equal(client.ask(syncGroupApi, 5, { ...member, assignments: [] }).errorCode, ERROR.INVALID_GROUP_ID);
  assert.equal(client.ask(heartbeatApi, 4, member).errorCode, ERROR.INVALID_GROUP_ID);
  assert.equal(client.ask(leaveGroupApi, 4, { groupId: '', members: [] }).errorCode, ERROR.INVALID_GROUP_ID);
  assert.equal(client.ask(leaveGroupApi, 0, { groupId: 'g', memberId: 'x' }).errorCode, ERROR.UNKNOWN_MEMBER_ID);
});

test('who leaves a group that is not there is told so for each member, from version 3 on', () => {
  const client = new KafkaKit().client();
  const members = [
    { memberId: 'a', groupInstanceId: null },
    { memberId: '', groupInstanceId: 'static' },
  ];
  assert.equal(client.ask(leaveGroupApi, 2, { groupId: 'none', memberId: 'a' }).errorCode, ERROR.UNKNOWN_MEMBER_ID);
  const left = client.ask(leaveGroupApi, 3, { groupId: 'none', members });
  assert.equal(left.errorCode, ERROR.NONE);
  assert.deepEqual(
    left.members,
    members.map((member) => ({ ...member, errorCode: ERROR.UNKNOWN_MEMBER_ID })),
  );
});
