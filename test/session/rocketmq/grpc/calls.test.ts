/**
 * Calls by bare gRPC: routes, assignments, digests, handles, TLS, and what is refused and how.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { ChannelCredentials, status } from '@grpc/grpc-js';
import {
  CLIENT_TYPE,
  CODE,
  DIGEST_TYPE,
  ENCODING,
  MESSAGE_TYPE,
  PERMISSION,
} from '../../../../src/wire/rocketmq/v2/codes.ts';
import type { Message, ResponseOf } from '../../../../src/wire/rocketmq/v2/shapes.ts';
import { type BareClient, Scene } from './kit.ts';

const TOPIC = { name: 'orders' };
const GROUP = { name: 'readers' };

function messageOf(body: string, system: object = {}, userProperties: Record<string, string> = {}): Message {
  const type = { messageType: MESSAGE_TYPE.NORMAL, bodyEncoding: ENCODING.IDENTITY, queueId: 0 };
  const systemProperties = { messageId: `id-${body}`, keys: [], bornHost: 'here', ...type };
  return {
    topic: TOPIC,
    userProperties,
    systemProperties: { ...systemProperties, ...system },
    body: Buffer.from(body),
  };
}

async function codeOf(client: BareClient, message: Message): Promise<number> {
  return (await client.call('SendMessage', { messages: [message] })).status.code;
}

function receive(client: BareClient, more: object = {}): Promise<ResponseOf<'ReceiveMessage'>[]> {
  const queue = { topic: TOPIC, id: -1, permission: PERMISSION.READ };
  const terms = { group: GROUP, messageQueue: queue, batchSize: 16, autoRenew: false };
  const times = { invisibleDuration: { seconds: 30, nanos: 0 }, longPollingTimeout: { seconds: 0, nanos: 0 } };
  return client.receive({ ...terms, ...times, ...more } as Parameters<BareClient['receive']>[0]);
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

describe('gRPC', { timeout: 60_000, concurrency: true }, () => {
  test('a route names every queue, where the client found us; an assignment the broker as a whole', async (context) => {
    const scene = await Scene.open(context);
    const client = scene.client();
    const { status: outcome, messageQueues = [] } = await client.call('QueryRoute', { topic: TOPIC });
    assert.equal(outcome.code, CODE.OK);
    assert.deepEqual(
      messageQueues.map(({ id }) => id),
      [0, 1, 2, 3],
    );
    const [address] = messageQueues[0]?.broker?.endpoints?.addresses ?? [];
    assert.equal(`${address?.host}:${address?.port}`, scene.endpoints);
    const { assignments = [] } = await client.call('QueryAssignment', { topic: TOPIC, group: GROUP });
    assert.deepEqual(
      assignments.map(({ messageQueue }) => messageQueue.id),
      [-1],
    );
    await scene.typedTopic('in-order', 'FIFO', 3);
    const inOrder = await client.call('QueryAssignment', { topic: { name: 'in-order' }, group: GROUP });
    assert.deepEqual(
      inOrder.assignments?.map(({ messageQueue }) => messageQueue.id),
      [0, 1, 2],
    );
  });

  test('names that can not be, system topics, topics that nobody may make', async (context) => {
    const scene = await Scene.open(context, { rocketmqAutoCreate: false });
    const client = scene.client();
    const codes: number[] = [];
    for (const name of ['', 'a b', 'x'.repeat(300), 'SCHEDULE_TOPIC_XXXX', 'missing']) {
      codes.push((await client.call('QueryRoute', { topic: { name } })).status.code);
    }
    const { ILLEGAL_TOPIC, TOPIC_NOT_FOUND } = CODE;
    assert.deepEqual(codes, [ILLEGAL_TOPIC, ILLEGAL_TOPIC, ILLEGAL_TOPIC, ILLEGAL_TOPIC, TOPIC_NOT_FOUND]);
    assert.equal(await codeOf(client, messageOf('x')), TOPIC_NOT_FOUND);
    const group = { name: 'a b' };
    const answer = await client.call('Heartbeat', { group, clientType: CLIENT_TYPE.SIMPLE_CONSUMER });
    assert.equal(answer.status.code, CODE.ILLEGAL_CONSUMER_GROUP);
    assert.equal((await client.call('Heartbeat', { clientType: 99 })).status.code, CODE.UNRECOGNIZED_CLIENT_TYPE);
  });

  test('a call without a client id', async (context) => {
    const scene = await Scene.open(context);
    const answer = await scene.client().call('Heartbeat', { clientType: CLIENT_TYPE.PRODUCER }, '');
    assert.equal(answer.status.code, CODE.CLIENT_ID_REQUIRED);
  });

  test('a body that is not what its digest says is refused; what is given out has a digest', async (context) => {
    const scene = await Scene.open(context);
    const client = scene.client();
    await receive(client).catch(() => {});
    const right = { type: DIGEST_TYPE.MD5, checksum: md5('right').toUpperCase() };
    await client.call('QueryRoute', { topic: TOPIC });
    await receive(client);
    assert.equal(await codeOf(client, messageOf('right', { bodyDigest: right })), CODE.OK);
    assert.equal(await codeOf(client, messageOf('wrong', { bodyDigest: right })), CODE.MESSAGE_CORRUPTED);
    const messages = (await receive(client)).flatMap(({ message }) => message ?? []);
    assert.deepEqual(
      messages.map(({ body }) => Buffer.from(body).toString()),
      ['right'],
    );
    assert.deepEqual(messages[0]?.systemProperties?.bodyDigest, right);
  });

  test('what can not be a message, each by its code', async (context) => {
    const scene = await Scene.open(context);
    const client = scene.client();
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`p${n}`, 'x']));
    const refused: [Message, number][] = [
      [messageOf(''), CODE.MESSAGE_BODY_EMPTY],
      [messageOf('x'.repeat(4 * 1024 * 1024 + 1)), CODE.MESSAGE_BODY_TOO_LARGE],
      [messageOf('x', { messageId: '' }), CODE.ILLEGAL_MESSAGE_ID],
      [messageOf('x', { tag: 'a|b' }), CODE.ILLEGAL_MESSAGE_TAG],
      [messageOf('x', { keys: ['a\x01'] }), CODE.ILLEGAL_MESSAGE_KEY],
      [messageOf('x', { messageGroup: ' ', messageType: MESSAGE_TYPE.FIFO }), CODE.ILLEGAL_MESSAGE_GROUP],
      [messageOf('x', { messageType: MESSAGE_TYPE.FIFO }), CODE.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE],
      [messageOf('x', { messageType: MESSAGE_TYPE.PRIORITY }), CODE.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE],
      [messageOf('x', {}, many), CODE.MESSAGE_PROPERTIES_TOO_LARGE],
      [messageOf('x', {}, { UNIQ_KEY: 'mine' }), CODE.ILLEGAL_MESSAGE_PROPERTY_KEY],
    ];
    for (const [message, code] of refused) assert.equal(await codeOf(client, message), code, `${code}`);
    const two = [messageOf('a'), { ...messageOf('b'), topic: { name: 'other' } }];
    assert.equal((await client.call('SendMessage', { messages: two })).status.code, CODE.BAD_REQUEST);
    assert.equal((await client.call('SendMessage', { messages: [] })).status.code, CODE.BAD_REQUEST);
  });

  test('handles that are not ours, or of somebody else, settle nothing', async (context) => {
    const scene = await Scene.open(context);
    const client = scene.client();
    await client.call('QueryRoute', { topic: TOPIC });
    await receive(client);
    await codeOf(client, messageOf('kept'));
    const [given] = (await receive(client)).flatMap(({ message }) => message?.systemProperties?.receiptHandle ?? []);
    assert.ok(given !== undefined);
    const ack = async (receiptHandle: string, group = GROUP, topic = TOPIC) => {
      const entries = [{ messageId: 'any', receiptHandle }];
      const answer = await client.call('AckMessage', { group, topic, entries });
      return answer.entries?.[0]?.status.code;
    };
    const forged = Buffer.from(given, 'base64url');
    forged[20] = (forged[20] ?? 0) ^ 1;
    const foreign = ['', 'nonsense', given.slice(1), forged.toString('base64url'), 'A'.repeat(given.length)];
    for (const handle of foreign) assert.equal(await ack(handle), CODE.INVALID_RECEIPT_HANDLE, handle);
    assert.equal(await ack(given, { name: 'others' }), CODE.INVALID_RECEIPT_HANDLE);
    assert.equal(await ack(given), CODE.OK);
    assert.equal(await ack(given), CODE.OK, 'acknowledged again');
  });

  test('times that can not be', async (context) => {
    const scene = await Scene.open(context);
    const client = scene.client();
    await client.call('QueryRoute', { topic: TOPIC });
    for (const seconds of [0, 9, 13 * 3_600]) {
      const [answer] = await receive(client, { invisibleDuration: { seconds, nanos: 0 } });
      assert.equal(answer?.status?.code, CODE.ILLEGAL_INVISIBLE_TIME, `${seconds}`);
    }
    const [answer] = await receive(client, { longPollingTimeout: { seconds: -1, nanos: 0 } });
    assert.equal(answer?.status?.code, CODE.ILLEGAL_POLLING_TIME);
  });

  test('bytes that are no request fail the call, and nothing else', async (context) => {
    const scene = await Scene.open(context);
    const client = scene.client();
    for (const bytes of [Buffer.from([0xff, 0xff, 0xff]), Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])]) {
      await assert.rejects(client.raw('SendMessage', bytes), { code: status.INTERNAL });
      await assert.rejects(client.raw('QueryRoute', bytes), { code: status.INTERNAL });
    }
    assert.equal((await client.call('QueryRoute', { topic: TOPIC })).status.code, CODE.OK);
  });

  test('TLS by the same port', async (context) => {
    const scene = await Scene.open(context);
    const trusting = ChannelCredentials.createSsl(null, null, null, { rejectUnauthorized: false });
    const [plain, secured] = [scene.client(), scene.client(trusting)];
    for (const client of [plain, secured, plain]) {
      assert.equal((await client.call('QueryRoute', { topic: TOPIC })).status.code, CODE.OK);
    }
    assert.equal(await codeOf(secured, messageOf('secret')), CODE.OK);
  });
});
