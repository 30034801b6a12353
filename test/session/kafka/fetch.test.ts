/**
 * Fetch: when it is answered and with what, limits, sessions, cold bytes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WrittenRequestOf } from '../../../src/wire/kafka/api.ts';
import { fetchApi } from '../../../src/wire/kafka/apis/fetch.ts';
import { listOffsetsApi } from '../../../src/wire/kafka/apis/offset-lookup.ts';
import { produceApi } from '../../../src/wire/kafka/apis/produce.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { batchOf, type Client, KafkaKit, recordsOf } from './kit.ts';

type Request = WrittenRequestOf<typeof fetchApi>;
const VERSION = 11;
const BATCH = batchOf(['x']).length;

function produce(client: Client, index: number, ...values: string[]): void {
  const topicData = [{ name: 'orders', partitionData: [{ index, records: batchOf(values) }] }];
  client.ask(produceApi, 9, { transactionalId: null, acks: -1, timeoutMs: 1, topicData });
}

function request(offsets: readonly number[], more: Partial<Request> = {}): Request {
  const partitions = offsets.map((fetchOffset, partition) => ({ partition, fetchOffset, partitionMaxBytes: 1 << 20 }));
  return {
    replicaId: -1,
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1 << 20,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: 'orders', partitions }],
    forgottenTopicsData: [],
    rackId: '',
    ...more,
  };
}

interface Answer {
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly errorCode: number;
      readonly highWatermark: number;
      readonly records: { bytes: Uint8Array; start: number; end: number } | Uint8Array | null;
    }[];
  }[];
}

function contents(answer: unknown): string[] {
  const partitions = (answer as Answer).responses.flatMap((topic) => topic.partitions);
  return partitions.map(({ partitionIndex, records }) => `${partitionIndex}=${recordsOf(records).join(' ')}`);
}

test('it is answered at once with what there is, from inside a batch too', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 2);
  const client = kit.client();
  produce(client, 0, 'a', 'b', 'c');
  produce(client, 0, 'd');
  produce(client, 1, 'e');
  assert.deepEqual(contents(client.ask(fetchApi, VERSION, request([0, 0]))), ['0=0:a 1:b 2:c 3:d', '1=0:e']);
  assert.deepEqual(contents(client.ask(fetchApi, VERSION, request([2, 1]))), ['0=0:a 1:b 2:c 3:d', '1=']);
});

test('an empty one waits for an append, and no longer than it may', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 2);
  const [reader, writer] = [kit.client(), kit.client()];
  reader.send(fetchApi, VERSION, request([0, 0]));
  kit.settle();
  assert.equal(reader.answers().length, 0);
  produce(writer, 1, 'late');
  assert.deepEqual(reader.answers().map(contents), [['0=', '1=0:late']]);
  reader.send(fetchApi, VERSION, request([0, 1]));
  kit.settle();
  kit.clock.now += 499;
  kit.settle();
  assert.equal(reader.answers().length, 0);
  kit.clock.now += 1;
  kit.settle();
  assert.deepEqual(reader.answers().map(contents), [['0=', '1=']]);
  produce(writer, 0, 'after');
  assert.equal(reader.answers().length, 0, 'nobody waits any more');
});

test('it waits for as many bytes as were asked for', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1);
  const [reader, writer] = [kit.client(), kit.client()];
  reader.send(fetchApi, VERSION, request([0], { minBytes: 2 * BATCH + 1 }));
  for (const value of ['1', '2']) {
    produce(writer, 0, value);
    assert.equal(reader.answers().length, 0);
  }
  produce(writer, 0, '3');
  assert.deepEqual(reader.answers().map(contents), [['0=0:1 1:2 2:3']]);
});

test('limits: of the answer, of a partition, and one batch in any case', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 3);
  const client = kit.client();
  for (const index of [0, 1, 2]) for (const value of ['a', 'b', 'c']) produce(client, index, value);
  const ask = (more: Partial<Request>, partitionMaxBytes = 1 << 20) => {
    const partitions = [0, 1, 2].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes }));
    return contents(
      client.ask(fetchApi, VERSION, { ...request([]), topics: [{ topic: 'orders', partitions }], ...more }),
    );
  };
  assert.deepEqual(ask({ maxBytes: 4 * BATCH }), ['0=0:a 1:b 2:c', '1=0:a', '2=']);
  assert.deepEqual(ask({}, 2 * BATCH), ['0=0:a 1:b', '1=0:a 1:b', '2=0:a 1:b']);
  assert.deepEqual(ask({ maxBytes: 1 }), ['0=0:a', '1=', '2=']);
  assert.deepEqual(ask({}, 1), ['0=0:a', '1=', '2=']);
});

test('what can not be read is told at once', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1);
  const client = kit.client();
  produce(client, 0, 'a', 'b');
  kit.node.topics.find('orders')?.logs[0]?.releaseTo(2);
  const code = (more: Partial<Request>) =>
    client.ask(fetchApi, VERSION, { ...request([2]), ...more }).responses[0]?.partitions[0]?.errorCode;
  const at = (fetchOffset: number, partition = 0, currentLeaderEpoch = 0) => ({
    topics: [{ topic: 'orders', partitions: [{ partition, fetchOffset, partitionMaxBytes: 1, currentLeaderEpoch }] }],
  });
  assert.equal(code(at(1)), ERROR.OFFSET_OUT_OF_RANGE);
  assert.equal(code(at(3)), ERROR.OFFSET_OUT_OF_RANGE);
  assert.equal(code(at(0, 1)), ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(code(at(2, 0, 5)), ERROR.UNKNOWN_LEADER_EPOCH);
});

test('a deleted topic ends the waiting', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1);
  const client = kit.client();
  client.send(fetchApi, VERSION, request([0]));
  kit.settle();
  kit.namespace.deleteExchange('orders');
  kit.settle();
  const [answer] = client.answers() as unknown as Answer[];
  assert.equal(answer?.responses[0]?.partitions[0]?.errorCode, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
});

test('a session answers with news only, and its epochs must follow each other', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 3);
  const [client, writer] = [kit.client(), kit.client()];
  const first = client.ask(
    fetchApi,
    VERSION,
    request([0, 0, 0], { sessionEpoch: 0, maxWaitMs: 0 }),
  ) as unknown as Answer;
  assert.ok(first.sessionId > 0);
  assert.equal(contents(first).length, 3);
  const go = (sessionEpoch: number, more: Partial<Request> = {}) =>
    client.ask(fetchApi, VERSION, {
      ...request([], { sessionId: first.sessionId, sessionEpoch, maxWaitMs: 0, topics: [] }),
      ...more,
    }) as unknown as Answer;
  assert.deepEqual(contents(go(1)), []);
  produce(writer, 1, 'a');
  assert.deepEqual(contents(go(2)), ['1=0:a']);
  assert.deepEqual(contents(go(3)), ['1=0:a'], 'as long as the client does not say that it went on');
  const on = [{ topic: 'orders', partitions: [{ partition: 1, fetchOffset: 1, partitionMaxBytes: 1 << 20 }] }];
  assert.deepEqual(contents(go(4, { topics: on })), []);
  produce(writer, 0, 'b');
  assert.deepEqual(contents(go(5, { forgottenTopicsData: [{ topic: 'orders', partitions: [0] }] })), []);
  assert.equal(go(5).errorCode, ERROR.INVALID_FETCH_SESSION_EPOCH);
  assert.equal(go(6, { sessionId: first.sessionId + 1 }).errorCode, ERROR.FETCH_SESSION_ID_NOT_FOUND);
  assert.equal(go(-1).sessionId, 0);
  assert.equal(go(6).errorCode, ERROR.FETCH_SESSION_ID_NOT_FOUND);
});

test('cold bytes are waited for', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1);
  const client = kit.client();
  for (const value of ['a', 'b']) produce(client, 0, value);
  kit.store.isCold = () => true;
  client.send(fetchApi, VERSION, request([0]));
  kit.broker.turn();
  assert.equal(client.answers().length, 0);
  kit.settle();
  assert.deepEqual(client.answers().map(contents), [['0=0:a']]);
});

test('a client that leaves while it waits leaves nothing behind', () => {
  const kit = new KafkaKit();
  const topic = kit.topic('orders', 1);
  const scheduled = kit.broker.schedule.size;
  const client = kit.client();
  client.send(fetchApi, VERSION, request([0]));
  kit.settle();
  client.connection.ended();
  assert.equal(kit.broker.schedule.size, scheduled);
  assert.equal((topic.logs[0] as unknown as { readers: Set<unknown> }).readers.size, 0);
});

test('readers that ask for everything and take nothing get small answers', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1);
  const writer = kit.client();
  const value = 'x'.repeat(900_000);
  for (let index = 0; index < 8; index++) produce(writer, 0, value);
  const readers = Array.from({ length: 40 }, () => kit.client());
  for (const reader of readers) reader.send(fetchApi, VERSION, request([0], { maxBytes: 1 << 30 }));
  kit.settle();
  const sent = readers.map(({ outbox }) => outbox.written.reduce((sum, bytes) => sum + bytes.length, 0));
  assert.ok((sent[0] as number) > 900_000);
  assert.ok(
    sent.every((bytes) => bytes > 800_000),
    'a batch for everybody',
  );
  assert.ok(kit.node.fetchBudget.unsentBytes < 72_000_000, `${kit.node.fetchBudget.unsentBytes} bytes are unsent`);
  for (const { outbox } of readers) for (const release of outbox.releases) release();
  assert.equal(kit.node.fetchBudget.unsentBytes, 0);
  const leaving = kit.client();
  leaving.send(fetchApi, VERSION, request([0]));
  leaving.connection.ended();
  assert.equal(kit.node.fetchBudget.unsentBytes, 0, 'what was not sent is given back');
});

test('ListOffsets: ends, moments, and the newest', () => {
  const kit = new KafkaKit({ spanBytes: 200 });
  const topic = kit.topic('orders', 1);
  const client = kit.client();
  for (const timestamp of [1_000, 1_100, 1_050, 1_200, 1_150]) {
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['v', 'w'], { timestamp }) }] }];
    client.ask(produceApi, 9, { transactionalId: null, acks: -1, timeoutMs: 1, topicData });
  }
  const at = (timestamp: number, version = 8) => {
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp }] }];
    const answer = client.ask(listOffsetsApi, version, { replicaId: -1, isolationLevel: 0, topics });
    const found = answer.topics[0]?.partitions[0];
    return [found?.offset, found?.timestamp];
  };
  assert.deepEqual(at(-1), [10, -1]);
  assert.deepEqual(at(-2), [0, -1]);
  assert.deepEqual(at(-4), [0, -1]);
  assert.deepEqual(at(-5), [-1, -1]);
  assert.deepEqual(at(-3), [6, 1_200]);
  assert.deepEqual(at(0), [0, 1_000]);
  assert.deepEqual(at(1_001), [2, 1_100]);
  assert.deepEqual(at(1_101, 1), [6, 1_200]);
  assert.deepEqual(at(1_201), [-1, -1]);
  topic.logs[0]?.releaseTo(7);
  assert.deepEqual(at(-2), [7, -1]);
  assert.deepEqual(at(0), [7, 1_200]);
});
