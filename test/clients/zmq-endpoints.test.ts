/**
 * The broker's ZMTP endpoints with npm `zeromq` (libzmq) as their peers, and AMQP clients at the other end.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import amqp from 'amqplib';
import * as zmq from 'zeromq';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { hashPassword } from '../../src/server/password.ts';

const TIMEOUT_MS = 30_000;
/** Of a receive that must not find anything. */
const NOTHING_MS = 200;

type Options = Parameters<typeof startBroker>[0];
interface Closable {
  close(): void;
}

class Scene {
  readonly broker: EmbeddedBroker;
  readonly channel: amqp.ConfirmChannel;
  readonly #sockets: Closable[] = [];

  constructor(broker: EmbeddedBroker, channel: amqp.ConfirmChannel) {
    this.broker = broker;
    this.channel = channel;
  }

  static async open(context: TestContext, zmqEndpoints: readonly string[], options: Options = {}): Promise<Scene> {
    const broker = await startBroker({ ...options, zmqEndpoints });
    const url = new URL(broker.url('amqp'));
    if (options.users !== undefined) Object.assign(url, { username: 'ann', password: 'secret' });
    const client = await amqp.connect(url.href);
    const scene = new Scene(broker, await client.createConfirmChannel());
    context.after(async () => {
      for (const socket of scene.#sockets) socket.close();
      await client.close();
      await broker.stop();
    });
    return scene;
  }

  /** Connected to the endpoint; closed before the broker stops. */
  join<S extends Closable & { connect(address: string): void; linger: number }>(endpoint: number, socket: S): S {
    socket.linger = 0;
    socket.connect(this.broker.url(endpoint === 0 ? 'zmq' : `zmq-${endpoint}`));
    this.#sockets.push(socket);
    return socket;
  }

  /** Whether anybody takes a message with that key. */
  async isTaken(exchange: string, key: string, text: string): Promise<boolean> {
    let returned = false;
    const note = (): void => {
      returned = true;
    };
    this.channel.once('return', note);
    this.channel.publish(exchange, key, Buffer.from(text), { mandatory: true });
    await this.channel.waitForConfirms();
    this.channel.off('return', note);
    return !returned;
  }

  /** The next messages of a queue, settled. */
  async take(queue: string, count: number): Promise<amqp.ConsumeMessage[]> {
    const taken: amqp.ConsumeMessage[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const { consumerTag } = await this.channel.consume(queue, (message) => {
      if (message === null || taken.length === count) return;
      this.channel.ack(message);
      if (taken.push(message) === count) resolve();
    });
    await promise;
    await this.channel.cancel(consumerTag);
    return taken;
  }
}

const texts = (frames: readonly Buffer[]): string[] => frames.map((frame) => frame.toString());

async function receive(socket: { receive(): Promise<Buffer[]> }): Promise<string[]> {
  return texts(await socket.receive());
}

describe('endpoints for messages to the broker', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('PULL: what is pushed comes to an AMQP consumer, in order', async (context) => {
    const scene = await Scene.open(context, ['pull:0:queue/tasks']);
    const push = scene.join(1, new zmq.Push());
    const count = 2_000;
    for (let number = 0; number < count; number++) await push.send(`job ${number}`);
    const taken = await scene.take('tasks', count);
    assert.deepEqual(
      taken.map(({ content }) => content.toString()),
      Array.from({ length: count }, (_, number) => `job ${number}`),
    );
    assert.equal(taken[0]?.properties.deliveryMode, 2);
  });

  test('PULL: bodies from nothing to 8 MiB', async (context) => {
    const scene = await Scene.open(context, ['pull:0:queue/tasks']);
    const push = scene.join(1, new zmq.Push());
    const sizes = [0, 1, 255, 256, 70_000, 8 * 1024 * 1024];
    for (const size of sizes) await push.send(Buffer.alloc(size, `${size} `));
    const taken = await scene.take('tasks', sizes.length);
    for (const [index, size] of sizes.entries()) {
      assert.ok(taken[index]?.content.equals(Buffer.alloc(size, `${size} `)), `${size} bytes`);
    }
  });

  test('frames come through AMQP and back as they were', async (context) => {
    const scene = await Scene.open(context, ['pull:0:queue/in', 'push:0:queue/out']);
    const push = scene.join(1, new zmq.Push());
    const pull = scene.join(2, new zmq.Pull());
    const messages = [
      ['alone'],
      ['', ''],
      ['topic', '', 'body'],
      [Buffer.of(0, 255, 128), 'x', Buffer.alloc(300, 7)],
      [Buffer.alloc(40_000, 1), Buffer.alloc(50_000, 2), 'the last'],
    ];
    for (const message of messages) await push.send(message);
    for (const { content, properties } of await scene.take('in', messages.length)) {
      scene.channel.sendToQueue('out', content, { headers: properties.headers ?? {} });
    }
    for (const message of messages) {
      assert.deepEqual(
        await pull.receive(),
        message.map((frame) => Buffer.from(frame)),
      );
    }
  });

  test('PULL to an exchange: the first frame is the key, unless one is configured', async (context) => {
    const scene = await Scene.open(context, ['pull:0:exchange/prices', 'pull:0:exchange/prices#fixed']);
    await scene.channel.assertQueue('eu');
    await scene.channel.bindQueue('eu', 'prices', 'eu.*');
    await scene.channel.assertQueue('fixed');
    await scene.channel.bindQueue('fixed', 'prices', 'fixed');
    const push = scene.join(1, new zmq.Push());
    await push.send(['us.gold', 'one']);
    await push.send(['eu.gold', 'two']);
    const other = scene.join(2, new zmq.Push());
    await other.send(['eu.gold', 'three']);
    const [two] = await scene.take('eu', 1);
    assert.equal(two?.content.toString(), 'two');
    assert.equal(two?.fields.routingKey, 'eu.gold');
    assert.deepEqual(two?.properties.headers, { 'zmq-frames': [Buffer.from('eu.gold')] });
    const [three] = await scene.take('fixed', 1);
    assert.equal(three?.content.toString(), 'three');
    assert.equal(three?.fields.exchange, 'prices');
  });

  test('SUB: what a publisher sends goes to the exchange', async (context) => {
    const scene = await Scene.open(context, ['sub:0:exchange/prices']);
    await scene.channel.assertQueue('all');
    await scene.channel.bindQueue('all', 'prices', '#');
    const publisher = scene.join(1, new zmq.XPublisher());
    // The broker's subscription.
    assert.deepEqual(await receive(publisher), ['\x01']);
    await publisher.send(['eu.gold', '7']);
    const [message] = await scene.take('all', 1);
    assert.equal(message?.content.toString(), '7');
  });

  test('REP: the answer says that the message is stored, or why not', async (context) => {
    const scene = await Scene.open(context, ['rep:0:queue/orders', 'rep:0:exchange/nobody']);
    const request = scene.join(1, new zmq.Request());
    for (const text of ['one', 'two']) {
      await request.send([text, 'more']);
      assert.deepEqual(await receive(request), ['200']);
    }
    const { messageCount } = await scene.channel.checkQueue('orders');
    assert.equal(messageCount, 2);
    const unheard = scene.join(2, new zmq.Request());
    await unheard.send(['key', 'body']);
    assert.deepEqual(await receive(unheard), ['404', 'nobody takes it']);
  });

  test('ROUTER: a DEALER sends ahead, and is answered in order', async (context) => {
    const scene = await Scene.open(context, ['router:0:queue/orders']);
    const dealer = scene.join(1, new zmq.Dealer());
    const count = 500;
    for (let number = 0; number < count; number++) await dealer.send(`order ${number}`);
    for (let number = 0; number < count; number++) assert.deepEqual(await receive(dealer), ['200']);
    const { messageCount } = await scene.channel.checkQueue('orders');
    assert.equal(messageCount, count);
    await dealer.send(['', 'as from a REQ']);
    assert.deepEqual(await receive(dealer), ['', '200']);
  });
});

describe('endpoints for messages from the broker', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('PUB: subscriptions are prefixes of the key', async (context) => {
    const scene = await Scene.open(context, ['xpub:0:exchange/prices', 'pull:0:exchange/prices']);
    const narrow = scene.join(1, new zmq.Subscriber());
    narrow.subscribe('us.gold', 'eu.g');
    await until(() => scene.isTaken('prices', 'eu.g', 'ready'));
    assert.deepEqual(await receive(narrow), ['eu.g', 'ready']);
    assert.equal(await scene.isTaken('prices', 'asia.gold', ''), false);
    const wide = scene.join(1, new zmq.Subscriber());
    wide.subscribe();
    await until(() => scene.isTaken('prices', 'anything', 'ready'));
    assert.deepEqual(await receive(wide), ['anything', 'ready']);
    const publish = (key: string, text: string) => scene.channel.publish('prices', key, Buffer.from(text));
    publish('eu.silver', '1');
    publish('eu.gold.old', '2');
    publish('us.gold', '3');
    publish('us.go', '4');
    assert.deepEqual(await receive(narrow), ['eu.gold.old', '2']);
    assert.deepEqual(await receive(narrow), ['us.gold', '3']);
    for (const text of ['1', '2', '3', '4']) assert.equal((await receive(wide)).at(-1), text);
    // What came as frames goes as it came.
    const push = scene.join(2, new zmq.Push());
    await push.send(['eu.goat', '', 'end']);
    assert.deepEqual(await receive(narrow), ['eu.goat', '', 'end']);
    wide.close();
    narrow.unsubscribe('eu.g');
    await until(async () => !(await scene.isTaken('prices', 'eu.silver', '')));
    publish('eu.gold', '5');
    publish('us.gold', '6');
    assert.deepEqual(await receive(narrow), ['us.gold', '6']);
  });

  test('PUSH: peers take turns, and what nobody was handed stays', async (context) => {
    const scene = await Scene.open(context, ['push:0:queue/tasks']);
    const [one, two] = [scene.join(1, new zmq.Pull()), scene.join(1, new zmq.Pull())];
    await until(async () => (await scene.channel.checkQueue('tasks')).consumerCount === 2);
    for (let number = 0; number < 10; number++) scene.channel.sendToQueue('tasks', Buffer.from(String(number)));
    const seen: string[] = [];
    for (let number = 0; number < 5; number++) seen.push(...(await receive(one)), ...(await receive(two)));
    assert.deepEqual(
      seen.sort(),
      Array.from({ length: 10 }, (_, number) => String(number)),
    );
    one.close();
    two.close();
    await until(async () => (await scene.channel.checkQueue('tasks')).consumerCount === 0);
    scene.channel.sendToQueue('tasks', Buffer.from('later'));
    await scene.channel.waitForConfirms();
    const again = scene.join(1, new zmq.Pull());
    assert.deepEqual(await receive(again), ['later']);
  });
});

