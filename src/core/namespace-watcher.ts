/**
 * NamespaceWatcher: who wants to know of new names, because a pattern of names is waiting for them.
 */
import type { Exchange } from './exchange.ts';
import type { Queue } from './queue.ts';

/** Told of what is there from now on. Must not declare or delete anything meanwhile. */
export interface NamespaceWatcher {
  queueAdded(queue: Queue): void;
  exchangeAdded(exchange: Exchange): void;
}
