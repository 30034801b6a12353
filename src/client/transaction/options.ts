/**
 * What a transactional producer is told, and what it is. Both kinds, native and outbox, are behind this.
 */
import type { Can } from '../capabilities.ts';
import type { Declaration, Driver } from '../driver.ts';
import type { Duration } from '../duration.ts';
import type { Clock } from '../outbox/clock.ts';
import type { HeldMessage, HeldState, Store, Within } from '../outbox/store.ts';
import type { LooseSendOptions, SendOptions } from '../sending.ts';
import type { AnyTopic, Topic } from '../topic.ts';
import type { Check, CheckedMessage } from './check.ts';

/** What a producer needs of a connection. */
export interface ProducerHost {
  readonly driver: Driver;
  declare(declarations: readonly Declaration[]): Promise<void>;
  defer(close: () => Promise<void>): void;
}

/** What an outbox may be told beside its store. */
export interface OutboxOptions {
  /** How long a transaction may take before `check` is asked; 6 s. */
  readonly immunity?: Duration;
  /** Between two questions about one message; 30 s. */
  readonly interval?: Duration;
  /** After so many unanswered questions a message is parked; 15. */
  readonly checksMax?: number;
  /** A question that is not answered in this time counts as `unknown`; 10 s. */
  readonly checkTimeout?: Duration;
  /** How long it is remembered that `check` rolled a message back, so that a late commit is refused; 3 days. */
  readonly rolledBackKept?: Duration;
  /** So many undelivered messages at most; then `send` rejects. 1,000,000. */
  readonly messagesMax?: number;
  /** Injected by tests. */
  readonly clock?: Clock;
}

interface Always {
  /** Who answers: all processes with this group answer for one another. One broker, or one store, per group. */
  readonly group: string;
  /** What became of a message's transaction. */
  readonly check: Check;
  /** What it will send to. RocketMQ asks only about topics that it was told of: those named here, from the start. */
  readonly topics?: readonly AnyTopic[];
  /** A check that threw, a broker that refused; warned about on the console's error stream if there is none. */
  readonly onError?: (error: unknown) => void;
}

/** With a store: an outbox. Without: the broker's own transactions, where the driver has them. */
export type ProducerOptions<S extends string, Handle> = Always &
  (Can<S, 'transactions'> extends true
    ? { readonly outbox?: Store<Handle> } & OutboxOptions
    : { readonly outbox: Store<Handle> } & OutboxOptions);

/** The same, for the inside. */
export type LooseProducerOptions = Always & { readonly outbox?: Store } & OutboxOptions;

/** The local transaction of one message. */
export type LocalOptions<Handle, Result> =
  | {
      /** Runs between half message and decision. Returns: commit. Throws: rollback. May take its time. */
      readonly local: (message: CheckedMessage) => Result | Promise<Result>;
      readonly within?: never;
    }
  | {
      /**
       * Runs in one transaction of the store with the message, so nothing is ever left to ask about; an outbox only.
       */
      readonly within: Within<Handle, Result>;
      readonly local?: never;
    }
  | { readonly local?: never; readonly within?: never };

/** What may be said about a transactional message. */
export type TransactionOptions<S extends string, Handle, Result> = Omit<SendOptions<S>, 'delay' | 'signal'> & {
  /** Not delivered before; an outbox only, but on every driver, because it is the outbox that waits. */
  readonly delay?: Duration;
} & LocalOptions<Handle, Result>;

/** The same, for the inside. */
export type LooseTransactionOptions = Omit<LooseSendOptions, 'signal'> & LocalOptions<unknown, unknown>;

/** Sends messages with local transactions. */
export interface Producer<S extends string = string, Handle = unknown> extends AsyncDisposable {
  readonly group: string;
  /** Resolves with what the local transaction answered, when the decision is kept; rejects with what it threw. */
  send<Input, Output, Reply, Result = void>(
    topic: Topic<Input, Output, Reply>,
    value: NoInfer<Input>,
    options?: TransactionOptions<S, Handle, Result>,
  ): Promise<Result>;
  /** What an outbox has not delivered yet; `parked` is what nobody decided, and what the broker refused. */
  held(state?: HeldState): Promise<HeldMessage[]>;
  /** Decides by hand; `check` asks again about a parked message, or publishes it again if it had been committed. */
  decide(id: string, verdict: 'commit' | 'rollback' | 'check'): Promise<void>;
  /** Running transactions end first. What was not published stays in the outbox. */
  close(): Promise<void>;
}
