/**
 * Prepared: messages that are journaled on arrival and placed later, by a decision or by time, also after a restart.
 *
 *   hold ─▶ undecided ──commit────────────────▶ placed where it goes, released        one commit group each
 *             │  ▲  └───rollback──────────────▶ released; or kept to be looked at, then released
 *             │  └─ its group is asked, time and again (check-back, checks.ts)
 *             └─ asked often enough ─▶ parked: not asked any more, still to be decided
 *   hold ─▶ compensation ──rollback──▶ placed; ──commit──▶ released: it undoes an operation, about which it asks
 *   hold ─▶ delayed ──its time──▶ placed, released          (or cancelled: released)
 *
 * So half messages, XA branches, delayed messages and compensations that wait for an answer are one thing. A
 * transaction is known by the offset of its first message in the hold log: nothing moves it, so it is a locator for as
 * long as it is undecided. Its messages stand at consecutive offsets.
 *
 * There is no moment in which a message is both held and placed, or neither. The first decision wins; the same one
 * again is answered the same, the opposite is refused. Decisions are remembered up to a limit, oldest forgotten first.
 * Placing needs resident entries: a decision about cold ones counts at once, and is carried out when they are loaded.
 */
import { Checks } from './checks.ts';
import { Decisions } from './decisions.ts';
import type { Definition, Outcome } from './definition.ts';
import { holdDefinitions, type NamespaceState } from './definition-set.ts';
import { CoreError } from './errors.ts';
import type { Exchange, ExchangeKeeper } from './exchange.ts';
import { HoldLog } from './hold-log.ts';
import { HOLD, type Hold, type HoldState, NEVER } from './hold-table.ts';
import { Holds, type HoldTarget } from './holds.ts';
import type { GroupNumber, LogId, Offset } from './ids.ts';
import type { Message } from './message.ts';
import { Placing } from './placing.ts';
import type { Log, LogWatcher } from './ports.ts';
import { Timer } from './schedule.ts';
import type { Environment, Pumpable } from './turn.ts';

/** Told once what a decision came to: `group` is to be waited for; 0 if it was decided the same way long before. */
export interface DecisionListener {
  decided(group: GroupNumber): void;
}

/** One message, and where it goes. */
export interface HeldMessage {
  readonly exchange: Exchange;
  readonly key: string;
  /** Which log of the exchange's topic; -1 = by key. */
  readonly log: number;
  readonly message: Message;
}

export interface HoldTerms {
  /**
   * `decision`: one is asked for from `at` on. `failure`: from `at` on it is asked whether an operation failed, in
   * which case this is to be placed. `time`: it is placed at `at`.
   */
  readonly until: 'decision' | 'failure' | 'time';
  readonly at: number;
  /** Who is asked; '' = nobody. */
  readonly group: string;
  /** The holder's own name for it; '' = none. */
  readonly name: string;
}

/** It is prepared once `group` is committed. */
export interface Held {
  readonly offset: Offset;
  readonly group: GroupNumber;
}

/** A decision that waits for cold entries. */
interface Deciding {
  readonly outcome: Outcome;
  readonly listeners: DecisionListener[];
}

/** By what is waited for. */
const FIRST_STATES = { decision: HOLD.UNDECIDED, failure: HOLD.COMPENSATION, time: HOLD.DELAYED } as const;

/** What becomes of a transaction that was asked about often enough. */
const PARKED_STATES: { readonly [State in HoldState]?: HoldState } = {
  [HOLD.UNDECIDED]: HOLD.PARKED,
  [HOLD.COMPENSATION]: HOLD.PARKED_COMPENSATION,
};
/** And when it is to be asked about again. */
const ASKED_STATES: { readonly [State in HoldState]?: HoldState } = {
  [HOLD.PARKED]: HOLD.UNDECIDED,
  [HOLD.PARKED_COMPENSATION]: HOLD.COMPENSATION,
};

/** So many rows are looked at in a turn because their time has come. */
const DUE_MAX = 512;

export class Prepared implements LogWatcher, Pumpable {
  ready = false;
  readonly checks: Checks;
  private readonly environment: Environment;
  private readonly keeper: ExchangeKeeper;
  private readonly holds = new Holds(true);
  private readonly placing: Placing;
  private readonly deciding = new Map<Offset, Deciding>();
  private readonly decided: Decisions;
  private readonly log: HoldLog;
  private readonly timer = new Timer({ due: () => this.environment.turns.enter(this) });

  constructor(environment: Environment, keeper: ExchangeKeeper) {
    this.environment = environment;
    this.keeper = keeper;
    this.log = new HoldLog(environment, keeper, this);
    this.placing = new Placing(environment, keeper);
    this.checks = new Checks(environment);
    this.decided = new Decisions(environment, keeper.name);
  }

  /** What is held behind an offset, the first message of each transaction; nothing may be held or decided meanwhile. */
  heads(after: Offset = -1): Iterable<Hold> {
    return this.holds.heads(after);
  }

  /** Where a held message goes. */
  target(hold: Hold): HoldTarget {
    return this.holds.target(hold.target);
  }

