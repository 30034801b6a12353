/**
 * Consumers of kafkajs: where they begin, what they may do on the way, and where they go on.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EachBatchPayload } from 'kafkajs';
import { Arrivals, numbers, openScene, type Scene, TIMEOUT_MS } from './kit.ts';

/** `count` messages whose values are their numbers, one partition each in turn. */
async function send(scene: Scene, topic: string, count: number, { from = 0, partitions = 1 } = {}): Promise<void> {
  const producer = await scene.producer();
  const messages = numbers(count, from).map((number) => ({ value: `${number}`, partition: number % partitions }));
  await producer.send({ topic, messages });
}

async function createTopic(scene: Scene, topic: string, numPartitions = 1) {
  const admin = await scene.admin();
  await admin.createTopics({ topics: [{ topic, numPartitions }] });
  return admin;
}

/** Where the group goes on in partition 0. setOffsets of kafkajs does the same in five seconds. */
function place(scene: Scene, groupId: string, name: string, offset: bigint): Promise<void> {
  const topics = [{ name, partitionOffsets: [{ partition: 0, offset }] }];
  return scene.platformatic.admin().alterConsumerGroupOffsets({ groupId, topics });
}

describe('consumers of kafkajs', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  describe('where they begin', { timeout: TIMEOUT_MS, concurrency: true }, () => {
    test('from the beginning, over all partitions', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'all', 3);
      await send(scene, 'all', 30, { partitions: 3 });
      const reading = await scene.read({ topics: ['all'] });
      await reading.count(30);
      for (const partition of numbers(3)) assert.deepEqual(reading.offsets(partition), numbers(10));
      await send(scene, 'all', 3, { from: 30, partitions: 3 });
      await reading.count(33);
      assert.deepEqual(
        reading
          .values()
          .map(Number)
          .sort((one, two) => one - two),
        numbers(33),
      );
    });

    test('from the end: only what comes after', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'tail');
      await send(scene, 'tail', 5);
      const reading = await scene.read({ topics: ['tail'], fromBeginning: false });
      await reading.fetched.count(1);
      await send(scene, 'tail', 2, { from: 5 });
      await reading.count(2);
      assert.deepEqual(reading.values(), ['5', '6']);
      assert.deepEqual(reading.offsets(), [5, 6]);
    });

    test('before the topic exists, which it creates by asking', async () => {
      await using scene = await openScene();
      const reading = await scene.read({ topics: ['early'] });
      await send(scene, 'early', 4, { partitions: 4 });
      await reading.count(4);
      assert.deepEqual(reading.values().sort(), ['0', '1', '2', '3']);
    });

    test('before the topic exists, which it must not create', async () => {
      await using scene = await openScene();
      const consumer = { allowAutoTopicCreation: false, retry: { retries: 0 } };
      await assert.rejects(scene.read({ topics: ['absent'], consumer }), /does not host this topic-partition/);
      const admin = await scene.admin();
      assert.deepEqual(await admin.listTopics(), []);
      await createTopic(scene, 'absent');
      await send(scene, 'absent', 1);
      await (await scene.read({ topics: ['absent'], consumer })).count(1);
    });

    test('all topics that a pattern matches', async () => {
      await using scene = await openScene();
      for (const topic of ['eu.orders', 'eu.bills', 'us.orders']) {
        await createTopic(scene, topic);
        await send(scene, topic, 2);
      }
      const reading = await scene.read({ topics: [/^eu\./] });
      await reading.count(4);
      assert.deepEqual(new Set(reading.all.map(({ topic }) => topic)), new Set(['eu.orders', 'eu.bills']));
    });

    test('at a position that is gone: at the beginning of what is there', async () => {
      await using scene = await openScene();
      const admin = await createTopic(scene, 'cut');
      await send(scene, 'cut', 10);
      await place(scene, 'late', 'cut', 3n);
      // kafkajs deletes only where it knows the leader already.
      await admin.fetchTopicOffsets('cut');
      await admin.deleteTopicRecords({ topic: 'cut', partitions: [{ partition: 0, offset: '7' }] });
      const reading = await scene.read({ topics: ['cut'], groupId: 'late' });
      await reading.count(3);
      assert.deepEqual(reading.offsets(), [7, 8, 9]);
    });
  });

  describe('on the way', { timeout: TIMEOUT_MS, concurrency: true }, () => {
    test('seek goes back and forward', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'seek');
      await send(scene, 'seek', 10);
      const reading = await scene.read({ topics: ['seek'] });
      await reading.count(10);
      reading.consumer.seek({ topic: 'seek', partition: 0, offset: '7' });
      await reading.count(13);
      reading.consumer.seek({ topic: 'seek', partition: 0, offset: '9' });
      await reading.count(14);
      assert.deepEqual(reading.offsets(), [...numbers(10), 7, 8, 9, 9]);
    });

    test('pause stops one partition and not the other; resume goes on where it stopped', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'pause', 2);
      await send(scene, 'pause', 4, { partitions: 2 });
      const reading = await scene.read({ topics: ['pause'] });
      await reading.count(4);
      reading.consumer.pause([{ topic: 'pause', partitions: [0] }]);
      const fetches = reading.fetched.all.length;
      await send(scene, 'pause', 6, { from: 4, partitions: 2 });
      await reading.count(7);
      // Several more fetches, none of which asks for the partition that is paused.
      await reading.fetched.count(fetches + 4);
      assert.deepEqual([reading.offsets(0), reading.offsets(1)], [numbers(2), numbers(5)]);
      reading.consumer.resume([{ topic: 'pause', partitions: [0] }]);
      await reading.count(10);
      assert.deepEqual(reading.offsets(0), numbers(5));
    });

    test('eachBatch: batches by partition, in order, with the high watermark, resolved one by one', async () => {
      await using scene = await openScene();
      const admin = await createTopic(scene, 'batches', 2);
      await send(scene, 'batches', 20, { partitions: 2 });
      const batches = new Arrivals<{ partition: number; offsets: number[]; highWatermark: string }>();
      const eachBatch = async ({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }: EachBatchPayload) => {
        const { partition, highWatermark, messages } = batch;
        for (const { offset } of messages) {
          resolveOffset(offset);
          await heartbeat();
        }
        await commitOffsetsIfNecessary();
        batches.push({ partition, offsets: messages.map(({ offset }) => Number(offset)), highWatermark });
      };
      const reading = await scene.read({
        topics: ['batches'],
        groupId: 'batch-readers',
        run: { eachBatchAutoResolve: false, eachBatch, eachMessage: undefined as never },
      });
      await batches.until('both partitions', (all) => all.flatMap(({ offsets }) => offsets).length === 20);
      for (const partition of [0, 1]) {
        const mine = batches.all.filter((batch) => batch.partition === partition);
        assert.deepEqual(
          mine.flatMap(({ offsets }) => offsets),
          numbers(10),
        );
        assert.ok(mine.every(({ highWatermark }) => highWatermark === '10'));
      }
      await reading.consumer.stop();
      const [committed] = await admin.fetchOffsets({ groupId: 'batch-readers', topics: ['batches'] });
      assert.deepEqual(
        committed?.partitions.map(({ offset }) => offset),
        ['10', '10'],
      );
    });

    test('small limits of a fetch: everything comes, in many fetches', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'slow', 2);
      const producer = await scene.producer();
      for (const number of numbers(20)) {
        await producer.send({ topic: 'slow', messages: [{ value: 'x'.repeat(500), partition: number % 2 }] });
      }
      const reading = await scene.read({ topics: ['slow'], consumer: { maxBytes: 1_200, maxBytesPerPartition: 600 } });
      await reading.count(20);
      assert.deepEqual([reading.offsets(0), reading.offsets(1)], [numbers(10), numbers(10)]);
      assert.ok(reading.fetched.all.length >= 10, `${reading.fetched.all.length} fetches`);
    });

    test('a compressed batch is entered in the middle', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'middle');
      const producer = await scene.producer();
      const messages = numbers(100).map((number) => ({ value: `${number}` }));
      await producer.send({ topic: 'middle', messages, compression: 1 });
      await place(scene, 'middle', 'middle', 97n);
      const reading = await scene.read({ topics: ['middle'], groupId: 'middle' });
      await reading.count(3);
      assert.deepEqual(reading.values(), ['97', '98', '99']);
    });
  });

  describe('where they go on', { timeout: TIMEOUT_MS, concurrency: true }, () => {
    test('after what was committed by hand, with its metadata', async () => {
      await using scene = await openScene();
      const admin = await createTopic(scene, 'manual');
      await send(scene, 'manual', 10);
      const run = { autoCommit: false };
      const first = await scene.read({ topics: ['manual'], groupId: 'careful', run });
      await first.count(10);
      await first.consumer.commitOffsets([{ topic: 'manual', partition: 0, offset: '4', metadata: 'half way' }]);
      await first.consumer.disconnect();
      assert.deepEqual(await admin.fetchOffsets({ groupId: 'careful', topics: ['manual'] }), [
        { topic: 'manual', partitions: [{ partition: 0, offset: '4', metadata: 'half way' }] },
      ]);
      const second = await scene.read({ topics: ['manual'], groupId: 'careful', run });
      await second.count(6);
      assert.deepEqual(second.offsets(), [4, 5, 6, 7, 8, 9]);
      const stranger = await scene.read({ topics: ['manual'], groupId: 'stranger', run });
      await stranger.count(10);
      assert.deepEqual(stranger.offsets(), numbers(10), 'another group knows nothing of it');
    });

    test('after what it had worked on when it left, by itself', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'auto', 2);
      await send(scene, 'auto', 10, { partitions: 2 });
      const first = await scene.read({ topics: ['auto'], groupId: 'easy' });
      await first.count(10);
      await first.consumer.disconnect();
      await send(scene, 'auto', 4, { from: 10, partitions: 2 });
      const second = await scene.read({ topics: ['auto'], groupId: 'easy' });
      await second.count(4);
      assert.deepEqual(
        [second.offsets(0), second.offsets(1)],
        [
          [5, 6],
          [5, 6],
        ],
      );
    });

    test('with the message at which it failed', async () => {
      await using scene = await openScene();
      await createTopic(scene, 'crash');
      await send(scene, 'crash', 5);
      const offsets = new Arrivals<string>();
      let failures = 2;
      await scene.read({
        topics: ['crash'],
        consumer: { retry: { initialRetryTime: 20, retries: 5 } },
        run: {
          eachMessage: async ({ message }) => {
            offsets.push(message.offset);
            if (message.offset === '2' && failures-- > 0) throw new Error('not today');
          },
        },
      });
      await offsets.until('the last one', (all) => all.includes('4'));
      assert.deepEqual(offsets.all, ['0', '1', '2', '2', '2', '3', '4']);
    });
  });
});
