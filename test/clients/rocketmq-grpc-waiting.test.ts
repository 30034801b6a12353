/**
 * The npm client of RocketMQ 5 (gRPC), unmodified: transactions with check-back, and messages that are delivered later.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageView, SimpleConsumer } from 'rocketmq-client-nodejs';
import { RESOLUTION } from '../../src/wire/rocketmq/v2/codes.ts';
import { Scene } from '../session/rocketmq/grpc/kit.ts';

const TIMEOUT_MS = 60_000;
const INVISIBLE_MS = 15_000;
const IMMUNITY_MS = 6_000;
const INTERVAL_MS = 30_000;
const UNKNOWN = 0;

const body = (text: string): Buffer => Buffer.from(text);

/** What is there, up to a message that is sent for the purpose: whatever came before it would have come first. */
async function takeUpTo(consumer: SimpleConsumer, last: string): Promise<string[]> {
  const texts: string[] = [];
  while (texts.at(-1) !== last) {
    for (const message of await consumer.receive(1, INVISIBLE_MS)) {
      texts.push(message.body.toString());
      await consumer.ack(message);
    }
  }
  return texts;
}

/** Resolves with each message that is asked about, in turn. */
class Questions {
  readonly asked: MessageView[] = [];
  #answers: number[];
  #more = () => {};

  constructor(...answers: number[]) {
    this.#answers = answers;
  }

  readonly check = async (message: MessageView): Promise<number> => {
    this.asked.push(message);
    this.#more();
    return this.#answers.shift() ?? UNKNOWN;
  };

  async count(count: number): Promise<void> {
    while (this.asked.length < count) {
      await new Promise<void>((resolve) => {
        this.#more = resolve;
      });
    }
  }
}

describe('npm rocketmq-client-nodejs: transactions', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('a half message is invisible until it is committed, and gone when it is rolled back', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('paid', 'TRANSACTION');
    const consumer = await scene.simple('readers', 'paid');
    const producer = await scene.transactor('paid', new Questions().check);
    const [first, second] = [producer.beginTransaction(), producer.beginTransaction()];
    await producer.send({ topic: 'paid', body: body('rolled back') }, first);
    const sent = await producer.send({ topic: 'paid', body: body('committed'), tag: 'vip', keys: ['k'] }, second);
    assert.match(sent.transactionId ?? '', /^\d+$/);
    await first.rollback();
    await second.commit();
    const [got] = (await consumer.receive(16, INVISIBLE_MS)) as [MessageView];
    assert.deepEqual(
      [got.body.toString(), got.tag, got.keys, got.messageId],
      ['committed', 'vip', ['k'], sent.messageId],
    );
    await consumer.ack(got);
    // The first decision counts, its repetition is well, the opposite is refused.
    await second.commit();
    await first.rollback();
    await assert.rejects(second.rollback(), /42800|decided otherwise/);
    await assert.rejects(first.commit(), /42800|decided otherwise/);
    const third = producer.beginTransaction();
    await producer.send({ topic: 'paid', body: body('last') }, third);
    await third.commit();
    assert.deepEqual(await takeUpTo(consumer, 'last'), ['last']);
  });

  test('who does not decide is asked, again and again, and another producer if it is gone', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'paid');
    const questions = new Questions(UNKNOWN, RESOLUTION.COMMIT);
    const producer = await scene.transactor('paid', questions.check);
    const { messageId } = await producer.send({ topic: 'paid', body: body('forgotten') }, producer.beginTransaction());
    scene.clock.advance(IMMUNITY_MS - 1);
    await scene.broker.idle();
    assert.equal(questions.asked.length, 0);
    scene.clock.advance(1);
    await questions.count(1);
    assert.equal(questions.asked[0]?.messageId, messageId);
    assert.equal(questions.asked[0]?.body.toString(), 'forgotten');
    scene.clock.advance(INTERVAL_MS);
    await questions.count(2);
    assert.deepEqual(await takeUpTo(consumer, 'forgotten'), ['forgotten']);

    await producer.send({ topic: 'paid', body: body('left behind') }, producer.beginTransaction());
    await producer.shutdown();
    const others = new Questions(RESOLUTION.COMMIT);
    await scene.transactor('paid', others.check);
    scene.clock.advance(IMMUNITY_MS);
    await others.count(1);
    assert.deepEqual(await takeUpTo(consumer, 'left behind'), ['left behind']);
    assert.equal(questions.asked.length, 2);
  });

  test('ids that name no transaction, and those of another topic', async (context) => {
    const scene = await Scene.open(context);
    const producer = await scene.transactor('paid', new Questions().check);
    const { transactionId = '' } = await producer.send({ topic: 'paid', body: body('x') }, producer.beginTransaction());
    const client = scene.client();
    const end = async (topic: string, id: string) => {
      const request = { topic: { name: topic }, messageId: 'any', transactionId: id, resolution: RESOLUTION.COMMIT };
      return (await client.call('EndTransaction', { ...request, source: 1 })).status.code;
    };
    for (const id of ['', 'x', '-1', '99', '9223372036854775807', '99999999999999999999', '1'.repeat(5_000)]) {
      assert.equal(await end('paid', id), 40008, id.slice(0, 30));
    }
    assert.equal(await end('other', transactionId), 40008);
    assert.equal(await end('paid', transactionId), 20000);
  });
});

describe('npm rocketmq-client-nodejs: later', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('a delayed message comes at its time, not before', async (context) => {
    const scene = await Scene.open(context);
    await scene.typedTopic('later', 'DELAY');
    const consumer = await scene.simple('readers', 'later');
    const producer = await scene.producer('later');
    const at = (ms: number) => new Date(scene.clock.now + ms);
    await producer.send({ topic: 'later', body: body('in a minute'), deliveryTimestamp: at(60_000) });
    await producer.send({ topic: 'later', body: body('now'), deliveryTimestamp: at(-1) });
    assert.deepEqual(await takeUpTo(consumer, 'now'), ['now']);
    scene.clock.advance(59_999);
    await producer.send({ topic: 'later', body: body('still before'), deliveryTimestamp: at(0) });
    assert.deepEqual(await takeUpTo(consumer, 'still before'), ['still before']);
    scene.clock.advance(1);
    const [got] = (await consumer.receive(1, INVISIBLE_MS)) as [MessageView];
    assert.equal(got.body.toString(), 'in a minute');
    const week = { topic: 'later', body: body('x'), deliveryTimestamp: at(7 * 24 * 3_600_000) };
    await assert.rejects(producer.send(week), /40012|delivery time/);
  });

  test('what waits can be taken back, once, and not any more when it came', async (context) => {
    const scene = await Scene.open(context);
    const consumer = await scene.simple('readers', 'later');
    const producer = await scene.producer('later');
    const send = (text: string, ms: number) =>
      producer.send({ topic: 'later', body: body(text), deliveryTimestamp: new Date(scene.clock.now + ms) });
    const { recallHandle = '', messageId } = await send('never', 1_000);
    const { recallHandle: tooLate = '' } = await send('late', 2_000);
    const receipt = await producer.recallMessage('later', recallHandle);
    assert.equal(receipt.messageId, messageId);
    await assert.rejects(producer.recallMessage('later', recallHandle), /not waiting/);
    await assert.rejects(producer.recallMessage('other', tooLate), /not match/);
    await assert.rejects(producer.recallMessage('later', 'no handle'), /invalid/);
    scene.clock.advance(2_000);
    assert.deepEqual(await takeUpTo(consumer, 'late'), ['late']);
    await assert.rejects(producer.recallMessage('later', tooLate), /not waiting/);
  });
});
