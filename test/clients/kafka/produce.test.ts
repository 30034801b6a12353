/**
 * Producers of kafkajs: what they send is in the log as they sent it, and what is refused is refused by name.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { CompressionTypes, type IHeaders, Partitioners, type Producer } from 'kafkajs';
import { numbers, openScene, type Scene, TIMEOUT_MS } from './kit.ts';

/** Refuses to send at the first error instead of trying again. */
const ONCE = { retry: { retries: 0 } };

async function createTopic(scene: Scene, topic: string, numPartitions = 1, configs: Record<string, string> = {}) {
  const admin = await scene.admin();
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] });
  return admin;
}

describe('a producer of kafkajs', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('creates the topic by sending to it, and learns offsets that count up', async () => {
    await using scene = await openScene();
    const producer = await scene.producer();
    const send = async (...values: string[]) => {
      const [metadata] = await producer.send({
        topic: 'news',
        messages: values.map((value) => ({ value, partition: 2 })),
      });
      return metadata;
    };
    assert.deepEqual(await send('a'), {
      topicName: 'news',
      partition: 2,
      errorCode: 0,
      baseOffset: '0',
      logAppendTime: '-1',
      logStartOffset: '0',
    });
    assert.equal((await send('b', 'c', 'd'))?.baseOffset, '1');
    assert.equal((await send('e'))?.baseOffset, '4');
    const admin = await scene.admin();
    const { topics } = await admin.fetchTopicMetadata({ topics: ['news'] });
    assert.equal(topics[0]?.partitions.length, 4, 'as kafkaPartitions says');
    const reading = await scene.read({ topics: ['news'] });
    await reading.count(5);
    assert.deepEqual(reading.values(), ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(reading.offsets(2), [0, 1, 2, 3, 4]);
  });

  test('spreads messages with keys as its partitioner says, and keeps the order of each key', async () => {
    await using scene = await openScene();
    const admin = await createTopic(scene, 'keyed', 4);
    const producer = await scene.producer();
    const messages = numbers(200).map((number) => ({ key: `key-${number % 16}`, value: `${number}` }));
    for (let at = 0; at < messages.length; at += 50) {
      await producer.send({ topic: 'keyed', messages: messages.slice(at, at + 50) });
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: ['keyed'] });
    const reading = await scene.read({ topics: ['keyed'] });
    await reading.count(200);
    const partitions = new Map<string, Set<number>>();
    for (const { key, partition } of reading.all) {
      partitions.set(String(key), (partitions.get(String(key)) ?? new Set()).add(partition));
    }
    assert.ok([...partitions.values()].every(({ size }) => size === 1));
    const partitionMetadata = topics[0]?.partitions ?? [];
    const partitioner = Partitioners.DefaultPartitioner();
    for (const [key, [partition]] of partitions) {
      assert.equal(partition, partitioner({ topic: 'keyed', partitionMetadata, message: { key, value: '' } }));
    }
    assert.equal(new Set([...partitions.values()].map(([partition]) => partition)).size, 4);
    for (const key of numbers(16).map((number) => `key-${number}`)) {
      const values = reading.all.filter((message) => String(message.key) === key).map(({ value }) => Number(value));
      assert.deepEqual(
        values,
        [...values].sort((one, two) => one - two),
      );
    }
    const ends = await admin.fetchTopicOffsets('keyed');
    const counted = numbers(4).map((partition) => reading.offsets(partition).length);
    assert.deepEqual(
      [...ends].sort((one, two) => one.partition - two.partition).map(({ high }) => Number(high)),
      counted,
    );
  });

  test('sends to several topics and partitions in one request', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'one', 2);
    await createTopic(scene, 'two', 1);
    const producer = await scene.producer();
    const sent = await producer.sendBatch({
      topicMessages: [
        {
          topic: 'one',
          messages: [
            { value: 'a', partition: 0 },
            { value: 'b', partition: 1 },
          ],
        },
        { topic: 'two', messages: [{ value: 'c' }, { value: 'd' }] },
      ],
    });
    assert.deepEqual(
      sent.map(({ topicName, partition, errorCode }) => `${topicName}-${partition} ${errorCode}`).sort(),
      ['one-0 0', 'one-1 0', 'two-0 0'],
    );
    const reading = await scene.read({ topics: ['one', 'two'] });
    await reading.count(4);
    assert.deepEqual(reading.all.map(({ topic, partition, value }) => `${topic}-${partition}:${value}`).sort(), [
      'one-0:a',
      'one-1:b',
      'two-0:c',
      'two-0:d',
    ]);
  });

  test('keys, values and headers come out as they went in: none, empty, binary, repeated', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'shapes');
    const producer = await scene.producer();
    const binary = Buffer.from(numbers(256));
    const headers: IHeaders = { text: 'äöü€', binary, empty: '', twice: ['1', '2'] };
    const messages = [
      { key: 'k', value: 'v' },
      { key: null, value: 'no key' },
      { key: 'no value', value: null },
      { key: null, value: null },
      { key: '', value: '' },
      { key: binary, value: binary, headers },
    ];
    await producer.send({ topic: 'shapes', messages });
    const reading = await scene.read({ topics: ['shapes'] });
    await reading.count(messages.length);
    assert.deepEqual(
      reading.all.map(({ key, value }) => [key, value]),
      messages.map(({ key, value }) => [
        key === null ? null : Buffer.from(key),
        value === null ? null : Buffer.from(value),
      ]),
    );
    assert.deepEqual({ ...reading.all[0]?.headers }, {});
    assert.deepEqual(
      { ...reading.all[5]?.headers },
      {
        text: Buffer.from('äöü€'),
        binary,
        empty: Buffer.from(''),
        twice: [Buffer.from('1'), Buffer.from('2')],
      },
    );
  });

  test('gives timestamps; a topic with LogAppendTime has its own', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'theirs');
    await createTopic(scene, 'ours', 1, { 'message.timestamp.type': 'LogAppendTime' });
    const producer = await scene.producer();
    const given = ['1000', '1700000000123', '1600000000000'];
    const before = Date.now();
    const messages = given.map((timestamp) => ({ value: timestamp, timestamp }));
    const [theirs] = await producer.send({ topic: 'theirs', messages });
    const [ours] = await producer.send({ topic: 'ours', messages });
    const after = Date.now();
    assert.equal(theirs?.logAppendTime, '-1');
    const appended = Number(ours?.logAppendTime);
    // The broker's clock is coarse, but never ahead, and it is read anew when a request comes.
    assert.ok(appended >= before && appended <= after, `${before} <= ${appended} <= ${after}`);
    const reading = await scene.read({ topics: ['theirs', 'ours'] });
    await reading.count(6);
    const timesOf = (name: string) =>
      reading.all.filter(({ topic }) => topic === name).map(({ timestamp }) => timestamp);
    assert.deepEqual(timesOf('theirs'), given);
    assert.deepEqual(timesOf('ours'), [appended, appended, appended].map(String));
  });

  test('a timestamp out of the range of the topic is refused', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'strict', 1, { 'message.timestamp.before.max.ms': '60000' });
    const producer = await scene.producer(ONCE);
    await assert.rejects(producer.send({ topic: 'strict', messages: [{ value: 'old', timestamp: '1000' }] }), {
      type: 'INVALID_TIMESTAMP',
    });
    const tomorrow = `${Date.now() + 86_400_000}`;
    await assert.rejects(producer.send({ topic: 'strict', messages: [{ value: 'early', timestamp: tomorrow }] }), {
      type: 'INVALID_TIMESTAMP',
    });
    const [sent] = await producer.send({ topic: 'strict', messages: [{ value: 'now' }] });
    assert.equal(sent?.baseOffset, '0', 'nothing of what was refused is there');
  });

  test('acks 0, 1 and -1', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'acks');
    const producer = await scene.producer();
    const send = (acks: number) => producer.send({ topic: 'acks', acks, messages: [{ value: `${acks}` }] });
    assert.equal((await send(1))[0]?.baseOffset, '0');
    assert.deepEqual(await send(0), []);
    assert.equal((await send(-1))[0]?.baseOffset, '2', 'what came before, though unanswered, was appended');
    const reading = await scene.read({ topics: ['acks'] });
    await reading.count(3);
    assert.deepEqual(reading.values(), ['1', '0', '-1']);
  });

  test('idempotent: many requests at once, each message once and in order', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'once', 2);
    const producer = await scene.producer({ idempotent: true, maxInFlightRequests: 5 });
    const sends = numbers(40).map((number) =>
      producer.send({ topic: 'once', acks: -1, messages: [{ value: `${number}`, partition: number % 2 }] }),
    );
    await Promise.all(sends);
    const reading = await scene.read({ topics: ['once'] });
    await reading.count(40);
    assert.deepEqual(
      reading.values().sort((one, two) => Number(one) - Number(two)),
      numbers(40).map(String),
    );
    assert.deepEqual([reading.offsets(0), reading.offsets(1)], [numbers(20), numbers(20)]);
  });

  test('gzip', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'small');
    const producer = await scene.producer();
    const messages = numbers(100).map((number) => ({ key: `${number}`, value: `${number} `.repeat(100) }));
    await producer.send({ topic: 'small', messages, compression: CompressionTypes.GZIP });
    await producer.send({ topic: 'small', messages: [{ value: 'plain' }] });
    const reading = await scene.read({ topics: ['small'] });
    await reading.count(101);
    assert.deepEqual(reading.values(), [...messages.map(({ value }) => value), 'plain']);
    assert.deepEqual(reading.offsets(), numbers(101));
  });

  for (const [name, compression] of [
    ['Snappy', CompressionTypes.Snappy],
    ['LZ4', CompressionTypes.LZ4],
    ['ZSTD', CompressionTypes.ZSTD],
  ] as const) {
    test(`${name} is not in kafkajs itself`, async () => {
      await using scene = await openScene();
      const producer = await scene.producer(ONCE);
      await assert.rejects(
        producer.send({ topic: 'codec', messages: [{ value: 'x' }], compression }),
        new RegExp(`${name} compression not implemented`),
      );
    });
  }
});

