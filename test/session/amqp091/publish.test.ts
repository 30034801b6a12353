/**
 * Publishing, delivering, settling: a message through the session and back.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Num } from '../../../src/core/value.ts';
import { encodeMethod } from '../../../src/wire/amqp091/methods.ts';
import { Bench, CONSUME, EXCHANGE, Peer, publishFrames, QUEUE } from './peer.ts';

function connected(): Peer {
  return new Peer(new Bench()).handshake().open();
}

describe('publish and consume', () => {
  test('a message comes back as it was sent', () => {
    const peer = connected();
    peer.queue('q');
    peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'c', noAck: true }, 'basic.consume-ok');
    const headers = new Map([['n', new Num('int16', 5)]]);
    peer.publish('', 'q', 'hello', { properties: { contentType: 'text/plain', headers, deliveryMode: 2, appId: 'a' } });
    const [deliver, header, body] = peer.frames();
    assert.deepEqual(deliver?.method, {
      name: 'basic.deliver',
      consumerTag: 'c',
      deliveryTag: 1,
      redelivered: false,
      exchange: '',
      routingKey: 'q',
    });
    assert.equal(header?.properties?.contentType, 'text/plain');
    assert.equal(header?.properties?.appId, 'a');
    assert.equal(header?.properties?.headers?.get('n') instanceof Object, true);
    assert.equal(body?.body?.toString(), 'hello');
  });

  for (const durable of [false, true]) {
    test(`deleting a ${durable ? 'durable' : 'transient'} queue answers before it cancels one's own consumers`, () => {
      const peer = connected();
      peer.queue('q', { durable });
      peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'c' }, 'basic.consume-ok');
      peer.bytes(encodeMethod(1, 'queue.delete', { queue: 'q', ifUnused: false, ifEmpty: false, nowait: false }));
      assert.deepEqual(
        peer.methods().map(({ name }) => name),
        ['queue.delete-ok', 'basic.cancel'],
      );
    });
  }

  for (const size of [0, 1, 7, 8, 100, 4088, 4089, 10_000, 131_064, 131_065, 300_000]) {
    for (const frameMax of [4096, 131072]) {
      test(`a body of ${size} bytes in frames of ${frameMax}`, () => {
        const peer = new Peer(new Bench()).handshake(frameMax).open();
        peer.queue('q');
        peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q', noAck: true }, 'basic.consume-ok');
        const body = Buffer.alloc(size, 'abcdefghij');
        peer.publish('', 'q', body, { frameMax });
        const frames = peer.frames();
        assert.equal(frames.length, 2 + Math.ceil(size / (frameMax - 8)));
        assert.ok(frames.every((frame) => frame.channel === 1 && (frame.body?.length ?? 0) <= frameMax - 8));
        assert.ok(Buffer.concat(frames.flatMap(({ body }) => (body === null ? [] : [body]))).equals(body));
      });
    }
  }

  test('messages cut at every byte arrive whole and in order', () => {
    const bytes = Buffer.concat([1, 2, 3].map((n) => publishFrames(1, '', 'q', `message ${n}`)));
    for (let cut = 1; cut < bytes.length; cut++) {
      const peer = connected();
      peer.queue('q');
      peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q', noAck: true }, 'basic.consume-ok');
      peer.bytes(bytes.subarray(0, cut), bytes.subarray(cut));
      assert.deepEqual(
        peer.deliveries().map(({ body }) => body),
        ['message 1', 'message 2', 'message 3'],
        `cut at ${cut}`,
      );
    }
  });

  test('routes are followed when bindings change between messages', () => {
    const peer = connected();
    peer.queue('a');
    peer.queue('b');
    const bind = { queue: 'a', exchange: 'amq.direct', routingKey: 'k', nowait: false, arguments: new Map() };
    peer.call(1, 'queue.bind', bind, 'queue.bind-ok');
    peer.publish('amq.direct', 'k', '1');
    peer.call(1, 'queue.bind', { ...bind, queue: 'b' }, 'queue.bind-ok');
    peer.publish('amq.direct', 'k', '2');
    peer.publish('amq.direct', 'other', '3');
    assert.equal(peer.queue('a').messageCount, 2);
    assert.equal(peer.queue('b').messageCount, 1);
  });

  test('a headers exchange looks at each message', () => {
    const peer = connected();
    peer.queue('q');
    const args = new Map([['color', 'red']]);
    peer.call(
      1,
      'queue.bind',
      { queue: 'q', exchange: 'amq.headers', routingKey: '', nowait: false, arguments: args },
      'queue.bind-ok',
    );
    for (const color of ['red', 'blue', 'red']) {
      peer.publish('amq.headers', '', color, { properties: { headers: new Map([['color', color]]) } });
    }
    peer.publish('amq.headers', '', 'none');
    assert.equal(peer.queue('q').messageCount, 2);
  });
});

describe('confirms', () => {
  test('are coalesced, and wait for the commit', () => {
    const peer = connected();
    peer.queue('d', { durable: true });
    peer.call(1, 'confirm.select', { nowait: false }, 'confirm.select-ok');
    peer.bench.commits = false;
    peer.publish('', 'd', '1').publish('', 'd', '2').publish('', 'd', '3');
    assert.deepEqual(peer.methods(), []);
    peer.bench.commits = true;
    peer.bench.settle();
    const acks = peer.methods();
    assert.ok(acks.every(({ name }) => name === 'basic.ack'));
    assert.deepEqual(acks.at(-1), { name: 'basic.ack', deliveryTag: 3, multiple: true });
  });

  test('for transient queues come at the end of the turn', () => {
    const peer = connected();
    peer.queue('t');
    peer.call(1, 'confirm.select', { nowait: false }, 'confirm.select-ok');
    peer.bytes(Buffer.concat([publishFrames(1, '', 't', 'a'), publishFrames(1, '', 't', 'b')]));
    assert.deepEqual(peer.methods(), [{ name: 'basic.ack', deliveryTag: 2, multiple: true }]);
    peer.publish('', 't', 'c');
    assert.deepEqual(peer.methods(), [{ name: 'basic.ack', deliveryTag: 3, multiple: false }]);
  });

  test('of a transient message waits for what was acknowledged before it on the channel', () => {
    const peer = connected();
    peer.queue('d', { durable: true });
    peer.queue('t');
    peer.call(1, 'basic.consume', { ...CONSUME, queue: 'd', consumerTag: 'c' }, 'basic.consume-ok');
    peer.call(1, 'confirm.select', { nowait: false }, 'confirm.select-ok');
    peer.publish('', 'd', 'durable', { properties: { deliveryMode: 2 } });
    peer.methods();
    peer.bench.commits = false;
    peer.bytes(encodeMethod(1, 'basic.ack', { deliveryTag: 1, multiple: false }));
    peer.publish('', 't', 'transient');
    assert.deepEqual(peer.methods(), []);
    peer.bench.commits = true;
    peer.bench.settle();
    assert.deepEqual(peer.methods(), [{ name: 'basic.ack', deliveryTag: 2, multiple: false }]);
    peer.bench.commits = false;
    peer.publish('', 't', 'transient');
    assert.deepEqual(peer.methods(), [{ name: 'basic.ack', deliveryTag: 3, multiple: false }]);
  });

  test('an unroutable mandatory message is returned before its ack', () => {
    const peer = connected();
    peer.call(1, 'confirm.select', { nowait: false }, 'confirm.select-ok');
    peer.publish('', 'nowhere', 'body', { mandatory: true, properties: { messageId: 'm' } });
    const [returned, header, body, ack] = peer.frames();
    assert.deepEqual(returned?.method, {
      name: 'basic.return',
      replyCode: 312,
      replyText: 'NO_ROUTE',
      exchange: '',
      routingKey: 'nowhere',
    });
    assert.equal(header?.properties?.messageId, 'm');
    assert.equal(body?.body?.toString(), 'body');
    assert.deepEqual(ack?.method, { name: 'basic.ack', deliveryTag: 1, multiple: false });
  });
});

describe('settling', () => {
  function filled(...bodies: string[]): Peer {
    const peer = connected();
    peer.queue('q');
    for (const body of bodies) peer.publish('', 'q', body);
    return peer;
  }

  test('a requeued message goes back to its place', () => {
    const peer = filled('1', '2', '3', '4', '5');
    const qos = { prefetchSize: 0, prefetchCount: 3, global: false };
    peer.call(1, 'basic.qos', qos, 'basic.qos-ok');
    peer.send(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'c' });
    assert.deepEqual(
      peer.deliveries().map(({ body }) => body),
      ['1', '2', '3'],
    );
    peer.bytes(
      Buffer.concat([
        encodeMethod(1, 'basic.cancel', { consumerTag: 'c', nowait: true }),
        encodeMethod(1, 'basic.nack', { deliveryTag: 2, multiple: false, requeue: true }),
        encodeMethod(1, 'basic.reject', { deliveryTag: 1, requeue: true }),
        encodeMethod(1, 'basic.nack', { deliveryTag: 3, multiple: false, requeue: true }),
      ]),
    );
    peer.send(1, 'basic.consume', { ...CONSUME, queue: 'q', noAck: true });
    assert.deepEqual(
      peer.deliveries().map(({ body, redelivered }) => body + (redelivered ? 'r' : '')),
      ['1r', '2r', '3r', '4', '5'],
    );
  });

  test('get and consume share the tags; ack and nack of several', () => {
    const peer = filled('1', '2', '3', '4');
    for (const n of [1, 2, 3]) {
      peer.send(1, 'basic.get', { queue: 'q', noAck: n === 2 });
      assert.deepEqual(peer.deliveries(), [{ tag: n, redelivered: false, consumerTag: '', body: String(n) }]);
    }
    peer.send(1, 'basic.ack', { deliveryTag: 1, multiple: false });
    peer.send(1, 'basic.nack', { deliveryTag: 0, multiple: true, requeue: false });
    assert.equal(peer.queue('q').messageCount, 1);
    const { replyCode, replyText, classId, methodId } = peer.call(
      1,
      'basic.ack',
      { deliveryTag: 3, multiple: false },
      'channel.close',
    );
    assert.deepEqual([replyCode, replyText], [406, 'PRECONDITION_FAILED - unknown delivery tag 3']);
    assert.deepEqual([classId, methodId], [60, 80]);
  });

  test('an empty queue says so, and unsettled messages return when the channel closes', () => {
    const peer = filled('1');
    peer.send(1, 'basic.get', { queue: 'q', noAck: false });
    assert.equal(peer.deliveries().length, 1);
    peer.call(1, 'basic.get', { queue: 'q', noAck: false }, 'basic.get-empty');
    peer.call(1, 'channel.close', { replyCode: 200, replyText: '', classId: 0, methodId: 0 }, 'channel.close-ok');
    peer.open();
    peer.send(1, 'basic.get', { queue: 'q', noAck: true });
    assert.deepEqual(peer.deliveries(), [{ tag: 1, redelivered: true, consumerTag: '', body: '1' }]);
  });

  test('recover gives everything back', () => {
    const peer = filled('1', '2');
    peer.send(1, 'basic.consume', { ...CONSUME, queue: 'q' });
    assert.equal(peer.deliveries().length, 2);
    peer.send(1, 'basic.recover', { requeue: true });
    const names = peer.frames().flatMap(({ method }) => (method === null ? [] : [method.name]));
    assert.deepEqual(names, ['basic.recover-ok', 'basic.deliver', 'basic.deliver']);
  });
});

describe('limits on delivery', () => {
  test('prefetch is for new consumers, the global one for all of them', () => {
    const peer = connected();
    peer.queue('q');
    for (let n = 0; n < 20; n++) peer.publish('', 'q', String(n));
    peer.send(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 2, global: false });
    peer.send(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'a' });
    peer.send(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 3, global: false });
    peer.send(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'b' });
    const first = peer.deliveries();
    assert.deepEqual(first.map(({ consumerTag }) => consumerTag).sort(), ['a', 'a', 'b', 'b', 'b']);
    peer.call(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 4, global: true }, 'basic.qos-ok');
    peer.send(1, 'basic.ack', { deliveryTag: 1, multiple: false });
    assert.equal(peer.deliveries().length, 0);
    peer.send(1, 'basic.ack', { deliveryTag: 0, multiple: true });
    assert.equal(peer.deliveries().length, 4);
  });

  test('a full outbox stops deliveries until it is drained', () => {
    const bench = new Bench({ outboundBytesMax: 200_000 });
    const peer = new Peer(bench).handshake().open();
    peer.queue('q');
    for (let n = 0; n < 100; n++) peer.publish('', 'q', Buffer.alloc(10_000));
    const slow = new Peer(bench).handshake().open();
    slow.taking = false;
    slow.send(1, 'basic.consume', { ...CONSUME, queue: 'q', noAck: true });
    assert.equal(slow.connection.writable, false);
    const left = peer.queue('q').messageCount;
    assert.ok(left > 50 && left < 90, `${left} left`);
    slow.drain();
    assert.equal(peer.queue('q').messageCount, 0);
  });
});

describe('transactions', () => {
  test('publishes and acks become one at commit, nothing at rollback', () => {
    const peer = connected();
    peer.queue('d', { durable: true });
    peer.publish('', 'd', 'first');
    peer.call(1, 'tx.select', {}, 'tx.select-ok');
    peer.send(1, 'basic.get', { queue: 'd', noAck: false });
    assert.equal(peer.deliveries().length, 1);
    peer.publish('', 'd', 'second');
    peer.send(1, 'basic.ack', { deliveryTag: 1, multiple: false });
    peer.call(1, 'tx.rollback', {}, 'tx.rollback-ok');
    assert.equal(peer.queue('d', { durable: true }).messageCount, 0);
    peer.publish('', 'd', 'third');
    peer.send(1, 'basic.ack', { deliveryTag: 1, multiple: false });
    peer.call(1, 'tx.commit', {}, 'tx.commit-ok');
    peer.send(1, 'basic.get', { queue: 'd', noAck: true });
    assert.deepEqual(
      peer.deliveries().map(({ body }) => body),
      ['third'],
    );
    assert.equal(
      peer.call(1, 'confirm.select', { nowait: false }, 'channel.close').replyText,
      'PRECONDITION_FAILED - cannot switch from tx to confirm mode',
    );
  });
});

describe('returns in transactions', () => {
  test('come at commit, before its reply, and not after a rollback', () => {
    const peer = connected();
    peer.call(1, 'tx.select', {}, 'tx.select-ok');
    peer.publish('', 'nowhere', 'one', { mandatory: true });
    assert.deepEqual(peer.methods(), []);
    peer.call(1, 'tx.rollback', {}, 'tx.rollback-ok');
    peer.publish('', 'nowhere', 'two', { mandatory: true });
    peer.send(1, 'tx.commit', {});
    const frames = peer.frames();
    assert.deepEqual(
      frames.flatMap(({ method }) => (method === null ? [] : [method.name])),
      ['basic.return', 'tx.commit-ok'],
    );
    assert.equal(frames.find(({ body }) => body !== null)?.body?.toString(), 'two');
  });
});

describe('queues that end by themselves', () => {
  test('exclusive with its connection, auto-delete with its last consumer', () => {
    const bench = new Bench();
    const one = new Peer(bench).handshake().open();
    const two = new Peer(bench).handshake().open();
    const { queue } = one.queue('', { exclusive: true });
    assert.match(queue, /^amq\.gen-.{22}$/);
    const refused = two.call(1, 'queue.declare', { ...QUEUE, queue, passive: true }, 'channel.close');
    assert.equal(refused.replyCode, 405);
    assert.match(refused.replyText, /^RESOURCE_LOCKED - cannot obtain exclusive access to locked queue/);
    one.queue('auto', { autoDelete: true });
    one.call(1, 'basic.consume', { ...CONSUME, queue: 'auto', consumerTag: 'x' }, 'basic.consume-ok');
    one.call(1, 'basic.cancel', { consumerTag: 'x', nowait: false }, 'basic.cancel-ok');
    assert.equal(bench.broker.namespace('/').queues.has('auto'), false);
    one.call(0, 'connection.close', { replyCode: 200, replyText: '', classId: 0, methodId: 0 }, 'connection.close-ok');
    assert.equal(bench.broker.namespace('/').queues.has(queue), false);
    assert.equal(one.closed, false, 'the client ends the socket');
    bench.pass(2_000);
    assert.equal(one.closed, true, 'unless it does not');
  });

  test('a consumer hears that its queue was deleted', () => {
    const bench = new Bench();
    const one = new Peer(bench).handshake().open();
    const two = new Peer(bench).handshake().open();
    one.queue('q');
    one.call(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 'x' }, 'basic.consume-ok');
    two.call(1, 'queue.delete', { queue: 'q', ifUnused: false, ifEmpty: false, nowait: false }, 'queue.delete-ok');
    assert.deepEqual(one.expect('basic.cancel'), { name: 'basic.cancel', consumerTag: 'x', nowait: true });
  });

  test('an exchange is there until it is deleted', () => {
    const peer = connected();
    peer.call(1, 'exchange.declare', { ...EXCHANGE, exchange: 'e', durable: true }, 'exchange.declare-ok');
    peer.call(1, 'exchange.declare', { ...EXCHANGE, exchange: 'e', passive: true }, 'exchange.declare-ok');
    peer.call(1, 'exchange.delete', { exchange: 'e', ifUnused: true, nowait: false }, 'exchange.delete-ok');
    peer.call(1, 'exchange.delete', { exchange: 'e', ifUnused: true, nowait: false }, 'exchange.delete-ok');
  });
});