describe('who may come in', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  const users = [{ name: 'ann', passwordHash: hashPassword('secret'), tags: [] }];

  test("PLAIN with the broker's users, on the port that takes NULL too", async (context) => {
    const scene = await Scene.open(context, ['rep:0:queue/orders'], { users });
    const known = scene.join(1, new zmq.Request({ plainUsername: 'ann', plainPassword: 'secret' }));
    await known.send('x');
    assert.deepEqual(await receive(known), ['200']);
    for (const options of [{ plainUsername: 'ann', plainPassword: 'wrong' }, {}]) {
      const stranger = new zmq.Request({ ...options, receiveTimeout: NOTHING_MS });
      const refused = Promise.race([
        new Promise((resolve) => stranger.events.on('handshake:error:auth', resolve)),
        new Promise((resolve) => stranger.events.on('handshake:error:protocol', resolve)),
      ]);
      scene.join(1, stranger);
      await stranger.send('y');
      await refused;
      await assert.rejects(stranger.receive(), { code: 'EAGAIN' });
    }
    assert.equal((await scene.channel.checkQueue('orders')).messageCount, 1);
  });

  test('guest / guest and nobody in particular, from loopback', async (context) => {
    const scene = await Scene.open(context, ['rep:0:queue/orders']);
    for (const options of [{}, { plainUsername: 'guest', plainPassword: 'guest' }]) {
      const request = scene.join(1, new zmq.Request(options));
      await request.send('x');
      assert.deepEqual(await receive(request), ['200']);
    }
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
