/**
 * The primitives that only records and headers use: variable-length numbers and their limits.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeUvarint, zigzag } from '../../../src/bytes/varint.ts';
import { WireReader } from '../../../src/wire/kafka/reader.ts';
import { KafkaWireError } from '../../../src/wire/kafka/wire-error.ts';

function reader(...bytes: number[]): WireReader {
  return new WireReader(Uint8Array.from(bytes), 0, bytes.length, 'test');
}

function written(value: number): WireReader {
  const bytes = new Uint8Array(10);
  return new WireReader(bytes, 0, writeUvarint(bytes, 0, value), 'test');
}

test('varint and varlong', () => {
  for (const value of [0, -1, 1, 63, -64, 64, 8191, -8192, 2 ** 31 - 1, -(2 ** 31)]) {
    assert.equal(written(zigzag(value)).varint(), value);
    assert.equal(written(zigzag(value)).varlong(), value);
  }
  for (const value of [2 ** 40, -(2 ** 40) - 1, 2 ** 52 - 1, -(2 ** 52)]) {
    assert.equal(written(zigzag(value)).varlong(), value);
  }
});

test('uvarint: 32 bits and no more', () => {
  assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0x0f).uvarint(), 2 ** 32 - 1);
  assert.throws(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).uvarint(), /exceeds 32 bits/);
  assert.throws(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).uvarint(), /does not end/);
  assert.throws(() => reader(0x80, 0x80).uvarint(), KafkaWireError);
  assert.throws(() => reader(...new Array(11).fill(0x80)).varlong(), /does not end/);
});
