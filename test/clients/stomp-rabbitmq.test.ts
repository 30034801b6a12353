/**
 * STOMP as RabbitMQ speaks it, by stompjs: `stompDialect: 'rabbitmq'`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import amqp from 'amqplib';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { connect } from './stomp-kit.ts';

let broker: EmbeddedBroker;

before(async () => {
  broker = await startBroker({ stompDialect: 'rabbitmq' });
});

after(() => broker.stop());

describe('RabbitMQ conventions', () => {
  test('a refused message comes again, unless it is not to', async () => {
    const client = await connect(broker);
    const inbox = client.subscribe('/queue/again', { ack: 'client-individual' });
    await client.send('/queue/again', 'x');
    (await inbox.next()).nack();
    const again = await inbox.next();
    assert.equal(again.headers.redelivered, 'true');
    again.nack({ requeue: 'false' });
    await client.send('/queue/again', 'y');
    assert.equal((await inbox.next()).body, 'y');
    await client.end();
  });

  test('exchanges and their keys', async () => {
    const connection = await amqp.connect(broker.url('amqp'));
    const channel = await connection.createChannel();
    await channel.assertExchange('logs', 'topic');
    const client = await connect(broker);
    const inbox = client.subscribe('/exchange/logs/*.error');
    await client.send('/queue/barrier', '');
    await client.send('/exchange/logs/db.info', 'not for us');
    await client.send('/exchange/logs/db.error', 'by stomp');
    channel.publish('logs', 'web.error', Buffer.from('by amqp'));
    const first = await inbox.next();
    assert.deepEqual([first.body, first.headers.destination], ['by stomp', '/exchange/logs/db.error']);
    assert.equal((await inbox.next()).body, 'by amqp');
    await client.end();
    await connection.close();
  });

  test('an exchange that is not there is refused', async () => {
    const client = await connect(broker);
    const refused = client.error();
    client.client.publish({ destination: '/exchange/missing/key', body: '' });
    assert.match((await refused).headers.message as string, /missing/);
    await client.end();
  });

  test('topics are keys of amq.topic', async () => {
    const client = await connect(broker);
    const inbox = client.subscribe('/topic/prices.#');
    await client.send('/topic/prices.eu.gold', '1');
    const message = await inbox.next();
    assert.deepEqual([message.body, message.headers.destination], ['1', '/topic/prices.eu.gold']);
    await client.end();
  });

  test('a durable subscription of a topic keeps what came meanwhile', async () => {
    const headers = { id: 'mine', durable: 'true', 'auto-delete': 'false' };
    const first = await connect(broker);
    first.subscribe('/topic/kept', headers);
    await first.send('/queue/barrier', '');
    await first.end();
    const second = await connect(broker);
    await second.send('/topic/kept', 'meanwhile');
    assert.equal((await second.subscribe('/topic/kept', headers).next()).body, 'meanwhile');
    await second.end();
  });

  test('a queue whose name has a slash', async () => {
    const connection = await amqp.connect(broker.url('amqp'));
    const channel = await connection.createChannel();
    await channel.assertQueue('a/b');
    const client = await connect(broker);
    await client.send('/amq/queue/a%2Fb', 'x');
    const got = await channel.get('a/b', { noAck: true });
    assert.equal(got ? got.content.toString() : '', 'x');
    await client.end();
    await connection.close();
  });

  test('replies come to the queue that was named in reply-to', async () => {
    const asking = await connect(broker);
    const answering = await connect(broker);
    const requests = answering.subscribe('/queue/service');
    const reply = new Promise<string>((resolve) => {
      asking.client.onUnhandledMessage = (message) => resolve(`${message.headers.subscription} ${message.body}`);
    });
    await asking.send('/queue/service', 'question', { 'reply-to': '/temp-queue/mine' });
    await answering.send((await requests.next()).headers['reply-to'] as string, 'answer');
    assert.equal(await reply, '/temp-queue/mine answer');
    await asking.end();
    await answering.end();
  });

  test('prefetch-count bounds what is on its way', async () => {
    const client = await connect(broker);
    const inbox = client.subscribe('/queue/few', { ack: 'client-individual', 'prefetch-count': '2' });
    for (const body of ['1', '2', '3']) await client.send('/queue/few', body);
    const first = await inbox.next();
    await inbox.next();
    await broker.idle();
    assert.equal(inbox.all.length, 2);
    first.ack();
    assert.equal((await inbox.next()).body, '3');
    await client.end();
  });
});
