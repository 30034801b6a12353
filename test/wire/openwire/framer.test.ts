/**
 * Framing: in place, cut anywhere, and what is a fault.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Framer } from '../../../src/wire/openwire/framer.ts';
import { Random } from '../../simulation/random.ts';

function frame(length: number): Buffer {
  const bytes = Buffer.alloc(4 + length, length & 0xff);
  bytes.writeUInt32BE(length);
  return bytes;
}

function read(framer: Framer, chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) seen.push(Buffer.from(framer.bytes.slice(framer.start, framer.end)).toString('hex'));
    framer.letGo();
  }
  return seen;
}

describe('framer', () => {
  const stream = Buffer.concat([frame(1), frame(20), frame(3000), frame(2)]);
  const expected = read(new Framer(4096), [stream]);

  test('reads what lies together in place', () => {
    assert.deepEqual(
      expected.map((hex) => hex.length / 2),
      [1, 20, 3000, 2],
    );
    const framer = new Framer(4096);
    framer.push(stream);
    framer.next();
    assert.equal(framer.bytes, stream);
  });

  test('joins frames cut at every byte, and at random places', () => {
    for (let cut = 1; cut < stream.length; cut++) {
      const chunks = [stream.subarray(0, cut), stream.subarray(cut)];
      assert.deepEqual(read(new Framer(4096), chunks), expected, `cut at ${cut}`);
    }
    const single = [...stream].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(read(new Framer(4096), single), expected);
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + random.below(random.once(2) ? 10 : 900);
        chunks.push(stream.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(read(new Framer(4096), chunks), expected, `seed ${seed}`);
    }
  });

  test('a size above the limit, and none, are faults before anything is kept', () => {
    for (const size of [0, 4097, 0x7fff_ffff, 0xffff_ffff]) {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(size);
      const framer = new Framer(4096);
      assert.deepEqual(read(framer, [frame(1), head, frame(1)]), ['01']);
      assert.match(String(framer.fault), new RegExp(`a frame of ${size} bytes; the limit is 4096`));
      const cut = new Framer(4096);
      assert.deepEqual(read(cut, [head.subarray(0, 2), head.subarray(2), frame(1)]), []);
      assert.notEqual(cut.fault, null);
    }
    assert.equal(read(new Framer(4096), [frame(4096)]).length, 1);
  });

  test('what is announced is not allocated', () => {
    const framer = new Framer(0xffff_ffff);
    assert.deepEqual(read(framer, [Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3])]), []);
    assert.equal(framer.fault, null);
  });
});
