/**
 * Committed offsets and groups from outside, over the wire and in every version.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetCommitApi, offsetDeleteApi, offsetFetchApi } from '../../../../src/wire/kafka/apis/committed-offsets.ts';
import {
  deleteGroupsApi,
  describeGroupsApi,
  listGroupsApi,
} from '../../../../src/wire/kafka/apis/group-administration.ts';
import { joinGroupApi, leaveGroupApi, syncGroupApi } from '../../../../src/wire/kafka/apis/group-membership.ts';
import { ERROR } from '../../../../src/wire/kafka/error-codes.ts';
import { type Client, KafkaKit } from '../kit.ts';

const { NONE, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID } = ERROR;
const UNKNOWN_ID = 'f'.repeat(32);

/** `orders:0=5` commits 5 to partition 0 of orders as somebody who is no member. */
function commit(client: Client, what: string, version = 8, fields: object = {}): number {
  const [, name, index, offset] = /^(.*):(\d+)=(\d+)$/.exec(what) as unknown as [string, string, string, string];
  const partition = { partitionIndex: Number(index), committedOffset: Number(offset), committedMetadata: 'note' };
  const topics = [{ name, partitions: [partition] }];
  const answer = client.ask(offsetCommitApi, version, { groupId: 'g', memberId: '', topics, ...fields });
  return answer.topics[0]?.partitions[0]?.errorCode as number;
}

function fetchAll(client: Client, groupId = 'g'): Record<string, number[]> {
  const { topics } = client.ask(offsetFetchApi, 5, { groupId, topics: null });
  return Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.map((p) => p.committedOffset)]));
}

/** A stable group of one; its member id. */
function member(client: Client, groupId = 'g', metadata = new Uint8Array(0), protocolType = 'consumer'): string {
  const protocols = [{ name: 'range', metadata }];
  const join = { groupId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '', protocolType, protocols };
  const { memberId, generationId } = client.ask(joinGroupApi, 3, join);
  const assignments = [{ memberId, assignment: new Uint8Array([7]) }];
  client.ask(syncGroupApi, 2, { groupId, generationId, memberId, assignments });
  return memberId;
}

for (let version = offsetCommitApi.min; version <= offsetCommitApi.max; version++) {
  test(`OffsetCommit ${version} and OffsetFetch ${version}`, () => {
    const kit = new KafkaKit();
    const topicId = kit.node.topics.idOf(kit.topic('orders', 2));
    const client = kit.client();
    const partitions = [
      { partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' },
      { partitionIndex: 1, committedOffset: 6, committedMetadata: null },
      { partitionIndex: 2, committedOffset: 7, committedMetadata: null },
    ];
    const named = version < 10;
    const committed = client.ask(offsetCommitApi, version, {
      groupId: 'g',
      memberId: '',
      topics: [
        { ...(named ? { name: 'orders' } : { topicId }), partitions },
        { ...(named ? { name: 'none' } : { topicId: UNKNOWN_ID }), partitions: partitions.slice(0, 1) },
      ],
    });
    assert.deepEqual(
      committed.topics.map((topic) => topic.partitions.map(({ errorCode }) => errorCode)),
      [[NONE, NONE, UNKNOWN_TOPIC_OR_PARTITION], [named ? UNKNOWN_TOPIC_OR_PARTITION : UNKNOWN_TOPIC_ID]],
    );
    assert.deepEqual(
      committed.topics.map((topic) => (named ? topic.name : topic.topicId)),
      named ? ['orders', 'none'] : [topicId, UNKNOWN_ID],
    );

    const place = (name: string, id: string): object => (named ? { name } : { topicId: id });
    const asked = [
      { ...place('orders', topicId), partitionIndexes: [1, 0, 2] },
      { ...place('none', UNKNOWN_ID), partitionIndexes: [0] },
    ];
    const request = version < 8 ? { groupId: 'g', topics: asked } : { groups: [{ groupId: 'g', topics: asked }] };
    const fetched = client.ask(offsetFetchApi, version, request as never);
    const topics = version < 8 ? fetched.topics : (fetched.groups[0]?.topics ?? []);
    assert.deepEqual(
      topics.map((topic) =>
        topic.partitions.map((p) => [p.partitionIndex, p.committedOffset, p.metadata, p.errorCode]),
      ),
      [
        [
          [1, 6, '', NONE],
          [0, 5, 'note', NONE],
          [2, -1, '', NONE],
        ],
        [[0, -1, '', named ? NONE : UNKNOWN_TOPIC_ID]],
      ],
    );
  });
}

test('OffsetFetch: all that there is, of one group or of several', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  kit.topic('orders', 2);
  const others = kit.topic('others', 1);
  commit(client, 'orders:1=5');
  commit(client, 'others:0=6');
  commit(client, 'others:0=9', 8, { groupId: 'h' });
  for (let version = 2; version <= 7; version++) {
    const { topics, errorCode } = client.ask(offsetFetchApi, version, { groupId: 'g', topics: null });
    assert.equal(errorCode, NONE);
    assert.deepEqual(
      topics.map(({ name, partitions }) => [name, partitions.map((p) => [p.partitionIndex, p.committedOffset])]),
      [
        ['orders', [[1, 5]]],
        ['others', [[0, 6]]],
      ],
    );
  }
  const asked = [{ name: 'orders', partitionIndexes: [1] }];
  const oldest = client.ask(offsetFetchApi, 1, { groupId: 'g', topics: asked });
  assert.equal(oldest.topics[0]?.partitions[0]?.committedOffset, 5);
  const groups = ['h', 'none', 'h'].map((groupId) => ({ groupId, topics: null }));
  const several = client.ask(offsetFetchApi, 10, { groups }).groups;
  const topicId = kit.node.topics.idOf(others);
  assert.deepEqual(
    several.map(({ groupId, topics, errorCode }) => [groupId, topics.map((topic) => topic.topicId), errorCode]),
    [
      ['h', [topicId], NONE],
      ['none', [], NONE],
      ['h', [], NONE],
    ],
  );
  kit.namespace.deleteExchange('orders');
  assert.deepEqual(fetchAll(client), { others: [6] });
});

