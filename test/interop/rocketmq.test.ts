/**
 * RocketMQ clients (gRPC) that talk to AMQP and Kafka clients: real clients, real sockets. One name, `orders`, is a
 * topic to two of them and an exchange to the third.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import amqp, { type GetMessage } from 'amqplib';
import { Kafka, type KafkaMessage, logLevel, Partitioners } from 'kafkajs';
import type { MessageView, SimpleConsumer } from 'rocketmq-client-nodejs';
import type { EmbeddedBroker } from '../../src/index.ts';
import { Scene } from '../session/rocketmq/grpc/kit.ts';

const TIMEOUT_MS = 30_000;
const INVISIBLE_MS = 15_000;
const BYTES = Buffer.from([0, 255, 1, 254, 10, 13]);

async function receive(consumer: SimpleConsumer, count: number): Promise<MessageView[]> {
  const messages: MessageView[] = [];
  while (messages.length < count) {
    for (const message of await consumer.receive(16, INVISIBLE_MS)) {
      messages.push(message);
      await consumer.ack(message);
    }
  }
  return messages;
}

async function amqpChannel(scene: Scene) {
  const connection = await amqp.connect(scene.broker.url('amqp'));
  scene.atEnd(() => connection.close());
  return connection.createConfirmChannel();
}

function kafkaOf(broker: EmbeddedBroker): Kafka {
  return new Kafka({ clientId: 'interop', brokers: [new URL(broker.url('kafka')).host], logLevel: logLevel.NOTHING });
}

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

const textOf = (headers: KafkaMessage['headers'], name: string): string => String(headers?.[name]);

describe('one name, three protocols', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('what a RocketMQ producer sends, AMQP queues and Kafka consumers receive', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('orders', 'NORMAL');
    const channel = await amqpChannel(scene);
    for (const [queue, pattern] of [
      ['all', '#'],
      ['eu', 'eu.*'],
    ] as const) {
      await channel.assertQueue(queue);
      await channel.bindQueue(queue, 'orders', pattern);
    }
    const producer = await scene.producer('orders');
    const properties = new Map([
      ['Größe', 'groß 世界'],
      ['n', '7'],
    ]);
    const { messageId } = await producer.send({
      topic: 'orders',
      body: BYTES,
      tag: 'paid',
      keys: ['eu.1'],
      properties,
    });
    await producer.send({ topic: 'orders', body: Buffer.from('plain'), keys: ['us.1'] });

    const taken: GetMessage[] = [];
    for (const queue of ['all', 'all', 'eu']) {
      const message = await channel.get(queue, { noAck: true });
      assert.ok(message !== false, queue);
      taken.push(message);
    }
    assert.equal(await channel.get('eu'), false);
    const [first, second, matching] = taken as [GetMessage, GetMessage, GetMessage];
    for (const { content, fields, properties: found } of [first, matching]) {
      assert.deepEqual(content, BYTES);
      assert.deepEqual([fields.exchange, fields.routingKey], ['orders', 'eu.1']);
      const { TAGS, KEYS, Größe, n } = found.headers ?? {};
      assert.deepEqual([TAGS, KEYS, Größe, n, found.messageId], ['paid', 'eu.1', 'groß 世界', '7', messageId]);
    }
    assert.deepEqual([second.content.toString(), second.fields.routingKey], ['plain', 'us.1']);

    const [one, two] = (await consume(scene.broker, 'orders', 2)) as [KafkaMessage, KafkaMessage];
    assert.deepEqual([one.key?.toString(), one.value, textOf(one.headers, 'TAGS')], ['eu.1', BYTES, 'paid']);
    assert.equal(textOf(one.headers, 'Größe'), 'groß 世界');
    assert.deepEqual([two.key?.toString(), two.value?.toString()], ['us.1', 'plain']);
  });

  test('what AMQP publishers and Kafka producers send, a RocketMQ consumer receives', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('orders', 'NORMAL');
    const consumer = await scene.simple('readers', 'orders');
    const channel = await amqpChannel(scene);
    channel.publish('orders', 'eu.1', BYTES, { persistent: true, messageId: 'm-1', headers: { TAGS: 'paid', n: 7 } });
    await channel.waitForConfirms();
    const [fromAmqp] = (await receive(consumer, 1)) as [MessageView];
    assert.deepEqual([fromAmqp.body, fromAmqp.keys, fromAmqp.tag], [BYTES, ['eu.1'], 'paid']);
    assert.deepEqual([fromAmqp.messageId, fromAmqp.properties.get('n')], ['m-1', '7']);

    const producer = kafkaOf(scene.broker).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    // The broker's time is the test's.
    const timestamp = String(scene.clock.now);
    const messages = ['a', 'b', 'c'].map((value) => ({
      key: `k-${value}`,
      value,
      timestamp,
      headers: { Größe: 'groß' },
    }));
    await producer.send({ topic: 'orders', messages });
    await producer.disconnect();
    const fromKafka = await receive(consumer, 3);
    const seen = fromKafka.map(({ body, keys, properties }) => [body.toString(), keys, properties.get('Größe')]);
    assert.deepEqual(seen, [
      ['a', ['k-a'], 'groß'],
      ['b', ['k-b'], 'groß'],
      ['c', ['k-c'], 'groß'],
    ]);
  });

  test('a committed transaction reaches the queues that are bound, a half message does not', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('orders', 'TRANSACTION');
    const channel = await amqpChannel(scene);
    await channel.assertQueue('all');
    await channel.bindQueue('all', 'orders', '#');
    const producer = await scene.transactor('orders', async () => 0);
    const [kept, dropped] = [producer.beginTransaction(), producer.beginTransaction()];
    await producer.send({ topic: 'orders', body: Buffer.from('dropped') }, dropped);
    await producer.send({ topic: 'orders', body: Buffer.from('kept') }, kept);
    assert.equal(await channel.get('all'), false);
    await dropped.rollback();
    await kept.commit();
    const message = await channel.get('all', { noAck: true });
    assert.ok(message !== false);
    assert.equal(message.content.toString(), 'kept');
    assert.equal(await channel.get('all'), false);
  });
});
