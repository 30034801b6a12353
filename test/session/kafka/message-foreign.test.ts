/**
 * ForeignBatch: runs of other protocols' messages as record batches, with exact lengths and the log's own offsets.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Format, Formats, type Hub } from '../../../src/core/format.ts';
import { Entry } from '../../../src/core/message.ts';
import { Num, type Value } from '../../../src/core/value.ts';
import { Amqp091Format } from '../../../src/session/amqp091/message.ts';
import { BYTES_MAX, ForeignBatch, RECORDS_MAX } from '../../../src/session/kafka/foreign-batch.ts';
import { timesOf } from '../../../src/session/kafka/message.ts';
import { baseOffsetOf, checkBatch, lastOffsetOf, maxTimestampOf } from '../../../src/wire/kafka/record-batch.ts';
import { Random } from '../../wire/kafka/random.ts';
import { readRecords } from '../../wire/kafka/records.ts';
import { bare, batchOf, entryOn, record } from './message-kit.ts';

const amqp = new Amqp091Format();
const formats = new Formats();
formats.register(amqp);

function amqpEntry(offset: number, fields: Partial<Hub> = {}): Entry {
  const message = amqp.fromHub({ ...bare, ...fields });
  const entry = new Entry();
  entry.bytes = new Uint8Array(message.length + 9).fill(0xee);
  entry.start = 5;
  entry.end = 5 + message.length;
  message.write(entry.bytes, 5);
  entry.format = message.format;
  entry.offset = offset;
  entry.base = offset;
  entry.timestamp = 1_700_000_000_500;
  return entry;
}

/** The batch as it is written, checked to be as long as it says. */
function written(batch: ForeignBatch): Uint8Array {
  const room = new Uint8Array(batch.length + 16).fill(0xaa);
  batch.write(room, 8);
  assert.ok(room.subarray(0, 8).every((byte) => byte === 0xaa));
  assert.ok(room.subarray(-8).every((byte) => byte === 0xaa));
  return room.slice(8, -8);
}

function textOf(bytes: Uint8Array | null | undefined): string | null {
  return bytes == null ? null : Buffer.from(bytes).toString();
}

