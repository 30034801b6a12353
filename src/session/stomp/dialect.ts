/**
 * Dialect: what the texts of STOMP mean. The protocol leaves destinations to the broker, and ActiveMQ and RabbitMQ have
 * taken them differently; so with a refused message and how many may be on their way. A listener speaks one of them.
 */
import type { Queue } from '../../core/queue.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import type { StompGround } from './ground.ts';

export type DialectName = 'activemq' | 'rabbitmq';

/** Where a message goes. */
export interface Target {
  readonly exchange: string;
  readonly key: string;
}

/** Where a subscription receives from: queues, and what to do with the one that it has for itself. */
export interface Source {
  readonly queues: readonly Queue[];
  /** Of wildcards: called for each further queue. */
  readonly pattern: string | null;
  /** Ends with the subscription. */
  readonly own: Queue | null;
}

/** A connection as its dialect sees it. */
export interface Client {
  readonly node: StompNode;
  readonly clientId: string | null;
  /** Makes the names of temporary destinations its own. */
  readonly session: string;
}

export interface Refusal {
  /** Back into the queue, or out of it for good. */
  readonly verdict: 'giveBack' | 'discard';
  /** With all before it, where the subscription acknowledges so. */
  readonly isCumulative: boolean;
}

export interface Dialect {
  readonly name: DialectName;
  /** What CONNECTED says. */
  readonly server: string;
  readonly hasClientIds: boolean;
  /** Makes what is missing. Throws a StompError for what is no destination, and a CoreError for what is refused. */
  targets(client: Client, destination: string): readonly Target[];
  source(client: Client, destination: string, frame: Frame): Source;
  /** UNSUBSCRIBE that also ends a durable subscription; false if the frame does not say so. */
  forget(client: Client, frame: Frame): boolean;
  /** What others are to reply to, of what the sender calls it. */
  replyTo(client: Client, destination: string): string;
  /** The queue of a reply-to that the sender is to receive from without a SUBSCRIBE, under that very name. */
  replyQueue(client: Client, destination: string): Queue | null;
  /** A message's destination, as a client sees it. */
  destinationOf(exchange: string, key: string): string;
  /** Deliveries on their way to a subscription; 0: as many as fit. */
  prefetch(frame: Frame): number;
  refusal(frame: Frame): Refusal;
}

/** What all connections of a listener share. */
export interface StompNode extends StompGround {
  readonly dialect: Dialect;
}
