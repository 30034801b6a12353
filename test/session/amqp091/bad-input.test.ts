/**
 * Whatever a peer may send instead: frames in the wrong place, cut, too long, random. Nothing of it is a fault of ours.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROTOCOL_HEADER } from '../../../src/wire/amqp091/constants.ts';
import { encodeMethod } from '../../../src/wire/amqp091/methods.ts';
import { encodeHeaderFrame } from '../../../src/wire/amqp091/properties.ts';
import { type MethodName, type MethodSchema, SCHEMA } from '../../../src/wire/amqp091/schema.ts';
import { methodValues, Random } from '../../wire/amqp091/random.ts';
import { Bench, CONSUME, frame, Peer, publishFrames } from './peer.ts';

describe('frames in the wrong place', () => {
  const publish = encodeMethod(1, 'basic.publish', {
    exchange: '',
    routingKey: 'q',
    mandatory: false,
    immediate: false,
  });
  const header = encodeHeaderFrame(1, 4, {});
  const otherClass = encodeHeaderFrame(1, 4, {});
  otherClass[8] = 50;
  const body = frame(3, 1, Buffer.from('body'));
  const cases: readonly [title: string, code: number, frames: Uint8Array[]][] = [
    ['a header without a method', 505, [header]],
    ['a body without a method', 505, [body]],
    ['a method instead of the header', 505, [publish, publish, header, body]],
    ['a body instead of the header', 505, [publish, body]],
    ['a header instead of the body', 505, [publish, header, header]],
    ['a method instead of the body', 505, [publish, header, publish, header, body]],
    ['a header of another class', 505, [publish, otherClass, body]],
    ['a body that is too long', 505, [publish, header, frame(3, 1, Buffer.from('longer'))]],
    ['a heartbeat on a channel', 505, [frame(8, 1, new Uint8Array(0))]],
    ['an unknown frame type', 501, [frame(4, 1, new Uint8Array(0))]],
    ['a frame without its end', 501, [Buffer.concat([body.subarray(0, -1), Uint8Array.of(1)])]],
    ['a frame above the limit', 501, [Uint8Array.of(3, 0, 1, 0, 2, 0, 1)]],
    ['a method nobody knows', 540, [frame(1, 1, Uint8Array.of(0, 60, 0, 99))]],
    ['a method that is cut', 502, [frame(1, 1, Uint8Array.of(0, 50, 0, 10, 0, 0, 9))]],
    ['a method of a server', 503, [encodeMethod(1, 'basic.consume-ok', { consumerTag: '' })]],
    ['a connection method on a channel', 503, [encodeMethod(1, 'connection.open', { virtualHost: '/' })]],
    ['a body larger than the limit', 406, [publish, encodeHeaderFrame(1, 17 * 1024 * 1024, {})]],
    ['a body of nearly 2^64 bytes', 406, [publish, encodeHeaderFrame(1, 2 ** 53, {})]],
  ];
  for (const [title, code, frames] of cases) {
    for (const apart of [false, true]) {
      test(`${title}${apart ? ', frame by frame' : ''}`, () => {
        const peer = new Peer(new Bench()).handshake().open();
        if (apart) peer.bytes(...frames);
        else peer.bytes(Buffer.concat(frames));
        const close = peer.methods().at(-1);
        assert.ok(close?.name === 'connection.close' || close?.name === 'channel.close');
        assert.equal(close.replyCode, code, close.replyText);
        assert.equal(close.name, code === 406 ? 'channel.close' : 'connection.close');
        if (code !== 406) {
          peer.bench.pass(5_000);
          assert.equal(peer.closed, true);
        }
        assert.deepEqual(peer.faults, []);
      });
    }
  }
});

describe('unfinished messages', () => {
  test('of all channels together have a limit, and give it back', () => {
    const peer = new Peer(new Bench({ entryBytesMax: 100_000 })).handshake();
    const begin = (channel: number): Uint8Array =>
      Buffer.concat([
        encodeMethod(channel, 'basic.publish', { exchange: '', routingKey: 'q', mandatory: false, immediate: false }),
        encodeHeaderFrame(channel, 95_000, {}),
        frame(3, channel, Buffer.alloc(90_000)),
      ]);
    const channels = [1, 2, 3, 4, 5];
    for (const channel of channels) peer.open(channel);
    for (let round = 0; round < 5; round++) {
      for (const channel of channels.slice(0, 4)) peer.bytes(begin(channel));
      assert.ok(peer.connection.assembly.bytes >= 360_000);
      for (const channel of channels.slice(0, 4)) peer.bytes(frame(3, channel, Buffer.alloc(5_000)));
      assert.equal(peer.connection.assembly.bytes, 0);
    }
    assert.deepEqual(peer.frames(), []);
    for (const channel of channels) peer.bytes(begin(channel));
    assert.equal(peer.expect('connection.close').replyCode, 506);
    assert.equal(peer.connection.assembly.bytes, 0);
  });
});

describe('anything at all', () => {
  test('every method cut at every byte', () => {
    for (const [name, schema] of Object.entries(SCHEMA) as [MethodName, MethodSchema][]) {
      const bytes = encodeMethod(schema.id[0] === 10 ? 0 : 1, name, methodValues(new Random(3), schema) as never);
      const step = Math.max(1, Math.floor((bytes.length - 8) / 40));
      for (let cut = 0; cut < bytes.length - 8; cut += step) {
        const peer = new Peer(new Bench()).handshake().open();
        const shorter = frame(1, bytes[2] as number, bytes.subarray(7, 7 + cut));
        peer.bytes(shorter);
        assert.deepEqual(peer.faults, [], `${name} cut at ${cut}`);
        assert.match(peer.methods().at(-1)?.name ?? '', /close|ok|empty/, `${name} cut at ${cut}`);
      }
    }
  });

  test('every method, whole, with random fields: no fault', () => {
    for (const [name, schema] of Object.entries(SCHEMA) as [MethodName, MethodSchema][]) {
      for (let seed = 1; seed <= 3; seed++) {
        const peer = new Peer(new Bench()).handshake().open();
        peer.send(schema.id[0] === 10 ? 0 : 1, name, methodValues(new Random(seed), schema) as never);
        assert.deepEqual(peer.faults, [], name);
      }
    }
  });

  test('random bytes, before and after the handshake', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const bench = new Bench();
      const peer = random.int(3) === 0 ? new Peer(bench) : new Peer(bench).handshake().open();
      if (random.int(2) === 0) peer.bytes(PROTOCOL_HEADER);
      for (let n = 0; n < 10; n++) {
        const bytes = random.bytes(random.int(200));
        const wrapped = random.int(2) === 0 ? frame(1 + random.int(3), random.int(2), bytes) : bytes;
        peer.bytes(wrapped);
      }
      assert.deepEqual(peer.faults, [], `seed ${seed}`);
    }
  });

  test('mutated conversations', () => {
    const script = Buffer.concat([
      publishFrames(1, '', 'q', 'hello', { properties: { headers: new Map([['a', 'b']]), expiration: '1000' } }),
      encodeMethod(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'c' }),
      encodeMethod(1, 'basic.ack', { deliveryTag: 1, multiple: false }),
      publishFrames(1, 'amq.topic', 'a.b', 'x'.repeat(300)),
    ]);
    for (let seed = 1; seed <= 1000; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(script);
      for (let n = 1 + random.int(3); n > 0; n--) bytes[random.int(bytes.length)] = random.int(256);
      const peer = new Peer(new Bench()).handshake().open();
      peer.queue('q');
      const cut = random.int(bytes.length);
      peer.bytes(bytes.subarray(0, cut), bytes.subarray(cut));
      assert.deepEqual(peer.faults, [], `seed ${seed}`);
    }
  });
});
