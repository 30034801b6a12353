/**
 * StompGround: what all STOMP connections of a listener share but the dialect: the namespace and its destinations, and
 * who may come in.
 */
import type { Broker } from '../../core/broker.ts';
import type { Destinations } from '../../core/destination/destinations.ts';
import type { EntryHeaders } from '../../core/destination/entry-headers.ts';
import type { Namespace } from '../../core/namespace.ts';

export interface StompGround {
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly destinations: Destinations;
  readonly headers: EntryHeaders;
  /** By client id; null where the dialect knows none. */
  readonly clients: Map<string, object>;
  /** A name that nobody has had. */
  freshName(): string;
  /** Synchronous, constant time, with the rules for loopback. */
  authenticate(user: string, password: string, remoteAddress: string): boolean;
  /** Is who gives no login let in from there? */
  letsIn(remoteAddress: string): boolean;
  /** What no client should be able to cause. */
  onFault(error: unknown): void;
}
