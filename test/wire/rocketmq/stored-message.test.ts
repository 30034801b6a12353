/**
 * Stored messages and batches: as RocketMQ's own classes wrote them, as written here, and broken ones.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MESSAGE_FLAG } from '../../../src/wire/rocketmq/constants.ts';
import { type Host, hostOf, hostText } from '../../../src/wire/rocketmq/host.ts';
import { MessageBatch, messageBatch } from '../../../src/wire/rocketmq/message-batch.ts';
import { offsetId } from '../../../src/wire/rocketmq/message-id.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import {
  bodyCrc,
  MAGIC_V2,
  type MessageParts,
  patchPlace,
  patchStoreHost,
  StoredMessage,
  storedMessageBytes,
  writeStoredMessage,
} from '../../../src/wire/rocketmq/stored-message.ts';
import { RocketmqWireError } from '../../../src/wire/rocketmq/wire-error.ts';
import { Random } from './random.ts';
import { hexOf, samples } from './wiring.ts';

const PROPERTIES = 'KEYS\x01k1 k2\x02TAGS\x01paid\x02UNIQ_KEY\x017F000001000118B4AAC2000000000001\x02';

function partsOf(message: StoredMessage): MessageParts {
  return {
    queueId: message.queueId,
    flag: message.flag,
    queueOffset: message.queueOffset,
    physicalOffset: message.physicalOffset,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: message.bornHost(),
    storeTimestamp: message.storeTimestamp,
    storeHost: message.storeHost(),
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    bodyCrc: message.bodyCrc,
    body: message.bytes,
    bodyStart: message.bodyStart,
    bodyEnd: message.bodyEnd,
    topic: Buffer.from(message.topic()),
    properties: message.bytes,
    propertiesStart: message.propertiesStart,
    propertiesEnd: message.propertiesEnd,
  };
}

function randomParts(random: Random): MessageParts {
  const body = random.bytes(random.int(300));
  const properties = random.bytes(random.int(200));
  const host = (): Host => ({ address: random.bytes(random.pick([4, 16])), port: random.int(65_536) });
  return {
    queueId: random.int32(),
    flag: random.int32(),
    queueOffset: random.int64(),
    physicalOffset: random.int64(),
    sysFlag: random.int(0x800),
    bornTimestamp: random.int64(),
    bornHost: host(),
    storeTimestamp: random.int64(),
    storeHost: host(),
    reconsumeTimes: random.int32(),
    preparedTransactionOffset: random.int64(),
    bodyCrc: bodyCrc(body, 0, body.length),
    body,
    bodyStart: 0,
    bodyEnd: body.length,
    topic: random.bytes(random.pick([1, 20, 127, 128, 255])),
    properties,
    propertiesStart: 0,
    propertiesEnd: properties.length,
  };
}

test('messages that Java encoded are read, and written again', () => {
  const message = new StoredMessage();
  const born = ['10.1.2.3:54321', '[2001:db8::1:2]:54321'];
  const store = ['127.0.0.1:10911', '[::1]:10911'];
  for (const [name, bornIsV6, storeIsV6] of [
    ['stored_0', 0, 0],
    ['stored_1', 1, 0],
    ['stored_2', 0, 1],
  ] as const) {
    const bytes = hexOf(samples.stored, name);
    message.open(bytes, 0, bytes.length);
    assert.equal(message.end, bytes.length);
    assert.deepEqual(
      [message.queueId, message.flag, message.queueOffset, message.physicalOffset, message.reconsumeTimes],
      [3, 5, 12345678901, 987654321098765, 2],
    );
    assert.equal(message.sysFlag, MESSAGE_FLAG.COMPRESSED | (bornIsV6 * 0x10) | (storeIsV6 * 0x20));
    assert.deepEqual([message.bornTimestamp, message.storeTimestamp], [1700000000123, 1700000000456]);
    assert.deepEqual([message.preparedTransactionOffset, message.topic()], [-1, 'orders']);
    assert.deepEqual([hostText(message.bornHost()), hostText(message.storeHost())], [born[bornIsV6], store[storeIsV6]]);
    assert.equal(bytes.toString('utf8', message.bodyStart, message.bodyEnd), 'hello, body');
    assert.equal(bytes.toString('utf8', message.propertiesStart, message.propertiesEnd), PROPERTIES);
    assert.ok(message.hasTrueCrc());
    assert.equal(offsetId(message.storeHost(), message.physicalOffset), samples.ids[name]);
    const parts = partsOf(message);
    const written = Buffer.alloc(storedMessageBytes(parts));
    assert.equal(writeStoredMessage(written, 0, parts), written.length);
    assert.deepEqual(written, bytes, name);
  }
});

test('messages that follow each other', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const all = Array.from({ length: 1 + random.int(5) }, () => randomParts(random));
    const target = Buffer.alloc(7 + all.reduce((sum, parts) => sum + storedMessageBytes(parts), 0));
    let at = 7;
    for (const parts of all) at = writeStoredMessage(target, at, parts);
    assert.equal(at, target.length);
    const message = new StoredMessage();
    at = 7;
    for (const parts of all) {
      message.open(target, at, target.length);
      at = message.end;
      const read = partsOf(message);
      const { body, properties, topic, sysFlag, ...rest } = parts;
      assert.deepEqual(
        [read.queueId, read.flag, read.queueOffset, read.physicalOffset, read.bornTimestamp, read.storeTimestamp],
        [rest.queueId, rest.flag, rest.queueOffset, rest.physicalOffset, rest.bornTimestamp, rest.storeTimestamp],
        `seed ${seed}`,
      );
      assert.deepEqual(
        [read.reconsumeTimes, read.preparedTransactionOffset, read.bodyCrc, read.sysFlag & ~0x30],
        [rest.reconsumeTimes, rest.preparedTransactionOffset, rest.bodyCrc, sysFlag & ~0x30],
        `seed ${seed}`,
      );
      assert.deepEqual(
        [hostText(read.bornHost), hostText(read.storeHost)],
        [hostText(rest.bornHost), hostText(rest.storeHost)],
      );
      assert.deepEqual(target.subarray(message.bodyStart, message.bodyEnd), body);
      assert.deepEqual(target.subarray(message.topicStart, message.topicEnd), topic);
      assert.deepEqual(target.subarray(message.propertiesStart, message.propertiesEnd), properties);
      assert.equal(target.readInt32BE(message.start + 4) === MAGIC_V2, topic.length > 127);
      assert.ok(message.hasTrueCrc());
    }
    assert.equal(at, target.length);
  }
});

test('where a message lies is told it later', () => {
  const bytes = hexOf(samples.stored, 'stored_1');
  patchPlace(bytes, 0, 9, 2 ** 40 + 1, 2 ** 52 + 3);
  assert.ok(patchStoreHost(bytes, 0, hostOf('192.168.7.8', 7777) as Host));
  const message = new StoredMessage();
  message.open(bytes, 0, bytes.length);
  assert.deepEqual([message.queueId, message.queueOffset, message.physicalOffset], [9, 2 ** 40 + 1, 2 ** 52 + 3]);
  assert.deepEqual(
    [hostText(message.storeHost()), hostText(message.bornHost())],
    ['192.168.7.8:7777', '[2001:db8::1:2]:54321'],
  );
  const before = Buffer.from(bytes);
  assert.ok(!patchStoreHost(bytes, 0, hostOf('::1', 7777) as Host), 'there is no room for 16 bytes');
  assert.deepEqual(bytes, before);
});

test('cut off at any byte, or with any length changed, a message is refused', () => {
  const message = new StoredMessage();
  for (const hex of Object.values(samples.stored)) {
    const bytes = Buffer.from(hex, 'hex');
    for (let end = 0; end < bytes.length; end++)
      assert.throws(() => message.open(bytes, 0, end), { name: 'RocketmqWireError', code: RESPONSE.MESSAGE_ILLEGAL });
    for (let seed = 1; seed <= 1000; seed++) {
      const random = new Random(seed);
      const changed = Buffer.from(bytes);
      changed[random.int(changed.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.int(256)]);
      try {
        message.open(changed, 0, changed.length);
        assert.ok(message.propertiesEnd === message.end && message.end === changed.length, `seed ${seed}`);
      } catch (error) {
        assert.ok(error instanceof RocketmqWireError, `seed ${seed}: ${error}`);
      }
    }
  }
  assert.throws(() => message.open(Buffer.alloc(200), 0, 200), /a stored message of 0 bytes/);
  const longer = Buffer.concat([hexOf(samples.stored, 'stored_0'), Buffer.alloc(3)]);
  longer.writeInt32BE(longer.length);
  assert.throws(() => message.open(longer, 0, longer.length), /longer than its parts/);
  for (const length of [-1, 1000]) {
    const lying = hexOf(samples.stored, 'stored_0');
    lying.writeInt32BE(length, 84);
    assert.throws(() => message.open(lying, 0, lying.length), /shorter than its parts/);
  }
  const foreign = hexOf(samples.stored, 'stored_0');
  foreign.writeInt32BE(1, 4);
  assert.throws(() => message.open(foreign, 0, foreign.length), /the magic 1/);
});

test('the checksum', () => {
  const bytes = Buffer.from('..123456789');
  // What RocketMQ's own function says.
  assert.equal(bodyCrc(bytes, 2, bytes.length), 1274296614);
  assert.equal(bodyCrc(Uint8Array.of(0xff, 0, 1), 0, 3), 920575337);
});

test('a batch that Java encoded is taken apart, and written again', () => {
  const bytes = Buffer.concat([Buffer.from('xx'), Buffer.from(samples.batch, 'hex')]);
  const batch = new MessageBatch();
  batch.open(bytes, 2, bytes.length);
  assert.equal(batch.check(), 3);
  const messages = [];
  while (batch.next()) {
    const { flag, bodyStart, bodyEnd, propertiesStart, propertiesEnd } = batch;
    messages.push({
      flag,
      body: bytes.subarray(bodyStart, bodyEnd),
      properties: bytes.subarray(propertiesStart, propertiesEnd),
    });
  }
  assert.deepEqual(
    messages.map(({ flag, body, properties }) => [flag, body.toString(), properties.toString()]),
    [0, 1, 2].map((index) => [index, `body-${index}`, `WAIT\x01true\x02TAGS\x01tag-${index}\x02`]),
  );
  assert.deepEqual(Buffer.from(messageBatch(messages)), bytes.subarray(2));
});

test('an empty batch has no message; a broken one is refused wherever it is cut', () => {
  const bytes = Buffer.from(samples.batch, 'hex');
  const batch = new MessageBatch();
  batch.open(bytes, 5, 5);
  assert.equal(batch.check(), 0);
  const whole = new Set([0, 49, 98, 147]);
  for (let end = 0; end <= bytes.length; end++) {
    batch.open(bytes, 0, end);
    if (whole.has(end)) assert.equal(batch.check(), end / 49);
    else
      assert.throws(
        () => batch.check(),
        { name: 'RocketmqWireError', code: RESPONSE.MESSAGE_ILLEGAL },
        `cut at ${end}`,
      );
  }
  for (const [at, value, message] of [
    [0, 0, /announces 0 bytes/],
    [0, -1, /announces -1 bytes/],
    [0, 0x7fff_ffff, /announces 2147483647 bytes where 147 are left/],
    [0, 50, /is not as long as its parts/],
    [16, -1, /has a body of -1 bytes/],
    [16, 28, /has a body of 28 bytes/],
    [16, 0x7fff_ffff, /has a body of 2147483647 bytes/],
    [16, 5, /is not as long as its parts/],
  ] as const) {
    const changed = Buffer.from(bytes);
    changed.writeInt32BE(value, at);
    batch.open(changed, 0, changed.length);
    assert.throws(() => batch.check(), message, `${value} at ${at}`);
  }
});
