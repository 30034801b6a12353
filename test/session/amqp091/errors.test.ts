/**
 * What clients are told, word for word.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Num } from '../../../src/core/value.ts';
import type { MethodFields } from '../../../src/wire/amqp091/methods.ts';
import type { MethodName } from '../../../src/wire/amqp091/schema.ts';
import { Bench, CONSUME, EXCHANGE, Peer, publishFrames, QUEUE } from './peer.ts';

const args = (entries: Record<string, ConstructorParameters<typeof Map<string, never>>[0] | unknown>) =>
  new Map(Object.entries(entries)) as MethodFields<'queue.declare'>['arguments'];
const num = (value: number, type: 'int16' | 'int32' = 'int16') => new Num(type, value);

/** The state that the refusals below need. */
function prepared(): Peer {
  const peer = new Peer(new Bench()).handshake().open();
  peer.queue('q');
  peer.queue('d', { durable: true });
  peer.queue('ttl', { arguments: args({ 'x-message-ttl': num(1000) }) });
  peer.call(1, 'exchange.declare', { ...EXCHANGE, exchange: 'x' }, 'exchange.declare-ok');
  peer.call(1, 'exchange.declare', { ...EXCHANGE, exchange: 'in', internal: true }, 'exchange.declare-ok');
  return peer;
}

type Case = readonly [title: string, text: string, name: MethodName, fields: object];
const bind = { queue: 'q', exchange: 'x', routingKey: '', nowait: false, arguments: new Map() };
const exchangeBind = { destination: 'x', source: 'x', routingKey: '', nowait: false, arguments: new Map() };
const notDefault = '403 ACCESS_REFUSED - operation not permitted on the default exchange';

