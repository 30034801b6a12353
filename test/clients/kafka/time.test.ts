/**
 * Where time matters: positions by time, fetches that wait, retention. The clock is the test's, so whatever happens
 * without its moving was caused by something else than a timer.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../../src/index.ts';
import { numbers, openScene, type Scene, TIMEOUT_MS, within } from './kit.ts';

const TOPIC = 'timed';

/** A broker whose time stands still, and a topic of one partition. */
async function stillScene(configs: Record<string, string> = {}) {
  const clock = new ManualClock(Date.now());
  const scene = await openScene({ clock });
  const admin = await scene.admin();
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1, configEntries }] });
  return { clock, scene, admin, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
}

async function send(scene: Scene, ...messages: { value: string; timestamp?: string }[]): Promise<void> {
  const producer = await scene.producer();
  await producer.send({ topic: TOPIC, messages });
}

/** Consumers leave only when their last fetch has come back. */
async function leave(clock: ManualClock, consumer: { disconnect(): Promise<void> }): Promise<void> {
  const ticking = setInterval(() => clock.advance(10_000), 5);
  await within('leave', consumer.disconnect());
  clearInterval(ticking);
}

/** So long the client would wait; the clock never gets there by itself. */
const FOR_EVER = { maxWaitTimeInMs: 20_000, sessionTimeout: 1_000_000, heartbeatInterval: 500_000 };

describe('a fetch that waits', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('is answered by the append that it waits for', async () => {
    await using still = await stillScene();
    const { scene, clock } = still;
    const reading = await scene.read({ topics: [TOPIC], consumer: FOR_EVER });
    for (const number of numbers(5)) {
      const before = { messages: reading.all.length, fetches: reading.fetched.all.length };
      await scene.broker.idle();
      assert.deepEqual(before, { messages: number, fetches: number }, 'the next fetch waits');
      await send(scene, { value: `${number}` });
      await reading.count(number + 1);
    }
    await leave(clock, reading.consumer);
  });

  test('is answered with nothing when its time is up, and not before', async () => {
    await using still = await stillScene();
    const { scene, clock } = still;
    const reading = await scene.read({ topics: [TOPIC], consumer: FOR_EVER });
    await scene.broker.idle();
    clock.advance(19_999);
    await scene.broker.idle();
    assert.equal(reading.fetched.all.length, 0);
    clock.advance(1);
    await reading.fetched.count(1);
    assert.deepEqual([reading.fetched.all[0], reading.all.length], [0, 0]);
    await leave(clock, reading.consumer);
  });

  test('waits for as many bytes as the client wants', async () => {
    await using still = await stillScene();
    const { scene, clock } = still;
    const reading = await scene.read({ topics: [TOPIC], consumer: { ...FOR_EVER, minBytes: 3_000 } });
    await scene.broker.idle();
    await send(scene, { value: 'x'.repeat(1_000) });
    await send(scene, { value: 'x'.repeat(1_000) });
    await scene.broker.idle();
    assert.equal(reading.all.length, 0);
    await send(scene, { value: 'x'.repeat(1_000) });
    await reading.count(3);
    await leave(clock, reading.consumer);
  });

  test('is answered by an append to any of its partitions, of any of its topics', async () => {
    await using still = await stillScene();
    const { scene, clock, admin } = still;
    await admin.createTopics({ topics: [{ topic: 'other', numPartitions: 3 }] });
    const reading = await scene.read({ topics: [TOPIC, 'other'], consumer: FOR_EVER });
    await scene.broker.idle();
    const producer = await scene.producer();
    await producer.send({ topic: 'other', messages: [{ value: 'x', partition: 2 }] });
    await reading.count(1);
    await leave(clock, reading.consumer);
  });

  test('of @platformatic/kafka, by topic id and in a session', async () => {
    await using still = await stillScene();
    const { scene } = still;
    const consumer = scene.platformatic.consumer({ maxWaitTime: 20_000 });
    const stream = await consumer.consume({ topics: [TOPIC], mode: 'latest' });
    const messages = stream[Symbol.asyncIterator]();
    for (const number of numbers(5)) {
      const next = messages.next();
      let came = false;
      void next.then(() => {
        came = true;
      });
      await scene.broker.idle();
      assert.equal(came, false);
      await send(scene, { value: `${number}` });
      assert.equal((await within('message', next)).value?.value, `${number}`);
    }
  });
});

