/**
 * Produce: what is taken, what is refused with which code, order and durability of the answers, idempotence.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchApi } from '../../../src/wire/kafka/apis/fetch.ts';
import { produceApi } from '../../../src/wire/kafka/apis/produce.ts';
import { initProducerIdApi } from '../../../src/wire/kafka/apis/producers.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { sealBatch } from '../../../src/wire/kafka/record-batch.ts';
import type { Records } from '../../../src/wire/kafka/schema.ts';
import { batchOf, type Client, KafkaKit, recordsOf } from './kit.ts';

const VERSION = 9;

function request(records: Records | null, { topic = 'orders', index = 0, acks = -1 } = {}) {
  return {
    transactionalId: null,
    acks,
    timeoutMs: 1_000,
    topicData: [{ name: topic, partitionData: [{ index, records }] }],
  };
}

function produce(client: Client, records: Records | null, where = {}) {
  const [topic] = client.ask(produceApi, VERSION, request(records, where)).responses;
  return topic?.partitionResponses[0] as { errorCode: number; baseOffset: number; errorMessage: string | null };
}

function contentOf(client: Client, topic = 'orders'): string[] {
  const answer = client.ask(fetchApi, 11, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }],
    forgottenTopicsData: [],
    rackId: '',
  });
  return recordsOf(answer.responses[0]?.partitions[0]?.records ?? null);
}

test('batches are kept as they came, with the offsets of their log', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  assert.equal(produce(client, batchOf(['a', 'b', 'c'])).baseOffset, 0);
  assert.equal(produce(client, batchOf(['d'])).baseOffset, 3);
  assert.deepEqual(contentOf(client), ['0:a', '1:b', '2:c', '3:d']);
  assert.deepEqual(contentOf(kit.restart().client()), ['0:a', '1:b', '2:c', '3:d']);
});

test('the answer waits for the commit, and produces need not wait for each other', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  for (const value of ['a', 'b', 'c']) client.send(produceApi, VERSION, request(batchOf([value])));
  kit.broker.turn();
  assert.equal(client.answers().length, 0, 'nothing is durable yet');
  kit.settle();
  const offsets = client.answers().map((answer) => JSON.stringify(answer).match(/"baseOffset":(\d+)/)?.[1]);
  assert.deepEqual(offsets, ['0', '1', '2']);
});

test('whatever else is asked sees what was produced before', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  client.send(produceApi, VERSION, request(batchOf(['a'])), 7);
  client.send(initProducerIdApi, 1, { transactionalId: null, transactionTimeoutMs: 0 }, 3);
  client.send(produceApi, VERSION, request(batchOf(['b'])), 11);
  assert.ok(client.outbox.paused, 'what can not run yet is not read either');
  kit.settle();
  assert.equal(client.answers().length, 3);
  assert.ok(!client.outbox.paused);
  assert.deepEqual(contentOf(client), ['0:a', '1:b']);
});

test('what is refused, and by which name', () => {
  const kit = new KafkaKit();
  const topic = kit.topic('orders', 1, { 'max.message.bytes': '200', 'message.timestamp.after.max.ms': '3600000' });
  const client = kit.client();
  const corrupt = batchOf(['a']);
  corrupt[corrupt.length - 2] = 0x7f;
  const control = batchOf(['a'], { attributes: 0x20 });
  const lying = batchOf(['a', 'b']);
  new DataView(lying.buffer, lying.byteOffset).setInt32(57, 3);
  new DataView(lying.buffer, lying.byteOffset).setInt32(23, 2);
  sealBatch(lying, 0);
  const longer = new Uint8Array([...batchOf(['a']), 0]);
  new DataView(longer.buffer).setInt32(8, longer.length - 12);
  sealBatch(longer, 0);
  const old = batchOf(['a']);
  old[16] = 1;
  const cases: readonly (readonly [what: string, records: Records | null, code: number, where?: object])[] = [
    ['no batch', null, ERROR.INVALID_RECORD],
    ['an empty one', new Uint8Array(0), ERROR.INVALID_RECORD],
    ['two', Buffer.concat([batchOf(['a']), batchOf(['b'])]), ERROR.INVALID_RECORD],
    ['half of one', batchOf(['a']).subarray(0, 66), ERROR.CORRUPT_MESSAGE],
    ['a changed one', corrupt, ERROR.CORRUPT_MESSAGE],
    ['more records announced than there are', lying, ERROR.INVALID_RECORD],
    ['a byte behind the last record', longer, ERROR.INVALID_RECORD],
    ['an old format', old, ERROR.INVALID_RECORD],
    ['a control batch', control, ERROR.INVALID_RECORD],
    [
      'of a transaction',
      batchOf(['a'], { attributes: 0x10, producerId: 1, epoch: 0, sequence: 0 }),
      ERROR.INVALID_TXN_STATE,
    ],
    ['a producer without sequence', batchOf(['a'], { producerId: 4, epoch: 0, sequence: -1 }), ERROR.INVALID_RECORD],
    ['too large', batchOf(['a'.repeat(300)]), ERROR.MESSAGE_TOO_LARGE],
    ['from the future', batchOf(['a'], { timestamp: 1_000 + 3_600_001 }), ERROR.INVALID_TIMESTAMP],
    ['another topic', batchOf(['a']), ERROR.UNKNOWN_TOPIC_OR_PARTITION, { topic: 'none' }],
    ['another partition', batchOf(['a']), ERROR.UNKNOWN_TOPIC_OR_PARTITION, { index: 1 }],
    ['acks of 2', batchOf(['a']), ERROR.INVALID_REQUIRED_ACKS, { acks: 2 }],
  ];
  for (const [what, records, code, where] of cases) assert.equal(produce(client, records, where).errorCode, code, what);
  assert.equal(topic.logs[0]?.log.end, 0);
  kit.store.pressure = 'disk';
  assert.equal(produce(client, batchOf(['a'])).errorCode, ERROR.KAFKA_STORAGE_ERROR);
  kit.store.pressure = 'none';
  assert.equal(produce(client, batchOf(['a'])).errorCode, ERROR.NONE);
});

test('acks 0 is not answered; an error ends the connection', () => {
  const kit = new KafkaKit();
  const topic = kit.topic('orders');
  const client = kit.client();
  client.send(produceApi, VERSION, request(batchOf(['a']), { acks: 0 }));
  kit.settle();
  assert.equal(client.outbox.written.length, 0);
  assert.equal(topic.logs[0]?.log.end, 1);
  assert.ok(!client.outbox.closed);
  client.send(produceApi, VERSION, request(batchOf(['a']), { acks: 0, topic: 'none' }));
  kit.settle();
  assert.ok(client.outbox.closed);
});

test("the broker's time", () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1, { 'message.timestamp.type': 'LogAppendTime' });
  kit.clock.now = 5_000;
  const client = kit.client();
  const answer = client.ask(produceApi, VERSION, request(batchOf(['a'], { timestamp: 1 })));
  assert.equal(answer.responses[0]?.partitionResponses[0]?.logAppendTimeMs, 5_000);
  assert.deepEqual(contentOf(client), ['0:a']);
});

test('a repetition is written once, and answered with the first offset, after a restart too', () => {
  const kit = new KafkaKit();
  kit.topic('orders');
  const client = kit.client();
  const id = client.ask(initProducerIdApi, 4, {
    transactionalId: null,
    transactionTimeoutMs: 0,
    producerId: -1,
    producerEpoch: -1,
  }).producerId;
  const batch = (sequence: number, ...values: string[]) => batchOf(values, { producerId: id, epoch: 0, sequence });
  for (let index = 0; index < 7; index++)
    assert.equal(produce(client, batch(index * 2, 'x', 'y')).baseOffset, index * 2);
  assert.equal(produce(client, batch(12, 'x', 'y')).baseOffset, 12);
  assert.equal(produce(client, batch(4, 'x', 'y')).baseOffset, 4);
  assert.equal(produce(client, batch(2, 'x', 'y')).errorCode, ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.equal(produce(client, batch(16, 'x')).errorCode, ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.equal(contentOf(client).length, 14);

  const again = kit.restart();
  const later = again.client();
  assert.equal(produce(later, batch(12, 'x', 'y')).baseOffset, 12);
  assert.equal(produce(later, batch(4, 'x', 'y')).baseOffset, 4);
  assert.equal(produce(later, batch(14, 'z')).baseOffset, 14);
  assert.equal(contentOf(later).length, 15);
  assert.notEqual(
    later.ask(initProducerIdApi, 1, { transactionalId: null, transactionTimeoutMs: 0 }).producerId,
    undefined,
  );
});

test('producers are known again from notes and from the tail of the log, cold or not', () => {
  const kit = new KafkaKit({ spanBytes: 300 });
  kit.topic('orders');
  const client = kit.client();
  const batch = (id: number, sequence: number) => batchOf(['v'], { producerId: id, epoch: 0, sequence });
  for (let sequence = 0; sequence < 20; sequence++) {
    for (const id of [1, 2, 3]) assert.equal(produce(client, batch(id, sequence)).errorCode, ERROR.NONE);
  }
  const again = kit.restart();
  again.store.isCold = () => true;
  const later = again.client();
  for (const id of [1, 2, 3]) {
    assert.equal(produce(later, batch(id, 19)).baseOffset, 57 + id - 1, `producer ${id}`);
    assert.equal(produce(later, batch(id, 20)).errorCode, ERROR.NONE);
  }
});

test('a compacted topic takes no record without a key, and says which', () => {
  const kit = new KafkaKit();
  kit.topic('orders', 1, { 'cleanup.policy': 'compact' });
  const answer = kit.client().ask(produceApi, 9, request(batchOf(['a', 'b'])));
  const partition = answer.responses[0]?.partitionResponses[0];
  assert.equal(partition?.errorCode, ERROR.INVALID_RECORD);
  assert.deepEqual(
    partition?.recordErrors.map(({ batchIndex }) => batchIndex),
    [0, 1],
  );
});
