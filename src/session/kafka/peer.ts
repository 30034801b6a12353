/**
 * Peer: a connection as the operations see it: who is there, by which address it came, and what it reads.
 */
import type { KafkaNode } from './node.ts';
import type { PartitionReaders } from './partition-readers.ts';

export interface Waiting {
  goOn(): void;
}

export interface Peer {
  readonly node: KafkaNode;
  readonly remoteAddress: string;
  /** The address by which the client reached us; it is told to go on using it. */
  readonly host: string;
  readonly port: number;
  /** null before it has said who it is, where it must. */
  user: string | null;
  /** What is between a SaslHandshake and the end of the authentication. */
  mechanism: string | null;
  readonly readers: PartitionReaders;
  /** A call that looks again at the end of each turn in which the connection was touched. */
  waiting: Waiting | null;
  /** An answer is ready, or something else is to be done at the end of the turn. */
  touch(): void;
  /** Ends the connection, once what is answered is sent. */
  close(): void;
}
