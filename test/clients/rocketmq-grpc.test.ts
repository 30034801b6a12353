/**
 * The npm client of RocketMQ 5 (gRPC), unmodified: producers, simple consumers and push consumers.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import amqp from 'amqplib';
import { ConsumeResult, FilterExpression, type MessageView, type SimpleConsumer } from 'rocketmq-client-nodejs';
import { Scene } from '../session/rocketmq/grpc/kit.ts';

const TIMEOUT_MS = 60_000;
const INVISIBLE_MS = 15_000;

const textsOf = (messages: readonly MessageView[]): string[] => messages.map(({ body }) => body.toString());
const body = (text: string): Buffer => Buffer.from(text);

/** So many messages, however many receives that takes; each is acknowledged. */
async function takeAll(consumer: SimpleConsumer, count: number): Promise<MessageView[]> {
  const messages: MessageView[] = [];
  while (messages.length < count) {
    const got = await consumer.receive(16, INVISIBLE_MS);
    for (const message of got) await consumer.ack(message);
    messages.push(...got);
  }
  return messages;
}

describe('npm rocketmq-client-nodejs', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('a message comes as it was sent, once', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'orders');
    const producer = await scene.producer('orders');
    const properties = new Map([
      ['plain', 'text'],
      ['Größe', 'groß 世界'],
    ]);
    const message = { topic: 'orders', body: body('Grüße'), tag: 'paid', keys: ['k1', 'k2'], properties };
    const { messageId, offset } = await producer.send(message);
    assert.equal(offset, 0);
    const [got] = await takeAll(consumer, 1);
    assert.ok(got !== undefined);
    assert.equal(got.body.toString(), 'Grüße');
    assert.equal(got.messageId, messageId);
    assert.equal(got.topic, 'orders');
    assert.equal(got.tag, 'paid');
    assert.deepEqual(got.keys, ['k1', 'k2']);
    assert.deepEqual(got.properties, properties);
    assert.equal(got.deliveryAttempt, 1);
    assert.notEqual(got.corrupted, true);
    assert.ok(got.bornTimestamp instanceof Date && got.bornHost !== '');
    scene.clock.advance(10 * INVISIBLE_MS);
    await producer.send({ topic: 'orders', body: body('next') });
    assert.deepEqual(textsOf(await takeAll(consumer, 1)), ['next']);
  });

  // What the client receives at a time has to be less than 4 MiB with all that is around it.
  test('bodies from one byte to nearly 4 MiB', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'large');
    const producer = await scene.producer('large');
    for (const size of [1, 4_096, 300_000, 4 * 1024 * 1024 - 4_096]) {
      const noise = Buffer.alloc(size, `${size} bytes of it, `);
      await producer.send({ topic: 'large', body: noise });
      const [got] = await takeAll(consumer, 1);
      assert.ok(got?.body.equals(noise), `${size} bytes`);
    }
  });

  test('a receive waits until something comes', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'orders');
    const producer = await scene.producer('orders');
    const receiving = consumer.receive(1, INVISIBLE_MS);
    await scene.broker.idle();
    await producer.send({ topic: 'orders', body: body('now') });
    const [message] = (await receiving) as [MessageView];
    assert.equal(message.body.toString(), 'now');
    await consumer.ack(message);
    const empty = consumer.receive(1, INVISIBLE_MS);
    await scene.broker.idle();
    scene.clock.advance(20_000);
    assert.deepEqual(await empty, []);
  });

  test('what is not acknowledged comes again, and the old handle is refused', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'orders');
    const producer = await scene.producer('orders');
    await producer.send({ topic: 'orders', body: body('again') });
    const [first] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
    scene.clock.advance(INVISIBLE_MS);
    const [second] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
    assert.equal(second.messageId, first.messageId);
    assert.equal(second.deliveryAttempt, 2);
    await assert.rejects(consumer.ack(first), /40013|receipt/i);
    await consumer.ack(second);
    await consumer.ack(second);
  });

  test('the invisible time can be changed, both ways', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'orders');
    const producer = await scene.producer('orders');
    await producer.send({ topic: 'orders', body: body('longer') });
    const [message] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
    await consumer.changeInvisibleDuration(message, 60_000);
    scene.clock.advance(59_999);
    await producer.send({ topic: 'orders', body: body('other') });
    assert.deepEqual(textsOf(await takeAll(consumer, 1)), ['other']);
    await consumer.changeInvisibleDuration(message, 1_000);
    scene.clock.advance(1_000);
    const [again] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
    assert.deepEqual([again.body.toString(), again.deliveryAttempt], ['longer', 2]);
    await assert.rejects(consumer.ack(message), /40013|receipt/i);
    await consumer.ack(again);
  });

  test('the consumers of a group share, two groups do not', async (context) => {
    const scene = await Scene.open(context);
    const [one, two, other] = await Promise.all([
      scene.simple('shared', 'orders'),
      scene.simple('shared', 'orders'),
      scene.simple('other', 'orders'),
    ]);
    const producer = await scene.producer('orders');
    const sent = Array.from({ length: 40 }, (_, n) => `message ${n}`);
    await Promise.all(sent.map((text) => producer.send({ topic: 'orders', body: body(text) })));
    const shared: string[] = [];
    while (shared.length < sent.length) {
      for (const consumer of [one, two]) {
        if (shared.length === sent.length) break;
        const got = await consumer.receive(4, INVISIBLE_MS);
        for (const message of got) await consumer.ack(message);
        shared.push(...textsOf(got));
      }
    }
    assert.deepEqual([...shared].sort(), [...sent].sort());
    assert.deepEqual(textsOf(await takeAll(other, sent.length)).sort(), [...sent].sort());
  });

  test('by tag and by SQL a group gets what it asks for', async (context) => {
    const scene = await Scene.open(context);
    const byTag = await scene.simple('tags', 'orders', 'A || B');
    // SQL is 2.
    const sql = new FilterExpression("price > 3 AND region = 'eu'", 2);
    const bySql = await scene.simple('sql', 'orders', sql);
    const producer = await scene.producer('orders');
    for (let price = 0; price < 8; price++) {
      const properties = new Map([
        ['price', String(price)],
        ['region', price % 2 === 0 ? 'us' : 'eu'],
      ]);
      const tag = ['A', 'B', 'C', 'AA'][price % 4] as string;
      await producer.send({ topic: 'orders', body: body(String(price)), tag, properties });
    }
    assert.deepEqual(textsOf(await takeAll(byTag, 4)).sort(), ['0', '1', '4', '5']);
    assert.deepEqual(textsOf(await takeAll(bySql, 2)).sort(), ['5', '7']);
  });

  test('FIFO: the next one only when the one before is acknowledged', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('in-order', 'FIFO');
    const consumer = await scene.simple('readers', 'in-order');
    const producer = await scene.producer('in-order');
    for (const text of ['0', '1', '2']) {
      await producer.send({ topic: 'in-order', body: body(text), messageGroup: 'one' });
    }
    await assert.rejects(producer.send({ topic: 'in-order', body: body('x') }), /type/i);
    const [first] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
    assert.deepEqual([first.body.toString(), first.messageGroup], ['0', 'one']);
    const waiting = consumer.receive(1, INVISIBLE_MS);
    await scene.broker.idle();
    scene.clock.advance(INVISIBLE_MS);
    const [again] = (await waiting) as [MessageView];
    assert.deepEqual([again.body.toString(), again.deliveryAttempt], ['0', 2]);
    const next = consumer.receive(1, INVISIBLE_MS);
    await scene.broker.idle();
    await consumer.ack(again);
    const [second] = (await next) as [MessageView];
    assert.equal(second.body.toString(), '1');
    await consumer.ack(second);
    assert.deepEqual(textsOf(await takeAll(consumer, 1)), ['2']);
  });

  test('the more urgent comes first', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('urgent', 'PRIORITY', 4);
    const consumer = await scene.simple('readers', 'urgent');
    const producer = await scene.producer('urgent');
    for (const priority of [1, 3, 2, 9, 1]) {
      await producer.send({ topic: 'urgent', body: body(`${priority}`), priority });
    }
    assert.deepEqual(textsOf(await takeAll(consumer, 5)), ['3', '9', '2', '1', '1']);
    await assert.rejects(producer.send({ topic: 'urgent', body: body('x') }), /type/i);
  });

  test('a message that was given too often is a dead letter', async (context) => {
    const scene = await Scene.open(context);
    const dead = await scene.simple('undertaker', '%DLQ%readers');
    const consumer = await scene.simple('readers', 'orders');
    const producer = await scene.producer('orders');
    const { messageId } = await producer.send({
      topic: 'orders',
      body: body('poison'),
      properties: new Map([['own', 'one']]),
    });
    for (let attempt = 1; attempt <= 17; attempt++) {
      const [got] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
      assert.equal(got.deliveryAttempt, attempt);
      scene.clock.advance(INVISIBLE_MS);
      await scene.broker.idle();
    }
    await producer.send({ topic: 'orders', body: body('sound') });
    assert.deepEqual(textsOf(await takeAll(consumer, 1)), ['sound']);
    const [letter] = await takeAll(dead, 1);
    assert.deepEqual([letter?.body.toString(), letter?.messageId], ['poison', messageId]);
    assert.equal(letter?.properties.get('own'), 'one');
  });

  test('a push consumer gets everything once, and what fails again', async (context) => {
    const scene = await Scene.open(context);
    const seen: string[] = [];
    let enough = () => {};
    const all = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const consume = async (message: MessageView) => {
      const text = message.body.toString();
      seen.push(`${text}/${message.deliveryAttempt}`);
      if (text === 'fails' && message.deliveryAttempt === 1) {
        // When it comes again is a matter of the broker's time.
        setImmediate(() => scene.broker.idle().then(() => scene.clock.advance(60_000)));
        return ConsumeResult.FAILURE;
      }
      if (seen.length === 6) enough();
      return ConsumeResult.SUCCESS;
    };
    await scene.push('pushed', 'orders', { consume });
    const producer = await scene.producer('orders');
    for (const text of ['a', 'b', 'fails', 'c', 'd']) await producer.send({ topic: 'orders', body: body(text) });
    const nudge = setInterval(() => scene.clock.advance(10_000), 200);
    await all;
    clearInterval(nudge);
    assert.deepEqual([...seen].sort(), ['a/1', 'b/1', 'c/1', 'd/1', 'fails/1', 'fails/2']);
  });

  test('what a push consumer had when it went comes to another', async (context) => {
    const scene = await Scene.open(context);
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const client = scene.client();
    const settings = {
      clientType: 2,
      subscription: { group: { name: 'pushed' }, subscriptions: [{ topic: { name: 'orders' } }] },
    };
    await client.call('QueryRoute', { topic: { name: 'orders' } });
    const stream = client.telemetry();
    stream.on('data', () => started());
    stream.write({ settings });
    await hasStarted;
    const producer = await scene.producer('orders');
    await producer.send({ topic: 'orders', body: body('orphan') });
    const receive = { group: { name: 'pushed' }, messageQueue: { topic: { name: 'orders' } }, batchSize: 1 };
    const [first] = await client.receive({ ...receive, autoRenew: true } as never);
    assert.equal(first?.status?.code, 20000);
    const consumer = await scene.simple('pushed', 'orders');
    const waiting = consumer.receive(1, INVISIBLE_MS);
    await scene.broker.idle();
    await client.call('NotifyClientTermination', { group: { name: 'pushed' } });
    assert.deepEqual(textsOf(await waiting), ['orphan']);
    stream.end();
  });

  test('an AMQP message comes with its headers', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'orders');
    const connection = await amqp.connect(scene.broker.url('amqp'));
    scene.atEnd(() => connection.close());
    const channel = await connection.createConfirmChannel();
    const headers = { colour: 'red', weight: 5 };
    channel.publish('orders', 'eu.paid', body('by AMQP'), { headers, messageId: 'm-1', type: 'paid' });
    await channel.waitForConfirms();
    const [got] = await takeAll(consumer, 1);
    assert.deepEqual([got?.body.toString(), got?.messageId, got?.tag], ['by AMQP', 'm-1', 'paid']);
    assert.deepEqual([got?.properties.get('colour'), got?.properties.get('weight')], ['red', '5']);
    assert.notEqual(got?.corrupted, true);
  });
});
