/**
 * Record batches: against bytes that Kafka's own library wrote, against themselves, and against lies.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import * as batches from '../../../src/wire/kafka/record-batch.ts';
import { RecordCursor } from '../../../src/wire/kafka/record-cursor.ts';
import { batchSize, encodeBatch, type RecordToWrite, writeBatch } from '../../../src/wire/kafka/record-writer.ts';
import { KafkaWireError } from '../../../src/wire/kafka/wire-error.ts';
import { Random } from './random.ts';
import { type ReadRecord, readRecords } from './records.ts';

const { BATCH_AT, checkBatch, checkProducedBatch } = batches;
const TIME = 1_700_000_000_000;

const text = (value: string) => new TextEncoder().encode(value);
const NOTHING = new Uint8Array(0);

/** Three records of an idempotent producer. */
const IDEMPOTENT = Buffer.from(
  '00000000000000050000005a00000007028cf37bf60000000000020000018bcfe568000000018bcfe569f400000000000012670003' +
    '0000000c0000000320000000026b0a76616c756502026802781400e80702010102026e011800cf0f04000a746869726400',
  'hex',
);
const IDEMPOTENT_RECORDS: readonly RecordToWrite[] = [
  { key: text('k'), value: text('value'), headers: [{ key: 'h', value: text('x') }], timestampMs: TIME },
  { key: null, value: null, headers: [{ key: 'n', value: null }], timestampMs: TIME + 500 },
  { key: NOTHING, value: text('third'), headers: [], timestampMs: TIME - 1000 },
];
/** The end of a transaction, as a broker writes it. */
const CONTROL = Buffer.from(
  '00000000000000090000004200000000020129ec100030000000000000018bcfe568000000018bcfe5680000000000000012670003' +
    'ffffffff000000012000000008000000010c00000000000200',
  'hex',
);
/** A message set of version 1. */
const MESSAGE_SET = Buffer.from('00000000000000000000001839268c3301000000018bcfe56800000000016b0000000176', 'hex');

