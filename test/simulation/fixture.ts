/**
 * StoreFixture: what the simulator needs of a store. Any Store that can be crashed and opened again can be simulated.
 */
import type { Definition } from '../../src/core/definition.ts';
import type { Log, LogId, Store, Waker } from '../../src/core/ports.ts';
import { type Journal, MemoryStore } from '../core/memory-store.ts';
import type { Random } from './random.ts';

export interface OpenedStore {
  readonly store: Store;
  readonly definitions: Iterable<Definition>;
  readonly logs: ReadonlyMap<LogId, Log>;
}

export interface StoreFixture {
  /** Opens over what survived. The waker is called when a commit or a load is done. */
  open(waker: Waker): Promise<OpenedStore>;
  /** Lets outstanding work go on: a piece of it, or with `all` all there is. False if there was none. */
  progress(all: boolean): Promise<boolean>;
  /** The process dies, the machine with it: what was not durable may be gone, as the fixture's own seed has it. */
  crash(): Promise<void>;
  /** A second store over a copy of what is durable now, for comparison; null where that can't be had. */
  replica(): Promise<OpenedStore | null>;
}

/** Over the MemoryStore: commits one at a time, and a share of all reads is cold. */
export class MemoryFixture implements StoreFixture {
  private readonly random: Random;
  private journal: Journal = [];
  private store: MemoryStore | null = null;

  constructor(random: Random) {
    this.random = random;
  }

  async open(waker: Waker): Promise<OpenedStore> {
    const store = new MemoryStore(this.journal);
    store.wake = () => waker.wake();
    store.isCold = (log, offset) => (log.id * 31 + offset * 7) % 5 === 0;
    this.store = store;
    return { store, definitions: store.definitions(), logs: store.logs };
  }

  async progress(all: boolean): Promise<boolean> {
    const store = this.store as MemoryStore;
    if (this.random.once(8)) store.evict();
    if (!all)
      return this.random.once(2) ? store.finishLoads() || store.commit() : store.commit() || store.finishLoads();
    const loaded = store.finishLoads();
    return store.commit() || loaded;
  }

  async crash(): Promise<void> {
    this.journal = (this.store as MemoryStore).crash(this.random.once(2));
    this.store = null;
  }

  async replica(): Promise<OpenedStore> {
    const store = new MemoryStore([...this.journal]);
    return { store, definitions: store.definitions(), logs: store.logs };
  }
}
