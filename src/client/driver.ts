/**
 * The port that every driver implements: six verbs over one protocol's client library.
 *
 *     templates, listeners, retries, outbox, saga       src/client, knows no protocol
 *     ─────────── Driver ───────────
 *     memory │ amqp │ kafka │ rocketmq │ stomp │ zmq    src/client/drivers, one file or folder each
 *
 * A driver moves bytes: codecs, schemas, retries and dead letters are above it. It reconnects by itself where its
 * client library can, and rejects what it cannot promise.
 */
import type { Capabilities, Scheme } from './capabilities.ts';
import type { Delivery, Destination, Outgoing, Position } from './message.ts';

/** What one subscribes to. */
export interface Source {
  readonly destination: Destination;
  /** Who shares the messages of a topic; a queue needs none. */
  readonly group: string | undefined;
  /** At most so many deliveries are out at a time. */
  readonly prefetch: number;
  /** In the driver's language: binding patterns (amqp, memory), a tag expression (rocketmq), a selector (stomp). */
  readonly filter: string | undefined;
  /** Where a group without a position begins; only with `offsets`. */
  readonly from: 'earliest' | 'latest' | undefined;
  /** A delivery may stay out for at least so long before the broker gives it to another. */
  readonly holdMs: number;
}

/** Where a subscription delivers to. Both are called by the driver at any time and must not throw. */
export interface Sink {
  deliver(delivery: Delivery): void;
  /** The subscription is broken and will not deliver again. */
  failed(error: Error): void;
}

/** A running subscription. */
export interface Subscription {
  /** Done with; the driver may gather acknowledgements before it tells the broker. */
  ack(delivery: Delivery): void;
  /** Undone: delivered again, to this or to another subscriber. */
  release(delivery: Delivery): void;
  /** No further deliveries until `resume`; up to `prefetch` may still arrive. */
  pause(): void;
  resume(): void;
  /** Go on at that position; only with `offsets`. */
  seek?(position: Position): Promise<void>;
  /** Stop; acknowledgements made so far have reached the broker, what is out goes back to it. */
  close(): Promise<void>;
}

/** Where the replies to this connection's requests arrive. */
export interface ReplyAddress {
  /** What the request says in `reply-to`. */
  readonly name: string;
  close(): Promise<void>;
}

/** What must exist: a destination, and for a topic the group's place in it. */
export interface Declaration {
  readonly destination: Destination;
  readonly group?: string | undefined;
  readonly filter?: string | undefined;
  /** For protocols whose topics have partitions. */
  readonly partitions?: number | undefined;
}

/** What became of a transaction. */
export type Verdict = 'commit' | 'rollback' | 'unknown';

/** A message that the broker holds back until it hears what became of its transaction. */
export interface Half {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Transactions with check-back in the broker itself; only with the capability `transactions`. */
export interface NativeTransactions {
  prepare(message: Outgoing): Promise<Half>;
  close(): Promise<void>;
}

/** One connection over one protocol. */
export interface Driver {
  readonly scheme: Scheme;
  readonly capabilities: Capabilities;
  /** Resolves when the broker has confirmed all of them; those of one key keep their order. */
  publish(batch: readonly Outgoing[]): Promise<void>;
  /** Resolves when the broker will deliver: what is published from then on arrives. */
  subscribe(source: Source, sink: Sink): Promise<Subscription>;
  /** One message, settled when it is returned; undefined if none came in time. */
  fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined>;
  /** Opens the place where replies arrive. */
  replies(sink: Sink): Promise<ReplyAddress>;
  /** `create` makes what is missing; `expect` rejects with a `TopologyError` if something is. */
  declare(declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void>;
  /** Native check-back: `check` is asked about messages of the group that were left undecided. */
  transactions?(
    group: string,
    destinations: readonly Destination[],
    check: (message: Delivery) => Promise<Verdict>,
  ): Promise<NativeTransactions>;
  /** Everything published is confirmed or rejected, everything acknowledged has reached the broker. */
  close(): Promise<void>;
}

/** What a driver's module exports: `open`. */
export interface DriverOptions {
  /** A name that the broker's console shows. */
  readonly clientName: string;
  /** The connection to the broker was lost, or is back; drivers reconnect by themselves where their library can. */
  readonly report: (event: 'disconnected' | 'connected', error?: Error) => void;
}

/** Opens a connection to the broker at `url`. */
export type OpenDriver = (url: URL, options: DriverOptions) => Promise<Driver>;
