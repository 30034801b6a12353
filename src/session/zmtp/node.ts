/**
 * ZmtpNode: what all ZMTP endpoints of a broker share: the namespace that they lead into, who may come in, and names
 * for peers that have none.
 */
import type { Broker } from '../../core/broker.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { Queue } from '../../core/queue.ts';

export interface ZmtpNode {
  readonly broker: Broker;
  readonly namespace: Namespace;
  /** PLAIN: synchronous, constant time, with the rules for loopback. */
  authenticate(user: string, password: string, remoteAddress: string): boolean;
  /** NULL: is who says nothing let in from there? */
  letsIn(remoteAddress: string): boolean;
  /** Bytes that nobody can guess: the identity of a peer that has none must not be met again after a restart. */
  randomBytes(length: number): Uint8Array;
  /** What no peer should be able to cause. */
  onFault(error: unknown): void;
}

/** The queue as it is, or a new durable one. */
export function queueOf({ namespace }: ZmtpNode, name: string): Queue {
  const queue = namespace.queues.get(name);
  // Another session's exclusive queue refuses.
  return queue === undefined ? namespace.declareQueue({ name, durable: true }, null) : namespace.queue(name, STRANGER);
}

/** The exchange as it is, or a new durable one of kind topic. */
export function exchangeOf({ namespace }: ZmtpNode, name: string): Exchange {
  return namespace.exchanges.get(name) ?? namespace.declareExchange({ name, type: 'topic', durable: true });
}

/** Nobody's session: to it every exclusive queue is another's. */
const STRANGER = {};
