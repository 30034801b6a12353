/**
 * Kafka and AMQP clients that talk to each other: real clients, real sockets. One name, `orders`, is a topic to the
 * ones and an exchange to the others.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Consumer, MessagesStreamModes, ProduceAcks, Producer } from '@platformatic/kafka';
import amqp, { type Channel, type GetMessage } from 'amqplib';
import { CompressionTypes, Kafka, type KafkaMessage, logLevel, type Message, Partitioners } from 'kafkajs';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

const TIMEOUT_MS = 30_000;

// ── Clients ──

async function amqpChannel(broker: EmbeddedBroker) {
  const connection = await amqp.connect(broker.url('amqp'));
  const channel = await connection.createConfirmChannel();
  return { connection, channel, close: () => connection.close() };
}

function kafkaOf(broker: EmbeddedBroker): Kafka {
  const brokers = [new URL(broker.url('kafka')).host];
  return new Kafka({ clientId: 'interop', brokers, logLevel: logLevel.NOTHING });
}

async function produce(broker: EmbeddedBroker, topic: string, messages: Message[], compression?: CompressionTypes) {
  const producer = kafkaOf(broker).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages, compression: compression ?? CompressionTypes.None });
  await producer.disconnect();
}

/** The first `count` messages of a topic. */
async function consume(broker: EmbeddedBroker, topic: string, count: number): Promise<KafkaMessage[]> {
  const consumer = kafkaOf(broker).consumer({ groupId: `${topic}-readers` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const messages: KafkaMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const eachMessage = async ({ message }: { message: KafkaMessage }) => {
      messages.push(message);
      if (messages.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return messages;
}

/** An exchange that keeps what passes, as a Kafka client makes it by naming it. */
async function createTopic(broker: EmbeddedBroker, topic: string): Promise<void> {
  const admin = kafkaOf(broker).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
}

async function boundQueue(channel: Channel, name: string, pattern: string, exchange = 'orders'): Promise<void> {
  await channel.assertQueue(name, { durable: true });
  await channel.bindQueue(name, exchange, pattern);
}

/** What the queue holds, taken from it. */
async function drain(channel: Channel, queue: string): Promise<GetMessage[]> {
  const messages: GetMessage[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) return messages;
    messages.push(message);
  }
}

function texts(messages: readonly GetMessage[]): string[] {
  return messages.map(({ fields, content }) => `${fields.routingKey}:${content}`);
}

function headersOf({ headers }: KafkaMessage): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}

/** A broker whose topic `orders` feeds the queues `all` and `eu`. */
async function orders() {
  const broker = await startBroker();
  await createTopic(broker, 'orders');
  const { channel, close } = await amqpChannel(broker);
  await boundQueue(channel, 'all', '#');
  await boundQueue(channel, 'eu', 'eu.*');
  const stop = async () => {
    await close();
    await broker.stop();
  };
  return { broker, channel, [Symbol.asyncDispose]: stop };
}

const three: Message[] = [
  { key: 'eu.1', value: 'a' },
  { key: 'us.1', value: 'b' },
  { key: 'eu.2', value: 'c' },
];

describe('what Kafka producers send, AMQP queues receive', { timeout: TIMEOUT_MS }, () => {
  for (const [name, compression] of [
    ['plain', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
  ] as const) {
    test(`by kafkajs, ${name}: single messages and batches, by pattern and all of them`, async () => {
      await using scene = await orders();
      const { broker, channel } = scene;
      await produce(broker, 'orders', [{ key: 'eu.0', value: 'first' }], compression);
      await produce(broker, 'orders', three, compression);
      assert.deepEqual(texts(await drain(channel, 'all')), ['eu.0:first', 'eu.1:a', 'us.1:b', 'eu.2:c']);
      assert.deepEqual(texts(await drain(channel, 'eu')), ['eu.0:first', 'eu.1:a', 'eu.2:c']);
      assert.equal((await consume(broker, 'orders', 4)).length, 4, 'and Kafka consumers all the same');
    });
  }

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    test(`by @platformatic/kafka, ${compression}: a queue that takes every batch whole`, async () => {
      await using broker = await startBroker();
      await createTopic(broker, 'logs');
      const { channel, close } = await amqpChannel(broker);
      await boundQueue(channel, 'copy', '#', 'logs');
      const bootstrapBrokers = [new URL(broker.url('kafka')).host];
      const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ clientId: 'interop', bootstrapBrokers });
      const messages = Array.from({ length: 200 }, (_, index) => ({
        topic: 'logs',
        key: Buffer.from(`k${index}`),
        value: Buffer.from(`value ${index} `.repeat(20)),
        headers: new Map([[Buffer.from('index'), Buffer.from(String(index))]]),
      }));
      await producer.send({ messages, compression, acks: ProduceAcks.ALL });
      await producer.close();
      const got = await drain(channel, 'copy');
      assert.deepEqual(
        got.map(({ fields, content, properties }) => [
          fields.routingKey,
          String(content),
          properties.headers?.['index'],
        ]),
        messages.map(({ key, value }, index) => [String(key), String(value), String(index)]),
      );
      await close();
    });
  }

  test('key, headers, properties, time and body', async () => {
    await using scene = await orders();
    const { broker, channel } = scene;
    const body = Buffer.from([0, 1, 2, 255]);
    const headers = {
      'content-type': 'application/json',
      'correlation-id': 'c-1',
      plain: 'täxt',
      raw: Buffer.from([0xff, 0xfe]),
      several: ['x', 'y'],
    };
    await produce(broker, 'orders', [
      { key: 'eu.x', value: body, headers, timestamp: '1700000000000' },
      { key: 'eu.y', value: null },
      { value: 'no key' },
    ]);
    const [full, tombstone, keyless, ...more] = await drain(channel, 'all');
    assert.equal(more.length, 0);
    assert.deepEqual(full?.content, body);
    assert.equal(full?.fields.routingKey, 'eu.x');
    assert.equal(full?.properties.contentType, 'application/json');
    assert.equal(full?.properties.correlationId, 'c-1');
    assert.equal(full?.properties.timestamp, 1_700_000_000);
    assert.equal(full?.properties.deliveryMode, 2);
    assert.deepEqual(full?.properties.headers, {
      plain: 'täxt',
      raw: Buffer.from([0xff, 0xfe]),
      several: ['x', 'y'],
    });
    assert.deepEqual([tombstone?.content.length, tombstone?.properties.headers], [0, { tombstone: true }]);
    assert.deepEqual([keyless?.fields.routingKey, String(keyless?.content)], ['', 'no key']);
  });

  test('by headers', async () => {
    await using broker = await startBroker();
    const { channel, close } = await amqpChannel(broker);
    await channel.assertExchange('colours', 'headers', { durable: true });
    await channel.assertQueue('red');
    await channel.bindQueue('red', 'colours', '', { 'x-match': 'all', colour: 'red' });
    await createTopic(broker, 'colours');
    await produce(
      broker,
      'colours',
      ['red', 'blue', 'red'].map((colour, index) => ({ value: `${index}`, headers: { colour } })),
      CompressionTypes.GZIP,
    );
    assert.deepEqual(texts(await drain(channel, 'red')), [':0', ':2']);
    await close();
  });
});

