/** Damage, torn tails, old content, failing disks: what recovery says and what it keeps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EngineFault } from '../../../src/store/engine.ts';
import { FileEngine } from '../../../src/store/file/engine.ts';
import { appendGroup, Collector, numbersFrom, Sealer } from '../blocks.ts';
import { type CallKind, faultOf, SimulatedDisk } from '../simulated-disk.ts';

const AREA_BYTES = 16 * 1024;

function engineOn(disk: SimulatedDisk): FileEngine {
  return new FileEngine(disk.mount(), { areaBytes: AREA_BYTES, defer: disk.defer, schedule: () => {} });
}

/** Opens, replays main and says what was seen. */
async function reopen(disk: SimulatedDisk, from = 0): Promise<{ engine: FileEngine; seen: Collector; sealer: Sealer }> {
  const engine = engineOn(disk);
  const opened = await disk.until(engine.open());
  const seen = new Collector();
  if (!opened.fresh) await disk.until(engine.replay('main', from, seen));
  return { engine, seen, sealer: new Sealer(opened, 'main', engine.range('main')) };
}

/** A store of 30 blocks of 2 KiB in groups of one, each claiming the one before as durable; killed, not closed. */
async function written(seed = 1): Promise<{ disk: SimulatedDisk; positions: number[] }> {
  const disk = new SimulatedDisk(seed);
  const { engine, sealer } = await reopen(disk);
  const positions: number[] = [];
  for (let number = 1; number <= 30; number++) {
    sealer.durable = number - 1;
    const group = sealer.group(2000);
    assert.equal(await disk.until(appendGroup(engine, 'main', group)), null);
    positions.push(...group.positions);
  }
  await disk.settle();
  disk.kill();
  return { disk, positions };
}

function fileOf(position: number): { name: string; at: number } {
  const ordinal = Math.floor(position / AREA_BYTES);
  return { name: `main-${String(ordinal).padStart(12, '0')}.area`, at: position % AREA_BYTES };
}

function flip(disk: SimulatedDisk, position: number): void {
  const { name, at } = fileOf(position);
  disk.flipBit(name, at);
}

async function expectHole(disk: SimulatedDisk, lost: number[], next: number): Promise<void> {
  for (let life = 0; life < 3; life++) {
    const { engine, seen, sealer } = await reopen(disk);
    assert.deepEqual(
      seen.numbers,
      numbersFrom(1, next + life).filter((number) => !lost.includes(number)),
    );
    const reported = seen.damages.flatMap(({ from, to }) => numbersFrom(from, to));
    assert.deepEqual(reported, lost);
    // Life goes on behind it, and the next opening sees the same.
    assert.equal(await disk.until(appendGroup(engine, 'main', sealer.group(2000))), null);
    if (life === 1) await disk.until(engine.close());
    else disk.crash();
  }
}

describe('damage in the middle', () => {
  for (const [what, offset] of [
    ['the body', 100],
    ['the checksum', 61],
    ['the length', 25],
    ['the magic', 0],
  ] as const) {
    it(`of a block in ${what} loses that block alone`, async () => {
      const { disk, positions } = await written();
      flip(disk, (positions[11] as number) + offset);
      await expectHole(disk, [12], 31);
    });
    it(`of the first block of an area in ${what} loses that block alone`, async () => {
      const { disk, positions } = await written();
      const first = positions.findIndex((position, index) => index > 8 && position % AREA_BYTES === 0);
      flip(disk, (positions[first] as number) + offset);
      await expectHole(disk, [first + 1], 31);
    });
    it(`of the very first block in ${what} loses that block alone`, async () => {
      const { disk, positions } = await written();
      flip(disk, (positions[0] as number) + offset);
      await expectHole(disk, [1], 31);
    });
  }

  it('of several blocks in a row is one report', async () => {
    const { disk, positions } = await written();
    for (const index of [9, 10, 11]) flip(disk, (positions[index] as number) + 80);
    await expectHole(disk, [10, 11, 12], 31);
  });

  it('of a whole file is one report', async () => {
    const { disk, positions } = await written();
    const { name } = fileOf(positions[10] as number);
    await disk.until(new Promise<void>((resolve) => disk.remove(name, () => resolve())));
    await disk.until(new Promise<void>((resolve) => disk.sync(-1, () => resolve())));
    const lost = positions.flatMap((position, index) => (fileOf(position).name === name ? [index + 1] : []));
    await expectHole(disk, lost, 31);
  });
});

