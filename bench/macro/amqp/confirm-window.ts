/**
 * The publishes of one channel that wait for their confirm, with their times of sending.
 *
 * A ring indexed by sequence number; `oldest` .. `next - 1` are in the ring, some of them confirmed already because a
 * broker may confirm out of order.
 *
 *     oldest                     next
 *       v                         v
 *     | . | x | . | . | x | x | . |          x = confirmed out of order, counted, waiting for the ones before
 *
 * Invariant: `open` = publishes sent and not confirmed; no sequence number is counted twice.
 */

import type { Histogram } from '../histogram.ts';

export class ConfirmWindow {
  open = 0;
  private oldest = 1;
  private next = 1;
  private readonly mask: number;
  private readonly sentUs: Float64Array;
  private readonly done: Uint8Array;

  constructor(maxOpen: number) {
    // Out-of-order confirms leave holes at the front, so the ring has room beyond the window; `sent` checks it.
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, maxOpen * 4)));
    this.mask = slots - 1;
    this.sentUs = new Float64Array(slots);
    this.done = new Uint8Array(slots);
  }

  /** How many publishes fit into the ring right now; less than the window only behind a very late confirm. */
  get room(): number {
    return this.mask + 1 - (this.next - this.oldest);
  }

  sent(count: number, nowUs: number): void {
    for (let i = 0; i < count; i++) {
      const slot = this.next++ & this.mask;
      this.sentUs[slot] = nowUs;
      this.done[slot] = 0;
    }
    this.open += count;
  }

  /** Returns how many publishes this confirm settled. */
  confirm(tag: number, multiple: boolean, nowUs: number, latencies: Histogram): number {
    const last = multiple && tag === 0 ? this.next - 1 : tag;
    if (last >= this.next) throw new Error(`confirm for publish ${tag}, but only ${this.next - 1} were sent`);
    let settled = 0;
    for (let sequence = multiple ? this.oldest : last; sequence <= last; sequence++) {
      const slot = sequence & this.mask;
      if (sequence < this.oldest || this.done[slot] === 1) continue;
      this.done[slot] = 1;
      latencies.record(nowUs - this.sentUs[slot]!);
      settled++;
    }
    while (this.oldest < this.next && this.done[this.oldest & this.mask] === 1) this.oldest++;
    this.open -= settled;
    return settled;
  }
}
