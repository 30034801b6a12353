/**
 * Transactions: half messages, decisions in every order, check-back, and compensations.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOLD } from '../../../src/core/hold-table.ts';
import { heartBeat, pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { endTransaction } from '../../../src/wire/rocketmq/apis/messages.ts';
import { MESSAGE_FLAG } from '../../../src/wire/rocketmq/constants.ts';
import { parseOffsetId } from '../../../src/wire/rocketmq/message-id.ts';
import { REQUEST } from '../../../src/wire/rocketmq/request-codes.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { type Client, messagesIn, type PulledMessage, RocketmqKit, type Said } from './kit.ts';

const PREPARED = { sysFlag: MESSAGE_FLAG.TRANSACTION_PREPARED } as const;
const COMMIT = MESSAGE_FLAG.TRANSACTION_COMMIT;
const ROLLBACK = MESSAGE_FLAG.TRANSACTION_ROLLBACK;
const IMMUNITY_MS = 6_000;
const INTERVAL_MS = 30_000;

function pulled(client: Client, topic: string, queueId = 0): PulledMessage[] {
  const place = { consumerGroup: 'readers', topic, queueId, queueOffset: 0, commitOffset: 0 };
  const terms = { maxMsgNums: 32, sysFlag: 4, suspendTimeoutMillis: 0, subscription: '*', subVersion: 1 };
  const answer = client.ask(pullMessage, { ...place, ...terms });
  return answer.code === RESPONSE.SUCCESS ? messagesIn(answer.body) : [];
}

const textsOf = (messages: readonly PulledMessage[]): string[] => messages.map(({ body }) => body);

/** Of a half message's answer or of a check: how it is decided. */
interface Half {
  readonly tranStateTableOffset: number;
  readonly commitLogOffset: number;
  readonly msgId: string;
}

function half(client: Client, topic: string, body: string, properties: Record<string, string> = {}): Half {
  const { code, fields } = client.publish(topic, body, {
    ...PREPARED,
    properties: { UNIQ_KEY: `key-${body}`, ...properties },
  });
  assert.equal(code, RESPONSE.SUCCESS);
  const { physicalOffset } = parseOffsetId(fields['msgId'] ?? '');
  return {
    tranStateTableOffset: Number(fields['queueOffset']),
    commitLogOffset: physicalOffset,
    msgId: `key-${body}`,
  };
}

function decide(client: Client, decision: number, of: Half, group = 'makers'): Said {
  return client.ask(endTransaction, {
    producerGroup: group,
    commitOrRollback: decision,
    fromTransactionCheck: false,
    ...of,
  });
}

/** A producer of the group, from now on. */
function attend(client: Client, clientId: string, group = 'makers'): void {
  const heartbeat = { clientID: clientId, producerDataSet: [{ groupName: group }], consumerDataSet: [] };
  assert.equal(client.ask(heartBeat, {}, { body: Buffer.from(JSON.stringify(heartbeat)) }).code, RESPONSE.SUCCESS);
}

/** The half messages that a client was asked about since the last look. */
function asked(client: Client): { half: Half; message: PulledMessage }[] {
  const checks = client
    .said()
    .filter(({ code, isResponse }) => !isResponse && code === REQUEST.CHECK_TRANSACTION_STATE);
  return checks.map(({ fields, body, isOneway }) => {
    assert.ok(isOneway);
    const [message] = messagesIn(body);
    assert.ok(message !== undefined);
    return {
      message,
      half: {
        tranStateTableOffset: Number(fields['tranStateTableOffset']),
        commitLogOffset: Number(fields['commitLogOffset']),
        msgId: fields['msgId'] ?? '',
      },
    };
  });
}

test('a half message is invisible; a commit places it, a rollback frees it', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const [one, two] = [half(client, 'orders', 'one', { TAGS: 'paid' }), half(client, 'orders', 'two')];
  assert.deepEqual(pulled(client, 'orders'), []);
  assert.equal(kit.namespace.prepared.held, 2);
  assert.equal(decide(client, ROLLBACK, one).code, RESPONSE.SUCCESS);
  assert.equal(decide(client, COMMIT, two).code, RESPONSE.SUCCESS);
  const [message, ...more] = pulled(client, 'orders');
  assert.deepEqual([message?.body, message?.queueOffset, more], ['two', 0, []]);
  assert.equal((message?.sysFlag ?? 0) & MESSAGE_FLAG.TRANSACTION_ROLLBACK, MESSAGE_FLAG.TRANSACTION_COMMIT);
  assert.equal(kit.namespace.prepared.held, 0);
});

