/**
 * Lane: the consumers of a subscription that can take a message, asked in turn. A ring.
 *
 *   | . | B | C | A | . | . |      the head is asked; after a delivery it steps to the back: A B C A B C
 *         ^head
 *
 * Who turns out to be unable leaves the lane and waits until something wakes it (see Consumer), so a thousand consumers
 * without credit cost nothing. For a lone consumer a step is no work at all.
 */
import type { Consumer } from './consumer.ts';

export class Lane {
  size = 0;
  private ring: (Consumer | null)[] = new Array(4).fill(null);
  private first = 0;

  /** Only of a lane that is not empty. */
  get head(): Consumer {
    return this.ring[this.first] as Consumer;
  }

  enter(consumer: Consumer): void {
    if (this.size === this.ring.length) this.grow();
    this.ring[(this.first + this.size++) & (this.ring.length - 1)] = consumer;
  }

  /** The head goes to the back. */
  step(): void {
    if (this.size < 2) return;
    const mask = this.ring.length - 1;
    const consumer = this.head;
    this.ring[this.first] = null;
    this.first = (this.first + 1) & mask;
    this.ring[(this.first + this.size - 1) & mask] = consumer;
  }

  dropHead(): void {
    this.ring[this.first] = null;
    this.first = (this.first + 1) & (this.ring.length - 1);
    this.size--;
  }

  leave(consumer: Consumer): void {
    const mask = this.ring.length - 1;
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      const other = this.ring[(this.first + i) & mask] as Consumer;
      if (other !== consumer) this.ring[(this.first + kept++) & mask] = other;
    }
    for (let i = kept; i < this.size; i++) this.ring[(this.first + i) & mask] = null;
    this.size = kept;
  }

  clear(): void {
    this.ring = new Array(4).fill(null);
    this.first = 0;
    this.size = 0;
  }

  private grow(): void {
    const larger: (Consumer | null)[] = new Array(2 * this.ring.length).fill(null);
    for (let i = 0; i < this.size; i++) larger[i] = this.ring[(this.first + i) & (this.ring.length - 1)] as Consumer;
    this.ring = larger;
    this.first = 0;
  }
}