/** A batch of one message without a key has 61 bytes of head and, at this size, 11 around the value. */
const BATCH_OVERHEAD = 61 + 11;
const MAX_MESSAGE_BYTES = 1_048_588;

describe('the size of a message', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  function sendOf(producer: Producer, topic: string) {
    return (value: Buffer) => producer.send({ topic, messages: [{ value, timestamp: '1700000000000' }] });
  }

  test('the largest that the default takes comes back whole, one byte more is refused', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'large');
    const send = sendOf(await scene.producer(ONCE), 'large');
    const largest = randomBytes(MAX_MESSAGE_BYTES - BATCH_OVERHEAD);
    assert.equal((await send(largest))[0]?.baseOffset, '0');
    await assert.rejects(send(randomBytes(largest.length + 1)), { type: 'MESSAGE_TOO_LARGE' });
    assert.equal((await send(Buffer.from('small')))[0]?.baseOffset, '1');
    const reading = await scene.read({ topics: ['large'] });
    await reading.count(2);
    assert.ok(reading.all[0]?.value?.equals(largest));
  });

  test('max.message.bytes of a topic raises and lowers it', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'huge', 1, { 'max.message.bytes': '10000000' });
    await createTopic(scene, 'tiny', 1, { 'max.message.bytes': '1000' });
    const producer = await scene.producer(ONCE);
    const nine = randomBytes(9_000_000);
    await sendOf(producer, 'huge')(nine);
    await assert.rejects(sendOf(producer, 'huge')(randomBytes(10_000_000)), { type: 'MESSAGE_TOO_LARGE' });
    await assert.rejects(sendOf(producer, 'tiny')(randomBytes(1_000)), { type: 'MESSAGE_TOO_LARGE' });
    await sendOf(producer, 'tiny')(randomBytes(900));
    // A message larger than what the consumer wants of a partition comes all the same.
    const reading = await scene.read({ topics: ['huge'], consumer: { maxBytesPerPartition: 1_000, maxBytes: 1_000 } });
    await reading.count(1);
    assert.ok(reading.all[0]?.value?.equals(nine));
  });

  test('compressed it may be larger: what travels counts', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'zeros');
    const producer = await scene.producer(ONCE);
    const value = Buffer.alloc(5_000_000);
    await producer.send({ topic: 'zeros', messages: [{ value }], compression: CompressionTypes.GZIP });
    const reading = await scene.read({ topics: ['zeros'] });
    await reading.count(1);
    assert.ok(reading.all[0]?.value?.equals(value));
  });
});

