/**
 * Majordomo on the default ROUTER: clients and workers are libzmq's sockets, and either side may be AMQP instead.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import amqp from 'amqplib';
import * as zmq from 'zeromq';
import { type EmbeddedBroker, ManualClock, startBroker } from '../../../src/index.ts';
import { WORKER_HEARTBEAT_MS } from '../../../src/session/zmtp/majordomo/worker.ts';

const READY = Buffer.of(1);
const REQUEST = Buffer.of(2);
/** Of a worker. */
const FINAL = { MDPW01: Buffer.of(3), MDPW02: Buffer.of(4) } as const;
const HEARTBEAT = { MDPW01: Buffer.of(4), MDPW02: Buffer.of(5) } as const;
const PARTIAL = Buffer.of(3);

type Version = 'MDPW01' | 'MDPW02';

/** Opened for one test and closed in the order that matters. */
class Scene {
  readonly #closing: (() => unknown)[] = [];

  constructor(context: TestContext) {
    context.after(async () => {
      for (const close of this.#closing.reverse()) await close();
    });
  }

  async broker(options: Parameters<typeof startBroker>[0] = {}): Promise<EmbeddedBroker> {
    const broker = await startBroker(options);
    this.#closing.push(() => broker.stop());
    return broker;
  }

  join<S extends zmq.Request | zmq.Dealer>(broker: EmbeddedBroker, socket: S): S {
    socket.linger = 0;
    socket.connect(broker.url('zmq'));
    this.#closing.push(() => socket.close());
    return socket;
  }

  async worker(broker: EmbeddedBroker, service: string, version: Version = 'MDPW01'): Promise<Worker> {
    const worker = new Worker(this.join(broker, new zmq.Dealer()), version);
    await worker.say(READY, service);
    return worker;
  }

  async amqp(broker: EmbeddedBroker): Promise<amqp.ConfirmChannel> {
    const client = await amqp.connect(broker.url('amqp'));
    this.#closing.push(() => client.close());
    return client.createConfirmChannel();
  }
}

class Worker {
  readonly socket: zmq.Dealer;
  readonly #version: Version;

  constructor(socket: zmq.Dealer, version: Version) {
    this.socket = socket;
    this.#version = version;
  }