const cases: readonly Case[] = [
  [
    'durable differs',
    "406 PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' " +
      "but current is 'false'",
    'queue.declare',
    { ...QUEUE, queue: 'q', durable: true },
  ],
  [
    'auto-delete differs',
    "406 PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received " +
      "'true' but current is 'false'",
    'queue.declare',
    { ...QUEUE, queue: 'q', autoDelete: true },
  ],
  [
    'exchange type differs',
    "406 PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': received 'fanout' " +
      "but current is 'direct'",
    'exchange.declare',
    { ...EXCHANGE, exchange: 'x', type: 'fanout' },
  ],
  [
    'argument added',
    "406 PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received the " +
      "value '1000' of type 'short' but current is none",
    'queue.declare',
    { ...QUEUE, queue: 'q', arguments: args({ 'x-message-ttl': num(1000) }) },
  ],
  [
    'argument left out',
    "406 PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'ttl' in vhost '/': received " +
      "none but current is the value '1000' of type 'short'",
    'queue.declare',
    { ...QUEUE, queue: 'ttl' },
  ],
  [
    'argument changed',
    "406 PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'ttl' in vhost '/': received " +
      "'2000' but current is '1000'",
    'queue.declare',
    { ...QUEUE, queue: 'ttl', arguments: args({ 'x-message-ttl': num(2000) }) },
  ],
  [
    'negative TTL',
    "406 PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'n' in vhost '/': {value_negative,-1}",
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-message-ttl': num(-1) }) },
  ],
  [
    'TTL that is no number',
    `406 PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'n' in vhost '/': "expected integer, got longstr"`,
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-message-ttl': '1' }) },
  ],
  [
    'expires at once',
    "406 PRECONDITION_FAILED - invalid arg 'x-expires' for queue 'n' in vhost '/': {value_zero,0}",
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-expires': num(0) }) },
  ],
  [
    'overflow',
    "406 PRECONDITION_FAILED - invalid arg 'x-overflow' for queue 'n' in vhost '/': invalid_overflow",
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-overflow': 'foo' }) },
  ],
  [
    'too many priorities',
    "406 PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'n' in vhost '/': {max_value_exceeded,256}",
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-max-priority': num(256) }) },
  ],
  [
    'queue type',
    `406 PRECONDITION_FAILED - invalid arg 'x-queue-type' for queue 'n' in vhost '/': "unsupported queue type 'foo'"`,
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-queue-type': 'foo' }) },
  ],
  [
    'key without exchange',
    "406 PRECONDITION_FAILED - invalid arg 'x-dead-letter-routing-key' for queue 'n' in vhost '/': " +
      'routing_key_but_no_dlx_defined',
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-dead-letter-routing-key': 'k' }) },
  ],
  [
    'quorum needs durable',
    "406 PRECONDITION_FAILED - invalid property 'non-durable' for queue 'n' in vhost '/'",
    'queue.declare',
    { ...QUEUE, queue: 'n', arguments: args({ 'x-queue-type': 'quorum' }) },
  ],
  [
    'reserved name',
    "403 ACCESS_REFUSED - queue name 'amq.foo' contains reserved prefix 'amq.*'",
    'queue.declare',
    { ...QUEUE, queue: 'amq.foo' },
  ],
  [
    'exclusive differs',
    "405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be " +
      'originally declared on another connection or the exclusive property value does not match that of ' +
      'the original declaration.',
    'queue.declare',
    { ...QUEUE, queue: 'q', exclusive: true },
  ],
  [
    'system exchange',
    "403 ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed",
    'exchange.delete',
    { exchange: 'amq.direct', ifUnused: false, nowait: false },
  ],
  ['declare default', notDefault, 'exchange.declare', EXCHANGE],
  ['delete default', notDefault, 'exchange.delete', { exchange: '', ifUnused: false, nowait: false }],
  ['bind default', notDefault, 'queue.bind', { ...bind, exchange: '' }],
  ['unbind default', notDefault, 'queue.unbind', { ...bind, exchange: '' }],
  ['exchange to default', notDefault, 'exchange.bind', { ...exchangeBind, source: '' }],
  [
    'no such queue',
    "404 NOT_FOUND - no queue 'n' in vhost '/'",
    'queue.declare',
    { ...QUEUE, queue: 'n', passive: true },
  ],
  ['consume', "404 NOT_FOUND - no queue 'n' in vhost '/'", 'basic.consume', { ...CONSUME, queue: 'n' }],
  ['get', "404 NOT_FOUND - no queue 'n' in vhost '/'", 'basic.get', { queue: 'n', noAck: true }],
  ['purge', "404 NOT_FOUND - no queue 'n' in vhost '/'", 'queue.purge', { queue: 'n', nowait: false }],
  ['bind to nothing', "404 NOT_FOUND - no exchange 'n' in vhost '/'", 'queue.bind', { ...bind, exchange: 'n' }],
  [
    'no such exchange',
    "404 NOT_FOUND - no exchange 'n' in vhost '/'",
    'exchange.declare',
    { ...EXCHANGE, exchange: 'n', passive: true },
  ],
  [
    'exchange type',
    "406 PRECONDITION_FAILED - unknown exchange type 'foo'",
    'exchange.declare',
    { ...EXCHANGE, exchange: 'n', type: 'foo' },
  ],
  [
    'unknown tag',
    '406 PRECONDITION_FAILED - unknown delivery tag 42',
    'basic.nack',
    { deliveryTag: 42, multiple: true, requeue: true },
  ],
  ['reject', '406 PRECONDITION_FAILED - unknown delivery tag 7', 'basic.reject', { deliveryTag: 7, requeue: true }],
  ['not transactional', '406 PRECONDITION_FAILED - channel is not transactional', 'tx.commit', {}],
  [
    'prefetch size',
    '540 NOT_IMPLEMENTED - prefetch_size!=0 (1)',
    'basic.qos',
    { prefetchSize: 1, prefetchCount: 0, global: false },
  ],
  ['recover without requeue', '540 NOT_IMPLEMENTED - requeue=false', 'basic.recover', { requeue: false }],
  ['flow', '540 NOT_IMPLEMENTED - active=false', 'channel.flow', { active: false }],
  ['second open', "504 CHANNEL_ERROR - second 'channel.open' seen", 'channel.open', {}],
];

