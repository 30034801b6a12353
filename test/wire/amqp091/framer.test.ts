/**
 * The framer: whole frames however the stream is cut, limits before memory, faults that stay.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Framer, NO_FRAME, writeFrameHead } from '../../../src/wire/amqp091/framer.ts';
import { Random } from './random.ts';

function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(payload.length + 8);
  writeFrameHead(bytes, 0, type, channel, payload.length);
  bytes.set(payload, 7);
  bytes[bytes.length - 1] = 0xce;
  return bytes;
}

function read(framer: Framer, chunks: Uint8Array[]): string[] {
  const seen: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let type = framer.next(); type !== NO_FRAME; type = framer.next()) {
      seen.push(
        `${type} ${framer.channel} ${Buffer.from(framer.bytes.slice(framer.start, framer.end)).toString('hex')}`,
      );
    }
    framer.letGo();
  }
  return seen;
}

describe('framer', () => {
  const frames = [
    frame(1, 1, Uint8Array.of(0, 60, 0, 40)),
    frame(8, 0, new Uint8Array(0)),
    frame(3, 65535, new Uint8Array(2000).fill(0xce)),
    frame(2, 2, Uint8Array.of(1)),
  ];
  const stream = Buffer.concat(frames);
  const expected = read(new Framer(4096), [stream]);

  test('reads what lies together in place', () => {
    assert.equal(expected.length, 4);
    const framer = new Framer(4096);
    framer.push(stream);
    framer.next();
    assert.equal(framer.bytes, stream);
    assert.ok(framer.inPlace);
  });

  test('joins frames cut at every byte', () => {
    for (let cut = 1; cut < stream.length; cut++) {
      assert.deepEqual(
        read(new Framer(4096), [stream.subarray(0, cut), stream.subarray(cut)]),
        expected,
        `cut at ${cut}`,
      );
    }
    assert.deepEqual(
      read(
        new Framer(4096),
        [...stream].map((octet) => Uint8Array.of(octet)),
      ),
      expected,
    );
  });

  test('cut at random places', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + random.int(random.int(2) === 0 ? 10 : 900);
        chunks.push(stream.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(read(new Framer(4096), chunks), expected, `seed ${seed}`);
    }
  });

  test('a length above the limit is a fault before the payload is there', () => {
    const framer = new Framer(4096);
    assert.deepEqual(read(framer, [Uint8Array.of(1, 0, 1, 0xff, 0xff, 0xff, 0xff)]), []);
    assert.match(String(framer.fault?.message), /exceeds the limit/);
  });

  test('an unknown type and a bad end are faults, and nothing follows them', () => {
    const unknown = new Framer(4096);
    read(unknown, [frame(4, 0, new Uint8Array(1))]);
    assert.equal(unknown.fault?.code, 501);
    const bad = frame(1, 0, Uint8Array.of(1, 2, 3, 4));
    bad[bad.length - 1] = 0;
    const framer = new Framer(4096);
    assert.deepEqual(read(framer, [Buffer.concat([bad, stream])]), []);
    assert.equal(framer.fault?.code, 501);
  });

  test('random bytes never throw', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      read(
        new Framer(4096),
        Array.from({ length: 20 }, () => random.bytes(random.int(100))),
      );
    }
  });
});
