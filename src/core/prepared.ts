/**
 * Prepared transactions: journaled on arrival, placed or freed by a decision that may come after a restart, from
 * anybody who knows the id (half messages with check-back, XA).
 *
 *   hold(id, ...)          ─▶ append to the namespace's hold log + Definition 'hold'          one group
 *   decide(id, 'commit')   ─▶ place each entry where it goes + release it + 'decision'        one group
 *   decide(id, 'rollback') ─▶ release each entry + 'decision'                                 one group
 *
 * So there is no moment in which a message is both held and placed, or neither. The first decision wins; the same one
 * again is answered the same, the opposite is refused. Decisions are remembered up to a limit, oldest forgotten first.
 * Placing needs resident entries: a decision about cold ones counts at once, and is carried out when they are loaded.
 * Where a message goes is found at the decision, by exchange and key alone: exchanges that look at headers are refused.
 */
import type { Definition, HoldDefinition, Outcome } from './definition.ts';
import type { NamespaceState } from './definition-set.ts';
import { CoreError } from './errors.ts';
import type { Exchange, ExchangeKeeper } from './exchange.ts';
import type { GroupNumber, LogId } from './ids.ts';
import { Entry, type Message } from './message.ts';
import { COLD, type Log, type LogSet, type LogWatcher, READY } from './ports.ts';
import type { Environment, Pumpable } from './turn.ts';

/** Told once what a decision came to: `group` is to be waited for; 0 if it was decided the same way long before. */
export interface DecisionListener {
  decided(group: GroupNumber): void;
}

/** One undecided transaction. */
export interface Holding {
  readonly id: string;
  readonly holds: HoldDefinition[];
  bytes: number;
  /** The group that its last message is in; a decision must come after it. */
  group: GroupNumber;
}

/** A decision that waits for cold entries. */
interface Deciding {
  readonly holding: Holding;
  readonly outcome: Outcome;
  readonly listeners: DecisionListener[];
}

/** The message as it is held: what promises to survive a restart is persistent, whatever its publisher said. */
class PersistentMessage implements Message {
  readonly persistent = true;
  private readonly message: Message;

  constructor(message: Message) {
    this.message = message;
  }

  get format(): number {
    return this.message.format;
  }

  get priority(): number {
    return this.message.priority;
  }

  get timestamp(): number {
    return this.message.timestamp;
  }

  get expiresAt(): number {
    return this.message.expiresAt;
  }

  get count(): number {
    return this.message.count;
  }

  get length(): number {
    return this.message.length;
  }

  write(target: Uint8Array, at: number): void {
    this.message.write(target, at);
  }
}

export class Prepared implements LogWatcher, Pumpable {
  ready = false;
  private readonly environment: Environment;
  private readonly keeper: ExchangeKeeper;
  private readonly undecided = new Map<string, Holding>();
  private readonly deciding = new Map<string, Deciding>();
  /** Insertion order is age. */
  private readonly decided = new Map<string, Outcome>();
  private readonly entry = new Entry();
  private log: Log | null = null;
  private set: LogSet | null = null;

  constructor(environment: Environment, keeper: ExchangeKeeper) {
    this.environment = environment;
    this.keeper = keeper;
  }

  /** The undecided ones, for check-back and for XA's `recover`. */
  get holdings(): ReadonlyMap<string, Holding> {
    return this.undecided;
  }

  /** Messages that are held, visible ones. */
  get held(): number {
    return this.log?.living ?? 0;
  }

  /** What was decided about `id`, if that is still remembered. */
  outcome(id: string): Outcome | undefined {
    return this.deciding.get(id)?.outcome ?? this.decided.get(id);
  }

  /** Adds a message to transaction `id`. It is prepared once the returned group is committed. */
  hold(id: string, exchange: Exchange, key: string, message: Message): GroupNumber {
    const { store, limits, turns, clock } = this.environment;
    if (this.outcome(id) !== undefined) throw this.refuse('PRECONDITION_FAILED', 'decided-otherwise', id);
    if (exchange.routesByHeaders(key)) throw this.refuse('NOT_IMPLEMENTED', 'unsupported', id, 'routing by headers');
    if (message.length > limits.entryBytesMax) throw this.limit('entryBytesMax', id, message.length);
    const known = this.undecided.get(id);
    if (known === undefined && this.undecided.size >= limits.preparedMax) {
      throw this.limit('preparedMax', id, this.undecided.size + 1);
    }
    const holding = known ?? { id, holds: [], bytes: 0, group: 0 };
    const bytes = holding.bytes + message.length;
    // All of it must be resident at once when it is placed.
    if (bytes > limits.transactionBytesMax) throw this.limit('transactionBytesMax', id, bytes);
    this.undecided.set(id, holding);
    const set = this.logSet();
    const hold: HoldDefinition = {
      kind: 'hold',
      namespace: this.keeper.name,
      id,
      offset: store.nextOffset(set.durable[0] as Log),
      exchange: exchange.name,
      key,
      priority: message.priority,
      bytes: message.length,
      at: clock.now,
    };
    store.append(set, message.persistent ? message : new PersistentMessage(message));
    store.define(hold);
    holding.holds.push(hold);
    holding.bytes = bytes;
    holding.group = store.filling;
    turns.wake();
    return holding.group;
  }

