/**
 * Broker: the core as a whole, made of namespaces over one store, and its turn.
 *
 *   sessions publish and settle ──▶ turn():  1 schedule: what is due      3 pump ready subscriptions, by budget
 *                                            2 store.flush: write         4 flush dirty sinks: a write a connection
 *
 * The server calls `turn` once after a `Waker.wake`, with the clock refreshed. Whatever a turn leaves over, or brings
 * about, asks for the next one itself. Everything in here is synchronous and deterministic.
 */
import type { Consumer, Sink } from './consumer.ts';
import type { Definition } from './definition.ts';
import { DefinitionSet } from './definition-set.ts';
import { CoreError } from './errors.ts';
import { Formats } from './format.ts';
import type { LogId } from './ids.ts';
import { Ledger } from './ledger.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { Namespace } from './namespace.ts';
import type { Clock, Log, Store, Waker } from './ports.ts';
import type { Owner } from './queue.ts';
import { Schedule, Timer } from './schedule.ts';
import { Counters, PublishCounters } from './statistics.ts';
import { Transaction } from './transaction.ts';
import { type Environment, Turns } from './turn.ts';

export interface BrokerPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly waker: Waker;
  /** Gives names that are unlikely to be taken: for queues that the broker names. */
  readonly names: () => string;
  readonly limits?: Partial<Limits>;
}

export class Broker implements Environment {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly turns: Turns;
  readonly schedule = new Schedule();
  readonly formats = new Formats();
  readonly namespaces = new Map<string, Namespace>();

  private readonly names: () => string;
  private readonly retired = new Counters();
  private readonly retiredPublishes = new PublishCounters();
  private readonly retention = new Timer({ due: (now) => this.retain(now) });

  constructor(ports: BrokerPorts) {
    this.store = ports.store;
    this.clock = ports.clock;
    this.limits = { ...defaultLimits, ...ports.limits };
    this.turns = new Turns(ports.waker, this.limits);
    this.names = ports.names;
  }

  // ── The turn ──

  turn(): void {
    this.turns.begin();
    try {
      const { turnTasksMax } = this.limits;
      if (this.schedule.tick(this.clock.now, turnTasksMax) === turnTasksMax) this.turns.wake();
      this.store.flush();
      this.turns.pump();
      this.turns.flush();
    } finally {
      this.turns.end();
    }
  }

  /** An event of the turn is over, and more of them may come before it. */
  eventOver(): void {
    this.store.flushLarge();
  }

  /** Asks for a turn. */
  wake(): void {
    this.turns.wake();
  }

  /** A session wrote to this sink: it is flushed at the end of the turn. */
  touch(sink: Sink): void {
    this.turns.touch(sink);
  }

  // ── Namespaces ──

  /** Idempotent. */
  declareNamespace(name: string): Namespace {
    const existing = this.namespaces.get(name);
    if (existing !== undefined) return existing;
    const namespace = this.addNamespace(name);
    this.store.define({ kind: 'namespace', name });
    this.turns.wake();
    return namespace;
  }

  namespace(name: string): Namespace {
    const namespace = this.namespaces.get(name);
    if (namespace === undefined) throw new CoreError('NOT_FOUND', { reason: 'missing', kind: 'namespace', name });
    return namespace;
  }

  /** False if there is none of that name. */
  deleteNamespace(name: string): boolean {
    const namespace = this.namespaces.get(name);
    if (namespace === undefined) return false;
    namespace.close();
    this.namespaces.delete(name);
    this.retired.add(namespace.counters());
    this.retiredPublishes.add(namespace.routes.counters);
    this.store.define({ kind: 'namespace-deleted', name });
    this.turns.wake();
    return true;
  }

  private addNamespace(name: string): Namespace {
    const namespace = new Namespace(this, name, this.names);
    this.namespaces.set(name, namespace);
    return namespace;
  }

  // ── What a session needs ──

  ledger(): Ledger {
    return new Ledger(this.limits.ledgerEntriesMax);
  }

  transaction(): Transaction {
    return new Transaction(this);
  }

  /**
   * A session of `owner` ends: its consumers leave, everything in its ledgers goes back, then its exclusive queues
   * end. Undecided session-held transactions are to be rolled back before.
   */
  endSession(owner: Owner, consumers: Iterable<Consumer>, ledgers: Iterable<Ledger>): void {
    for (const consumer of consumers) consumer.cancel();
    for (const ledger of ledgers) ledger.giveBackAll();
    for (const namespace of this.namespaces.values()) namespace.ownerEnded(owner);
  }

  // ── Journal ──

  /** At boot, before anything else: rebuilds what is durable from the journal's definitions and logs. */
  restore(definitions: Iterable<Definition>, logs: ReadonlyMap<LogId, Log>): void {
    const set = new DefinitionSet();
    for (const definition of definitions) set.fold(definition);
    const named = set.logs();
    for (const log of logs.values()) if (!named.has(log.id)) this.store.drop(log);
    const logOf = (id: LogId): Log => logs.get(id) ?? this.store.createLog(true);
    for (const [name, state] of set.namespaces) this.addNamespace(name).restore(state, logOf);
    this.schedule.set(this.retention, this.clock.now + this.limits.retentionCheckMs);
  }

  /** Everything durable, for a checkpoint: folding it gives the state as it is now. */
  *definitions(): Generator<Definition> {
    for (const namespace of this.namespaces.values()) yield* namespace.definitions();
  }

  private retain(now: number): void {
    for (const namespace of this.namespaces.values()) namespace.topics.retain(now);
    this.schedule.set(this.retention, now + this.limits.retentionCheckMs);
  }

  // ── Statistics ──

  counters(): Counters {
    const sum = new Counters();
    sum.add(this.retired);
    for (const namespace of this.namespaces.values()) sum.add(namespace.counters());
    return sum;
  }

  publishCounters(): PublishCounters {
    const sum = new PublishCounters();
    sum.add(this.retiredPublishes);
    for (const namespace of this.namespaces.values()) sum.add(namespace.routes.counters);
    return sum;
  }
}
