/**
 * Turns: who has something to do in this turn of the event loop.
 *
 *   ready   subscriptions with messages and consumers that can take some; each pumps by budget, then goes to the back
 *   dirty   sinks that were written to: flushed once, at the end
 *
 * Both are lists of objects that know themselves whether they are in it, so entering is a flag and a push. The budget
 * of the whole turn bounds how long sockets, heartbeats among them, wait to be read.
 */
import type { Sink } from './consumer.ts';
import type { Formats } from './format.ts';
import type { Limits } from './limits.ts';
import type { Clock, Store, Waker } from './ports.ts';
import type { Schedule } from './schedule.ts';

/** What the nouns of the core share: the ports and the turn. Handed down once, when they are made. */
export interface Environment {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly turns: Turns;
  readonly schedule: Schedule;
  readonly formats: Formats;
}

/** A subscription as the turn sees it. */
export interface Pumpable {
  /** True while in the ready list; owned by Turns. */
  ready: boolean;
  /** Delivers within the budget; true if there is more to do. */
  pump(budget: Budget): boolean;
}

/** What may still be delivered. One instance, refilled. */
export class Budget {
  messages = 0;
  bytes = 0;
}

export class Turns {
  private readonly waker: Waker;
  private readonly limits: Limits;
  private readonly budget = new Budget();
  private ready: Pumpable[] = [];
  private next: Pumpable[] = [];
  private dirty: Sink[] = [];
  private flushing: Sink[] = [];
  private running = false;
  private again = false;

  constructor(waker: Waker, limits: Limits) {
    this.waker = waker;
    this.limits = limits;
  }

  /** Something was written to the store, or is to be done: a turn must follow. */
  wake(): void {
    if (this.running) this.again = true;
    else this.waker.wake();
  }

  enter(subscription: Pumpable): void {
    if (subscription.ready) return;
    subscription.ready = true;
    this.ready.push(subscription);
    if (!this.running) this.waker.wake();
  }

  touch(sink: Sink): void {
    if (sink.dirty) return;
    sink.dirty = true;
    this.dirty.push(sink);
    if (!this.running) this.waker.wake();
  }

  /** Everything in here until `end` wakes at most once. */
  begin(): void {
    this.running = true;
    this.again = false;
  }

  /** Pumps the ready ones in turn until nothing is ready or the turn's budget is used. */
  pump(): void {
    let messages = this.limits.turnMessagesMax;
    let bytes = this.limits.turnBytesMax;
    const { budget } = this;
    while (this.ready.length > 0 && messages > 0 && bytes > 0) {
      const round = this.ready;
      this.ready = this.next;
      this.next = round;
      let index = 0;
      for (; index < round.length && messages > 0 && bytes > 0; index++) {
        const subscription = round[index] as Pumpable;
        const sliceMessages = Math.min(messages, this.limits.pumpMessagesMax);
        const sliceBytes = Math.min(bytes, this.limits.pumpBytesMax);
        budget.messages = sliceMessages;
        budget.bytes = sliceBytes;
        // Out of the list while it pumps: what happens meanwhile may put it back.
        subscription.ready = false;
        if (subscription.pump(budget)) this.enter(subscription);
        messages -= sliceMessages - budget.messages;
        bytes -= sliceBytes - budget.bytes;
      }
      // The turn's budget ended in the middle: those not asked go first next time.
      if (index < round.length) this.ready = [...round.slice(index), ...this.ready];
      round.length = 0;
    }
    if (this.ready.length > 0) this.again = true;
  }

  flush(): void {
    const sinks = this.dirty;
    this.dirty = this.flushing;
    this.flushing = sinks;
    for (const sink of sinks) {
      sink.dirty = false;
      sink.flush();
    }
    sinks.length = 0;
  }

  end(): void {
    this.running = false;
    if (this.again || this.dirty.length > 0 || this.ready.length > 0) this.waker.wake();
  }
}
