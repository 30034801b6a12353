/**
 * Crash points of the file engine: random work on a simulated disk, the machine or the process stopped at a random
 * call, the folder opened again, and what is found compared with what was confirmed. Several lives a history, so that
 * recovery meets the remains of earlier recoveries.
 *
 * Checked after every crash: every block confirmed as durable is there with its content, in order, and what follows is
 * a run of blocks that were really appended; nothing is reported as damaged.
 *
 * A program of its own, started by crash.test.ts: under the test runner each promise costs as much as a crash.
 *
 *   DRAGOMAN_SEED=n       replays one history; it is printed on failure
 *   DRAGOMAN_CRASHES=n    how many crashes are made
 */
import assert from 'node:assert/strict';
import type { Chain, EngineFault, Opened } from '../../../src/store/engine.ts';
import { FileEngine } from '../../../src/store/file/engine.ts';
import { Collector, type Group, Sealer } from '../blocks.ts';
import { randomOf, SimulatedDisk } from '../simulated-disk.ts';

const AREA_BYTES = 16 * 1024;
const CHAINS_USED = ['main', 'kept'] as const;

/** What is known of one chain, across lives. */
class ChainModel {
  readonly chain: Chain;
  /** The epoch and position of every block that counts, by number. */
  readonly blocks = new Map<number, { epoch: number; position: number; length: number }>();
  /** What was handed over and never confirmed may be found too, also when another block took its number since. */
  readonly attempts = new Set<string>();
  /** All blocks up to this number were confirmed as durable. */
  confirmed = 0;
  /** Blocks below are not needed any more. */
  from = 1;
  /** Numbers that stood in dropped areas. */
  readonly dropped = new Set<number>();
  sealer: Sealer | null = null;
  busy = false;

  constructor(chain: Chain) {
    this.chain = chain;
  }
}

class History {
  readonly disk: SimulatedDisk;
  readonly chains = CHAINS_USED.map((chain) => new ChainModel(chain));
  readonly #random: () => number;
  #engine: FileEngine | null = null;
  #opened: Opened | null = null;
  #crashAt = 0;
  crashes = 0;

