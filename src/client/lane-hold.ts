/**
 * Holds what a retry lane delivered until it is due. The lane is in order of due time, so only the first one is looked
 * at, and one timer is enough. What is held is out, so the prefetch bounds it and the rest waits in the broker.
 */
import { type Delivery, HEADER } from './message.ts';
import type { Attachment } from './received.ts';

/** No timer is set further than this ahead; it is looked at again then. */
const TIMER_MAX_MS = 60_000;

interface Held {
  readonly delivery: Delivery;
  readonly attachment: Attachment;
  readonly dueAt: number;
}

export class LaneHold {
  readonly #release: (delivery: Delivery, attachment: Attachment) => void;
  readonly #delayMs: number;
  #held: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, release: (delivery: Delivery, attachment: Attachment) => void) {
    this.#delayMs = delayMs;
    this.#release = release;
  }

  put(delivery: Delivery, attachment: Attachment): void {
    const notBefore = Number(delivery.headers[HEADER.notBefore] ?? 0);
    // A clock that was wrong must not hold a message for longer than the lane's delay.
    const dueAt = Math.min(Number.isFinite(notBefore) ? notBefore : 0, Date.now() + this.#delayMs);
    this.#held.push({ delivery, attachment, dueAt });
    if (this.#timer === undefined) this.#next();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held = [];
  }

  #next(): void {
    this.#timer = undefined;
    const now = Date.now();
    let due = 0;
    while (due < this.#held.length && ((this.#held[due] as Held).dueAt <= now || isLost(this.#held[due]))) due += 1;
    const released = this.#held.splice(0, due);
    const [first] = this.#held;
    if (first !== undefined) this.#timer = setTimeout(() => this.#next(), Math.min(first.dueAt - now, TIMER_MAX_MS));
    for (const { delivery, attachment } of released) if (!attachment.isLost) this.#release(delivery, attachment);
  }
}

function isLost(held: Held | undefined): boolean {
  return held?.attachment.isLost === true;
}
