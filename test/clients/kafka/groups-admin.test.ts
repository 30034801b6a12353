/**
 * What administrators do with groups and their positions, by both clients.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AssignerProtocol } from 'kafkajs';
import { numbers, openScene, type Scene, TIMEOUT_MS } from './kit.ts';

const TOPIC = 'work';
const ONCE = { retry: { retries: 0 } };

/** A topic of two partitions with ten messages in each. */
async function filledTopic(scene: Scene) {
  const admin = await scene.admin(ONCE);
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }] });
  const producer = await scene.producer();
  await producer.send({
    topic: TOPIC,
    messages: numbers(20).map((number) => ({ value: `${number}`, partition: number % 2 })),
  });
  return admin;
}

/** A group that has read everything, and has no members any more. */
async function pastGroup(scene: Scene, groupId: string): Promise<void> {
  const reading = await scene.read({ topics: [TOPIC], groupId });
  await reading.count(20);
  await reading.consumer.disconnect();
}

describe('groups by kafkajs', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('list and describe: while it has a member, and when it has none', async () => {
    await using scene = await openScene();
    const admin = await filledTopic(scene);
    assert.deepEqual(await admin.listGroups(), { groups: [] });
    const reading = await scene.read({ topics: [TOPIC], groupId: 'busy' });
    await reading.count(20);
    assert.deepEqual(await admin.listGroups(), { groups: [{ groupId: 'busy', protocolType: 'consumer' }] });
    const [group] = (await admin.describeGroups(['busy'])).groups;
    assert.deepEqual(
      [group?.state, group?.protocol, group?.protocolType, group?.members.length],
      ['Stable', 'RoundRobinAssigner', 'consumer', 1],
    );
    const [member] = group?.members ?? [];
    assert.ok(member !== undefined);
    assert.deepEqual([member.clientId, member.clientHost], ['dragoman-test', '/127.0.0.1']);
    assert.deepEqual(AssignerProtocol.MemberAssignment.decode(member.memberAssignment)?.assignment, {
      [TOPIC]: [0, 1],
    });
    assert.deepEqual(AssignerProtocol.MemberMetadata.decode(member.memberMetadata)?.topics, [TOPIC]);
    assert.deepEqual(await reading.consumer.describeGroup(), group);
    await reading.consumer.disconnect();
    const [empty] = (await admin.describeGroups(['busy'])).groups;
    assert.deepEqual([empty?.state, empty?.members], ['Empty', []]);
    const [unknown] = (await admin.describeGroups(['unknown'])).groups;
    assert.equal(unknown?.state, 'Dead');
  });

  test('fetchOffsets: of one topic, of all, and of a group that there is not', async () => {
    await using scene = await openScene();
    const admin = await filledTopic(scene);
    await pastGroup(scene, 'past');
    const partitions = [
      { partition: 0, offset: '10', metadata: null },
      { partition: 1, offset: '10', metadata: null },
    ];
    const plain = (list: Awaited<ReturnType<typeof admin.fetchOffsets>>) =>
      list.map(({ topic, partitions: all }) => ({
        topic,
        partitions: all
          .map((one) => ({ ...one, metadata: one.metadata || null }))
          .sort((one, two) => one.partition - two.partition),
      }));
    assert.deepEqual(plain(await admin.fetchOffsets({ groupId: 'past', topics: [TOPIC] })), [
      { topic: TOPIC, partitions },
    ]);
    assert.deepEqual(plain(await admin.fetchOffsets({ groupId: 'past' })), [{ topic: TOPIC, partitions }]);
    assert.deepEqual(await admin.fetchOffsets({ groupId: 'nobody' }), []);
    const none = await admin.fetchOffsets({ groupId: 'nobody', topics: [TOPIC] });
    assert.deepEqual(
      none[0]?.partitions.map(({ offset }) => offset),
      ['-1', '-1'],
    );
  });

  test('not while it has members: setOffsets, deleteGroups', async () => {
    await using scene = await openScene();
    const admin = await filledTopic(scene);
    const reading = await scene.read({ topics: [TOPIC], groupId: 'busy' });
    await reading.count(20);
    const partitions = [{ partition: 0, offset: '0' }];
    await assert.rejects(admin.setOffsets({ groupId: 'busy', topic: TOPIC, partitions }), /no running instances/);
    await assert.rejects(
      admin.deleteGroups(['busy']),
      (error: Error & { groups: { groupId: string; errorCode: number }[] }) => {
        assert.deepEqual(
          error.groups.map(({ groupId, errorCode }) => [groupId, errorCode]),
          [['busy', 68]],
        );
        return true;
      },
    );
  });

  test('deleteGroups: with its positions', async () => {
    await using scene = await openScene();
    const admin = await filledTopic(scene);
    await pastGroup(scene, 'past');
    assert.deepEqual(await admin.deleteGroups(['past']), [{ groupId: 'past', errorCode: 0 }]);
    assert.deepEqual(await admin.listGroups(), { groups: [] });
    assert.deepEqual(await admin.fetchOffsets({ groupId: 'past' }), []);
    await assert.rejects(admin.deleteGroups(['past']));
    await pastGroup(scene, 'past');
  });

  test('a topic that is deleted takes its positions with it', async () => {
    await using scene = await openScene();
    const admin = await filledTopic(scene);
    await pastGroup(scene, 'past');
    await admin.deleteTopics({ topics: [TOPIC] });
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }] });
    const [topic] = await admin.fetchOffsets({ groupId: 'past', topics: [TOPIC] });
    assert.deepEqual(
      topic?.partitions.map(({ offset }) => offset),
      ['-1', '-1'],
    );
  });
});

