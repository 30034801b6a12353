/**
 * Bytes that are no requests, or none that can be answered: an error or the end of that connection, never more.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getMaxOffset, pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { sendMessageV2 } from '../../../src/wire/rocketmq/apis/messages.ts';
import { SERIALIZE } from '../../../src/wire/rocketmq/constants.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { Random } from '../../crash/random.ts';
import { type Client, commandBytes, RocketmqKit, type Said, sendFields } from './kit.ts';

/** A frame whose lengths can lie. */
function frame(header: string, word?: number, length?: number): Buffer {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(header));
  bytes.writeUInt32BE((length ?? bytes.length - 4) >>> 0, 0);
  bytes.writeUInt32BE((word ?? bytes.length - 8) >>> 0, 4);
  bytes.write(header, 8);
  return bytes;
}

function tell(kit: RocketmqKit, client: Client, bytes: Uint8Array): Said[] {
  client.raw(bytes);
  kit.settle();
  return client.said();
}

const FINE = '{"code":30,"opaque":9,"flag":0,"extFields":{"topic":"orders","queueId":"0"}}';

test('lengths that lie, and headers that can not be read, end the connection and no other', () => {
  const kit = new RocketmqKit();
  const other = kit.client();
  const faults: Record<string, Buffer> = {
    'a negative length': frame(FINE, undefined, -1),
    'no room for the header word': frame(FINE, undefined, 3),
    'more than 16 MiB': frame(FINE, undefined, 16 * 1024 * 1024 + 1),
    'a header longer than its frame': frame(FINE, FINE.length + 1),
    'a header form that does not exist': frame(FINE, (7 << 24) | FINE.length),
    'half a JSON header': frame(FINE.slice(0, 20)),
    'a header that is no object': frame('[1,2,3]'),
    'no header at all': frame(''),
    'a binary header of text': frame(FINE, (SERIALIZE.ROCKETMQ << 24) | FINE.length),
  };
  for (const [name, bytes] of Object.entries(faults)) {
    const client = kit.client();
    assert.deepEqual(tell(kit, client, bytes), [], name);
    assert.ok(client.outbox.closed, name);
  }
  assert.deepEqual(kit.faults, []);
  assert.equal(other.ask(getMaxOffset, { topic: 'orders', queueId: 0 }).code, RESPONSE.SUCCESS);
});

test('what can be read and not be done is answered, and the connection goes on', () => {
  const kit = new RocketmqKit();
  const client = kit.client();
  const codes = (header: string) => tell(kit, client, frame(header)).map(({ code, opaque }) => [code, opaque]);
  assert.deepEqual(codes(FINE), [[RESPONSE.SUCCESS, 9]]);
  assert.deepEqual(codes('{"code":31999,"opaque":5,"flag":0}'), [[RESPONSE.REQUEST_CODE_NOT_SUPPORTED, 5]]);
  for (const fields of ['{}', '{"topic":"orders"}', '{"topic":"orders","queueId":"first"}']) {
    const [answer, ...more] = codes(`{"code":30,"opaque":6,"flag":0,"extFields":${fields}}`);
    assert.deepEqual([answer?.[1], more], [6, []], fields);
    assert.notEqual(answer?.[0], RESPONSE.SUCCESS, fields);
  }
  assert.deepEqual(codes('{"code":31999,"opaque":5,"flag":2}'), [], 'one-way');
  assert.deepEqual(codes('{"code":0,"opaque":5,"flag":1}'), [], 'an answer that nobody waits for');
  assert.deepEqual(codes(FINE), [[RESPONSE.SUCCESS, 9]]);
  assert.deepEqual(kit.faults, []);
});

test('a request that is changed anywhere does no harm to others', () => {
  const seed = 20_261_123;
  const random = new Random(seed);
  const kit = new RocketmqKit();
  const healthy = kit.client();
  healthy.publish('orders', 'first');
  const place = { consumerGroup: 'readers', topic: 'orders', queueId: 0, queueOffset: 0, commitOffset: 0 };
  const terms = { maxMsgNums: 32, sysFlag: 4, suspendTimeoutMillis: 0, subscription: '*', subVersion: 1 };
  const requests = [SERIALIZE.JSON, SERIALIZE.ROCKETMQ].flatMap((type) => [
    commandBytes(sendMessageV2, sendFields('orders', { properties: { KEYS: 'k' } }), 1, {
      body: Buffer.from('x'),
      type,
    }),
    commandBytes(pullMessage, { ...place, ...terms }, 2, { type }),
  ]);
  for (let round = 0; round < 2_000; round++) {
    const bytes = Buffer.from(requests[round % requests.length] as Buffer);
    const changes = random.between(1, 3);
    for (let change = 0; change < changes; change++) {
      bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
    }
    const client = kit.client();
    client.raw(bytes, random.between(1, bytes.length));
    kit.settle();
    client.connection.ended();
    assert.deepEqual(kit.faults, [], `seed ${seed}, round ${round}: ${bytes.toString('hex')}`);
  }
  assert.equal(healthy.publish('orders', 'last').code, RESPONSE.SUCCESS);
});
