/**
 * UniqueKeys: for messages that came without one. In the form in which clients make them (see message-id.ts), from the
 * broker's number and the number of its life instead of a process and a class loader, so none comes twice.
 */
import type { Clock } from '../../core/ports.ts';
import { uniqueKey } from '../../wire/rocketmq/message-id.ts';

const ADDRESS = Uint8Array.of(127, 0, 0, 1);
const COUNTERS = 0x1_0000;

export class UniqueKeys {
  readonly #clock: Clock;
  readonly #storeId: number;
  readonly #epoch: number;
  #counter = 0;
  #msOfMonth = 0;

  constructor(clock: Clock, storeId: number, epoch: number) {
    this.#clock = clock;
    this.#storeId = storeId;
    this.#epoch = epoch;
  }

  next(): string {
    if (this.#counter % COUNTERS === 0) this.#msOfMonth = Math.max(this.#msOfMonth + 1, msOfMonth(this.#clock.now));
    const counter = this.#counter++ % COUNTERS;
    const { address, processId, hash } = { address: ADDRESS, processId: this.#epoch, hash: this.#storeId };
    return uniqueKey({ address, processId, hash, msOfMonth: this.#msOfMonth, counter });
  }
}

function msOfMonth(now: number): number {
  const date = new Date(now);
  return now - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}
