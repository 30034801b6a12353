/**
 * Variable-length integers: their bytes, their lengths, and zigzag.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uvarintBytes, writeUvarint, zigzag } from '../../src/bytes/varint.ts';

/** The same by BigInt. */
function encoded(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return [...bytes, Number(value)];
}

test('every number of bits, at its edges', () => {
  for (let bits = 0; bits <= 53; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1].filter(Number.isSafeInteger)) {
      const target = new Uint8Array(12);
      const expected = encoded(BigInt(value));
      assert.equal(writeUvarint(target, 1, value), 1 + expected.length, `${value}`);
      assert.deepEqual([...target.slice(1, 1 + expected.length)], expected);
      assert.equal(target[1 + expected.length], 0);
      assert.equal(uvarintBytes(value), expected.length);
    }
  }
});

test('zigzag puts small magnitudes first', () => {
  assert.deepEqual([0, -1, 1, -2, 2].map(zigzag), [0, 1, 2, 3, 4]);
  assert.deepEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 40)].map(zigzag), [2 ** 32 - 2, 2 ** 32 - 1, 2 ** 41 - 1]);
});
