/**
 * The cluster as tools see it: one broker that has everything and leads everything.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeCluster,
  describeLogDirs,
  describeTopicPartitions,
  electLeaders,
  listPartitionReassignments,
} from '../../../src/session/kafka/operations/cluster.ts';
import {
  describeClusterApi,
  describeLogDirsApi,
  describeTopicPartitionsApi,
  electLeadersApi,
  listPartitionReassignmentsApi,
} from '../../../src/wire/kafka/apis/cluster.ts';
import { OPERATIONS_UNKNOWN } from '../../../src/wire/kafka/apis/metadata.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { AdminKit } from './admin-kit.ts';

test('the cluster is one broker, where the client found it', () => {
  const kit = new AdminKit();
  for (let version = 0; version <= 2; version++) {
    const ask = (includeClusterAuthorizedOperations: boolean) =>
      kit.ask(describeCluster, describeClusterApi, version, { includeClusterAuthorizedOperations });
    const answer = ask(true);
    assert.equal(answer.errorCode, ERROR.NONE);
    assert.equal(answer.clusterId, kit.node.clusterId);
    assert.equal(answer.controllerId, 1);
    assert.deepEqual(answer.brokers, [{ brokerId: 1, host: 'localhost', port: 9092, rack: null, isFenced: false }]);
    // Create, alter, describe, cluster action, describe and alter configs, idempotent write.
    const bits = [5, 7, 8, 9, 10, 11, 12].reduce((sum, bit) => sum + 2 ** bit, 0);
    assert.equal(answer.clusterAuthorizedOperations, bits);
    assert.equal(ask(false).clusterAuthorizedOperations, OPERATIONS_UNKNOWN);
  }
});

test('who looks for a controller by itself is told that this is a broker', () => {
  const kit = new AdminKit();
  const code = (endpointType: number): number => {
    const request = { includeClusterAuthorizedOperations: false, endpointType };
    return kit.ask(describeCluster, describeClusterApi, 2, request).errorCode;
  };
  assert.equal(code(2), ERROR.MISMATCHED_ENDPOINT_TYPE);
  assert.equal(code(9), ERROR.UNSUPPORTED_ENDPOINT_TYPE);
});

// ── Partitions ──

type Place = readonly [topicName: string, partitionIndex: number];

function list(kit: AdminKit, names: readonly string[], limit: number, cursor: Place | null = null) {
  const request = {
    topics: names.map((name) => ({ name })),
    responsePartitionLimit: limit,
    cursor: cursor === null ? null : { topicName: cursor[0], partitionIndex: cursor[1] },
  };
  const { topics, nextCursor } = kit.ask(describeTopicPartitions, describeTopicPartitionsApi, 0, request);
  const found = topics.map(({ name, errorCode, partitions }) => {
    return [name, errorCode, ...partitions.map(({ partitionIndex }) => partitionIndex)];
  });
  return { topics, found, next: nextCursor === null ? null : [nextCursor.topicName, nextCursor.partitionIndex] };
}

test('partitions are listed by name and number, page by page', () => {
  const kit = new AdminKit();
  const a = kit.topic('a', 2);
  kit.topic('b', 5);
  const whole = list(kit, ['b', 'absent', 'a', 'a', 'no/name'], 2_000);
  assert.deepEqual(whole.found, [
    ['a', ERROR.NONE, 0, 1],
    ['absent', ERROR.UNKNOWN_TOPIC_OR_PARTITION],
    ['b', ERROR.NONE, 0, 1, 2, 3, 4],
    ['no/name', ERROR.INVALID_TOPIC_EXCEPTION],
  ]);
  assert.equal(whole.next, null);
  assert.equal(whole.topics[0]?.topicId, kit.node.topics.idOf(a));
  assert.deepEqual(whole.topics[0]?.partitions[1], {
    errorCode: ERROR.NONE,
    partitionIndex: 1,
    leaderId: 1,
    leaderEpoch: 0,
    replicaNodes: [1],
    isrNodes: [1],
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: [],
  });

  for (const names of [['a', 'b'], []]) {
    const pages: unknown[] = [];
    let cursor: Place | null = null;
    do {
      const page = list(kit, names, 3, cursor);
      pages.push(page.found);
      cursor = page.next as Place | null;
    } while (cursor !== null);
    assert.deepEqual(pages, [
      [
        ['a', ERROR.NONE, 0, 1],
        ['b', ERROR.NONE, 0],
      ],
      [['b', ERROR.NONE, 1, 2, 3]],
      [['b', ERROR.NONE, 4]],
    ]);
  }
});

test('a page that ends with a topic begins anew with the next; it has one partition at least', () => {
  const kit = new AdminKit();
  kit.topic('a', 2);
  kit.topic('b', 1);
  const full = list(kit, ['a', 'b'], 2);
  assert.deepEqual([full.found, full.next], [[['a', ERROR.NONE, 0, 1]], ['b', 0]]);
  for (const limit of [0, -1]) assert.deepEqual(list(kit, ['a'], limit).next, ['a', 1]);
  for (const cursor of [
    ['a', -1],
    ['c', 0],
  ] as const) {
    const { found, next } = list(kit, ['a', 'b'], 9, cursor);
    assert.deepEqual(found, [
      ['a', ERROR.INVALID_REQUEST],
      ['b', ERROR.INVALID_REQUEST],
    ]);
    assert.equal(next, null);
  }
  assert.deepEqual(list(kit, ['a', 'b'], 9, ['a', 7]).found, [['b', ERROR.NONE, 0]], 'a cursor behind the end');
});

// ── Where the data is ──

test('the journal is the one folder, and says how large each partition is', () => {
  const kit = new AdminKit();
  const orders = kit.topic('orders', 2);
  kit.topic('other');
  kit.filled(orders, 1, 3);
  for (let version = 1; version <= 5; version++) {
    const ask = (topics: { topic: string; partitions: number[] }[] | null) => {
      const { results, errorCode } = kit.ask(describeLogDirs, describeLogDirsApi, version, { topics });
      assert.equal(errorCode, ERROR.NONE);
      assert.deepEqual(
        results.map((result) => [result.errorCode, result.logDir]),
        [[ERROR.NONE, 'journal']],
      );
      return (results[0]?.topics ?? []).map(({ name, partitions }) => [
        name,
        ...partitions.map(({ partitionIndex, partitionSize }) => [partitionIndex, partitionSize]),
      ]);
    };
    assert.deepEqual(ask(null), [
      ['orders', [0, 0], [1, 30]],
      ['other', [0, 0]],
    ]);
    assert.deepEqual(
      ask([
        { topic: 'orders', partitions: [1, 1, 7] },
        { topic: 'absent', partitions: [0] },
      ]),
      [['orders', [1, 30]]],
    );
    assert.deepEqual(ask([]), []);
  }
});

// ── Leaders and replicas ──

test('no election is needed, and no replica moves', () => {
  const kit = new AdminKit();
  kit.topic('orders');
  for (let version = 0; version <= 2; version++) {
    const topicPartitions = [
      { topic: 'orders', partitions: [0, 1, -1] },
      { topic: 'absent', partitions: [0] },
    ];
    const { replicaElectionResults } = kit.ask(electLeaders, electLeadersApi, version, { topicPartitions });
    assert.deepEqual(
      replicaElectionResults.map(({ partitionResult }) => partitionResult.map(({ errorCode }) => errorCode)),
      [
        [ERROR.ELECTION_NOT_NEEDED, ERROR.UNKNOWN_TOPIC_OR_PARTITION, ERROR.UNKNOWN_TOPIC_OR_PARTITION],
        [ERROR.UNKNOWN_TOPIC_OR_PARTITION],
      ],
    );
    assert.deepEqual(
      kit.ask(electLeaders, electLeadersApi, version, { topicPartitions: null }).replicaElectionResults,
      [],
    );
  }
  const strange = { electionType: 9, topicPartitions: [{ topic: 'orders', partitions: [0] }] };
  const answer = kit.ask(electLeaders, electLeadersApi, 2, strange);
  assert.equal(answer.errorCode, ERROR.INVALID_REQUEST);
  assert.equal(answer.replicaElectionResults[0]?.partitionResult[0]?.errorCode, ERROR.INVALID_REQUEST);
  const moves = kit.ask(listPartitionReassignments, listPartitionReassignmentsApi, 0, { topics: null });
  assert.deepEqual([moves.errorCode, moves.topics], [ERROR.NONE, []]);
});