describe('the end', () => {
  it('is torn when nothing says that the last block was durable', async () => {
    const { disk, positions } = await written();
    flip(disk, (positions[29] as number) + 500);
    const { engine, seen, sealer } = await reopen(disk);
    assert.deepEqual(seen.numbers, numbersFrom(1, 30));
    assert.deepEqual(seen.damages, []);
    const group = sealer.group(50);
    assert.equal(await disk.until(appendGroup(engine, 'main', group)), null);
    assert.equal(group.positions[0], positions[29], 'the next block takes its place');
  });

  it('is damaged when the store was closed properly', async () => {
    const { disk } = await written();
    const first = await reopen(disk);
    const last = first.seen.blocks.at(-1);
    await disk.until(first.engine.close());
    disk.kill();
    flip(disk, (last?.position as number) + 500);
    const { engine, seen, sealer } = await reopen(disk);
    assert.deepEqual(seen.numbers, numbersFrom(1, 30));
    assert.deepEqual(
      seen.damages.map(({ from, to }) => [from, to]),
      [[30, 31]],
    );
    assert.equal(engine.range('main').next, 31);
    const group = sealer.group(50);
    assert.equal(await disk.until(appendGroup(engine, 'main', group)), null);
    assert.notEqual(fileOf(group.positions[0] as number).name, fileOf(last?.position as number).name, 'evidence stays');
  });

  it('is not extended by what the file held before it was used again', async () => {
    const { disk } = await written();
    const { engine, sealer } = await reopen(disk);
    for (let round = 0; round < 20; round++) {
      for (const area of engine.areas('main').slice(0, -2)) engine.drop(area);
      await disk.settle();
      for (let index = 0; index < 7; index++) {
        assert.equal(await disk.until(appendGroup(engine, 'main', sealer.group(2000))), null);
      }
    }
    const { next, lastCrc } = engine.range('main');
    disk.kill();
    const again = await reopen(disk);
    assert.deepEqual(again.seen.damages, []);
    assert.equal(again.engine.range('main').next, next);
    assert.equal(again.engine.range('main').lastCrc, lastCrc);
  });
});

describe('a failing disk', () => {
  for (const kind of ['write', 'sync'] as CallKind[]) {
    it(`ends the engine at a failed ${kind}, once and for all`, async () => {
      const { disk } = await written();
      const { engine, sealer } = await reopen(disk);
      const told: EngineFault[] = [];
      engine.onFailed = (fault) => told.push(fault);
      disk.faultFor = (call) => (call === kind ? faultOf('EIO') : null);
      const fault = await disk.until(appendGroup(engine, 'main', sealer.group(100)));
      assert.equal(fault?.kind, 'failed');
      assert.match(fault.message, /^(writing|syncing) main-\d+\.area failed: EIO/);
      disk.faultFor = null;
      assert.deepEqual(await disk.until(appendGroup(engine, 'main', sealer.group(100))), fault);
      assert.deepEqual(await disk.until(new Promise((resolve) => engine.sync('main', resolve))), fault);
      await disk.settle();
      assert.deepEqual(told, [fault]);
      assert.equal(engine.lease(), false);
      await disk.until(engine.close());
    });
  }

  it('only fails the read when a read fails', async () => {
    const { disk, positions } = await written();
    const { engine, sealer } = await reopen(disk);
    disk.faultFor = (call) => (call === 'read' ? faultOf('EIO') : null);
    const fault = await disk.until(
      new Promise<EngineFault | null>((resolve) => engine.read(positions[0] as number, new Uint8Array(10), resolve)),
    );
    assert.equal(fault?.kind, 'unreadable');
    disk.faultFor = null;
    assert.equal(await disk.until(appendGroup(engine, 'main', sealer.group(100))), null);
  });
});

it('what takes the place of a torn block names the one before it, wherever replay began', async () => {
  const disk = new SimulatedDisk(3);
  const { engine, sealer } = await reopen(disk);
  let position = 0;
  while (engine.areas('main').length < 2) {
    const group = sealer.group(2000);
    assert.equal(await disk.until(appendGroup(engine, 'main', group)), null);
    position = group.positions[0] as number;
  }
  const torn = sealer.next - 1;
  assert.equal(fileOf(position).at, 0, 'the last block begins an area');
  disk.kill();
  flip(disk, position + 100);
  const second = await reopen(disk, torn);
  assert.deepEqual(second.seen.numbers, []);
  assert.equal(await disk.until(appendGroup(second.engine, 'main', second.sealer.group(2000))), null);
  disk.kill();
  const { seen } = await reopen(disk);
  assert.deepEqual(seen.damages, []);
  assert.deepEqual(seen.numbers, numbersFrom(1, torn + 1));
});
