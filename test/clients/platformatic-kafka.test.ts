/**
 * @platformatic/kafka, unmodified: the client with the newest versions of the protocol, topic ids and fetch sessions.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Admin,
  Consumer,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

const DEADLINE = { timeout: 30_000 };

function common(broker: EmbeddedBroker) {
  return { clientId: 'test', bootstrapBrokers: [broker.url('kafka').replace('kafka://', '')] };
}

async function send(broker: EmbeddedBroker, texts: readonly string[], compression: 'none' | 'gzip' | 'zstd' = 'none') {
  const producer = new Producer({
    ...common(broker),
    serializers: stringSerializers,
    autocreateTopics: true,
    idempotent: true,
    acks: ProduceAcks.ALL,
  });
  const messages = texts.map((value, index) => ({
    topic: 'orders',
    key: `k${index}`,
    value,
    headers: { n: `${index}` },
  }));
  const sent = await producer.send({ messages, compression });
  await producer.close();
  return sent;
}

async function receive(broker: EmbeddedBroker, groupId: string, count: number): Promise<string[]> {
  const consumer = new Consumer({ ...common(broker), groupId, deserializers: stringDeserializers });
  const stream = await consumer.consume({
    topics: ['orders'],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: 'earliest',
    autocommit: false,
    maxWaitTime: 100,
  });
  const texts: string[] = [];
  for await (const message of stream) {
    texts.push(`${message.offset}:${message.key}=${message.value} ${[...message.headers].flat().join('=')}`);
    await message.commit();
    if (texts.length === count) break;
  }
  await stream.close();
  await consumer.close(true);
  return texts;
}

test('what is produced is consumed, compressed or not, and a group goes on where it committed', DEADLINE, async () => {
  await using broker = await startBroker();
  const sent = await send(broker, ['one', 'two']);
  assert.deepEqual(
    sent.offsets?.map(({ offset }) => offset),
    [0n],
  );
  await send(broker, ['three'], 'gzip');
  assert.deepEqual(await receive(broker, 'g', 3), ['0:k0=one n=0', '1:k1=two n=1', '2:k0=three n=0']);
  await send(broker, ['four'], 'zstd');
  assert.deepEqual(await receive(broker, 'g', 1), ['3:k0=four n=0']);
  assert.equal((await receive(broker, 'other', 4)).length, 4);
});

test('the admin client', DEADLINE, async () => {
  await using broker = await startBroker();
  const admin = new Admin(common(broker));
  const [created] = await admin.createTopics({ topics: ['orders'], partitions: 3, replicas: 1 });
  assert.equal(created?.partitions, 3);
  assert.deepEqual(await admin.listTopics(), ['orders']);
  await admin.deleteTopics({ topics: ['orders'] });
  assert.deepEqual(await admin.listTopics(), []);
  await admin.close();
});