  /** Messages that are held, visible ones. */
  get held(): number {
    return this.log.living;
  }

  /** Undecided or delayed at that offset; null if there is none. */
  find(offset: Offset): Hold | null {
    const row = this.holds.table.find(offset);
    return row < 0 ? null : this.holds.table.get(row);
  }

  /** What was decided, if that is still remembered. */
  outcome(offset: Offset): Outcome | undefined {
    return this.deciding.get(offset)?.outcome ?? this.decided.find(offset);
  }

  /** Holds messages as one transaction. */
  hold(messages: readonly HeldMessage[], terms: HoldTerms): Held {
    const { store, clock } = this.environment;
    this.admit(messages);
    let first = 0;
    for (const [index, { exchange, key, log: destination, message }] of messages.entries()) {
      const { group, name, until, at } = terms;
      const target = { exchange: exchange.name, key, log: destination, priority: message.priority, group, name };
      const number = this.numberOf(target);
      const offset = this.log.append(message);
      if (index === 0) first = offset;
      this.put({
        offset,
        at: index === 0 ? at : NEVER,
        born: clock.now,
        target: number,
        count: index === 0 ? messages.length : 0,
        checks: 0,
        state: index > 0 ? HOLD.MEMBER : FIRST_STATES[until],
      });
    }
    return { offset: first, group: store.filling };
  }

  /**
   * Ends a transaction by the outcome of the operation that it belongs to; the listener is called before this returns,
   * or in a later turn.
   */
  decide(offset: Offset, outcome: Outcome, listener: DecisionListener): void {
    const known = this.outcome(offset);
    if (known !== undefined && known !== outcome) {
      throw this.refuse('PRECONDITION_FAILED', 'decided-otherwise', offset);
    }
    const deciding = this.deciding.get(offset);
    if (deciding !== undefined) {
      deciding.listeners.push(listener);
      return;
    }
    if (known !== undefined) {
      listener.decided(0);
      return;
    }
    const hold = this.find(offset);
    if (hold === null || !isOpen(hold.state)) {
      throw this.refuse('NOT_FOUND', 'missing', offset);
    }
    if (!this.log.holdsAll(hold)) throw this.refuse('NOT_ALLOWED', 'not-prepared', offset);
    // Nobody is asked about it meanwhile.
    this.holds.put({ ...hold, at: NEVER });
    this.deciding.set(offset, { outcome, listeners: [listener] });
    this.decideResident();
  }

  /** Frees a message that waits for its time; null if it does not, or not any more. */
  cancel(offset: Offset): GroupNumber | null {
    const hold = this.find(offset);
    if (hold?.state !== HOLD.DELAYED) return null;
    if (!this.log.holdsAll(hold)) throw this.refuse('NOT_ALLOWED', 'not-prepared', offset);
    this.end(hold);
    return this.environment.store.filling;
  }

  /** Asks about a parked transaction again, from the beginning. False if it is not parked. */
  checkAgain(offset: Offset): boolean {
    const hold = this.find(offset);
    const state = hold === null ? undefined : ASKED_STATES[hold.state];
    if (hold === null || state === undefined) return false;
    this.put({ ...hold, state, checks: 0, at: this.environment.clock.now });
    return true;
  }

  /** Carries out what is decided and what is due, as far as it is resident. */
  pump(): boolean {
    this.decideResident();
    const { clock, schedule } = this.environment;
    const { table } = this.holds;
    for (let looked = 0; table.nextAt <= clock.now; looked++) {
      if (looked === DUE_MAX) return true;
      if (!this.due(table.get(table.first))) return false;
    }
    if (table.nextAt < Number.POSITIVE_INFINITY) schedule.set(this.timer, table.nextAt);
    return false;
  }

  advanced(): void {
    if (this.holds.table.nextAt <= this.environment.clock.now) this.environment.turns.enter(this);
  }

  loaded(): void {
    this.environment.turns.enter(this);
  }

  /** False if it must wait: for its commit, or for its bytes. */
  private due(hold: Hold): boolean {
    if (!this.log.holdsAll(hold)) return false;
    switch (hold.state) {
      case HOLD.DELAYED:
        if (!this.log.resident(hold)) return false;
        this.place(hold);
        this.end(hold);
        return true;
      case HOLD.UNDECIDED:
      case HOLD.COMPENSATION:
        return this.check(hold);
      default:
        this.end(hold);
        return true;
    }
  }

  /** Asks what became of it; false if it must wait for its bytes. */
  private check(hold: Hold): boolean {
    const { limits, clock } = this.environment;
    if (hold.checks >= limits.checksMax) {
      this.put({ ...hold, state: PARKED_STATES[hold.state] ?? hold.state, at: NEVER });
      return true;
    }
    if (!this.log.resident(hold)) return false;
    const { group } = this.target(hold);
    const asked = this.log.read(hold.offset) && this.checks.ask(group, hold, this.log.entry);
    const next = { ...hold, at: clock.now + limits.checkIntervalMs, checks: hold.checks + (asked ? 1 : 0) };
    if (asked) this.put(next);
    else this.holds.put(next);
    return true;
  }