describe('refusals', () => {
  for (const [title, text, name, fields] of cases) {
    test(title, () => {
      const peer = prepared();
      peer.send(1, name, fields as never);
      const [method, ...others] = peer.methods();
      assert.equal(others.length, 0);
      assert.ok(method?.name === 'channel.close' || method?.name === 'connection.close', JSON.stringify(method));
      assert.equal(`${method.replyCode} ${method.replyText}`, text.slice(0, 4 + 255));
      assert.equal(method.name === 'connection.close', Number(text.slice(0, 3)) >= 500 || text.startsWith('320'));
      assert.ok(method.classId > 0 && method.methodId > 0);
      assert.deepEqual(peer.faults, []);
    });
  }

  const publishes: readonly [title: string, text: string, bytes: Uint8Array][] = [
    ['no exchange', "404 NOT_FOUND - no exchange 'n' in vhost '/'", publishFrames(1, 'n', 'k', 'body')],
    [
      'internal exchange',
      "403 ACCESS_REFUSED - cannot publish to internal exchange 'in' in vhost '/'",
      publishFrames(1, 'in', 'k', 'body'),
    ],
    [
      'expiration',
      "406 PRECONDITION_FAILED - invalid expiration 'abc': no_integer",
      publishFrames(1, '', 'q', 'body', { properties: { expiration: 'abc' } }),
    ],
    [
      'negative expiration',
      "406 PRECONDITION_FAILED - invalid expiration '-1': {value_negative,-1}",
      publishFrames(1, '', 'q', 'body', { properties: { expiration: '-1' } }),
    ],
    [
      'user id',
      "406 PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'",
      publishFrames(1, '', 'q', 'body', { properties: { userId: 'bob' } }),
    ],
    ['immediate', '540 NOT_IMPLEMENTED - immediate=true', publishFrames(1, '', 'q', 'body', { immediate: true })],
  ];
  for (const [title, text, bytes] of publishes) {
    test(`publish: ${title}`, () => {
      for (const cut of [bytes.length, 20, bytes.length - 2]) {
        const peer = prepared();
        peer.bytes(Buffer.concat([publishFrames(1, '', 'q', 'before'), bytes.subarray(0, cut)]), bytes.subarray(cut));
        const [method] = peer.methods();
        assert.ok(method?.name === 'channel.close' || method?.name === 'connection.close');
        assert.equal(`${method.replyCode} ${method.replyText}`, text);
        assert.deepEqual([method.classId, method.methodId], [60, 40]);
      }
    });
  }

  test('the consumer tag is in use', () => {
    const peer = prepared();
    peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q', consumerTag: 't' }, 'basic.consume-ok');
    const { replyText } = peer.call(
      1,
      'basic.consume',
      { ...CONSUME, queue: 'q', consumerTag: 't' },
      'connection.close',
    );
    assert.equal(replyText, "NOT_ALLOWED - attempt to reuse consumer tag 't'");
  });

  test('an exclusive consumer has the queue', () => {
    const peer = prepared();
    peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q', exclusive: true }, 'basic.consume-ok');
    const { replyText } = peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q' }, 'channel.close');
    assert.equal(replyText, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use");
  });

  test('delete if unused, if empty', () => {
    const peer = prepared();
    peer.call(1, 'basic.consume', { ...CONSUME, queue: 'q' }, 'basic.consume-ok');
    const fields = { queue: 'q', ifUnused: true, ifEmpty: false, nowait: false };
    assert.equal(
      peer.call(1, 'queue.delete', fields, 'channel.close').replyText,
      "PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
    );
    const other = prepared();
    other.publish('', 'q', 'body');
    assert.equal(
      other.call(1, 'queue.delete', { ...fields, ifUnused: false, ifEmpty: true }, 'channel.close').replyText,
      "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
    );
  });

  test('no queue was declared on the channel', () => {
    const peer = prepared().open(2);
    assert.equal(
      peer.call(2, 'queue.bind', { ...bind, queue: '' }, 'channel.close').replyText,
      'NOT_FOUND - no previously declared queue',
    );
  });

  test('what is done twice is in order', () => {
    const peer = prepared();
    const none = { queue: 'nothing', ifUnused: false, ifEmpty: false, nowait: false };
    assert.equal(peer.call(1, 'queue.delete', none, 'queue.delete-ok').messageCount, 0);
    peer.call(1, 'basic.cancel', { consumerTag: 'nobody', nowait: false }, 'basic.cancel-ok');
    peer.send(1, 'basic.ack', { deliveryTag: 0, multiple: true });
    assert.deepEqual(peer.methods(), []);
    peer.call(1, 'exchange.declare', { ...EXCHANGE, exchange: 'amq.direct', durable: true }, 'exchange.declare-ok');
    assert.equal(
      peer.call(
        1,
        'access.request',
        { realm: '/', exclusive: false, passive: true, active: true, write: true, read: true },
        'access.request-ok',
      ).ticket,
      1,
    );
    peer.call(
      0,
      'connection.update-secret',
      { newSecret: Buffer.from('s'), reason: '' },
      'connection.update-secret-ok',
    );
  });
});
