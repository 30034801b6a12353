/**
 * The real journal under the simulator: on the memory engine, or on the file engine over a disk that loses, tears and
 * reorders what was not synced.
 *
 * Whatever is below the journal does its work in pieces, and only when `progress` lets it. A crash throws the journal
 * away with all it had not been told yet; what is found afterwards may hold groups that nobody was told of.
 */
import type { Waker } from '../../src/core/ports.ts';
import type { Engine } from '../../src/store/engine.ts';
import { FileEngine } from '../../src/store/file/engine.ts';
import { openJournal } from '../../src/store/journal/open.ts';
import type { Durability } from '../../src/store/journal/options.ts';
import { MemoryEngine } from '../../src/store/memory/engine.ts';
import { SimulatedDisk } from '../store/simulated-disk.ts';
import type { OpenedStore, StoreFixture } from './fixture.ts';
import type { Random } from './random.ts';

/** Small sizes, so that blocks, areas, the cold index, spilling, checkpoints and reclaim all come into play. */
const OPTIONS = {
  blockBytes: 2 * 1024,
  cacheBytes: 4 * 1024,
  readBytes: 64 * 1024,
  spillBytes: 4 * 1024,
  indexBytes: 2 * 1024,
  checkpointBytes: 32 * 1024,
};
const AREA_BYTES = 16 * 1024;

/** What stands below the journal. */
interface Ground {
  mount(): Engine;
  /** Does one piece of work; false if there is none. */
  step(): boolean;
  /** The process dies; the machine with it, or not. */
  crash(power: boolean): Promise<void>;
}

export class MemoryGround implements Ground {
  private calls: (() => void)[] = [];
  private readonly engine = new MemoryEngine({ areaBytes: AREA_BYTES, defer: (call) => this.calls.push(call) });

  mount(): Engine {
    return this.engine;
  }

  step(): boolean {
    const call = this.calls.shift();
    call?.();
    return call !== undefined;
  }

  async crash(): Promise<void> {
    this.calls = [];
    await this.engine.close();
  }
}

export class DiskGround implements Ground {
  private readonly random: Random;
  private readonly disk: SimulatedDisk;

  constructor(random: Random) {
    this.random = random;
    this.disk = new SimulatedDisk(random.below(2 ** 31));
  }

  mount(): Engine {
    return new FileEngine(this.disk.mount(), {
      areaBytes: AREA_BYTES,
      defer: this.disk.defer,
      schedule: (_delayMs, callback) => this.disk.defer(callback),
      newStoreId: () => 1 + this.random.below(1_000),
    });
  }

  step(): boolean {
    return this.disk.step();
  }

  async crash(power: boolean): Promise<void> {
    if (power) this.disk.crash();
    else this.disk.kill();
  }
}

export class JournalFixture implements StoreFixture {
  private readonly random: Random;
  private readonly ground: Ground;
  private readonly durability: Durability;

  constructor(random: Random, ground: Ground) {
    this.random = random;
    this.ground = ground;
    this.durability = random.once(3) ? 'os' : 'fsync';
  }

  async open(waker: Waker): Promise<OpenedStore> {
    const opening = openJournal(this.ground.mount(), { ...OPTIONS, durability: this.durability });
    let over = false;
    const mark = (): void => {
      over = true;
    };
    opening.then(mark, mark);
    for (let tries = 0; !over && tries < 10_000; tries++) await this.progress(true);
    const { journal, definitions, logs, damages } = await opening;
    if (damages.length > 0) throw new Error(`damaged: ${damages[0]?.why}`);
    journal.waker = waker;
    journal.onFailed = (fault) => {
      throw new Error(`the journal failed: ${fault.message}`);
    };
    return { store: journal, definitions, logs };
  }

  async progress(all: boolean): Promise<boolean> {
    let worked = false;
    for (let left = all ? 1_000 : 1 + this.random.below(3); left > 0; left--) {
      // Promises inside the store come to their end between two pieces of work.
      await settled();
      if (!this.ground.step()) break;
      worked = true;
    }
    await settled();
    return worked;
  }

  crash(): Promise<void> {
    return this.ground.crash(this.durability === 'fsync' && !this.random.once(3));
  }

  async replica(): Promise<null> {
    return null;
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
