/**
 * CreateTopics, DeleteTopics, CreatePartitions, DeleteRecords: what they do, and each way in which they refuse.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadata } from '../../../src/session/kafka/operations/metadata.ts';
import { initProducerId } from '../../../src/session/kafka/operations/producers.ts';
import { deleteRecords, offsetForLeaderEpoch } from '../../../src/session/kafka/operations/records.ts';
import { createPartitions, createTopics, deleteTopics } from '../../../src/session/kafka/operations/topics.ts';
import type { WrittenRequestOf } from '../../../src/wire/kafka/api.ts';
import { CONFIG_SOURCE } from '../../../src/wire/kafka/apis/configs.ts';
import { metadataApi } from '../../../src/wire/kafka/apis/metadata.ts';
import { offsetForLeaderEpochApi } from '../../../src/wire/kafka/apis/offset-lookup.ts';
import { initProducerIdApi } from '../../../src/wire/kafka/apis/producers.ts';
import {
  createPartitionsApi,
  createTopicsApi,
  deleteRecordsApi,
  deleteTopicsApi,
} from '../../../src/wire/kafka/apis/topics.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { AdminKit } from './admin-kit.ts';

type NewTopic = WrittenRequestOf<typeof createTopicsApi>['topics'][number];

const newTopic = (name: string, more: Partial<NewTopic> = {}): NewTopic => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...more,
});

/** Assigned by hand: partitions in that order, each to these brokers. */
const assigned = (name: string, ...partitions: (readonly [index: number, ...brokerIds: number[]])[]): NewTopic =>
  newTopic(name, {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: partitions.map(([partitionIndex, ...brokerIds]) => ({ partitionIndex, brokerIds })),
  });

function create(kit: AdminKit, topics: readonly NewTopic[], { version = 7, validateOnly = false } = {}) {
  return kit.ask(createTopics, createTopicsApi, version, { topics, timeoutMs: 1_000, validateOnly }).topics;
}

function refusalOf(kit: AdminKit, topic: NewTopic): { code: number; message: string } {
  const before = kit.namespace.topics.byName.size;
  const [answer] = create(kit, [topic]);
  assert.ok(answer !== undefined && answer.errorCode !== ERROR.NONE, 'it was not refused');
  assert.equal(kit.namespace.topics.byName.size, before, 'what is refused leaves nothing behind');
  assert.equal(kit.waited, false);
  return { code: answer.errorCode, message: answer.errorMessage ?? '' };
}

test('a topic is created in every version, durable when it is answered, with its settings and its id', () => {
  const kit = new AdminKit();
  for (let version = 2; version <= 7; version++) {
    const configs = [
      { name: 'retention.ms', value: '5000' },
      { name: 'segment.bytes', value: '2000000' },
    ];
    const [answer] = create(kit, [newTopic(`v${version}`, { numPartitions: 3, configs })], { version });
    assert.ok(answer !== undefined && kit.waited);
    assert.equal(answer.errorCode, ERROR.NONE);
    const topic = kit.node.topics.find(`v${version}`);
    assert.ok(topic !== undefined);
    assert.equal(topic.logs.length, 3);
    assert.deepEqual(topic.retention, { ms: 5_000, bytes: -1 });
    if (version < 5) continue;
    assert.deepEqual([answer.numPartitions, answer.replicationFactor], [3, 1]);
    const set = answer.configs?.find(({ name }) => name === 'retention.ms');
    assert.deepEqual([set?.value, set?.configSource], ['5000', CONFIG_SOURCE.dynamicTopic]);
    const other = answer.configs?.find(({ name }) => name === 'cleanup.policy');
    assert.deepEqual([other?.value, other?.configSource], ['delete', CONFIG_SOURCE.default]);
    assert.equal(answer.topicId, version < 7 ? '' : kit.node.topics.idOf(topic));
  }
  const again = kit.restart().node.topics.find('v7');
  assert.deepEqual(again?.settings, kit.node.topics.find('v7')?.settings);
  assert.deepEqual(again?.retention, { ms: 5_000, bytes: -1 });
  assert.equal(again?.logs.length, 3);
});

test('-1 takes the defaults; an assignment to the one broker is as good as a number', () => {
  const kit = new AdminKit();
  create(kit, [newTopic('defaults', { numPartitions: -1, replicationFactor: -1 }), assigned('hand', [1, 1], [0, 1])]);
  assert.equal(kit.node.topics.find('defaults')?.logs.length, 2);
  assert.equal(kit.node.topics.find('hand')?.logs.length, 2);
});

