/**
 * KvConfig: what administrators write into the name server by namespace and key, and what clients read there (the order
 * of topics, mostly). In memory, as long as the broker runs: whoever needs it writes it again.
 */
const ENTRIES_MAX = 10_000;

export class KvConfig {
  readonly #spaces = new Map<string, Map<string, string>>();
  #entries = 0;

  get(space: string, key: string): string | undefined {
    return this.#spaces.get(space)?.get(key);
  }

  all(space: string): ReadonlyMap<string, string> | undefined {
    return this.#spaces.get(space);
  }

  /** False if there is too much already. */
  put(space: string, key: string, value: string): boolean {
    const entries = this.#spaces.get(space) ?? new Map<string, string>();
    if (!entries.has(key)) {
      if (this.#entries >= ENTRIES_MAX) return false;
      this.#entries++;
    }
    this.#spaces.set(space, entries.set(key, value));
    return true;
  }

  delete(space: string, key: string): void {
    const entries = this.#spaces.get(space);
    if (!entries?.delete(key)) return;
    this.#entries--;
    if (entries.size === 0) this.#spaces.delete(space);
  }
}