test('a commit is answered when it is durable, and is what a later process goes on from', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }] }];
  client.send(offsetCommitApi, 2, { groupId: 'g', memberId: '', topics });
  kit.broker.turn();
  kit.broker.turn();
  assert.deepEqual(client.answers(), [], 'written, but not committed');
  kit.settle();
  assert.equal(client.answers().length, 1);
  assert.deepEqual(fetchAll(kit.restart().client()), { orders: [5] });
});

test('commits that are refused', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  const partition = { partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4_097) };
  const tooLarge = { topics: [{ name: 'orders', partitions: [partition] }] };
  assert.equal(commit(client, 'orders:0=1', 8, tooLarge), ERROR.OFFSET_METADATA_TOO_LARGE);
  const stranger = { memberId: 'x', generationIdOrMemberEpoch: 1 };
  assert.equal(commit(client, 'orders:0=1', 8, stranger), ERROR.ILLEGAL_GENERATION);
  assert.equal(commit(client, 'orders:0=1', 9, stranger), ERROR.GROUP_ID_NOT_FOUND);
  const memberId = member(client);
  assert.equal(commit(client, 'orders:0=1'), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(commit(client, 'orders:0=1', 8, stranger), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(commit(client, 'orders:0=1', 8, { memberId, generationIdOrMemberEpoch: 2 }), ERROR.ILLEGAL_GENERATION);
  const fenced = { memberId, generationIdOrMemberEpoch: 1, groupInstanceId: 'a' };
  assert.equal(commit(client, 'orders:0=1', 8, fenced), ERROR.UNKNOWN_MEMBER_ID);
  assert.equal(commit(client, 'orders:3=1', 8, stranger), UNKNOWN_TOPIC_OR_PARTITION);
  assert.deepEqual(fetchAll(client), {});
  assert.equal(commit(client, 'orders:0=1', 8, { memberId, generationIdOrMemberEpoch: 1 }), NONE);
  assert.deepEqual(fetchAll(client), { orders: [1] });
});

test('OffsetDelete', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 2);
  kit.topic('others');
  const client = kit.client();
  const forget = (groupId: string, ...names: string[]): unknown => {
    const topics = names.map((name) => ({ name, partitions: [{ partitionIndex: 0 }, { partitionIndex: 5 }] }));
    const { errorCode, topics: results } = client.ask(offsetDeleteApi, 0, { groupId, topics });
    return [errorCode, ...results.map(({ partitions }) => partitions.map((partition) => partition.errorCode))];
  };
  assert.deepEqual(forget('g', 'orders'), [ERROR.GROUP_ID_NOT_FOUND]);
  for (const what of ['orders:0=1', 'orders:1=2', 'others:0=3']) commit(client, what);
  const unknown = UNKNOWN_TOPIC_OR_PARTITION;
  assert.deepEqual(forget('g', 'orders', 'none'), [NONE, [NONE, unknown], [unknown, unknown]]);
  assert.deepEqual(fetchAll(kit.restart().client()), { orders: [2], others: [3] });
  member(client, 'g', new TextEncoder().encode('\0\x01\0\0\0\x01\0\x06others'));
  const subscribed = ERROR.GROUP_SUBSCRIBED_TO_TOPIC;
  assert.deepEqual(forget('g', 'orders', 'others'), [NONE, [NONE, unknown], [subscribed, unknown]]);
  member(client, 'workers', undefined, 'connect');
  assert.deepEqual(forget('workers', 'orders'), [ERROR.NON_EMPTY_GROUP]);
});

