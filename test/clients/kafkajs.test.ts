/**
 * kafkajs, unmodified: what an ordinary program does with it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CompressionTypes, type Consumer, Kafka, logLevel, Partitioners } from 'kafkajs';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

const DEADLINE = { timeout: 30_000 };
/** Of ConfigResourceTypes, which Node can't import by name. */
const TOPIC_RESOURCE = 2;

function kafkaOf(broker: EmbeddedBroker): Kafka {
  const brokers = [broker.url('kafka').replace('kafka://', '')];
  return new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING });
}

async function send(
  kafka: Kafka,
  topic: string,
  messages: { key?: string | null; value: string | null; partition?: number }[],
) {
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const sent = await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  await producer.disconnect();
  return sent;
}

/** A member of a group, and what it was given: `partition:value`. */
async function member(kafka: Kafka, groupId: string, topic: string, got: (text: string) => void): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, heartbeatInterval: 200, sessionTimeout: 10_000 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => got(`${partition}:${message.value?.toString() ?? 'null'}`),
  });
  await joined;
  return consumer;
}

/** Waits for `count` texts. */
class Inbox {
  readonly texts: string[] = [];
  #wanted = Number.POSITIVE_INFINITY;
  #done: () => void = () => {};

  readonly take = (text: string): void => {
    this.texts.push(text);
    if (this.texts.length >= this.#wanted) this.#done();
  };

  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wanted = count;
      this.#done = resolve;
      if (this.texts.length >= count) resolve();
    });
  }
}

test('what is produced is consumed: keys, null values, headers, batches', DEADLINE, async () => {
  await using broker = await startBroker({ kafkaPartitions: 2 });
  const kafka = kafkaOf(broker);
  const [sent] = await send(kafka, 'orders', [
    { key: 'a', value: 'one', partition: 0 },
    { key: null, value: 'two', partition: 0 },
    { key: 'b', value: null, partition: 0 },
  ]);
  assert.equal(sent?.baseOffset, '0');
  const inbox = new Inbox();
  const consumer = await member(kafka, 'g', 'orders', inbox.take);
  await inbox.until(3);
  assert.deepEqual(inbox.texts, ['0:one', '0:two', '0:null']);
  await consumer.disconnect();
});

test('two members share the partitions; when one leaves, the other has all', DEADLINE, async () => {
  await using broker = await startBroker({ kafkaPartitions: 4 });
  const kafka = kafkaOf(broker);
  await send(kafka, 'orders', [{ value: 'first', partition: 0 }]);
  const [one, two] = [new Inbox(), new Inbox()];
  const first = await member(kafka, 'g', 'orders', one.take);
  await one.until(1);
  const rejoined = new Promise((resolve) => first.on('consumer.group_join', resolve));
  const second = await member(kafka, 'g', 'orders', two.take);
  await rejoined;
  const texts = [0, 1, 2, 3].map((partition) => ({ value: `p${partition}`, partition }));
  await send(kafka, 'orders', texts);
  await Promise.race([two.until(2), new Promise((_, reject) => setTimeout(reject, 15_000, new Error('not shared')))]);
  const alone = new Promise((resolve) => first.on('consumer.group_join', resolve));
  await second.disconnect();
  await alone;
  const before = one.texts.length;
  await send(kafka, 'orders', texts);
  await one.until(before + 4);
  await first.disconnect();
});

test('a group goes on where it committed, after a restart of the broker too', DEADLINE, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-kafkajs-'));
  try {
    {
      await using broker = await startBroker({ storage: { folder } });
      const kafka = kafkaOf(broker);
      await send(
        kafka,
        'orders',
        ['a', 'b', 'c', 'd'].map((value) => ({ value })),
      );
      const inbox = new Inbox();
      const consumer = await member(kafka, 'g', 'orders', inbox.take);
      await inbox.until(4);
      await consumer.commitOffsets([{ topic: 'orders', partition: 0, offset: '2' }]);
      await consumer.disconnect();
    }
    await using broker = await startBroker({ storage: { folder } });
    const inbox = new Inbox();
    const consumer = await member(kafkaOf(broker), 'g', 'orders', inbox.take);
    await inbox.until(2);
    assert.deepEqual(inbox.texts, ['0:c', '0:d']);
    await consumer.disconnect();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the admin client', DEADLINE, async () => {
  await using broker = await startBroker();
  const kafka = kafkaOf(broker);
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'retention.ms', value: '1234567' }];
  assert.ok(await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 2, configEntries }] }));
  assert.ok(!(await admin.createTopics({ topics: [{ topic: 'orders' }] })));
  await admin.createPartitions({ topicPartitions: [{ topic: 'orders', count: 3 }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
  assert.equal(topics[0]?.partitions.length, 3);
  const resources = [{ type: TOPIC_RESOURCE, name: 'orders' }];
  const described = await admin.describeConfigs({ resources, includeSynonyms: false });
  const retention = described.resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms');
  assert.equal(retention?.configValue, '1234567');
  await send(
    kafka,
    'orders',
    ['a', 'b', 'c'].map((value) => ({ value, partition: 1 })),
  );
  await admin.deleteTopicRecords({ topic: 'orders', partitions: [{ partition: 1, offset: '2' }] });
  const offsets = await admin.fetchTopicOffsets('orders');
  assert.deepEqual(offsets.map(({ partition, low, high }) => `${partition}: ${low}-${high}`).sort(), [
    '0: 0-0',
    '1: 2-3',
    '2: 0-0',
  ]);
  await admin.setOffsets({ groupId: 'g', topic: 'orders', partitions: [{ partition: 1, offset: '2' }] });
  const [positions] = await admin.fetchOffsets({ groupId: 'g', topics: ['orders'] });
  assert.equal(positions?.partitions.find(({ partition }) => partition === 1)?.offset, '2');
  assert.equal((await admin.describeCluster()).brokers.length, 1);
  await admin.deleteGroups(['g']);
  await admin.deleteTopics({ topics: ['orders'] });
  assert.deepEqual(await admin.listTopics(), ['__consumer_offsets'], 'which there is since groups are used');
  await admin.disconnect();
});