  constructor(seed: number) {
    this.disk = new SimulatedDisk(seed);
    this.#random = randomOf(seed ^ 0x5bd1e995);
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  async run(lives: number): Promise<void> {
    for (let life = 0; life < lives; life++) {
      this.#crashAt = this.disk.steps + this.#upTo(this.#random() < 0.3 ? 40 : 400);
      if (await this.#open()) await this.#work();
      this.crashes++;
      if (this.#random() < 0.7) this.disk.crash();
      else this.disk.kill();
      this.disk.capacityBytes = Number.POSITIVE_INFINITY;
    }
    this.#crashAt = Number.POSITIVE_INFINITY;
    await this.#open();
  }

  /** Opens the folder and compares; false when the crash came first. */
  async #open(): Promise<boolean> {
    const { disk } = this;
    const engine = new FileEngine(disk.mount(), {
      areaBytes: AREA_BYTES,
      defer: disk.defer,
      schedule: (_delayMs, callback) => disk.defer(callback),
      newStoreId: () => 1 + this.#upTo(1000),
    });
    engine.onFailed = (fault) => assert.fail(fault.message);
    const opened = await this.#drive(engine.open());
    if (opened === null) return false;
    for (const model of this.chains) {
      const seen = new Collector();
      if (
        !opened.fresh &&
        (await this.#drive(engine.replay(model.chain, model.from, seen).then(() => true))) === null
      ) {
        return false;
      }
      this.#compare(model, seen, engine);
      const range = engine.range(model.chain);
      model.sealer = new Sealer(opened, model.chain, range);
      model.sealer.durable = model.confirmed;
      model.busy = false;
    }
    this.#engine = engine;
    this.#opened = opened;
    return true;
  }

  #compare(model: ChainModel, seen: Collector, engine: FileEngine): void {
    const { chain } = model;
    assert.deepEqual(seen.damages, [], `${chain}: nothing is damaged`);
    const { next } = engine.range(chain);
    assert.ok(next > model.confirmed, `${chain}: ends at ${next} but ${model.confirmed} was confirmed`);
    let previous = 0;
    const found = new Set<number>();
    for (const block of seen.blocks) {
      if (block.number <= model.confirmed) {
        const { number: _, ...rest } = block;
        assert.deepEqual(rest, model.blocks.get(block.number), `${chain}: block ${block.number}`);
        // Others may even come back: what an earlier life wiped without a sync is there again after a crash.
      } else assert.ok(model.attempts.has(keyOf(block)), `${chain}: block ${block.number} was appended like that`);
      model.blocks.set(block.number, { epoch: block.epoch, position: block.position, length: block.length });
      assert.ok(block.number > previous);
      previous = block.number;
      found.add(block.number);
    }
    for (let number = model.from; number < next; number++) {
      if (!model.dropped.has(number)) assert.ok(found.has(number), `${chain}: block ${number} of ${next} is missing`);
    }
    for (const number of [...model.blocks.keys()]) if (number >= next) model.blocks.delete(number);
  }

  async #work(): Promise<void> {
    const engine = this.#engine as FileEngine;
    while (this.disk.steps < this.#crashAt) {
      const choice = this.#random();
      if (choice < 0.15) this.#append(this.chains[this.#upTo(2)] as ChainModel);
      else if (choice < 0.17) this.#drop(this.chains[this.#upTo(2)] as ChainModel);
      else if (choice < 0.18) this.#squeeze();
      else if (choice < 0.19) this.#sync(this.chains[this.#upTo(2)] as ChainModel);
      else if (choice < 0.191)
        await this.#drive(engine.close()).then(() => {
          // A clean end, if the crash did not come first.
          this.#crashAt = 0;
        });
      else if (!this.disk.step()) this.#append(this.chains[0] as ChainModel);
      await null;
    }
  }

  #append(model: ChainModel): void {
    if (model.busy) return;
    model.busy = true;
    const sealer = model.sealer as Sealer;
    const { next, lastCrc } = sealer;
    sealer.durable = model.confirmed;
    const sizes = Array.from({ length: 1 + this.#upTo(4) }, () => this.#upTo(this.#random() < 0.05 ? 40_000 : 3000));
    const group = sealer.group(...sizes);
    const sync = this.#random() < 0.6;
    this.#note(model, group);
    (this.#engine as FileEngine).append(
      model.chain,
      group.first,
      [group.slab],
      group.lengths,
      group.positions,
      sync,
      (fault) => {
        model.busy = false;
        this.#note(model, group);
        if (fault !== null) {
          assert.equal(fault.kind, 'full', fault.message);
          Object.assign(sealer, { next, lastCrc });
          // What it left on the disk may be found by recovery, or not: it was appended, and never confirmed.
          return;
        }
        if (sync) model.confirmed = group.first + group.lengths.length - 1;
      },
    );
  }

  /** Remembers the blocks of a group, with the positions known by now. */
  #note(model: ChainModel, group: Group): void {
    const epoch = (this.#opened as Opened).epoch;
    for (const [index, length] of group.lengths.entries()) {
      const number = group.first + index;
      const block = { epoch, length, position: group.positions[index] ?? -1 };
      model.blocks.set(number, block);
      model.attempts.add(keyOf({ number, epoch, length }));
    }
  }

  #sync(model: ChainModel): void {
    if (model.busy) return;
    const until = (this.#engine as FileEngine).range(model.chain).next - 1;
    (this.#engine as FileEngine).sync(model.chain, (fault: EngineFault | null) => {
      assert.equal(fault, null);
      model.confirmed = Math.max(model.confirmed, until);
    });
  }

  /** Drops the oldest area of main, or any but the last of another chain, if all in it is confirmed. */
  #drop(model: ChainModel): void {
    const engine = this.#engine as FileEngine;
    const areas = engine.areas(model.chain);
    if (areas.length < 2) return;
    const area = areas[model.chain === 'main' ? 0 : this.#upTo(areas.length - 1)] as number;
    const inside = [...model.blocks]
      .filter(([, { position }]) => engine.areaOf(position) === area)
      .map(([number]) => number);
    if (inside.some((number) => number > model.confirmed) || !engine.drop(area)) return;
    if (model.chain === 'main' && inside.length > 0) model.from = Math.max(model.from, Math.max(...inside) + 1);
    for (const number of inside) model.dropped.add(number);
  }

  /** Fills the disk up, or frees it. */
  #squeeze(): void {
    const { disk } = this;
    disk.capacityBytes =
      disk.capacityBytes === Number.POSITIVE_INFINITY ? disk.bytes + this.#upTo(30_000) : Number.POSITIVE_INFINITY;
  }

  /** Steps the disk until the promise is settled; null when the crash came first. */
  async #drive<T>(promise: Promise<T>): Promise<T | null> {
    let result: T | null = null;
    let error: unknown = null;
    let over = false;
    promise.then(
      (value) => {
        result = value;
        over = true;
      },
      (reason) => {
        error = reason;
        over = true;
      },
    );
    for (let idle = 0; !over; ) {
      if (this.disk.steps >= this.#crashAt) return null;
      idle = this.disk.step() ? 0 : idle + 1;
      await null;
      assert.ok(idle < 100, 'nothing in flight and still not settled');
    }
    if (error !== null) throw error;
    return result;
  }
}

function keyOf({ number, epoch, length }: { number: number; epoch: number; length: number }): string {
  return `${number} ${epoch} ${length}`;
}

const only = process.env['DRAGOMAN_SEED'];
const crashes = only === undefined ? Number(process.env['DRAGOMAN_CRASHES'] ?? 3000) : 1;
let seed = only === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(only);
for (let made = 0; made < crashes; seed++) {
  const history = new History(seed);
  try {
    await history.run(6);
  } catch (error) {
    console.error(error);
    console.error(`failed with DRAGOMAN_SEED=${seed}`);
    process.exit(1);
  }
  made += history.crashes;
}
