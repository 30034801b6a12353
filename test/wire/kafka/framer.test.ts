/**
 * The framer: however a stream is cut into chunks, the same requests come out, each once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Framer } from '../../../src/wire/kafka/framer.ts';
import { Random } from './random.ts';

const LIMIT_BYTES = 1_000_000;

function frame(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(payload.length);
  return Buffer.concat([head, payload]);
}

/** What comes out when `chunks` go in. */
function requestsOf(framer: Framer, chunks: readonly Uint8Array[]): string[] {
  const requests: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) requests.push(Buffer.from(framer.bytes).toString('hex', framer.start, framer.end));
    framer.letGo();
    // The socket reuses its memory.
    chunk.fill(0xcc);
  }
  return requests;
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

test('any chunks give the same requests', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const sizeMax = random.pick([10, 500, 20_000]);
    const payloads = Array.from({ length: 1 + random.int(20) }, () => random.bytes(random.int(sizeMax)));
    const stream = Buffer.concat(payloads.map(frame));
    const expected = payloads.map((payload) => Buffer.from(payload).toString('hex'));
    for (const chunkBytesMax of [1, 3, 100, 65_536]) {
      if (stream.length / chunkBytesMax > 5000) continue;
      const framer = new Framer(LIMIT_BYTES);
      assert.deepEqual(requestsOf(framer, cut(random, stream, chunkBytesMax)), expected, `seed ${seed}`);
      assert.equal(framer.fault, null);
    }
  }
});

test('two connections that gather at the same time do not share memory', () => {
  const random = new Random(5);
  const payloads = [random.bytes(300_000), random.bytes(300_000)];
  const expected = payloads.map((payload) => Buffer.from(payload).toString('hex'));
  const framers = [new Framer(LIMIT_BYTES), new Framer(LIMIT_BYTES)];
  const streams = payloads.map((payload) => cut(random, Buffer.concat([frame(payload), frame(payload)]), 65_536));
  const got: string[][] = [[], []];
  for (let step = 0; step < Math.max(...streams.map(({ length }) => length)); step++) {
    for (const [index, framer] of framers.entries()) {
      const chunk = streams[index]?.[step];
      if (chunk !== undefined) got[index]?.push(...requestsOf(framer, [chunk]));
    }
  }
  assert.deepEqual(got, [
    [expected[0], expected[0]],
    [expected[1], expected[1]],
  ]);
});

test('a request in one chunk is looked at where it is', () => {
  const framer = new Framer(LIMIT_BYTES);
  const chunk = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]);
  framer.push(chunk);
  assert.ok(framer.next());
  assert.equal(framer.bytes, chunk);
  assert.deepEqual([framer.start, framer.end], [4, 7]);
  assert.ok(framer.next());
  assert.deepEqual([framer.start, framer.end], [11, 14]);
  assert.ok(!framer.next());
});

test('a length above the limit, or below zero, is a fault; nothing follows it', () => {
  for (const hex of ['7fffffff', '000f4241', 'ffffffff', '47455420']) {
    for (const pieces of [[hex], [hex.slice(0, 4), hex.slice(4)]]) {
      const framer = new Framer(LIMIT_BYTES);
      const chunks = pieces.map((piece) => Buffer.from(piece, 'hex'));
      assert.deepEqual(requestsOf(framer, [frame(Buffer.from('a')), ...chunks, frame(Buffer.from('b'))]), ['61']);
      assert.match(String(framer.fault), /the limit is 1000000/);
    }
  }
  const framer = new Framer(LIMIT_BYTES);
  assert.equal(requestsOf(framer, [frame(new Uint8Array(LIMIT_BYTES))]).length, 1);
});

test('a long announcement takes no memory before the bytes come', () => {
  const before = process.memoryUsage().arrayBuffers;
  const framers = Array.from({ length: 200 }, () => new Framer(100_000_000));
  for (const framer of framers) requestsOf(framer, [Buffer.from('05f5e100 0000'.replace(' ', ''), 'hex')]);
  assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
});

test('the rest of a chunk is a copy, and is consumed', () => {
  const framer = new Framer(LIMIT_BYTES);
  const chunk = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two')), Buffer.from([0, 0])]);
  framer.push(chunk);
  assert.ok(framer.next());
  const rest = framer.rest();
  chunk.fill(0xcc);
  assert.equal(Buffer.from(rest ?? []).toString('hex'), '0000000374776f0000');
  assert.equal(framer.rest(), null);
  assert.ok(!framer.next());
  framer.letGo();
  assert.deepEqual(requestsOf(framer, [rest as Uint8Array, Buffer.from([0, 1, 0x61])]), ['74776f', '61']);
});
