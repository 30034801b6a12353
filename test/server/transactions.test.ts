/** /api/transactions and /api/compensations: what waits for a decision, seen and decided over HTTP. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ChannelModel, connect } from 'amqplib';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { hashPassword } from '../../src/server/password.ts';

let broker: EmbeddedBroker;
let client: ChannelModel;

before(async () => {
  const users = [
    { name: 'guest', passwordHash: hashPassword('guest'), tags: ['administrator'] as const },
    { name: 'reader', passwordHash: hashPassword('reader'), tags: ['monitoring'] as const },
  ];
  broker = await startBroker({ users, checks: { rolledBackKeptMs: 3_600_000 } });
  client = await connect(broker.url('amqp'));
  const channel = await client.createChannel();
  for (const queue of ['orders', 'stock', 'mail']) await channel.assertQueue(queue);
});
after(async () => {
  await client.close();
  await broker.stop();
});

async function ask(method: string, path: string, body?: unknown, user = 'guest') {
  const response = await fetch(`${broker.url('http')}/api${path}`, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${user}:${user}`)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: JSON, whose shape is what is tested
  return { status: response.status, body: (await response.json()) as any };
}

const to = (queue: string, payload: string) => ({ exchange: '', routing_key: queue, payload });

function compensation(over: object = {}) {
  return {
    group: 'order-service',
    check_after_ms: 3_600_000,
    message: to('orders', 'order 7'),
    compensations: [
      { ...to('stock', 'cmVsZWFzZSA3'), payload_encoding: 'base64', headers: { order: '7' } },
      to('mail', 'sorry about 7'),
    ],
    ...over,
  };
}

async function taken(queue: string): Promise<{ content: string; headers: object } | null> {
  await broker.idle();
  const channel = await client.createChannel();
  const message = await channel.get(queue, { noAck: true });
  await channel.close();
  return message === false ? null : { content: message.content.toString(), headers: message.properties.headers ?? {} };
}

test('a message is there at once, its compensations when the operation is rolled back', async () => {
  const { status, body } = await ask('POST', '/compensations/%2F', compensation());
  assert.equal(status, 200);
  assert.equal((await taken('orders'))?.content, 'order 7');
  assert.equal(await taken('stock'), null);
  const listed = await ask('GET', `/transactions/%2F/${body.offset}`);
  const { created_at, next_at, ...rest } = listed.body;
  assert.equal(next_at - created_at, 3_600_000);
  assert.deepEqual(rest, {
    vhost: '/',
    offset: body.offset,
    state: 'compensation',
    name: '',
    group: 'order-service',
    exchange: '',
    routing_key: 'stock',
    partition: null,
    messages: 2,
    checks: 0,
  });
  assert.equal((await ask('POST', `/transactions/%2F/${body.offset}/rollback`)).status, 200);
  assert.deepEqual(await taken('stock'), { content: 'release 7', headers: { order: '7' } });
  assert.equal((await taken('mail'))?.content, 'sorry about 7');
  assert.equal((await ask('POST', `/transactions/%2F/${body.offset}/rollback`)).status, 200, 'the same again');
  assert.equal((await ask('POST', `/transactions/%2F/${body.offset}/commit`)).status, 409, 'the opposite');
  assert.equal(await taken('stock'), null, 'and nothing twice');
  assert.equal((await ask('GET', `/transactions/%2F/${body.offset}`)).status, 404);
});

test('what is committed needs no compensation; it can be looked at for as long as is configured', async () => {
  const { body } = await ask('POST', '/compensations/%2F', compensation({ message: undefined }));
  assert.equal((await ask('POST', `/transactions/%2F/${body.offset}/commit`)).status, 200);
  assert.equal(await taken('stock'), null);
  assert.equal((await ask('GET', `/transactions/%2F/${body.offset}`)).body.state, 'dropped');
});

test('a long list comes in pieces', async () => {
  const offsets: number[] = [];
  for (let count = 0; count < 3; count++) {
    offsets.push((await ask('POST', '/compensations/%2F', compensation({ message: undefined }))).body.offset);
  }
  const list = async (query: string): Promise<number[]> =>
    (await ask('GET', `/transactions/%2F${query}`)).body.map(({ offset }: { offset: number }) => offset);
  const before = (offsets[0] as number) - 1;
  assert.deepEqual(await list(`?after=${before}`), offsets);
  assert.deepEqual(await list(`?after=${before}&limit=2`), offsets.slice(0, 2));
  assert.deepEqual(await list(`?after=${offsets[1]}`), offsets.slice(2));
  assert.equal((await ask('GET', '/transactions/%2F?limit=many')).status, 400);
});

test('what makes no sense is refused, and nothing of it is done', async () => {
  const wrong: readonly [string, object, string][] = [
    ['/compensations/%2F', compensation({ group: '' }), 'group: a text that is not empty'],
    ['/compensations/%2F', compensation({ check_after_ms: -1 }), 'check_after_ms: not negative'],
    ['/compensations/%2F', compensation({ compensations: [] }), 'compensations: at least one'],
    ['/compensations/%2F', {}, 'group'],
  ];
  for (const [path, body, reason] of wrong) {
    const answer = await ask('POST', path, body);
    assert.equal(answer.status, 400);
    assert.ok(answer.body.reason.startsWith(reason), answer.body.reason);
  }
  const nowhere = compensation({ compensations: [{ ...to('x', ''), exchange: 'missing' }] });
  assert.equal((await ask('POST', '/compensations/%2F', nowhere)).status, 404);
  assert.equal((await ask('POST', '/compensations/nowhere', compensation())).status, 404);
  for (const verb of ['commit', 'rollback', 'check', 'cancel']) {
    assert.equal((await ask('POST', `/transactions/%2F/4711/${verb}`)).status, 404, verb);
    assert.equal((await ask('POST', `/transactions/%2F/x/${verb}`)).status, 404, verb);
    assert.equal((await ask('PUT', `/transactions/%2F/4711/${verb}`, {})).status, 405, verb);
  }
  assert.equal(await taken('orders'), null);
});

test('who may read may not decide', async () => {
  assert.equal((await ask('GET', '/transactions', undefined, 'reader')).status, 200);
  assert.equal((await ask('POST', '/compensations/%2F', compensation(), 'reader')).status, 401);
  assert.equal((await ask('POST', '/transactions/%2F/0/commit', undefined, 'nobody')).status, 401);
});