describe('what kafkajs can’t send to', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('a topic that does not exist, if the producer must not create it', async () => {
    await using scene = await openScene();
    const producer = await scene.producer({ allowAutoTopicCreation: false, ...ONCE });
    await assert.rejects(producer.send({ topic: 'nowhere', messages: [{ value: 'x' }] }), {
      message: /does not host this topic-partition/,
    });
    const admin = await scene.admin();
    assert.deepEqual(await admin.listTopics(), [], 'and it does not exist now either');
  });

  test('a name that is none', async () => {
    await using scene = await openScene();
    const producer = await scene.producer(ONCE);
    await assert.rejects(producer.send({ topic: 'no spaces', messages: [{ value: 'x' }] }), {
      message: /invalid topic/i,
    });
  });

  test('a topic that is compacted, without a key', async () => {
    await using scene = await openScene();
    await createTopic(scene, 'table', 1, { 'cleanup.policy': 'compact' });
    const producer = await scene.producer(ONCE);
    await assert.rejects(producer.send({ topic: 'table', messages: [{ value: 'x' }] }), { code: 87 });
    await producer.send({ topic: 'table', messages: [{ key: 'k', value: 'x' }] });
  });

  test('a topic that was deleted while it was connected', async () => {
    await using scene = await openScene();
    const admin = await createTopic(scene, 'gone');
    const producer = await scene.producer({ allowAutoTopicCreation: false, ...ONCE });
    await producer.send({ topic: 'gone', messages: [{ value: 'x' }] });
    await admin.deleteTopics({ topics: ['gone'] });
    await assert.rejects(producer.send({ topic: 'gone', messages: [{ value: 'x' }] }), {
      message: /does not host this topic-partition/,
    });
  });
});
