/**
 * The broker inside a program: `startBroker` with an unmodified client.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConsumeMessage, connect } from 'amqplib';
import { ManualClock, startBroker } from '../../src/index.ts';

test('publish, confirm, consume, acknowledge', async () => {
  await using broker = await startBroker({ storage: 'memory' });
  const client = await connect(broker.url('amqp'));
  const channel = await client.createConfirmChannel();
  await channel.assertExchange('orders', 'topic');
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'orders', 'eu.#');
  const bodies: string[] = [];
  const received = new Promise<void>((resolve) => {
    void channel.consume(queue, (message: ConsumeMessage | null) => {
      assert.ok(message !== null);
      bodies.push(message.content.toString());
      channel.ack(message);
      if (bodies.length === 100) resolve();
    });
  });
  for (let number = 0; number < 100; number++) channel.publish('orders', `eu.${number}`, Buffer.from(`${number}`));
  channel.publish('orders', 'us.1', Buffer.from('not bound'));
  await channel.waitForConfirms();
  await received;
  assert.deepEqual(
    bodies,
    Array.from({ length: 100 }, (_, number) => `${number}`),
  );
  await broker.idle();
  await client.close();
});

test('several brokers in one process know nothing of each other', async () => {
  await using one = await startBroker();
  await using two = await startBroker();
  assert.notEqual(one.url('amqp'), two.url('amqp'));
  const client = await connect(one.url('amqp'));
  await (await client.createChannel()).assertQueue('mine');
  const other = await connect(two.url('amqp'));
  const channel = await other.createChannel();
  channel.on('error', () => {});
  await assert.rejects(channel.checkQueue('mine'), /404/);
  await client.close();
  await other.close();
});

test('a folder keeps what was confirmed, and is locked while in use', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-embedded-'));
  try {
    const broker = await startBroker({ storage: { folder } });
    await assert.rejects(startBroker({ storage: { folder } }), /in use/);
    const client = await connect(broker.url('amqp'));
    const channel = await client.createConfirmChannel();
    await channel.assertQueue('kept');
    channel.sendToQueue('kept', Buffer.from('me'), { persistent: true });
    await channel.waitForConfirms();
    await client.close();
    await broker.stop();

    await using again = await startBroker({ storage: { folder } });
    const reader = await connect(again.url('amqp'));
    const message = await (await reader.createChannel()).get('kept', { noAck: true });
    assert.ok(message !== false && message.content.toString() === 'me');
    await reader.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a test is in charge of time: a message expires when the clock says so', async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock });
  const client = await connect(broker.url('amqp'));
  const channel = await client.createConfirmChannel();
  await channel.assertQueue('short');
  channel.sendToQueue('short', Buffer.from('soon gone'), { expiration: 30_000 });
  channel.sendToQueue('short', Buffer.from('stays'));
  await channel.waitForConfirms();
  clock.advance(29_999);
  const first = await channel.get('short');
  assert.ok(first !== false && first.content.toString() === 'soon gone');
  channel.nack(first);
  await broker.idle();
  clock.advance(1);
  await broker.idle();
  const second = await channel.get('short', { noAck: true });
  assert.ok(second !== false && second.content.toString() === 'stays');
  await client.close();
});

test('what is refused rejects, and leaves nothing behind', async () => {
  await using broker = await startBroker();
  const taken = Number(new URL(broker.url('amqp')).port);
  await assert.rejects(startBroker({ ports: { amqp: taken } }), /cannot listen for amqp .*in use/);
  await assert.rejects(startBroker({ host: '0.0.0.0' }), /configure users/);
  await using partly = await startBroker({ ports: { http: null } });
  assert.throws(() => partly.url('http'), /no http listener/);
});

test('clients that are connected, silent or half way through are let go at stop', async () => {
  const broker = await startBroker();
  const port = Number(new URL(broker.url('amqp')).port);
  const silent = connectSocket(port, '127.0.0.1');
  await once(silent, 'connect');
  const started = connectSocket(port, '127.0.0.1');
  started.write('AMQP\0\0\x09\x01');
  await once(started, 'data');
  const client = await connect(broker.url('amqp'));
  client.on('error', () => {});
  const ends = [once(silent, 'close'), once(started, 'close'), once(client, 'close')];
  silent.resume();
  started.resume();
  await broker.stop();
  await Promise.all(ends);
  await broker.stop();
});
