/**
 * Transactions with check-back: kept by the broker over RocketMQ, by an outbox of SQLite over everything else.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { type CheckedMessage, connect, type Producer, sqliteStore, topic } from '../../../src/client/index.ts';
import { startBroker } from '../../../src/index.ts';

interface Order {
  readonly id: number;
}

const Orders = topic<Order>('orders', { key: ({ id }) => String(id) });
/** So soon that a test does not wait. */
const SOON = { immunity: 20, interval: 50, checksMax: 3 } as const;

async function folderOf(context: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-outbox-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What arrives at a group, one by one. */
class Arrivals {
  readonly ids: number[] = [];
  #told: () => void = () => {};

  put({ id }: Order): void {
    this.ids.push(id);
    this.#told();
  }

  async count(count: number): Promise<number[]> {
    while (this.ids.length < count) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    return this.ids;
  }
}

/** Sent, and forgotten. */
async function nothingHeld(producer: Producer): Promise<void> {
  while ((await producer.held()).length > 0) await new Promise((resolve) => setImmediate(resolve));
}

const neverAsked = (): never => assert.fail('it was asked');

describe('an outbox over AMQP', { timeout: 60_000 }, () => {
  test('what the local transaction commits is sent, what it throws is not', async (context) => {
    const folder = await folderOf(context);
    await using broker = await startBroker();
    await using mq = await connect(broker.url('amqp') as 'amqp://', { group: 'readers' });
    await using outbox = await sqliteStore(join(folder, 'outbox.db'));
    const arrivals = new Arrivals();
    await mq.listen(Orders, {}, (order) => arrivals.put(order));
    await using producer = await mq.producer({ group: 'orders', check: neverAsked, outbox });
    const answer = await producer.send(Orders, { id: 1 }, { local: async (message) => `done ${message.id !== ''}` });
    assert.equal(answer, 'done true');
    await assert.rejects(
      producer.send(Orders, { id: 2 }, { local: () => Promise.reject(new Error('sold out')) }),
      /sold out/,
    );
    await producer.send(Orders, { id: 3 });
    assert.deepEqual(await arrivals.count(2), [1, 3]);
    await nothingHeld(producer);
  });

  test('message and local transaction are one with `within`', async (context) => {
    const folder = await folderOf(context);
    const database = new DatabaseSync(join(folder, 'orders.db'));
    context.after(() => database.close());
    database.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY)');
    await using broker = await startBroker();
    await using mq = await connect(broker.url('amqp') as 'amqp://', { group: 'readers' });
    await using outbox = await sqliteStore(database);
    const arrivals = new Arrivals();
    await mq.listen(Orders, {}, (order) => arrivals.put(order));
    await using producer = await mq.producer<DatabaseSync>({ group: 'orders', check: neverAsked, outbox });
    const insert = (id: number) => (handle: DatabaseSync) => {
      handle.prepare('INSERT INTO orders VALUES (?)').run(id);
    };
    await producer.send(Orders, { id: 1 }, { within: insert(1) });
    // The key is taken: neither the row nor the message.
    await assert.rejects(producer.send(Orders, { id: 1 }, { within: insert(1) }));
    await producer.send(Orders, { id: 2 }, { within: insert(2) });
    assert.deepEqual(await arrivals.count(2), [1, 2]);
    const { rows } = database.prepare('SELECT count(*) AS rows FROM orders').get() as { rows: number };
    assert.equal(rows, 2);
  });

  test('who was gone in the middle is asked, and once is enough', async (context) => {
    const folder = await folderOf(context);
    const file = join(folder, 'outbox.db');
    await using broker = await startBroker();
    const first = await connect(broker.url('amqp') as 'amqp://');
    const before = await sqliteStore(file);
    const lost = await first.producer({ group: 'orders', check: () => 'unknown', outbox: before, ...SOON });
    const hang = Promise.withResolvers<void>();
    const hanging = lost.send(Orders, { id: 7 }, { local: () => hang.promise });
    hanging.catch(() => {});
    while ((await lost.held()).length === 0) await new Promise((resolve) => setImmediate(resolve));

    // Another process with the same store: the first one never says what became of it.
    await using mq = await connect(broker.url('amqp') as 'amqp://', { group: 'readers' });
    await using outbox = await sqliteStore(file);
    const arrivals = new Arrivals();
    const asked: string[] = [];
    await mq.listen(Orders, {}, (order) => arrivals.put(order));
    const check = async (message: CheckedMessage) => {
      asked.push(JSON.stringify(await message.as(Orders)));
      return asked.length === 1 ? 'unknown' : 'commit';
    };
    await using producer = await mq.producer({ group: 'orders', check, outbox, ...SOON });
    assert.deepEqual(await arrivals.count(1), [7]);
    assert.deepEqual(asked, ['{"id":7}', '{"id":7}']);
    await nothingHeld(producer);
    // It comes back, and is too late.
    hang.reject(new Error('too late'));
    await assert.rejects(hanging);
    await first.close();
    await before.close();
  });

  test('what was committed while the broker was away is sent when it is back', async (context) => {
    const folder = await folderOf(context);
    const storage = { folder: join(folder, 'data') };
    const broker = await startBroker({ storage });
    const port = Number(new URL(broker.url('amqp')).port);
    const mq = await connect(broker.url('amqp') as 'amqp://', { onConnection: () => {} });
    context.after(() => mq.close());
    const outbox = await sqliteStore(join(folder, 'outbox.db'));
    context.after(() => outbox.close());
    const producer = await mq.producer({ group: 'orders', check: neverAsked, outbox, onError: () => {} });
    await producer.send(Orders, { id: 1 });
    await broker.stop();
    await producer.send(Orders, { id: 2 });
    await using again = await startBroker({ storage, ports: { amqp: port } });
    await using reader = await connect(again.url('amqp') as 'amqp://', { group: 'readers' });
    const arrivals = new Arrivals();
    await reader.listen(Orders, {}, (order) => arrivals.put(order));
    await producer.send(Orders, { id: 3 });
    const ids = await arrivals.count(1);
    while (!ids.includes(3)) await arrivals.count(ids.length + 1);
    assert.ok(ids.indexOf(2) < ids.indexOf(3), `in their order: ${ids}`);
  });
});

describe('transactions of the broker, over RocketMQ', { timeout: 60_000 }, () => {
  test('committed and rolled back', async () => {
    await using broker = await startBroker();
    await using mq = await connect(broker.url('rocketmq-grpc').replace(/^[\w-]+:/, 'rocketmq:') as 'rocketmq://', {
      group: 'readers',
    });
    const arrivals = new Arrivals();
    await mq.listen(Orders, {}, (order) => arrivals.put(order));
    await using producer = await mq.producer({ group: 'orders', check: neverAsked, topics: [Orders] });
    await producer.send(Orders, { id: 1 }, { local: () => {} });
    await assert.rejects(producer.send(Orders, { id: 2 }, { local: () => Promise.reject(new Error('no')) }), /no/);
    await producer.send(Orders, { id: 3 }, { local: () => {} });
    assert.deepEqual((await arrivals.count(2)).toSorted(), [1, 3]);
  });
});
