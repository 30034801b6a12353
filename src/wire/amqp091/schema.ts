/**
 * Every method of AMQP 0-9-1 as RabbitMQ speaks it: one line each, from which encoder, decoder and types are made.
 *
 * `id` is [class, method], `from` says who may send it (C client, S server, B both), `content` that a header and body
 * frames follow. Fields are in wire order; consecutive bits share octets. Names that start with `reserved` are sent
 * as zero.
 *
 * RabbitMQ's additions to the specification: exchange.bind/unbind, confirm, basic.nack, connection.blocked/unblocked,
 * connection.update-secret. Two ids are not what one would guess: exchange.unbind-ok is 51, basic.recover-ok 111.
 */
export type FieldType =
  | 'bit'
  | 'octet'
  | 'short'
  | 'long'
  | 'longlong'
  | 'timestamp'
  | 'shortstr'
  | 'longstr'
  | 'table';

export interface MethodSchema {
  readonly id: readonly [classId: number, methodId: number];
  readonly from: 'C' | 'S' | 'B';
  readonly content?: true;
  readonly fields: Readonly<Record<string, FieldType>>;
}

const closeFields = { replyCode: 'short', replyText: 'shortstr', classId: 'short', methodId: 'short' } as const;
const exchangeBindFields = {
  reserved1: 'short',
  destination: 'shortstr',
  source: 'shortstr',
  routingKey: 'shortstr',
  nowait: 'bit',
  arguments: 'table',
} as const;

