/**
 * The caches of a connection, one each way: ids and destinations that were sent once are sent as their position.
 *
 * The writer chooses the position of what it sends for the first time and the reader puts it there, so the writer alone
 * decides what is forgotten: we overwrite the oldest. Null is cached like anything else.
 */
import { OpenWireError } from './protocol.ts';
import type { Structure } from './structures.ts';

/** What the peer has sent. */
export class ReadingCache {
  readonly #entries: (Structure | null | undefined)[] = [];
  /** Encoded bytes, by position. */
  readonly #bytes: number[] = [];
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  #bytesHeld = 0;

  constructor(entriesMax: number, bytesMax: number) {
    this.#entriesMax = entriesMax;
    this.#bytesMax = bytesMax;
  }

  get(position: number): Structure | null {
    const entry = this.#entries[position];
    if (entry === undefined) throw new OpenWireError(`nothing was cached at ${position}`);
    return entry;
  }

  /** `bytes` is what the entry took on the wire. */
  set(position: number, entry: Structure | null, bytes: number): void {
    if (position < 0 || position >= this.#entriesMax) {
      throw new OpenWireError(`position ${position} in a cache of ${this.#entriesMax}`);
    }
    while (this.#entries.length <= position) {
      this.#entries.push(undefined);
      this.#bytes.push(0);
    }
    this.#bytesHeld += bytes - (this.#bytes[position] as number);
    if (this.#bytesHeld > this.#bytesMax) throw new OpenWireError(`more than ${this.#bytesMax} bytes in the cache`);
    this.#entries[position] = entry;
    this.#bytes[position] = bytes;
  }
}

/** What we have sent, by a text that is equal for equal structures. */
export class WritingCache {
  readonly #positions = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #entriesMax: number;
  #next = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  find(key: string): number | undefined {
    return this.#positions.get(key);
  }

  /** Everything is sent anew. */
  clear(): void {
    this.#positions.clear();
    this.#keys.length = 0;
    this.#next = 0;
  }

  /** Its position from now on. */
  add(key: string): number {
    const position = this.#next;
    const forgotten = this.#keys[position];
    if (forgotten !== undefined) this.#positions.delete(forgotten);
    this.#keys[position] = key;
    this.#positions.set(key, position);
    this.#next = (position + 1) % this.#entriesMax;
    return position;
  }
}