test('ListGroups: with state and type where the version has them, filtered by them', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  commit(client, 'orders:0=1', 8, { groupId: 'simple' });
  member(client, 'g');
  const list = (version: number, filters = {}): string[] =>
    client
      .ask(listGroupsApi, version, filters)
      .groups.map(({ groupId, protocolType, groupState, groupType }) =>
        [groupId, protocolType, groupState, groupType].join(),
      );
  for (const version of [0, 1, 2, 3]) assert.deepEqual(list(version), ['g,consumer,,', 'simple,,,']);
  assert.deepEqual(list(4), ['g,consumer,Stable,', 'simple,,Empty,']);
  assert.deepEqual(list(5), ['g,consumer,Stable,classic', 'simple,,Empty,classic']);
  assert.deepEqual(list(4, { statesFilter: ['stable', 'Dead'] }), ['g,consumer,Stable,']);
  assert.deepEqual(list(5, { typesFilter: ['Classic'], statesFilter: ['Empty'] }), ['simple,,Empty,classic']);
  assert.deepEqual(list(5, { typesFilter: ['consumer'] }), []);
});

test('DescribeGroups: members when they are settled, and what is missing in the words of the version', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  const memberId = member(client, 'g', new Uint8Array([1, 2]));
  for (let version = 0; version <= 6; version++) {
    const { groups } = client.ask(describeGroupsApi, version, { groups: ['g', 'none', 'g'] });
    assert.equal(groups.length, 2);
    const [known, missing] = groups;
    assert.deepEqual(
      [known?.errorCode, known?.groupState, known?.protocolType, known?.protocolData],
      [NONE, 'Stable', 'consumer', 'range'],
    );
    const [described, ...more] = known?.members ?? [];
    assert.equal(more.length, 0);
    assert.deepEqual(
      [described?.memberId, described?.clientId, described?.clientHost],
      [memberId, 'test', '/127.0.0.1'],
    );
    assert.deepEqual([...(described?.memberMetadata ?? [])], [1, 2]);
    assert.deepEqual([...(described?.memberAssignment ?? [])], [7]);
    assert.deepEqual(
      [missing?.groupState, missing?.errorCode],
      ['Dead', version < 6 ? NONE : ERROR.GROUP_ID_NOT_FOUND],
    );
    assert.equal(missing?.errorMessage, version < 6 ? null : 'Group none not found.');
  }
  const allowed = client.ask(describeGroupsApi, 5, { groups: ['g'], includeAuthorizedOperations: true }).groups[0];
  assert.equal(allowed?.authorizedOperations, (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11));
  kit.client().send(joinGroupApi, 0, {
    groupId: 'g',
    sessionTimeoutMs: 6_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
  });
  const [unsettled] = client.ask(describeGroupsApi, 5, { groups: ['g'] }).groups;
  assert.deepEqual([unsettled?.groupState, unsettled?.protocolData], ['PreparingRebalance', '']);
  assert.deepEqual(
    unsettled?.members.map(({ memberAssignment }) => memberAssignment.length),
    [0, 0],
  );
});

test('DeleteGroups', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  commit(client, 'orders:0=1', 8, { groupId: 'simple' });
  const memberId = member(client);
  const drop = (version: number, ...groupsNames: string[]): number[] =>
    client.ask(deleteGroupsApi, version, { groupsNames }).results.map(({ errorCode }) => errorCode);
  assert.deepEqual(drop(0, 'none', 'g'), [ERROR.GROUP_ID_NOT_FOUND, ERROR.NON_EMPTY_GROUP]);
  client.ask(leaveGroupApi, 1, { groupId: 'g', memberId });
  assert.deepEqual(drop(1, 'simple', 'g', 'g'), [NONE, NONE, ERROR.GROUP_ID_NOT_FOUND]);
  assert.deepEqual(drop(2), []);
  assert.deepEqual(fetchAll(kit.restart().client(), 'simple'), {});
});

test('the leader epoch that was committed comes back, after a restart too', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 2);
  const client = kit.client();
  const partitions = [
    { partitionIndex: 0, committedOffset: 0, committedMetadata: '', committedLeaderEpoch: 3 },
    { partitionIndex: 1, committedOffset: 0, committedMetadata: '' },
  ];
  client.ask(offsetCommitApi, 6, { groupId: 'g', memberId: '', topics: [{ name: 'orders', partitions }] });
  for (const reader of [client, kit.restart().client()]) {
    const { topics } = reader.ask(offsetFetchApi, 5, { groupId: 'g', topics: null });
    assert.deepEqual(
      topics[0]?.partitions.map(({ committedLeaderEpoch }) => committedLeaderEpoch),
      [3, -1],
    );
  }
});