test('the first decision counts: the same again delivers nothing, the opposite is refused', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const [kept, dropped] = [half(client, 'orders', 'kept'), half(client, 'orders', 'dropped')];
  for (let time = 0; time < 3; time++) {
    assert.equal(decide(client, COMMIT, kept).code, RESPONSE.SUCCESS);
    assert.equal(decide(client, ROLLBACK, dropped).code, RESPONSE.SUCCESS);
    assert.equal(decide(client, ROLLBACK, kept).code, RESPONSE.ILLEGAL_OPERATION);
    assert.equal(decide(client, COMMIT, dropped).code, RESPONSE.ILLEGAL_OPERATION);
  }
  assert.deepEqual(textsOf(pulled(client, 'orders')), ['kept']);
});

test('decisions about what is not there, by the wrong group, and no decision at all', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const one = half(client, 'orders', 'one');
  const nowhere = { ...one, tranStateTableOffset: 77 };
  assert.equal(decide(client, COMMIT, nowhere).remark, 'Find prepared transaction message failed');
  assert.equal(decide(client, COMMIT, { ...one, tranStateTableOffset: -1 }).code, RESPONSE.SYSTEM_ERROR);
  assert.equal(decide(client, COMMIT, one, 'others').remark, 'The producer group wrong');
  assert.equal(decide(client, 0, one).code, RESPONSE.SUCCESS);
  assert.deepEqual(pulled(client, 'orders'), []);
  assert.equal(kit.namespace.prepared.held, 1);
});

test('one-way decisions are carried out and not answered', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const one = half(client, 'orders', 'one');
  const request = { producerGroup: 'makers', commitOrRollback: COMMIT, fromTransactionCheck: false, ...one };
  client.send(endTransaction, request, { isOneway: true });
  kit.settle();
  assert.deepEqual(client.said(), []);
  assert.deepEqual(textsOf(pulled(client, 'orders')), ['one']);
});

test('who does not decide is asked, at the times that are set, always about the same place', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  attend(client, 'producer');
  const one = half(client, 'orders', 'one');
  kit.wait(IMMUNITY_MS - 1);
  assert.deepEqual(asked(client), []);
  kit.wait(1);
  const [first] = asked(client);
  assert.deepEqual(first?.half, one);
  assert.deepEqual([first?.message.body, first?.message.properties['TRANSACTION_CHECK_TIMES']], ['one', '1']);
  kit.wait(INTERVAL_MS - 1);
  assert.deepEqual(asked(client), []);
  kit.wait(1);
  const [second, ...more] = asked(client);
  assert.deepEqual([second?.half, second?.message.properties['TRANSACTION_CHECK_TIMES'], more], [one, '2', []]);
  assert.equal(decide(client, COMMIT, second?.half ?? one).code, RESPONSE.SUCCESS);
  kit.wait(2 * INTERVAL_MS);
  assert.deepEqual(asked(client), []);
  assert.deepEqual(textsOf(pulled(client, 'orders')), ['one']);
});

test('a message can say when it is first asked about', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  attend(client, 'producer');
  half(client, 'orders', 'patient', { CHECK_IMMUNITY_TIME_IN_SECONDS: '60' });
  half(client, 'orders', 'nonsense', { CHECK_IMMUNITY_TIME_IN_SECONDS: 'soon' });
  kit.wait(IMMUNITY_MS);
  assert.deepEqual(
    asked(client).map(({ message }) => message.body),
    ['nonsense'],
  );
  kit.wait(60_000 - IMMUNITY_MS - 1);
  assert.ok(!asked(client).some(({ message }) => message.body === 'patient'));
  kit.wait(1);
  assert.ok(asked(client).some(({ message }) => message.body === 'patient'));
});

test('another producer of the group is asked when the first has gone, after a restart too', () => {
  const kit = new RocketmqKit();
  const gone = kit.client();
  attend(gone, 'gone');
  const one = half(gone, 'orders', 'one');
  gone.connection.ended();
  const stranger = kit.client();
  attend(stranger, 'stranger', 'others');
  kit.wait(IMMUNITY_MS);
  assert.deepEqual(asked(stranger), []);

  const again = kit.restart();
  const client = again.client();
  attend(client, 'producer');
  again.wait(INTERVAL_MS);
  const questions = asked(client);
  assert.deepEqual(
    questions.map((question) => question.half),
    [one],
  );
  assert.equal(decide(client, COMMIT, one).code, RESPONSE.SUCCESS);
  assert.deepEqual(textsOf(pulled(client, 'orders')), ['one']);
});

