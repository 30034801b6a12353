/**
 * Typed destinations: a name, how values become bytes, what they must look like, which of them belong together.
 *
 *     const Orders = topic('orders', { schema: Order, key: (order) => order.customerId });
 *     const Mails = queue('mails', { schema: Mail });
 *     const Lines = topic('lines', { codec: text });
 *
 * A sender says a value as the schema takes it, and that is what travels; a listener gets what the schema makes of it.
 */
import { type Codec, json } from './codec.ts';
import { ValidationError } from './errors.ts';
import { type Delivery, type Destination, HEADER, type Headers } from './message.ts';
import { type Schema, validated } from './schema.ts';

/** What a topic or queue may say. */
export interface TopicOptions<Input, Output, Reply> {
  /** Any Standard Schema: zod, valibot, arktype, ... Checked by sender and listener. */
  readonly schema?: Schema<Input, Output>;
  /** What a request to it is answered with; checked by the listener that answers and by the one who asked. */
  readonly reply?: Schema<Reply, Reply>;
  /** json unless said otherwise. */
  readonly codec?: Codec<Input>;
  /** Routing key, record key, message group: messages of one key stay in order. */
  readonly key?: (value: Input) => string | undefined;
  /** Headers that every message gets. */
  readonly headers?: (value: Input) => Headers;
  /** For brokers that have partitions, when the topic is made by the SDK. */
  readonly partitions?: number;
}

/** A typed destination; made by `topic` and `queue`. */
export interface Topic<Input, Output = Input, Reply = unknown> {
  readonly destination: Destination;
  readonly codec: Codec;
  readonly schema: Schema<unknown, Output> | undefined;
  readonly reply: Schema<unknown, Reply> | undefined;
  readonly key: ((value: Input) => string | undefined) | undefined;
  readonly headers: ((value: Input) => Headers) | undefined;
  readonly partitions: number | undefined;
}

/** A topic of whatever values. */
export type AnyTopic = Topic<never, unknown, unknown>;

/** What a topic's listeners get. */
export type OutputOf<T> = T extends Topic<infer _Input, infer Output, infer _Reply> ? Output : never;
/** What a topic's senders say. */
export type InputOf<T> = T extends Topic<infer Input, infer _Output, infer _Reply> ? Input : never;

function destinationOf<Input, Output, Reply>(
  kind: 'topic' | 'queue',
  name: string,
  options: TopicOptions<Input, Output, Reply>,
): Topic<Input, Output, Reply> {
  if (name === '') throw new TypeError('a topic needs a name');
  return {
    destination: { kind, name },
    codec: (options.codec ?? json) as Codec,
    schema: options.schema as Schema<unknown, Output> | undefined,
    reply: options.reply as Schema<unknown, Reply> | undefined,
    key: options.key,
    headers: options.headers,
    partitions: options.partitions,
  };
}

/** A typed topic: every group of listeners gets each message. */
export function topic<Input = unknown, Output = Input, Reply = unknown>(
  name: string,
  options: TopicOptions<Input, Output, Reply> = {},
): Topic<Input, Output, Reply> {
  return destinationOf('topic', name, options);
}

/** A typed queue: each message goes to one listener. */
export function queue<Input = unknown, Output = Input, Reply = unknown>(
  name: string,
  options: TopicOptions<Input, Output, Reply> = {},
): Topic<Input, Output, Reply> {
  return destinationOf('queue', name, options);
}

/** The bytes of a value that the topic's schema accepts; a promise only if the schema answers with one. */
export function encoded<Input>(topic: Topic<Input, unknown, unknown>, value: Input): Uint8Array | Promise<Uint8Array> {
  return encodedBy(topic.codec, topic.schema, value);
}

/** The value in a delivery; throws or rejects with a `ValidationError`. */
export function decoded<Output>(
  topic: Topic<never, Output>,
  { body }: Pick<Delivery, 'body'>,
): Output | Promise<Output> {
  return decodedBy(topic.codec, topic.schema, body);
}

/** What an answer to a request travels as. */
export function encodedReply({ codec, reply }: AnyTopic, value: unknown): Uint8Array | Promise<Uint8Array> {
  return encodedBy(codec, reply, value);
}

/** What an answer to a request says. */
export function decodedReply<Reply>(
  { codec, reply }: Topic<never, unknown, Reply>,
  { body }: Pick<Delivery, 'body'>,
): Reply | Promise<Reply> {
  return decodedBy(codec, reply, body);
}

function encodedBy(codec: Codec, schema: Schema<unknown, unknown> | undefined, value: unknown) {
  if (schema === undefined) return codec.encode(value);
  const output = validated(schema, value);
  return output instanceof Promise ? output.then(() => codec.encode(value)) : codec.encode(value);
}

function decodedBy<Output>(codec: Codec, schema: Schema<unknown, Output> | undefined, body: Uint8Array) {
  let value: unknown;
  try {
    value = codec.decode(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ValidationError(`not ${codec.contentType}: ${reason}`, undefined, { cause: error });
  }
  return schema === undefined ? (value as Output) : validated(schema, value);
}

/** The headers every message of a topic has, then those of the call. */
export function headersOf<Input>(
  topic: Topic<Input, unknown, unknown>,
  value: Input,
  id: string,
  extra: Headers | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { [HEADER.messageId]: id };
  if (topic.codec.contentType !== '') headers[HEADER.contentType] = topic.codec.contentType;
  if (topic.headers !== undefined) Object.assign(headers, topic.headers(value));
  if (extra !== undefined) Object.assign(headers, extra);
  return headers;
}
