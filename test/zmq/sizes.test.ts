/**
 * Messages of every size, 0 B to 64 MiB, alone and as frames of one message, both ways with libzmq.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { inTime, MEETINGS, meet, type Transport, withSockets } from './kit.ts';

const KIB = 1024;
const MIB = KIB * KIB;
/** Around every border: of a size in one byte, of what is copied, of a chunk, of a slab, of what is trusted. */
const SIZES = [
  0,
  1,
  254,
  255,
  256,
  257,
  1000,
  8191,
  8192,
  8193,
  65_535,
  65_536,
  65_537,
  131_071,
  131_072,
  131_073,
  MIB - 1,
  MIB,
  MIB + 1,
  5_000_000,
];

/** Not all the same byte, so that a piece at the wrong place is seen. */
function body(bytes: number, seed: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 97) buffer[at] = (at * 31 + seed) % 251;
  if (bytes > 0) buffer[bytes - 1] = seed;
  return buffer;
}

const digest = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

for (const [title, first, second] of MEETINGS) {
  describe(title, () => {
    for (const transport of ['tcp', 'ipc'] satisfies Transport[]) {
      test(`every size, in order, over ${transport}`, () =>
        withSockets(async (sockets) => {
          const pull = sockets.add(new first.Pull());
          const push = sockets.add(new second.Push());
          await meet(pull, push, transport);
          const sent = [...SIZES, ...SIZES.toReversed()].map((size, index) => body(size, index));
          const sending = (async () => {
            for (const message of sent) await push.send(message);
          })();
          for (const message of sent) {
            const [received, ...rest] = await inTime(`${message.length} bytes`, pull.receive());
            assert.equal(rest.length, 0);
            assert.ok(received?.equals(message), `${message.length} bytes`);
          }
          await sending;
        }));
    }

    test('frames of every size in one message', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull());
        const push = sockets.add(new second.Push());
        await meet(pull, push);
        const sent = SIZES.map((size, index) => body(size, index));
        await push.send(sent);
        const received = await inTime('the message', pull.receive());
        assert.deepEqual(received.map(digest), sent.map(digest));
        const many = Array.from({ length: 5000 }, (_, i) => Buffer.from(String(i)));
        await push.send(many);
        assert.deepEqual((await inTime('5000 frames', pull.receive())).map(String), many.map(String));
      }));

    test('64 MiB', () =>
      withSockets(async (sockets) => {
        const pull = sockets.add(new first.Pull());
        const push = sockets.add(new second.Push());
        await meet(pull, push);
        const sent = body(64 * MIB, 5);
        const sending = push.send(sent);
        const [received] = await inTime('the message', pull.receive(), 40_000);
        await sending;
        assert.ok(received?.equals(sent));
      }));
  });
}
