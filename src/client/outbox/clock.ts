/**
 * Time, as outbox and sagas see it: an argument, so tests turn it by hand and nothing waits for a fixed time.
 */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The hour, and being called later. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Calls once after so many milliseconds, or earlier if they are more than a timer can count; the result undoes it.
   */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own; its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