  private decideResident(): void {
    for (const [offset, { outcome, listeners }] of this.deciding) {
      const hold = this.find(offset) as Hold;
      if (outcome === placingOutcome(hold.state) && !this.log.resident(hold)) continue;
      this.deciding.delete(offset);
      const group = this.carryOut(hold, outcome);
      for (const listener of listeners) listener.decided(group);
    }
  }

  private carryOut(hold: Hold, outcome: Outcome): GroupNumber {
    const { store, clock, limits } = this.environment;
    const places = outcome === placingOutcome(hold.state);
    if (places) this.place(hold);
    const isKept = !places && limits.rolledBackKeptMs > 0;
    if (isKept) this.put({ ...hold, state: HOLD.ROLLED_BACK, at: clock.now + limits.rolledBackKeptMs });
    else this.free(hold);
    this.decided.remember(hold.offset, outcome, isKept ? 0 : hold.count);
    return store.filling;
  }

  private place({ offset, count }: Hold): void {
    for (let member = offset; member < offset + count; member++) {
      if (!this.log.read(member)) continue;
      this.placing.place(this.log.source, this.log.entry, this.target(this.find(member) as Hold));
    }
  }

  /** Its bytes are not needed any more, which is noted. */
  private end(hold: Hold): void {
    const { offset, count } = hold;
    this.free(hold);
    this.environment.store.define({ kind: 'hold-ended', namespace: this.keeper.name, offset, count });
  }

  private free(hold: Hold): void {
    this.log.release(hold);
    this.holds.end(hold);
    this.environment.turns.wake();
  }

  /** Notes it, durably. */
  private put(hold: Hold): void {
    const { store, schedule, turns } = this.environment;
    store.define({ kind: 'hold', namespace: this.keeper.name, ...hold });
    this.holds.put(hold);
    turns.wake();
    const { nextAt } = this.holds.table;
    if (!this.timer.set || nextAt < this.timer.time) {
      if (nextAt < Number.POSITIVE_INFINITY) schedule.set(this.timer, nextAt);
    }
  }

  private numberOf(target: HoldTarget): number {
    const known = this.holds.numberOf(target);
    if (known !== undefined) return known;
    const number = this.holds.freshNumber();
    this.environment.store.define({ kind: 'hold-target', namespace: this.keeper.name, number, ...target });
    this.holds.addTarget(number, target);
    return number;
  }

  private admit(messages: readonly HeldMessage[]): void {
    const { limits } = this.environment;
    let bytes = 0;
    for (const { message } of messages) {
      if (message.length > limits.entryBytesMax) throw this.limit('entryBytesMax', message.length);
      bytes += message.length;
    }
    // All of it must be resident at once when it is placed.
    if (bytes > limits.transactionBytesMax) throw this.limit('transactionBytesMax', bytes);
    if (messages.length > limits.heldTogetherMax) throw this.limit('heldTogetherMax', messages.length);
    const held = this.holds.table.size + messages.length;
    if (held > limits.heldMax) throw this.limit('heldMax', held);
  }

  restore(state: NamespaceState, logOf: (id: LogId) => Log): void {
    this.decided.restore(state.decisions);
    if (state.holdLog === null) return;
    if (!this.log.restore(state.holdLog, logOf)) {
      for (const { offset, count } of state.holds.heads()) {
        this.environment.store.define({ kind: 'hold-ended', namespace: this.keeper.name, offset, count });
      }
      return;
    }
    for (const [number, target] of state.holds.numbered()) this.holds.addTarget(number, target);
    for (const hold of state.holds.table) this.holds.put(hold);
    if (this.holds.table.nextAt < Number.POSITIVE_INFINITY) {
      this.environment.schedule.set(this.timer, this.holds.table.nextAt);
    }
  }

  *definitions(): Generator<Definition> {
    const namespace = this.keeper.name;
    yield* this.log.definitions();
    yield* holdDefinitions(namespace, this.holds);
    yield* this.decided.definitions();
  }

  close(): void {
    this.environment.schedule.cancel(this.timer);
    this.log.close();
    this.deciding.clear();
    this.decided.clear();
  }

  private refuse(code: CoreError['code'], reason: CoreError['facts']['reason'], offset: Offset): CoreError {
    const namespace = this.keeper.name;
    return new CoreError(code, { reason, kind: 'transaction', name: String(offset), namespace });
  }

  private limit(
    argument: 'entryBytesMax' | 'heldMax' | 'heldTogetherMax' | 'transactionBytesMax',
    received: number,
  ): CoreError {
    const current = this.environment.limits[argument];
    return new CoreError('LIMIT', { reason: 'limit', kind: 'transaction', argument, received, current });
  }
}

/** Waits for a decision. */
function isOpen(state: HoldState): boolean {
  return PARKED_STATES[state] !== undefined || ASKED_STATES[state] !== undefined;
}

/** The outcome of the operation that has the messages placed: a compensation is for what was rolled back. */
function placingOutcome(state: HoldState): Outcome {
  return state === HOLD.COMPENSATION || state === HOLD.PARKED_COMPENSATION ? 'rollback' : 'commit';
}
