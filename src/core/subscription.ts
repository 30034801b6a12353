/**
 * Subscription: a shared view over an ordered list of logs, highest priority first. A queue is logs + one of these.
 *
 *   views   one a log: what came back first, then what was never delivered (see View)
 *   lane    the consumers that can take one, in turn (see Lane)
 *   pump    moves from the first to the second, within a budget
 *   selection  instead of the lane, while a consumer has a filter (see Selection)
 *
 * It keeps no set of what is settled or pending: settling releases the offsets in the store, which is their persistent
 * form and what the cursor skips; pending messages are in the ledgers of those who hold them. A restart begins at the
 * floor. How often a message came back is in the store too (`Log.returns`), because it must outlive a restart.
 *
 * When bytes are cold, the whole subscription is parked until they are loaded: nothing behind them may overtake. A
 * batch is one entry of n messages; it is delivered and settled message by message.
 */
import type { Consumer, Source } from './consumer.ts';
import { CoreError } from './errors.ts';
import type { Filter } from './filter.ts';
import { Lane } from './lane.ts';
import { Entry } from './message.ts';
import type { DeadLetterOffice, Onlooker } from './onlooker.ts';
import { END, type Log, READY, type ReadState } from './ports.ts';
import { countReturn } from './return-count.ts';
import { type Selected, Selection } from './selection.ts';
import { Counters } from './statistics.ts';
import type { Budget, Environment, Pumpable } from './turn.ts';
import { View, type Viewer } from './view.ts';

/** What `get` answers: `parked` means that the sink is called later. */
export type GetOutcome = 'delivered' | 'empty' | 'parked';

export class Subscription implements Source, Pumpable, Viewer, Selected {
  readonly environment: Environment;
  /** Highest priority first. */
  readonly views: readonly View[];
  readonly counters = new Counters();
  readonly consumers: Consumer[] = [];
  exclusive: Consumer | null = null;
  /** Delivered and not settled. */
  pending = 0;
  ready = false;
  closed = false;
  /** What it takes of its logs; the rest ends when it is come to. null: everything. */
  filter: Filter | null = null;
  /** Where what expires or is refused goes; null: nowhere. */
  deadLetters: DeadLetterOffice | null = null;
  /** Who reads along without taking. */
  browsers: Set<Onlooker> | null = null;
  /** Told when a consumer left: an auto-delete queue goes with its last one. */
  onDetached: (() => void) | null = null;

  /** Waiting for cold bytes. */
  private parked = false;
  private readonly getters: Consumer[] = [];
  private readonly entry = new Entry();
  private fromReturned = false;
  /** The last `find` gave up among expired messages, not for want of others. */
  private scanExhausted = false;

  private readonly lane = new Lane();
  /** While a consumer has a filter. */
  private selection: Selection | null = null;

  constructor(environment: Environment, logs: readonly Log[]) {
    this.environment = environment;
    this.views = logs.map((log) => new View(this, log));
  }

  // ── Consumers ──

  attach(consumer: Consumer): void {
    if (this.exclusive !== null || (consumer.exclusive && this.consumers.length > 0)) {
      throw new CoreError('ACCESS_REFUSED', { reason: 'exclusive-use', kind: 'queue' });
    }
    if (consumer.exclusive) this.exclusive = consumer;
    consumer.source = this;
    consumer.waiting = false;
    this.consumers.push(consumer);
    if (this.selection === null && consumer.filter !== null) this.beginSelecting(consumer);
    else this.selection?.add(consumer);
    this.rejoin(consumer);
  }

  detach(consumer: Consumer): void {
    consumer.source = null;
    const getter = this.getters.indexOf(consumer);
    if (getter >= 0) {
      this.getters.splice(getter, 1);
      return;
    }
    const index = this.consumers.indexOf(consumer);
    if (index < 0) return;
    this.consumers.splice(index, 1);
    if (this.exclusive === consumer) this.exclusive = null;
    this.lane.leave(consumer);
    this.selection?.remove(consumer);
    if (this.selection?.isNeeded === false) this.endSelecting();
    this.onDetached?.();
  }

  rejoin(consumer: Consumer): void {
    if (this.selection === null) this.lane.enter(consumer);
    else this.selection.enter(consumer);
    this.wake();
  }

  /** From now on consumers are asked by what they want. */
  private beginSelecting(first: Consumer): void {
    this.selection = new Selection(this, this.entry);
    this.lane.clear();
    for (const consumer of this.consumers) {
      this.selection.add(consumer);
      if (consumer !== first && !consumer.waiting) this.selection.enter(consumer);
    }
  }

