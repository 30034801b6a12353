import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_HEADER_BYTES, BlockHeader, readBlockHeader, sealBlock, verifyBlockBody } from '../../src/store/block.ts';

function sealed(at: number, body: number): { slab: Uint8Array; header: BlockHeader } {
  const slab = new Uint8Array(at + BLOCK_HEADER_BYTES + body + 10).fill(7);
  const header = new BlockHeader();
  Object.assign(header, {
    flags: 3,
    chain: 2,
    number: 2 ** 40 + 1,
    storeId: 0xfedcba98,
    epoch: 9,
    previousCrc: 0xffffffff,
  });
  Object.assign(header, { group: 2 ** 41, durableNumber: 2 ** 40, wallClockMs: 1790000000123 });
  header.length = BLOCK_HEADER_BYTES + body;
  sealBlock(slab, at, header);
  return { slab, header };
}

test('a sealed header reads back, anywhere in a slab, and touches nothing around it', () => {
  for (const [at, body] of [
    [0, 0],
    [13, 1],
    [64, 100_000],
  ] as const) {
    const { slab, header } = sealed(at, body);
    const read = new BlockHeader();
    assert.equal(readBlockHeader(slab, at, read), null);
    assert.deepEqual(read, header);
    assert.equal(verifyBlockBody(slab, at, read), null);
    assert.ok(slab.subarray(0, at).every((byte) => byte === 7));
    assert.ok(slab.subarray(at + BLOCK_HEADER_BYTES).every((byte) => byte === 7));
  }
});

test('it reads through a view that does not begin at its buffer', () => {
  const { slab } = sealed(100, 10);
  const read = new BlockHeader();
  assert.equal(readBlockHeader(slab.subarray(50), 50, read), null);
  assert.equal(verifyBlockBody(slab.subarray(50), 50, read), null);
});

test('every flipped bit of a block is noticed', () => {
  const { slab } = sealed(0, 20);
  const read = new BlockHeader();
  for (let bit = 0; bit < (BLOCK_HEADER_BYTES + 20) * 8; bit++) {
    slab[bit >> 3] = (slab[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.notEqual(readBlockHeader(slab, 0, read) ?? verifyBlockBody(slab, 0, read), null, `bit ${bit}`);
    slab[bit >> 3] = (slab[bit >> 3] as number) ^ (1 << (bit & 7));
  }
});

test('a block cut short at any byte is no block', () => {
  const { slab } = sealed(0, 20);
  const read = new BlockHeader();
  for (let bytes = 0; bytes < BLOCK_HEADER_BYTES + 20; bytes++) {
    const cut = slab.subarray(0, bytes);
    assert.notEqual(readBlockHeader(cut, 0, read) ?? verifyBlockBody(cut, 0, read), null, `${bytes} bytes`);
  }
});

test('a block is not sealed beyond its slab', () => {
  const header = new BlockHeader();
  header.length = 100;
  assert.throws(() => sealBlock(new Uint8Array(99), 0, header), RangeError);
});
