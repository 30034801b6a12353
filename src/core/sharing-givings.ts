/**
 * SharingGivings: what a sharing has given and not heard of again, and until when. One timer serves all deadlines.
 */

import { Timer } from './schedule.ts';
import type { SharingKeeper } from './sharing-keeper.ts';
import type { SharedLog } from './sharing-log.ts';
import type { ReceiptFields } from './sharing-reader.ts';
import { SharingSlots, SlotHeap } from './sharing-slots.ts';

export class SharingGivings {
  readonly slots = new SharingSlots();
  private readonly keeper: SharingKeeper;
  /** By number. */
  private readonly logs: readonly SharedLog[];
  private readonly onReturned: () => void;
  private readonly deadlines = new SlotHeap(this.slots, 'deadlines');
  private readonly timer = new Timer({ due: (now) => this.expire(now) });

  /** `onReturned`: something may be given again. */
  constructor(keeper: SharingKeeper, logs: readonly SharedLog[], onReturned: () => void) {
    this.keeper = keeper;
    this.logs = logs;
    this.onReturned = onReturned;
  }

  /** Given, until then; whoever had it before does not have it any more. */
  send(slot: number, invisibleMs: number): void {
    const { schedule, clock } = this.keeper.environment;
    const deadline = clock.now + invisibleMs;
    this.slots.nonces[slot] = this.keeper.nextNonce();
    this.slots.deadlines[slot] = deadline;
    this.deadlines.add(slot);
    if (!this.timer.set || deadline < this.timer.time) schedule.set(this.timer, deadline);
  }

  /** Whether the receipt's message is with whom it was given to, or came back and was given to nobody since. */
  holds(log: SharedLog, { offset, slot, nonce }: ReceiptFields): boolean {
    const { slots } = this;
    return slots.holds(slot, nonce) && slots.logs[slot] === log.number && slots.offsets[slot] === offset;
  }

  /** For one that is held. */
  change(slot: number, log: SharedLog, invisibleMs: number): void {
    if (this.slots.out[slot] === 1) this.deadlines.remove(slot);
    else {
      log.returned.remove(slot);
      log.outCount++;
      this.slots.out[slot] = 1;
    }
    this.send(slot, invisibleMs);
  }

  /** For one that is held: done with. */
  end(slot: number, log: SharedLog): void {
    if (this.slots.out[slot] === 1) {
      this.deadlines.remove(slot);
      log.outCount--;
    } else log.returned.remove(slot);
    this.slots.giveBack(slot);
  }

  /** All that a log gave last and that is out returns, as if it had not been given. */
  recall(log: SharedLog): void {
    const { nonces, out, logs } = this.slots;
    for (const slot of log.givenLast) {
      if (nonces[slot] !== 0 && out[slot] === 1 && logs[slot] === log.number) this.takeBack(slot, 1);
    }
  }

  /** What was given to a holder returns. */
  letGo(holder: number): void {
    for (const slot of [...this.slots.heldBy(holder)]) this.takeBack(slot, 0);
    this.onReturned();
  }

  /** No deadlines for what is out of a log: it will be forgotten. */
  forget(log: SharedLog): void {
    for (const slot of this.slots.of(log.number)) if (this.slots.out[slot] === 1) this.deadlines.remove(slot);
  }

  stop(): void {
    this.keeper.environment.schedule.cancel(this.timer);
  }

  private takeBack(slot: number, uncounted: number): void {
    const { slots } = this;
    const log = this.logs[slots.logs[slot] as number] as SharedLog;
    this.deadlines.remove(slot);
    slots.out[slot] = 0;
    slots.attempts[slot] = (slots.attempts[slot] as number) - uncounted;
    log.outCount--;
    log.returned.add(slot);
  }

  private expire(now: number): void {
    const { slots, deadlines } = this;
    for (let rest = this.keeper.sharingLimits.expiredMax; deadlines.size > 0 && rest > 0; rest--) {
      const slot = deadlines.first;
      if ((slots.deadlines[slot] as number) > now) break;
      this.takeBack(slot, 0);
    }
    if (deadlines.size > 0) {
      const next = slots.deadlines[deadlines.first] as number;
      this.keeper.environment.schedule.set(this.timer, Math.max(now, next));
    }
    this.onReturned();
  }
}