describe('groups by @platformatic/kafka', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('list by state, describe, delete', async () => {
    await using scene = await openScene();
    await filledTopic(scene);
    const admin = scene.platformatic.admin({ retries: 0 });
    await pastGroup(scene, 'past');
    const reading = await scene.read({ topics: [TOPIC], groupId: 'busy' });
    const states = [...(await admin.listGroups()).values()].map(({ id, state }) => `${id} ${state}`);
    assert.deepEqual(states.sort(), ['busy Stable', 'past Empty']);
    assert.deepEqual([...(await admin.listGroups({ states: ['STABLE'] })).keys()], ['busy'], 'in any case of letters');
    const group = (await admin.describeGroups({ groups: ['busy'] })).get('busy');
    const [member] = group?.members.values() ?? [];
    assert.deepEqual(member?.assignments?.get(TOPIC)?.partitions, [0, 1]);
    await assert.rejects(admin.deleteGroups({ groups: ['busy'] }), /not empty/i);
    await admin.deleteGroups({ groups: ['past'] });
    await reading.consumer.disconnect();
    assert.deepEqual([...(await admin.listGroups()).keys()], ['busy']);
  });

  test('positions: alter, list, delete; not while it has members', async () => {
    await using scene = await openScene();
    await filledTopic(scene);
    const admin = scene.platformatic.admin({ retries: 0 });
    const groupId = 'by-hand';
    const alter = (offset: bigint) => {
      const partitionOffsets = [
        { partition: 0, offset },
        { partition: 1, offset: 1n },
      ];
      return admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: TOPIC, partitionOffsets }] });
    };
    const list = async () => {
      const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      return group?.topics.flatMap(({ partitions }) =>
        partitions.map((one) => [one.partitionIndex, one.committedOffset]),
      );
    };
    await alter(4n);
    assert.deepEqual(await list(), [
      [0, 4n],
      [1, 1n],
    ]);
    const reading = await scene.read({ topics: [TOPIC], groupId, run: { autoCommit: false } });
    await reading.count(6 + 9);
    await assert.rejects(alter(5n), /not aware of this member|not empty/i);
    await reading.consumer.disconnect();
    await admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: TOPIC, partitionIndexes: [1] }] });
    assert.deepEqual(await list(), [[0, 4n]]);
  });

  test('members are shown the door', async () => {
    await using scene = await openScene();
    await filledTopic(scene);
    const admin = scene.platformatic.admin({ retries: 0 });
    const reading = await scene.read({ topics: [TOPIC], groupId: 'busy' });
    await reading.count(20);
    await admin.removeMembersFromConsumerGroup({ groupId: 'busy', members: null });
    // It notices with its next heartbeat, and joins again.
    await reading.assigned.until('another round', (all) => all.length >= 2);
  });
});
