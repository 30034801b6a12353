/**
 * What the description of a field promises: places by hand, defaults, null, tags, limits.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileStruct } from '../../../src/wire/kafka/codec.ts';
import { ELEMENTS_MAX, WireReader } from '../../../src/wire/kafka/reader.ts';
import {
  array,
  bool,
  bytes,
  int8,
  int16,
  int32,
  int64,
  records,
  type Shape,
  string,
  struct,
  uuid,
} from '../../../src/wire/kafka/schema.ts';
import { KafkaWireError } from '../../../src/wire/kafka/wire-error.ts';
import { WireWriter } from '../../../src/wire/kafka/writer.ts';

const CLASSIC = 0;
const FLEXIBLE = 9;

function encode(shape: Shape, value: Record<string, unknown>, version: number): string {
  const codec = compileStruct(shape, version, version >= FLEXIBLE);
  const target = Buffer.alloc(codec.size(value));
  const writer = new WireWriter(target, 0);
  codec.write(writer, value);
  assert.equal(writer.at, target.length);
  return target.toString('hex');
}

function decode(shape: Shape, hex: string, version: number): Record<string, unknown> {
  const input = Buffer.from(hex, 'hex');
  return compileStruct(shape, version, version >= FLEXIBLE).read(new WireReader(input, 0, input.length, 'test'));
}

const everything = {
  yes: bool,
  i8: int8,
  i16: int16,
  i32: int32,
  i64: int64,
  id: uuid,
  text: string,
  none: string.nullable(),
  blob: bytes,
  batch: records.nullable(),
  list: array(int16),
  pairs: array({ a: int8, b: string }),
};
const value = {
  yes: true,
  i8: -1,
  i16: -2,
  i32: 0x01020304,
  i64: -3,
  id: '000102030405060708090a0b0c0d0eff',
  text: 'hü',
  none: null,
  blob: Uint8Array.of(7, 8),
  batch: null,
  list: [1, -1],
  pairs: [{ a: 5, b: '' }],
};
const numbers = '01ff fffe 01020304 fffffffffffffffd 000102030405060708090a0b0c0d0eff'.replaceAll(' ', '');

test('classic: int16 and int32 lengths', () => {
  const hex = `${numbers}0003 68c3bc ffff 00000002 0708 ffffffff 00000002 0001 ffff 00000001 05 0000`.replaceAll(
    ' ',
    '',
  );
  assert.equal(encode(everything, value, CLASSIC), hex);
  assert.deepEqual(decode(everything, hex, CLASSIC), value);
});

test('flexible: lengths plus one, and a tagged section at the end of every struct', () => {
  const hex = `${numbers} 04 68c3bc 00 03 0708 00 03 0001 ffff 02 05 01 00 00`.replaceAll(' ', '');
  assert.equal(encode(everything, value, FLEXIBLE), hex);
  assert.deepEqual(decode(everything, hex, FLEXIBLE), value);
});

test('a field that the version lacks is read as its default and not written', () => {
  const shape = {
    old: int32.until(3).or(-1),
    kept: int8,
    rack: string.since(5).nullable(),
    list: array(int8).since(5),
  };
  assert.equal(encode(shape, { old: 1, kept: 2 }, 2), '0000000102');
  assert.equal(encode(shape, { kept: 2 }, 2), 'ffffffff02');
  assert.equal(encode(shape, { old: 1, kept: 2 }, 5), '02ffff00000000');
  assert.deepEqual(decode(shape, '0000000702', 2), { old: 7, kept: 2, rack: null, list: [] });
  assert.deepEqual(decode(shape, '02000161 0000000103'.replace(' ', ''), 5), {
    old: -1,
    kept: 2,
    rack: 'a',
    list: [3],
  });
  assert.deepEqual(Object.keys(decode(shape, '0000000702', 2)), ['old', 'kept', 'rack', 'list']);
});

test('an essential value that the version lacks is a mistake of the caller', () => {
  const shape = { kept: int8, epoch: int32.since(5).or(-1).essential(), ids: array(int8).since(5).essential() };
  assert.equal(encode(shape, { kept: 1, epoch: -1, ids: [] }, 2), '01');
  assert.equal(encode(shape, { kept: 1 }, 2), '01');
  assert.throws(() => encode(shape, { kept: 1, epoch: 4 }, 2), /version 2 can't carry epoch/);
  assert.throws(() => encode(shape, { kept: 1, ids: [4] }, 2), /version 2 can't carry ids/);
});

test('null only where and since the description has it', () => {
  const shape = { name: string.nullable(3), list: array(int8).nullable(3) };
  assert.equal(encode(shape, { name: null, list: null }, 3), 'ffffffffffff');
  assert.deepEqual(decode(shape, 'ffffffffffff', 3), { name: null, list: null });
  assert.throws(() => encode(shape, { name: null, list: [] }, 2), /name can't be null/);
  assert.throws(() => decode(shape, 'ffffffffffff', 2), /test: name is null/);
  assert.throws(() => decode(shape, '0000ffffffff', 2), /test: list is null/);
  assert.throws(() => decode(shape, 'fffeffffffff', 3), KafkaWireError);
});

test('a struct that may be null', () => {
  const shape = { cursor: struct({ name: string, at: int8 }).nullable() };
  assert.equal(encode(shape, { cursor: null }, FLEXIBLE), 'ff00');
  assert.equal(encode(shape, { cursor: { name: 'a', at: 2 } }, FLEXIBLE), '010261020000');
  assert.deepEqual(decode(shape, 'ff00', FLEXIBLE), { cursor: null });
  assert.deepEqual(decode(shape, '010261020000', FLEXIBLE), { cursor: { name: 'a', at: 2 } });
});

test('tags: written only when they differ from the default, in their order; unknown ones are passed over', () => {
  const shape = {
    b: int16.since(FLEXIBLE).or(-1).tagged(2),
    a: struct({ x: int32.or(-1) })
      .since(FLEXIBLE)
      .tagged(0),
    kept: int8,
  };
  assert.equal(encode(shape, { kept: 1 }, FLEXIBLE), '0100');
  assert.equal(encode(shape, { kept: 1, a: { x: -1 }, b: -1 }, FLEXIBLE), '0100');
  const both = { kept: 1, a: { x: 9 }, b: 8 };
  assert.equal(encode(shape, both, FLEXIBLE), '0102 00 05 00000009 00 02 02 0008'.replaceAll(' ', ''));
  assert.deepEqual(decode(shape, '0103 00 05 00000009 00 01 03 ffffff 02 02 0008'.replaceAll(' ', ''), FLEXIBLE), both);
  assert.deepEqual(decode(shape, '0100', FLEXIBLE), { kept: 1, a: { x: -1 }, b: -1 });
  assert.deepEqual(decode(shape, '01', CLASSIC), { kept: 1, a: { x: -1 }, b: -1 });
});

test('a tag whose field is shorter or longer than its size is refused', () => {
  const shape = { b: int16.since(FLEXIBLE).tagged(2) };
  assert.deepEqual(decode(shape, '0102020008', FLEXIBLE), { b: 8 });
  assert.throws(() => decode(shape, '010203000800', FLEXIBLE), KafkaWireError);
  assert.throws(() => decode(shape, '01020100', FLEXIBLE), KafkaWireError);
  assert.throws(() => decode(shape, 'ffffffff0f', FLEXIBLE), KafkaWireError);
});

test('int64: exact to 2^53, and the extremes keep their meaning', () => {
  const shape = { at: int64 };
  for (const at of [0, -1, -2, -5, 2 ** 32, -(2 ** 32) - 5, 2 ** 53 - 1, -(2 ** 53) + 1]) {
    const hex = BigInt.asUintN(64, BigInt(at)).toString(16).padStart(16, '0');
    assert.equal(encode(shape, { at }, CLASSIC), hex);
    assert.deepEqual(decode(shape, hex, CLASSIC), { at });
  }
  for (const hex of ['7fffffffffffffff', '8000000000000000']) {
    assert.equal(encode(shape, decode(shape, hex, CLASSIC), CLASSIC), hex);
  }
});

test('an announced count is believed only as far as the bytes go', () => {
  const shape = { list: array({ a: int32, b: string }) };
  assert.throws(() => decode(shape, '7fffffff', CLASSIC), /2147483647 array elements announced and 0 bytes left/);
  assert.throws(() => decode(shape, `00000002${'00'.repeat(11)}`, CLASSIC), /2 array elements announced/);
  assert.throws(() => decode(shape, 'ffffffff0f', FLEXIBLE), KafkaWireError);
  assert.throws(() => decode(shape, '8080808080', FLEXIBLE), /does not end/);
});

test('one message has a limited number of array elements', () => {
  const shape = { lists: array(array(int8)) };
  const half = Buffer.alloc(4 + ELEMENTS_MAX / 2);
  half.writeInt32BE(ELEMENTS_MAX / 2);
  const read = (...lists: Buffer[]): number => {
    const count = Buffer.alloc(4);
    count.writeInt32BE(lists.length);
    return (decode(shape, Buffer.concat([count, ...lists]).toString('hex'), CLASSIC)['lists'] as unknown[]).length;
  };
  assert.equal(read(half), 1);
  assert.throws(() => read(half, half), /more than 1000000 array elements/);
});

test('records: a range when read; bytes, a range or a source when written', () => {
  const shape = { batch: records.nullable() };
  const hex = '00000003010203';
  const { batch } = decode(shape, hex, CLASSIC) as { batch: { start: number; end: number } };
  assert.deepEqual([batch.start, batch.end], [4, 7]);
  assert.equal(encode(shape, { batch: Uint8Array.of(1, 2, 3) }, CLASSIC), hex);
  assert.equal(encode(shape, { batch: { bytes: Uint8Array.of(0, 1, 2, 3, 4), start: 1, end: 4 } }, CLASSIC), hex);
  const source = { length: 3, write: (target: Uint8Array, at: number) => target.set([1, 2, 3], at) };
  assert.equal(encode(shape, { batch: source }, CLASSIC), hex);
});

test('a string that no int16 can measure', () => {
  const shape = { text: string };
  assert.throws(() => encode(shape, { text: 'x'.repeat(40_000) }, CLASSIC), /no int16 length/);
  assert.equal(encode(shape, { text: 'x'.repeat(40_000) }, FLEXIBLE).length, 2 * (3 + 40_000 + 1));
});