  /** What was skipped is in the views' `returned` and comes first. */
  private endSelecting(): void {
    this.selection = null;
    for (const consumer of this.consumers) if (!consumer.waiting) this.lane.enter(consumer);
    this.wake();
  }

  /** Something may be deliverable. */
  wake(): void {
    if (this.ready || this.parked || !this.isAsked) return;
    this.environment.turns.enter(this);
  }

  private get isAsked(): boolean {
    return this.lane.size > 0 || this.getters.length > 0 || this.selection?.isAble === true;
  }

  get busy(): boolean {
    return this.ready || this.parked;
  }

  unpark(): void {
    this.parked = false;
    this.deadLetters?.retry();
    if (this.browsers !== null) for (const browser of this.browsers) browser.wake();
    this.wake();
  }

  /**
   * Delivers the next message to `consumer` regardless of its credit, or says that there is none: `deliver` or `empty`
   * is called exactly once, now or, if the bytes are cold, in a later turn. Cancelling it before withdraws it.
   */
  get(consumer: Consumer): GetOutcome {
    consumer.pooled = false;
    consumer.source = this;
    if (!this.parked && this.getters.length === 0) {
      const outcome = this.answer(consumer);
      if (outcome !== 'parked') return outcome;
    }
    this.getters.push(consumer);
    this.wake();
    return 'parked';
  }

  private answer(consumer: Consumer): GetOutcome {
    const view = this.find();
    if (view === null && (this.parked || this.scanExhausted)) return 'parked';
    consumer.source = null;
    if (view === null) {
      this.counters.gotEmpty++;
      this.environment.turns.touch(consumer.sink);
      consumer.sink.empty(consumer);
      return 'empty';
    }
    this.counters.got++;
    this.deliver(consumer, view);
    return 'delivered';
  }

  // ── Delivery ──

  pump(budget: Budget): boolean {
    while (this.getters.length > 0) {
      if (this.answer(this.getters[0] as Consumer) === 'parked') return this.scanExhausted;
      this.getters.shift();
    }
    if (this.selection !== null) return this.selection.pump(budget);
    const { entry, lane } = this;
    while (budget.messages > 0 && budget.bytes > 0) {
      const consumer = this.nextIn(lane);
      if (consumer === null) return false;
      const view = this.find();
      if (view === null) return this.scanExhausted;
      budget.messages--;
      budget.bytes -= entry.share;
      this.deliver(consumer, view);
      // One step round the lane; a no-op for a lone consumer. It may have cancelled itself meanwhile.
      if (lane.size > 1 && lane.head === consumer) lane.step();
    }
    return true;
  }

  /** The consumer whose turn it is, left at the head of the lane. Those that can't take one leave it and wait. */
  nextIn(lane: Lane): Consumer | null {
    while (lane.size > 0) {
      const consumer = lane.head;
      if (consumer.sink.writable && !consumer.paused) {
        if (consumer.autoSettle) return consumer;
        const hasOwn = consumer.limit === 0 || consumer.held < consumer.limit;
        if (hasOwn && consumer.ledger.room) return consumer;
        if (hasOwn) consumer.ledger.park(consumer);
      }
      consumer.waiting = true;
      lane.dropHead();
    }
    return null;
  }

  /** Reads the next message into `entry` and says whose it is; null if there is none, or parked. */
  private find(): View | null {
    const { entry, views } = this;
    this.scanExhausted = false;
    for (let i = 0; i < views.length; i++) {
      const view = views[i] as View;
      for (let scanned = 0; ; scanned++) {
        this.fromReturned = view.returned.count > 0;
        let state: ReadState = this.fromReturned ? view.readReturned(entry) : END;
        if (state === END) {
          this.fromReturned = false;
          if (view.cursor.offset >= view.log.end) break;
          state = view.cursor.read(entry);
        }
        if (state === READY) {
          if (this.isDue(view)) return view;
          if (scanned < this.environment.limits.expiredScanMax) continue;
          this.scanExhausted = true;
          return null;
        }
        if (state === END) break;
        this.park(view, view.coldOffset);
        return null;
      }
    }
    return null;
  }

  /** Whether the message just read is to be delivered. What is expired, or not for this subscription, ends here. */
  private isDue(view: View): boolean {
    const { entry, environment } = this;
    if (this.filter !== null) entry.look++;
    const isExpired = entry.expiresAt !== 0 && entry.expiresAt <= environment.clock.now;
    if (!isExpired && (this.filter === null || this.filter.matches(entry))) return true;
    const { offset } = entry;
    this.passBy(view);
    if (isExpired) {
      this.counters.expired++;
      if (this.deadLetters !== null && entry.persistent) this.deadLetters.take(view.log, entry, 'expired');
    }
    environment.store.release(view.log, offset, offset + 1);
    environment.turns.wake();
    return false;
  }

