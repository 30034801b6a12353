/**
 * Clocks: the only place where real time enters.
 *
 * The core reads a coarse clock that stands still during a turn. RealClock is refreshed by the loop when something from
 * outside arrives and before a turn; ManualClock only moves when a test says so.
 */
import type { Clock } from '../core/ports.ts';

export interface ServerClock extends Clock {
  /** Takes the time from wherever this clock has it. */
  refresh(): void;
  /** Calls back once in `delayMs`, as this clock counts; replaces an earlier request. */
  alarm(delayMs: number, ring: () => void): void;
  stop(): void;
}

/** setTimeout takes no more; a later alarm rings early and is set again. */
const ALARM_MS_MAX = 2 ** 31 - 1;

export class RealClock implements ServerClock {
  now = Date.now();
  #timer: NodeJS.Timeout | null = null;

  /** Never backwards: a step of the system's clock must not reorder what is due. */
  refresh(): void {
    const now = Date.now();
    if (now > this.now) this.now = now;
  }

  alarm(delayMs: number, ring: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(ring, Math.min(delayMs, ALARM_MS_MAX));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** For tests: `await using broker = await startBroker({ clock })`, then `clock.advance(60_000)`. */
export class ManualClock implements ServerClock {
  now: number;
  #dueAt = Number.POSITIVE_INFINITY;
  #ring: (() => void) | null = null;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.now = now;
  }

  refresh(): void {}

  alarm(delayMs: number, ring: () => void): void {
    this.#dueAt = this.now + delayMs;
    this.#ring = ring;
  }

  stop(): void {
    this.#ring = null;
  }

  /** What is due by then happens in the next turn of the broker: await `broker.idle()` to see it. */
  advance(byMs: number): void {
    if (!(byMs >= 0)) throw new RangeError('a clock goes forward only');
    this.now += byMs;
    const ring = this.#ring;
    if (ring === null || this.now < this.#dueAt) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    ring();
  }
}