test('an exchange of another protocol becomes a topic', () => {
  const kit = new AdminKit();
  const exchange = kit.namespace.declareExchange({ name: 'orders', type: 'direct', durable: true });
  assert.equal(create(kit, [newTopic('orders')])[0]?.errorCode, ERROR.NONE);
  assert.equal(exchange.topic?.logs.length, 1);
});

test('what is only tried makes nothing', () => {
  const kit = new AdminKit();
  const [good, bad] = create(kit, [newTopic('a', { numPartitions: 3 }), newTopic('b', { numPartitions: 0 })], {
    validateOnly: true,
  });
  assert.equal(kit.waited, false);
  assert.deepEqual([good?.errorCode, good?.numPartitions], [ERROR.NONE, 3]);
  assert.equal(bad?.errorCode, ERROR.INVALID_PARTITIONS);
  assert.equal(kit.namespace.topics.byName.size, 0);
});

test('names that are taken, asked for twice, or not possible', () => {
  const kit = new AdminKit();
  kit.topic('there');
  const exists = refusalOf(kit, newTopic('there'));
  assert.deepEqual(exists, { code: ERROR.TOPIC_ALREADY_EXISTS, message: "Topic 'there' already exists." });
  for (const name of ['', '.', '..', 'a/b', 'ä', 'x'.repeat(250), 'amq.mine', 'amq.topic']) {
    const { code, message } = refusalOf(kit, newTopic(name));
    assert.equal(code, ERROR.INVALID_TOPIC_EXCEPTION, name);
    assert.match(message, /^Topic name is invalid: /);
  }
  const twice = create(kit, [newTopic('twice'), newTopic('once'), newTopic('twice')]);
  assert.deepEqual(
    twice.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['twice', ERROR.INVALID_REQUEST],
      ['once', ERROR.NONE],
    ],
  );
  assert.equal(kit.node.topics.find('twice'), undefined);
});

test('numbers of partitions and replicas that can not be', () => {
  const kit = new AdminKit();
  for (const numPartitions of [0, -2, 1_025]) {
    assert.equal(refusalOf(kit, newTopic('a', { numPartitions })).code, ERROR.INVALID_PARTITIONS);
  }
  for (const replicationFactor of [0, -2, 2, 3]) {
    assert.equal(refusalOf(kit, newTopic('a', { replicationFactor })).code, ERROR.INVALID_REPLICATION_FACTOR);
  }
  const many = Array.from({ length: 11 }, (_, index) => newTopic(`t${index}`, { numPartitions: 1_000 }));
  const codes = create(kit, many).map(({ errorCode }) => errorCode);
  assert.deepEqual(codes, [...Array(10).fill(ERROR.NONE), ERROR.POLICY_VIOLATION]);
});

test('assignments that can not be', () => {
  const kit = new AdminKit();
  const wrong = [
    assigned('a', [0, 2]),
    assigned('a', [1, 1]),
    assigned('a', [0, 1], [0, 1]),
    assigned('a', [0, 1, 1]),
    assigned('a', [0]),
  ];
  for (const topic of wrong) assert.equal(refusalOf(kit, topic).code, ERROR.INVALID_REPLICA_ASSIGNMENT);
  const contradictory = [
    { ...assigned('a', [0, 1]), numPartitions: 1 },
    { ...assigned('a', [0, 1]), replicationFactor: 1 },
  ];
  for (const topic of contradictory) assert.equal(refusalOf(kit, topic).code, ERROR.INVALID_REQUEST);
});

test('configs that are unknown, null or wrong', () => {
  const kit = new AdminKit();
  const wrong: readonly (readonly [name: string, value: string | null, says: RegExp])[] = [
    ['no.such', '1', /^Unknown topic config name: no\.such$/],
    ['retention.ms', null, /^Null value not supported for topic configs: retention\.ms$/],
    ['retention.ms', 'soon', /^Invalid value soon for configuration retention\.ms: Not a number of type LONG$/],
    ['retention.ms', '-2', /Value must be at least -1$/],
    ['min.compaction.lag.ms', '9223372036854775808', /Not a number of type LONG$/],
  ];
  for (const [name, value, says] of wrong) {
    const { code, message } = refusalOf(kit, newTopic('a', { configs: [{ name, value }] }));
    assert.equal(code, ERROR.INVALID_CONFIG);
    assert.match(message, says);
  }
  const configs = [
    { name: 'min.compaction.lag.ms', value: '10' },
    { name: 'max.compaction.lag.ms', value: '9' },
  ];
  assert.match(refusalOf(kit, newTopic('a', { configs })).message, /10\) > max\.compaction\.lag\.ms \(9\)/);
});

// ── Growing ──