describe('the header', () => {
  test('says what Kafka wrote', () => {
    assert.equal(checkBatch(IDEMPOTENT, 0, IDEMPOTENT.length), null);
    const shifted = Buffer.concat([Buffer.alloc(9), IDEMPOTENT, Buffer.alloc(3)]);
    assert.equal(checkBatch(shifted, 9, shifted.length), null);
    const values = {
      bytes: batches.batchBytes(shifted, 9),
      offsets: [batches.baseOffsetOf(shifted, 9), batches.lastOffsetOf(shifted, 9)],
      leaderEpoch: batches.leaderEpochOf(shifted, 9),
      attributes: batches.attributesOf(shifted, 9),
      codec: batches.codecOf(shifted, 9),
      times: [batches.baseTimestampOf(shifted, 9), batches.maxTimestampOf(shifted, 9)],
      producer: [batches.producerIdOf(shifted, 9), batches.producerEpochOf(shifted, 9)],
      sequence: batches.baseSequenceOf(shifted, 9),
      count: batches.recordCountOf(shifted, 9),
      kinds: [batches.isTransactional(shifted, 9), batches.isControl(shifted, 9), batches.hasAppendTime(shifted, 9)],
    };
    assert.deepEqual(values, {
      bytes: IDEMPOTENT.length,
      offsets: [5, 7],
      leaderEpoch: 7,
      attributes: 0,
      codec: 0,
      times: [TIME, TIME + 500],
      producer: [4711, 3],
      sequence: 12,
      count: 3,
      kinds: [false, false, false],
    });
  });

  test('without a producer', () => {
    const batch = encodeBatch(IDEMPOTENT_RECORDS);
    assert.deepEqual(
      [batches.producerIdOf(batch, 0), batches.producerEpochOf(batch, 0), batches.baseSequenceOf(batch, 0)],
      [-1, -1, -1],
    );
    assert.equal(checkProducedBatch(batch, 0, batch.length), null);
  });

  test('a control batch is known, and refused from a client', () => {
    assert.equal(checkBatch(CONTROL, 0, CONTROL.length), null);
    assert.ok(batches.isControl(CONTROL, 0) && batches.isTransactional(CONTROL, 0));
    assert.equal(checkProducedBatch(CONTROL, 0, CONTROL.length)?.code, ERROR.INVALID_RECORD);
    assert.match(String(checkProducedBatch(CONTROL, 0, CONTROL.length)?.text), /control/);
  });

  test('old message sets are known and refused', () => {
    for (const set of [MESSAGE_SET, Buffer.concat([MESSAGE_SET, MESSAGE_SET])]) {
      assert.equal(checkProducedBatch(set, 0, set.length)?.code, ERROR.INVALID_RECORD);
      assert.match(String(checkProducedBatch(set, 0, set.length)?.text), /magic 2/);
    }
  });

  test('cut off anywhere', () => {
    for (let cut = 0; cut < IDEMPOTENT.length; cut++) {
      const fault = checkBatch(IDEMPOTENT, 0, cut);
      assert.equal(fault?.code, ERROR.CORRUPT_MESSAGE, `at ${cut}`);
      const fresh = IDEMPOTENT.subarray(0, cut);
      assert.notEqual(checkProducedBatch(fresh, 0, cut), null);
    }
  });

  test('damaged anywhere behind the leader epoch', () => {
    for (let at = BATCH_AT.magic; at < IDEMPOTENT.length; at++) {
      const damaged = Buffer.from(IDEMPOTENT);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      assert.notEqual(checkBatch(damaged, 0, damaged.length), null, `byte ${at}`);
    }
  });

  test('a length that lies', () => {
    for (const length of [-1, 0, 48, 0x7fff_ffff, IDEMPOTENT.length - 11]) {
      const damaged = Buffer.from(IDEMPOTENT);
      damaged.writeInt32BE(length, BATCH_AT.length);
      assert.equal(checkBatch(damaged, 0, damaged.length)?.code, ERROR.CORRUPT_MESSAGE, `${length}`);
    }
  });

  test('counts that do not agree, an unknown codec, no sequence', () => {
    const changed = (change: (batch: Buffer) => void): string => {
      const batch = Buffer.from(IDEMPOTENT);
      change(batch);
      batches.sealBatch(batch, 0);
      return checkProducedBatch(batch, 0, batch.length)?.text ?? 'taken';
    };
    assert.match(
      changed((batch) => batch.writeInt32BE(4, BATCH_AT.recordCount)),
      /do not agree/,
    );
    assert.match(
      changed((batch) => batch.writeInt32BE(1, BATCH_AT.lastOffsetDelta)),
      /do not agree/,
    );
    const nothing = (batch: Buffer): void => {
      batch.writeInt32BE(0, BATCH_AT.recordCount);
      batch.writeInt32BE(-1, BATCH_AT.lastOffsetDelta);
    };
    assert.match(changed(nothing), /do not agree/);
    assert.match(
      changed((batch) => batch.writeInt16BE(5, BATCH_AT.attributes)),
      /compression is unknown/,
    );
    assert.match(
      changed((batch) => batch.writeInt32BE(-1, BATCH_AT.baseSequence)),
      /sequence/,
    );
    assert.equal(
      changed(() => {}),
      'taken',
    );
  });

  test('one batch a partition', () => {
    const two = Buffer.concat([IDEMPOTENT, IDEMPOTENT]);
    assert.equal(checkBatch(two, 0, two.length), null);
    assert.match(String(checkProducedBatch(two, 0, two.length)?.text), /more than one/);
    assert.match(String(checkProducedBatch(two, 0, 0)?.text), /no batch/);
  });

  test('placing a batch leaves its checksum alone, other changes renew it', () => {
    const batch = Buffer.from(IDEMPOTENT);
    batches.placeBatch(batch, 0, 2 ** 40 + 3, 9);
    assert.deepEqual([batches.baseOffsetOf(batch, 0), batches.leaderEpochOf(batch, 0)], [2 ** 40 + 3, 9]);
    assert.deepEqual(batch.subarray(16), IDEMPOTENT.subarray(16));
    assert.equal(checkBatch(batch, 0, batch.length), null);

    batches.stampAppendTime(batch, 0, TIME + 77);
    assert.ok(batches.hasAppendTime(batch, 0));
    assert.equal(checkBatch(batch, 0, batch.length), null);
    const times = readRecords(batch).map(({ timestampMs }) => timestampMs);
    assert.deepEqual(times, [TIME + 77, TIME + 77, TIME + 77]);

    const corrected = Buffer.from(IDEMPOTENT);
    batches.correctMaxTimestamp(corrected, 0, TIME + 1000);
    assert.equal(batches.maxTimestampOf(corrected, 0), TIME + 1000);
    assert.equal(checkBatch(corrected, 0, corrected.length), null);
  });
});

