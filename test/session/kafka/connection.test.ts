/**
 * The connection: negotiation, authentication, bad input, idleness.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersionsApi } from '../../../src/wire/kafka/apis/api-versions.ts';
import { metadataApi } from '../../../src/wire/kafka/apis/metadata.ts';
import { saslAuthenticateApi, saslHandshakeApi } from '../../../src/wire/kafka/apis/sasl.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { encodeRequest, readResponse } from '../../../src/wire/kafka/messages.ts';
import { KafkaKit } from './kit.ts';

const ELSEWHERE = '192.0.2.7';
const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' };
const everything = { topics: null, allowAutoTopicCreation: true, includeTopicAuthorizedOperations: false };

test('what is advertised is what there is, with the versions 0 to 2 of Produce that old clients look for', () => {
  const client = new KafkaKit().client();
  const { apiKeys, errorCode } = client.ask(apiVersionsApi, 3, software);
  assert.equal(errorCode, ERROR.NONE);
  const produce = apiKeys.find(({ apiKey }) => apiKey === 0);
  assert.deepEqual([produce?.minVersion, produce?.maxVersion], [0, 13]);
  for (const [index, { apiKey }] of apiKeys.entries())
    assert.ok(index === 0 || apiKey > (apiKeys[index - 1]?.apiKey ?? 0));
});

test('a version above ours is answered in version 0, and the client may ask again', () => {
  const client = new KafkaKit().client();
  const ahead = encodeRequest(apiVersionsApi, 4, 77, 'x', software);
  ahead[7] = 9;
  client.raw(ahead);
  client.connection.flush();
  const answer = Buffer.concat(client.outbox.written.splice(0));
  assert.equal(answer.readInt32BE(4), 77);
  const { errorCode, apiKeys } = readResponse(apiVersionsApi, 0, answer, 4, answer.length);
  assert.equal(errorCode, ERROR.UNSUPPORTED_VERSION);
  assert.ok(apiKeys.some(({ apiKey, maxVersion }) => apiKey === 18 && maxVersion === 4));
  assert.equal(client.ask(apiVersionsApi, 4, software).errorCode, ERROR.NONE);
});

test('a client must call itself something', () => {
  const client = new KafkaKit().client();
  for (const name of ['', '-x', 'x.', 'a b', 'ä']) {
    const { errorCode } = client.ask(apiVersionsApi, 3, { ...software, clientSoftwareName: name });
    assert.equal(errorCode, ERROR.INVALID_REQUEST, name);
  }
});

test('unknown keys and versions, lying lengths and rubbish end the connection, and nothing else', () => {
  const valid = encodeRequest(metadataApi, 9, 1, 'x', everything);
  const change = (at: number, value: number): Uint8Array => {
    const changed = valid.slice();
    changed[at] = value;
    return changed;
  };
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['an unknown key', change(4, 0x70)],
    ['a version too high', change(7, 99)],
    ['a version below zero', change(6, 0xff)],
    ['a length below zero', change(0, 0xff)],
    ['a length beyond all limits', change(0, 0x7f)],
    ['a client id longer than the request', change(13, 0xff)],
    ['an array longer than the request', change(16, 0x7f)],
    ['nothing', new Uint8Array(4)],
    ['letters', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
  ];
  for (const [what, bytes] of cases) {
    const kit = new KafkaKit();
    const client = kit.client();
    client.raw(bytes);
    kit.settle();
    assert.deepEqual(kit.faults, [], what);
    assert.ok(client.outbox.closed, what);
    assert.equal(client.outbox.written.length, 0, what);
  }
});

test('every request cut at every byte waits for the rest', () => {
  const kit = new KafkaKit();
  const bytes = encodeRequest(metadataApi, 9, 1, 'x', everything);
  for (let at = 1; at < bytes.length; at++) {
    const client = kit.client();
    client.raw(bytes.slice(0, at));
    kit.settle();
    assert.equal(client.outbox.written.length, 0);
    client.raw(bytes.slice(at));
    kit.settle();
    assert.equal(client.outbox.written.length, 1);
    assert.ok(!client.outbox.closed);
  }
});

test('from elsewhere nobody is let in without saying who he is', () => {
  const kit = new KafkaKit();
  const client = kit.client(ELSEWHERE);
  assert.equal(client.ask(apiVersionsApi, 3, software).errorCode, ERROR.NONE);
  client.send(metadataApi, 9, everything);
  kit.settle();
  assert.ok(client.outbox.closed);
  assert.equal(client.outbox.written.length, 0);
});

test('PLAIN, in requests', () => {
  const kit = new KafkaKit();
  const token = (text: string) => ({ authBytes: new TextEncoder().encode(text) });
  const client = kit.client(ELSEWHERE);
  assert.equal(client.ask(saslHandshakeApi, 1, { mechanism: 'PLAIN' }).errorCode, ERROR.NONE);
  assert.equal(client.ask(saslAuthenticateApi, 2, token('\0guest\0secret')).errorCode, ERROR.NONE);
  assert.equal(client.ask(metadataApi, 9, everything).brokers.length, 1);
  for (const text of ['\0guest\0wrong', '\0guest', 'other\0guest\0secret', '']) {
    const stranger = kit.client(ELSEWHERE);
    stranger.ask(saslHandshakeApi, 1, { mechanism: 'PLAIN' });
    assert.equal(stranger.ask(saslAuthenticateApi, 2, token(text)).errorCode, ERROR.SASL_AUTHENTICATION_FAILED);
    assert.ok(stranger.outbox.closed, JSON.stringify(text));
  }
  const hasty = kit.client(ELSEWHERE);
  assert.equal(hasty.ask(saslAuthenticateApi, 2, token('\0guest\0secret')).errorCode, ERROR.ILLEGAL_SASL_STATE);
  const other = kit.client(ELSEWHERE);
  const { errorCode, mechanisms } = other.ask(saslHandshakeApi, 1, { mechanism: 'GSSAPI' });
  assert.deepEqual([errorCode, mechanisms], [ERROR.UNSUPPORTED_SASL_MECHANISM, ['PLAIN']]);
});

test('PLAIN, in bare tokens', () => {
  const kit = new KafkaKit();
  const frame = (text: string): Uint8Array => Buffer.from([0, 0, 0, text.length, ...Buffer.from(text)]);
  const client = kit.client(ELSEWHERE);
  client.ask(saslHandshakeApi, 0, { mechanism: 'PLAIN' });
  client.raw(frame('\0guest\0secret'), 3);
  kit.settle();
  assert.deepEqual(
    client.outbox.written.splice(0).map((bytes) => [...bytes]),
    [[0, 0, 0, 0]],
  );
  assert.equal(client.ask(metadataApi, 9, everything).brokers.length, 1);
  const stranger = kit.client(ELSEWHERE);
  stranger.ask(saslHandshakeApi, 0, { mechanism: 'PLAIN' });
  stranger.raw(frame('\0guest\0wrong'));
  kit.settle();
  assert.ok(stranger.outbox.closed);
  assert.deepEqual(stranger.outbox.written, []);
});

test('topics are there as soon as they are asked for, if the client likes', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  const ask = (name: string, allowAutoTopicCreation: boolean) =>
    client.ask(metadataApi, 12, { ...everything, allowAutoTopicCreation, topics: [{ name }] }).topics[0];
  assert.equal(ask('orders', false)?.errorCode, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  const made = ask('orders', true);
  assert.equal(made?.errorCode, ERROR.NONE);
  assert.deepEqual(
    made?.partitions.map(({ leaderId }) => leaderId),
    [1, 1],
  );
  assert.equal(ask('no good', true)?.errorCode, ERROR.INVALID_TOPIC_EXCEPTION);
  assert.equal(ask('..', true)?.errorCode, ERROR.INVALID_TOPIC_EXCEPTION);
  const again = kit.restart().client();
  const byId = again.ask(metadataApi, 12, { ...everything, topics: [{ topicId: made?.topicId ?? '', name: null }] });
  assert.equal(byId.topics[0]?.name, 'orders', 'the id is the same after a restart');
  const unknown = again.ask(metadataApi, 12, { ...everything, topics: [{ topicId: 'f'.repeat(32), name: null }] });
  assert.equal(unknown.topics[0]?.errorCode, ERROR.UNKNOWN_TOPIC_ID);
  assert.equal(again.ask(metadataApi, 0, { topics: [] }).topics.length, 1, 'version 0 has no null');
  assert.equal(again.ask(metadataApi, 1, { topics: [] }).topics.length, 0);
});

test('a topic made anew is another one', () => {
  const kit = new KafkaKit();
  const first = kit.node.topics.idOf(kit.topic('orders'));
  kit.namespace.deleteExchange('orders');
  const second = kit.node.topics.idOf(kit.topic('orders'));
  assert.notEqual(first, second);
  assert.equal(kit.node.topics.findById(first), undefined);
  assert.equal(kit.node.topics.findById(second)?.name, 'orders');
});

test('a client that says nothing for ten minutes is let go', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  kit.clock.now += 9 * 60_000;
  kit.settle();
  client.ask(apiVersionsApi, 3, software);
  kit.clock.now += 9 * 60_000;
  kit.settle();
  assert.ok(!client.outbox.closed);
  kit.clock.now += 60_000;
  kit.settle();
  assert.ok(client.outbox.closed);
});

test('a peer that does not take its answers is not read', () => {
  const kit = new KafkaKit();
  const client = kit.client();
  client.outbox.pendingBytes = 2 << 20;
  client.send(metadataApi, 9, everything);
  client.send(metadataApi, 9, everything);
  kit.settle();
  assert.ok(client.outbox.paused);
  assert.equal(client.answers().length, 0);
  client.outbox.pendingBytes = 0;
  client.connection.drained();
  kit.settle();
  assert.equal(client.answers().length, 2);
  assert.ok(!client.outbox.paused);
});
