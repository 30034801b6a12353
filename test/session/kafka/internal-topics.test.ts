/**
 * The topic of offsets: there when groups are, seen as internal, empty, and written by nobody.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadResponseOf } from '../../../src/wire/kafka/api.ts';
import { describeTopicPartitionsApi } from '../../../src/wire/kafka/apis/cluster.ts';
import { offsetCommitApi } from '../../../src/wire/kafka/apis/committed-offsets.ts';
import { fetchApi } from '../../../src/wire/kafka/apis/fetch.ts';
import { findCoordinatorApi } from '../../../src/wire/kafka/apis/group-membership.ts';
import { metadataApi } from '../../../src/wire/kafka/apis/metadata.ts';
import { LIST_OFFSETS, listOffsetsApi } from '../../../src/wire/kafka/apis/offset-lookup.ts';
import { produceApi } from '../../../src/wire/kafka/apis/produce.ts';
import { createTopicsApi, deleteRecordsApi, deleteTopicsApi } from '../../../src/wire/kafka/apis/topics.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { batchOf, type Client, KafkaKit } from './kit.ts';

const OFFSETS = '__consumer_offsets';
const CLUSTER = '__cluster_metadata';

function find(client: Client, version = 4, keyType = 0): void {
  const names = version < 4 ? { key: 'g' } : { coordinatorKeys: ['g'] };
  const answer = client.ask(findCoordinatorApi, version, { keyType, ...names });
  assert.equal((answer.coordinators[0] ?? answer).errorCode, ERROR.NONE);
}

/** `name:internal`, or the error code instead. */
function listed(client: Client, topics: string[] | null = null, create = false): string[] {
  const request = { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation: create };
  const answer: ReadResponseOf<typeof metadataApi> = client.ask(metadataApi, 12, request);
  return answer.topics.map(({ name, errorCode, isInternal }) => `${name}:${errorCode || isInternal}`);
}

function create(client: Client, name: string): number | undefined {
  const topic = { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] };
  const request = { topics: [topic], timeoutMs: 1_000, validateOnly: false };
  return client.ask(createTopicsApi, 7, request).topics[0]?.errorCode;
}

function produce(client: Client, name: string): number | undefined {
  const topicData = [{ name, partitionData: [{ index: 0, records: batchOf(['x']) }] }];
  const request = { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData };
  return client.ask(produceApi, 9, request).responses[0]?.partitionResponses[0]?.errorCode;
}

test('it is there from the first question for a group on, and after a restart', () => {
  for (const version of [0, 3, 6]) {
    const kit = new KafkaKit();
    kit.topic('orders');
    const client = kit.client();
    if (version > 0) find(client, version, 1);
    assert.deepEqual(listed(client), ['orders:false'], 'not for transactions');
    find(client, version);
    assert.deepEqual(listed(client), ['orders:false', `${OFFSETS}:true`]);
    find(client, version);
    assert.deepEqual(listed(kit.restart().client()), ['orders:false', `${OFFSETS}:true`]);
  }
});

test('nothing is written to it and nothing is in it', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  find(client);
  assert.equal(produce(client, OFFSETS), ERROR.INVALID_TOPIC_EXCEPTION);
  assert.throws(() => kit.namespace.publishable(OFFSETS), { code: 'ACCESS_REFUSED' });
  const partitions = [{ partitionIndex: 0, offset: -1 }];
  const [deleted] = client.ask(deleteRecordsApi, 2, { topics: [{ name: OFFSETS, partitions }], timeoutMs: 1 }).topics;
  assert.equal(deleted?.partitions[0]?.errorCode, ERROR.INVALID_TOPIC_EXCEPTION);
  for (const timestamp of [LIST_OFFSETS.latest, LIST_OFFSETS.earliest]) {
    const topics = [{ name: OFFSETS, partitions: [{ partitionIndex: 0, timestamp }] }];
    const [answer] = client.ask(listOffsetsApi, 7, { replicaId: -1, isolationLevel: 0, topics }).topics;
    assert.deepEqual([answer?.partitions[0]?.errorCode, answer?.partitions[0]?.offset], [ERROR.NONE, 0]);
  }
  const fetched = client.ask(fetchApi, 11, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: OFFSETS, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }],
    forgottenTopicsData: [],
    rackId: '',
  });
  const [part] = fetched.responses[0]?.partitions ?? [];
  assert.deepEqual([part?.errorCode, part?.highWatermark], [ERROR.NONE, 0]);
});

test('tools see that it is internal, as they do before it is there', () => {
  const client = new KafkaKit().client();
  assert.deepEqual(listed(client, [OFFSETS]), [`${OFFSETS}:${ERROR.UNKNOWN_TOPIC_OR_PARTITION}`]);
  const [missing] = client.ask(metadataApi, 12, { topics: [{ name: OFFSETS }], allowAutoTopicCreation: false }).topics;
  assert.equal(missing?.isInternal, true);
  assert.deepEqual(listed(client, [OFFSETS], true), [`${OFFSETS}:true`], 'made by being asked for');
  const topics = [{ name: OFFSETS }];
  const request = { topics, responsePartitionLimit: 10, cursor: null };
  const [described] = client.ask(describeTopicPartitionsApi, 0, request).topics;
  assert.deepEqual([described?.isInternal, described?.partitions.length], [true, 1]);
});

test('an administrator may make it and delete it; groups lose nothing', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  assert.equal(create(client, OFFSETS), ERROR.NONE);
  assert.deepEqual(listed(client, [OFFSETS]), [`${OFFSETS}:true`]);
  assert.equal(produce(client, OFFSETS), ERROR.INVALID_TOPIC_EXCEPTION);
  const partitions = [{ partitionIndex: 0, committedOffset: 0, committedMetadata: '' }];
  client.ask(offsetCommitApi, 6, { groupId: 'g', memberId: '', topics: [{ name: 'orders', partitions }] });
  client.ask(deleteTopicsApi, 6, { topics: [{ name: OFFSETS, topicId: '' }], timeoutMs: 1_000 });
  assert.deepEqual(listed(client), ['orders:false']);
  assert.equal(kit.namespace.groups.byName.get('g')?.positions.size, 1);
  find(client);
  assert.deepEqual(listed(client), ['orders:false', `${OFFSETS}:true`]);
});

test('an exchange that has its name stays what it is, and groups go on', () => {
  const kit = new KafkaKit();
  kit.namespace.declareExchange({ name: OFFSETS, type: 'topic', durable: true });
  const client = kit.client();
  find(client);
  assert.deepEqual(listed(client), []);
  assert.deepEqual(listed(client, [OFFSETS], true), [`${OFFSETS}:${ERROR.INVALID_TOPIC_EXCEPTION}`]);
  assert.equal(create(client, OFFSETS), ERROR.INVALID_TOPIC_EXCEPTION);
  assert.equal(kit.namespace.publishable(OFFSETS).topic, null);
});

test('there is no topic of the cluster, and nobody can make one', () => {
  const client = new KafkaKit().client();
  assert.equal(create(client, CLUSTER), ERROR.INVALID_REQUEST);
  assert.deepEqual(listed(client, [CLUSTER], true), [`${CLUSTER}:${ERROR.UNKNOWN_TOPIC_OR_PARTITION}`]);
  assert.deepEqual(listed(client), []);
});