test('who was asked often enough is parked, and can be decided still', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  attend(client, 'producer');
  const one = half(client, 'orders', 'one');
  const { checksMax } = kit.broker.limits;
  let count = 0;
  for (let time = 0; time < checksMax + 5; time++) {
    kit.wait(time === 0 ? IMMUNITY_MS : INTERVAL_MS);
    count += asked(client).length;
    if (time % 3 === 0) attend(client, 'producer');
  }
  assert.equal(count, checksMax);
  assert.equal(kit.namespace.prepared.find(one.tranStateTableOffset)?.state, HOLD.PARKED);
  assert.equal(decide(client, COMMIT, one).code, RESPONSE.SUCCESS);
  assert.deepEqual(textsOf(pulled(client, 'orders')), ['one']);
});

// ── Compensations ──

const PLAN = {
  checkAfterMs: 60_000,
  messages: [
    { topic: 'stock', body: 'give back 3', tags: 'release', keys: 'order-7', properties: { why: 'unpaid' } },
    { topic: 'points', bodyBase64: Buffer.from('take 30').toString('base64') },
  ],
};

function order(client: Client, plan: unknown): Said {
  const properties = {
    UNIQ_KEY: 'ORDER7',
    DRAGOMAN_COMPENSATION: typeof plan === 'string' ? plan : JSON.stringify(plan),
  };
  return client.publish('orders', 'order 7', { properties });
}

function all(client: Client, topic: string): PulledMessage[] {
  return [...Array(8).keys()].flatMap((queueId) => pulled(client, topic, queueId));
}

test('what undoes an operation waits, and is sent when it has failed', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  attend(client, 'producer');
  assert.equal(order(client, PLAN).code, RESPONSE.SUCCESS);
  assert.deepEqual(textsOf(pulled(client, 'orders')), ['order 7']);
  kit.wait(59_999);
  assert.deepEqual(asked(client), []);
  kit.wait(1);
  const [question] = asked(client);
  assert.ok(question !== undefined);
  assert.equal(question.message.properties['DRAGOMAN_COMPENSATES'], 'ORDER7');
  assert.deepEqual(textsOf([...all(client, 'stock'), ...all(client, 'points')]), []);
  assert.equal(decide(client, ROLLBACK, question.half).code, RESPONSE.SUCCESS);
  const [release] = all(client, 'stock');
  assert.equal(release?.body, 'give back 3');
  const { TAGS, KEYS, why, DRAGOMAN_COMPENSATES: of } = release?.properties ?? {};
  assert.deepEqual([TAGS, KEYS, why, of], ['release', 'order-7', 'unpaid', 'ORDER7']);
  assert.deepEqual(textsOf(all(client, 'points')), ['take 30']);
});

test('it is dropped when the operation has succeeded, and survives a restart before', () => {
  const kit = new RocketmqKit();
  order(kit.client(), PLAN);
  const again = kit.restart();
  const client = again.client();
  attend(client, 'producer');
  again.wait(60_000);
  const [question] = asked(client);
  assert.ok(question !== undefined);
  assert.equal(decide(client, COMMIT, question.half).code, RESPONSE.SUCCESS);
  assert.equal(decide(client, ROLLBACK, question.half).code, RESPONSE.ILLEGAL_OPERATION);
  assert.deepEqual(textsOf([...all(client, 'stock'), ...all(client, 'points')]), []);
});

test('a plan that makes no sense is refused, and its message with it', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const [message] = PLAN.messages;
  const plans = [
    'nothing',
    '[]',
    { ...PLAN, checkAfterMs: -1 },
    { ...PLAN, checkAfterMs: 1.5 },
    { ...PLAN, messages: [] },
    { ...PLAN, messages: Array(101).fill(message) },
    { ...PLAN, messages: [null] },
    { ...PLAN, messages: [{ ...message, topic: 7 }] },
    { ...PLAN, messages: [{ ...message, topic: 'no such name!' }] },
    { ...PLAN, messages: [{ ...message, body: '' }] },
    { ...PLAN, messages: [{ ...message, bodyBase64: 'AAAA' }] },
    { ...PLAN, messages: [{ ...message, properties: { n: 7 } }] },
    { ...PLAN, messages: [{ ...message, properties: { 'a\x01b': 'c' } }] },
    { ...PLAN, extra: true },
  ];
  for (const plan of plans)
    assert.notEqual(order(client, plan).code, RESPONSE.SUCCESS, JSON.stringify(plan).slice(0, 90));
  assert.deepEqual(pulled(client, 'orders'), []);
  assert.equal(kit.namespace.prepared.held, 0);
});
