/**
 * Checkpoints, reclaim, cold index parts, spill, damage and disk faults, each made to happen on a small simulated disk.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Entry } from '../../../src/core/message.ts';
import { END } from '../../../src/core/ports.ts';
import { areaName } from '../../../src/store/file/names.ts';
import { faultOf } from '../simulated-disk.ts';
import { AREA_BYTES, Bench, Numbered, range, to } from './kit.ts';

const SMALL = { checkpointBytes: 24 * 1024, indexBytes: 64 * 1024 };

test('a drained queue leaves no files behind but those in use', async () => {
  const bench = await new Bench(SMALL).open();
  const log = bench.queue();
  const set = to(log);
  for (let round = 0; round < 60; round++) {
    for (const id of range(0, 40)) bench.journal.append(set, new Numbered(id, 200));
    await bench.settle();
    bench.journal.release(log, log.floor, log.end);
    await bench.settle();
  }
  assert.ok(bench.journal.engine.areas('main').length <= 4, `${bench.journal.engine.areas('main').length} areas`);
  assert.ok(bench.journal.engine.areas('index').length <= 3);
});

test('one message that nobody settles does not keep its file: it is copied forward', async () => {
  const bench = await new Bench(SMALL).open();
  const [slow, fast] = [bench.queue(), bench.queue()];
  const both = to(slow, fast);
  // Every fiftieth message goes to the slow queue too, and stays there.
  for (let round = 0; round < 80; round++) {
    for (const id of range(0, 50)) bench.journal.append(id === 0 ? both : to(fast), new Numbered(round, 200));
    await bench.settle();
    bench.journal.release(fast, fast.floor, fast.end);
    await bench.settle();
  }
  assert.deepEqual(await bench.read(slow), range(0, 80));
  const { engine } = bench.journal;
  const held = (engine.areas('main').length + engine.areas('kept').length) * AREA_BYTES;
  assert.ok(held <= 10 * AREA_BYTES, `${held / AREA_BYTES} areas for 80 messages`);
  assert.ok(engine.areas('kept').length > 0, 'something was copied');
  bench.disk.crash();
  await bench.open();
  assert.deepEqual(await bench.read(bench.log(slow.id)), range(0, 80));
});

test('an extent that is mostly released is copied with tombstones, and offsets stay', async () => {
  const bench = await new Bench(SMALL).open();
  const log = bench.queue();
  const set = to(log);
  for (let round = 0; round < 40; round++) {
    const first = log.end;
    for (const id of range(0, 50)) bench.journal.append(set, new Numbered(round * 50 + id, 150));
    await bench.settle();
    bench.journal.release(log, first, first + 20);
    bench.journal.release(log, first + 21, first + 50);
    await bench.settle();
  }
  const left = range(0, 40).map((round) => round * 50 + 20);
  assert.deepEqual(await bench.read(log), left);
  assert.ok(bench.journal.engine.areas('kept').length > 0, 'something was copied');
  await bench.drive(bench.opened.close());
  await bench.open();
  assert.deepEqual(await bench.read(bench.log(log.id)), left);
  const cursor = bench.log(log.id).cursor();
  cursor.seek(70);
  const entry = new Entry();
  assert.notEqual(cursor.read(entry), END);
  assert.ok(entry.offset === 0 || entry.offset === 70);
});

test('the index of a deep queue of single-message commits goes cold and comes back', async () => {
  const bench = await new Bench({ ...SMALL, indexBytes: 28 * 1024 * 2, blockBytes: 32 * 1024 }).open();
  const log = bench.queue();
  const set = to(log);
  for (const id of range(0, 8000)) {
    bench.journal.append(set, new Numbered(id, 8));
    bench.journal.flush();
    while (!bench.journal.idle) {
      bench.disk.step();
      await null;
    }
  }
  await bench.settle();
  const parts = log.index.parts();
  const resident = parts.filter((part) => part.resident).length;
  assert.ok(parts.length >= 7 && resident <= 4, `${resident} of ${parts.length} parts are resident`);
  assert.deepEqual(await bench.read(log), range(0, 8000));
  bench.disk.crash();
  await bench.open();
  assert.deepEqual(await bench.read(bench.log(log.id)), range(0, 8000));
  bench.journal.release(bench.log(log.id), 0, 7999);
  await bench.settle();
  assert.deepEqual(await bench.read(bench.log(log.id)), [7999]);
});

test('transient messages beyond the memory bound spill, are read back, and give their files up', async () => {
  const bench = await new Bench({ spillBytes: 16 * 1024 }).open();
  const log = bench.journal.createLog(false);
  const set = to(log);
  for (let round = 0; round < 100; round++) {
    for (const id of range(0, 20)) bench.journal.append(set, new Numbered(round * 20 + id, 150));
    await bench.settle();
  }
  assert.ok(bench.journal.engine.areas('spill').length > 2, 'some of it is on the disk');
  assert.deepEqual(await bench.read(log), range(0, 2000));
  bench.journal.release(log, 0, 2000);
  await bench.settle();
  assert.ok(bench.journal.engine.areas('spill').length <= 1);
  assert.equal(log.living, 0);
});

test('damage in the middle is reported, loses what it touches and nothing else', async () => {
  const bench = await new Bench({ checkpointBytes: 1e9 }).open();
  const [one, other] = [bench.queue(), bench.queue()];
  await bench.settle();
  for (let round = 0; round < 10; round++) {
    for (const id of range(0, 10)) {
      bench.journal.append(to(round % 2 === 0 ? one : other), new Numbered(round * 10 + id));
    }
    await bench.settle();
  }
  const position = one.index.parts()[0]!.position(20);
  const { engine } = bench.journal;
  const start = engine.areaStart(engine.areaOf(position));
  const name = areaName('main', engine.areaOf(position), 1);
  bench.disk.flipBit(name, position - start + 50);
  bench.disk.crash();
  await bench.open();
  assert.equal(bench.opened.damages.length, 1);
  const kept = await bench.read(bench.log(one.id));
  assert.ok(kept.length >= 40 && kept.length < 50, `${kept.length} of 50`);
  assert.deepEqual(
    await bench.read(bench.log(other.id)),
    range(0, 100).filter((id) => Math.floor(id / 10) % 2 === 1),
  );
  bench.journal.append(to(bench.log(one.id)), new Numbered(777));
  await bench.settle();
  assert.deepEqual(await bench.read(bench.log(one.id)), [...kept, 777]);
});

test('a failed sync confirms nothing and is told once', async () => {
  const bench = await new Bench().open();
  const log = bench.queue();
  await bench.settle();
  let confirmed = 0;
  bench.disk.faultFor = (kind) => (kind === 'sync' ? faultOf('EIO') : null);
  bench.journal.append(to(log), new Numbered(1));
  bench.journal.whenCommitted(bench.journal.filling, { committed: () => confirmed++ });
  await bench.settle();
  assert.equal(confirmed, 0);
  assert.equal(log.end, 0);
  assert.match(bench.failure ?? '', /EIO/);
  bench.journal.append(to(log), new Numbered(2));
  bench.journal.whenCommitted(bench.journal.filling, { committed: () => confirmed++ });
  await bench.settle();
  assert.equal(confirmed, 0);
});

test('a full disk holds confirms back, says so, lets settles through, and recovers by itself', async () => {
  const bench = await new Bench({ checkpointBytes: 24 * 1024 }).open();
  const log = bench.queue();
  const set = to(log);
  await bench.settle();
  bench.disk.capacityBytes = 12 * AREA_BYTES;
  const pressure = (): string => bench.journal.pressure;
  let staged = 0;
  let confirmed = 0;
  for (let round = 0; round < 400 && pressure() === 'none'; round++) {
    for (const id of range(0, 10)) bench.journal.append(set, new Numbered(staged * 10 + id, 200));
    staged++;
    bench.journal.whenCommitted(bench.journal.filling, { committed: () => confirmed++ });
    for (let steps = 0; steps < 20; steps++) {
      bench.journal.flush();
      bench.disk.step();
      await null;
    }
  }
  assert.equal(pressure(), 'disk');
  assert.equal(bench.failure, null);
  // Consumers go on, and what they settle makes room by itself.
  for (let rounds = 0; rounds < 50 && (pressure() !== 'none' || confirmed < staged); rounds++) {
    bench.journal.release(log, 0, log.end);
    await bench.settle(500);
  }
  assert.equal(pressure(), 'none');
  assert.equal(confirmed, staged);
  assert.equal(bench.failure, null);
});