  /** Ends transaction `id`; the listener is called before this returns, or in a later turn. */
  decide(id: string, outcome: Outcome, listener: DecisionListener): void {
    const known = this.outcome(id);
    if (known !== undefined && known !== outcome) throw this.refuse('PRECONDITION_FAILED', 'decided-otherwise', id);
    const deciding = this.deciding.get(id);
    if (deciding !== undefined) {
      deciding.listeners.push(listener);
      return;
    }
    if (known !== undefined) {
      listener.decided(0);
      return;
    }
    const holding = this.undecided.get(id);
    if (holding === undefined) throw this.refuse('NOT_FOUND', 'missing', id);
    if (holding.group > this.environment.store.committed) throw this.refuse('NOT_ALLOWED', 'not-prepared', id);
    this.undecided.delete(id);
    this.deciding.set(id, { holding, outcome, listeners: [listener] });
    this.pump();
  }

  /** Carries out the decisions whose entries are resident. */
  pump(): boolean {
    for (const [id, { holding, outcome, listeners }] of this.deciding) {
      if (outcome === 'commit' && !this.resident(holding)) continue;
      this.deciding.delete(id);
      const group = this.carryOut(holding, outcome);
      for (const listener of listeners) listener.decided(group);
    }
    return false;
  }

  advanced(): void {}

  loaded(): void {
    if (this.deciding.size > 0) this.environment.turns.enter(this);
  }

  /** Asks for the first entry that is not. */
  private resident(holding: Holding): boolean {
    const log = this.log as Log;
    const cursor = log.cursor();
    for (const { offset } of holding.holds) {
      cursor.seek(offset);
      if (cursor.read(this.entry) !== COLD) continue;
      this.environment.store.load(log, offset);
      return false;
    }
    return true;
  }

  private carryOut(holding: Holding, outcome: Outcome): GroupNumber {
    const { store, turns } = this.environment;
    const log = this.log as Log;
    for (const hold of holding.holds) {
      if (outcome === 'commit') this.place(log, hold);
      store.release(log, hold.offset, hold.offset + 1);
    }
    store.define({ kind: 'decision', namespace: this.keeper.name, id: holding.id, outcome });
    this.remember(holding.id, outcome);
    turns.wake();
    return store.filling;
  }

  private place(log: Log, hold: HoldDefinition): void {
    const cursor = log.cursor();
    cursor.seek(hold.offset);
    // Damage in the journal may have taken it.
    if (cursor.read(this.entry) !== READY || this.entry.offset !== hold.offset) return;
    const { routes, exchanges } = this.keeper;
    const route = exchanges.get(hold.exchange)?.route(hold.key, null) ?? routes.nowhere;
    route.place(log, this.entry, hold.priority);
  }

  private remember(id: string, outcome: Outcome): void {
    this.decided.set(id, outcome);
    if (this.decided.size <= this.environment.limits.decisionsMax) return;
    const oldest = this.decided.keys().next().value as string;
    this.decided.delete(oldest);
    this.environment.store.define({ kind: 'decision-forgotten', namespace: this.keeper.name, id: oldest });
  }

  private logSet(): LogSet {
    if (this.set !== null) return this.set;
    const { store } = this.environment;
    const log = store.createLog(true);
    store.define({ kind: 'hold-log', namespace: this.keeper.name, log: log.id });
    return this.use(log);
  }

  private use(log: Log): LogSet {
    log.watcher = this;
    this.log = log;
    this.set = this.keeper.routes.logSet([log]);
    return this.set;
  }

  restore(state: NamespaceState, logOf: (id: LogId) => Log): void {
    for (const [id, outcome] of state.decisions) this.decided.set(id, outcome);
    if (state.holdLog === null) return;
    const log = logOf(state.holdLog);
    this.use(log);
    if (log.id !== state.holdLog) {
      // The log is lost, and with it what was held in it.
      this.environment.store.define({ kind: 'hold-log', namespace: this.keeper.name, log: log.id });
      return;
    }
    for (const [id, holds] of state.holds) {
      const bytes = holds.reduce((sum, hold) => sum + hold.bytes, 0);
      this.undecided.set(id, { id, holds: [...holds], bytes, group: 0 });
    }
  }

  *definitions(): Generator<Definition> {
    const namespace = this.keeper.name;
    if (this.log !== null) yield { kind: 'hold-log', namespace, log: this.log.id };
    for (const [id, outcome] of this.decided) yield { kind: 'decision', namespace, id, outcome };
    for (const { holds } of this.undecided.values()) yield* holds;
    for (const { holding } of this.deciding.values()) yield* holding.holds;
  }

  close(): void {
    if (this.log !== null) this.environment.store.drop(this.log);
    this.log = null;
    this.set = null;
    this.undecided.clear();
    this.deciding.clear();
    this.decided.clear();
  }

  private refuse(
    code: CoreError['code'],
    reason: CoreError['facts']['reason'],
    name: string,
    problem?: string,
  ): CoreError {
    const namespace = this.keeper.name;
    return new CoreError(code, { reason, kind: 'transaction', name, namespace, ...(problem ? { problem } : {}) });
  }

  private limit(
    argument: 'entryBytesMax' | 'preparedMax' | 'transactionBytesMax',
    name: string,
    received: number,
  ): CoreError {
    const current = this.environment.limits[argument];
    return new CoreError('LIMIT', { reason: 'limit', kind: 'transaction', name, argument, received, current });
  }
}