function grow(
  kit: AdminKit,
  count: number,
  assignments: readonly (readonly number[])[] | null = null,
  name = 'orders',
) {
  const topics = [{ name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }];
  const [answer] = kit.ask(createPartitions, createPartitionsApi, 3, {
    topics,
    timeoutMs: 1_000,
    validateOnly: false,
  }).results;
  assert.ok(answer !== undefined);
  return answer;
}

test('partitions are added, in every version, and never taken away', () => {
  const kit = new AdminKit();
  kit.topic('orders', 2);
  for (let version = 0; version <= 3; version++) {
    const topics = [{ name: 'orders', count: 3 + version, assignments: null }];
    const request = { topics, timeoutMs: 1_000, validateOnly: false };
    const { results } = kit.ask(createPartitions, createPartitionsApi, version, request);
    assert.deepEqual(results, [{ name: 'orders', errorCode: ERROR.NONE, errorMessage: null }]);
    assert.ok(kit.waited);
    assert.equal(kit.node.topics.find('orders')?.logs.length, 3 + version);
  }
  assert.equal(kit.restart().node.topics.find('orders')?.logs.length, 6);
  assert.equal(grow(kit, 6).errorMessage, 'Topic already has 6 partition(s).');
  assert.equal(grow(kit, 1).errorMessage, 'The topic orders currently has 6 partition(s); 1 would not be an increase.');
  for (const count of [6, 5, 0, -1, 1_025]) assert.equal(grow(kit, count).errorCode, ERROR.INVALID_PARTITIONS);
  assert.equal(kit.node.topics.find('orders')?.logs.length, 6);
  assert.equal(grow(kit, 8, [[1], [1]]).errorCode, ERROR.NONE);
});

