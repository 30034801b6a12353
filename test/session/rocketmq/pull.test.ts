/**
 * Pulling: what is answered when, limits, filters, waiting, other protocols' messages.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateAndCreateTopic } from '../../../src/wire/rocketmq/apis/administration.ts';
import { heartBeat, litePullMessage, pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { heartbeatData } from '../../../src/wire/rocketmq/bodies/heartbeat.ts';
import { PULL_FLAG } from '../../../src/wire/rocketmq/constants.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { TextMessage } from '../../core/kit.ts';
import { type Client, messagesIn, RocketmqKit, type Said, textsIn } from './kit.ts';

interface Traits {
  readonly topic?: string;
  readonly queueId?: number;
  readonly offset?: number;
  readonly count?: number;
  readonly bytes?: number;
  readonly waitMs?: number;
  readonly filter?: string | null;
  readonly type?: string;
  readonly subVersion?: number;
  readonly group?: string;
  readonly commit?: number;
}

function request(traits: Traits = {}) {
  const { filter = '*', waitMs = 0, commit } = traits;
  return {
    consumerGroup: traits.group ?? 'readers',
    topic: traits.topic ?? 'orders',
    queueId: traits.queueId ?? 0,
    queueOffset: traits.offset ?? 0,
    maxMsgNums: traits.count ?? 32,
    sysFlag:
      (filter === null ? 0 : PULL_FLAG.SUBSCRIPTION) |
      (waitMs > 0 ? PULL_FLAG.SUSPEND : 0) |
      (commit === undefined ? 0 : PULL_FLAG.COMMIT_OFFSET),
    commitOffset: commit ?? 0,
    suspendTimeoutMillis: waitMs,
    subVersion: traits.subVersion ?? 1,
    ...(filter === null ? {} : { subscription: filter }),
    ...(traits.type === undefined ? {} : { expressionType: traits.type }),
    ...(traits.bytes === undefined ? {} : { maxMsgBytes: traits.bytes }),
  };
}

function pull(client: Client, traits: Traits = {}): Said {
  return client.ask(pullMessage, request(traits));
}

function shape({ code, remark, fields, body }: Said): string {
  const range = `${fields.minOffset}-${fields.maxOffset}`;
  return `${code} ${remark} ${fields.nextBeginOffset} of ${range}: ${textsIn(body).join(' ')}`;
}

function withMessages(...texts: string[]): { kit: RocketmqKit; client: Client } {
  const kit = new RocketmqKit();
  const client = kit.client();
  for (const text of texts) client.publish('orders', text, { queues: 1, properties: { TAGS: text } });
  return { kit, client };
}

test('offsets inside, at the end, beyond, and in an empty queue', () => {
  const { kit, client } = withMessages('a', 'b', 'c');
  assert.equal(shape(pull(client)), '0 FOUND 3 of 0-3: a b c');
  assert.equal(shape(pull(client, { offset: 2 })), '0 FOUND 3 of 0-3: c');
  assert.equal(shape(pull(client, { offset: 3 })), '19 OFFSET_OVERFLOW_ONE 3 of 0-3: ');
  assert.equal(shape(pull(client, { offset: 9 })), '21 OFFSET_OVERFLOW_BADLY 3 of 0-3: ');
  assert.equal(shape(pull(client, { offset: -1 })), '21 OFFSET_TOO_SMALL 0 of 0-3: ');
  kit.node.topics.find('orders')?.logs[0]?.releaseTo(2);
  kit.settle();
  assert.equal(shape(pull(client, { offset: 1 })), '21 OFFSET_TOO_SMALL 2 of 2-3: ');
  assert.equal(shape(client.ask(litePullMessage, request({ offset: 2 }))), '0 FOUND 3 of 2-3: c');
  client.publish('other', 'x', { queues: 2 });
  assert.equal(shape(pull(client, { topic: 'other', queueId: 1 })), '19 NO_MESSAGE_IN_QUEUE 0 of 0-0: ');
  assert.equal(shape(pull(client, { topic: 'other', queueId: 1, offset: 5 })), '21 NO_MESSAGE_IN_QUEUE 0 of 0-0: ');
});

test('the place of each message is in it', () => {
  const { client } = withMessages('a', 'b');
  const messages = messagesIn(pull(client).body);
  assert.deepEqual(
    messages.map(({ queueId, queueOffset, topic }) => [queueId, queueOffset, topic]),
    [
      [0, 0, 'orders'],
      [0, 1, 'orders'],
    ],
  );
  assert.ok(messages.every(({ hasTrueCrc }) => hasTrueCrc));
});

test('not more than 32 messages or the bytes that are wanted, but one always', () => {
  const { client } = withMessages(...Array.from({ length: 40 }, (_, index) => `m${index}`));
  assert.equal(textsIn(pull(client, { count: 1000 }).body).length, 32);
  assert.equal(textsIn(pull(client, { count: 3 }).body).length, 3);
  assert.equal(textsIn(pull(client, { bytes: 1 }).body).length, 1);
});

test('topics and queues that are not there, or not to be read', () => {
  const { client } = withMessages('a');
  assert.equal(pull(client, { topic: 'nobody' }).code, RESPONSE.TOPIC_NOT_EXIST);
  const illegal = pull(client, { queueId: 5 });
  assert.equal(illegal.code, RESPONSE.INVALID_PARAMETER);
  assert.match(illegal.remark ?? '', /^queueId\[5\] is illegal, topic:\[orders\]/);
  const config = { topic: 'orders', defaultTopic: 'TBW102', readQueueNums: 1, writeQueueNums: 1, perm: 2 };
  client.ask(updateAndCreateTopic, { ...config, topicFilterType: 'SINGLE_TAG', order: false });
  const forbidden = pull(client);
  assert.deepEqual([forbidden.code, forbidden.fields], [RESPONSE.NO_PERMISSION, { forbiddenType: '3' }]);
});

test('tags are compared exactly, by what the pull says or the heartbeat did', () => {
  const { client } = withMessages('a', 'b', 'c', 'a');
  assert.equal(shape(pull(client, { filter: 'a || c' })), '0 FOUND 4 of 0-4: a c a');
  assert.equal(shape(pull(client, { filter: 'x' })), '20 NO_MATCHED_MESSAGE 4 of 0-4: ');
  const subscriptionDataSet = [{ topic: 'orders', subString: 'b', subVersion: 5 }];
  const consumerDataSet = [{ groupName: 'readers', subscriptionDataSet }];
  client.ask(heartBeat, {}, { body: heartbeatData.encode({ clientID: 'c', consumerDataSet }) });
  assert.equal(shape(pull(client, { filter: null, subVersion: 5 })), '0 FOUND 4 of 0-4: b');
  // A heartbeat may come later than the pull: then the client sorts out for itself.
  assert.equal(shape(pull(client, { filter: null, subVersion: 6 })), '0 FOUND 4 of 0-4: a b c a');
  assert.equal(shape(pull(client, { filter: null, group: 'unknown' })), '0 FOUND 4 of 0-4: a b c a');
});

test('conditions over properties', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  for (const size of ['3', '7', '12']) client.publish('orders', size, { queues: 1, properties: { size } });
  const filter = 'size > 5 AND size < 10';
  assert.equal(shape(pull(client, { filter, type: 'SQL92' })), '0 FOUND 3 of 0-3: 7');
  assert.equal(pull(client, { filter: 'size >', type: 'SQL92' }).code, RESPONSE.SUBSCRIPTION_PARSE_FAILED);
  assert.equal(pull(client, { filter: 'x', type: 'ODD' }).code, RESPONSE.SUBSCRIPTION_PARSE_FAILED);
  assert.equal(pull(client, { filter: null, type: 'SQL92' }).code, RESPONSE.SUBSCRIPTION_NOT_EXIST);
});

test('an empty one waits for a message, and no longer than it may', () => {
  const { kit, client } = withMessages('a');
  const reader = kit.client();
  reader.send(pullMessage, request({ offset: 1, waitMs: 15_000 }));
  kit.settle();
  assert.deepEqual(reader.said(), []);
  client.publish('orders', 'late', { queues: 1 });
  assert.deepEqual(reader.said().map(shape), ['0 FOUND 2 of 0-2: late']);
  reader.send(pullMessage, request({ offset: 2, waitMs: 15_000 }));
  kit.wait(14_999);
  assert.deepEqual(reader.said(), []);
  kit.wait(1);
  assert.deepEqual(reader.said().map(shape), ['19 OFFSET_OVERFLOW_ONE 2 of 0-2: ']);
});

test('one that waits passes over what its filter does not want', () => {
  const { kit, client } = withMessages('a');
  const reader = kit.client();
  reader.send(pullMessage, request({ offset: 1, waitMs: 15_000, filter: 'mine' }));
  kit.settle();
  client.publish('orders', 'other', { properties: { TAGS: 'other' } });
  assert.deepEqual(reader.said(), []);
  client.publish('orders', 'mine', { properties: { TAGS: 'mine' } });
  assert.deepEqual(reader.said().map(shape), ['0 FOUND 3 of 0-3: mine']);
  reader.send(pullMessage, request({ offset: 1, waitMs: 15_000, filter: 'nobody' }));
  client.publish('orders', 'other', { properties: { TAGS: 'other' } });
  kit.wait(15_000);
  // At once: what is there was looked at, and there was nothing.
  assert.equal(reader.said()[0]?.code, RESPONSE.PULL_RETRY_IMMEDIATELY);
});

test('a topic that is deleted answers who waits for it', () => {
  const { kit } = withMessages('a');
  const reader = kit.client();
  reader.send(pullMessage, request({ offset: 1, waitMs: 15_000 }));
  kit.settle();
  kit.node.topics.delete('orders');
  kit.wait(15_000);
  assert.equal(reader.said()[0]?.code, RESPONSE.TOPIC_NOT_EXIST);
});

test('who leaves is waited for no longer', () => {
  const { kit, client } = withMessages('a');
  const reader = kit.client();
  reader.send(pullMessage, request({ offset: 1, waitMs: 15_000 }));
  kit.settle();
  reader.connection.ended();
  client.publish('orders', 'late');
  assert.deepEqual(reader.said(), []);
  assert.deepEqual(kit.faults, []);
});

test('cold bytes are waited for', () => {
  const { kit, client } = withMessages('a', 'b');
  kit.store.isCold = (_, offset) => offset === 0;
  client.send(pullMessage, request());
  kit.broker.turn();
  assert.deepEqual(client.said(), []);
  kit.store.isCold = () => false;
  kit.settle();
  assert.deepEqual(client.said().map(shape), ['0 FOUND 2 of 0-2: a b']);
});

test('a pull can say how far the group has come', () => {
  const { kit, client } = withMessages('a', 'b');
  pull(client, { commit: 1 });
  const log = kit.node.topics.find('orders')?.logs[0]?.log.id as number;
  assert.equal(kit.namespace.groups.byName.get('readers')?.positions.get(log)?.offset, 1);
});

test('messages of other formats are translated, and unreadable ones handed out as they are', () => {
  const { kit, client } = withMessages('a');
  const exchange = kit.namespace.exchange('orders');
  exchange.keptRoute(0).publish(new TextMessage('of nobody'));
  client.publish('orders', 'b', { queues: 1 });
  const messages = messagesIn(pull(client).body);
  assert.deepEqual(
    messages.map(({ body, topic, queueOffset }) => [body, topic, queueOffset]),
    [
      ['a', 'orders', 0],
      ['of nobody', 'orders', 1],
      ['b', 'orders', 2],
    ],
  );
});

test('who does not take what he asked for gets nothing more', () => {
  const { kit, client } = withMessages('a');
  client.outbox.pendingBytes = 2 * 1024 * 1024;
  client.send(pullMessage, request());
  kit.settle();
  assert.deepEqual(client.said(), []);
  assert.equal(client.outbox.paused, true);
  client.outbox.pendingBytes = 0;
  client.connection.drained();
  kit.settle();
  assert.deepEqual(client.said().map(shape), ['0 FOUND 1 of 0-1: a']);
  assert.equal(client.outbox.paused, false);
});
