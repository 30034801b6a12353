/**
 * Messages that wait for a time: delay levels, timers, recall, and those that a consumer sent back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { consumerSendMessageBack, recallMessage } from '../../../src/wire/rocketmq/apis/messages.ts';
import { parseOffsetId } from '../../../src/wire/rocketmq/message-id.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { type Client, messagesIn, type PulledMessage, RocketmqKit, type Said } from './kit.ts';

const DAY_MS = 24 * 3_600_000;

function pulled(client: Client, topic: string, queueId = 0): PulledMessage[] {
  const place = { consumerGroup: 'readers', topic, queueId, queueOffset: 0, commitOffset: 0 };
  const terms = { maxMsgNums: 32, sysFlag: 4, suspendTimeoutMillis: 0, subscription: '*', subVersion: 1 };
  const answer = client.ask(pullMessage, { ...place, ...terms });
  return answer.code === RESPONSE.SUCCESS ? messagesIn(answer.body) : [];
}

function texts(client: Client, topic: string): string[] {
  return pulled(client, topic).map(({ body }) => body);
}

/** Publishes one message that waits for `ms`, and sees that it comes then and not before. */
function comesAfter(ms: number, propertiesAt: (now: number) => Record<string, string>): void {
  const kit = new RocketmqKit();
  const client = kit.client();
  const properties = propertiesAt(kit.clock.now);
  const what = JSON.stringify(properties);
  assert.equal(client.publish('orders', 'later', { properties }).code, RESPONSE.SUCCESS, what);
  kit.wait(ms - 1);
  // The first client was silent for too long to be connected still.
  assert.deepEqual(texts(kit.client(), 'orders'), [], what);
  kit.wait(1);
  assert.deepEqual(texts(kit.client(), 'orders'), ['later'], what);
}

test('delay levels, the highest for all above it', () => {
  comesAfter(1_000, () => ({ DELAY: '1' }));
  comesAfter(10_000, () => ({ DELAY: '3' }));
  comesAfter(2 * 3_600_000, () => ({ DELAY: '18' }));
  comesAfter(2 * 3_600_000, () => ({ DELAY: '99' }));
});

test('timers, by seconds, by milliseconds and by the time itself', () => {
  comesAfter(7_000, () => ({ TIMER_DELAY_SEC: '7' }));
  comesAfter(1_500, () => ({ TIMER_DELAY_MS: '1500' }));
  comesAfter(90_000, (now) => ({ TIMER_DELIVER_MS: String(now + 90_000) }));
  comesAfter(3 * DAY_MS, () => ({ TIMER_DELAY_MS: String(3 * DAY_MS) }));
});

test('a time that is past is now; one too far ahead, or none, is refused', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  assert.equal(client.publish('orders', 'past', { properties: { TIMER_DELIVER_MS: '1' } }).code, RESPONSE.SUCCESS);
  assert.equal(client.publish('orders', 'level 0', { properties: { DELAY: '0' } }).code, RESPONSE.SUCCESS);
  for (const properties of [
    { TIMER_DELAY_MS: String(3 * DAY_MS + 1) },
    { TIMER_DELAY_SEC: 'soon' },
    { TIMER_DELIVER_MS: '1e300' },
  ]) {
    const { code } = client.publish('orders', 'never', { properties });
    assert.equal(code, RESPONSE.MESSAGE_ILLEGAL, JSON.stringify(properties));
  }
  assert.deepEqual(texts(client, 'orders'), ['past', 'level 0']);
  assert.equal(kit.namespace.prepared.held, 0);
});

test('what waits comes in the order of the times, after a restart too', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  for (const seconds of ['9', '3', '6']) {
    client.publish('orders', seconds, { properties: { TIMER_DELAY_SEC: seconds } });
  }
  const again = kit.restart();
  for (let second = 0; second < 10; second++) again.wait(1_000);
  assert.deepEqual(texts(again.client(), 'orders'), ['3', '6', '9']);
});

// ── Recall ──

function recall(client: Client, topic: string, recallHandle: string): Said {
  return client.ask(recallMessage, { producerGroup: 'makers', topic, recallHandle });
}

