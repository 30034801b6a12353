/**
 * Compression: round trips, bytes by hand, limits, damage.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODEC, type Codec, compress, decompress } from '../../../src/wire/kafka/compression.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { BATCH_HEADER_BYTES, checkProducedBatch, codecOf } from '../../../src/wire/kafka/record-batch.ts';
import { encodeBatch, replaceRecords } from '../../../src/wire/kafka/record-writer.ts';
import { KafkaWireError } from '../../../src/wire/kafka/wire-error.ts';
import { Random } from './random.ts';
import { readRecords } from './records.ts';

const LIMIT_BYTES = 10_000_000;
const codecs = Object.entries(CODEC) as [keyof typeof CODEC, Codec][];
const compressing = codecs.filter(([name]) => name !== 'none');

function unpack(codec: Codec, hex: string, limitBytes = LIMIT_BYTES): string {
  const input = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return Buffer.from(decompress(codec, input, 0, input.length, limitBytes)).toString('latin1');
}

/** Contents that compress well, badly and not at all, some larger than the pieces that snappy and lz4 work in. */
function contents(): Uint8Array[] {
  const random = new Random(7);
  const words = ['alpha', 'beta', 'gamma', '{"id":', '\n', ' delta-delta '];
  const prose = Array.from({ length: 40_000 }, () => random.pick(words)).join('');
  return [
    new Uint8Array(0),
    Uint8Array.of(1),
    Buffer.from('abcabcabcabcabc'),
    random.bytes(1000),
    random.bytes(100_000),
    Buffer.from(prose),
    new Uint8Array(300_000),
  ];
}

describe('every codec', () => {
  for (const [name, codec] of codecs) {
    test(`${name}: round trip, anywhere in a buffer`, () => {
      for (const content of contents()) {
        const packed = compress(codec, content);
        const shifted = Buffer.concat([Buffer.from('xyz'), packed, Buffer.from('behind')]);
        const unpacked = decompress(codec, shifted, 3, 3 + packed.length, LIMIT_BYTES);
        assert.equal(Buffer.compare(unpacked, content), 0, `${content.length} bytes`);
      }
    });

    test(`${name}: a batch`, () => {
      const value = new TextEncoder().encode('value '.repeat(50));
      const record = { key: null, value, headers: [{ key: 'h', value: null }], timestampMs: 1_700_000_000_000 };
      const plain = encodeBatch([record, record], { producerId: 1, producerEpoch: 0, baseSequence: 3 });
      const packed = replaceRecords(plain, 0, compress(codec, plain.subarray(BATCH_HEADER_BYTES)), codec);
      assert.equal(checkProducedBatch(packed, 0, packed.length), null);
      assert.equal(codecOf(packed, 0), codec);
      assert.deepEqual(readRecords(packed), readRecords(plain));
      const records = decompress(codec, packed, BATCH_HEADER_BYTES, packed.length, LIMIT_BYTES);
      assert.deepEqual(replaceRecords(packed, 0, records, CODEC.none), plain);
    });
  }

  for (const [name, codec] of compressing) {
    test(`${name}: not a byte above the limit`, () => {
      for (const content of contents().filter(({ length }) => length > 1)) {
        const packed = compress(codec, content);
        assert.equal(decompress(codec, packed, 0, packed.length, content.length).length, content.length);
        assert.throws(() => decompress(codec, packed, 0, packed.length, content.length - 1), {
          name: 'KafkaWireError',
          code: ERROR.MESSAGE_TOO_LARGE,
        });
      }
    });

    test(`${name}: cut off anywhere, or damaged: the content, or a KafkaWireError`, () => {
      const random = new Random(11);
      const content = Buffer.from(Array.from({ length: 60 }, () => random.text(12)).join(' '));
      const packed = compress(codec, content);
      for (let cut = 0; cut < packed.length; cut++) {
        try {
          const less = decompress(codec, packed, 0, cut, LIMIT_BYTES);
          // A cut between two frames or behind all content is none.
          assert.equal(Buffer.compare(less, content.subarray(0, less.length)), 0, `cut at ${cut}`);
          assert.ok(less.length === 0 || less.length === content.length, `cut at ${cut}`);
        } catch (error) {
          assert.equal((error as KafkaWireError).code, ERROR.CORRUPT_MESSAGE, `cut at ${cut}: ${error}`);
        }
      }
      for (let round = 0; round < 2000; round++) {
        const damaged = Buffer.from(packed);
        for (let left = 1 + random.int(3); left > 0; left--) damaged[random.int(damaged.length)] = random.int(256);
        try {
          decompress(codec, damaged, 0, damaged.length, LIMIT_BYTES);
        } catch (error) {
          assert.ok(error instanceof KafkaWireError, String(error));
        }
      }
    });
  }

  test('an unknown one', () => {
    for (const codec of [5, 6, 7]) {
      assert.throws(() => decompress(codec, new Uint8Array(1), 0, 1, 1), { code: ERROR.UNSUPPORTED_COMPRESSION_TYPE });
    }
  });
});

