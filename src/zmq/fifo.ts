/**
 * Fifo: a queue in one array with a moving head, and everything at once for who wants it.
 *
 *     items  [ - - - c d e ]      `shift` leaves a hole and moves the head; the holes go when the queue is empty,
 *                    ^ head       or when they are more than what is left
 */
const HOLES_KEPT = 1024;

export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const items = this.#items;
    const head = this.#head;
    if (head === items.length) return undefined;
    const item = items[head];
    items[head] = undefined;
    this.#head = head + 1;
    if (this.#head === items.length) this.clear();
    else if (this.#head > HOLES_KEPT && this.#head * 2 > items.length) {
      this.#items = items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** All of it, in an array of the caller's own. */
  drain(): T[] {
    const items = this.#head === 0 ? this.#items : this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return items as T[];
  }

  /** Takes out the first that is `item`; for waiting operations that were given up. */
  remove(item: T): void {
    const at = this.#items.indexOf(item, this.#head);
    if (at >= 0) this.#items.splice(at, 1);
    if (this.length === 0) this.clear();
  }

  clear(): void {
    this.#items.length = 0;
    this.#head = 0;
  }
}
