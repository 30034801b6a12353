/**
 * The format: what others read of an AMQP message, what AMQP clients get of others' messages and of changed ones.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Format, Hub } from '../../../src/core/format.ts';
import { Formats } from '../../../src/core/format.ts';
import { Entry, type Message } from '../../../src/core/message.ts';
import { Num, type Value } from '../../../src/core/value.ts';
import { Amqp091Format, payloadOf } from '../../../src/session/amqp091/message.ts';
import { encodeHeaderFrame } from '../../../src/wire/amqp091/properties.ts';
import { Bench, CONSUME, frame, Peer } from './peer.ts';

const format = new Amqp091Format();

function entryOf(message: Message): Entry {
  const entry = new Entry();
  // Somewhere in the middle of a larger buffer, as in the store.
  entry.bytes = new Uint8Array(message.length + 20).fill(0xee);
  entry.start = 9;
  entry.end = 9 + message.length;
  entry.format = message.format;
  entry.persistent = message.persistent;
  entry.priority = message.priority;
  entry.expiresAt = message.expiresAt;
  message.write(entry.bytes, entry.start);
  return entry;
}

const full: Hub = {
  exchange: 'orders',
  key: 'a.b',
  headers: new Map<string, Value>([
    ['n', new Num('int16', 5)],
    ['t', new Map([['inner', true]])],
  ]),
  body: Buffer.from('body'),
  contentType: 'text/plain',
  contentEncoding: 'gzip',
  messageId: 'm',
  correlationId: 'c',
  replyTo: 'r',
  subject: 's',
  userId: 'u',
  appId: 'a',
  createdAt: 1_700_000_000_000,
  persistent: true,
  priority: 7,
  expiresAt: 0,
};
const bare: Hub = {
  exchange: '',
  key: '',
  headers: new Map(),
  body: new Uint8Array(0),
  contentType: null,
  contentEncoding: null,
  messageId: null,
  correlationId: null,
  replyTo: null,
  subject: null,
  userId: null,
  appId: null,
  createdAt: null,
  persistent: false,
  priority: 0,
  expiresAt: 0,
};

describe('format', () => {
  for (const [name, hub] of [
    ['full', full],
    ['bare', bare],
  ] as const) {
    test(`a ${name} message through the hub and back`, () => {
      const again = format.toHub(entryOf(format.fromHub(hub)));
      assert.deepEqual({ ...again, body: [...again.body] }, { ...hub, body: [...hub.body] });
    });
  }

  test('one header by name', () => {
    const entry = entryOf(format.fromHub(full));
    assert.deepEqual(format.header(entry, 'n'), new Num('int16', 5));
    assert.equal(format.header(entry, 'none'), undefined);
    assert.equal(format.header(entryOf(format.fromHub(bare)), 'n'), undefined);
  });

  test('an overlay changes what readers see', () => {
    const entry = entryOf(format.fromHub(full));
    entry.overlay = { exchange: 'dead', key: 'letter', headers: { 'x-death': [{ count: 1 }] } };
    const changed = new Entry();
    changed.format = format.tag;
    const formats = new Formats();
    formats.register(format);
    changed.bytes = payloadOf(entry, formats);
    changed.end = changed.bytes.length;
    const hub = format.toHub(changed);
    assert.deepEqual([hub.exchange, hub.key, hub.contentType], ['dead', 'letter', 'text/plain']);
    assert.deepEqual(hub.headers.get('x-death'), [new Map([['count', new Num('int64', 1)]])]);
    assert.deepEqual(hub.headers.get('n'), new Num('int16', 5));
  });
});

describe('delivery of what is not ours', () => {
  test("another format's message comes by way of the hub", () => {
    const bench = new Bench();
    const other: Format = {
      tag: 99,
      name: 'other',
      header: () => undefined,
      toHub: (entry) => ({ ...bare, key: 'k', body: entry.bytes.slice(entry.start, entry.end), messageId: 'id' }),
      fromHub: () => assert.fail(),
    };
    bench.broker.formats.register(other);
    const peer = new Peer(bench).handshake().open();
    peer.queue('q');
    const message: Message = {
      format: 99,
      persistent: false,
      priority: 0,
      timestamp: 0,
      expiresAt: 0,
      count: 1,
      length: 3,
      write: (target, at) => target.set([97, 98, 99], at),
    };
    const publish = (): void => {
      bench.broker.namespace('/').publishable('').route('q', null).publish(message);
      bench.settle();
    };
    publish();
    peer.send(1, 'basic.get', { queue: 'q', noAck: true });
    publish();
    peer.send(1, 'basic.consume', { ...CONSUME, queue: 'q', noAck: true });
    const contents = peer.frames();
    const bodies = contents.flatMap(({ body }) => (body === null ? [] : [body.toString()]));
    assert.deepEqual(bodies, ['abc', 'abc']);
    assert.equal(contents.find(({ properties }) => properties !== null)?.properties?.messageId, 'id');
  });

  test('cold bytes: a get waits for them, and what follows waits for the get', () => {
    const bench = new Bench();
    const peer = new Peer(bench).handshake().open();
    peer.queue('q');
    peer.publish('', 'q', 'one').publish('', 'q', 'two');
    bench.store.isCold = () => true;
    bench.commits = false;
    peer.send(1, 'basic.get', { queue: 'q', noAck: false });
    assert.deepEqual(peer.frames(), []);
    assert.equal(peer.paused, true);
    peer.send(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 1, global: false });
    assert.deepEqual(peer.frames(), []);
    bench.commits = true;
    bench.settle();
    const names = peer.frames().flatMap(({ method }) => (method === null ? [] : [method.name]));
    assert.deepEqual(names, ['basic.get-ok', 'basic.qos-ok']);
    assert.equal(peer.paused, false);
  });

  test('a message with a malformed header table is kept from nobody but the headers exchange', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.queue('q');
    const header = encodeHeaderFrame(1, 0, { headers: new Map([['abc', 'def']]) });
    const at = Buffer.from(header).indexOf('abc');
    header[at + 3] = 0x7a;
    peer.bytes(
      frame(1, 1, Buffer.from('003c0028000000017100', 'hex')),
      header,
      frame(1, 1, Buffer.from('003c002800000b616d712e6865616465727300' + '00', 'hex')),
      header,
    );
    assert.deepEqual(peer.faults, []);
    assert.equal(peer.queue('q').messageCount, 1);
  });
});
