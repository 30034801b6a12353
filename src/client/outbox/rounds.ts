/**
 * Work that is done in rounds, one at a time: when somebody wakes it, and when the last round said something falls due.
 *
 *     idle ── wake(), or the hour ──► round ──► idle until what it answered, or `idleMs` at the latest
 *                    round ── wake() ──► another round right after it
 *                    round ── throws ──► told, and tried again after growing pauses
 *
 * There is one timer for all that is due, and no polling but the coarse `idleMs`, which finds what other processes that
 * died left in a shared file.
 */
import type { Clock } from './clock.ts';

const PAUSE_MS = 100;
const PAUSE_MS_MAX = 30_000;

/** Who does the work. */
export interface RoundsOptions {
  readonly clock: Clock;
  readonly idleMs: number;
  /** The hour at which there is more to do; undefined: nothing known. */
  readonly round: (closing: AbortSignal) => Promise<number | undefined>;
  readonly failed: (error: unknown) => void;
}

export class Rounds {
  readonly #options: RoundsOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isPausing = false;
  #pauseMs = PAUSE_MS;
  #disarm: (() => void) | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** There is something to do. */
  wake(): void {
    // After a failure whoever wakes it would meet the same fault: the pause comes first.
    if (this.#closing.signal.aborted || this.#isPausing) return;
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    this.#disarm?.();
    const { clock, idleMs, round, failed } = this.#options;
    let nextMs = idleMs;
    while (this.#isWanted && !this.#closing.signal.aborted) {
      this.#isWanted = false;
      try {
        const due = await round(this.#closing.signal);
        nextMs = Math.min(idleMs, Math.max(0, (due ?? Number.POSITIVE_INFINITY) - clock.now()));
        this.#pauseMs = PAUSE_MS;
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        failed(error);
        nextMs = this.#pauseMs;
        this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS_MAX);
        this.#isWanted = false;
        this.#isPausing = true;
      }
    }
    this.#running = undefined;
    if (this.#closing.signal.aborted) return;
    this.#disarm = clock.after(nextMs, () => {
      this.#isPausing = false;
      this.wake();
    });
  }

  /** No further round; the one that runs is waited for. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#disarm?.();
    await this.#running;
  }
}
