/**
 * RecordView: which queue gets which record of a produced batch, what it gets, and which batches are refused.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Entry } from '../../../src/core/message.ts';
import type { Queue } from '../../../src/core/queue.ts';
import type { Value } from '../../../src/core/value.ts';
import { BatchMessage } from '../../../src/session/kafka/batch-message.ts';
import { KafkaFormat } from '../../../src/session/kafka/message.ts';
import { RecordView } from '../../../src/session/kafka/record-view.ts';
import { CODEC } from '../../../src/wire/kafka/compression.ts';
import { BATCH_AT, checkBatch, hasAppendTime, recordCountOf, sealBatch } from '../../../src/wire/kafka/record-batch.ts';
import type { RecordToWrite } from '../../../src/wire/kafka/record-writer.ts';
import { Kit } from '../../core/kit.ts';
import { Random } from '../../wire/kafka/random.ts';
import { readRecords } from '../../wire/kafka/records.ts';
import { batchOf, randomRecord, record } from './message-kit.ts';

/** The batches that a queue holds. */
function payloadsOf(queue: Queue): Uint8Array[] {
  const cursor = queue.logs[0]?.cursor();
  const entry = new Entry();
  const payloads: Uint8Array[] = [];
  while (cursor?.read(entry) === 0) {
    payloads.push(entry.bytes.slice(entry.start, entry.end));
    cursor.advanceEntry();
  }
  return payloads;
}

function keysIn(queue: Queue): string[] {
  return payloadsOf(queue).map((batch) => String(Buffer.from(readRecords(batch)[0]?.key ?? [])));
}

/** Publishes the batch record by record to an exchange of that type. */
function publish(kit: Kit, batch: Uint8Array, appendTime = -1): void {
  const message = new BatchMessage();
  // In the middle of a chunk.
  const chunk = new Uint8Array(batch.length + 30);
  chunk.set(batch, 13);
  message.point(chunk, 13, 13 + batch.length, appendTime);
  new RecordView().publish(kit.namespace.exchange('orders'), message);
  kit.settle();
}

function bound(type: string, bindings: readonly (readonly [queue: string, key: string, args?: Map<string, Value>])[]) {
  const kit = new Kit();
  kit.namespace.declareExchange({ name: 'orders', type, durable: true });
  const queues = bindings.map(([name, key, args]) => {
    const queue = kit.queue(name, { durable: true });
    kit.namespace.bind('orders', queue, key, args);
    return queue;
  });
  return { kit, queues };
}

function keyed(...keys: string[]): RecordToWrite[] {
  return keys.map((key) => record({ key: Buffer.from(key), value: Buffer.from(`v ${key}`) }));
}

describe('bindings', () => {
  for (const [name, codec] of Object.entries(CODEC)) {
    test(`by key, compressed by ${name}`, () => {
      const { kit, queues } = bound('topic', [
        ['eu', 'eu.*'],
        ['all', '#'],
        ['none', 'x'],
      ]);
      publish(kit, batchOf(keyed('eu.1', 'us.1', 'eu.2', ''), codec));
      assert.deepEqual(queues.map(keysIn), [['eu.1', 'eu.2'], ['eu.1', 'us.1', 'eu.2', ''], []]);
    });
  }

  test('a record that no binding takes is in its log, so it is not lost', () => {
    const { kit, queues } = bound('direct', [['a', 'a']]);
    publish(kit, batchOf(keyed('a', 'b', 'c')));
    assert.deepEqual(queues.map(keysIn), [['a']]);
    assert.equal(kit.broker.publishCounters().unroutable, 0);
  });

  test('by headers', () => {
    const { kit, queues } = bound('headers', [['red', '', new Map<string, Value>([['colour', 'red']])]]);
    const colours = ['red', 'blue', 'red', null].map((colour, index) =>
      record({
        key: Buffer.from(`k${index}`),
        headers: colour === null ? [] : [{ key: 'colour', value: Buffer.from(colour) }],
      }),
    );
    publish(kit, batchOf(colours, CODEC.gzip));
    assert.deepEqual(queues.map(keysIn), [['k0', 'k2']]);
  });
});

describe('a record on its own', () => {
  test('is byte for byte what it was', () => {
    const seed = 31;
    const random = new Random(seed);
    const records = Array.from({ length: 60 }, () => randomRecord(random));
    const { kit, queues } = bound('topic', [['all', '#']]);
    publish(kit, batchOf(records, CODEC.snappy));
    const payloads = payloadsOf(queues[0] as Queue);
    assert.equal(payloads.length, records.length);
    for (const [index, batch] of payloads.entries()) {
      assert.equal(checkBatch(batch, 0, batch.length), null);
      // A batch of one record by another way, bit by bit.
      assert.deepEqual(batch, batchOf([records[index] as RecordToWrite]), `seed ${seed}, record ${index}`);
    }
  });

  test("has the broker's time where the topic wants that", () => {
    const { kit, queues } = bound('topic', [['all', '#']]);
    publish(kit, batchOf(keyed('a')), 77_000);
    const [batch] = payloadsOf(queues[0] as Queue);
    assert.ok(batch !== undefined && hasAppendTime(batch, 0));
    assert.equal(readRecords(batch)[0]?.timestampMs, 77_000);
  });

  test('is read by its format as it was read in its batch', () => {
    const { kit, queues } = bound('topic', [['all', '#']]);
    publish(kit, batchOf(keyed('a', 'b')));
    const cursor = queues[0]?.logs[0]?.cursor();
    const entry = new Entry();
    cursor?.advance();
    cursor?.read(entry);
    const hub = new KafkaFormat().toHub(entry);
    assert.deepEqual([hub.key, String(Buffer.from(hub.body))], ['b', 'v b']);
  });
});

describe('what is refused', () => {
  const view = new RecordView(1_000);

  function changed(batch: Uint8Array, change: (view: DataView) => void): Uint8Array {
    change(new DataView(batch.buffer));
    sealBatch(batch, 0);
    return batch;
  }

  test('records that are not what the head says', () => {
    for (const codec of Object.values(CODEC)) {
      const honest = batchOf(keyed('a', 'b'), codec);
      view.check(honest, 0);
      const lying = changed(honest, (bytes) => bytes.setInt32(BATCH_AT.recordCount, recordCountOf(honest, 0) + 1));
      assert.throws(() => view.check(lying, 0), { name: 'KafkaWireError' });
    }
    const delta = changed(batchOf(keyed('a', 'b')), (bytes) => bytes.setInt8(64, 6));
    assert.throws(() => view.check(delta, 0), { name: 'KafkaWireError', message: /offset delta/ });
  });

  test('more than an entry may hold, however well it is compressed', () => {
    const batch = batchOf([record({ value: new Uint8Array(950) })], CODEC.zstd);
    assert.ok(batch.length < 200);
    assert.throws(() => view.check(batch, 0), { name: 'KafkaWireError' });
    view.check(batchOf([record({ value: new Uint8Array(900) })], CODEC.zstd), 0);
  });

  test('a record without a key, where keys are asked for', () => {
    for (const codec of Object.values(CODEC)) {
      const batch = batchOf(keyed('a', ''), codec);
      assert.deepEqual(view.keyless(batch, 0), []);
      const bad = batchOf([...keyed('a'), record()], codec);
      assert.deepEqual(view.keyless(bad, 0), [1]);
    }
  });
});
