/**
 * JournalFixture: the real journal under the simulator, on an engine in memory whose work the seed lets go on.
 *
 * The engine calls back in pieces, through a queue that only `progress` empties. A crash throws the journal away with
 * whatever it had not been told yet; the engine then holds groups that nobody was told of, as a real disk may.
 */
import type { Waker } from '../../src/core/ports.ts';
import { openJournal } from '../../src/store/journal/open.ts';
import { MemoryEngine } from '../../src/store/memory/engine.ts';
import type { OpenedStore, StoreFixture } from './fixture.ts';
import type { Random } from './random.ts';

export class JournalFixture implements StoreFixture {
  private readonly random: Random;
  private readonly calls: (() => void)[] = [];
  private readonly engine: MemoryEngine;

  constructor(random: Random) {
    this.random = random;
    this.engine = new MemoryEngine({ areaBytes: 16 * 1024, defer: (call) => this.calls.push(call) });
  }

  async open(waker: Waker): Promise<OpenedStore> {
    const { journal, definitions, logs, damages } = await this.finish(
      openJournal(this.engine, {
        blockBytes: 2048,
        cacheBytes: 4096,
        readBytes: 64 * 1024,
        spillBytes: 4096,
        indexBytes: 2048,
        checkpointBytes: 32 * 1024,
      }),
    );
    if (damages.length > 0) throw new Error(`damaged: ${damages[0]?.why}`);
    journal.waker = waker;
    journal.onFailed = (fault) => {
      throw new Error(`the journal failed: ${fault.message}`);
    };
    return { store: journal, definitions, logs };
  }

  async progress(all: boolean): Promise<boolean> {
    let worked = false;
    for (let left = all ? 1_000 : 1 + this.random.below(2); left > 0; left--) {
      // Promises inside the store come to their end between two calls.
      await settled();
      const call = this.calls.shift();
      if (call === undefined) break;
      call();
      worked = true;
    }
    await settled();
    return worked;
  }

  async crash(): Promise<void> {
    this.calls.length = 0;
    await this.engine.close();
  }

  async replica(): Promise<null> {
    return null;
  }

  /** Runs the engine until `work` is done. */
  private async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    void work.finally(() => {
      done = true;
    }).catch(() => {});
    for (let tries = 0; !done && tries < 100_000; tries++) await this.progress(true);
    return work;
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
