/**
 * Messages that are looked up, by the broker's id and by key, and topics as administrators make them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deleteTopicInBroker,
  getTopicConfig,
  updateAndCreateTopic,
} from '../../../src/wire/rocketmq/apis/administration.ts';
import { queryMessage, viewMessageById } from '../../../src/wire/rocketmq/apis/messages.ts';
import { parseOffsetId } from '../../../src/wire/rocketmq/message-id.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { type Client, messagesIn, RocketmqKit, type Said, textsIn } from './kit.ts';

const EVER = { beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };

function byKey(
  kit: RocketmqKit,
  client: Client,
  key: string,
  more: { maxNum?: number; isUnique?: boolean } = {},
): Said {
  const { maxNum = 32, isUnique = false } = more;
  const terms = { topic: 'orders', key, maxNum, ...EVER, _UNIQUE_KEY_QUERY: isUnique };
  client.send(queryMessage, terms);
  // One queue after another is read, a turn each.
  for (let turn = 0; turn < 8; turn++) kit.wait(1);
  const [answer, ...others] = client.said();
  assert.ok(answer !== undefined && others.length === 0);
  return answer;
}

test('a message is found by the id that it was answered with, over a restart', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const ids = ['a', 'b'].map((text) => client.publish('orders', text).fields['msgId'] ?? '');
  const other = kit.restart().client();
  for (const [index, id] of ids.entries()) {
    const { code, body } = other.ask(viewMessageById, { offset: parseOffsetId(id).physicalOffset });
    assert.deepEqual([code, textsIn(body)], [RESPONSE.SUCCESS, [index === 0 ? 'a' : 'b']]);
    assert.equal(messagesIn(body)[0]?.queueOffset, index);
  }
  const { physicalOffset } = parseOffsetId(ids[1] ?? '');
  for (const offset of [physicalOffset + 1, 0, -1, Number.MAX_SAFE_INTEGER]) {
    assert.equal(other.ask(viewMessageById, { offset }).code, RESPONSE.SYSTEM_ERROR, String(offset));
  }
});

test('by key: each of several, newest first, not more than wanted; the unique key apart', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('orders', 'one', { properties: { KEYS: 'red blue', UNIQ_KEY: 'U1' } });
  client.publish('orders', 'two', { properties: { KEYS: 'blue', UNIQ_KEY: 'U2' } });
  client.publish('orders', 'three', { properties: { KEYS: 'bluer' } });
  assert.deepEqual(textsIn(byKey(kit, client, 'red').body), ['one']);
  assert.deepEqual(textsIn(byKey(kit, client, 'blue').body), ['two', 'one']);
  assert.deepEqual(textsIn(byKey(kit, client, 'blue', { maxNum: 1 }).body), ['two']);
  assert.deepEqual(textsIn(byKey(kit, client, 'U1', { isUnique: true }).body), ['one']);
  for (const key of ['blu', 'red blue', '']) assert.equal(byKey(kit, client, key).code, RESPONSE.QUERY_NOT_FOUND, key);
  assert.equal(byKey(kit, client, 'blue', { isUnique: true }).code, RESPONSE.QUERY_NOT_FOUND);
  const nowhere = { topic: 'nowhere', key: 'red', maxNum: 1, ...EVER, _UNIQUE_KEY_QUERY: false };
  assert.equal(client.ask(queryMessage, nowhere).code, RESPONSE.QUERY_NOT_FOUND);
  for (const maxNum of [0, -1]) assert.equal(byKey(kit, client, 'blue', { maxNum }).code, RESPONSE.QUERY_NOT_FOUND);
});

// ── Topics ──

const TOPIC = { topic: 'made', defaultTopic: 'TBW102', perm: 6, topicFilterType: 'SINGLE_TAG', order: false };

function make(client: Client, queues: number, more: { topic?: string; attributes?: string; perm?: number } = {}): Said {
  return client.ask(updateAndCreateTopic, { ...TOPIC, readQueueNums: queues, writeQueueNums: queues, ...more });
}

test('a topic is made with its queues and attributes, changed, and deleted', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  assert.equal(client.ask(getTopicConfig, { topic: 'made' }).code, RESPONSE.TOPIC_NOT_EXIST);
  assert.equal(make(client, 3, { attributes: '+message.type=FIFO' }).code, RESPONSE.SUCCESS);
  const { body } = kit.restart().client().ask(getTopicConfig, { topic: 'made' });
  const { readQueueNums, writeQueueNums, perm, attributes } = JSON.parse(body.toString());
  assert.deepEqual([readQueueNums, writeQueueNums, perm, attributes], [3, 3, 6, { 'message.type': 'FIFO' }]);
});

test('more queues, other rights, and gone', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  make(client, 1);
  assert.equal(client.publish('made', 'a', { queueId: 1 }).code, RESPONSE.INVALID_PARAMETER);
  make(client, 2);
  assert.equal(client.publish('made', 'a', { queueId: 1 }).code, RESPONSE.SUCCESS);
  make(client, 2, { perm: 4 });
  const config = JSON.parse(client.ask(getTopicConfig, { topic: 'made' }).body.toString());
  assert.deepEqual([config.writeQueueNums, config.perm], [2, 4]);
  assert.equal(client.ask(deleteTopicInBroker, { topic: 'made' }).code, RESPONSE.SUCCESS);
  assert.equal(client.ask(getTopicConfig, { topic: 'made' }).code, RESPONSE.TOPIC_NOT_EXIST);
});

test("topics that can not be: names, numbers of queues, the system's own", () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  for (const queues of [0, -1, 1_025, 0x7fff_ffff]) {
    assert.equal(make(client, queues).code, RESPONSE.INVALID_PARAMETER, String(queues));
  }
  for (const topic of ['', 'no such name!', 'a'.repeat(128), 'TBW102', 'SCHEDULE_TOPIC_XXXX']) {
    assert.equal(make(client, 1, { topic }).code, RESPONSE.INVALID_PARAMETER, topic);
  }
  assert.equal(client.ask(deleteTopicInBroker, { topic: 'TBW102' }).code, RESPONSE.INVALID_PARAMETER);
});
