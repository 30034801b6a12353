/**
 * Groups: who reads what, when members come and go, by kafkajs and by @platformatic/kafka.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../../src/index.ts';
import { Arrivals, closeConsumer, numbers, openScene, type Reading, type Scene, TIMEOUT_MS, within } from './kit.ts';

const TOPIC = 'shared';

async function sharedTopic(scene: Scene, numPartitions = 4) {
  const admin = await scene.admin();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions }] });
  return admin;
}

/** What each of them has to read now, together with how often it was told. */
function partsOf(...readings: Reading[]): number[][] {
  return readings.map(({ assigned }) => [...(assigned.all.at(-1)?.[TOPIC] ?? [])].sort());
}

/** Waits until the assignments divide all partitions among those that are there. */
async function settled(count: number, ...readings: Reading[]): Promise<number[][]> {
  const isSettled = () => {
    const all = partsOf(...readings)
      .flat()
      .sort();
    return all.length === count && new Set(all).size === count && partsOf(...readings).every((part) => part.length > 0);
  };
  await Promise.all(readings.map((reading) => reading.assigned.until('an assignment for all', isSettled)));
  return partsOf(...readings);
}

async function sendToAll(scene: Scene, count: number, from: number, partitions = 4): Promise<void> {
  const producer = await scene.producer();
  const messages = numbers(count, from).map((number) => ({ value: `${number}`, partition: number % partitions }));
  await producer.send({ topic: TOPIC, messages });
}

describe('a group of kafkajs', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('one who joins takes over a half, one who leaves gives it back; each message has one reader', async () => {
    await using scene = await openScene();
    const admin = await sharedTopic(scene);
    const join = () => scene.read({ topics: [TOPIC], groupId: 'team' });
    const one = await join();
    assert.deepEqual(await settled(4, one), [[0, 1, 2, 3]]);
    await sendToAll(scene, 8, 0);
    await one.count(8);

    const two = await join();
    const [ones, twos] = await settled(4, one, two);
    assert.deepEqual([ones?.length, twos?.length], [2, 2]);
    await sendToAll(scene, 40, 8);
    await one.count(8 + 20);
    await two.count(20);
    assert.deepEqual(new Set(two.all.map(({ partition }) => partition)), new Set(twos));
    const { groups } = await admin.describeGroups(['team']);
    assert.deepEqual([groups[0]?.state, groups[0]?.members.length], ['Stable', 2]);

    await two.consumer.disconnect();
    assert.deepEqual(await settled(4, one), [[0, 1, 2, 3]]);
    await sendToAll(scene, 8, 48);
    await one.count(8 + 20 + 8);
    assert.equal(two.all.length, 20);
    const values = [...one.values(), ...two.values()].map(Number);
    assert.deepEqual(
      values.sort((first, second) => first - second),
      numbers(56),
    );
  });

  test('more members than partitions: somebody waits, and steps in', async () => {
    await using scene = await openScene();
    await sharedTopic(scene, 1);
    const join = () => scene.read({ topics: [TOPIC], groupId: 'crowd' });
    const one = await join();
    const two = await join();
    const busy = (reading: Reading) => (reading.assigned.all.at(-1)?.[TOPIC]?.length ?? 0) > 0;
    await one.assigned.until('second round', (all) => all.length >= 2);
    assert.equal([one, two].filter(busy).length, 1);
    const [reader, other] = busy(one) ? [one, two] : [two, one];
    await sendToAll(scene, 2, 0, 1);
    await reader.count(2);
    await reader.consumer.disconnect();
    await other.assigned.until('its partition', () => busy(other));
    await sendToAll(scene, 2, 2, 1);
    await other.count(2);
    assert.deepEqual(
      [reader.offsets(), other.offsets()],
      [
        [0, 1],
        [2, 3],
      ],
    );
  });

  test('two groups read everything, each for itself', async () => {
    await using scene = await openScene();
    await sharedTopic(scene);
    const readings = await Promise.all(['a', 'b'].map((groupId) => scene.read({ topics: [TOPIC], groupId })));
    await sendToAll(scene, 12, 0);
    for (const reading of readings) await reading.count(12);
  });

  test('members that come at the same moment', async () => {
    await using scene = await openScene();
    await sharedTopic(scene);
    const readings = await Promise.all(numbers(4).map(() => scene.read({ topics: [TOPIC], groupId: 'rush' })));
    assert.deepEqual((await settled(4, ...readings)).flat().sort(), [0, 1, 2, 3]);
    await sendToAll(scene, 8, 0);
    for (const reading of readings) await reading.count(2);
  });

  test('new partitions are found and shared', async () => {
    await using scene = await openScene();
    const admin = await sharedTopic(scene, 1);
    const reading = await scene.read({ topics: [TOPIC], groupId: 'growing', consumer: { metadataMaxAge: 100 } });
    assert.deepEqual(await settled(1, reading), [[0]]);
    await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 3 }] });
    assert.deepEqual(await settled(3, reading), [[0, 1, 2]]);
    await sendToAll(scene, 6, 0, 3);
    await reading.count(6);
  });

  test('a member that falls silent is out when its session ends', async () => {
    const clock = new ManualClock(Date.now());
    await using scene = await openScene({ clock });
    await sharedTopic(scene);
    await sendToAll(scene, 4, 0);
    // It does not heartbeat while it works on a message, and that takes for ever.
    const released = Promise.withResolvers<void>();
    const silent = await scene.read({
      topics: [TOPIC],
      groupId: 'strict',
      consumer: { sessionTimeout: 6_000, rebalanceTimeout: 60_000, retry: { retries: 0 } },
      run: { eachMessage: () => released.promise },
    });
    await silent.fetched.count(1);
    const joining = scene.read({ topics: [TOPIC], groupId: 'strict' });
    const admin = await scene.admin();
    const stateOf = async () => (await admin.describeGroups(['strict'])).groups[0]?.state;
    while ((await stateOf()) !== 'PreparingRebalance') await scene.broker.idle();
    clock.advance(5_000);
    await scene.broker.idle();
    assert.equal(await stateOf(), 'PreparingRebalance');
    clock.advance(1_001);
    const other = await joining;
    assert.deepEqual(await settled(4, other), [[0, 1, 2, 3]]);
    await other.count(4);
    released.resolve();
    // Consumers leave when their last fetch has come back.
    const ticking = setInterval(() => clock.advance(10), 10);
    await within('both leave', Promise.all([silent, other].map(({ consumer }) => consumer.disconnect())));
    clearInterval(ticking);
  });
});

