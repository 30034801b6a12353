/**
 * Sending: every form of it, when it is answered and with what, what is refused, and what becomes of the properties.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { sendBatchMessage, sendMessage, sendMessageV2 } from '../../../src/wire/rocketmq/apis/messages.ts';
import { SERIALIZE } from '../../../src/wire/rocketmq/constants.ts';
import { messageBatch } from '../../../src/wire/rocketmq/message-batch.ts';
import { parseOffsetId, parseUniqueKey } from '../../../src/wire/rocketmq/message-id.ts';
import { propertiesOf } from '../../../src/wire/rocketmq/properties.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { BORN, type Client, messagesIn, type PulledMessage, RocketmqKit, sendFields } from './kit.ts';

function pulled(client: Client, topic: string, queueId = 0): PulledMessage[] {
  const answer = client.ask(pullMessage, {
    consumerGroup: 'readers',
    topic,
    queueId,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 4,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 1,
  });
  return answer.code === RESPONSE.SUCCESS ? messagesIn(answer.body) : [];
}

test('a message is answered when it is committed, and stored as it came', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const properties = { KEYS: 'k1 k2', TAGS: 'paid', UNIQ_KEY: 'AB12', mine: 'ü' };
  client.send(sendMessageV2, sendFields('orders', { properties }), { body: Buffer.from('hello') });
  kit.broker.turn();
  assert.deepEqual(client.said(), []);
  kit.settle();
  const [answer] = client.said();
  assert.ok(answer !== undefined);
  assert.equal(answer.code, RESPONSE.SUCCESS);
  const { msgId = '', ...fields } = answer.fields;
  assert.deepEqual(fields, {
    queueId: '0',
    queueOffset: '0',
    transactionId: 'AB12',
    MSG_REGION: 'DefaultRegion',
    TRACE_ON: 'true',
  });
  assert.equal(parseOffsetId(msgId).host.port, 10_911);
  const [message] = pulled(client, 'orders');
  assert.ok(message !== undefined);
  assert.deepEqual(message.properties, {
    ...properties,
    MSG_REGION: 'DefaultRegion',
    TRACE_ON: 'true',
    CLUSTER: 'DefaultCluster',
  });
  assert.deepEqual(
    [message.body, message.topic, message.flag, message.bornTimestamp, message.storeTimestamp, message.hasTrueCrc],
    ['hello', 'orders', 7, BORN, 1_000, true],
  );
});

test('both forms of the header, with names and with letters, split anywhere', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const named = {
    producerGroup: 'makers',
    topic: 'orders',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 1,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: BORN,
    flag: 0,
    properties: 'TAGS\x01a',
  };
  for (const type of [SERIALIZE.JSON, SERIALIZE.ROCKETMQ]) {
    assert.equal(client.ask(sendMessage, named, { body: Buffer.from('one'), type }).code, RESPONSE.SUCCESS);
    const asking = { body: Buffer.from('two'), type };
    assert.equal(client.ask(sendMessageV2, sendFields('orders', {}), asking).code, RESPONSE.SUCCESS);
  }
  const messages = pulled(client, 'orders');
  assert.deepEqual(
    messages.map(({ body, queueOffset }) => `${queueOffset}:${body}`),
    ['0:one', '1:two', '2:one', '3:two'],
  );
  assert.equal(messages[0]?.properties.TAGS, 'a');
});

test('one without a unique key gets one, another each', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const keys = [client.publish('orders', 'a'), client.publish('orders', 'b')].map(
    ({ fields }) => fields.transactionId ?? '',
  );
  assert.equal(new Set(keys).size, 2);
  for (const key of keys) assert.notEqual(parseUniqueKey(key), null);
  assert.deepEqual(
    pulled(client, 'orders').map(({ properties }) => properties.UNIQ_KEY),
    keys,
  );
});

test('one-way is stored and not answered', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.send(sendMessageV2, sendFields('orders'), { body: Buffer.from('x'), isOneway: true });
  client.send(sendMessageV2, sendFields('a b'), { body: Buffer.from('x'), isOneway: true });
  kit.settle();
  assert.deepEqual(client.said(), []);
  assert.equal(pulled(client, 'orders').length, 1);
});

test('a topic is made by being sent to, with as many queues as both want', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('four', 'x', { queues: 4 });
  client.publish('eight', 'x', { queues: 100 });
  assert.deepEqual([kit.node.topics.find('four')?.logs.length, kit.node.topics.find('eight')?.logs.length], [4, 8]);
  assert.equal(client.publish('none', 'x', { template: 'other' }).code, RESPONSE.TOPIC_NOT_EXIST);
  const strict = new RocketmqKit({ autoCreate: false });
  const answer = strict.client().publish('four', 'x');
  assert.deepEqual(
    [answer.code, answer.remark],
    [RESPONSE.TOPIC_NOT_EXIST, 'topic[four] not exist, apply first please!'],
  );
});

test('a negative queue is any of them in turn', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const queues = [1, 2, 3, 4].map(() => client.publish('orders', 'x', { queueId: -1, queues: 4 }).fields.queueId);
  assert.deepEqual([...queues].sort(), ['0', '1', '2', '3']);
});

test('what is refused, and that a refusal says where it is from', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('orders', 'x', { queues: 1 });
  const told = { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' };
  const refused = [
    [client.publish('a b', 'x'), RESPONSE.INVALID_PARAMETER, /illegal characters/],
    [client.publish('t'.repeat(128), 'x'), RESPONSE.INVALID_PARAMETER, /longer than topic max length/],
    [client.publish('RMQ_SYS_TRANS_HALF_TOPIC', 'x'), RESPONSE.NO_PERMISSION, /is forbidden/],
    [client.publish('orders', 'x', { queueId: 7 }), RESPONSE.INVALID_PARAMETER, /queueId\[7\] is illegal/],
    [client.publish('orders', ''), RESPONSE.SYSTEM_ERROR, /length is zero/],
    [client.publish('orders', 'x'.repeat(4 * 1024 * 1024 + 1)), RESPONSE.MESSAGE_ILLEGAL, /length limit 4194304B/],
    [client.publish('orders', 'x', { properties: { long: 'x'.repeat(33_000) } }), RESPONSE.MESSAGE_ILLEGAL, /32KB/],
  ] as const;
  for (const [answer, code, remark] of refused) {
    assert.equal(answer.code, code);
    assert.match(answer.remark ?? '', remark);
    assert.deepEqual(answer.fields, told);
  }
  assert.equal(pulled(client, 'orders').length, 1);
});

test('a body of 4 MiB comes back whole', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const body = Buffer.alloc(4 * 1024 * 1024, 'x').toString();
  assert.equal(client.publish('orders', body).code, RESPONSE.SUCCESS);
  assert.equal(pulled(client, 'orders')[0]?.body, body);
});

test('a batch is one request of many messages, each with its own key and id', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const messages = ['a', 'b', 'c'].map((text, flag) => ({
    flag,
    body: Buffer.from(text),
    properties: propertiesOf(text === 'c' ? {} : { UNIQ_KEY: `key-${text}` }),
  }));
  const fields = { ...sendFields('orders', { queueId: 1 }), m: true };
  const answer = client.ask(sendBatchMessage, fields, { body: messageBatch(messages) });
  assert.equal(answer.code, RESPONSE.SUCCESS);
  assert.equal(answer.fields.batchUniqId, undefined);
  const ids = (answer.fields.msgId ?? '').split(',');
  assert.equal(new Set(ids).size, 3);
  const got = pulled(client, 'orders', 1);
  assert.deepEqual(
    got.map(({ body, flag, queueOffset }) => [body, flag, queueOffset]),
    [
      ['a', 0, 0],
      ['b', 1, 1],
      ['c', 2, 2],
    ],
  );
  assert.deepEqual(
    got.slice(0, 2).map(({ properties }) => properties.UNIQ_KEY),
    ['key-a', 'key-b'],
  );
  assert.notEqual(got[2]?.properties.UNIQ_KEY, undefined);
});

test('a batch that lies about its parts is refused whole', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const body = messageBatch([{ flag: 0, body: Buffer.from('a'), properties: propertiesOf({}) }]);
  const broken = Buffer.concat([body, body.subarray(0, body.length - 1)]);
  const answer = client.ask(sendBatchMessage, { ...sendFields('orders'), m: true }, { body: broken });
  assert.equal(answer.code, RESPONSE.MESSAGE_ILLEGAL);
  assert.deepEqual(pulled(client, 'orders'), []);
});

test('a retry that came too often goes to the dead letters', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('%RETRY%g', 'once more', { reconsumeTimes: 3, maxReconsumeTimes: 3 });
  client.publish('%RETRY%g', 'too often', { reconsumeTimes: 4, maxReconsumeTimes: 3 });
  client.publish('%RETRY%g', 'by default', { reconsumeTimes: 17 });
  assert.deepEqual(
    pulled(client, '%RETRY%g').map(({ body }) => body),
    ['once more'],
  );
  assert.deepEqual(
    pulled(client, '%DLQ%g').map(({ body }) => body),
    ['too often', 'by default'],
  );
});

test('while the store is full nothing is read; a full disk is said', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  kit.store.pressure = 'memory';
  client.send(sendMessageV2, sendFields('orders'), { body: Buffer.from('x') });
  client.send(sendMessageV2, sendFields('orders'), { body: Buffer.from('y') });
  assert.equal(client.outbox.paused, true);
  kit.settle();
  assert.deepEqual(client.said(), []);
  kit.store.pressure = 'none';
  kit.wait(20);
  assert.equal(client.said().length, 2);
  assert.equal(client.outbox.paused, false);
  kit.store.pressure = 'disk';
  assert.equal(client.publish('orders', 'z').code, RESPONSE.SERVICE_NOT_AVAILABLE);
});

test('what was confirmed is there after a restart', () => {
  const kit = new RocketmqKit();
  kit.client().publish('orders', 'kept', { queueId: 2 });
  const client = kit.restart().client();
  assert.deepEqual(
    pulled(client, 'orders', 2).map(({ body }) => body),
    ['kept'],
  );
});