describe('snappy by hand', () => {
  const refused = (hex: string) => assert.throws(() => unpack(CODEC.snappy, hex), { code: ERROR.CORRUPT_MESSAGE }, hex);

  test('every element', () => {
    assert.equal(unpack(CODEC.snappy, '00'), '');
    // A literal; then copies with 11, 16 and 32 bits of offset, overlapping and not.
    assert.equal(unpack(CODEC.snappy, '03 08 616263'), 'abc');
    assert.equal(unpack(CODEC.snappy, '0b 08 616263 11 03'), 'abcabcabcab');
    assert.equal(unpack(CODEC.snappy, '08 0c 61626364 0e 0400'), 'abcdabcd');
    assert.equal(unpack(CODEC.snappy, '08 0c 61626364 0f 04000000'), 'abcdabcd');
    assert.equal(unpack(CODEC.snappy, '06 00 61 12 0100'), 'aaaaaa');
    // Literals whose length stands behind the tag, in 1 to 4 bytes.
    for (const length of ['f0 02', 'f4 0200', 'f8 020000', 'fc 02000000']) {
      assert.equal(unpack(CODEC.snappy, `03 ${length} 616263`), 'abc');
    }
  });

  test('pieces in the framing of Java clients', () => {
    const head = '82534e4150505900 00000001 00000001';
    assert.equal(unpack(CODEC.snappy, `${head} 00000005 03 08 616263 00000004 02 04 6465`), 'abcde');
    assert.equal(unpack(CODEC.snappy, head), '');
    refused(`${head} 00000006 03 08 616263`);
    refused(`${head} ffffffff 03 08 616263`);
    refused(`${head} 0000`);
    refused(`${head} 00000000`);
  });

  test('lies', () => {
    refused('');
    refused('ffffffff0f 00 61');
    refused('8080808080 00');
    refused('04 08 616263');
    refused('02 08 616263');
    refused('03 08 6162');
    refused('07 08 616263 01 00');
    refused('07 08 616263 01 04');
    refused('05 08 616263 01 03');
    refused('07 08 616263 01');
    refused('03 fc ffffffff 616263');
  });

  test('a length that the input can not reach takes no memory', () => {
    assert.throws(() => unpack(CODEC.snappy, 'ffff7f 00 61', 100_000_000), /more is announced/);
  });
});

describe('lz4 by hand', () => {
  const refused = (hex: string) => assert.throws(() => unpack(CODEC.lz4, hex), { code: ERROR.CORRUPT_MESSAGE }, hex);
  const head = '04224d18 60 40 82';
  const content = 'abcabcabcabcabcabcabcabc-0123456789-abcabcabc';
  const block = '1e000000 3f6162630300 02f0062d303132333435363738392d616263616263616263';

  test('frames as others write them', () => {
    assert.equal(unpack(CODEC.lz4, `${head} ${block} 00000000`), content);
    // Linked blocks, checksums of blocks and content, the content's size.
    const full = `04224d187c402d0000000000000063 ${block} 30d52737 00000000 219917b0`;
    assert.equal(unpack(CODEC.lz4, full), content);
    refused(full.replace('402d', '402e'));
    refused(full.slice(0, -2));
  });

  test('a stored block, no block, several frames, a frame to skip', () => {
    assert.equal(unpack(CODEC.lz4, `${head} 03000080 616263 00000000`), 'abc');
    assert.equal(unpack(CODEC.lz4, `${head} 00000000`), '');
    const skipped = '5a2a4d18 02000000 ffff';
    assert.equal(
      unpack(CODEC.lz4, `${head} ${block} 00000000 ${skipped} ${head} ${block} 00000000`),
      content.repeat(2),
    );
  });

  test('a match may reach into the block before, not before the frame', () => {
    const first = '04000000 30 616263';
    const second = '09000000 02 0300 50 6162636465';
    assert.equal(unpack(CODEC.lz4, `${head} ${first} ${second} 00000000`), 'abcabcabcabcde');
    refused(`${head} ${second} 00000000`);
    refused(`${head} ${first} 00000000 ${head} ${second} 00000000`);
    refused(`${head} ${first} ${second.replace('0300', '0400')} 00000000`);
    refused(`${head} ${first} ${second.replace('0300', '0000')} 00000000`);
  });

  test('lies', () => {
    refused('00');
    refused('04224d18');
    refused('04224d18 a0 40 82 00000000');
    refused('04224d18 61 40 82 00000000');
    refused('04224d18 60 30 82 00000000');
    refused(`${head}`);
    refused(`${head} 05000000 616263`);
    refused(`${head} 03000080 616263`);
    refused(`${head} 02000000 f0ff 00000000`);
    refused(`${head} 05000000 1061626364 00000000`);
    refused(`${head} 04000000 10610000 00000000`);
    refused(`${head} 05000100${'00'.repeat(65541)} 00000000`);
  });
});
