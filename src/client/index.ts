/**
 * `dragoman/client`: one way to send, receive, retry and transact over Dragoman and over the original brokers.
 *
 *     import { connect, topic } from 'dragoman/client';
 *     const Orders = topic<Order>('orders', { key: (order) => order.customer });
 *     await using mq = await connect('amqp://localhost', { group: 'billing' });
 *     await mq.listen(Orders, { concurrency: 8 }, async (order) => bill(order));
 *     await mq.send(Orders, { customer: 'ann', total: 12 });
 */
export type { BatchHandler, BatchListener, BatchOptions } from './batch-listener.ts';
export {
  type BrokerUrl,
  CAPABILITIES,
  type Can,
  type Capabilities,
  type If,
  type Scheme,
  type SchemeOf,
} from './capabilities.ts';
export { bytes, type Codec, json, text } from './codec.ts';
export { connect } from './connect.ts';
export { Connection, type ConnectOptions, type ReceiveOptions, type RequestOptions } from './connection.ts';
export type { ReplayOptions } from './dead-letters.ts';
export { Listen, type ListenDecorator } from './decorator.ts';
export type {
  Declaration,
  Driver,
  DriverOptions,
  Half,
  NativeTransactions,
  OpenDriver,
  ReplyAddress,
  Sink,
  Source,
  Subscription,
  Verdict,
} from './driver.ts';
export type { Duration } from './duration.ts';
export {
  CapabilityError,
  ClientError,
  ClosedError,
  FatalError,
  MissingPeerError,
  PublishError,
  type SchemaIssue,
  TimeoutError,
  TopologyError,
  ValidationError,
} from './errors.ts';
export type { ErrorClass } from './failures.ts';
export type { Handler, Listener, ListenOptions } from './listener.ts';
export { type Delivery, type Destination, HEADER, type Headers, type Outgoing, type Position } from './message.ts';
export type { MessageStream, MessagesOptions } from './message-stream.ts';
export type { Middleware } from './middleware.ts';
export { sqliteStore } from './outbox/sqlite-store.ts';
export type { Store } from './outbox/store.ts';
export type { ReadingOptions } from './reading.ts';
export type { Message } from './received.ts';
export { RemoteError } from './requests.ts';
export { type ExponentialOptions, exponential, type FixedOptions, fixed, type RetryPolicy } from './retry.ts';
export type { Schema, SchemaResult } from './schema.ts';
export type { SendOptions } from './sending.ts';
export { type InputOf, type OutputOf, queue, type Topic, type TopicOptions, topic } from './topic.ts';
export type { TopologyMode } from './topology.ts';
export { CheckedMessage } from './transaction/check.ts';
export type { Producer, ProducerOptions, TransactionOptions } from './transaction/options.ts';