  say(...frames: (Buffer | string)[]): Promise<void> {
    return this.socket.send([...(this.#version === 'MDPW01' ? [''] : []), this.#version, ...frames]);
  }

  /** The next command, without what every one begins with. Heartbeats are passed over, as workers do. */
  async next(): Promise<Buffer[]> {
    for (;;) {
      const frames = await this.socket.receive();
      const start = this.#version === 'MDPW01' ? 1 : 0;
      assert.equal(frames[start]?.toString(), this.#version);
      const command = frames.slice(start + 1);
      if (!command[0]?.equals(HEARTBEAT[this.#version])) return command;
    }
  }

  async request(): Promise<{ address: Buffer; body: string[] }> {
    const [command, address, delimiter, ...body] = await this.next();
    assert.deepEqual([command, delimiter], [REQUEST, Buffer.alloc(0)]);
    return { address: address as Buffer, body: body.map(String) };
  }

  reply(address: Buffer, ...body: string[]): Promise<void> {
    return this.say(FINAL[this.#version], address, '', ...body);
  }
}

async function receive(socket: { receive(): Promise<Buffer[]> }): Promise<string[]> {
  return (await socket.receive()).map(String);
}

async function call(client: zmq.Request, service: string, ...body: string[]): Promise<string[]> {
  await client.send(['MDPC01', service, ...body]);
  return receive(client);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('Majordomo', { timeout: 30_000, concurrency: true }, () => {
  test('0.1: request and reply, of several frames', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const client = scene.join(broker, new zmq.Request());
    const calling = call(client, 'echo', 'a', '', 'b');
    const worker = await scene.worker(broker, 'echo');
    const { address, body } = await worker.request();
    assert.deepEqual(body, ['a', '', 'b']);
    await worker.reply(address, 'c', '');
    assert.deepEqual(await calling, ['MDPC01', 'echo', 'c', '']);
  });

  test('0.2: partial replies come as they are; to a client of 0.1 together', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const worker = await scene.worker(broker, 'list', 'MDPW02');
    const client = scene.join(broker, new zmq.Dealer());
    await client.send(['MDPC02', Buffer.of(1), 'list', 'all']);
    const first = await worker.request();
    await worker.say(PARTIAL, first.address, '', 'one');
    await worker.reply(first.address, 'two');
    assert.deepEqual(await receive(client), ['MDPC02', '\x02', 'list', 'one']);
    assert.deepEqual(await receive(client), ['MDPC02', '\x03', 'list', 'two']);
    const calling = call(scene.join(broker, new zmq.Request()), 'list', 'all');
    const second = await worker.request();
    await worker.say(PARTIAL, second.address, '', 'one');
    await worker.reply(second.address, 'two');
    assert.deepEqual(await calling, ['MDPC01', 'list', 'one', 'two']);
  });

  test('the request of a worker that dies is given to another one', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const mortal = await scene.worker(broker, 'echo');
    const client = scene.join(broker, new zmq.Request());
    const calling = call(client, 'echo', 'again');
    await mortal.request();
    const other = await scene.worker(broker, 'echo');
    mortal.socket.close();
    const { address, body } = await other.request();
    assert.deepEqual(body, ['again']);
    await other.reply(address, 'done');
    assert.deepEqual(await calling, ['MDPC01', 'echo', 'done']);
  });

  test('a request outlives the broker, and its client finds the reply under its name', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-majordomo-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const before = await startBroker({ storage: { folder } });
    const first = new zmq.Request({ routingId: 'client-1', linger: 0 });
    first.connect(before.url('zmq'));
    await first.send(['MDPC01', 'slow', 'work']);
    const looking = await amqp.connect(before.url('amqp'));
    const channel = await looking.createChannel();
    channel.on('error', () => {});
    await channel.assertQueue('slow', { durable: true });
    await until(async () => (await channel.checkQueue('slow')).messageCount === 1);
    first.close();
    await looking.close();
    await before.stop();

    const scene = new Scene(context);
    const broker = await scene.broker({ storage: { folder } });
    const again = scene.join(broker, new zmq.Dealer({ routingId: 'client-1' }));
    // Known by its name once anything of it was answered.
    await again.send(['', 'MDPC01', 'mmi.service', 'slow']);
    assert.deepEqual(await receive(again), ['', 'MDPC01', 'mmi.service', '404']);
    const worker = await scene.worker(broker, 'slow');
    const { address, body } = await worker.request();
    assert.deepEqual([address.toString(), body], ['client-1', ['work']]);
    await worker.reply(address, 'done');
    assert.deepEqual(await receive(again), ['', 'MDPC01', 'slow', 'done']);
  });

  test('an AMQP client asks a worker', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const worker = await scene.worker(broker, 'price');
    const channel = await scene.amqp(broker);
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const { promise, resolve } = Promise.withResolvers<amqp.ConsumeMessage | null>();
    await channel.consume(queue, resolve, { noAck: true });
    channel.sendToQueue('price', Buffer.from('gold'), { replyTo: queue, correlationId: 'c-7' });
    const { address, body } = await worker.request();
    assert.deepEqual(body, ['gold']);
    await worker.reply(address, '42');
    const reply = await promise;
    assert.deepEqual([reply?.content.toString(), reply?.properties.correlationId], ['42', 'c-7']);
    await until(async () => (await channel.checkQueue('price')).messageCount === 0);
  });

  test('an AMQP consumer is a worker', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const client = scene.join(broker, new zmq.Request());
    const calling = call(client, 'upper', 'word');
    const channel = await scene.amqp(broker);
    await channel.assertQueue('upper', { durable: true });
    await channel.consume('upper', (message) => {
      if (message === null) return;
      const { replyTo, correlationId } = message.properties;
      channel.sendToQueue(replyTo, Buffer.from(message.content.toString().toUpperCase()), { correlationId });
      channel.ack(message);
    });
    assert.deepEqual(await calling, ['MDPC01', 'upper', 'WORD']);
  });

  test('mmi.service tells who is served; other internal services there are none', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const client = scene.join(broker, new zmq.Request());
    assert.deepEqual(await call(client, 'mmi.service', 'echo'), ['MDPC01', 'mmi.service', '404']);
    await scene.worker(broker, 'echo');
    await until(async () => (await call(client, 'mmi.service', 'echo')).at(-1) === '200');
    assert.deepEqual(await call(client, 'mmi.other', ''), ['MDPC01', 'mmi.other', '501']);
  });

  test('an idle worker that sends no heartbeats is dismissed, one that does stays', async (context) => {
    const scene = new Scene(context);
    const clock = new ManualClock();
    const broker = await scene.broker({ clock });
    const client = scene.join(broker, new zmq.Request());
    const silent = await scene.worker(broker, 'a');
    const lively = await scene.worker(broker, 'b');
    const isServed = async (service: string) => (await call(client, 'mmi.service', service)).at(-1) === '200';
    await until(() => isServed('a'));
    await until(() => isServed('b'));
    for (let beat = 0; beat < 4; beat++) {
      clock.advance(WORKER_HEARTBEAT_MS);
      await broker.idle();
      await lively.say(HEARTBEAT.MDPW01);
      // Behind the heartbeat on the same connection: when this is answered, that was heard.
      await lively.socket.send(['', 'MDPC01', 'mmi.service', 'b']);
      for (;;) if ((await receive(lively.socket))[1] === 'MDPC01') break;
    }
    assert.deepEqual(await silent.next(), [Buffer.of(5)]);
    assert.equal(await isServed('a'), false);
    assert.equal(await isServed('b'), true);
  });

  test('who works without READY is told to begin again; what is no Majordomo is passed over', async (context) => {
    const scene = new Scene(context);
    const broker = await scene.broker();
    const worker = new Worker(scene.join(broker, new zmq.Dealer()), 'MDPW02');
    await worker.socket.send(['nonsense']);
    await worker.socket.send(['', '', '']);
    await worker.socket.send(['MDPC02', Buffer.of(9), 'x', 'y']);
    await worker.say(HEARTBEAT.MDPW02);
    assert.deepEqual(await worker.next(), [Buffer.of(6)]);
    await worker.say(READY, 'mmi.mine');
    assert.deepEqual(await worker.next(), [Buffer.of(6)]);
  });
});