export const SCHEMA = {
  'connection.start': {
    id: [10, 10],
    from: 'S',
    fields: {
      versionMajor: 'octet',
      versionMinor: 'octet',
      serverProperties: 'table',
      mechanisms: 'longstr',
      locales: 'longstr',
    },
  },
  'connection.start-ok': {
    id: [10, 11],
    from: 'C',
    fields: { clientProperties: 'table', mechanism: 'shortstr', response: 'longstr', locale: 'shortstr' },
  },
  'connection.secure': { id: [10, 20], from: 'S', fields: { challenge: 'longstr' } },
  'connection.secure-ok': { id: [10, 21], from: 'C', fields: { response: 'longstr' } },
  'connection.tune': { id: [10, 30], from: 'S', fields: { channelMax: 'short', frameMax: 'long', heartbeat: 'short' } },
  'connection.tune-ok': {
    id: [10, 31],
    from: 'C',
    fields: { channelMax: 'short', frameMax: 'long', heartbeat: 'short' },
  },
  'connection.open': {
    id: [10, 40],
    from: 'C',
    fields: { virtualHost: 'shortstr', reserved1: 'shortstr', reserved2: 'bit' },
  },
  'connection.open-ok': { id: [10, 41], from: 'S', fields: { reserved1: 'shortstr' } },
  'connection.close': { id: [10, 50], from: 'B', fields: closeFields },
  'connection.close-ok': { id: [10, 51], from: 'B', fields: {} },
  'connection.blocked': { id: [10, 60], from: 'S', fields: { reason: 'shortstr' } },
  'connection.unblocked': { id: [10, 61], from: 'S', fields: {} },
  'connection.update-secret': { id: [10, 70], from: 'C', fields: { newSecret: 'longstr', reason: 'shortstr' } },
  'connection.update-secret-ok': { id: [10, 71], from: 'S', fields: {} },

  'channel.open': { id: [20, 10], from: 'C', fields: { reserved1: 'shortstr' } },
  'channel.open-ok': { id: [20, 11], from: 'S', fields: { reserved1: 'longstr' } },
  'channel.flow': { id: [20, 20], from: 'B', fields: { active: 'bit' } },
  'channel.flow-ok': { id: [20, 21], from: 'B', fields: { active: 'bit' } },
  'channel.close': { id: [20, 40], from: 'B', fields: closeFields },
  'channel.close-ok': { id: [20, 41], from: 'B', fields: {} },

  'access.request': {
    id: [30, 10],
    from: 'C',
    fields: { realm: 'shortstr', exclusive: 'bit', passive: 'bit', active: 'bit', write: 'bit', read: 'bit' },
  },
  'access.request-ok': { id: [30, 11], from: 'S', fields: { ticket: 'short' } },

  'exchange.declare': {
    id: [40, 10],
    from: 'C',
    fields: {
      reserved1: 'short',
      exchange: 'shortstr',
      type: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      autoDelete: 'bit',
      internal: 'bit',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.declare-ok': { id: [40, 11], from: 'S', fields: {} },
  'exchange.delete': {
    id: [40, 20],
    from: 'C',
    fields: { reserved1: 'short', exchange: 'shortstr', ifUnused: 'bit', nowait: 'bit' },
  },
  'exchange.delete-ok': { id: [40, 21], from: 'S', fields: {} },
  'exchange.bind': { id: [40, 30], from: 'C', fields: exchangeBindFields },
  'exchange.bind-ok': { id: [40, 31], from: 'S', fields: {} },
  'exchange.unbind': { id: [40, 40], from: 'C', fields: exchangeBindFields },
  'exchange.unbind-ok': { id: [40, 51], from: 'S', fields: {} },

  'queue.declare': {
    id: [50, 10],
    from: 'C',
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      exclusive: 'bit',
      autoDelete: 'bit',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'queue.declare-ok': {
    id: [50, 11],
    from: 'S',
    fields: { queue: 'shortstr', messageCount: 'long', consumerCount: 'long' },
  },
  'queue.bind': {
    id: [50, 20],
    from: 'C',
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'queue.bind-ok': { id: [50, 21], from: 'S', fields: {} },
  'queue.purge': { id: [50, 30], from: 'C', fields: { reserved1: 'short', queue: 'shortstr', nowait: 'bit' } },
  'queue.purge-ok': { id: [50, 31], from: 'S', fields: { messageCount: 'long' } },
  'queue.delete': {
    id: [50, 40],
    from: 'C',
    fields: { reserved1: 'short', queue: 'shortstr', ifUnused: 'bit', ifEmpty: 'bit', nowait: 'bit' },
  },
  'queue.delete-ok': { id: [50, 41], from: 'S', fields: { messageCount: 'long' } },
  'queue.unbind': {
    id: [50, 50],
    from: 'C',
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      arguments: 'table',
    },
  },
  'queue.unbind-ok': { id: [50, 51], from: 'S', fields: {} },

  'basic.qos': { id: [60, 10], from: 'C', fields: { prefetchSize: 'long', prefetchCount: 'short', global: 'bit' } },
  'basic.qos-ok': { id: [60, 11], from: 'S', fields: {} },
  'basic.consume': {
    id: [60, 20],
    from: 'C',
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      consumerTag: 'shortstr',
      noLocal: 'bit',
      noAck: 'bit',
      exclusive: 'bit',
      nowait: 'bit',
      arguments: 'table',
    },
  },
  'basic.consume-ok': { id: [60, 21], from: 'S', fields: { consumerTag: 'shortstr' } },
  'basic.cancel': { id: [60, 30], from: 'B', fields: { consumerTag: 'shortstr', nowait: 'bit' } },
  'basic.cancel-ok': { id: [60, 31], from: 'B', fields: { consumerTag: 'shortstr' } },
  'basic.publish': {
    id: [60, 40],
    from: 'C',
    content: true,
    fields: {
      reserved1: 'short',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      mandatory: 'bit',
      immediate: 'bit',
    },
  },
  'basic.return': {
    id: [60, 50],
    from: 'S',
    content: true,
    fields: { replyCode: 'short', replyText: 'shortstr', exchange: 'shortstr', routingKey: 'shortstr' },
  },
  'basic.deliver': {
    id: [60, 60],
    from: 'S',
    content: true,
    fields: {
      consumerTag: 'shortstr',
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
    },
  },
  'basic.get': { id: [60, 70], from: 'C', fields: { reserved1: 'short', queue: 'shortstr', noAck: 'bit' } },
  'basic.get-ok': {
    id: [60, 71],
    from: 'S',
    content: true,
    fields: {
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      messageCount: 'long',
    },
  },
  'basic.get-empty': { id: [60, 72], from: 'S', fields: { reserved1: 'shortstr' } },
  'basic.ack': { id: [60, 80], from: 'B', fields: { deliveryTag: 'longlong', multiple: 'bit' } },
  'basic.reject': { id: [60, 90], from: 'C', fields: { deliveryTag: 'longlong', requeue: 'bit' } },
  'basic.recover-async': { id: [60, 100], from: 'C', fields: { requeue: 'bit' } },
  'basic.recover': { id: [60, 110], from: 'C', fields: { requeue: 'bit' } },
  'basic.recover-ok': { id: [60, 111], from: 'S', fields: {} },
  'basic.nack': { id: [60, 120], from: 'B', fields: { deliveryTag: 'longlong', multiple: 'bit', requeue: 'bit' } },

  'confirm.select': { id: [85, 10], from: 'C', fields: { nowait: 'bit' } },
  'confirm.select-ok': { id: [85, 11], from: 'S', fields: {} },

  'tx.select': { id: [90, 10], from: 'C', fields: {} },
  'tx.select-ok': { id: [90, 11], from: 'S', fields: {} },
  'tx.commit': { id: [90, 20], from: 'C', fields: {} },
  'tx.commit-ok': { id: [90, 21], from: 'S', fields: {} },
  'tx.rollback': { id: [90, 30], from: 'C', fields: {} },
  'tx.rollback-ok': { id: [90, 31], from: 'S', fields: {} },
} as const satisfies Readonly<Record<string, MethodSchema>>;

export type MethodName = keyof typeof SCHEMA;

/** The content properties of class basic, in the order of their flags: the first has bit 15, the last bit 2. */
export const PROPERTIES = {
  contentType: 'shortstr',
  contentEncoding: 'shortstr',
  headers: 'table',
  deliveryMode: 'octet',
  priority: 'octet',
  correlationId: 'shortstr',
  replyTo: 'shortstr',
  expiration: 'shortstr',
  messageId: 'shortstr',
  timestamp: 'timestamp',
  type: 'shortstr',
  userId: 'shortstr',
  appId: 'shortstr',
  clusterId: 'shortstr',
} as const satisfies Readonly<Record<string, FieldType>>;

export type PropertyName = keyof typeof PROPERTIES;
