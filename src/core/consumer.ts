/**
 * Consumer and Sink: who receives, and by how much.
 *
 * A Consumer is attached to one Subscription and has credit: a limit of its own and the one its session's Ledger shares
 * among all consumers of the session (0 = unlimited; both hold). Push is standing credit that settling renews. `get`
 * is credit for one message, and the answer is one `deliver` or one `empty`.
 *
 *   waiting = false: in the subscription's lane, asked in turn     able = false when its turn comes ─▶ waiting = true
 *   waiting = true:  not asked; back into the lane by `wake`: credit came back, the sink drained, the limit was raised
 *
 * Sessions extend Consumer with what their deliveries need (a channel number, a pre-encoded prefix).
 */
import type { Filter } from './filter.ts';
import type { Borrower, Ledger } from './ledger.ts';
import type { Entry } from './message.ts';

/** One connection's way out: one write to its socket a turn. */
export interface Sink {
  /** Set by the core when it delivers, cleared when it flushes; a session that writes replies calls `broker.touch`. */
  dirty: boolean;
  /** False while too much is unsent. When it is true again, the session calls `wake` on its consumers. */
  readonly writable: boolean;
  /** The entry and its bytes are valid during the call only. */
  deliver(consumer: Consumer, entry: Entry, tag: number, redelivered: boolean): void;
  /** The answer to a `get` that found nothing. */
  empty(consumer: Consumer): void;
  /** The queue is gone: the consumer was detached, not by its own session. */
  cancelled(consumer: Consumer): void;
  flush(): void;
}

/** The subscription as a consumer sees it. */
export interface Source {
  /** Whether there may still be a message for its consumers: it was not yet looked, or bytes are on their way. */
  readonly busy: boolean;
  rejoin(consumer: Consumer): void;
  detach(consumer: Consumer): void;
}

export interface ConsumerOptions {
  /** Settled by being delivered; then no credit is used. */
  readonly autoSettle?: boolean;
  /** Unsettled messages at a time; 0 = unlimited. */
  readonly limit?: number;
  /** No other consumer may be attached beside it. */
  readonly exclusive?: boolean;
  /** It wants these messages only. */
  readonly filter?: Filter | null;
}

export class Consumer implements Borrower {
  readonly sink: Sink;
  readonly ledger: Ledger;
  readonly autoSettle: boolean;
  readonly exclusive: boolean;
  readonly filter: Filter | null;
  /** True while it asks for nothing: see `pause`. */
  paused = false;
  /** Not for `get`: see Borrower. */
  pooled = true;
  limit: number;
  /** Delivered and not settled. */
  held = 0;
  waiting = false;
  /** Set while attached. */
  source: Source | null = null;

  constructor(sink: Sink, ledger: Ledger, options: ConsumerOptions = {}) {
    this.sink = sink;
    this.ledger = ledger;
    this.autoSettle = options.autoSettle ?? false;
    this.exclusive = options.exclusive ?? false;
    this.filter = options.filter ?? null;
    this.limit = options.limit ?? 0;
  }

  get attached(): boolean {
    return this.source !== null;
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.wake();
  }

  /** Gets nothing until `resume`, whatever its credit. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.wake();
  }

  credited(): void {
    this.held--;
    if (this.waiting) this.wake();
  }

  /** Asks to be asked again; harmless if it changes nothing. */
  wake(): void {
    if (!this.waiting || this.source === null) return;
    this.waiting = false;
    this.source.rejoin(this);
  }

  /** Ends the deliveries. What it holds stays in the ledger until that is settled or given back. */
  cancel(): void {
    this.source?.detach(this);
  }
}
