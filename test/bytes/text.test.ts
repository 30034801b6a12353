/**
 * Text at an offset: both ways of reading and writing give UTF-8, on both sides of the border between them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText, textBytes, writeText } from '../../src/bytes/text.ts';

const texts = [
  '',
  'a',
  'topic-name',
  'ä',
  '€uro',
  '漢字',
  '😀',
  'x'.repeat(16),
  'x'.repeat(17),
  'ä'.repeat(300),
  'a\u0000b',
];

test('round trip, in the middle of a plain Uint8Array', () => {
  for (const text of texts) {
    const expected = new TextEncoder().encode(text);
    assert.equal(textBytes(text), expected.length, text);
    const target = new Uint8Array(expected.length + 4).fill(0xee);
    assert.equal(writeText(target, 2, text, expected.length), 2 + expected.length);
    assert.deepEqual(target.slice(2, -2), expected);
    assert.deepEqual([...target.slice(0, 2), ...target.slice(-2)], [0xee, 0xee, 0xee, 0xee]);
    assert.equal(readText(target, 2, 2 + expected.length), text);
  }
});

test('what is not UTF-8 is replaced, and so is half of a surrogate pair', () => {
  assert.equal(readText(Uint8Array.of(0x61, 0xff, 0x62), 0, 3), 'a\ufffdb');
  for (const text of ['\ud83d', `${'x'.repeat(20)}\ude00`]) {
    const target = new Uint8Array(textBytes(text));
    writeText(target, 0, text, target.length);
    assert.equal(readText(target, 0, target.length), text.toWellFormed());
  }
});
