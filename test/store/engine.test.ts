import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileEngine, fileEngine } from '../../src/store/file/engine.ts';
import { MemoryEngine } from '../../src/store/memory/engine.ts';
import { CONTRACT_AREA_BYTES, engineContract } from './engine.contract.ts';
import { SimulatedDisk } from './simulated-disk.ts';

engineContract('memory', async () => {
  const engine = new MemoryEngine({ areaBytes: CONTRACT_AREA_BYTES });
  return { engine: () => engine, run: (promise) => promise, settle: async () => {}, end: async () => {} };
});

engineContract('memory with a limit', async () => {
  const engine = new MemoryEngine({ areaBytes: CONTRACT_AREA_BYTES, bytesMax: 30 * CONTRACT_AREA_BYTES });
  return {
    engine: () => engine,
    run: (promise) => promise,
    setFull: () => {},
    settle: async () => {},
    end: async () => {},
  };
});

engineContract('file on a real disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dragoman-engine-'));
  return {
    engine: () => fileEngine(folder, { areaBytes: CONTRACT_AREA_BYTES }),
    run: (promise) => promise,
    settle: async () => {},
    end: () => rm(folder, { recursive: true, force: true }),
  };
});

for (const seed of [1, 2, 3]) {
  engineContract(`file on a simulated disk, seed ${seed}`, async () => {
    const disk = new SimulatedDisk(seed);
    const retries: (() => void)[] = [];
    disk.onIdle = () => {
      for (const retry of retries.splice(0)) retry();
    };
    return {
      engine: () =>
        new FileEngine(disk, {
          areaBytes: CONTRACT_AREA_BYTES,
          defer: disk.defer,
          schedule: (_delayMs, callback) => void retries.push(callback),
        }),
      run: (promise) => disk.until(promise),
      settle: () => disk.settle(),
      setFull: (full) => {
        disk.capacityBytes = full ? disk.bytes : Number.POSITIVE_INFINITY;
      },
      end: async () => {},
    };
  });
}
