/**
 * Ids, hosts, handles, hashes: what clients take apart must be what RocketMQ makes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELAY_LEVELS_MS, delayOfLevelMs } from '../../../src/wire/rocketmq/constants.ts';
import { readDecimal, writeDecimal } from '../../../src/wire/rocketmq/decimal.ts';
import { type Host, hostOf, hostText, NO_HOST } from '../../../src/wire/rocketmq/host.ts';
import {
  messageOffsetInfo,
  orderCountInfo,
  parseRecallHandle,
  parseReceiptHandle,
  RECEIPT_KIND,
  recallHandle,
  receiptHandle,
  startOffsetInfo,
} from '../../../src/wire/rocketmq/message-handles.ts';
import {
  messageIdTimeMs,
  offsetId,
  offsetIdCharacters,
  parseOffsetId,
  parseUniqueKey,
  uniqueKey,
} from '../../../src/wire/rocketmq/message-id.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { tagHash, tagHashOf } from '../../../src/wire/rocketmq/tag-hash.ts';
import { Random } from './random.ts';
import { samples } from './wiring.ts';

test('offset ids as Java makes them, and back', () => {
  for (const [name, address] of [
    ['stored_0', '127.0.0.1'],
    ['stored_2', '::1'],
  ] as const) {
    const host = hostOf(address, 10911) as Host;
    const id = samples.ids[name] as string;
    assert.equal(offsetId(host, 987654321098765), id);
    assert.equal(offsetIdCharacters(host), id.length);
    assert.deepEqual(parseOffsetId(id), { host, physicalOffset: 987654321098765 });
    assert.deepEqual(parseOffsetId(id.toLowerCase()), { host, physicalOffset: 987654321098765 });
  }
  for (const id of ['', 'XF00000100002A9F0003824430F8500D', '7F00000100002A9F0003824430F850', '7', 'ü'.repeat(32)])
    assert.throws(() => parseOffsetId(id), { code: RESPONSE.INVALID_PARAMETER, message: /is no message id/ });
  const large = Number.MAX_SAFE_INTEGER;
  assert.equal(parseOffsetId(offsetId(NO_HOST, large)).physicalOffset, large);
});

test('unique keys say when they were made, nearly', () => {
  const made = Date.UTC(2026, 2, 17, 10, 20, 30, 456);
  const key = { address: Uint8Array.of(10, 0, 0, 7), processId: 4711, hash: 0xdead_beef, counter: 65_535 };
  const id = uniqueKey({ ...key, msOfMonth: made - Date.UTC(2026, 2, 1) });
  assert.match(id, /^0A0000071267DEADBEEF[0-9A-F]{8}FFFF$/);
  assert.deepEqual(parseUniqueKey(id), { ...key, msOfMonth: made - Date.UTC(2026, 2, 1) });
  assert.equal(messageIdTimeMs(id, made + 1), made);
  assert.equal(messageIdTimeMs(id, Date.UTC(2026, 2, 31)), made);
  assert.equal(messageIdTimeMs(id, Date.UTC(2026, 3, 2)), made, 'the day is not reached in April, so it was in March');
  assert.equal(messageIdTimeMs(id, Date.UTC(2026, 0, 2)), Date.UTC(2025, 11, 17, 10, 20, 30, 456));
  const hour = 3_600_000;
  assert.equal(messageIdTimeMs(id, made + 1, 8 * hour), made - 8 * hour, 'the client counted from its own midnight');
  const v6 = uniqueKey({ ...key, address: new Uint8Array(16), msOfMonth: 5 });
  assert.deepEqual([v6.length, parseUniqueKey(v6)?.msOfMonth], [56, 5]);
  assert.equal(parseUniqueKey('my own key'), null);
  assert.equal(messageIdTimeMs('my own key', made), null);
});

test('ids of version 5 count seconds since 2021', () => {
  const id = `01${'AABBCCDDEEFF'}${'1234'}${(1000).toString(16).padStart(8, '0')}${'00000007'}`;
  assert.equal(id.length, 34);
  assert.equal(messageIdTimeMs(id, 0), Date.UTC(2021, 0, 1) + 1_000_000);
  assert.equal(messageIdTimeMs(`02${id.slice(2)}`, 0), null);
});

test('hosts', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['127.0.0.1', '127.0.0.1:1'],
    ['::ffff:10.1.2.3', '10.1.2.3:1'],
    ['::ffff:a01:203', '10.1.2.3:1'],
    ['::1', '[::1]:1'],
    ['::', '[::]:1'],
    ['2001:DB8::1:0:0:2', '[2001:db8::1:0:0:2]:1'],
    ['2001:db8:1:2:3:4:5:6', '[2001:db8:1:2:3:4:5:6]:1'],
    ['fe80::1%eth0', '[fe80::1]:1'],
    ['1::', '[1::]:1'],
    ['64:ff9b::1.2.3.4', '[64:ff9b::102:304]:1'],
  ];
  for (const [address, text] of texts) assert.equal(hostText(hostOf(address, 1) as Host), text, address);
  for (const address of [
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '1:2',
    ':::',
    '1::2::3',
    '::12345',
    '1:2:3:4:5:6:7:8::',
    '::1.2.3',
    'g::',
  ])
    assert.equal(hostOf(address, 1), null, address);
});

test('tags have the hash of a Java string', () => {
  for (const [tag, hash] of [
    ['', 0],
    ['paid', 3433164],
    ['TagA', 2598919],
    ['a rather long tag with spaces', 1873682862],
    ['täg', 118647],
    ['😀tag', 1276941143],
    ['ORDER_CREATED_EVENT', -1506940174],
  ] as const) {
    assert.equal(tagHash(tag), hash, tag);
    const bytes = Buffer.from(`..${tag}..`);
    assert.equal(tagHashOf(bytes, 2, bytes.length - 2), hash, tag);
  }
});

test('recall handles', () => {
  const handle = {
    topic: 'orders',
    brokerName: 'broker-a',
    deliverMs: 1700000000123,
    uniqueKey: '7F000001000118B4AAC2000000000001',
  };
  assert.equal(recallHandle(handle), samples.recallHandle);
  assert.deepEqual(parseRecallHandle(samples.recallHandle), handle);
  assert.deepEqual(parseRecallHandle(samples.recallHandle.replace('=', '')), handle);
  assert.deepEqual(parseRecallHandle(recallHandle({ ...handle, topic: 'ü€' })), { ...handle, topic: 'ü€' });
  const broken = ['', '!', 'AAAA', samples.recallHandle.slice(0, 30), 'A'.repeat(5000)];
  for (const text of [
    ...broken,
    Buffer.from('v2 t b 1 k').toString('base64url'),
    Buffer.from('v1 t b x k').toString('base64url'),
  ])
    assert.throws(() => parseRecallHandle(text), { name: 'RocketmqWireError', code: RESPONSE.ILLEGAL_OPERATION });
});

test('receipt handles', () => {
  const handle = {
    startOffset: 5,
    popTimeMs: 1700000000123,
    invisibleTimeMs: 60_000,
    reviveQueueId: 3,
    kind: RECEIPT_KIND.NORMAL,
    brokerName: 'broker-a',
    queueId: 2,
    queueOffset: 7,
    physicalOffset: 987654321,
  };
  assert.equal(receiptHandle(handle), samples.receiptHandle);
  assert.deepEqual(parseReceiptHandle(samples.receiptHandle), handle);
  const extra = { ...handle, kind: RECEIPT_KIND.RETRY, physicalOffset: -1 };
  assert.equal(receiptHandle(extra), samples.extraInfo);
  assert.deepEqual(parseReceiptHandle(samples.extraInfo), extra);
  for (const text of [
    '',
    '1 2 3 4 0 b 6',
    'x 2 3 4 0 b 6 7',
    '1 2 3 4 0 b 6 7 x',
    '1  3 4 0 b 6 7 8',
    ' '.repeat(3000),
  ])
    assert.throws(() => parseReceiptHandle(text), { name: 'RocketmqWireError', code: RESPONSE.INVALID_PARAMETER });
  const queues = [
    { kind: RECEIPT_KIND.NORMAL, queueId: 2, offsets: [5, 6, 9] },
    { kind: RECEIPT_KIND.RETRY, queueId: 0, offsets: [1] },
  ];
  assert.equal(startOffsetInfo(queues), '0 2 5;1 0 1');
  assert.equal(messageOffsetInfo(queues), '0 2 5,6,9;1 0 1');
  const counts = [
    { kind: RECEIPT_KIND.NORMAL, queueId: 2, queueOffset: null, count: 1 },
    { kind: RECEIPT_KIND.RETRY, queueId: 0, queueOffset: 7, count: 3 },
  ];
  assert.equal(orderCountInfo(counts), '0 2 1;1 qo0%7 3');
});

test('delay levels', () => {
  assert.equal(DELAY_LEVELS_MS.length, 18);
  assert.deepEqual(
    [0, -1, 1, 4, 5, 14, 16, 18, 99].map(delayOfLevelMs),
    [0, 0, 1000, 30_000, 60_000, 600_000, 1_800_000, 7_200_000, 7_200_000],
  );
});

test('decimal numbers are written and read again', () => {
  const bytes = Buffer.alloc(24);
  const values = [0, 9, 10, 99, 2 ** 31 - 1, 2 ** 31, 10 ** 15 - 1, 10 ** 15, 2 ** 53 - 1];
  for (let seed = 1; seed <= 500; seed++) values.push(new Random(seed).int64());
  for (const value of values) {
    for (const signed of [value, -value]) {
      const end = writeDecimal(bytes, 1, signed);
      assert.equal(bytes.toString('latin1', 1, end), String(signed === 0 ? 0 : signed));
      assert.equal(readDecimal(bytes, 1, end), signed === 0 ? 0 : signed);
    }
  }
  assert.equal(bytes.toString('latin1', 0, writeDecimal(bytes, 0, 2 ** 63)), '9223372036854775807');
});
