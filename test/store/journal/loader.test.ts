/** The loader: what is read from the disk, how often, and in which order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Entry } from '../../../src/core/message.ts';
import { READY } from '../../../src/core/ports.ts';
import type { StoredLog } from '../../../src/store/journal/stored-log.ts';
import { Bench, Numbered, range, to } from './kit.ts';

const BLOCK_BYTES = 4096;
const ENTRY_BYTES = 400;

/** Logs that were written in turn, all of them cold; `reads` has the position and length of every read from now on. */
async function cold(logs: number, entries: number) {
  const bench = await new Bench({ blockBytes: BLOCK_BYTES, cacheBytes: 0, readBytes: 8 * BLOCK_BYTES }).open();
  const queues = range(0, logs).map(() => bench.queue());
  await bench.settle();
  for (const id of range(0, entries)) {
    for (const queue of queues) bench.journal.append(to(queue), new Numbered(id, ENTRY_BYTES));
    await bench.settle();
  }
  const reads: { position: number; bytes: number }[] = [];
  const { engine } = bench.journal;
  const read = engine.read.bind(engine);
  engine.read = (position, into, done) => {
    reads.push({ position, bytes: into.length });
    read(position, into, done);
  };
  return { bench, queues, reads };
}

/** The readers go on one entry each, as often as there are; who finds nothing asks, and waits. */
async function readAbreast(bench: Bench, logs: readonly StoredLog[], entries: number): Promise<void> {
  const entry = new Entry();
  const cursors = logs.map((log) => log.cursor());
  for (let count = 0; count < entries; count++) {
    for (const [index, cursor] of cursors.entries()) {
      for (let tries = 0; cursor.read(entry) !== READY; tries++) {
        assert.ok(tries < 10);
        bench.journal.load(logs[index] as StoredLog, cursor.offset);
        await bench.settle();
      }
      cursor.advance();
    }
  }
}

test('readers that keep abreast read each piece once, for all of them', async () => {
  const { bench, queues, reads } = await cold(8, 60);
  await readAbreast(bench, queues, 60);
  const bytes = reads.reduce((sum, read) => sum + read.bytes, 0);
  // Pieces overlap by an eighth, and areas end in the middle of one.
  assert.ok(bytes < 8 * 60 * ENTRY_BYTES * 1.6, `${bytes} bytes were read`);
});

test('who goes on from piece to piece finds the next one read already', async () => {
  const { bench, queues } = await cold(1, 80);
  const entry = new Entry();
  const cursor = (queues[0] as StoredLog).cursor();
  let asked = 0;
  for (let count = 0; count < 80; count++) {
    while (cursor.read(entry) !== READY) {
      asked++;
      bench.journal.load(queues[0] as StoredLog, cursor.offset);
      await bench.settle();
    }
    cursor.advance();
  }
  assert.ok(
    asked <= 80 / 8 / 2 + 5,
    `asked ${asked} times for what is in ${Math.ceil((80 * ENTRY_BYTES) / 3584)} pieces`,
  );
});

test('the lowest position is read first, and nobody is passed for ever', async () => {
  const { bench, queues, reads } = await cold(1, 400);
  const log = queues[0] as StoredLog;
  // Four are begun at once; the last one is the first to be passed.
  for (const offset of [300, 310, 320, 330, 399]) bench.journal.load(log, offset);
  assert.equal(reads.length, 4);
  const passed = 399;
  const highest = (): boolean => reads.some(({ position, bytes }) => holds(log, passed, position, bytes));
  for (let lower = 0; lower < 200 && !highest(); lower++) {
    for (let offset = 0; offset < 40; offset += 10) bench.journal.load(log, ((lower * 40) % 280) + offset);
    const before: number = reads.length;
    for (let steps = 0; reads.length === before && steps < 1000; steps++) bench.disk.step();
  }
  assert.ok(highest(), 'it was read at last');
  const passes = reads.findIndex(({ position, bytes }) => holds(log, passed, position, bytes)) - 4;
  assert.ok(passes > 10, `only ${passes} went before it`);
  assert.ok(passes <= 70, `${passes} went before it`);
});

function holds(log: StoredLog, offset: number, position: number, bytes: number): boolean {
  const part = log.index.partOf(offset);
  const at = part?.position(part.find(offset)) ?? -1;
  return at >= position && at < position + bytes;
}
