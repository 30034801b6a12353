/**
 * Ledger: what one session holds unsettled, by dense tags from 1. An AMQP channel has one, and its delivery tags are
 * the tags here.
 *
 *   tag      7    8    9    -   11   12         a ring of parallel columns, ordered by tag
 *   state  live dead live       live live       tags are usually consecutive, so a tag's slot is guessed by its
 *            ^head                    ^tail     distance from the first one, and else found by binary search
 *
 * A message that is settled by being delivered takes a tag without an entry. Memory does not grow with one stuck tag:
 * a full ring first closes up over its dead slots, and grows only if more than half of them are living.
 *
 * Each entry belongs to a Lender (the view of a log that it came from) and counts against a Borrower's credit. The
 * ledger itself is the credit that all of a session's consumers share: `limit` of them in flight, 0 = no limit.
 */

/** Where the messages came from: told what became of a run of them. */
export interface Lender {
  settle(from: number, to: number): void;
  discard(from: number, to: number): void;
  /** `isUnseen`: nobody looked at it, so it does not count as an attempt. */
  giveBack(from: number, to: number, isUnseen?: boolean): void;
}

/** Whose credit they used: told for each one that is no longer held. */
export interface Borrower {
  /** False for what is asked for one at a time: it uses no shared credit. */
  readonly pooled: boolean;
  credited(): void;
  /** The shared credit has room again. */
  wake(): void;
}

/**
 * What a session says about a delivery: done; refused for good; undone, to be delivered again; never looked at, to be
 * delivered as if for the first time.
 */
export type Verdict = 'settle' | 'discard' | 'giveBack' | 'putBack';

const DEAD = 0;
const LIVE = 1;
/** Named by a transaction that is not decided: not to be settled by anybody else. */
const INTENDED = 2;

const INITIAL_CAPACITY = 64;

export class Ledger {
  /** How many deliveries of consumers may be unsettled at a time; 0 = as many as fit. See `setLimit`. */
  limit = 0;
  /** The tag given last; 0 before the first. */
  lastTag = 0;
  /** Entries that are not settled. */
  size = 0;
  /** Of these, the ones that count against `limit`. */
  pooled = 0;

  private readonly entriesMax: number;
  private readonly parked: Borrower[] = [];

  private tags = new Float64Array(INITIAL_CAPACITY);
  private offsets = new Float64Array(INITIAL_CAPACITY);
  private states = new Uint8Array(INITIAL_CAPACITY);
  private lenders: (Lender | null)[] = new Array(INITIAL_CAPACITY).fill(null);
  private borrowers: (Borrower | null)[] = new Array(INITIAL_CAPACITY).fill(null);
  private mask = INITIAL_CAPACITY - 1;
  /** Logical positions, only growing; `position & mask` is the slot. */
  private head = 0;
  private tail = 0;

  constructor(entriesMax: number) {
    this.entriesMax = entriesMax;
  }

  /** Whether a consumer may be given one more. */
  get room(): boolean {
    return (this.limit === 0 || this.pooled < this.limit) && this.size < this.entriesMax;
  }

  setLimit(limit: number): void {
    this.limit = limit;
    if (this.parked.length > 0 && this.room) this.wakeParked();
  }

  /** A borrower that found no room waits here for some. */
  park(borrower: Borrower): void {
    if (!this.parked.includes(borrower)) this.parked.push(borrower);
  }

  /** The next tag, for a message that needs no settling. */
  skip(): number {
    return ++this.lastTag;
  }

  /** Notes the message at `offset` as held, and returns its tag. */
  take(borrower: Borrower, lender: Lender, offset: number): number {
    if (this.tail - this.head > this.mask) this.makeRoom();
    const slot = this.tail++ & this.mask;
    const tag = ++this.lastTag;
    this.tags[slot] = tag;
    this.offsets[slot] = offset;
    this.states[slot] = LIVE;
    this.lenders[slot] = lender;
    this.borrowers[slot] = borrower;
    this.size++;
    if (borrower.pooled) this.pooled++;
    return tag;
  }

  /** Whether `tag` is held and may be settled. */
  holds(tag: number): boolean {
    return this.find(tag, LIVE) >= 0;
  }

  /** False if `tag` is not held. */
  settle(tag: number): boolean {
    return this.end(tag, 'settle');
  }

  discard(tag: number): boolean {
    return this.end(tag, 'discard');
  }

  giveBack(tag: number): boolean {
    return this.end(tag, 'giveBack');
  }

  /** Ends one tag. */
  end(tag: number, verdict: Verdict): boolean {
    const position = this.find(tag, LIVE);
    if (position < 0) return false;
    this.endRun(position, position + 1, verdict, LIVE);
    return true;
  }

  /** Ends all held tags up to `tag`, or every one for tag 0. False, and nothing done, if `tag` itself is not held. */
  endThrough(tag: number, verdict: Verdict): boolean {
    const last = tag === 0 ? this.tail - 1 : this.find(tag, LIVE);
    if (tag !== 0 && last < 0) return false;
    this.endRun(this.head, last + 1, verdict, LIVE);
    return true;
  }

  /** Ends all held tags from `first` to `last`, whether these two are held or not. */
  endBetween(first: number, last: number, verdict: Verdict): void {
    const from = this.placeOf(first);
    const past = this.placeOf(last + 1);
    if (from < past) this.endRun(from, past, verdict, LIVE);
  }

