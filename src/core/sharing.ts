/**
 * Sharing: a group's shared reading of one topic. Each message is given to one of the group's readers, for a time; who
 * settles it within that time is done with it, else it is given again, to anybody.
 *
 *   receive ──▶ given with a receipt ──settle──▶ settled for the group
 *      ▲                │  ▲ change: another time, another receipt
 *      └─── returned ◀──┘ time is up, or its holder is gone
 *
 * The messages stay in the topic's logs for all others; what the group is done with is its position in each log and
 * what is settled behind it (SharingState). It is stated once a turn; who must know that it is durable waits by
 * `whenStated`.
 *
 * In order: a log gives nothing while something of it is out, so what came first is done with first. A reader that
 * repeats a receive whose answer it never saw, under the same name, is given the same again.
 *
 * Readers that wait are asked in turn when there may be something.
 */
import type { LogId } from './ids.ts';
import type { KeptLog } from './kept-log.ts';
import { Entry } from './message.ts';
import { COLD, type CommitWaiter, END } from './ports.ts';
import { SharingGivings } from './sharing-givings.ts';
import type { Beginning, SharingKeeper } from './sharing-keeper.ts';
import type { SharedLog } from './sharing-log.ts';
import { type PlacesOwner, SharingPlaces } from './sharing-places.ts';
import { Receipt, type ReceiptFields, type Receiver, type ReceiveTerms, type Taker } from './sharing-reader.ts';
import type { SharingSlots } from './sharing-slots.ts';
import type { Topic } from './topic.ts';
import type { Budget, Pumpable } from './turn.ts';

export class Sharing implements PlacesOwner, Pumpable {
  readonly group: string;
  readonly topic: Topic;
  ready = false;
  closed = false;

  private readonly keeper: SharingKeeper;
  private readonly logs: SharedLog[] = [];
  private readonly places: SharingPlaces;
  private readonly givings: SharingGivings;
  private readonly receivers = new Set<Receiver>();
  private readonly entry = new Entry();
  private readonly receipt = new Receipt();
  /** Which log is asked first. */
  private first = 0;
  /** The last receive gave up among messages that it passed over. */
  private isUnfinished = false;
  private bytes = 0;

  constructor(keeper: SharingKeeper, group: string, topic: Topic, beginning: Beginning) {
    this.keeper = keeper;
    this.group = group;
    this.topic = topic;
    this.givings = new SharingGivings(keeper, this.logs, () => this.wake());
    this.places = new SharingPlaces(keeper, this, beginning, this.logs);
    this.places.follow();
  }

  get slots(): SharingSlots {
    return this.givings.slots;
  }

  /** Messages that are out, or came back. */
  get given(): number {
    return this.slots.size;
  }

  /** Nobody waits, nothing is out, nothing is to be stated. */
  get isIdle(): boolean {
    return this.receivers.size === 0 && this.slots.size === 0 && this.places.isStated;
  }

  // ── Receiving ──

  /** Gives what there is, log after log, and says how many messages that were. */
  receive(terms: ReceiveTerms, taker: Taker): number {
    this.isUnfinished = false;
    this.bytes = 0;
    if (this.closed || this.topic.deleted) return 0;
    this.places.follow();
    const { logs } = this;
    let messages = 0;
    let passes = this.keeper.sharingLimits.passedMax;
    this.first = (this.first + 1) % logs.length;
    for (let i = 0; i < logs.length && messages < terms.messagesMax && passes > 0; i++) {
      const place = terms.byLevel ? logs.length - 1 - i : (this.first + i) % logs.length;
      const log = logs[place] as SharedLog;
      if (log.isCold || (terms.inOrder && !this.isFree(log, terms))) continue;
      while (messages < terms.messagesMax && passes > 0 && this.find(log)) {
        if (messages > 0 && this.bytes + this.entry.share > terms.bytesMax) break;
        if (this.isUnwanted(log, taker)) {
          passes--;
          log.pass(this.entry.offset);
          this.places.note(log);
          continue;
        }
        messages++;
        this.give(log, terms, taker);
      }
    }
    this.isUnfinished = passes === 0;
    return messages;
  }

  /** Into `entry`. */
  private find(log: SharedLog): boolean {
    const state = log.find(this.entry, this.slots.size < this.keeper.sharingLimits.outMax);
    this.places.note(log);
    if (state === COLD) {
      log.isCold = true;
      this.keeper.environment.store.load(log.kept.log, log.coldOffset);
    }
    return state !== COLD && state !== END;
  }

  private isUnwanted(log: SharedLog, taker: Taker): boolean {
    const { entry } = this;
    if (entry.expiresAt !== 0 && entry.expiresAt <= this.keeper.environment.clock.now) return true;
    return !taker.wants(entry, log.attemptsOf(entry.offset));
  }