describe('offsets by time', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('the first message that is not older; the end if there is none', async () => {
    await using still = await stillScene();
    const { scene, admin, clock } = still;
    const start = clock.now - 1_000_000;
    const at = (seconds: number) => start + seconds * 1_000;
    for (const number of numbers(10)) await send(scene, { value: `${number}`, timestamp: `${at(number * 10)}` });
    const batch = numbers(10, 10).map((number) => ({ value: `${number}`, timestamp: `${at(number * 10)}` }));
    await send(scene, ...batch);
    const offsetAt = async (timestamp: number) =>
      Number((await admin.fetchTopicOffsetsByTimestamp(TOPIC, timestamp))[0]?.offset);
    assert.equal(await offsetAt(0), 0);
    assert.equal(await offsetAt(at(0)), 0);
    assert.equal(await offsetAt(at(45)), 5);
    assert.equal(await offsetAt(at(50)), 5);
    assert.equal(await offsetAt(at(155)), 16, 'in the middle of a batch');
    assert.equal(await offsetAt(at(190)), 19);
    assert.equal(await offsetAt(at(191)), 20);
    const consumer = scene.platformatic.consumer();
    const found = await consumer.listOffsetsWithTimestamps({ topics: [TOPIC], timestamp: BigInt(at(155)) });
    assert.deepEqual(found.get(TOPIC)?.get(0), { offset: 16n, timestamp: BigInt(at(160)) });
  });

  test('timestamps out of order, in a compressed batch, and the newest of them', async () => {
    await using still = await stillScene();
    const { scene, admin, clock } = still;
    const times = [500, 100, 900, 300, 800].map((offset) => clock.now - 1_000 + offset);
    const producer = await scene.producer();
    const messages = times.map((time) => ({ value: `${time}`, timestamp: `${time}` }));
    await producer.send({ topic: TOPIC, messages, compression: 1 });
    const [offset] = await admin.fetchTopicOffsetsByTimestamp(TOPIC, clock.now - 1_000 + 600);
    assert.equal(offset?.offset, '2', 'the first in the log, not the nearest in time');
    const partitions = [{ partitionIndex: 0, timestamp: -3n }];
    const [newest] = await scene.platformatic.admin().listOffsets({ topics: [{ name: TOPIC, partitions }] });
    assert.deepEqual([newest?.partitions[0]?.offset, newest?.partitions[0]?.timestamp], [2n, BigInt(times[2] ?? 0)]);
  });
});

describe('retention', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  /** How often the broker looks, plus one. */
  const LOOK_MS = 5_001;

  async function limitsOf(admin: Awaited<ReturnType<Scene['admin']>>): Promise<string> {
    const [partition] = await admin.fetchTopicOffsets(TOPIC);
    return `${partition?.low}-${partition?.high}`;
  }

  test('retention.ms: what is older goes, when the clock says so', async () => {
    await using still = await stillScene({ 'retention.ms': '60000' });
    const { scene, admin, clock } = still;
    await send(scene, ...numbers(10).map((number) => ({ value: `${number}`, timestamp: `${clock.now}` })));
    const position = { groupId: 'late', topics: [{ name: TOPIC, partitionOffsets: [{ partition: 0, offset: 4n }] }] };
    await scene.platformatic.admin().alterConsumerGroupOffsets(position);
    clock.advance(59_000);
    await scene.broker.idle();
    assert.equal(await limitsOf(admin), '0-10');
    clock.advance(1_001 + LOOK_MS);
    await scene.broker.idle();
    assert.equal(await limitsOf(admin), '10-10');
    await send(scene, { value: 'new', timestamp: `${clock.now}` });
    assert.equal(await limitsOf(admin), '10-11');
    const reading = await scene.read({ topics: [TOPIC], groupId: 'late', consumer: FOR_EVER });
    await reading.count(1);
    assert.deepEqual([reading.values(), reading.offsets()], [['new'], [10]]);
    await leave(clock, reading.consumer);
  });

  test('it follows when the config is altered', async () => {
    await using still = await stillScene({ 'retention.ms': '-1' });
    const { scene, admin, clock } = still;
    await send(scene, { value: 'old', timestamp: `${clock.now}` });
    clock.advance(86_400_000);
    await scene.broker.idle();
    assert.equal(await limitsOf(admin), '0-1');
    const configs = [{ name: 'retention.ms', configOperation: 0 as const, value: '60000' }];
    await scene.platformatic
      .admin()
      .incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: TOPIC, configs }] });
    clock.advance(LOOK_MS);
    await scene.broker.idle();
    assert.equal(await limitsOf(admin), '1-1');
  });

  test('retention.bytes: what is too much goes, the newest stays', async () => {
    await using still = await stillScene({ 'retention.bytes': '3000000' });
    const { scene, admin, clock } = still;
    const producer = await scene.producer();
    for (const _ of numbers(10)) {
      await producer.send({ topic: TOPIC, messages: [{ value: Buffer.alloc(1_000_000), timestamp: `${clock.now}` }] });
    }
    clock.advance(LOOK_MS);
    await scene.broker.idle();
    const [partition] = await admin.fetchTopicOffsets(TOPIC);
    const low = Number(partition?.low);
    // A piece of about a MiB goes as a whole, and only if what stays is still as much as was asked for.
    assert.ok(low >= 4 && low <= 7, `from ${low} on`);
    assert.equal(partition?.high, '10');
  });
});
