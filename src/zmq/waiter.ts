/**
 * Waiter: one `send` or `receive` that has to wait, with its deadline and its AbortSignal.
 *
 * While it waits it keeps the process alive. It is settled once, by whoever comes first: success, time, signal, close.
 */
import { ZmqError } from './errors.ts';
import { hold, release } from './keep-alive.ts';

export interface WaitOptions {
  /** Gives up and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export class Waiter<T> {
  readonly promise: Promise<T>;
  settled = false;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #signal: AbortSignal | null = null;
  #onAbort: (() => void) | null = null;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    hold();
  }

  /** `leave` is called when it is given up, so that its queue can forget it. Negative times don't end. */
  giveUp(timeoutMs: number, signal: AbortSignal | undefined, leave: () => void): void {
    if (timeoutMs > 0) {
      this.#timer = setTimeout(() => {
        leave();
        this.reject(new ZmqError('EAGAIN'));
      }, timeoutMs);
    }
    if (signal === undefined) return;
    this.#signal = signal;
    this.#onAbort = (): void => {
      leave();
      this.reject(signal.reason);
    };
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  resolve(value: T): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    release();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