describe('what AMQP publishers send, Kafka consumers read', { timeout: TIMEOUT_MS }, () => {
  test('with kafkajs: key, properties, headers, time and body, between messages of Kafka', async () => {
    await using scene = await orders();
    const { broker, channel } = scene;
    await produce(broker, 'orders', [{ key: 'k', value: 'before' }]);
    const body = Buffer.from([0, 1, 2, 255]);
    channel.publish('orders', 'eu.7', body, {
      contentType: 'application/json',
      messageId: 'm-1',
      correlationId: 'c-1',
      replyTo: 'r',
      type: 'order',
      appId: 'shop',
      priority: 4,
      timestamp: 1_700_000_000,
      persistent: true,
      headers: { text: 'täxt', number: 5, flag: true, several: ['x', 'y'] },
    });
    channel.publish('orders', '', Buffer.from(''), { persistent: true });
    await channel.waitForConfirms();
    await produce(broker, 'orders', [{ key: 'k', value: 'after' }], CompressionTypes.GZIP);

    const messages = await consume(broker, 'orders', 4);
    assert.deepEqual(
      messages.map(({ offset }) => offset),
      ['0', '1', '2', '3'],
    );
    const [before, full, empty, after] = messages;
    assert.deepEqual([String(before?.value), String(after?.value)], ['before', 'after']);
    assert.deepEqual([String(full?.key), full?.value, full?.timestamp], ['eu.7', body, '1700000000000']);
    const { 'header-types': types, several, ...headers } = headersOf(full as KafkaMessage);
    assert.deepEqual(headers, {
      'content-type': 'application/json',
      'message-id': 'm-1',
      'correlation-id': 'c-1',
      'reply-to': 'r',
      subject: 'order',
      'app-id': 'shop',
      priority: '4',
      text: 'täxt',
      number: '5',
      flag: 'true',
    });
    assert.equal(several, 'x,y', 'two headers, as kafkajs shows them');
    assert.deepEqual(JSON.parse(String(types)), { number: 'int8', flag: 'boolean' });
    assert.deepEqual([empty?.key, empty?.value?.length], [null, 0]);
    assert.ok(Math.abs(Number(empty?.timestamp) - Date.now()) < TIMEOUT_MS, 'the broker’s time');
  });

  test('with @platformatic/kafka: a thousand of them', async () => {
    await using scene = await orders();
    const { broker, channel } = scene;
    for (let index = 0; index < 1_000; index++) {
      channel.publish('orders', `key${index}`, Buffer.from(`body ${index}`), { headers: { index }, persistent: true });
    }
    await channel.waitForConfirms();
    const bootstrapBrokers = [new URL(broker.url('kafka')).host];
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({ clientId: 'c', groupId: 'g', bootstrapBrokers });
    const stream = await consumer.consume({ topics: ['orders'], mode: MessagesStreamModes.EARLIEST });
    let next = 0;
    for await (const { offset, key, value, headers } of stream) {
      assert.deepEqual([Number(offset), String(key), String(value)], [next, `key${next}`, `body ${next}`]);
      const index = [...headers].find(([name]) => String(name) === 'index');
      assert.equal(String(index?.[1]), String(next));
      if (++next === 1_000) break;
    }
    await consumer.close(true);
  });

  test('and what a Kafka client passes on, AMQP gets as it was', async () => {
    await using scene = await orders();
    const { broker, channel } = scene;
    await createTopic(broker, 'forwarded');
    await boundQueue(channel, 'end', '#', 'forwarded');
    const headers = {
      text: 'täxt',
      number: 70_000,
      half: 0.5,
      flag: false,
      raw: Buffer.from([0xff]),
      list: ['x', 'y'],
      table: { inner: 'x', count: 3 },
    };
    const properties = { contentType: 'text/plain', messageId: 'm', type: 't', priority: 9, timestamp: 1_700_000_000 };
    channel.publish('orders', 'k.1', Buffer.from('body'), { ...properties, headers, persistent: true });
    await channel.waitForConfirms();
    const [message] = await consume(broker, 'orders', 1);
    await produce(broker, 'forwarded', [message as Message], CompressionTypes.GZIP);
    const [end] = await drain(channel, 'end');
    assert.deepEqual([end?.fields.routingKey, String(end?.content)], ['k.1', 'body']);
    const { contentType, messageId, type, priority, timestamp } = end?.properties ?? {};
    assert.deepEqual({ contentType, messageId, type, priority, timestamp }, properties);
    assert.deepEqual(end?.properties.headers, headers);
  });
});

