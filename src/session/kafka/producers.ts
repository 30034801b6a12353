/**
 * Producers: the ids of idempotent producers, and what each log knows of them.
 *
 *   producer id   starts of this store before now * 2^32 + a number that counts from 0
 *
 * So an id is never given twice, over restarts too, and nothing is written to give one.
 */
import type { KeptLog } from '../../core/kept-log.ts';
import type { Store } from '../../core/ports.ts';
import { LogProducers } from './log-producers.ts';

/** 2^21 starts fit below 2^53; after so many the ids of the first ones are long forgotten. */
const STARTS = 2 ** 21;
const IDS_PER_START = 2 ** 32;

export class Producers {
  readonly #store: Store;
  readonly #first: number;
  readonly #logs = new WeakMap<KeptLog, LogProducers>();
  #given = 0;

  constructor(store: Store, start: number) {
    this.#store = store;
    this.#first = (start % STARTS) * IDS_PER_START;
  }

  newId(): number {
    return this.#first + this.#given++;
  }

  of(kept: KeptLog): LogProducers {
    let known = this.#logs.get(kept);
    if (known === undefined) {
      known = new LogProducers(kept, this.#store);
      this.#logs.set(kept, known);
    }
    return known;
  }
}
