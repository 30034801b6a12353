/**
 * The ZMTP format: any frames survive the way through the hub form and back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Entry, type Message } from '../../../src/core/message.ts';
import { framesOf, ZmtpFormat } from '../../../src/session/zmtp/message-format.ts';
import { framesIn, Publication, StoredMessage, wireOf } from '../../../src/session/zmtp/stored-message.ts';
import { Random } from '../../wire/amqp091/random.ts';

const format = new ZmtpFormat();

/** As the store hands it out: in the middle of other bytes. */
function stored(message: Message): Entry {
  const entry = new Entry();
  entry.format = message.format;
  entry.bytes = new Uint8Array(message.length + 7).fill(0xee);
  entry.start = 3;
  entry.end = 3 + message.length;
  message.write(entry.bytes, entry.start);
  assert.deepEqual([...entry.bytes.subarray(0, 3), ...entry.bytes.subarray(entry.end)], Array(7).fill(0xee));
  return entry;
}

function readBack(entry: Entry): Buffer[] {
  return new StoredMessage()
    .point(entry.bytes, entry.start, entry.end)
    .frames()
    .map((frame) => Buffer.from(frame));
}

test('one frame is the body, several are the last one and a header', () => {
  const publication = new Publication();
  const one = format.toHub(stored(publication.point('', 'q', false, null, [Buffer.from('only')], 0, 5)));
  assert.deepEqual([Buffer.from(one.body).toString(), one.headers.size, one.key, one.createdAt], ['only', 0, 'q', 0]);
  const frames = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('body')];
  const entry = stored(publication.point('x', 'ä', true, null, frames, 0, 5));
  const several = format.toHub(entry);
  assert.deepEqual([Buffer.from(several.body).toString(), several.exchange, several.key], ['body', 'x', 'ä']);
  assert.deepEqual(several.headers.get('zmq-frames'), [Uint8Array.of(0x61), new Uint8Array(0)]);
  assert.deepEqual(format.header(entry, 'zmq-frames'), several.headers.get('zmq-frames'));
  assert.equal(format.header(entry, 'other'), undefined);
});

test('only the frames behind the envelope are stored', () => {
  const frames = ['gone', '', 'kept', 'too'].map((text) => Buffer.from(text));
  const entry = stored(new Publication().point('', 'q', false, Buffer.from('client'), frames, 2, 5));
  assert.deepEqual(readBack(entry), frames.slice(2));
  const hub = format.toHub(entry);
  assert.equal(hub.replyTo, 'zmq.replies');
  assert.equal(hub.correlationId, `${Buffer.from('client').toString('hex')}:q`);
});

test('there and back, random frames', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const frames = Array.from({ length: 1 + random.int(6) }, () =>
      Buffer.alloc(random.int([3, 300, 40_000][random.int(3)] as number), random.int(256)),
    );
    const there = format.toHub(stored(new Publication().point('x', 'k', random.int(2) === 0, null, frames, 0, 5)));
    assert.deepEqual(
      framesOf(there).map((frame) => Buffer.from(frame)),
      frames,
      `seed ${seed}`,
    );
    assert.deepEqual(readBack(stored(format.fromHub(there))), frames, `seed ${seed}`);
  }
});

test('what claims to be frames and is not is a body', () => {
  const frames = [Buffer.from('first'), Buffer.alloc(300)];
  const wire = wireOf(frames);
  assert.equal(framesIn(wire, 0, wire.length)?.length, 2);
  for (let end = 0; end < wire.length; end++) assert.equal(framesIn(wire, 0, end), null, `${end} bytes`);
  assert.equal(framesIn(Uint8Array.of(4, 0), 0, 2), null);
  const hub = format.toHub(stored(new Publication().point('', 'q', false, null, [wire.subarray(1)], 0, 5)));
  hub.headers.set('zmq-framing', 'zmtp');
  assert.deepEqual(framesOf(hub), [hub.body]);
  hub.headers.clear();
  hub.headers.set('zmq-frames', [null]);
  assert.deepEqual(framesOf(hub), [hub.body]);
});
