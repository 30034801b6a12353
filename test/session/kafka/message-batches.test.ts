/**
 * Messages of a batch one by one: any order, any compression, several readers, recycled memory, and batches that lie.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hub } from '../../../src/core/format.ts';
import { Entry } from '../../../src/core/message.ts';
import { KafkaFormat } from '../../../src/session/kafka/message.ts';
import { OpenedBatches } from '../../../src/session/kafka/opened-batches.ts';
import { CODEC, type Codec } from '../../../src/wire/kafka/compression.ts';
import { BATCH_AT, BATCH_HEADER_BYTES, sealBatch } from '../../../src/wire/kafka/record-batch.ts';
import { Random } from '../../wire/kafka/random.ts';
import { readRecords } from '../../wire/kafka/records.ts';
import { batchOf, entryOf, entryOn, place, randomRecord, record } from './message-kit.ts';

const MIB = 1024 * 1024;

/** Values `name0`, `name1`, ... */
function batch(name: string, count: number, codec: Codec = CODEC.none): Uint8Array {
  return batchOf(
    Array.from({ length: count }, (_, index) => record({ value: Buffer.from(name + index) })),
    codec,
  );
}

function bodyOf(hub: Hub): string {
  return Buffer.from(hub.body).toString();
}

function textOf(batches: OpenedBatches, entry: Entry): string {
  const { bytes, valueStart, valueEnd } = batches.record(entry);
  return Buffer.from(bytes.subarray(valueStart, valueEnd)).toString();
}

describe('every record of a batch', () => {
  for (const [name, codec] of Object.entries(CODEC)) {
    test(`compressed by ${name}`, () => {
      const seed = 7 + codec;
      const random = new Random(seed);
      const format = new KafkaFormat();
      for (let round = 0; round < 20; round++) {
        const records = Array.from({ length: 1 + random.int(40) }, () => randomRecord(random));
        const whole = batchOf(records, codec);
        const order = records.map((_, index) => index);
        if (round % 2 === 1) order.sort(() => random.int(3) - 1);
        for (const index of order) {
          const hub = format.toHub(entryOn(whole, index));
          const expected = records[index];
          assert.deepEqual(new Uint8Array(hub.body), new Uint8Array(expected?.value ?? []), `seed ${seed}`);
          assert.equal(hub.createdAt, expected?.timestampMs);
          // Back in a batch of its own it is what it was, but for names that only look like ours.
          const { bytes, start, end } = entryOf(format.fromHub(hub));
          const [again] = readRecords(bytes.slice(start, end));
          assert.deepEqual(
            { key: again?.key, value: again?.value, timestampMs: again?.timestampMs },
            {
              key: expected?.key && new Uint8Array(expected.key),
              value: expected?.value && new Uint8Array(expected.value),
              timestampMs: expected?.timestampMs,
            },
            `seed ${seed}, round ${round}, record ${index}`,
          );
          const headers = (list = again?.headers) =>
            list?.map(({ key, value }) => [key, value && new Uint8Array(value)]);
          assert.deepEqual(headers(), headers(expected?.headers as never), `seed ${seed}, round ${round}`);
        }
      }
    });
  }

  test("the broker's time counts where it is the records' time", () => {
    const whole = batch('a', 2);
    new DataView(whole.buffer).setInt16(BATCH_AT.attributes, 8);
    new DataView(whole.buffer).setBigInt64(BATCH_AT.maxTimestamp, 42n);
    sealBatch(whole, 0);
    assert.equal(new KafkaFormat().toHub(entryOn(whole, 1)).createdAt, 42);
  });
});

