/**
 * Which records of one partition are out, and up to where a group may commit: Kafka knows one offset for each
 * partition, handlers end in any order.
 *
 *     delivered   7 8 9 10 11        settled   7 8 10        commit 9: the next one to read after a restart
 */
export class Tracker {
  /** Another member has the partition now. */
  isVoid = false;
  /** In the order of delivery; as numbers, because 2^53 is enough and they are cheaper. */
  #out: number[] = [];
  #head = 0;
  readonly #settled = new Set<number>();
  #next: number;
  #committed: number;

  constructor(first: number) {
    this.#next = first;
    this.#committed = first;
  }

  /** How many are out. */
  get size(): number {
    return this.#out.length - this.#head - this.#settled.size;
  }

  /** False if it was delivered already: a group that was joined again reads from its last commit. */
  delivered(offset: number): boolean {
    if (offset < this.#next) return false;
    this.#out.push(offset);
    this.#next = offset + 1;
    return true;
  }

  settle(offset: number): void {
    if (this.#out[this.#head] !== offset) {
      this.#settled.add(offset);
      return;
    }
    this.#head += 1;
    if (this.#settled.size > 0) this.#pass();
    if (this.#head < this.#out.length && this.#head <= 1_024) return;
    this.#out = this.#head === this.#out.length ? [] : this.#out.slice(this.#head);
    this.#head = 0;
  }

  #pass(): void {
    while (this.#head < this.#out.length && this.#settled.delete(this.#out[this.#head] as number)) this.#head += 1;
  }

  /** The offset to go on at after a restart, if it is further than the last one that was said. */
  takeCommit(): number | undefined {
    const floor = this.#out[this.#head] ?? this.#next;
    if (floor <= this.#committed) return undefined;
    this.#committed = floor;
    return floor;
  }

  /** The last one that was taken did not reach the broker. */
  commitFailed(): void {
    this.#committed = -1;
  }
}
