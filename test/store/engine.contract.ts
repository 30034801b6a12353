/**
 * What every engine promises (src/store/engine.ts), as one suite. An engine's own test file says how to make a *store*:
 * a place that outlives the engines opened on it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Chain, Engine, EngineFault, Opened } from '../../src/store/engine.ts';
import { appendGroup, Collector, numbersFrom, readAt, Sealer } from './blocks.ts';

export interface TestStore {
  /** A new engine on this store; the one before is closed. */
  engine(): Engine;
  /** Lets a promise of an engine come true (a simulated disk must be stepped). */
  run<T>(promise: Promise<T>): Promise<T>;
  /** Makes the store have room for no more, or again for as much as it likes. Absent: it can't be full. */
  setFull?(full: boolean): void;
  /** Lets what the engine does in the background be done. */
  settle(): Promise<void>;
  end(): Promise<void>;
}

/** Area size that the suite's numbers assume. */
export const CONTRACT_AREA_BYTES = 64 * 1024;

export function engineContract(name: string, makeStore: () => Promise<TestStore>): void {
  const test = (title: string, body: (store: TestStore) => Promise<void>): void => {
    it(title, async () => {
      const store = await makeStore();
      try {
        await body(store);
      } finally {
        await store.end();
      }
    });
  };

  const start = async (
    store: TestStore,
  ): Promise<{ engine: Engine; opened: Opened; sealer: Sealer; seen: Collector }> => {
    const engine = store.engine();
    const opened = await store.run(engine.open());
    const seen = new Collector();
    if (!opened.fresh) {
      await store.run(engine.replay('main', 0, seen));
      await store.run(engine.replay('kept', 0, new Collector()));
      await store.run(engine.replay('index', 0, new Collector()));
    }
    return { engine, opened, sealer: new Sealer(opened, 'main', engine.range('main')), seen };
  };

  describe(`engine contract: ${name}`, () => {
    test('a new store is fresh, empty and has room', async (store) => {
      const { engine, opened } = await start(store);
      assert.equal(opened.fresh, true);
      assert.deepEqual(engine.range('main'), { first: 1, next: 1, lastCrc: 0 });
      assert.deepEqual(engine.areas('main'), []);
      assert.ok(engine.room() > 0);
      assert.equal(engine.lease(), true);
      await store.run(engine.close());
    });

    test('blocks are read back by position, across blocks of one area', async (store) => {
      const { engine, sealer } = await start(store);
      const group = sealer.group(100, 1000, 5000);
      assert.equal(await store.run(appendGroup(engine, 'main', group)), null);
      assert.equal(group.positions.length, 3);
      const whole = await store.run(readAt(engine, group.positions[0] as number, group.slab.length));
      assert.deepEqual(whole, { fault: null, bytes: group.slab });
      const part = await store.run(readAt(engine, (group.positions[1] as number) + 70, 20));
      const at = (group.lengths[0] as number) + 70;
      assert.deepEqual(part.bytes, group.slab.subarray(at, at + 20));
      await store.run(engine.close());
    });

    test('slabs are split only between blocks, and areas never split a block', async (store) => {
      const { engine, sealer } = await start(store);
      const one = sealer.group(30_000, 30_000);
      const two = sealer.group(30_000, 100, 200);
      const slabs = [one.slab, two.slab];
      const lengths = [...one.lengths, ...two.lengths];
      const positions: number[] = [];
      const appended = new Promise<EngineFault | null>((resolve) => {
        engine.append('main', 1, slabs, lengths, positions, true, resolve);
      });
      assert.equal(await store.run(appended), null);
      for (const [index, position] of positions.entries()) {
        const area = engine.areaOf(position);
        const length = lengths[index] as number;
        assert.ok(engine.areaStart(area) <= position);
        assert.equal(engine.areaOf(position + length - 1), area);
        assert.ok(position > (positions[index - 1] ?? -1));
        const { bytes } = await store.run(readAt(engine, position, length));
        assert.deepEqual(Buffer.from(bytes), Buffer.concat(slabs).subarray(...rangeOf(lengths, index)));
      }
      assert.ok(engine.areas('main').length >= 2);
      await store.run(engine.close());
    });

    test('a block larger than an area has its own', async (store) => {
      const { engine, sealer } = await start(store);
      await store.run(appendGroup(engine, 'main', sealer.group(10)));
      const large = sealer.group(3 * CONTRACT_AREA_BYTES);
      assert.equal(await store.run(appendGroup(engine, 'main', large)), null);
      await store.run(appendGroup(engine, 'main', sealer.group(10)));
      const position = large.positions[0] as number;
      assert.equal(engine.areaOf(position + large.slab.length - 1), engine.areaOf(position));
      const { bytes } = await store.run(readAt(engine, position, large.slab.length));
      assert.deepEqual(bytes, large.slab);
      await store.run(engine.close());
      const again = await start(store);
      assert.deepEqual(again.seen.numbers, [1, 2, 3]);
      assert.equal(again.engine.areaOf(position + large.slab.length - 1), again.engine.areaOf(position));
      await store.run(again.engine.close());
    });

    test('an append elsewhere than at the end is fenced', async (store) => {
      const { engine, sealer } = await start(store);
      await store.run(appendGroup(engine, 'main', sealer.group(10)));
      sealer.next = 1;
      const fault = await store.run(appendGroup(engine, 'main', sealer.group(10)));
      assert.equal(fault?.kind, 'fenced');
      assert.equal(engine.range('main').next, 2);
      await store.run(engine.close());
    });

    test('no callback comes from inside the call', async (store) => {
      const { engine, sealer } = await start(store);
      for (const sync of [false, true]) {
        const group = sealer.group(10);
        let inside = true;
        const called = new Promise<void>((resolve) => {
          engine.append('main', group.first, [group.slab], group.lengths, [], sync, () => {
            assert.equal(inside, false);
            resolve();
          });
        });
        inside = false;
        await store.run(called);
      }
      await store.run(engine.close());
    });

    test('what was appended is replayed, in order, from any number, at the same positions', async (store) => {
      const { engine, opened, sealer } = await start(store);
      const positions: number[] = [];
      for (let index = 0; index < 60; index++) {
        const group = sealer.group(5000, 50 * index);
        assert.equal(await store.run(appendGroup(engine, 'main', group, index % 3 === 0)), null);
        positions.push(...group.positions);
      }
      const before = engine.range('main');
      await store.run(engine.close());
      for (const from of [0, 1, 7, 60, 119, 120, 121, Number.POSITIVE_INFINITY]) {
        const next = store.engine();
        const reopened = await store.run(next.open());
        assert.equal(reopened.storeId, opened.storeId);
        assert.ok(reopened.epoch > opened.epoch);
        assert.equal(reopened.fresh, false);
        const seen = new Collector();
        await store.run(next.replay('main', from, seen));
        assert.deepEqual(seen.numbers, numbersFrom(Math.max(1, Math.min(from, 121)), 121));
        assert.deepEqual(seen.damages, []);
        for (const { number, position } of seen.blocks) assert.equal(position, positions[number - 1]);
        assert.deepEqual(next.range('main'), before);
        await store.run(next.close());
      }
    });

    test('a reopened store goes on where it ended', async (store) => {
      for (let life = 0; life < 5; life++) {
        const { engine, sealer, seen } = await start(store);
        assert.deepEqual(seen.numbers, numbersFrom(1, 1 + life * 4));
        assert.equal(await store.run(appendGroup(engine, 'main', sealer.group(20_000, 10, 20_000))), null);
        assert.equal(await store.run(appendGroup(engine, 'main', sealer.group(1))), null);
        await store.run(engine.close());
      }
    });

    test('chains do not disturb each other, and spill is gone at the next opening', async (store) => {
      const { engine, opened, sealer } = await start(store);
      const others: Sealer[] = (['kept', 'index', 'spill'] as Chain[]).map((chain) => new Sealer(opened, chain));
      for (let round = 0; round < 30; round++) {
        assert.equal(await store.run(appendGroup(engine, 'main', sealer.group(4000))), null);
        for (const [index, chain] of (['kept', 'index', 'spill'] as Chain[]).entries()) {
          const group = (others[index] as Sealer).group(3000);
          assert.equal(await store.run(appendGroup(engine, chain, group, false)), null);
        }
      }
      await store.run(new Promise((resolve) => engine.sync('kept', resolve)));
      await store.run(engine.close());
      const next = store.engine();
      await store.run(next.open());
      for (const chain of ['main', 'kept', 'index'] as Chain[]) {
        const seen = new Collector();
        await store.run(next.replay(chain, 0, seen));
        assert.deepEqual(seen.numbers, numbersFrom(1, 31), chain);
        assert.deepEqual(seen.damages, []);
      }
      assert.deepEqual(next.range('spill'), { first: 1, next: 1, lastCrc: 0 });
      assert.deepEqual(next.areas('spill'), []);
      await store.run(next.close());
    });

    test('place tells where the next spill block will stand, while the one before is being written', async (store) => {
      const { engine, opened } = await start(store);
      const sealer = new Sealer(opened, 'spill');
      let waiting: Promise<EngineFault | null> = Promise.resolve(null);
      for (let index = 0; index < 40; index++) {
        const place = engine.place('spill', 9000);
        await store.run(waiting);
        const group = sealer.group(100 + index * 200);
        waiting = appendGroup(engine, 'spill', group, false);
        assert.equal(await store.run(waiting), null);
        assert.equal(group.positions[0], place);
        waiting = appendGroup(engine, 'spill', sealer.group(50), false);
      }
      await store.run(waiting);
      await store.run(engine.close());
    });

    test('a dropped area is gone, the others stay, and its space is used again', async (store) => {
      const { engine, sealer } = await start(store);
      for (let index = 0; index < 40; index++) await store.run(appendGroup(engine, 'main', sealer.group(9000)));
      const areas = [...engine.areas('main')];
      assert.ok(areas.length > 4);
      assert.equal(engine.drop(areas.at(-1) as number), false);
      for (const area of areas.slice(0, 3)) assert.equal(engine.drop(area), true);
      const gone = await store.run(readAt(engine, engine.areaStart(areas[0] as number), 10));
      assert.equal(gone.fault?.kind, 'unreadable');
      assert.deepEqual(engine.areas('main'), areas.slice(3));
      for (let index = 0; index < 40; index++) {
        assert.equal(await store.run(appendGroup(engine, 'main', sealer.group(9000))), null);
      }
      const rest = [...engine.areas('main')];
      await store.run(engine.close());
      const again = await start(store);
      const { first, next } = again.engine.range('main');
      assert.ok(first > 1);
      assert.equal(next, 81);
      assert.deepEqual(again.seen.numbers, numbersFrom(first, 81));
      assert.deepEqual(again.seen.damages, []);
      assert.deepEqual(again.engine.areas('main'), rest);
      await store.run(again.engine.close());
    });

    test("dropping all but the last area does not lose the chain's number", async (store) => {
      const { engine, sealer } = await start(store);
      for (let index = 0; index < 20; index++) await store.run(appendGroup(engine, 'main', sealer.group(30_000)));
      for (const area of engine.areas('main').slice(0, -1)) engine.drop(area);
      await store.run(engine.close());
      const again = await start(store);
      assert.equal(again.engine.range('main').next, 21);
      await store.run(again.engine.close());
    });

    test('a full store refuses publishes, keeps a reserve for upkeep, and recovers by itself', async (store) => {
      if (store.setFull === undefined) return;
      const { engine, sealer } = await start(store);
      for (let index = 0; index < 60; index++) await store.run(appendGroup(engine, 'main', sealer.group(9000)));
      await store.settle();
      store.setFull(true);
      let rooms = 0;
      engine.onRoom = () => rooms++;
      let fault: EngineFault | null = null;
      for (let index = 0; index < 200 && engine.room() > 0 && fault === null; index++) {
        fault = await store.run(appendGroup(engine, 'main', sealer.group(9000)));
      }
      assert.equal(fault, null, 'room() told of the full disk before an append met it');
      assert.ok(engine.roomForUpkeep() > 0);
      let upkeep = 0;
      while (fault === null) {
        const range = engine.range('main');
        const trial = Object.assign(sealer, range);
        fault = await store.run(appendGroup(engine, 'main', trial.group(9000)));
        if (fault === null) upkeep++;
      }
      assert.equal(fault.kind, 'full');
      assert.ok(upkeep >= 2 * Math.floor(CONTRACT_AREA_BYTES / 9064) - 7, `${upkeep} blocks went to the reserve`);
      assert.equal(rooms, 0);
      for (const area of engine.areas('main').slice(0, 6)) engine.drop(area);
      await store.run(until(() => rooms > 0));
      Object.assign(sealer, engine.range('main'));
      assert.equal(await store.run(appendGroup(engine, 'main', sealer.group(9000))), null);
      store.setFull(false);
      for (let index = 0; index < 20; index++) {
        assert.equal(await store.run(appendGroup(engine, 'main', sealer.group(9000))), null);
      }
      const { next } = engine.range('main');
      await store.run(engine.close());
      const again = await start(store);
      assert.deepEqual(again.seen.damages, []);
      assert.deepEqual(again.seen.numbers, numbersFrom(again.engine.range('main').first, next));
      await store.run(again.engine.close());
    });
  });
}

function rangeOf(lengths: readonly number[], index: number): [number, number] {
  const from = lengths.slice(0, index).reduce((sum, length) => sum + length, 0);
  return [from, from + (lengths[index] as number)];
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
