/**
 * FetchBudget: how much of the logs is on its way to readers, over all connections. A hundred readers that ask for
 * everything and take it slowly get small answers; memory does not grow with them.
 */

const UNSENT_BYTES_MAX = 32 * 1024 * 1024;

export class FetchBudget {
  #unsent = 0;

  get unsentBytes(): number {
    return this.#unsent;
  }

  get exhausted(): boolean {
    return this.#unsent >= UNSENT_BYTES_MAX;
  }

  /** How large an answer may be now; at least one batch is always given. */
  room(bytesMax: number): number {
    return Math.max(0, Math.min(bytesMax, UNSENT_BYTES_MAX - this.#unsent));
  }

  take(bytes: number): void {
    this.#unsent += bytes;
  }

  /** The socket has taken them, or is gone. */
  giveBack(bytes: number): void {
    this.#unsent -= bytes;
  }
}