  /** The message just read is no longer next. */
  private passBy(view: View): void {
    if (this.fromReturned) view.returned.remove(this.entry.offset, this.entry.offset + 1);
    else view.cursor.advance();
  }

  private deliver(consumer: Consumer, view: View): void {
    const { entry, counters, environment } = this;
    const { log } = view;
    const { offset } = entry;
    const redelivered = log.returns.size !== 0 && log.returns.attempts(offset) > 0;
    if (this.fromReturned) this.passBy(view);
    else view.cursor.advance();
    counters.delivered++;
    counters.deliveredBytes += entry.share;
    if (redelivered) counters.redelivered++;
    const { sink } = consumer;
    if (!sink.dirty) environment.turns.touch(sink);
    if (!consumer.autoSettle) {
      this.pending++;
      consumer.held++;
      sink.deliver(consumer, entry, consumer.ledger.take(consumer, view, offset), redelivered);
      return;
    }
    sink.deliver(consumer, entry, consumer.ledger.skip(), redelivered);
    counters.acked++;
    counters.autoAcked++;
    environment.store.release(log, offset, offset + 1);
    environment.turns.wake();
  }

  // ── For the selection ──

  judge(view: View, wasSkipped: boolean): boolean {
    this.fromReturned = wasSkipped;
    return this.isDue(view);
  }

  hand(consumer: Consumer, view: View, wasSkipped: boolean): void {
    this.fromReturned = wasSkipped;
    this.deliver(consumer, view);
  }

  park(view: View, offset: number): void {
    this.parked = true;
    this.environment.store.load(view.log, offset);
  }

  // ── What became of what was delivered ──

  settled(log: Log, from: number, to: number): void {
    this.pending -= to - from;
    this.counters.acked += to - from;
    if (this.closed) return;
    this.environment.store.release(log, from, to);
    this.environment.turns.wake();
  }

  /** Refused for good. */
  discarded(log: Log, from: number, to: number): void {
    this.pending -= to - from;
    this.counters.discarded += to - from;
    if (this.closed) return;
    if (this.deadLetters === null) this.environment.store.release(log, from, to);
    else this.deadLetters.bury(log, from, to);
    this.environment.turns.wake();
  }

  gaveBack(view: View, from: number, to: number, isUnseen: boolean): void {
    this.pending -= to - from;
    this.counters.returned += to - from;
    if (this.closed) return;
    view.returned.add(from, to);
    this.selection?.cameBack(view, from);
    if (!isUnseen) countReturn(this.environment.store, view.log, from, to);
    this.environment.turns.wake();
    this.wake();
  }

  // ── The whole ──

  /** Visible and not released: ready + pending. */
  get total(): number {
    let living = 0;
    for (const view of this.views) living += view.log.living;
    return living;
  }

  get totalBytes(): number {
    let bytes = 0;
    for (const view of this.views) bytes += view.log.livingBytes;
    return bytes;
  }

  /** Releases everything that is ready; what is pending stays. Returns how many messages it was. */
  purge(): number {
    const { store, turns } = this.environment;
    const before = this.total;
    this.parked = false;
    for (const { log, cursor, returned } of this.views) {
      for (let i = 0; i < returned.ranges; i++) store.release(log, returned.rangeFrom(i), returned.rangeTo(i));
      returned.clear();
      if (cursor.offset < log.end) store.release(log, cursor.offset, log.end);
      cursor.seek(log.end);
    }
    const purged = before - this.total;
    this.counters.purged += purged;
    this.wake();
    turns.wake();
    return purged;
  }

  /** The queue is gone: consumers are told, what they hold may still be settled, to no effect. */
  close(): void {
    this.closed = true;
    for (const consumer of this.consumers.splice(0)) {
      consumer.source = null;
      this.environment.turns.touch(consumer.sink);
      consumer.sink.cancelled(consumer);
    }
    for (const getter of this.getters.splice(0)) {
      getter.source = null;
      this.environment.turns.touch(getter.sink);
      getter.sink.empty(getter);
    }
    this.exclusive = null;
    this.lane.clear();
    this.selection = null;
    if (this.browsers !== null) for (const browser of this.browsers) browser.end();
    for (const view of this.views) view.close();
  }
}
