/**
 * SharedLog: a sharing's place in one of its topic's logs.
 *
 *   log   | settled | out · settled · returned · settled | never given …        |
 *                   ^floor                               ^ahead                 ^end
 *
 * What returned is found first, lowest offset first, then what was never given: law 4. The floor is the group's
 * position, the one that readers by offset go on from, too. Who else commits a position of the group moves the sharing:
 * everything known of the log is forgotten, and reading begins there.
 *
 * What is new is stated to the journal by its sharing, at most once a turn.
 */
import type { ShareDefinition } from './definition.ts';
import type { Position } from './group.ts';
import type { Offset } from './ids.ts';
import { IntervalSet } from './interval-set.ts';
import type { KeptLog } from './kept-log.ts';
import type { Entry } from './message.ts';
import { COLD, type Cursor, END, READY, type ReadState } from './ports.ts';
import { type SharingSlots, SlotHeap } from './sharing-slots.ts';
import { type SharePlace, SharingState } from './sharing-state.ts';

const NONE = -1;

export class SharedLog {
  readonly kept: KeptLog;
  /** Among the logs of its topic. */
  readonly number: number;
  /** Came back; to be given again. */
  readonly returned: SlotHeap;
  /** What the group's position was when it was last looked at; null: not yet. */
  position: Position | null = null;
  floor: Offset = 0;
  /** Messages that are out. */
  outCount = 0;
  /** Waits for cold bytes. */
  isCold = false;
  /** In order: which receive gave what is out, by the reader's own name for it, and what that was. */
  attempt: string | null = null;
  readonly givenLast: number[] = [];
  /** The slot of what `find` found; NONE if it was never given. */
  found = NONE;
  /** Something is to be stated. */
  hasNews = false;

  private readonly slots: SharingSlots;
  private readonly ahead: Cursor;
  private behind: Cursor | null = null;
  /** Settled behind the floor, and attempts of an earlier life. */
  private state: SharingState;
  private readonly newlySettled = new IntervalSet();
  private newAttempts: number[] = [];

  constructor(kept: KeptLog, number: number, slots: SharingSlots) {
    this.kept = kept;
    this.number = number;
    this.slots = slots;
    this.returned = new SlotHeap(slots, 'offsets');
    this.ahead = kept.log.cursor();
    this.state = new SharingState();
  }

  /** Begins at a position, with what is known of the log behind it. */
  begin(position: Position, state: SharingState): void {
    this.forgetSlots();
    this.newlySettled.clear();
    this.newAttempts = [];
    this.hasNews = false;
    this.position = position;
    this.floor = position.offset;
    this.state = state;
    this.ahead.seek(this.floor);
    this.raiseFloor();
  }

  private forgetSlots(): void {
    for (const slot of [...this.slots.of(this.number)]) {
      if (this.slots.out[slot] === 0) this.returned.remove(slot);
      this.slots.giveBack(slot);
    }
    this.outCount = 0;
    this.givenLast.length = 0;
    this.attempt = null;
  }

  // ── Reading ──

  /** The first offset that was never given, as far as is known. */
  get next(): Offset {
    return this.ahead.offset;
  }

  /** Where cold bytes are to be loaded from. */
  get coldOffset(): Offset {
    return this.found === NONE ? this.ahead.offset : (this.slots.offsets[this.found] as number);
  }

  /** Reads the next message that may be given into `entry`; a new one only if `allowNew`. */
  find(entry: Entry, allowNew: boolean): ReadState {
    while (this.returned.size > 0) {
      this.found = this.returned.first;
      const state = this.readReturned(entry);
      if (state !== END) return state;
    }
    this.found = NONE;
    return allowNew ? this.readNew(entry) : END;
  }

  /** END: it is gone, by retention. */
  private readReturned(entry: Entry): ReadState {
    const slot = this.found;
    const offset = this.slots.offsets[slot] as number;
    this.behind ??= this.kept.log.cursor();
    this.behind.seek(offset);
    const state = this.behind.read(entry);
    if (state === COLD || (state === READY && entry.offset === offset)) return state;
    this.returned.remove(slot);
    this.slots.giveBack(slot);
    this.settle(offset, offset + 1);
    return END;
  }

