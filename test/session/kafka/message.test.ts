/**
 * The Kafka format: what others read of a record, what becomes of their messages, and what survives both ways.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hub } from '../../../src/core/format.ts';
import { Num, type Value } from '../../../src/core/value.ts';
import { KafkaFormat } from '../../../src/session/kafka/message.ts';
import { checkBatch } from '../../../src/wire/kafka/record-batch.ts';
import { Random } from '../../wire/kafka/random.ts';
import { readRecords } from '../../wire/kafka/records.ts';
import { bare, batchOf, entryOf, entryOn, record, shown } from './message-kit.ts';

const format = new KafkaFormat();
const NOT_UTF8 = Uint8Array.of(0xc3, 0x28, 0xff);

function header(key: string, value: string | Uint8Array | null) {
  return { key, value: typeof value === 'string' ? Buffer.from(value) : value };
}

function hubOf(fields: Parameters<typeof record>[0]): Hub {
  return format.toHub(entryOn(batchOf([record(fields)])));
}

/** What Kafka's consumers get of a hub form. */
function recordOf(hub: Hub) {
  const { bytes, start, end } = entryOf(format.fromHub(hub));
  assert.equal(checkBatch(bytes, start, end), null);
  const [only, ...more] = readRecords(bytes.slice(start, end));
  assert.ok(only !== undefined && more.length === 0);
  const text = (part: Uint8Array | null) => part && Buffer.from(part).toString();
  return {
    ...only,
    key: text(only.key),
    value: text(only.value),
    headers: only.headers.map(({ key, value }) => [key, text(value)]),
  };
}

function again(hub: Hub): Hub {
  return format.toHub(entryOf(format.fromHub(hub)));
}

describe('a record as others see it', () => {
  test('key, value, headers and time', () => {
    const hub = hubOf({
      key: Buffer.from('kä'),
      value: Buffer.from('body'),
      headers: [header('a', '1'), header('empty', ''), header('null', null), header('raw', NOT_UTF8)],
    });
    const headers = new Map<string, Value>([
      ['a', '1'],
      ['empty', ''],
      ['null', null],
      ['raw', NOT_UTF8],
    ]);
    assert.deepEqual(
      shown(hub),
      shown({ ...bare, key: 'kä', body: Buffer.from('body'), headers, createdAt: 1_700_000_000_000 }),
    );
  });

  test('headers by names that other protocols have properties for', () => {
    const headers = [
      header('content-type', 'text/plain'),
      header('content-encoding', 'gzip'),
      header('message-id', 'm'),
      header('correlation-id', 'c'),
      header('reply-to', 'r'),
      header('subject', 's'),
      header('app-id', 'a'),
      header('priority', '7'),
      header('absolute-expiry-time', '1800000000000'),
      header('user-id', 'mallory'),
    ];
    const hub = hubOf({ headers });
    assert.deepEqual(
      [hub.contentType, hub.contentEncoding, hub.messageId, hub.correlationId, hub.replyTo, hub.subject, hub.appId],
      ['text/plain', 'gzip', 'm', 'c', 'r', 's', 'a'],
    );
    assert.deepEqual([hub.priority, hub.expiresAt], [7, 1_800_000_000_000]);
    assert.equal(hub.userId, null, 'nobody has checked who that is');
    assert.deepEqual([...hub.headers], [['user-id', 'mallory']]);
  });

  test('what a property can not hold stays a header', () => {
    const long = 'x'.repeat(256);
    const headers = [
      header('message-id', long),
      header('subject', NOT_UTF8),
      header('reply-to', null),
      header('priority', '256'),
      header('absolute-expiry-time', 'tomorrow'),
      header('content-type', 'a'),
      header('content-type', 'b'),
      header('content-type', 'c'),
    ];
    const hub = hubOf({ headers });
    assert.deepEqual([hub.messageId, hub.subject, hub.replyTo, hub.priority, hub.expiresAt], [null, null, null, 0, 0]);
    assert.equal(hub.contentType, 'a');
    assert.deepEqual(
      [...hub.headers],
      [
        ['message-id', long],
        ['subject', NOT_UTF8],
        ['reply-to', null],
        ['priority', '256'],
        ['absolute-expiry-time', 'tomorrow'],
        ['content-type', ['b', 'c']],
      ],
    );
  });

  test('several headers of one name are a list, in order', () => {
    const hub = hubOf({ headers: [header('h', 'a'), header('x', '1'), header('h', null), header('h', 'c')] });
    assert.deepEqual(
      [...hub.headers],
      [
        ['h', ['a', null, 'c']],
        ['x', '1'],
      ],
    );
    assert.deepEqual(recordOf(hub).headers, [
      ['h', 'a'],
      ['h', null],
      ['h', 'c'],
      ['x', '1'],
    ]);
  });

  test('no value is a tombstone, and no key is not an empty key', () => {
    const hub = hubOf({ key: Buffer.from('k'), value: null });
    assert.equal(hub.body.length, 0);
    assert.equal(hub.headers.get('tombstone'), true);
    assert.equal(recordOf(hub).value, null);
    assert.equal(recordOf(bare).value, '', 'an empty body is none');
    assert.equal(recordOf({ ...hub, body: Buffer.from('b') }).value, 'b');

    assert.equal(hubOf({}).headers.size, 0);
    assert.equal(recordOf(hubOf({})).key, null);
    assert.equal(recordOf(hubOf({ key: Buffer.from('') })).key, '');
  });

  test('a key that is no routing key comes back whole, unless another one was given meanwhile', () => {
    const long = 'ß'.repeat(200);
    for (const key of [Buffer.from(NOT_UTF8), Buffer.from(long), Buffer.from('\ufffd'), Buffer.from('\ufeffbom')]) {
      const hub = hubOf({ key });
      const { bytes, start, end } = entryOf(format.fromHub(hub));
      assert.deepEqual(readRecords(bytes.slice(start, end))[0]?.key, new Uint8Array(key));
      assert.equal(recordOf({ ...hub, key: 'other' }).key, 'other');
    }
    assert.equal(hubOf({ key: NOT_UTF8 }).key, '\ufffd(\ufffd');
    // AMQP cuts a routing key at 255 bytes.
    assert.equal(recordOf({ ...hubOf({ key: Buffer.from(long) }), key: long.slice(0, 127) }).key, long);
  });

  test('no time is no time', () => {
    assert.equal(hubOf({ timestampMs: -1 }).createdAt, null);
    assert.equal(recordOf(bare).timestampMs, -1);
    assert.equal(recordOf({ ...bare, createdAt: 5 }).timestampMs, 5);
    assert.equal(recordOf({ ...bare, createdAt: 2 ** 64 }).timestampMs, -1, 'nobody means that');
  });
});

