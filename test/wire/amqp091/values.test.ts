/**
 * Field tables: every letter at its edges, byte for byte; truncation and depth.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireError } from '../../../src/wire/amqp091/constants.ts';
import { FieldReader, FieldWriter, type Table, type Value } from '../../../src/wire/amqp091/values.ts';
import { everyTable, everyValue, Random } from './random.ts';

function written(write: (writer: FieldWriter) => void): Uint8Array {
  const writer = new FieldWriter();
  write(writer);
  return writer.finish();
}

describe('values', () => {
  for (const [index, value] of everyValue().entries()) {
    test(`value ${index} keeps its type, and every cut is noticed`, () => {
      const bytes = written((writer) => writer.value(value));
      assert.deepEqual(new FieldReader(bytes, 0, bytes.length).value(0), value);
      for (let cut = 0; cut < bytes.length; cut++) {
        assert.throws(() => new FieldReader(bytes, 0, cut).value(0), WireError);
      }
      const skipping = new FieldReader(bytes, 0, bytes.length);
      skipping.skip();
      assert.equal(skipping.at, bytes.length);
    });
  }

  test('the letters are the ones clients use', () => {
    const letter = (value: Value): string => String.fromCharCode(written((writer) => writer.value(value))[0] as number);
    const number = (type: string): Value => ({ type, value: 1, scale: 0 }) as Value;
    const types = [
      'int8',
      'uint8',
      'int16',
      'uint16',
      'int32',
      'uint32',
      'int64',
      'timestamp',
      'float',
      'double',
      'decimal',
    ];
    assert.equal(types.map((type) => letter(number(type))).join(''), 'bBsuIilTfdD');
    assert.equal([null, true, '', new Uint8Array(0), [], new Map()].map((value) => letter(value)).join(''), 'VtSxAF');
  });

  test('L is read as a signed 64-bit number', () => {
    const bytes = Uint8Array.of(0x4c, 255, 255, 255, 255, 255, 255, 255, 254);
    assert.deepEqual(new FieldReader(bytes, 0, 9).value(0), { type: 'int64', value: -2, scale: 0 });
  });

  test('text that is not UTF-8 is shown as bytes, in a name it is an error', () => {
    const text = Uint8Array.of(0x53, 0, 0, 0, 2, 0xff, 0xfe);
    assert.deepEqual(new FieldReader(text, 0, 7).value(0), Uint8Array.of(0xff, 0xfe));
    assert.throws(() => new FieldReader(Uint8Array.of(1, 0xff), 0, 2).shortstr(), /Malformed UTF-8 in shortstr/);
  });

  test('a short string is cut at the end of a character', () => {
    const bytes = written((writer) => writer.shortstr('é'.repeat(200)));
    assert.equal(bytes[0], 254);
    assert.equal(new FieldReader(bytes, 0, bytes.length).shortstr(), 'é'.repeat(127));
  });
});

describe('tables', () => {
  test('with every kind of value come back the same bytes', () => {
    const bytes = written((writer) => writer.table(everyTable()));
    const table = new FieldReader(bytes, 0, bytes.length).table();
    assert.deepEqual(table, everyTable());
    assert.deepEqual(
      written((writer) => writer.table(table)),
      bytes,
    );
  });

  test('do not nest without end', () => {
    let table: Table = new Map();
    for (let depth = 0; depth < 1000; depth++) table = new Map([['t', table]]);
    const bytes = written((writer) => writer.table(table));
    assert.throws(() => new FieldReader(bytes, 0, bytes.length).table(), /nest deeper/);
  });

  test('random bytes are a table or a WireError', () => {
    const random = new Random(7);
    for (let round = 0; round < 20_000; round++) {
      const bytes = random.bytes(4 + random.int(40));
      bytes.set([0, 0, 0, bytes.length - 4]);
      try {
        new FieldReader(bytes, 0, bytes.length).table();
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
  });
});
