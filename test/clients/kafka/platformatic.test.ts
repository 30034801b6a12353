/**
 * Producers and consumers of @platformatic/kafka, which speak the newest versions of the protocol: topics by id, fetch
 * sessions, every codec.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type ConsumeOptions,
  type Consumer,
  type Message,
  ProduceAcks,
  type ProducerStreamReport,
} from '@platformatic/kafka';
import { Arrivals, closeConsumer, numbers, openScene, type Scene, TIMEOUT_MS, within } from './kit.ts';

type Strings<Type extends 'consumer' | 'message'> = Type extends 'consumer'
  ? Consumer<string, string, string, string>
  : Message<string, string, string, string>;

const TOPIC = 'stream';

async function createTopic(scene: Scene, partitions = 1, config: Record<string, string> = {}): Promise<void> {
  const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
  await scene.platformatic.admin().createTopics({ topics: [TOPIC], partitions, replicas: 1, configs });
}

async function readWith(
  consumer: Strings<'consumer'>,
  options: Partial<ConsumeOptions<string, string, string, string>> = {},
) {
  const stream = await consumer.consume({ topics: [TOPIC], mode: 'earliest', ...options });
  const messages = new Arrivals<Strings<'message'>>();
  stream.on('data', (message) => messages.push(message));
  stream.on('error', (error) => messages.fail(error));
  return { stream, messages };
}

function read(scene: Scene, options: Partial<ConsumeOptions<string, string, string, string>> = {}) {
  return readWith(scene.platformatic.consumer(), options);
}

function values({ all }: Arrivals<Strings<'message'>>): string[] {
  return all.map(({ value }) => value);
}

function messages(count: number, from = 0, partitions = 1) {
  return numbers(count, from).map((number) => ({ topic: TOPIC, value: `${number}`, partition: number % partitions }));
}

describe('a producer of @platformatic/kafka', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    test(`compression ${compression}: with keys, headers and times, to several partitions`, async () => {
      await using scene = await openScene();
      await createTopic(scene, 3);
      const sent = numbers(90).map((number) => ({
        topic: TOPIC,
        key: `key ${number}`,
        value: `value ${number} `.repeat(30),
        headers: { number: `${number}`, kind: 'ü' },
        timestamp: BigInt(1_700_000_000_000 + number),
        partition: number % 3,
      }));
      const { offsets } = await scene.platformatic.producer().send({ messages: sent, compression });
      assert.deepEqual(offsets?.map(({ partition, offset }) => `${partition}@${offset}`).sort(), ['0@0', '1@0', '2@0']);
      const { messages: received } = await read(scene);
      await received.count(90);
      const rows = received.all.map(({ key, value, headers, timestamp, partition }) => ({
        topic: TOPIC,
        key,
        value,
        headers: Object.fromEntries(headers),
        timestamp,
        partition,
      }));
      assert.deepEqual(
        rows.sort((one, two) => Number(one.timestamp - two.timestamp)),
        sent,
      );
    });
  }

  test('gzip of one client is read by the other', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    await scene.platformatic.producer().send({ messages: messages(50), compression: 'gzip' });
    const reading = await scene.read({ topics: [TOPIC] });
    await reading.count(50);
    assert.deepEqual(reading.values(), numbers(50).map(String));
  });

  test('acks: none, the leader, all', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const producer = scene.platformatic.producer();
    const send = (acks: number) => producer.send({ messages: [{ topic: TOPIC, value: `${acks}` }], acks });
    assert.equal((await send(ProduceAcks.LEADER)).offsets?.[0]?.offset, 0n);
    assert.equal((await send(ProduceAcks.NO_RESPONSE)).offsets, undefined);
    assert.equal((await send(ProduceAcks.ALL)).offsets?.[0]?.offset, 2n);
    const { messages: received } = await read(scene);
    await received.count(3);
    assert.deepEqual(values(received), ['1', '0', '-1']);
  });

  test('idempotent, several producers at once: ids differ, everything is there once and in order', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const producers = numbers(3).map(() => scene.platformatic.producer({ idempotent: true, acks: ProduceAcks.ALL }));
    for (const number of numbers(10)) {
      await Promise.all(
        producers.map((one, index) =>
          one.send({ messages: [{ topic: TOPIC, key: `${index}`, value: `${number}`, partition: 0 }] }),
        ),
      );
    }
    assert.equal(new Set(producers.map(({ producerId }) => producerId)).size, 3);
    const { messages: received } = await read(scene);
    await received.count(30);
    for (const index of numbers(3)) {
      const mine = received.all.filter(({ key }) => key === `${index}`);
      assert.deepEqual(
        mine.map(({ value }) => value),
        numbers(10).map(String),
      );
    }
    assert.deepEqual(
      received.all.map(({ offset }) => Number(offset)),
      numbers(30),
    );
  });

  test('a sequence sent before is answered and not written again, one that does not fit is refused', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const options = { idempotent: true, acks: ProduceAcks.ALL, retries: 0 };
    const original = scene.platformatic.producer(options);
    const send = (producer: typeof original, value: string) =>
      producer.send({ messages: [{ topic: TOPIC, value, partition: 0 }] });
    await send(original, 'a');
    await send(original, 'b');
    // Another one that uses the same id says sequence 0 each time.
    const { producerId, producerEpoch } = original;
    assert.ok(producerId !== undefined && producerEpoch !== undefined);
    const other = scene.platformatic.producer({ retries: 0 });
    const again = (count: number) =>
      other.send({ messages: messages(count), acks: ProduceAcks.ALL, producerId, producerEpoch });
    for (const _ of numbers(3)) assert.equal((await again(1)).offsets?.[0]?.offset, 0n);
    await send(original, 'c');
    // Two messages are neither one of those batches nor the next one. The client takes a new id for them then.
    assert.equal(other.producerId, undefined);
    await again(2);
    assert.ok(other.producerId !== undefined && other.producerId !== producerId);
    const { messages: received } = await read(scene);
    await received.count(5);
    assert.deepEqual(values(received), ['a', 'b', 'c', '0', '1']);
    // A newer epoch begins anew, and the old one is over.
    const newer = { producerId, producerEpoch: producerEpoch + 1 };
    await other.send({ messages: messages(1), acks: ProduceAcks.ALL, ...newer });
    await assert.rejects(send(original, 'd'), /epoch/);
  });

  test('as a stream: batches of its own, each reported', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const producer = scene.platformatic.producer();
    const stream = producer.asStream({ batchSize: 25, batchTime: 10, reportMode: 'batch' });
    const reports = new Arrivals<ProducerStreamReport>();
    stream.on('delivery-report', (report) => reports.push(report as ProducerStreamReport));
    for (const message of messages(100)) stream.write(message);
    await within('end', new Promise<void>((resolve) => stream.end(() => resolve())));
    assert.equal(
      reports.all.reduce((sum, { count }) => sum + count, 0),
      100,
    );
    const { messages: received } = await read(scene);
    await received.count(100);
    assert.deepEqual(values(received), numbers(100).map(String));
  });

  test('too large is refused, and the connection goes on', async () => {
    await using scene = await openScene();
    await createTopic(scene, 1, { 'max.message.bytes': '10000' });
    const producer = scene.platformatic.producer({ retries: 0 });
    const send = (bytes: number) =>
      producer.send({ messages: [{ topic: TOPIC, value: randomBytes(bytes / 2).toString('hex') }] });
    await assert.rejects(send(10_000), /larger than the max message size/);
    assert.equal((await send(9_000)).offsets?.[0]?.offset, 0n);
  });

  test('a topic that does not exist: refused, or created', async () => {
    await using scene = await openScene();
    const producer = scene.platformatic.producer({ retries: 0 });
    await assert.rejects(producer.send({ messages: messages(1) }), /Unknown topic stream/);
    assert.deepEqual(await scene.platformatic.admin().listTopics(), []);
    await producer.send({ messages: messages(4, 0, 4), autocreateTopics: true });
    assert.deepEqual(await scene.platformatic.admin().listTopics(), [TOPIC]);
  });
});

describe('a consumer of @platformatic/kafka', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('from the end', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const producer = scene.platformatic.producer();
    await producer.send({ messages: messages(3) });
    const { messages: received } = await read(scene, { mode: 'latest' });
    await producer.send({ messages: messages(2, 3) });
    await received.count(2);
    assert.deepEqual(values(received), ['3', '4']);
  });

  test('from offsets that it names', async () => {
    await using scene = await openScene();
    await createTopic(scene, 2);
    await scene.platformatic.producer().send({ messages: messages(20, 0, 2) });
    const offsets = [
      { topic: TOPIC, partition: 0, offset: 8n },
      { topic: TOPIC, partition: 1, offset: 9n },
    ];
    const { messages: received } = await read(scene, { mode: 'manual', offsets });
    await received.count(3);
    assert.deepEqual(values(received).sort(), ['16', '18', '19']);
  });

  test('commits by hand, and goes on there', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    await scene.platformatic.producer().send({ messages: messages(10) });
    const first = scene.platformatic.consumer({ groupId: 'careful' });
    const { messages: received } = await readWith(first, { autocommit: false });
    await received.count(10);
    await received.all[5]?.commit();
    const committed = await first.listCommittedOffsets({ topics: [{ topic: TOPIC, partitions: [0] }] });
    assert.deepEqual(committed.get(TOPIC), [6n]);
    await closeConsumer(first);
    const second = scene.platformatic.consumer({ groupId: 'careful' });
    const { messages: rest } = await readWith(second, { mode: 'committed', fallbackMode: 'fail' });
    await rest.count(4);
    assert.deepEqual(values(rest), ['6', '7', '8', '9']);
    assert.deepEqual((await second.getLag({ topics: [TOPIC] })).get(TOPIC)?.length, 1);
  });

  test('commits by itself', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    await scene.platformatic.producer().send({ messages: messages(10) });
    const first = scene.platformatic.consumer({ groupId: 'easy', autocommit: true });
    const { messages: received } = await readWith(first);
    await received.count(10);
    await closeConsumer(first);
    const [group] = await scene.platformatic.admin().listConsumerGroupOffsets({ groups: ['easy'] });
    assert.deepEqual(
      group?.topics.flatMap(({ partitions }) => partitions.map(({ committedOffset }) => committedOffset)),
      [10n],
    );
  });

  test('pauses and resumes', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const producer = scene.platformatic.producer();
    await producer.send({ messages: messages(5) });
    const { stream, messages: received } = await read(scene);
    await received.count(5);
    stream.pause();
    await producer.send({ messages: messages(5, 5) });
    await scene.broker.idle();
    assert.equal(received.all.length, 5);
    stream.resume();
    await received.count(10);
    assert.deepEqual(values(received), numbers(10).map(String));
  });

  test('a topic that is deleted and made anew under its name is another one', async () => {
    await using scene = await openScene();
    await createTopic(scene);
    const admin = scene.platformatic.admin();
    const producer = scene.platformatic.producer({ metadataMaxAge: 0 });
    await producer.send({ messages: messages(3) });
    const idOf = async () => (await producer.metadata({ topics: [TOPIC], forceUpdate: true })).topics.get(TOPIC)?.id;
    const before = await idOf();
    await admin.deleteTopics({ topics: [TOPIC] });
    await createTopic(scene);
    assert.notEqual(await idOf(), before);
    const { messages: received } = await read(scene);
    await producer.send({ messages: messages(1, 100) });
    await received.count(1);
    assert.deepEqual([values(received), received.all[0]?.offset], [['100'], 0n]);
  });
});