describe('messages of others', () => {
  const typed: readonly (readonly [string, Value, string])[] = [
    ['int8', new Num('int8', -5), '-5'],
    ['uint8', new Num('uint8', 200), '200'],
    ['int16', new Num('int16', -300), '-300'],
    ['uint16', new Num('uint16', 60_000), '60000'],
    ['int32', new Num('int32', -70_000), '-70000'],
    ['uint32', new Num('uint32', 4_000_000_000), '4000000000'],
    ['int64', new Num('int64', -(2n ** 63n)), '-9223372036854775808'],
    ['float', new Num('float', 0.25), '0.25'],
    ['double', new Num('double', 1e300), '1e+300'],
    ['minus zero', new Num('double', -0), '-0'],
    ['nan', new Num('double', Number.NaN), 'NaN'],
    ['decimal', new Num('decimal', -314, 2), '-3.14'],
    ['small decimal', new Num('decimal', 5, 3), '0.005'],
    ['timestamp', new Num('timestamp', 2n ** 64n - 1n), '18446744073709551615'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['text', 'täxt', 'täxt'],
    ['text that looks like a number', '5', '5'],
    ['null', null, ''],
    ['bytes that are text', new Uint8Array(Buffer.from('abc')), 'abc'],
    ['one', ['alone'], '["alone"]'],
    ['none', [], '[]'],
    ['table', new Map<string, Value>([['n', new Num('int64', 1)]]), '{"n":1}'],
    ['__proto__', new Map<string, Value>([['__proto__', 'x']]), '{"__proto__":"x"}'],
    ['deaths', [new Map<string, Value>([['count', new Num('int64', 2)]])], '[{"count":2}]'],
  ];

  for (const [name, value, text] of typed) {
    test(`a header that is ${name}: readable as text, and of its type when it comes back`, () => {
      const hub: Hub = { ...bare, headers: new Map([[name, value]]) };
      assert.equal(recordOf(hub).headers.find(([key]) => key === name)?.[1] ?? '', text);
      assert.deepEqual(shown(again(hub)), shown(hub));
      assert.deepEqual(format.header(entryOf(format.fromHub(hub)), name), value);
    });
  }

  test('plain text has no types beside it', () => {
    const headers = new Map<string, Value>([
      ['a', 'b'],
      ['list', ['x', 'y']],
      ['raw', NOT_UTF8],
      ['null', null],
    ]);
    const names = recordOf({ ...bare, headers }).headers.map(([name]) => name);
    assert.deepEqual(names, ['a', 'list', 'list', 'raw', 'null']);
  });

  test('types that the text does not fit are not believed', () => {
    for (const [text, type] of [
      ['abc', 'int8'],
      ['128', 'int8'],
      ['-1', 'uint32'],
      ['1.5', 'int64'],
      ['18446744073709551616', 'timestamp'],
      ['1e999x', 'double'],
      ['99999999999', 'decimal'],
      ['yes', 'boolean'],
      ['{', 'json'],
      ['['.repeat(50) + ']'.repeat(50), 'json'],
      ['x', 'constructor'],
      ['x', 'toString'],
    ] as const) {
      const headers = [header('h', text), header('header-types', JSON.stringify({ h: type }))];
      assert.deepEqual([...hubOf({ headers }).headers], [['h', text]], `${text} as ${type}`);
    }
    for (const types of ['{', '[]', '{"h":1}', 'null', '"h"']) {
      const headers = [header('h', '5'), header('header-types', types)];
      assert.equal(hubOf({ headers }).headers.get('header-types'), types, 'somebody else’s');
    }
  });

  test('tables and lists keep what JSON keeps', () => {
    const table = new Map<string, Value>([
      ['small', new Num('int8', 1)],
      ['big', new Num('int64', 2n ** 62n)],
      ['half', new Num('float', 0.5)],
      ['bytes', Uint8Array.of(0xff)],
      ['inner', [null, true, 'x']],
    ]);
    assert.deepEqual(
      again({ ...bare, headers: new Map<string, Value>([['t', table]]) }).headers.get('t'),
      new Map<string, Value>([
        ['small', new Num('int64', 1)],
        ['big', '4611686018427387904'],
        ['half', new Num('double', 0.5)],
        ['bytes', '/w=='],
        ['inner', [null, true, 'x']],
      ]),
    );
  });

  test('random messages come back as they were', () => {
    const seed = 20_261_123;
    const random = new Random(seed);
    for (let round = 0; round < 400; round++) {
      const maybe = () => (random.once(2) ? random.text() : null);
      const headers = new Map<string, Value>();
      for (let count = random.int(6); count > 0; count--) {
        headers.set(`h${random.text(6)}`, random.pick(typed)[1]);
      }
      const hub: Hub = {
        ...bare,
        key: random.text(),
        headers,
        body: random.bytes(random.int(100)),
        contentType: maybe(),
        contentEncoding: maybe(),
        messageId: maybe(),
        correlationId: maybe(),
        replyTo: maybe(),
        subject: maybe(),
        appId: maybe(),
        createdAt: random.once(2) ? 1_700_000_000_000 + random.int(1e9) : null,
        persistent: random.once(2),
        priority: random.int(256),
        expiresAt: random.once(2) ? 0 : 1_700_000_000_000 + random.int(1e9),
      };
      assert.deepEqual(shown(again(hub)), shown(hub), `seed ${seed}, round ${round}`);
    }
  });
});

test('one header by name', () => {
  const types = header('header-types', '{"n":"int16"}');
  const headers = [header('n', '5'), header('twice', 'a'), types, header('twice', 'b'), header('subject', 's')];
  const entry = entryOn(batchOf([record({ headers, value: null, key: NOT_UTF8 })]));
  assert.deepEqual(format.header(entry, 'n'), new Num('int16', 5));
  assert.deepEqual(format.header(entry, 'twice'), ['a', 'b']);
  assert.equal(format.header(entry, 'subject'), 's');
  assert.equal(format.header(entry, 'none'), undefined);
  assert.equal(format.header(entry, 'tombstone'), true);
  assert.deepEqual(format.header(entry, 'record-key'), NOT_UTF8);
});
