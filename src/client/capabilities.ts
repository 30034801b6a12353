/**
 * What each driver can do, as values and as types.
 *
 * The scheme of the URL is part of the type of a connection, and options are looked up here by it: an option that the
 * driver lacks is a compile error, and for JavaScript and for URLs that are known only at run time a `CapabilityError`.
 */

/** What a driver may or may not have. */
export interface Capabilities {
  /** Messages that become visible later. */
  readonly delay: boolean;
  readonly priority: boolean;
  /** The second half of `topic:tag`. */
  readonly tag: boolean;
  /** Headers, keys and ids beside the payload. */
  readonly headers: boolean;
  /** Only matching messages: binding patterns, tag expressions or selectors. */
  readonly filter: boolean;
  /** Named groups that keep their place while nobody listens. */
  readonly groups: boolean;
  /** Positions that can be read, sought and started from. */
  readonly offsets: boolean;
  /** Requests with replies. */
  readonly requests: boolean;
  /** Acknowledgement, and with it retries and dead letters. */
  readonly acknowledges: boolean;
  /** Asking whether a topic or queue is there. */
  readonly topology: boolean;
  /** Transactions with check-back in the broker itself; elsewhere an outbox does it. */
  readonly transactions: boolean;
}

/** What each scheme can do. */
export const CAPABILITIES = {
  memory: {
    delay: true,
    priority: true,
    tag: true,
    headers: true,
    filter: true,
    groups: true,
    offsets: false,
    requests: true,
    acknowledges: true,
    topology: true,
    transactions: false,
  },
  amqp: {
    delay: false,
    priority: true,
    tag: false,
    headers: true,
    filter: true,
    groups: true,
    offsets: false,
    requests: true,
    acknowledges: true,
    topology: true,
    transactions: false,
  },
  kafka: {
    delay: false,
    priority: false,
    tag: false,
    headers: true,
    filter: false,
    groups: true,
    offsets: true,
    requests: true,
    acknowledges: true,
    topology: true,
    transactions: false,
  },
  rocketmq: {
    delay: true,
    priority: false,
    tag: true,
    headers: true,
    filter: true,
    groups: true,
    offsets: false,
    requests: true,
    acknowledges: true,
    topology: false,
    transactions: true,
  },
  stomp: {
    delay: false,
    priority: true,
    tag: false,
    headers: true,
    filter: true,
    groups: true,
    offsets: false,
    requests: true,
    acknowledges: true,
    topology: false,
    transactions: false,
  },
  zmq: {
    delay: false,
    priority: false,
    tag: false,
    headers: false,
    filter: false,
    groups: false,
    offsets: false,
    requests: false,
    acknowledges: false,
    topology: false,
    transactions: false,
  },
} as const satisfies Record<string, Capabilities>;

/** A driver's name: the URL's scheme. */
export type Scheme = keyof typeof CAPABILITIES;

/** Other spellings of a scheme. */
export const SCHEME_ALIASES = { amqps: 'amqp' } as const satisfies Record<string, Scheme>;
type Alias = keyof typeof SCHEME_ALIASES;

/** A URL that some driver understands. */
export type BrokerUrl = `${Scheme | Alias}://${string}`;

/** The scheme of a URL; `string`, which may be any, when the URL is known only at run time. */
export type SchemeOf<Url extends string> = string extends Url
  ? string
  : Url extends `${infer Name}://${string}`
    ? Name extends Alias
      ? (typeof SCHEME_ALIASES)[Name]
      : Extract<Name, Scheme>
    : never;

/** Whether a scheme has a capability, as a type; true for a scheme that is known only at run time. */
export type Can<S extends string, Name extends keyof Capabilities> = [S] extends [Scheme]
  ? (typeof CAPABILITIES)[S][Name]
  : true;

/** The options if the scheme has the capability; otherwise none of them may be said. */
export type If<S extends string, Name extends keyof Capabilities, Options> =
  Can<S, Name> extends true ? Options : { readonly [Option in keyof Options]?: never };