describe('messages of a batch are settled one by one', { timeout: TIMEOUT_MS }, () => {
  test('acknowledged, refused, given back to their places', async () => {
    await using scene = await orders();
    const { broker, channel } = scene;
    const messages = Array.from({ length: 6 }, (_, index) => ({ key: 'eu.1', value: `${index}` }));
    await produce(broker, 'orders', messages, CompressionTypes.GZIP);
    for (const queue of ['all', 'eu']) {
      const got: GetMessage[] = [];
      for (let index = 0; index < 6; index++) got.push((await channel.get(queue)) as GetMessage);
      const [first, second, third, fourth, fifth, sixth] = got as [GetMessage, ...GetMessage[]];
      channel.nack(fifth as GetMessage, false, true);
      channel.ack(first);
      channel.nack(second as GetMessage, false, false);
      channel.nack(third as GetMessage, false, true);
      channel.ack(sixth as GetMessage);
      channel.reject(fourth as GetMessage, true);
      await broker.idle();
      const rest = await drain(channel, queue);
      assert.deepEqual(
        rest.map(({ content, fields }) => `${content}${fields.redelivered ? '!' : ''}`),
        ['2!', '3!', '4!'],
        queue,
      );
    }
  });

  test('a consumer with a prefetch of one gets them in order, one after the other', async () => {
    await using scene = await orders();
    const { broker, channel } = scene;
    const messages = Array.from({ length: 50 }, (_, index) => ({ key: 'eu.1', value: `${index}` }));
    await produce(broker, 'orders', messages, CompressionTypes.GZIP);
    await channel.prefetch(1);
    const got: string[] = [];
    await new Promise<void>((resolve) => {
      void channel.consume('all', (message) => {
        if (message === null) return;
        got.push(String(message.content));
        channel.ack(message);
        if (got.length === 50) resolve();
      });
    });
    assert.deepEqual(
      got,
      messages.map(({ value }) => value),
    );
  });

  test('what was acknowledged stays so after a restart, and the rest of the batch comes again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-interop-'));
    try {
      {
        await using broker = await startBroker({ storage: { folder } });
        await createTopic(broker, 'orders');
        const { connection, channel } = await amqpChannel(broker);
        await boundQueue(channel, 'all', '#');
        await boundQueue(channel, 'eu', 'eu.*');
        await produce(broker, 'orders', three, CompressionTypes.GZIP);
        channel.publish('orders', 'amqp', Buffer.from('d'), { persistent: true });
        await channel.waitForConfirms();
        channel.ack((await channel.get('all')) as GetMessage);
        const second = (await channel.get('all')) as GetMessage;
        channel.ack((await channel.get('all')) as GetMessage);
        channel.nack(second, false, true);
        channel.ack((await channel.get('eu')) as GetMessage);
        await broker.idle();
        const closed = once(connection, 'close');
        await broker.stop();
        await closed;
      }
      await using broker = await startBroker({ storage: { folder } });
      const { channel, close } = await amqpChannel(broker);
      const rest = await drain(channel, 'all');
      assert.deepEqual(texts(rest), ['us.1:b', 'amqp:d']);
      assert.deepEqual(
        rest.map(({ fields }) => fields.redelivered),
        [true, false],
      );
      assert.deepEqual(texts(await drain(channel, 'eu')), ['eu.2:c']);
      const values = (await consume(broker, 'orders', 4)).map(({ value }) => String(value));
      assert.deepEqual(values, ['a', 'b', 'c', 'd']);
      await close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
