/**
 * The port of the store that outbox, inbox and sagas keep their state in; `sqliteStore` is one behind it.
 *
 *     Producer ── messages: half ─► waiting, ready ─► gone        RocketMQ's transactional message, without RocketMQ
 *     inbox ───── marks: (scope, message id)                      what a group has handled
 *     saga ────── sagas: one record each, with a version
 *
 * Every method is one transaction of the database: done wholly and on the disk when it resolves, or not at all. Where
 * there is a `within`, that function's own statements on the database's handle belong to the same transaction; a store
 * whose handle is synchronous refuses a function that answers with a promise.
 *
 * Hours are milliseconds since 1970 and come from the caller. Nothing here calls back, keeps timers or knows a broker,
 * so an adapter for another database is these statements and no more.
 */
import type { Outgoing } from '../message.ts';

/** Statements of the user in a transaction of the store. */
export type Within<Handle, Result = unknown> = (handle: Handle) => Result;

// ── Messages ──

/** A message of an outbox: what is published, and when. */
export interface StoredMessage {
  /** Unique among those of its producer; the message's id on the wire as well. */
  readonly id: string;
  readonly message: Outgoing;
  /** For brokers that have partitions, when the topic must be made. */
  readonly partitions: number | undefined;
  /** Not published before that; 0: at once. */
  readonly notBefore: number;
  readonly storedAt: number;
}

/** A message that waits for a decision. */
export interface HalfMessage extends StoredMessage {
  /** How often it was asked about, this time included. */
  readonly checks: number;
}

/** Where a message is that was not published. */
export type HeldState = 'half' | 'parked' | 'waiting' | 'ready';

/** A message as it is shown to people. */
export interface HeldMessage extends HalfMessage {
  readonly state: HeldState;
  /** Why it is parked. */
  readonly reason: string | undefined;
}

/** What a decision met: it was `done`, somebody had decided the `opposite`, or there is `nothing` of that id. */
export type DecisionResult = 'done' | 'opposite' | 'nothing';

/** What a relay may publish. */
export interface Taken {
  /** In the order of their decisions; empty: nothing is ready, and the lease is given back. */
  readonly messages: readonly StoredMessage[];
  /** When to look again: a message falls due, or the lease of another process ends. */
  readonly next: number | undefined;
}

/** Messages by producer. */
export interface MessageTable<Handle> {
  /** `half` until it is decided, checked from `checkAt` on; without it decided. False: there is one of that id. */
  add(producer: string, message: StoredMessage, checkAt?: number, within?: Within<Handle>): Promise<boolean>;
  /**
   * The first decision counts, but what was decided and then parked may be dropped. A rolled back one is remembered
   * until `rememberUntil`, so that a late commit is refused.
   */
  decide(producer: string, id: string, verdict: 'commit' | 'rollback', rememberUntil?: number): Promise<DecisionResult>;
  /**
   * Claims halves that are due: each is due again at `again`. Those asked about `checksMax` times are parked
   * instead.
   */
  claimHalves(producer: string, now: number, again: number, checksMax: number, limit: number): Promise<HalfMessage[]>;
  /** Not asked about, so it does not count. */
  postpone(producer: string, id: string, until: number): Promise<void>;
  /** When the next half is due. */
  nextCheck(producer: string): Promise<number | undefined>;
  /** What is ready, under the lease of `owner`: nobody else gets any until `leaseUntil`. Forgets old rollbacks. */
  take(producer: string, owner: string, now: number, leaseUntil: number, limit: number): Promise<Taken>;
  /** False: the lease is somebody else's by now. */
  renew(producer: string, owner: string, leaseUntil: number): Promise<boolean>;
  /** They were published. */
  remove(producer: string, ids: readonly string[]): Promise<void>;
  /** Back to others, before the lease ends. */
  release(producer: string, owner: string): Promise<void>;
  /** It cannot be published: kept aside, and what is behind it goes on. */
  park(producer: string, id: string, reason: string): Promise<void>;
  /** A parked message: asked about again at `checkAt`, or published if it had been decided. False: it is not parked. */
  unpark(producer: string, id: string, checkAt: number): Promise<boolean>;
  /** Oldest first. */
  list(producer: string, limit: number, state?: HeldState): Promise<HeldMessage[]>;
  /** How many there are in all, halves included; counted exactly only near `limit`. */
  isFull(producer: string, limit: number): Promise<boolean>;
}

// ── Marks ──

/** What `once` met. */
export type Once<Result> = { readonly seen: true } | { readonly seen: false; readonly result: Result };

/** Ids of handled messages, by scope: the name of a group. */
export interface MarkTable<Handle> {
  has(scope: string, id: string): Promise<boolean>;
  add(scope: string, id: string, at: number): Promise<void>;
  /** Runs the function unless the id is marked, and marks it, in one transaction. */
  once<Result>(scope: string, id: string, at: number, within: Within<Handle, Result>): Promise<Once<Result>>;
  /** Forgets marks from before `before` and the oldest above `countMax`, up to `limit` of them. */
  sweep(scope: string, before: number, countMax: number, limit: number): Promise<number>;
}

// ── Sagas ──

/** What a saga is doing, or how it ended. */
export type SagaStatus = 'running' | 'confirming' | 'undoing' | 'done' | 'undone' | 'parked';

/** One saga, as it is kept. */
export interface SagaRecord {
  readonly name: string;
  readonly id: string;
  /** Counts the changes; only who knows the last one may make the next. */
  readonly version: number;
  readonly status: SagaStatus;
  /** `running`: the step to run; `undoing`: the step to undo. */
  readonly step: number;
  /** How often this step, this undoing or this question failed or stayed open. */
  readonly attempts: number;
  /** JSON. */
  readonly state: string;
  readonly startedAt: number;
  readonly changedAt: number;
  /** When there is something to do; infinite for what is over or parked. */
  readonly due: number;
  /** The error that made it undo, or park. */
  readonly reason: string | undefined;
  /** What a parked one was doing. */
  readonly parkedFrom: SagaStatus | undefined;
}

/** Sagas by name and id. */
export interface SagaTable<Handle> {
  /** False: there is one of that id. */
  add(record: SagaRecord, within?: Within<Handle>): Promise<boolean>;
  /** Those that are due, which become due again at `again`: the claim of one that died is over then. */
  claim(name: string, now: number, again: number, limit: number): Promise<SagaRecord[]>;
  /** The next version; false if the record has another version than the one before, and nothing is changed. */
  save(record: SagaRecord): Promise<boolean>;
  nextDue(name: string): Promise<number | undefined>;
  get(name: string, id: string): Promise<SagaRecord | undefined>;
  /** Oldest first. */
  list(name: string, limit: number, status?: SagaStatus): Promise<SagaRecord[]>;
  /** Forgets those that ended before `before`. */
  sweep(name: string, before: number, limit: number): Promise<number>;
}

/** What keeps all three. */
export interface Store<Handle = unknown> extends AsyncDisposable {
  readonly messages: MessageTable<Handle>;
  readonly marks: MarkTable<Handle>;
  readonly sagas: SagaTable<Handle>;
  /** What was asked for is done; further calls reject. */
  close(): Promise<void>;
}
