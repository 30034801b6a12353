import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AREA_BYTES, Bench, Numbered, range, to } from './kit.ts';

test('messages of a durable log are visible only after their group is committed', async () => {
  const bench = await new Bench().open();
  const log = bench.queue();
  bench.journal.append(to(log), new Numbered(1));
  bench.journal.flush();
  assert.equal(log.end, 0);
  await bench.settle();
  assert.equal(log.end, 1);
  assert.deepEqual(await bench.read(log), [1]);
});

test('messages of a transient log are visible at the flush', async () => {
  const bench = await new Bench().open();
  const log = bench.journal.createLog(false);
  bench.journal.append(to(log), new Numbered(1));
  assert.equal(log.end, 0);
  bench.journal.flush();
  assert.equal(log.end, 1);
  assert.deepEqual(await bench.read(log), [1]);
});

test('a waiter is told after its group and never from inside the call', async () => {
  const bench = await new Bench().open();
  const log = bench.queue();
  const told: number[] = [];
  const tell = { committed: (number: number) => void told.push(number) };
  bench.journal.append(to(log), new Numbered(1));
  const group = bench.journal.filling;
  bench.journal.whenCommitted(group, tell);
  bench.journal.flush();
  assert.deepEqual(told, []);
  await bench.settle();
  assert.deepEqual(told, [group]);
  bench.journal.whenCommitted(group, tell);
  assert.equal(told.length, 1);
  await bench.settle();
  assert.equal(told.length, 2);
});

test('releases are remembered, at the floor and above it, with what transient messages leave behind', async () => {
  const bench = await new Bench().open();
  const log = bench.queue();
  for (const id of range(0, 100)) bench.journal.append(to(log), new Numbered(id, 50, id % 10 !== 3));
  await bench.settle();
  bench.journal.release(log, 0, 5);
  bench.journal.release(log, 50, 60);
  bench.journal.release(log, 7, 8);
  bench.journal.whenCommitted(bench.journal.filling, { committed: () => {} });
  await bench.settle();
  const living = range(5, 100).filter((id) => id !== 7 && (id < 50 || id >= 60));
  assert.deepEqual(await bench.read(log), living);
  assert.equal(log.living, living.length);
  bench.disk.crash();
  await bench.open();
  const left = living.filter((id) => id % 10 !== 3);
  assert.deepEqual(await bench.read(bench.log(log.id)), left);
  assert.equal(bench.log(log.id).living, left.length);
});

test('redelivery counts survive a restart, with and without a checkpoint', async () => {
  const bench = await new Bench().open();
  const log = bench.queue();
  for (const id of range(0, 10)) bench.journal.append(to(log), new Numbered(id));
  await bench.settle();
  bench.journal.returned(log, 2, 5, 1);
  bench.journal.returned(log, 3, 4, 2);
  bench.journal.whenCommitted(bench.journal.filling, { committed: () => {} });
  await bench.settle();
  bench.disk.crash();
  await bench.open();
  const attempts = (): number[] => range(0, 10).map((offset) => bench.log(log.id).returns.attempts(offset));
  assert.deepEqual(attempts(), [0, 0, 1, 2, 1, 0, 0, 0, 0, 0]);
  await bench.drive(bench.opened.close());
  await bench.open();
  assert.deepEqual(attempts(), [0, 0, 1, 2, 1, 0, 0, 0, 0, 0]);
  bench.journal.release(bench.log(log.id), 3, 4);
  assert.equal(bench.log(log.id).returns.attempts(3), 0);
});

test('arrivals that alternate between many logs are grouped: one extent a log and block', async () => {
  const bench = await new Bench({ blockBytes: 64 * 1024 }).open();
  const logs = range(0, 8).map(() => bench.queue());
  await bench.settle();
  const sets = logs.map((log) => to(log));
  for (const id of range(0, 160)) bench.journal.append(sets[id % 8]!, new Numbered(id));
  await bench.settle();
  for (const [index, log] of logs.entries()) {
    const extents = log.index.parts().reduce((sum, part) => sum + part.count - part.head, 0);
    assert.equal(extents, 1);
    assert.deepEqual(
      await bench.read(log),
      range(0, 20).map((turn) => turn * 8 + index),
    );
  }
});

test('between two events of a turn only a block or more is written, and not beside another commit', async () => {
  const bench = await new Bench({ blockBytes: 4096 }).open();
  const log = bench.queue();
  await bench.settle();
  const { journal } = bench;
  const append = (count: number): void => {
    for (const id of range(0, count)) journal.append(to(log), new Numbered(id, 100));
    journal.flushLarge();
  };
  const group = journal.filling;
  append(10);
  assert.equal(journal.filling, group);
  append(40);
  assert.equal(journal.filling, group + 1, 'a block is under way');
  append(50);
  assert.equal(journal.filling, group + 1, 'and no other beside it');
  await bench.settle();
  assert.equal(journal.committed, group + 1);
  assert.equal(log.end, 100);
});