test('growth that can not be', () => {
  const kit = new AdminKit();
  const topic = kit.topic('orders', 2);
  for (const assignments of [[], [[1], [1]], [[2]], [[1, 1]], [[]]]) {
    assert.equal(grow(kit, 3, assignments).errorCode, ERROR.INVALID_REPLICA_ASSIGNMENT);
  }
  assert.equal(grow(kit, 3, null, 'absent').errorCode, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(grow(kit, 3, null, 'a/b').errorCode, ERROR.INVALID_TOPIC_EXCEPTION);
  const one = { name: 'orders', count: 5, assignments: null };
  const request = { topics: [one, one], timeoutMs: 1_000, validateOnly: false };
  const { results } = kit.ask(createPartitions, createPartitionsApi, 3, request);
  assert.deepEqual(
    results.map(({ errorCode }) => errorCode),
    [ERROR.INVALID_REQUEST],
  );
  const tried = kit.ask(createPartitions, createPartitionsApi, 3, { ...request, topics: [one], validateOnly: true });
  assert.equal(tried.results[0]?.errorCode, ERROR.NONE);
  assert.equal(topic.logs.length, 2);
});

// ── Going ──

test('topics are deleted by name and by id; one made anew has another id', () => {
  const kit = new AdminKit();
  for (let version = 1; version <= 5; version++) {
    kit.topic('orders');
    const request = { topicNames: ['orders', 'absent'], timeoutMs: 1_000 };
    const { responses } = kit.ask(deleteTopics, deleteTopicsApi, version, request);
    assert.ok(kit.waited);
    assert.deepEqual(
      responses.map(({ name, errorCode }) => [name, errorCode]),
      [
        ['orders', ERROR.NONE],
        ['absent', ERROR.UNKNOWN_TOPIC_OR_PARTITION],
      ],
    );
    assert.equal(kit.node.topics.find('orders'), undefined);
  }
  const old = kit.node.topics.idOf(kit.topic('orders'));
  const byId = () => {
    const request = { topics: [{ name: null, topicId: old }], timeoutMs: 1_000 };
    return kit.ask(deleteTopics, deleteTopicsApi, 6, request).responses[0];
  };
  assert.deepEqual(byId(), { name: 'orders', topicId: old, errorCode: ERROR.NONE, errorMessage: null });
  assert.equal(kit.restart().node.topics.find('orders'), undefined);
  assert.notEqual(kit.node.topics.idOf(kit.topic('orders')), old);
  assert.equal(byId()?.errorCode, ERROR.UNKNOWN_TOPIC_ID);
  assert.ok(kit.node.topics.find('orders') !== undefined);
});

test('deletions that say too much or too little', () => {
  const kit = new AdminKit();
  const topicId = kit.node.topics.idOf(kit.topic('orders'));
  const topics = [
    { name: 'orders', topicId },
    { name: null, topicId: '' },
    { name: null, topicId: '' },
    { name: 'x', topicId: '' },
    { name: 'x', topicId: '' },
  ];
  const { responses } = kit.ask(deleteTopics, deleteTopicsApi, 6, { topics, timeoutMs: 1_000 });
  assert.deepEqual(
    responses.map(({ errorCode }) => errorCode),
    Array(4).fill(ERROR.INVALID_REQUEST),
  );
  assert.equal(kit.waited, false);
  assert.ok(kit.node.topics.find('orders') !== undefined);
});

// ── Records ──

function deleteBefore(kit: AdminKit, offset: number, { version = 2, partitionIndex = 0, name = 'orders' } = {}) {
  const topics = [{ name, partitions: [{ partitionIndex, offset }] }];
  const response = kit.ask(deleteRecords, deleteRecordsApi, version, { topics, timeoutMs: 1_000 });
  assert.ok(kit.waited);
  const answer = response.topics[0]?.partitions[0];
  return [answer?.errorCode, answer?.lowWatermark];
}

test('records are deleted up to an offset, or all of them', () => {
  const kit = new AdminKit();
  const kept = kit.filled(kit.topic('orders'), 0, 10);
  for (let version = 0; version <= 2; version++) {
    assert.deepEqual(deleteBefore(kit, version + 1, { version }), [ERROR.NONE, version + 1]);
  }
  assert.equal(kept.log.floor, 3);
  assert.deepEqual(deleteBefore(kit, 1), [ERROR.NONE, 3], 'what is gone stays gone');
  assert.equal(kit.restart().node.topics.find('orders')?.logs[0]?.log.floor, 3);
  for (const offset of [11, -2]) assert.deepEqual(deleteBefore(kit, offset), [ERROR.OFFSET_OUT_OF_RANGE, -1]);
  assert.deepEqual(deleteBefore(kit, 0, { partitionIndex: 1 }), [ERROR.UNKNOWN_TOPIC_OR_PARTITION, -1]);
  assert.deepEqual(deleteBefore(kit, 0, { name: 'absent' }), [ERROR.UNKNOWN_TOPIC_OR_PARTITION, -1]);
  assert.deepEqual(deleteBefore(kit, -1), [ERROR.NONE, 10]);
  assert.equal(kept.log.living, 0);
});

test('a topic that is compacted only keeps its records', () => {
  const kit = new AdminKit();
  kit.filled(kit.topic('orders', 1, { 'cleanup.policy': 'compact' }), 0, 3);
  assert.deepEqual(deleteBefore(kit, 1), [ERROR.POLICY_VIOLATION, -1]);
});

test('the one epoch of the one leader ends where the log does', () => {
  const kit = new AdminKit();
  kit.filled(kit.topic('orders'), 0, 4);
  for (let version = 2; version <= 4; version++) {
    const end = (leaderEpoch: number, currentLeaderEpoch = -1, partition = 0, topic = 'orders') => {
      const topics = [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }];
      const request = { replicaId: -1, topics };
      const found = kit.ask(offsetForLeaderEpoch, offsetForLeaderEpochApi, version, request).topics[0]?.partitions[0];
      return [found?.errorCode, found?.leaderEpoch, found?.endOffset];
    };
    assert.deepEqual(end(0), [ERROR.NONE, 0, 4]);
    assert.deepEqual(end(0, 0), [ERROR.NONE, 0, 4]);
    assert.deepEqual(end(1), [ERROR.NONE, -1, -1]);
    assert.deepEqual(end(-1), [ERROR.NONE, -1, -1]);
    assert.deepEqual(end(0, 1), [ERROR.UNKNOWN_LEADER_EPOCH, -1, -1]);
    assert.deepEqual(end(0, 0, 1), [ERROR.UNKNOWN_TOPIC_OR_PARTITION, -1, -1]);
    assert.deepEqual(end(0, 0, 0, 'absent'), [ERROR.UNKNOWN_TOPIC_OR_PARTITION, -1, -1]);
  }
});

test('a topic without a name is no topic, and not one without an id either', () => {
  const kit = new AdminKit();
  const [answer] = kit.ask(metadata, metadataApi, 12, { topics: [{ name: '' }], allowAutoTopicCreation: true }).topics;
  assert.deepEqual([answer?.errorCode, answer?.name], [ERROR.INVALID_TOPIC_EXCEPTION, '']);
  assert.equal(kit.namespace.topics.byName.size, 0);
});

test('transactional ids are refused, an empty one for what it is', () => {
  const kit = new AdminKit();
  const code = (transactionalId: string | null): number =>
    kit.ask(initProducerId, initProducerIdApi, 4, { transactionalId, transactionTimeoutMs: 1_000 }).errorCode;
  assert.deepEqual([code(null), code('t'), code('')], [ERROR.NONE, ERROR.UNSUPPORTED_VERSION, ERROR.INVALID_REQUEST]);
});
