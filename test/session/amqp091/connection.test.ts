/**
 * The connection itself: handshake, deadlines, heartbeats, closing, full disks.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROTOCOL_HEADER } from '../../../src/wire/amqp091/constants.ts';
import { encodeMethod } from '../../../src/wire/amqp091/methods.ts';
import { encodeText } from '../../../src/wire/amqp091/values.ts';
import { Bench, CLIENT_PROPERTIES, CONSUME, frame, Peer, publishFrames } from './peer.ts';

const CLOSE = { replyCode: 200, replyText: '', classId: 0, methodId: 0 };
const startOk = (
  response: string,
  mechanism = 'PLAIN',
  clientProperties: Map<string, never> | typeof CLIENT_PROPERTIES = CLIENT_PROPERTIES,
) => ({ clientProperties, mechanism, response: encodeText(response), locale: 'en_US' }) as const;

describe('handshake', () => {
  test('the server says who it is and what it can do', () => {
    const peer = new Peer(new Bench(), { properties: { version: '9.9.9' } });
    peer.bytes(PROTOCOL_HEADER);
    const start = peer.expect('connection.start');
    assert.equal(Buffer.from(start.mechanisms).toString(), 'PLAIN AMQPLAIN');
    assert.equal(start.serverProperties.get('product'), 'RabbitMQ');
    assert.equal(start.serverProperties.get('version'), '9.9.9');
    assert.equal((start.serverProperties.get('capabilities') as Map<string, unknown>).get('basic.nack'), true);
  });

  test('byte by byte', () => {
    const peer = new Peer(new Bench());
    const script = [
      PROTOCOL_HEADER,
      encodeMethod(0, 'connection.start-ok', startOk('\0u\0u')),
      encodeMethod(0, 'connection.tune-ok', { channelMax: 10, frameMax: 4096, heartbeat: 0 }),
      encodeMethod(0, 'connection.open', { virtualHost: '/' }),
    ];
    for (const octet of Buffer.concat(script)) peer.bytes(Uint8Array.of(octet));
    assert.deepEqual(
      peer.methods().map(({ name }) => name),
      ['connection.start', 'connection.tune', 'connection.open-ok'],
    );
    assert.equal(peer.connection.user, 'u');
  });

  test('another protocol is told ours', () => {
    for (const header of [
      'GET / HTTP/1.1\r\n\r\n',
      'AMQP\0\x01\0\0',
      'AMQP\x03\x01\0\0',
      '\x16\x03\x01\x02\0\x01\0\x01',
    ]) {
      const peer = new Peer(new Bench()).bytes(Buffer.from(header, 'latin1'));
      assert.ok(Buffer.concat(peer.raw).equals(PROTOCOL_HEADER));
      assert.equal(peer.closed, true);
    }
  });

  test('AMQPLAIN', () => {
    const peer = new Peer(new Bench()).bytes(PROTOCOL_HEADER);
    peer.expect('connection.start');
    const response = Buffer.from('\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest', 'latin1').toString('latin1');
    peer.call(0, 'connection.start-ok', startOk(response, 'AMQPLAIN'), 'connection.tune');
  });

  test('a wrong password, told and untold', () => {
    for (const [mechanism, response] of [
      ['PLAIN', '\0guest\0wrong'],
      ['PLAIN', 'nonsense'],
      ['AMQPLAIN', 'nonsense'],
      ['EXTERNAL', ''],
    ] as const) {
      const told = new Peer(new Bench()).bytes(PROTOCOL_HEADER);
      told.expect('connection.start');
      const close = told.call(0, 'connection.start-ok', startOk(response, mechanism), 'connection.close');
      assert.equal(
        `${close.replyCode} ${close.replyText}`,
        `403 ACCESS_REFUSED - Login was refused using authentication mechanism ${mechanism}. ` +
          'For details see the broker logfile.',
      );
      const untold = new Peer(new Bench()).bytes(PROTOCOL_HEADER);
      untold.expect('connection.start');
      untold.send(0, 'connection.start-ok', startOk(response, mechanism, new Map()));
      assert.deepEqual(untold.methods(), []);
      assert.equal(untold.closed, false);
      untold.bench.pass(1000);
      assert.equal(untold.closed, true);
    }
  });

  test('limits out of range, and a vhost that is not there', () => {
    const authenticated = (): Peer => {
      const peer = new Peer(new Bench()).bytes(PROTOCOL_HEADER);
      peer.send(0, 'connection.start-ok', startOk('\0guest\0guest'));
      peer.methods();
      return peer;
    };
    const low = authenticated().call(
      0,
      'connection.tune-ok',
      { channelMax: 1, frameMax: 4095, heartbeat: 0 },
      'connection.close',
    );
    assert.equal(
      `${low.replyCode} ${low.replyText}`,
      '530 NOT_ALLOWED - negotiated frame_max = 4095 is lower than the minimum allowed value (4096)',
    );
    const high = authenticated().call(
      0,
      'connection.tune-ok',
      { channelMax: 2048, frameMax: 4096, heartbeat: 0 },
      'connection.close',
    );
    assert.equal(
      high.replyText,
      'NOT_ALLOWED - negotiated channel_max = 2048 is higher than the maximum allowed value (2047)',
    );
    const peer = authenticated();
    peer.send(0, 'connection.tune-ok', { channelMax: 1, frameMax: 4096, heartbeat: 0 });
    assert.equal(
      peer.call(0, 'connection.open', { virtualHost: 'nope' }, 'connection.close').replyText,
      'NOT_ALLOWED - vhost nope not found',
    );
  });

  test('has a deadline', () => {
    const silent = new Peer(new Bench());
    silent.bench.pass(9_999);
    assert.equal(silent.closed, false);
    silent.bench.pass(1);
    assert.equal(silent.closed, true);
    const done = new Peer(new Bench()).handshake();
    done.bench.pass(20_000);
    assert.equal(done.closed, false);
  });
});

describe('heartbeats', () => {
  test('are sent at half the interval, when nothing else was', () => {
    const peer = new Peer(new Bench()).handshake();
    peer.bench.pass(29_000);
    assert.equal(peer.frames().length, 0);
    peer.bench.pass(1_000);
    assert.deepEqual(
      peer.frames().map(({ type }) => type),
      [8],
    );
  });

  test('a peer is dead after two intervals of silence', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.bench.pass(119_000);
    peer.bytes(frame(8, 0, new Uint8Array(0)));
    peer.bench.pass(119_000);
    assert.equal(peer.closed, false);
    peer.bench.pass(1_000);
    assert.equal(peer.closed, true);
  });
});

describe('channels', () => {
  test('a frame on one that is not open', () => {
    const peer = new Peer(new Bench()).handshake();
    assert.equal(
      peer.call(5, 'basic.qos', { prefetchSize: 0, prefetchCount: 1, global: false }, 'connection.close').replyText,
      "CHANNEL_ERROR - expected 'channel.open'",
    );
  });

  test('above the limit', () => {
    const peer = new Peer(new Bench()).handshake();
    assert.equal(peer.call(2048, 'channel.open', {}, 'connection.close').replyCode, 530);
  });

  test('after an error everything is dropped until close-ok, then the number is free', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.queue('q');
    peer.bytes(
      Buffer.concat([
        encodeMethod(1, 'basic.ack', { deliveryTag: 1, multiple: false }),
        publishFrames(1, '', 'q', 'late'),
        encodeMethod(1, 'basic.ack', { deliveryTag: 2, multiple: false }),
        encodeMethod(1, 'channel.close-ok', {}),
        encodeMethod(1, 'channel.open', {}),
      ]),
    );
    assert.deepEqual(
      peer.methods().map(({ name }) => name),
      ['channel.close', 'channel.open-ok'],
    );
    assert.equal(peer.queue('q').messageCount, 0);
  });

  test('closing from both sides at once', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.bytes(
      Buffer.concat([
        encodeMethod(1, 'basic.ack', { deliveryTag: 1, multiple: false }),
        encodeMethod(1, 'channel.close', CLOSE),
        encodeMethod(1, 'channel.close-ok', {}),
      ]),
    );
    assert.deepEqual(
      peer.methods().map(({ name }) => name),
      ['channel.close', 'channel.close-ok'],
    );
    peer.open();
  });
});

describe('the end', () => {
  test('the socket is gone: deliveries return', () => {
    const bench = new Bench();
    const peer = new Peer(bench).handshake().open();
    peer.queue('q');
    peer.publish('', 'q', 'body');
    peer.send(1, 'basic.get', { queue: 'q', noAck: false });
    peer.connection.ended();
    peer.connection.ended();
    bench.settle();
    peer.connection.receive(publishFrames(1, '', 'q', 'late'));
    assert.equal(bench.broker.namespace('/').queue('q', null).ready, 1);
  });

  test('the operator ends it', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.connection.shutdown('bye');
    peer.bench.settle();
    const close = peer.expect('connection.close');
    assert.equal(`${close.replyCode} ${close.replyText}`, '320 CONNECTION_FORCED - bye');
    peer.bytes(encodeMethod(0, 'connection.close-ok', {}));
    assert.equal(peer.closed, true);
  });
});

describe('pressure', () => {
  test('a full disk: publishers are told and not read from, until it is over', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.queue('q');
    peer.bench.store.pressure = 'disk';
    assert.equal(peer.paused, false);
    peer.publish('', 'q', '1').publish('', 'q', '2');
    assert.deepEqual(peer.expect('connection.blocked'), { name: 'connection.blocked', reason: 'low on disk' });
    assert.equal(peer.paused, true);
    peer.bench.pass(1000);
    assert.equal(peer.paused, true);
    peer.bench.store.pressure = 'none';
    peer.bench.pass(1000);
    peer.expect('connection.unblocked');
    assert.equal(peer.paused, false);
  });

  test('memory: only not read from', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.queue('q');
    peer.bench.store.pressure = 'memory';
    peer.publish('', 'q', '1');
    assert.equal(peer.paused, true);
    peer.bench.store.pressure = 'none';
    peer.bench.pass(20);
    assert.equal(peer.paused, false);
    assert.deepEqual(peer.methods(), []);
  });
});

describe('replies keep their order', () => {
  test('while one waits for its commit', () => {
    const peer = new Peer(new Bench()).handshake().open();
    peer.bench.commits = false;
    const declare = { queue: 'd', passive: false, durable: true, exclusive: false, autoDelete: false, nowait: false };
    peer.bytes(
      Buffer.concat([
        encodeMethod(1, 'queue.declare', { ...declare, arguments: new Map() }),
        encodeMethod(1, 'basic.consume', { ...CONSUME, queue: 'd', noAck: true, consumerTag: 'c' }),
        publishFrames(1, '', 'd', 'body'),
      ]),
      encodeMethod(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 1, global: false }),
    );
    assert.equal(peer.paused, true);
    assert.deepEqual(peer.methods(), []);
    peer.bench.commits = true;
    peer.bench.settle();
    assert.deepEqual(
      peer.methods().map(({ name }) => name),
      ['queue.declare-ok', 'basic.consume-ok', 'basic.qos-ok', 'basic.deliver'],
    );
    assert.equal(peer.paused, false);
  });
});