test('a timer is recalled once, and while it waits', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const handles = ['taken', 'kept'].map((text) => {
    const properties = { TIMER_DELAY_SEC: '60', UNIQ_KEY: `key-${text}` };
    return client.publish('orders', text, { properties }).fields['recallHandle'] ?? '';
  });
  const [taken = '', kept = ''] = handles;
  assert.equal(recall(client, 'others', taken).code, RESPONSE.ILLEGAL_OPERATION);
  const answer = recall(client, 'orders', taken);
  assert.deepEqual([answer.code, answer.fields['msgId']], [RESPONSE.SUCCESS, 'key-taken']);
  assert.equal(recall(client, 'orders', taken).code, RESPONSE.ILLEGAL_OPERATION);
  kit.wait(60_000);
  assert.equal(recall(kit.client(), 'orders', kept).code, RESPONSE.ILLEGAL_OPERATION);
  assert.deepEqual(texts(kit.client(), 'orders'), ['kept']);
});

test('handles that nobody gave out', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const handle = client.publish('orders', 'kept', { properties: { TIMER_DELAY_SEC: '60' } }).fields['recallHandle'];
  const fields = Buffer.from(handle ?? '', 'base64url')
    .toString()
    .split(' ');
  const elsewhere = [...fields.slice(0, -1), '77'].join(' ');
  const otherTime = fields.map((field, index) => (index === 3 ? String(Number(field) + 1) : field)).join(' ');
  for (const text of [elsewhere, otherTime, 'v1 orders', 'v2 a b 1 c', '']) {
    const { code } = recall(client, 'orders', Buffer.from(text).toString('base64url'));
    assert.equal(code, RESPONSE.ILLEGAL_OPERATION, text);
  }
  assert.equal(recall(client, 'orders', '!').code, RESPONSE.ILLEGAL_OPERATION);
  kit.wait(60_000);
  assert.deepEqual(texts(kit.client(), 'orders'), ['kept']);
});

// ── Sent back ──

function sendBack(client: Client, message: PulledMessage, delayLevel: number, max?: number): Said {
  return client.ask(consumerSendMessageBack, {
    offset: Number(message.bytes.readBigInt64BE(28)),
    group: 'readers',
    delayLevel,
    originMsgId: '',
    originTopic: 'orders',
    ...(max === undefined ? {} : { maxReconsumeTimes: max }),
  });
}

test('what was sent back comes again, later each time, and ends among the dead letters', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('orders', 'difficult', { properties: { TAGS: 'paid', UNIQ_KEY: 'K1' } });
  let message = pulled(client, 'orders')[0];
  for (const [round, delayMs] of [10_000, 30_000].entries()) {
    assert.ok(message !== undefined);
    assert.equal(sendBack(client, message, 0, 2).code, RESPONSE.SUCCESS);
    kit.wait(delayMs - 1);
    assert.equal(pulled(client, '%RETRY%readers').length, round);
    kit.wait(1);
    message = pulled(client, '%RETRY%readers')[round];
    assert.equal(message?.reconsumeTimes, round + 1);
    const { TAGS, RETRY_TOPIC, UNIQ_KEY } = message?.properties ?? {};
    assert.deepEqual([message?.body, TAGS, RETRY_TOPIC, UNIQ_KEY], ['difficult', 'paid', 'orders', 'K1']);
  }
  assert.ok(message !== undefined);
  assert.equal(sendBack(client, message, 0, 2).code, RESPONSE.SUCCESS);
  const [dead] = pulled(client, '%DLQ%readers');
  assert.deepEqual([dead?.body, dead?.reconsumeTimes], ['difficult', 3]);
  kit.wait(4 * 3_600_000);
  assert.equal(pulled(kit.client(), '%RETRY%readers').length, 2);
});

test('the consumer can name the level, and give up at once', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('orders', 'a');
  const [message] = pulled(client, 'orders');
  assert.ok(message !== undefined);
  assert.equal(sendBack(client, message, 1).code, RESPONSE.SUCCESS);
  kit.wait(1_000);
  assert.deepEqual(texts(client, '%RETRY%readers'), ['a']);
  assert.equal(sendBack(client, message, -1).code, RESPONSE.SUCCESS);
  assert.deepEqual(texts(client, '%DLQ%readers'), ['a']);
});

test('what is not there can not be sent back', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const id = client.publish('orders', 'a').fields['msgId'] ?? '';
  const { physicalOffset } = parseOffsetId(id);
  for (const offset of [physicalOffset + 1, 0, -1, Number.MAX_SAFE_INTEGER]) {
    const answer = client.ask(consumerSendMessageBack, { offset, group: 'readers', delayLevel: 0 });
    assert.equal(answer.code, RESPONSE.SYSTEM_ERROR, String(offset));
  }
});
