/**
 * Groups: heartbeats and who is told of them, locks on queues, how far a group has come.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  getConsumerListByGroup,
  heartBeat,
  lockBatchMessageQueues,
  queryConsumerOffset,
  unlockBatchMessageQueues,
  unregisterClient,
  updateConsumerOffset,
} from '../../../src/wire/rocketmq/apis/consumption.ts';
import { REQUEST } from '../../../src/wire/rocketmq/request-codes.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { type Client, RocketmqKit, type Said } from './kit.ts';

const LOCK_MS = 60_000;
const SILENCE_MS = 120_000;

function json(value: unknown): { body: Buffer } {
  return { body: Buffer.from(JSON.stringify(value)) };
}

function beat(client: Client, clientID: string, subString = '*', groupName = 'readers'): Said {
  const subscriptionDataSet = [{ topic: 'orders', subString, tagsSet: [], codeSet: [], subVersion: 1 }];
  const data = { clientID, producerDataSet: [], consumerDataSet: [{ groupName, subscriptionDataSet }] };
  return client.ask(heartBeat, {}, json(data));
}

function members(client: Client, consumerGroup = 'readers'): string[] | number {
  const { code, body } = client.ask(getConsumerListByGroup, { consumerGroup });
  return code === RESPONSE.SUCCESS ? JSON.parse(body.toString()).consumerIdList.sort() : code;
}

/** The groups that a client was told of since the last look. */
function told(client: Client): (string | undefined)[] {
  const changes = client
    .said()
    .filter(({ code, isResponse }) => !isResponse && code === REQUEST.NOTIFY_CONSUMER_IDS_CHANGED);
  assert.ok(changes.every(({ isOneway }) => isOneway));
  return changes.map(({ fields }) => fields['consumerGroup']);
}

test('members come, change what they want, and go; the others are told each time', () => {
  const kit = new RocketmqKit();
  const [one, two, looker] = [kit.client(), kit.client(), kit.client()];
  assert.equal(members(looker), RESPONSE.SYSTEM_ERROR);
  assert.equal(beat(one, 'one').code, RESPONSE.SUCCESS);
  assert.ok(kit.node.topics.find('%RETRY%readers') !== undefined);
  told(one);
  beat(two, 'two');
  assert.deepEqual(told(one), ['readers']);
  assert.deepEqual(members(looker), ['one', 'two']);
  beat(two, 'two');
  assert.deepEqual(told(one), [], 'nothing has changed');
  two.ask(unregisterClient, { clientID: 'two', consumerGroup: 'readers' });
  assert.deepEqual([told(one), members(looker)], [['readers'], ['one']]);
  beat(two, 'two');
  told(one);
  two.connection.ended();
  kit.settle();
  assert.deepEqual([told(one), members(looker)], [['readers'], ['one']]);
});

test('who says nothing for two minutes is no member any more', () => {
  const kit = new RocketmqKit();
  const [silent, alive] = [kit.client(), kit.client()];
  beat(silent, 'silent');
  beat(alive, 'alive');
  for (let waited = 0; waited < SILENCE_MS; waited += 30_000) {
    kit.wait(30_000);
    beat(alive, 'alive');
  }
  kit.wait(10_000);
  assert.deepEqual(members(alive), ['alive']);
});

test('a heartbeat that is no such thing, or of a group that can not be called so', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  for (const text of ['', '{', '[]', '{"clientID":"a","consumerDataSet":[{}]}']) {
    const { code } = client.ask(heartBeat, {}, { body: Buffer.from(text) });
    assert.notEqual(code, RESPONSE.SUCCESS, text);
  }
  assert.equal(beat(client, 'one', '*', 'not a name!').code, RESPONSE.INVALID_PARAMETER);
  assert.equal(beat(client, 'one').code, RESPONSE.SUCCESS, 'and the connection goes on');
});

// ── Locks ──

const [FIRST, SECOND] = [0, 1].map((queueId) => ({ topic: 'orders', brokerName: 'broker-a', queueId }));

function lock(client: Client, clientId: string, ...mqSet: unknown[]): number[] {
  const answer = client.ask(lockBatchMessageQueues, {}, json({ consumerGroup: 'readers', clientId, mqSet }));
  assert.equal(answer.code, RESPONSE.SUCCESS);
  return JSON.parse(answer.body.toString()).lockOKMQSet.map(({ queueId }: { queueId: number }) => queueId);
}

test('a queue has one owner, until it is given back or not asked for any more', () => {
  const kit = new RocketmqKit();
  const [one, two] = [kit.client(), kit.client()];
  assert.deepEqual(lock(one, 'one', FIRST), [0]);
  assert.deepEqual(lock(two, 'two', FIRST, SECOND), [1]);
  assert.deepEqual(lock(one, 'one', FIRST, SECOND), [0], 'one can ask again for what it has');
  const request = json({ consumerGroup: 'readers', clientId: 'two', mqSet: [FIRST] });
  two.ask(unlockBatchMessageQueues, {}, request);
  assert.deepEqual(lock(two, 'two', FIRST), [], "what is another's is not given back");
  one.ask(unlockBatchMessageQueues, {}, json({ consumerGroup: 'readers', clientId: 'one', mqSet: [FIRST] }));
  assert.deepEqual(lock(two, 'two', FIRST), [0]);
  kit.wait(LOCK_MS - 1);
  assert.deepEqual(lock(one, 'one', FIRST), []);
  kit.wait(1);
  assert.deepEqual(lock(one, 'one', FIRST), [0]);
});

// ── Offsets ──

const QUEUE = { consumerGroup: 'readers', topic: 'orders', queueId: 0 };

test('how far a group is, over a restart; a new one begins at the first message or is not known', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  for (const text of ['a', 'b', 'c']) client.publish('orders', text);
  assert.equal(client.ask(queryConsumerOffset, QUEUE).fields['offset'], '0');
  const strict = client.ask(queryConsumerOffset, { ...QUEUE, setZeroIfNotFound: false });
  assert.equal(strict.code, RESPONSE.QUERY_NOT_FOUND);
  assert.equal(client.ask(updateConsumerOffset, { ...QUEUE, commitOffset: 2 }).code, RESPONSE.SUCCESS);
  const again = kit.restart();
  const other = again.client();
  assert.equal(other.ask(queryConsumerOffset, QUEUE).fields['offset'], '2');
  again.node.topics.find('orders')?.logs[0]?.releaseTo(1);
  again.settle();
  const unknown = other.ask(queryConsumerOffset, { ...QUEUE, consumerGroup: 'new' });
  assert.equal(unknown.code, RESPONSE.QUERY_NOT_FOUND);
});

test('offsets of queues that are not there are refused', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  client.publish('orders', 'a', { queues: 1 });
  const missing = client.ask(updateConsumerOffset, { ...QUEUE, topic: 'nowhere', commitOffset: 1 });
  assert.equal(missing.code, RESPONSE.TOPIC_NOT_EXIST);
  for (const queueId of [1, -1, 0x7fff_ffff]) {
    const { code } = client.ask(updateConsumerOffset, { ...QUEUE, queueId, commitOffset: 1 });
    assert.equal(code, RESPONSE.INVALID_PARAMETER, String(queueId));
  }
});
