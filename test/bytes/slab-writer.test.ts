/**
 * The slab writer: one write a flush, large things in pieces, slabs back to the pool.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copyBytes, sameBytes } from '../../src/bytes/copy.ts';
import { readU64, readU64Big, writeU64, writeU64Big } from '../../src/bytes/numbers.ts';
import { SLAB_BYTES, SlabPool, SlabWriter } from '../../src/bytes/slab-writer.ts';

function writer(): { out: SlabWriter; pool: SlabPool; writes: Buffer[]; releases: (() => void)[] } {
  const writes: Buffer[] = [];
  const releases: (() => void)[] = [];
  const pool = new SlabPool();
  const sink = {
    write: (bytes: Uint8Array, release: (() => void) | null) => {
      writes.push(Buffer.from(bytes));
      if (release !== null) releases.push(release);
    },
  };
  return { out: new SlabWriter(sink, pool), pool, writes, releases };
}

describe('slab writer', () => {
  test('gathers until it is flushed', () => {
    const { out, writes } = writer();
    out.append(Buffer.from('one '));
    out.append(Buffer.from('two'));
    assert.equal(writes.length, 0);
    out.flush();
    out.flush();
    assert.deepEqual(writes.map(String), ['one two']);
  });

  test('appends what is larger than a slab in pieces', () => {
    const { out, writes } = writer();
    const large = Buffer.alloc(3 * SLAB_BYTES + 17, 'abcdefg');
    out.append(Buffer.from('x'));
    out.append(large);
    out.flush();
    assert.equal(writes.length, 4);
    assert.ok(Buffer.concat(writes).equals(Buffer.concat([Buffer.from('x'), large])));
  });

  test('room flushes when the rest of the slab is too short', () => {
    const { out, writes } = writer();
    out.append(Buffer.alloc(SLAB_BYTES - 10));
    out.room(11);
    assert.equal(writes.length, 1);
    assert.equal(out.at, 0);
  });

  test('a slab is free again when the socket has let go of it, once', () => {
    const { out, pool, releases } = writer();
    out.append(Buffer.alloc(5000));
    out.flush();
    assert.equal(pool.freeSlabs, 0);
    releases[0]?.();
    releases[0]?.();
    assert.equal(pool.freeSlabs, 1);
    out.append(Buffer.alloc(10));
    assert.equal(pool.freeSlabs, 0);
    out.flush();
    assert.equal(pool.freeSlabs, 1, 'little is copied out of the slab');
    out.append(Buffer.alloc(10));
    out.discard();
    assert.equal(pool.freeSlabs, 1);
  });
});

describe('bytes', () => {
  test('are copied whatever their number', () => {
    const source = Uint8Array.from({ length: 200 }, (_, index) => index);
    for (let length = 0; length < 150; length++) {
      const target = new Uint8Array(200);
      copyBytes(source, 5, 5 + length, target, 7);
      assert.ok(sameBytes(source, 5, target, 7, length));
      assert.equal(target[7 + length], 0);
    }
  });

  test('64-bit numbers', () => {
    const bytes = new Uint8Array(8);
    for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      writeU64(bytes, 0, value);
      assert.equal(readU64(bytes, 0), value);
    }
    writeU64Big(bytes, 0, -1n);
    assert.equal(readU64Big(bytes, 0), 2n ** 64n - 1n);
  });
});
