/**
 * PartitionReaders: the readers of one connection, kept from one Fetch to the next, because a reader that goes on where
 * it was needs no search. A connection that roams over very many logs begins anew.
 */
import type { Formats } from '../../core/format.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import type { Store } from '../../core/ports.ts';
import { PartitionReader } from './partition-reader.ts';

const READERS_MAX = 4_096;

export class PartitionReaders {
  readonly #store: Store;
  readonly #formats: Formats;
  readonly #readers = new Map<KeptLog, PartitionReader>();

  constructor(store: Store, formats: Formats) {
    this.#store = store;
    this.#formats = formats;
  }

  of(kept: KeptLog): PartitionReader {
    let reader = this.#readers.get(kept);
    if (reader === undefined) {
      if (this.#readers.size >= READERS_MAX) this.#readers.clear();
      reader = new PartitionReader(kept, this.#store, this.#formats);
      this.#readers.set(kept, reader);
    }
    return reader;
  }
}