  private give(log: SharedLog, terms: ReceiveTerms, taker: Taker): void {
    const { entry, receipt, slots } = this;
    const slot = log.give(entry);
    this.places.note(log);
    this.bytes += entry.share;
    slots.holders[slot] = terms.holder;
    if (terms.inOrder) log.givenLast.push(slot);
    this.givings.send(slot, terms.invisibleMs);
    receipt.log = log.kept.log.id;
    receipt.offset = entry.offset;
    this.fill(receipt, slot);
    taker.take(entry, receipt);
  }

  private fill(receipt: Receipt, slot: number): void {
    receipt.slot = slot;
    receipt.nonce = this.slots.nonces[slot] as number;
    receipt.attempts = this.slots.attempts[slot] as number;
  }

  /** In order: whether a log may give something now. */
  private isFree(log: SharedLog, { attempt }: ReceiveTerms): boolean {
    if (log.outCount > 0) {
      if (attempt === null || attempt !== log.attempt) return false;
      this.givings.recall(log);
      if (log.outCount > 0) return false;
    }
    log.attempt = attempt;
    log.givenLast.length = 0;
    return true;
  }

  // ── What becomes of it ──

  /**
   * Done with. Also true if it was settled before; false if the message was given to somebody else since, or if this is
   * no receipt of it. One of an earlier life counts as long as the message was not given again.
   */
  settle(receipt: ReceiptFields): boolean {
    const { log: id, offset, slot, nonce } = receipt;
    const log = this.followed(id);
    if (log === undefined) return false;
    if (this.givings.holds(log, receipt)) this.givings.end(slot, log);
    else if (log.isSettled(offset)) return true;
    else if (nonce !== 0 || offset < log.next || offset >= log.kept.log.end) return false;
    log.settle(offset, offset + 1);
    this.places.note(log);
    this.wake();
    return true;
  }

  /** Changes the time that is left, and the receipt. False if the message was given to somebody else since. */
  change(receipt: Receipt, invisibleMs: number): boolean {
    const log = this.followed(receipt.log);
    if (log === undefined || !this.givings.holds(log, receipt)) return false;
    this.givings.change(receipt.slot, log, invisibleMs);
    this.fill(receipt, receipt.slot);
    return true;
  }

  /** Whether the message was given to nobody else since, and is not settled. */
  holds(receipt: ReceiptFields): boolean {
    const log = this.followed(receipt.log);
    return log !== undefined && this.givings.holds(log, receipt);
  }

  /** A holder is gone: what it had returns. */
  letGo(holder: number): void {
    this.givings.letGo(holder);
  }

  private followed(id: LogId): SharedLog | undefined {
    if (this.closed || this.topic.deleted) return undefined;
    this.places.follow();
    return this.places.find(id);
  }

  forget(log: SharedLog): void {
    this.givings.forget(log);
  }

  // ── Waiting ──

  wait(receiver: Receiver): void {
    this.receivers.add(receiver);
    if (this.isUnfinished || this.closed) this.wake();
  }

  leave(receiver: Receiver): void {
    this.receivers.delete(receiver);
  }

  grew(): void {
    if (this.topic.deleted) this.keeper.environment.turns.enter(this);
    else this.wake();
  }

  loaded(kept: KeptLog): void {
    const log = this.places.find(kept.log.id);
    if (log !== undefined) log.isCold = false;
    this.wake();
  }

  private wake(): void {
    if (this.receivers.size > 0) this.keeper.environment.turns.enter(this);
  }

  pump(budget: Budget): boolean {
    if (this.topic.deleted) this.close();
    for (const receiver of this.receivers) {
      if (budget.messages <= 0 || budget.bytes <= 0) return true;
      const isDone = receiver.look();
      budget.messages--;
      budget.bytes -= this.bytes;
      if (isDone) this.receivers.delete(receiver);
      else if (!this.closed) return this.isUnfinished;
    }
    return false;
  }

  /** Its topic is gone, or nobody needs it for now. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.givings.stop();
    this.places.end(this.topic.deleted);
    this.keeper.closed(this, this.logs);
    this.wake();
  }

  // ── Journal ──

  /** Journals what is new at once: for what must be in one commit group with something else. */
  state(): void {
    this.places.state();
  }

  /** Tells `waiter` when all that was settled up to now is durable. */
  whenStated(waiter: CommitWaiter): void {
    this.places.whenStated(waiter);
  }

  /** Where it is in each log. */
  get shares(): readonly SharedLog[] {
    return this.logs;
  }
}
