/**
 * What a listener gives to a connection when it makes one.
 */

import type { Outbox } from '../../bytes/outbox.ts';
import type { Broker } from '../../core/broker.ts';
import type { Authenticate, ServerProperties } from './handshake.ts';

export interface Amqp091Options {
  /** Its store, clock, schedule and limits are used. */
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly authenticate: Authenticate;
  readonly remoteAddress: string;
  readonly remotePort?: number;
  readonly properties?: ServerProperties;
  /** What is offered; the client decides. */
  readonly heartbeatS?: number;
  /** Told about errors that a client did not cause. */
  readonly onFault?: (error: unknown) => void;
}
