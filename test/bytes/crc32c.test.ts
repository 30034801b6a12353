/**
 * CRC-32C: known answers, and the two ways to it agree at every size and place.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, NATIVE_BYTES_MIN, slicedCrc32c } from '../../src/bytes/crc32c.ts';

/** From RFC 3720, appendix B.4, and the usual check value. */
const KNOWN: readonly (readonly [content: Uint8Array, checksum: number])[] = [
  [new Uint8Array(0), 0],
  [Buffer.from('123456789'), 0xe306_9283],
  [new Uint8Array(32), 0x8a91_36aa],
  [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
  [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd_794e],
  [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113f_db5c],
];

test('known answers', () => {
  for (const [content, checksum] of KNOWN) {
    assert.equal(crc32c(content, 0, content.length), checksum);
    assert.equal(slicedCrc32c(content, 0, content.length), checksum);
  }
});

test('the native module and our own agree, whatever the size and place', () => {
  const bytes = Uint8Array.from(
    { length: 2 * NATIVE_BYTES_MIN + 64 },
    (_, index) => (index * 167 + (index >> 3)) & 255,
  );
  for (let start = 0; start < 9; start++) {
    for (let length = 0; start + length <= bytes.length; length++) {
      assert.equal(
        crc32c(bytes, start, start + length),
        slicedCrc32c(bytes, start, start + length),
        `${start}+${length}`,
      );
    }
  }
});
