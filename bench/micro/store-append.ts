/**
 * The commit path of the file engine: seal, append, sync, at several group sizes; and how fast it is replayed.
 * `node bench/micro/store-append.ts [folder]` prints one line each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_HEADER_BYTES, BlockHeader, FLAG_GROUP_END, sealBlock } from '../../src/store/block.ts';
import type { EngineFault } from '../../src/store/engine.ts';
import { fileEngine } from '../../src/store/file/engine.ts';

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'dragoman-bench-'));
const MILLISECONDS_EACH = 700;

const engine = fileEngine(folder);
let started = performance.now();
const opened = await engine.open();
console.log(`open an empty folder        ${(performance.now() - started).toFixed(1)} ms`);

const header = new BlockHeader();
Object.assign(header, { storeId: opened.storeId, epoch: opened.epoch, flags: FLAG_GROUP_END, previousCrc: 0 });

for (const bytes of [4096, 65536, 262144, 1048576]) {
  for (const sync of [true, false]) {
    const slab = new Uint8Array(bytes).fill(1);
    const positions: number[] = [];
    const times: number[] = [];
    const until = performance.now() + MILLISECONDS_EACH;
    const from = performance.now();
    while (performance.now() < until) {
      const begun = performance.now();
      header.number++;
      header.length = bytes;
      const durable = header.number - 1;
      header.durableNumber = sync ? durable : header.durableNumber;
      header.previousCrc = sealBlock(slab, 0, header);
      const fault = await new Promise<EngineFault | null>((resolve) => {
        engine.append('main', header.number, [slab], [bytes], positions, sync, resolve);
      });
      if (fault !== null) throw new Error(fault.message);
      times.push(performance.now() - begun);
      // What a journal whose queues are drained does, so that files are used again.
      for (const area of engine.areas('main').slice(0, -2)) engine.drop(area);
    }
    times.sort((a, b) => a - b);
    const seconds = (performance.now() - from) / 1000;
    const at = (share: number): string => ((times[Math.floor(times.length * share)] as number) * 1000).toFixed(0);
    const perSecond = times.length / seconds;
    const rate = `${perSecond.toFixed(0)}/s, ${((perSecond * bytes) / 1e6).toFixed(0)} MB/s`;
    console.log(
      `${sync ? 'fsync' : 'os   '} ${String(bytes / 1024).padStart(5)} KiB  ${rate}, ` +
        `p50 ${at(0.5)} us, p99 ${at(0.99)} us`,
    );
  }
}
await engine.close();

const again = fileEngine(folder);
started = performance.now();
await again.open();
let bytes = 0;
const none = {
  block: (_chain: string, _position: number, block: Uint8Array): void => {
    bytes += block.length;
  },
  damaged: () => {},
};
for (const chain of ['main', 'kept', 'index'] as const) await again.replay(chain, 0, none);
const ms = performance.now() - started;
console.log(
  `replay ${(bytes / 1e6).toFixed(0)} MB           ${ms.toFixed(1)} ms, ${(bytes / ms / 1e6).toFixed(2)} GB/s`,
);
await again.close();

// The same with small blocks, as one synchronous publisher makes them.
const small = fileEngine(`${folder}-small`);
const { storeId, epoch } = await small.open();
Object.assign(header, { storeId, epoch, number: 0, previousCrc: 0, durableNumber: 0 });
const lengths = Array.from({ length: 4000 }, () => 200 + BLOCK_HEADER_BYTES);
for (let round = 0; round < 50; round++) {
  const slab = new Uint8Array(lengths.length * 264);
  const first = header.number + 1;
  for (const [index, length] of lengths.entries()) {
    header.number++;
    header.length = length;
    header.previousCrc = sealBlock(slab, index * length, header);
  }
  await new Promise((resolve) => small.append('main', first, [slab], lengths, [], false, resolve));
}
await small.close();
const reopened = fileEngine(`${folder}-small`);
await reopened.open();
started = performance.now();
let blocks = 0;
await reopened.replay('main', 0, { block: () => void blocks++, damaged: () => {} });
console.log(`replay ${blocks} small blocks  ${(performance.now() - started).toFixed(1)} ms`);
await reopened.close();
if (process.argv[2] === undefined) rmSync(folder, { recursive: true, force: true });
rmSync(`${folder}-small`, { recursive: true, force: true });