describe('records', () => {
  test('as Kafka wrote them', () => {
    assert.deepEqual(readRecords(IDEMPOTENT), asRead(IDEMPOTENT_RECORDS));
    const cursor = new RecordCursor();
    cursor.open(IDEMPOTENT, 0);
    assert.equal(cursor.check(), TIME + 500);
  });

  test('the writer writes what Kafka writes', () => {
    const options = { baseOffset: 5, leaderEpoch: 7, producerId: 4711, producerEpoch: 3, baseSequence: 12 };
    assert.equal(Buffer.from(encodeBatch(IDEMPOTENT_RECORDS, options)).toString('hex'), IDEMPOTENT.toString('hex'));
    const target = new Uint8Array(batchSize(IDEMPOTENT_RECORDS) + 10).fill(0xee);
    assert.equal(writeBatch(IDEMPOTENT_RECORDS, target, 5, options), 5 + IDEMPOTENT.length);
    assert.deepEqual([target[4], target[5 + IDEMPOTENT.length]], [0xee, 0xee]);
  });

  test('random ones: round trip', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const records = randomRecords(new Random(seed));
      const batch = encodeBatch(records, { baseOffset: seed });
      assert.equal(checkProducedBatch(batch, 0, batch.length), null);
      assert.deepEqual(readRecords(batch), asRead(records), `seed ${seed}`);
    }
  });

  test('headers may be left out, and read again', () => {
    const cursor = new RecordCursor();
    cursor.open(IDEMPOTENT, 0);
    while (cursor.next());
    assert.equal(cursor.index, 3);
    cursor.open(IDEMPOTENT, 0);
    cursor.next();
    assert.equal(cursor.headerCount, 1);
    assert.ok(cursor.nextHeader() && !cursor.nextHeader());
    cursor.rewindHeaders();
    assert.ok(cursor.nextHeader());
    assert.equal(cursor.bytes[cursor.headerValueStart], 0x78);
  });

  test('lengths and counts that lie', () => {
    const lies: Readonly<Record<string, (batch: Buffer) => void>> = {
      'more records than bytes': (batch) => batch.writeInt32BE(1_000_000, BATCH_AT.recordCount),
      'one record more': (batch) => batch.writeInt32BE(4, BATCH_AT.recordCount),
      'one record less': (batch) => batch.writeInt32BE(2, BATCH_AT.recordCount),
      'a record longer than the batch': (batch) => batch.writeUInt8(0xfe, 61),
      'a record of negative length': (batch) => batch.writeUInt8(0x03, 61),
      'a key longer than the record': (batch) => batch.writeUInt8(0x7e, 65),
      'a value longer than the record': (batch) => batch.writeUInt8(0x7e, 67),
      'a value of length -2': (batch) => batch.writeUInt8(0x03, 67),
      'more headers than bytes': (batch) => batch.writeUInt8(0x7e, 73),
      'a negative number of headers': (batch) => batch.writeUInt8(0x03, 73),
      'no headers but bytes': (batch) => batch.writeUInt8(0x00, 73),
      'a header shorter than what is left': (batch) => batch.writeUInt8(0x00, 76),
      'a header without a key': (batch) => batch.writeUInt8(0x01, 74),
      'an offset delta out of order': (batch) => batch.writeUInt8(0x06, 64),
    };
    for (const [name, lie] of Object.entries(lies)) {
      const batch = Buffer.from(IDEMPOTENT);
      lie(batch);
      const cursor = new RecordCursor();
      const error = { name: 'KafkaWireError', code: ERROR.INVALID_RECORD };
      assert.throws(
        () => {
          cursor.open(batch, 0);
          cursor.check();
        },
        error,
        name,
      );
    }
  });

  test('damaged bytes are records or a KafkaWireError', () => {
    const random = new Random(4711);
    const cursor = new RecordCursor();
    for (let round = 0; round < 20_000; round++) {
      const batch = Buffer.from(IDEMPOTENT);
      for (let left = 1 + random.int(3); left > 0; left--) batch[57 + random.int(batch.length - 57)] = random.int(256);
      try {
        cursor.open(batch, 0);
        cursor.check();
      } catch (error) {
        assert.ok(error instanceof KafkaWireError, String(error));
      }
      assert.ok(cursor.valueEnd <= batch.length && cursor.keyEnd <= batch.length);
    }
  });
});

function asRead(records: readonly RecordToWrite[]): ReadRecord[] {
  return records.map((record, offsetDelta) => ({ offsetDelta, ...record }));
}

function randomRecords(random: Random): RecordToWrite[] {
  const sometimes = (value: Uint8Array) => (random.once(4) ? null : value);
  return Array.from({ length: 1 + random.int(20) }, () => ({
    key: sometimes(random.bytes(random.int(100))),
    value: sometimes(random.bytes(random.int(random.once(5) ? 2000 : 50))),
    headers: Array.from({ length: random.int(4) }, () => ({ key: random.text(), value: sometimes(random.bytes(5)) })),
    timestampMs: TIME + random.signed(random.once(5) ? 40 : 16),
  }));
}