describe('a batch of AMQP messages', () => {
  test('offsets, times, keys, bodies and headers', () => {
    const batch = new ForeignBatch(formats, 40);
    const headers = new Map<string, Value>([
      ['n', new Num('int32', 5)],
      ['s', 'text'],
    ]);
    const first = amqpEntry(40, { key: 'a.b', headers, body: Buffer.from('one'), messageId: 'm', priority: 3 });
    assert.ok(batch.add(first));
    first.bytes.fill(0);
    assert.ok(batch.add(amqpEntry(41, { createdAt: 1_600_000_000_000 })));
    assert.ok(batch.add(amqpEntry(42, { createdAt: 1_700_000_001_000 })));
    const bytes = written(batch);
    assert.equal(checkBatch(bytes, 0, bytes.length), null);
    assert.deepEqual([baseOffsetOf(bytes, 0), lastOffsetOf(bytes, 0)], [40, 42]);
    assert.equal(maxTimestampOf(bytes, 0), 1_700_000_001_000);
    const [one, two] = readRecords(bytes);
    assert.deepEqual([textOf(one?.key), textOf(one?.value), one?.timestampMs], ['a.b', 'one', 1_700_000_000_500]);
    assert.deepEqual(
      one?.headers.map(({ key, value }) => `${key}=${textOf(value)}`),
      ['message-id=m', 'priority=3', 'n=5', 's=text', 'header-types={"n":"int32"}'],
    );
    assert.deepEqual([two?.key, two?.value?.length, two?.timestampMs], [null, 0, 1_600_000_000_000]);
  });

  test('offsets that the log has no longer are left out', () => {
    const batch = new ForeignBatch(formats, 40);
    for (const offset of [40, 43, 44]) assert.ok(batch.add(amqpEntry(offset)));
    const bytes = written(batch);
    assert.deepEqual(
      readRecords(bytes).map(({ offsetDelta }) => offsetDelta),
      [0, 3, 4],
    );
    assert.equal(lastOffsetOf(bytes, 0), 44);
  });

  test('it ends at a number of records, or of bytes; one message is taken whatever it is', () => {
    const many = new ForeignBatch(formats, 0);
    let count = 0;
    while (many.add(amqpEntry(count))) count++;
    assert.equal(count, RECORDS_MAX);
    assert.equal(readRecords(written(many)).length, RECORDS_MAX);

    const full = new ForeignBatch(formats, 0);
    for (count = 0; full.add(amqpEntry(count, { body: new Uint8Array(5_000) })); count++);
    assert.equal(count, 13);
    assert.ok(full.length <= BYTES_MAX);

    const large = new ForeignBatch(formats, 0);
    assert.ok(large.add(amqpEntry(0, { body: new Uint8Array(500_000).fill(7) })));
    assert.ok(!large.add(amqpEntry(1)));
    assert.equal(readRecords(written(large))[0]?.value?.length, 500_000);
  });

  test('the length is exact after every message', () => {
    const seed = 4;
    const random = new Random(seed);
    for (let round = 0; round < 30; round++) {
      let offset = random.int(1e9);
      const batch = new ForeignBatch(formats, offset);
      const expected: string[] = [];
      for (let count = 1 + random.int(60); count > 0; count--) {
        const body = random.bytes(random.once(10) ? random.int(3_000) : random.int(100));
        const headers = new Map([[`h${random.text(10)}`, random.text(50)]]);
        const fields = { key: random.text(), headers, body, createdAt: random.once(2) ? random.int(2e9) * 1000 : null };
        if (!batch.add(amqpEntry(offset, fields))) break;
        expected.push(Buffer.from(body).toString('hex'));
        const bytes = written(batch);
        assert.equal(bytes.length, batch.length);
        offset += 1 + random.int(3);
      }
      const bytes = written(batch);
      const values = readRecords(bytes).map(({ value }) => Buffer.from(value ?? []).toString('hex'));
      assert.deepEqual(values, expected, `seed ${seed}, round ${round}`);
    }
  });

  test('what a placement laid over a message is what is read', () => {
    const entry = amqpEntry(0, { key: 'old', headers: new Map([['kept', 'x']]) });
    entry.overlay = { key: 'new', expiresAt: 99, headers: { 'x-death': [{ count: 1 }] } };
    const batch = new ForeignBatch(formats, 0);
    batch.add(entry);
    const [only] = readRecords(written(batch));
    assert.equal(textOf(only?.key), 'new');
    assert.deepEqual(
      only?.headers.map(({ key, value }) => `${key}=${textOf(value)}`),
      ['absolute-expiry-time=99', 'kept=x', 'x-death=[{"count":1}]', 'header-types={"x-death":"json"}'],
    );
  });

  test('a message that nobody here can read is its payload', () => {
    const unknown = amqpEntry(0);
    unknown.format = 77;
    const failing: Format = {
      tag: 78,
      name: 'failing',
      header: () => undefined,
      toHub: () => {
        throw new Error('malformed');
      },
      fromHub: () => assert.fail(),
    };
    const more = new Formats();
    more.register(failing);
    const broken = amqpEntry(1);
    broken.format = 78;
    const batch = new ForeignBatch(more, 0);
    assert.ok(batch.add(unknown));
    assert.ok(batch.add(broken));
    const values = readRecords(written(batch)).map(({ value }) => value);
    assert.deepEqual(values[0], unknown.bytes.slice(unknown.start, unknown.end));
    assert.deepEqual(values[1], broken.bytes.slice(broken.start, broken.end));
  });
});

test('times as a consumer sees them', () => {
  const records = [5_000, 4_000, 6_000].map((timestampMs) => record({ timestampMs }));
  for (const codec of [0, 4] as const) {
    assert.deepEqual(
      [...timesOf(entryOn(batchOf(records, codec), 1, 10), formats)],
      [
        { offset: 10, timestamp: 5_000 },
        { offset: 11, timestamp: 4_000 },
        { offset: 12, timestamp: 6_000 },
      ],
    );
  }
  assert.deepEqual([...timesOf(amqpEntry(3), formats)], [{ offset: 3, timestamp: 1_700_000_000_500 }]);
  assert.deepEqual([...timesOf(amqpEntry(3, { createdAt: 7_000 }), formats)], [{ offset: 3, timestamp: 7_000 }]);
});
