/**
 * The HTTP listener: who may ask, what is answered, and in which shape errors come.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { type ChannelModel, connect } from 'amqplib';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { hashPassword } from '../../src/server/password.ts';

let broker: EmbeddedBroker;
let client: ChannelModel;

before(async () => {
  broker = await startBroker();
  client = await connect(broker.url('amqp'));
  const channel = await client.createConfirmChannel();
  await channel.assertQueue('jobs', {
    durable: true,
    arguments: { 'x-max-priority': 3, nested: { list: [1, 'two'] } },
  });
  await channel.assertExchange('events', 'topic');
  channel.sendToQueue('jobs', Buffer.from('one'));
  channel.sendToQueue('jobs', Buffer.from('two'));
  await channel.waitForConfirms();
  await channel.get('jobs');
  await broker.idle();
});
after(async () => {
  await client.close();
  await broker.stop();
});

const GUEST = { authorization: `Basic ${btoa('guest:guest')}` };

async function ask(path: string, headers: Record<string, string> = GUEST, method = 'GET') {
  const response = await fetch(broker.url('http') + path, { headers, method });
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

/** fetch sets Host itself. */
function askAs(host: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(`${broker.url('http')}/health`, { headers: { host, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
}

test('health needs no credentials', async () => {
  const { status, body } = await ask('/health', {});
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'ok', live: true, ready: true, pressure: 'none', damaged: 0 });
});

test('metrics need none either, and count', async () => {
  const { status, headers, body } = await ask('/metrics', {});
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/plain/);
  for (const line of [
    'rabbitmq_connections 1',
    'rabbitmq_queues 1',
    'rabbitmq_queue_messages_ready 1',
    'rabbitmq_queue_messages_unacked 1',
    'rabbitmq_global_messages_received_total 2',
    'rabbitmq_global_messages_routed_total 2',
  ]) {
    assert.ok(body.split('\n').includes(line), `${line} in\n${body}`);
  }
  assert.match(body, /rabbitmq_identity_info\{.*rabbitmq_node=/);
});

test('the API needs credentials, and says so in RabbitMQ’s words', async () => {
  for (const headers of [{}, { authorization: `Basic ${btoa('guest:wrong')}` }, { authorization: 'Bearer x' }]) {
    const { status, headers: answered, body } = await ask('/api/overview', headers);
    assert.equal(status, 401);
    assert.deepEqual(body, { error: 'not_authorized', reason: 'Login failed' });
    assert.match(answered.get('www-authenticate') ?? '', /^Basic realm=/);
  }
});

test('overview and whoami', async () => {
  const { body } = await ask('/api/overview');
  assert.equal(body.product_name, 'Dragoman');
  assert.deepEqual(body.object_totals, { connections: 1, channels: 1, exchanges: 7, queues: 1, consumers: 0 });
  assert.deepEqual(body.queue_totals, { messages: 2, messages_ready: 1, messages_unacknowledged: 1 });
  assert.deepEqual((await ask('/api/whoami')).body, { name: 'guest', tags: ['administrator'] });
});

test('queues: all, of a vhost, one', async () => {
  const { body: one } = await ask('/api/queues/%2F/jobs');
  assert.equal(one.messages, 2);
  assert.equal(one.messages_ready, 1);
  assert.equal(one.messages_unacknowledged, 1);
  assert.equal(one.durable, true);
  assert.deepEqual(one.arguments, { 'x-max-priority': 3, nested: { list: [1, 'two'] } });
  assert.equal(one.message_stats.get, 1);
  assert.deepEqual((await ask('/api/queues')).body, [one]);
  assert.deepEqual((await ask('/api/queues/%2F')).body, [one]);
});

test('exchanges: the default one is amq.default in a path', async () => {
  const { body: all } = await ask('/api/exchanges/%2F');
  const names = all.map((exchange: { name: string }) => exchange.name).sort();
  assert.deepEqual(names, ['', 'amq.direct', 'amq.fanout', 'amq.headers', 'amq.match', 'amq.topic', 'events']);
  assert.equal((await ask('/api/exchanges/%2F/amq.default')).body.name, '');
  assert.equal((await ask('/api/exchanges/%2F/events')).body.type, 'topic');
});

test('connections', async () => {
  const { body } = await ask('/api/connections');
  assert.equal(body.length, 1);
  assert.equal(body[0].user, 'guest');
  assert.equal(body[0].vhost, '/');
  assert.equal(body[0].channels, 1);
  assert.equal(body[0].client_properties.product, 'amqplib');
});

test('what is not there is 404, what can’t be done is 405', async () => {
  for (const path of [
    '/api/queues/%2F/none',
    '/api/queues/none',
    '/api/exchanges/%2F/none',
    '/api/nothing',
    '/nothing',
  ]) {
    const { status, body } = await ask(path);
    assert.equal(status, 404, path);
    assert.deepEqual(body, { error: 'Object Not Found', reason: 'Not Found' });
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const { status, headers, body } = await ask('/api/overview', GUEST, method);
    assert.equal(status, 405);
    assert.equal(headers.get('allow'), 'GET, HEAD');
    assert.equal(body.error, 'method_not_allowed');
  }
});

test('a page of another site gets nothing, whatever name it gave to this machine', async () => {
  assert.equal(await askAs('evil.example'), 403);
  assert.equal(await askAs('127.evil.example:80'), 403);
  assert.equal(await askAs('localhost:1'), 200);
  assert.equal(await askAs('[::1]:1'), 200);
  assert.equal(await askAs('localhost:1', { origin: 'http://evil.example' }), 403);
  assert.equal(await askAs('localhost:1', { origin: 'http://localhost:1' }), 200);
});

test('configured users: a tag is needed for the API, guest is gone', async () => {
  const users = [
    { name: 'ops', passwordHash: hashPassword('o:o'), tags: ['monitoring'] as const },
    { name: 'app', passwordHash: hashPassword('a'), tags: [] },
  ];
  await using other = await startBroker({ users });
  const status = async (credentials: string) => {
    const headers = { authorization: `Basic ${btoa(credentials)}` };
    return (await fetch(`${other.url('http')}/api/whoami`, { headers })).status;
  };
  assert.equal(await status('ops:o:o'), 200);
  assert.equal(await status('app:a'), 401);
  assert.equal(await status('guest:guest'), 401);
});
