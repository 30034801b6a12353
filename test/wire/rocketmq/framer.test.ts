/**
 * The framer: however a stream is cut into chunks, the same frames come out, each once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Framer } from '../../../src/wire/rocketmq/framer.ts';
import { Random } from './random.ts';

const LIMIT_BYTES = 1_000_000;

/** A frame with this header and body. */
function frame(header: Uint8Array, body: Uint8Array, type = 1): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + header.length + body.length);
  head.writeUInt32BE(type * 0x100_0000 + header.length, 4);
  return Buffer.concat([head, header, body]);
}

function framesOf(framer: Framer, chunks: readonly Uint8Array[]): string[] {
  const frames: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) frames.push(Buffer.from(framer.bytes).toString('hex', framer.start, framer.end));
    framer.letGo();
    // The socket reuses its memory.
    chunk.fill(0xcc);
  }
  return frames;
}

function cut(random: Random, stream: Buffer, chunkBytesMax: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + 1 + random.int(chunkBytesMax));
    chunks.push(Buffer.from(stream.subarray(at, end)));
    at = end;
  }
  return chunks;
}

test('any chunks give the same frames', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const sizeMax = random.pick([10, 500, 20_000]);
    const frames = Array.from({ length: 1 + random.int(20) }, () =>
      frame(random.bytes(random.int(50)), random.bytes(random.int(sizeMax)), random.int(2)),
    );
    const stream = Buffer.concat(frames);
    const expected = frames.map((whole) => whole.toString('hex', 4));
    for (const chunkBytesMax of [1, 3, 100, 65_536]) {
      if (stream.length / chunkBytesMax > 5000) continue;
      const framer = new Framer(LIMIT_BYTES);
      assert.deepEqual(framesOf(framer, cut(random, stream, chunkBytesMax)), expected, `seed ${seed}`);
      assert.equal(framer.fault, null);
    }
  }
});

test('a frame in one chunk is looked at where it is', () => {
  const framer = new Framer();
  const chunk = Buffer.concat([frame(Buffer.from('a'), Buffer.from('b')), frame(Buffer.from('c'), Buffer.alloc(0))]);
  framer.push(chunk);
  assert.ok(framer.next());
  assert.equal(framer.bytes, chunk);
  assert.deepEqual([framer.start, framer.end], [4, 10]);
  assert.ok(framer.next());
  assert.deepEqual([framer.start, framer.end], [14, 19]);
  assert.ok(!framer.next());
});

test('a length above the limit, or too small for a header word, is a fault; nothing follows it', () => {
  for (const hex of ['7fffffff', '000f4241', 'ffffffff', '00000003', '00000000', '47455420']) {
    for (const pieces of [[hex], [hex.slice(0, 4), hex.slice(4)]]) {
      const framer = new Framer(LIMIT_BYTES);
      const good = frame(Buffer.from('a'), Buffer.from('b'));
      const chunks = pieces.map((piece) => Buffer.from(piece, 'hex'));
      assert.deepEqual(framesOf(framer, [Buffer.from(good), ...chunks, good]), ['010000016162']);
      assert.match(String(framer.fault), /the limit is 1000000/);
    }
  }
  const whole = frame(Buffer.alloc(0), Buffer.alloc(LIMIT_BYTES - 4));
  assert.equal(framesOf(new Framer(LIMIT_BYTES), [whole]).length, 1);
});

test('a header that is longer than its frame or its limit, or of no known type, is a fault', () => {
  const lying = frame(Buffer.alloc(10), Buffer.alloc(5));
  lying.writeUInt32BE(16, 4);
  const long = frame(Buffer.alloc(101), Buffer.alloc(5));
  const foreign = frame(Buffer.alloc(10), Buffer.alloc(5), 2);
  for (const [bytes, pattern] of [
    [lying, /a header of 16 bytes where 15 are possible/],
    [long, /a header of 101 bytes where 100 are possible/],
    [foreign, /unknown serialize type 2/],
  ] as const) {
    for (const at of [bytes.length, 3, 9]) {
      const framer = new Framer(LIMIT_BYTES, 100);
      const chunks = [Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))];
      assert.deepEqual(framesOf(framer, chunks), []);
      assert.match(String(framer.fault), pattern);
    }
  }
});

test('a long announcement takes no memory before the bytes come', () => {
  const before = process.memoryUsage().arrayBuffers;
  const framers = Array.from({ length: 200 }, () => new Framer(100_000_000));
  for (const framer of framers) framesOf(framer, [Buffer.from('05f5e1000000', 'hex')]);
  assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
});

test('the rest of a chunk is a copy, and is consumed', () => {
  const framer = new Framer();
  const one = frame(Buffer.from('1'), Buffer.alloc(0));
  const two = frame(Buffer.from('2'), Buffer.alloc(0));
  const chunk = Buffer.concat([one, two, Buffer.from([0, 0])]);
  framer.push(chunk);
  assert.ok(framer.next());
  const rest = framer.rest() as Uint8Array;
  chunk.fill(0xcc);
  assert.equal(Buffer.from(rest).toString('hex'), `${two.toString('hex')}0000`);
  assert.equal(framer.rest(), null);
  assert.ok(!framer.next());
  framer.letGo();
  assert.deepEqual(framesOf(framer, [rest, Buffer.from('000501000000aa', 'hex')]), ['0100000132', '01000000aa']);
});
