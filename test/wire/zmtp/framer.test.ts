/**
 * The framer: whole frames however the stream is cut, limits before memory, faults that stay.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeFrameHead } from '../../../src/wire/zmtp/frame-head.ts';
import { Framer, NO_FRAME } from '../../../src/wire/zmtp/framer.ts';
import { Random } from '../amqp091/random.ts';

const COMMAND_BYTES_MAX = 1000;
const FRAME_BYTES_MAX = 100_000;

function frame(flags: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(9 + body.length);
  const at = writeFrameHead(bytes, 0, flags, body.length);
  bytes.set(body, at);
  return bytes.subarray(0, at + body.length);
}

function framer(): Framer {
  return new Framer(FRAME_BYTES_MAX, COMMAND_BYTES_MAX);
}

function read(reader: Framer, chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let flags = reader.next(); flags !== NO_FRAME; flags = reader.next()) {
      seen.push(`${flags & ~2} ${reader.take().toString('hex')}`);
    }
    reader.letGo();
  }
  return seen;
}

describe('framer', () => {
  const frames = [
    frame(0, Buffer.from('hello')),
    frame(1, Buffer.alloc(0)),
    frame(0, Buffer.alloc(255, 7)),
    frame(1, Buffer.alloc(256, 8)),
    frame(4, Buffer.from('\x05READY')),
    frame(4, Buffer.alloc(300, 9)),
    frame(0, Buffer.alloc(0)),
  ];
  const stream = Buffer.concat(frames);
  const expected = read(framer(), [stream]);

  test('a size up to 255 takes one byte, a larger one eight', () => {
    assert.equal(frame(0, Buffer.alloc(255)).subarray(0, 2).toString('hex'), '00ff');
    assert.equal(frame(1, Buffer.alloc(256)).subarray(0, 9).toString('hex'), '030000000000000100');
    assert.equal(expected.length, frames.length);
  });

  test('what lies whole in the chunk is not copied', () => {
    const reader = framer();
    reader.push(stream);
    reader.next();
    const body = reader.take();
    assert.equal(body.toString(), 'hello');
    assert.equal(body.buffer, stream.buffer);
  });

  test('joins frames cut at every byte', () => {
    for (let cut = 1; cut < stream.length; cut++) {
      const pieces = [stream.subarray(0, cut), stream.subarray(cut)];
      assert.deepEqual(read(framer(), pieces), expected, `cut at ${cut}`);
    }
    const octets = [...stream].map((octet) => Buffer.of(octet));
    assert.deepEqual(read(framer(), octets), expected);
  });

  test('cut at random places', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + random.int(random.int(2) === 0 ? 10 : 400);
        chunks.push(stream.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(read(framer(), chunks), expected, `seed ${seed}`);
    }
  });

  test('a split frame is gathered in memory of its own, once', () => {
    const body = Buffer.alloc(50_000, 1);
    const bytes = frame(0, body);
    const reader = framer();
    reader.push(bytes.subarray(0, 1000));
    assert.equal(reader.next(), NO_FRAME);
    reader.letGo();
    reader.push(bytes.subarray(1000));
    assert.equal(reader.next() & ~2, 0);
    const taken = reader.take();
    assert.deepEqual(taken, body);
    assert.equal(taken.buffer.byteLength, body.length, 'nothing else is kept with it');
  });

  test('a chunk that was copied out of becomes the memory of a frame, and never one that somebody looks at', () => {
    const length = 65_536;
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const sent = Array.from({ length: 12 }, (_, i) => Buffer.alloc(random.int(3) === 0 ? 10 : 60_000, i + 1));
      const bytes = Buffer.concat(sent.map((body) => frame(0, body)));
      const reader = framer();
      const taken: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += length) {
        const chunk = Buffer.allocUnsafeSlow(Math.min(length, bytes.length - at));
        bytes.copy(chunk, 0, at);
        reader.push(chunk);
        while (reader.next() !== NO_FRAME) taken.push(reader.take());
        reader.letGo();
      }
      assert.equal(taken.length, sent.length);
      for (const [i, body] of taken.entries()) assert.ok(body.equals(sent[i] as Buffer), `seed ${seed}, frame ${i}`);
    }
  });

  test('a length is a fault as soon as it is announced, also in eight bytes', () => {
    const cases: [string, RegExp][] = [
      ['02ffffffffffffffff', /exceeds the limit of 100000/],
      ['0200000000000186a1', /100001 bytes exceeds the limit of 100000/],
      ['0600000000000003e9', /1001 bytes exceeds the limit of 1000/],
    ];
    for (const [hex, message] of cases) {
      const whole = framer();
      assert.deepEqual(read(whole, [Buffer.from(hex, 'hex')]), []);
      assert.match(String(whole.fault?.message), message);
      const cut = framer();
      assert.deepEqual(
        read(
          cut,
          [...Buffer.from(hex, 'hex')].map((octet) => Buffer.of(octet)),
        ),
        [],
      );
      assert.match(String(cut.fault?.message), message);
    }
  });

  test('memory follows what arrived, not what was announced', () => {
    const reader = new Framer(2 ** 40, COMMAND_BYTES_MAX);
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Buffer.from('020000008000000000', 'hex'));
    assert.equal(reader.next(), NO_FRAME);
    reader.letGo();
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
    assert.equal(reader.fault, null);
  });

  test('a frame above a mebibyte arrives whole', () => {
    const body = Buffer.alloc(5_000_000);
    for (let at = 0; at < body.length; at += 1000) body[at] = at % 251;
    const bytes = frame(0, body);
    const reader = new Framer(body.length, COMMAND_BYTES_MAX);
    let taken: Buffer | null = null;
    for (let at = 0; at < bytes.length; at += 65_536) {
      reader.push(bytes.subarray(at, at + 65_536));
      if (reader.next() !== NO_FRAME) taken = reader.take();
      reader.letGo();
    }
    assert.ok(taken?.equals(body));
  });

  test('unknown flags and a command with MORE are faults, and nothing follows them', () => {
    for (const flags of ['08', '80', '05', '07', 'ff']) {
      const reader = framer();
      const bytes = Buffer.concat([Buffer.from(`${flags}0000000000000001`, 'hex'), stream]);
      assert.deepEqual(read(reader, [bytes]), [], flags);
      assert.match(String(reader.fault?.message), /no frame has the flags/);
      assert.deepEqual(read(reader, [stream]), [], flags);
    }
  });

  test('the size of libzmq 4.3.3: a command without LONG and with eight bytes of size', () => {
    const body = Buffer.concat([Buffer.from('\x09SUBSCRIBE'), Buffer.alloc(250, 0x61)]);
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(body.length));
    const bytes = Buffer.concat([Buffer.of(4), size, body, frame(0, Buffer.from('next'))]);
    const wanted = [`4 ${body.toString('hex')}`, `0 ${Buffer.from('next').toString('hex')}`];
    for (let cut = 1; cut < bytes.length; cut++) {
      assert.deepEqual(read(framer(), [bytes.subarray(0, cut), bytes.subarray(cut)]), wanted, `cut at ${cut}`);
    }
  });

  test('random bytes never throw', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      read(
        framer(),
        Array.from({ length: 20 }, () => Buffer.from(random.bytes(random.int(100)))),
      );
    }
  });
});
