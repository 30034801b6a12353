/**
 * Peer: a connection as the operations see it.
 */
import type { Channel } from './channel.ts';
import type { RocketmqNode } from './node.ts';
import type { QueueReaders } from './queue-reader.ts';

/** A request that waits, for messages or for bytes from the disk. */
export interface Waiting {
  /** There may be something; at the end of a turn. */
  goOn(): void;
  /** The connection is gone. */
  abandon(): void;
}

export interface Peer extends Channel {
  readonly node: RocketmqNode;
  readonly remoteAddress: string;
  /** The address by which the client reached us; it is told to go on using it. */
  readonly host: string;
  readonly readers: QueueReaders;
  /** Whether it takes what it is sent. */
  readonly writable: boolean;
  /** Requests that wait for a commit. */
  waitingCalls: number;
  /** False: it has too many already. */
  hold(waiting: Waiting): boolean;
  release(waiting: Waiting): void;
  /** Lets it go on at the end of the turn. */
  wake(waiting: Waiting): void;
  /** The same, but in the next turn: for work that is shared out over turns. */
  wakeNext(waiting: Waiting): void;
}