  settleThrough(tag: number): boolean {
    return this.endThrough(tag, 'settle');
  }

  /** Everything goes back, in order: a closed session, a recover. */
  giveBackAll(): void {
    this.endRun(this.head, this.tail, 'giveBack', LIVE);
  }

  /**
   * Marks `tag` (with `through`, all held tags up to it; 0 = all) as named by an undecided transaction and adds the
   * marked tags to `into`. False if `tag` is not held, or is already named.
   */
  intend(tag: number, through: boolean, into: number[]): boolean {
    const last = tag === 0 && through ? this.tail - 1 : this.find(tag, LIVE);
    if (last < 0) return tag === 0 && through;
    for (let position = through ? this.head : last; position <= last; position++) {
      const slot = position & this.mask;
      if (this.states[slot] !== LIVE) continue;
      this.states[slot] = INTENDED;
      into.push(this.tags[slot] as number);
    }
    return true;
  }

  /** The same for all held tags from `first` to `last`. */
  intendBetween(first: number, last: number, into: number[]): void {
    const past = this.placeOf(last + 1);
    for (let position = this.placeOf(first); position < past; position++) {
      const slot = position & this.mask;
      if (this.states[slot] !== LIVE) continue;
      this.states[slot] = INTENDED;
      into.push(this.tags[slot] as number);
    }
  }

  /** The transaction is decided: an intended tag ends, or is held as before (verdict null). */
  decide(tag: number, verdict: Verdict | null): void {
    const position = this.find(tag, INTENDED);
    if (position < 0) return;
    if (verdict === null) this.states[position & this.mask] = LIVE;
    else this.endRun(position, position + 1, verdict, INTENDED);
  }

  /** Ends the entries in [from, past) that are in `state`; neighbours in one log are told as one run. */
  private endRun(from: number, past: number, verdict: Verdict, state: number): void {
    let lender: Lender | null = null;
    let runFrom = 0;
    let runTo = 0;
    for (let position = from; position < past; position++) {
      const slot = position & this.mask;
      if (this.states[slot] !== state) continue;
      const offset = this.offsets[slot] as number;
      const owner = this.lenders[slot] as Lender;
      const borrower = this.borrowers[slot] as Borrower;
      this.states[slot] = DEAD;
      this.lenders[slot] = null;
      this.borrowers[slot] = null;
      this.size--;
      if (borrower.pooled) this.pooled--;
      if (owner === lender && offset === runTo) runTo++;
      else {
        if (lender !== null) tell(lender, verdict, runFrom, runTo);
        lender = owner;
        runFrom = offset;
        runTo = offset + 1;
      }
      borrower.credited();
    }
    if (lender !== null) tell(lender, verdict, runFrom, runTo);
    while (this.head < this.tail && this.states[this.head & this.mask] === DEAD) this.head++;
    if (this.parked.length > 0 && this.room) this.wakeParked();
  }

  private wakeParked(): void {
    for (const borrower of this.parked.splice(0)) borrower.wake();
  }

  /** The position of `tag` if it is in `state`, else -1. */
  private find(tag: number, state: number): number {
    const { head, tail, mask, tags } = this;
    if (head === tail) return -1;
    const first = tags[head & mask] as number;
    let position = head + (tag - first);
    if (!(position >= head)) return -1;
    if (position >= tail || tags[position & mask] !== tag) {
      let low = head;
      let high = Math.min(position, tail);
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if ((tags[middle & mask] as number) < tag) low = middle + 1;
        else high = middle;
      }
      if (low >= tail || tags[low & mask] !== tag) return -1;
      position = low;
    }
    return this.states[position & mask] === state ? position : -1;
  }

  /** The first position whose tag is not below `tag`. */
  private placeOf(tag: number): number {
    const { tags, mask } = this;
    let low = this.head;
    let high = this.tail;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((tags[middle & mask] as number) < tag) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Closes up over dead slots; into a ring twice as large if more than half are in use. */
  private makeRoom(): void {
    const { tags, offsets, states, lenders, borrowers, mask, head, tail } = this;
    const capacity = 2 * this.size > mask + 1 ? 2 * (mask + 1) : mask + 1;
    this.tags = new Float64Array(capacity);
    this.offsets = new Float64Array(capacity);
    this.states = new Uint8Array(capacity);
    this.lenders = new Array(capacity).fill(null);
    this.borrowers = new Array(capacity).fill(null);
    this.mask = capacity - 1;
    let to = 0;
    for (let position = head; position < tail; position++) {
      const slot = position & mask;
      if (states[slot] === DEAD) continue;
      this.tags[to] = tags[slot] as number;
      this.offsets[to] = offsets[slot] as number;
      this.states[to] = states[slot] as number;
      this.lenders[to] = lenders[slot] as Lender;
      this.borrowers[to] = borrowers[slot] as Borrower;
      to++;
    }
    this.head = 0;
    this.tail = to;
  }
}

function tell(lender: Lender, verdict: Verdict, from: number, to: number): void {
  if (verdict === 'settle') lender.settle(from, to);
  else if (verdict === 'giveBack') lender.giveBack(from, to);
  else if (verdict === 'putBack') lender.giveBack(from, to, true);
  else lender.discard(from, to);
}
