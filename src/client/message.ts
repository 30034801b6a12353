/**
 * What travels: a message as a driver sends it and as a driver delivers it.
 *
 * The body is the payload and nothing else; what the SDK has to say about it is in headers, so programs that never
 * heard of the SDK read and write the same messages. Header values are texts. Six names have a meaning of their own,
 * and each driver maps them to its protocol's property where there is one (AMQP's `message-id`, STOMP's `reply-to`,
 * ...).
 */

/** Texts by name, lower case with hyphens for those that have a meaning of their own. */
export type Headers = Readonly<Record<string, string>>;

/** Names that drivers map to their protocol's own properties. */
export const HEADER = {
  /** Stable over retries, replays and relaying: what an inbox remembers. */
  messageId: 'message-id',
  correlationId: 'correlation-id',
  /** In the protocol's own spelling; an answer goes to `{ kind: 'reply', name: <this> }`. */
  replyTo: 'reply-to',
  contentType: 'content-type',
  /** The second half of `topic:tag` (RocketMQ's tag). */
  tag: 'tag',
  /** The key, where a protocol has no place of its own for it. */
  key: 'message-key',

  // What retries and dead letters carry:
  /** How often a handler was tried: 1 on the first lane. */
  attempt: 'retry-attempt',
  /** Milliseconds since 1970 at which a retried message is due. */
  notBefore: 'retry-not-before',
  /** The message of the error that sent it here. */
  reason: 'failure-reason',
  /** The error's name: `HandlerError`, `ValidationError`, ... */
  failure: 'failure-name',
  /** Where it was first: `topic:orders`, `queue:jobs`. */
  origin: 'failure-origin',
  /** The group whose handler failed. */
  group: 'failure-group',
  /** The retry lane that the group listens to: where a dead letter is replayed to. */
  replayTo: 'failure-replay-to',
} as const;

/**
 * Where one publishes or subscribes.
 *
 * - `topic`: every group gets its own copy (an AMQP exchange, a topic of Kafka, RocketMQ or JMS).
 * - `queue`: each message goes to one taker (an AMQP queue behind the default exchange, a JMS queue; where a protocol
 * has
 *   topics only, a topic with a single group of the same name).
 * - `reply`: a reply address in the protocol's own spelling; published to, never subscribed to.
 */
export interface Destination {
  readonly kind: 'topic' | 'queue' | 'reply';
  readonly name: string;
}

/** A message on its way to a driver. */
export interface Outgoing {
  readonly destination: Destination;
  /** Routing key, record key or message group: what belongs together stays in order. */
  readonly key?: string | undefined;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Visible after so many milliseconds; only for drivers whose capabilities say `delay`. */
  readonly delayMs?: number | undefined;
  /** 0 to 9; only for drivers whose capabilities say `priority`. */
  readonly priority?: number | undefined;
}

/** Where a message is in a log; only from drivers whose capabilities say `offsets`. */
export interface Position {
  readonly partition: number;
  readonly offset: bigint;
}

/** A message that a driver delivered; it is out until its subscription hears of it. */
export interface Delivery {
  readonly destination: Destination;
  readonly key: string | undefined;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The broker says, or suspects, that it was delivered before. */
  readonly redelivered: boolean;
  readonly position: Position | undefined;
}