  private readNew(entry: Entry): ReadState {
    const { ahead, state } = this;
    const { log } = this.kept;
    for (;;) {
      // What an earlier life's receipts settled lies ahead of it.
      const wanted = state.settled.firstAbsent(Math.max(ahead.offset, this.floor));
      if (wanted !== ahead.offset) ahead.seek(wanted);
      // What retention let go is as good as settled.
      if (wanted < log.floor) {
        this.settle(wanted, log.floor);
        ahead.seek(log.floor);
        continue;
      }
      if (wanted >= log.end) return END;
      const read = ahead.read(entry);
      if (read !== READY || entry.offset === wanted) return read;
      this.settle(wanted, entry.offset);
    }
  }

  /** What was found is given: its slot. */
  give(entry: Entry): number {
    const { slots } = this;
    let slot = this.found;
    if (slot === NONE) {
      slot = slots.take(this.number, entry.offset, 1 + (this.state.attempts.get(entry.offset) ?? 0));
      this.ahead.advance();
    } else {
      this.returned.remove(slot);
      slots.attempts[slot] = (slots.attempts[slot] as number) + 1;
    }
    slots.out[slot] = 1;
    this.outCount++;
    const attempts = slots.attempts[slot] as number;
    if (attempts > 1) {
      this.newAttempts.push(entry.offset, attempts);
      this.hasNews = true;
    }
    return slot;
  }

  /** How often the message found would have been given. */
  attemptsOf(offset: Offset): number {
    if (this.found !== NONE) return (this.slots.attempts[this.found] as number) + 1;
    return 1 + (this.state.attempts.get(offset) ?? 0);
  }

  /** What was found is not to be given to anybody. */
  pass(offset: Offset): void {
    if (this.found === NONE) this.ahead.advance();
    else {
      this.returned.remove(this.found);
      this.slots.giveBack(this.found);
    }
    this.settle(offset, offset + 1);
  }

  // ── Settling ──

  isSettled(offset: Offset): boolean {
    return offset < this.floor || this.state.settled.contains(offset);
  }

  settle(from: Offset, to: Offset): void {
    const first = Math.max(from, this.floor);
    if (this.state.settled.add(first, to) === 0) return;
    this.newlySettled.add(first, to);
    this.hasNews = true;
    this.raiseFloor();
  }

  private raiseFloor(): void {
    const { settled } = this.state;
    if (settled.min !== this.floor) return;
    this.floor = settled.rangeTo(0);
    settled.remove(0, this.floor);
  }

  // ── Journal ──

  /** What is new since the last time. */
  news(place: SharePlace): ShareDefinition {
    this.hasNews = false;
    const { newlySettled } = this;
    newlySettled.remove(0, this.floor);
    const settled: number[] = [];
    for (let i = 0; i < newlySettled.ranges; i++) settled.push(newlySettled.rangeFrom(i), newlySettled.rangeTo(i));
    newlySettled.clear();
    const attempts = this.newAttempts;
    if (attempts.length > 0) this.newAttempts = [];
    return { kind: 'share', ...place, settled, attempts };
  }

  /**
   * Everything, for a checkpoint or to put it away; attempts are those of an earlier life and of what is not settled.
   */
  whole(): SharingState {
    const whole = new SharingState();
    const { settled, attempts } = this.state;
    for (let i = 0; i < settled.ranges; i++) whole.settled.add(settled.rangeFrom(i), settled.rangeTo(i));
    for (const [offset, count] of attempts) whole.attempts.set(offset, count);
    for (const slot of this.slots.of(this.number)) {
      const count = this.slots.attempts[slot] as number;
      if (count > 1) whole.attempts.set(this.slots.offsets[slot] as number, count);
    }
    whole.prune(this.floor);
    return whole;
  }
}