describe('a group of @platformatic/kafka', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('members come and go', async () => {
    await using scene = await openScene();
    await sharedTopic(scene);
    // A fetch that was under way when the assignment changed still brings what was assigned before, to both then.
    const values = new Arrivals<string>();
    const readers = new Map<string, Set<string>>();
    const joinedAs = async (name: string) => {
      const consumer = scene.platformatic.consumer({ groupId: 'streams', heartbeatInterval: 20 });
      const rounds = new Arrivals<number[]>();
      consumer.on('consumer:group:join', ({ assignments }) => rounds.push(assignments?.[0]?.partitions ?? []));
      const stream = await consumer.consume({ topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest' });
      stream.on('data', ({ value }) => {
        readers.set(name, (readers.get(name) ?? new Set()).add(value));
        values.push(value);
      });
      stream.on('error', (error) => values.fail(error));
      return { consumer, rounds };
    };
    const allOf = (count: number) => values.until(`${count} values`, (all) => new Set(all).size === count);
    const one = await joinedAs('one');
    await one.rounds.until('all of them', (all) => all.at(-1)?.length === 4);
    const two = await joinedAs('two');
    await one.rounds.until('a half', (all) => all.at(-1)?.length === 2);
    await two.rounds.until('the other half', (all) => all.at(-1)?.length === 2);
    const [ones = [], twos = []] = [one, two].map(({ rounds }) => rounds.all.at(-1));
    assert.deepEqual([...ones, ...twos].sort(), [0, 1, 2, 3]);
    await sendToAll(scene, 8, 0);
    await allOf(8);
    await values.until('what the second one reads', () => readers.get('two')?.size === 4);
    assert.deepEqual(new Set([...(readers.get('two') ?? [])].map((value) => Number(value) % 4)), new Set(twos));
    await within('close', closeConsumer(two.consumer));
    await one.rounds.until('all of them again', (all) => all.at(-1)?.length === 4);
    await sendToAll(scene, 8, 8);
    await allOf(16);
    assert.equal(readers.get('two')?.size, 4);
  });

  test('a static member that comes back gets what it had, and nobody else notices', async () => {
    await using scene = await openScene();
    const admin = await sharedTopic(scene);
    const join = async (groupInstanceId: string, heartbeatInterval: number) => {
      const consumer = scene.platformatic.consumer({ groupId: 'static', groupInstanceId, heartbeatInterval });
      const rounds = new Arrivals<number[]>();
      consumer.on('consumer:group:join', ({ assignments }) => rounds.push(assignments?.[0]?.partitions ?? []));
      consumer.topics.track(TOPIC);
      await within('join', consumer.joinGroup());
      return { consumer, rounds };
    };
    const one = await join('one', 20);
    // It is not heard of again in this test: what a program that was killed looks like.
    const two = await join('two', 30_000);
    await one.rounds.until('a half', (all) => all.at(-1)?.length === 2);
    const before = { generation: one.consumer.generationId, parts: two.rounds.all.at(-1), id: two.consumer.memberId };
    const again = await join('two', 20);
    assert.deepEqual(again.rounds.all.at(-1), before.parts);
    assert.equal(again.consumer.generationId, before.generation);
    assert.notEqual(again.consumer.memberId, before.id);
    assert.equal(one.consumer.generationId, before.generation);
    const { groups } = await admin.describeGroups(['static']);
    assert.deepEqual([groups[0]?.state, groups[0]?.members.length], ['Stable', 2]);
    const described = (await scene.platformatic.admin().describeGroups({ groups: ['static'] })).get('static');
    const names = [...(described?.members.values() ?? [])].map(({ groupInstanceId }) => groupInstanceId);
    assert.deepEqual(names.sort(), ['one', 'two']);
  });
});
