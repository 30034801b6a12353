/**
 * Peer: a connection as its commands and consumers see it.
 */
import type { Sink } from '../../core/consumer.ts';
import type { Store } from '../../core/ports.ts';
import type { Draft } from '../../wire/openwire/structures.ts';
import type { Dispatch } from './dispatch.ts';
import type { OpenWireNode } from './node.ts';
import type { Responses } from './responses.ts';

export interface Peer extends Sink {
  readonly node: OpenWireNode;
  readonly store: Store;
  readonly remoteAddress: string;
  /** What clients are told as the broker's address. */
  readonly url: string;
  readonly dispatch: Dispatch;
  readonly responses: Responses;
  write(draft: Draft): void;
  touch(): void;
  /** It has said who it is, and that was right. */
  letIn(): void;
  close(): void;
}
