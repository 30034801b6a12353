/**
 * Host: what the parts of a session (handshake, channels, publishers) may ask of their connection.
 *
 *   handshake ─┐
 *   channel ───┼──▶ Host (implemented by Amqp091Connection) ──▶ outbox
 *   confirms ──┘
 */

import type { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Broker } from '../../core/broker.ts';
import type { Sink } from '../../core/consumer.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { GroupNumber } from '../../core/ports.ts';
import type { AssemblyBudget } from './content-assembly.ts';

/** What clients may announce in start-ok; these change what the server sends. */
export class Capabilities {
  consumerCancelNotify = false;
  connectionBlocked = false;
  authenticationFailureClose = false;
}

/** Writes what it has saved up when the connection is flushed. */
export interface Confirmer {
  /** True while it is in the connection's list; owned by the connection. */
  listed: boolean;
  writeConfirms(): void;
}

/** Stops the reading of frames until an answer is there, so that replies keep their order; see `hold.ts`. */
export interface Holding {
  /** Until `over` is called: the reply comes later. */
  begin(): void;
  over(): void;
  /** Until `group` is committed; then `reply` is sent. */
  untilCommitted(group: GroupNumber, reply: Uint8Array): void;
  /** Sends `frame` right behind the reply that is being waited for, or at once. */
  follow(frame: Uint8Array): void;
}

export interface Host extends Sink {
  readonly assembly: AssemblyBudget;
  readonly broker: Broker;
  /** The vhost that was opened. */
  readonly namespace: Namespace;
  readonly user: string;
  readonly capabilities: Capabilities;
  readonly out: SlabWriter;
  /** The negotiated limit of a frame, overhead included. */
  readonly frameBytesMax: number;
  /** Appends whole frames and asks for a flush. */
  send(frame: Uint8Array): void;
  /** Asks for a flush of what was written to `out`. */
  touch(): void;
  /** Calls `writeConfirms` at the end of the turn. */
  confirmLater(confirmer: Confirmer): void;
  readonly hold: Holding;
  /** While this connection deletes a queue: the basic.cancel of its own consumers, which follow the reply. */
  cancels: Uint8Array[] | null;
  /** The group of the last publish that went to a durable log. */
  publishedGroup: GroupNumber;
  /** One has gone to a transient log in this turn. */
  publishedTransient: boolean;
}