describe('opened batches', () => {
  test('one opening for all records of a batch, for readers at different places too', () => {
    const batches = new OpenedBatches(MIB);
    const one = batch('a', 1_000, CODEC.gzip);
    const two = batch('b', 1_000);
    for (let index = 0; index < 1_000; index++) {
      assert.equal(textOf(batches, entryOn(one, index)), `a${index}`);
      assert.equal(textOf(batches, entryOn(two, 999 - index, 5)), `b${999 - index}`);
      assert.equal(textOf(batches, entryOn(one, (index * 7) % 1_000, 70)), `a${(index * 7) % 1_000}`);
    }
    assert.equal(batches.openings, 2);
  });

  test('memory that holds another batch meanwhile', () => {
    const batches = new OpenedBatches(MIB);
    const memory = new Uint8Array(100_000);
    const entry = new Entry();
    for (const codec of [CODEC.none, CODEC.zstd]) {
      for (let index = 0; index < 30; index++) {
        const name = index % 2 === 0 ? 'a' : 'b';
        memory.fill(0xee);
        place(entry, memory, 100, batch(name, 50, codec));
        entry.offset = entry.base + index;
        assert.equal(textOf(batches, entry), `${name}${index}`);
      }
    }
    assert.equal(batches.openings, 4);
  });

  test('the same batch again, somewhere else, when the memory that it was opened in is something else', () => {
    const batches = new OpenedBatches(MIB);
    const whole = batch('a', 10);
    const first = entryOn(whole);
    assert.equal(textOf(batches, first), 'a0');
    first.bytes.fill(0x55);
    assert.equal(textOf(batches, entryOn(whole, 1)), 'a1');
    assert.equal(batches.openings, 1);
  });

  test('what is handed out is nobody else’s memory', () => {
    const format = new KafkaFormat();
    // Buffers' own slice would be a view.
    const whole = batchOf([record({ value: Buffer.from('abc'), key: Uint8Array.of(0xff) }), record()]);
    const entry = entryOn(whole);
    entry.bytes = Buffer.from(entry.bytes.buffer);
    const hub = format.toHub(entry);
    entry.bytes.fill(0);
    assert.equal(bodyOf(hub), 'abc');
    assert.deepEqual(hub.headers.get('record-key'), Uint8Array.of(0xff));
    hub.body.fill(0);
    (hub.headers.get('record-key') as Uint8Array).fill(0);
    const again = format.toHub(entryOn(whole));
    assert.equal(bodyOf(again), 'abc');
    assert.deepEqual(again.headers.get('record-key'), Uint8Array.of(0xff));
  });

  test('no more are kept than there is room for; the last one always is', () => {
    const batches = new OpenedBatches(64 * 1024);
    const large = Array.from({ length: 3 }, (_, index) =>
      batchOf([record({ value: new Uint8Array(30_000).fill(index) }), record()], CODEC.zstd),
    );
    for (const whole of large) batches.record(entryOn(whole, 1));
    assert.equal(batches.openings, 3);
    for (const whole of [...large].reverse().slice(0, 2)) batches.record(entryOn(whole, 1));
    assert.equal(batches.openings, 3, 'two of them are still open');
    batches.record(entryOn(large[0] as Uint8Array, 1));
    assert.equal(batches.openings, 4);

    const many = Array.from({ length: 100 }, (_, index) => batch(`${index}.`, 3));
    for (const whole of many) batches.record(entryOn(whole));
    const before = batches.openings;
    for (const whole of many.slice(-16)) batches.record(entryOn(whole));
    assert.equal(batches.openings, before);
    batches.record(entryOn(many[80] as Uint8Array));
    assert.equal(batches.openings, before + 1);
  });

  test('a batch that can not be opened is tried once', () => {
    const batches = new OpenedBatches(MIB);
    const whole = changed(batch('a', 1_000, CODEC.lz4), (bytes) => bytes.fill(0x55, BATCH_HEADER_BYTES));
    for (let index = 0; index < 10; index++) {
      assert.throws(() => batches.record(entryOn(whole, index)), { name: 'KafkaWireError' });
    }
    assert.equal(batches.openings, 1);
  });
});

/** A copy, changed, with a checksum that is right again. */
function changed(whole: Uint8Array, change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(whole);
  change(bytes, new DataView(bytes.buffer));
  sealBatch(bytes, 0);
  return bytes;
}

describe('a batch that lies', () => {
  const limited = new KafkaFormat(1024);
  const bomb = batchOf([record({ value: new Uint8Array(500_000) }), record()], CODEC.gzip);
  const count = (to: number, codec: Codec = CODEC.none) =>
    changed(batch('a', 3, codec), (_, view) => view.setInt32(BATCH_AT.recordCount, to));
  const cases: readonly (readonly [what: string, whole: Uint8Array, why?: RegExp])[] = [
    ['more records than there are', count(4)],
    ['fewer', count(2)],
    ['none', count(0)],
    ['less than none', count(-1)],
    ['more than fit into memory', count(2 ** 31 - 1), /announced/],
    ['the same, compressed', count(2 ** 31 - 1, CODEC.zstd), /announced/],
    ['a codec that nobody knows', changed(batch('a', 3), (_, view) => view.setInt16(BATCH_AT.attributes, 7))],
    ['a codec that is another', changed(batch('a', 3), (_, view) => view.setInt16(BATCH_AT.attributes, CODEC.snappy))],
    ['a record longer than the batch', changed(batch('a', 3), (bytes) => bytes.fill(0x7e, BATCH_HEADER_BYTES, 62))],
    ['a record of negative length', changed(batch('a', 3), (bytes) => bytes.fill(0x01, BATCH_HEADER_BYTES, 62))],
    ['a value longer than its record', changed(batch('a', 3), (bytes) => bytes.fill(0x7e, 66, 67))],
    ['decompressed it is above the limit', bomb],
    ['a length that is not its own', changedLength(batch('a', 3))],
    ['nothing at all', new Uint8Array(61)],
  ];

  function changedLength(whole: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(whole);
    new DataView(bytes.buffer).setInt32(BATCH_AT.length, whole.length + 100);
    return bytes;
  }

  for (const [what, whole, why = /\w{4}/] of cases) {
    test(`${what}: a message that says so`, () => {
      const entry = entryOn(whole);
      entry.timestamp = 5;
      const hub = limited.toHub(entry);
      assert.equal(hub.body.length, 0);
      assert.deepEqual([...hub.headers.keys()], ['unreadable']);
      assert.match(String(hub.headers.get('unreadable')), why);
      assert.equal(hub.createdAt, 5);
      assert.equal(limited.header(entry, 'unreadable'), hub.headers.get('unreadable'));
      assert.equal(limited.header(entry, 'other'), undefined);
    });
  }

  test('any byte of it changed: never anything but a message', () => {
    const seed = 99;
    const random = new Random(seed);
    const format = new KafkaFormat(MIB);
    for (const codec of Object.values(CODEC)) {
      const records = Array.from({ length: 5 }, () => randomRecord(random));
      const whole = batchOf(records, codec);
      for (let round = 0; round < 300; round++) {
        const damaged = changed(whole, (bytes) => {
          const at = random.once(3) ? 21 + random.int(40) : BATCH_HEADER_BYTES + random.int(whole.length - 61);
          bytes[at] = random.int(256);
        });
        for (let index = 0; index < 5; index++) {
          const hub = format.toHub(entryOn(damaged, index));
          assert.ok(hub.body instanceof Uint8Array, `seed ${seed}, codec ${codec}, round ${round}`);
        }
      }
    }
  });
});