test('alternating sets that share a log are not regrouped, so its order holds', async () => {
  const bench = await new Bench({ blockBytes: 64 * 1024 }).open();
  const [one, other] = [bench.queue(), bench.queue()];
  await bench.settle();
  const sets = [to(one), to(one, other)];
  for (const id of range(0, 100)) bench.journal.append(sets[id % 2]!, new Numbered(id));
  await bench.settle();
  assert.deepEqual(await bench.read(one), range(0, 100));
  assert.deepEqual(
    await bench.read(other),
    range(0, 50).map((turn) => turn * 2 + 1),
  );
});

test('a placement shares the payload, and outlives its source', async () => {
  const bench = await new Bench().open();
  const [source, target] = [bench.queue(), bench.queue()];
  for (const id of range(0, 5)) bench.journal.append(to(source), new Numbered(id));
  await bench.settle();
  assert.ok(bench.journal.place(to(target), source, 3, null));
  bench.journal.release(source, 0, 5);
  await bench.settle();
  assert.deepEqual(await bench.read(target), [3]);
  const part = target.index.parts()[0]!;
  assert.ok(part.position(0) > 0 && part.position(0) < AREA_BYTES * 4);
  bench.disk.crash();
  await bench.open();
  assert.deepEqual(await bench.read(bench.log(target.id)), [3]);
  assert.deepEqual(await bench.read(bench.log(source.id)), []);
});

test('an overlay is seen by readers of the target only', async () => {
  const bench = await new Bench().open();
  const [source, target] = [bench.queue(), bench.queue()];
  bench.journal.append(to(source), new Numbered(1, 40, true, 99));
  await bench.settle();
  assert.ok(bench.journal.place(to(target), source, 0, { key: 'dead', headers: { reason: 'expired' } }));
  await bench.settle();
  const { Entry } = await import('../../../src/core/message.ts');
  const entry = new Entry();
  source.cursor().read(entry);
  assert.equal(entry.overlay, null);
  target.cursor().read(entry);
  assert.deepEqual(entry.overlay, { key: 'dead', headers: { reason: 'expired' } });
  assert.equal(entry.expiresAt, 99);
  assert.equal(entry.end - entry.start, 40);
});

test('a log that no definition names is gone after a restart, and ids are not used again', async () => {
  const bench = await new Bench().open();
  const named = bench.queue();
  const unnamed = bench.journal.createLog(true);
  bench.journal.append(to(named, unnamed), new Numbered(1));
  await bench.settle();
  bench.disk.crash();
  await bench.open();
  assert.deepEqual([...bench.opened.logs.keys()], [named.id]);
  assert.ok(bench.journal.createLog(true).id > unnamed.id);
});

test('what is placed and what is appended stand in a log in the order in which they came', async () => {
  const bench = await new Bench().open();
  const [source, log] = [bench.queue(), bench.queue()];
  for (const id of range(0, 3)) bench.journal.append(to(source), new Numbered(id));
  await bench.settle();
  const offsets: number[] = [];
  const next = () => offsets.push(bench.journal.nextOffset(log));
  for (const id of range(10, 40)) {
    next();
    if (id % 10 === 0) bench.journal.place(to(log), source, id / 10 - 1, null);
    else bench.journal.append(to(log), new Numbered(id));
    bench.journal.append(to(source), new Numbered(100 + id));
  }
  assert.deepEqual(offsets, range(0, 30));
  await bench.settle();
  const expected = range(10, 40).map((id) => (id % 10 === 0 ? id / 10 - 1 : id));
  assert.deepEqual(await bench.read(log), expected);
  bench.disk.crash();
  await bench.open();
  assert.deepEqual(await bench.read(bench.log(log.id)), expected);
  assert.equal(bench.journal.nextOffset(bench.log(log.id)), 30);
});

test('the next offset is known while groups fill, are written and are committed', async () => {
  const bench = await new Bench().open();
  const [durable, transient] = [bench.queue(), bench.journal.createLog(false)];
  for (const id of range(0, 200)) {
    assert.equal(bench.journal.nextOffset(durable), id);
    assert.equal(bench.journal.nextOffset(transient), id);
    bench.journal.append(id % 3 === 0 ? to(durable, transient) : to(durable), new Numbered(id));
    if (id % 3 !== 0) bench.journal.append(to(transient), new Numbered(id));
    if (id % 17 === 0) bench.journal.flush();
    if (id % 50 === 0) await bench.settle();
  }
  await bench.settle();
  assert.equal(durable.end, 200);
  assert.equal(bench.journal.nextOffset(durable), 200);
});
