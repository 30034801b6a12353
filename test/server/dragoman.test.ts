/**
 * A broker whose store fails: everybody is cut off at once, nothing further is confirmed, and it says so. The engine
 * is real; the fault is reported to the journal as an engine would report it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'amqplib';
import { ManualClock } from '../../src/server/clock.ts';
import { Dragoman } from '../../src/server/dragoman.ts';
import { Log } from '../../src/server/log.ts';
import type { Storage } from '../../src/server/storage.ts';
import { AMQP091_FORMAT } from '../../src/session/amqp091/publication.ts';

function open(storage: Storage = 'memory'): Promise<Dragoman> {
  return Dragoman.open({
    storage,
    durability: 'fsync',
    host: '127.0.0.1',
    advertise: 'broker.example',
    ports: {
      amqp: 0,
      kafka: 0,
      rocketmq: 0,
      'rocketmq-namesrv': 0,
      'rocketmq-grpc': 0,
      openwire: 0,
      stomp: 0,
      ws: 0,
      zmq: 0,
      http: 0,
    },
    kafkaPartitions: 1,
    rocketmqAutoCreate: true,
    stompDialect: 'activemq',
    prioritizedQueues: [],
    zmqEndpoints: [],
    checks: {},
    users: [],
    clock: new ManualClock(),
    log: new Log('silent'),
  });
}

test('after a failed write nothing is confirmed any more', async () => {
  const dragoman = await open();
  const client = await connect(`amqp://127.0.0.1:${dragoman.addresses.get('amqp')?.port}`);
  client.on('error', () => {});
  const channel = await client.createConfirmChannel();
  channel.on('error', () => {});
  await channel.assertQueue('q');
  const confirmed: unknown[] = [];
  const told = once(dragoman, 'failed');
  // Not `once`: it rejects at the 'error' that comes before.
  const closed = new Promise((resolve) => client.on('close', resolve));
  // In the turn after the publish arrived, the disk fails.
  const { journal } = dragoman.opened;
  const append = journal.append.bind(journal);
  journal.append = (set, message) => {
    append(set, message);
    journal.fail({ kind: 'failed', message: 'EIO' });
  };
  channel.sendToQueue('q', Buffer.from('x'), {}, (error) => confirmed.push(error));
  const [error] = await told;
  await closed;
  assert.match(String(error), /storage failed, nothing more is confirmed: EIO/);
  assert.ok(confirmed.every((outcome) => outcome instanceof Error));
  await assert.rejects(dragoman.idle(), /storage failed/);
  await assert.rejects(dragoman.stop(), /storage failed/);
});

test('an exception in a turn is a failure too', async () => {
  const dragoman = await open();
  const told = once(dragoman, 'failed');
  dragoman.broker.schedule.at(0, {
    due() {
      throw new Error('an invariant');
    },
  });
  dragoman.broker.wake();
  const [error] = await told;
  assert.match(String(error), /the broker is broken/);
  assert.match(String(error.cause), /an invariant/);
  await assert.rejects(dragoman.stop());
});

test('clients are told the advertised host', async () => {
  const dragoman = await open();
  assert.match(dragoman.url('amqp'), /^amqp:\/\/broker\.example:\d+$/);
  await dragoman.stop();
});

test('what is in the folder can be read from the first turn on, without a client of its protocol', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-server-'));
  try {
    await (await open({ folder })).stop();
    const again = await open({ folder });
    assert.notEqual(again.broker.formats.get(AMQP091_FORMAT), undefined);
    await again.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
