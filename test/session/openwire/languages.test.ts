/**
 * OpenWire beside AMQP and Kafka: one queue, one topic, several languages.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import amqp from 'amqplib';
import { Kafka, logLevel } from 'kafkajs';
import { type EmbeddedBroker, startBroker } from '../../../src/index.ts';
import { OpenWireClient, properties, queue, textOf, topic } from '../../openwire-client.ts';

let broker: EmbeddedBroker;
let port: number;

before(async () => {
  broker = await startBroker();
  port = Number(new URL(broker.url('openwire').replace('openwire:', 'http:')).port);
});

after(() => broker.stop());

const open = () => new OpenWireClient(port).open();

describe('other languages', () => {
  test('AMQP: a queue, both ways', async () => {
    const connection = await amqp.connect(broker.url('amqp'));
    const channel = await connection.createChannel();
    const client = await open();
    const inbox = await client.consume(queue('shared'));
    const headers = { tenant: 'x', count: 5, flag: true };
    channel.sendToQueue('shared', Buffer.from('by amqp'), { contentType: 'text/plain', correlationId: 'c', headers });
    const { message } = await inbox.next();
    assert.deepEqual([message?.type, textOf(message), message?.correlationId], ['TextMessage', 'by amqp', 'c']);
    channel.sendToQueue('shared', Buffer.from([0, 1, 255]));
    const bytes = (await inbox.next()).message;
    assert.equal(bytes?.type, 'BytesMessage');
    assert.deepEqual([...(bytes?.content ?? [])], [0, 1, 255]);
    const marshalledProperties = properties({ n: { type: 'int32', value: 7, scale: 0 }, s: 'text', b: true });
    await client.call(
      client.message(queue('other'), 'by jms', { marshalledProperties, correlationId: 'd', messageType: 'kind' }),
    );
    const got = await channel.get('other', { noAck: true });
    assert.ok(got);
    assert.equal(got.content.toString(), 'by jms');
    assert.deepEqual({ ...got.properties.headers }, { n: 7, s: 'text', b: true });
    assert.deepEqual([got.properties.correlationId, got.properties.type], ['d', 'kind']);
    client.close();
    await connection.close();
  });

  test('Kafka: a topic, both ways', async () => {
    const brokers = [broker.url('kafka').replace('kafka://', '')];
    const kafka = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'both', numPartitions: 1 }] });
    const client = await open();
    const inbox = await client.consume(topic('both'));
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'both', messages: [{ key: 'k', value: 'by kafka', headers: { h: 'v' } }] });
    const { message } = await inbox.next();
    assert.equal(Buffer.from(message?.content ?? []).toString(), 'by kafka');
    await client.call(client.message(topic('both'), 'by jms', { marshalledProperties: properties({ h: 'w' }) }));
    const consumer = kafka.consumer({ groupId: 'g' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'both', fromBeginning: true });
    const got = await new Promise<string[]>((resolve, reject) => {
      const values: string[] = [];
      consumer
        .run({
          eachMessage: async ({ message: record }) => {
            values.push(`${record.value} ${record.headers?.['h']}`);
            if (values.length === 2) resolve(values);
          },
        })
        .catch(reject);
    });
    assert.deepEqual(got, ['by kafka v', 'by jms w']);
    await consumer.disconnect();
    await producer.disconnect();
    await admin.disconnect();
    client.close();
  });
});
