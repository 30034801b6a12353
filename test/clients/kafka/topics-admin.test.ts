/**
 * What administrators do with topics, their configs and their records, by both clients.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigResourceTypes as Types } from '@platformatic/kafka';
import { numbers, openScene, type Scene, TIMEOUT_MS } from './kit.ts';

const ONCE = { retry: { retries: 0 } };

async function fill(scene: Scene, topic: string, count: number, partition = 0): Promise<void> {
  const producer = await scene.producer();
  await producer.send({ topic, messages: numbers(count).map((number) => ({ value: `${number}`, partition })) });
}

describe('topics by kafkajs', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('create, list, describe, delete', async () => {
    await using scene = await openScene();
    const admin = await scene.admin(ONCE);
    const topics = [{ topic: 'one', numPartitions: 1 }, { topic: 'three', numPartitions: 3 }, { topic: 'default' }];
    assert.equal(await admin.createTopics({ topics }), true);
    assert.deepEqual((await admin.listTopics()).sort(), ['default', 'one', 'three']);
    const { topics: described } = await admin.fetchTopicMetadata({ topics: ['three'] });
    const partitions = numbers(3).map((partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
      offlineReplicas: [],
    }));
    assert.deepEqual(described, [{ name: 'three', partitions }]);
    const all = await admin.fetchTopicMetadata();
    assert.deepEqual(all.topics.map(({ name, partitions }) => [name, partitions.length]).sort(), [
      ['default', 4],
      ['one', 1],
      ['three', 3],
    ]);
    await admin.deleteTopics({ topics: ['one', 'default'] });
    assert.deepEqual(await admin.listTopics(), ['three']);
  });

  test('what can’t be created, and why', async () => {
    await using scene = await openScene();
    const admin = await scene.admin(ONCE);
    await admin.createTopics({ topics: [{ topic: 'there' }] });
    // kafkajs takes this one for "nothing to do".
    assert.equal(await admin.createTopics({ topics: [{ topic: 'there' }] }), false);
    const refusals = [
      [{ topic: 'bad name' }, 'INVALID_TOPIC_EXCEPTION'],
      [{ topic: 'none', numPartitions: 0 }, 'INVALID_PARTITIONS'],
      [{ topic: 'many', numPartitions: 1_000_000 }, 'INVALID_PARTITIONS'],
      [{ topic: 'copies', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
      [{ topic: 'config', configEntries: [{ name: 'no.such', value: '1' }] }, 'INVALID_CONFIG'],
      [{ topic: 'value', configEntries: [{ name: 'retention.ms', value: 'long' }] }, 'INVALID_CONFIG'],
    ] as const;
    for (const [topic, type] of refusals) {
      const problem = admin.createTopics({
        topics: [{ ...topic, configEntries: [...('configEntries' in topic ? topic.configEntries : [])] }],
      });
      await assert.rejects(
        problem,
        (error: Error & { errors: { type: string }[] }) => error.errors[0]?.type === type,
        type,
      );
    }
    assert.equal(
      await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic: 'try' }] }),
      true,
    );
    assert.deepEqual(await admin.listTopics(), ['there']);
    await assert.rejects(
      admin.deleteTopics({ topics: ['nowhere'] }),
      ({ cause }: Error & { cause: { type?: string } }) => cause.type === 'UNKNOWN_TOPIC_OR_PARTITION',
    );
  });

  test('createPartitions: more, never fewer; what is in the old ones stays', async () => {
    await using scene = await openScene();
    const admin = await scene.admin(ONCE);
    await admin.createTopics({ topics: [{ topic: 'grow', numPartitions: 2 }] });
    await fill(scene, 'grow', 3, 1);
    const grow = async (topic: string, count: number) => {
      const failure = await admin.createPartitions({ topicPartitions: [{ topic, count }] }).then(
        () => null,
        (error: Error & { type: string }) => error,
      );
      return failure?.type;
    };
    assert.equal(await grow('grow', 5), undefined);
    assert.equal(await grow('grow', 5), 'INVALID_PARTITIONS');
    assert.equal(await grow('grow', 3), 'INVALID_PARTITIONS');
    assert.equal(await grow('nowhere', 3), 'UNKNOWN_TOPIC_OR_PARTITION');
    await fill(scene, 'grow', 2, 4);
    const offsets = await admin.fetchTopicOffsets('grow');
    assert.deepEqual(
      offsets.sort((one, two) => one.partition - two.partition).map(({ low, high }) => [low, high]),
      [
        ['0', '0'],
        ['0', '3'],
        ['0', '0'],
        ['0', '0'],
        ['0', '2'],
      ],
    );
  });

  test('deleteTopicRecords: the beginning moves, the offsets stay', async () => {
    await using scene = await openScene();
    const admin = await scene.admin(ONCE);
    await admin.createTopics({ topics: [{ topic: 'trim', numPartitions: 2 }] });
    await fill(scene, 'trim', 10, 0);
    await fill(scene, 'trim', 10, 1);
    const limits = async () =>
      (await admin.fetchTopicOffsets('trim'))
        .sort((one, two) => one.partition - two.partition)
        .map(({ low, high }) => `${low}-${high}`);
    assert.deepEqual(await limits(), ['0-10', '0-10']);
    const partitions = [
      { partition: 0, offset: '4' },
      { partition: 1, offset: '-1' },
    ];
    await admin.deleteTopicRecords({ topic: 'trim', partitions });
    assert.deepEqual(await limits(), ['4-10', '10-10']);
    const beyond = admin.deleteTopicRecords({ topic: 'trim', partitions: [{ partition: 0, offset: '11' }] });
    await assert.rejects(beyond, ({ cause }: Error & { cause: { partitions: { error: { type: string } }[] } }) => {
      return cause.partitions[0]?.error.type === 'OFFSET_OUT_OF_RANGE';
    });
    const reading = await scene.read({ topics: ['trim'] });
    await reading.count(6);
    assert.deepEqual(reading.offsets(), [4, 5, 6, 7, 8, 9]);
  });

  test('configs: described with their sources, altered, and put back', async () => {
    await using scene = await openScene();
    const admin = await scene.admin(ONCE);
    const configEntries = [{ name: 'retention.ms', value: '60000' }];
    await admin.createTopics({ topics: [{ topic: 'conf', configEntries }] });
    const type = Types.TOPIC;
    const describe = async (...configNames: string[]) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type, name: 'conf', configNames }],
      });
      const entries = resources[0]?.configEntries ?? [];
      return Object.fromEntries(
        entries.map(({ configName, configValue, configSource }) => [configName, [configValue, configSource]]),
      );
    };
    const names = ['retention.ms', 'cleanup.policy', 'max.message.bytes'];
    assert.deepEqual(await describe(...names), {
      'retention.ms': ['60000', 1],
      'cleanup.policy': ['delete', 5],
      'max.message.bytes': ['1048588', 5],
    });
    const alter = (entries: { name: string; value: string }[], validateOnly = false, name = 'conf') =>
      admin.alterConfigs({ validateOnly, resources: [{ type, name, configEntries: entries }] });
    await alter([{ name: 'cleanup.policy', value: 'compact' }], true);
    assert.deepEqual((await describe('cleanup.policy'))['cleanup.policy'], ['delete', 5]);
    // All that is not named is as if it had never been set.
    await alter([{ name: 'cleanup.policy', value: 'compact' }]);
    assert.deepEqual(await describe(...names), {
      'retention.ms': ['604800000', 5],
      'cleanup.policy': ['compact', 1],
      'max.message.bytes': ['1048588', 5],
    });
    await assert.rejects(alter([{ name: 'no.such', value: '1' }]), { type: 'INVALID_CONFIG' });
    await assert.rejects(alter([{ name: 'retention.ms', value: 'x' }]), { type: 'INVALID_CONFIG' });
    await assert.rejects(alter([], false, 'nowhere'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
    assert.ok(Object.keys(await describe()).length > 25, 'all there are, if none is named');
  });

  test('the broker’s configs', async () => {
    await using scene = await openScene();
    const admin = await scene.admin(ONCE);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: Types.BROKER, name: '1', configNames: ['num.partitions', 'node.id'] }],
    });
    assert.deepEqual(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]).sort(),
      [
        ['node.id', '1'],
        ['num.partitions', '4'],
      ],
    );
  });

  test('describeCluster names the one broker, where it was found', async () => {
    await using scene = await openScene();
    const cluster = await (await scene.admin()).describeCluster();
    const { hostname, port } = new URL(scene.broker.url('kafka'));
    assert.deepEqual(cluster.brokers, [{ nodeId: 1, host: hostname, port: Number(port) }]);
    assert.equal(cluster.controller, 1);
    assert.match(cluster.clusterId, /^[\w-]{22}$/);
  });
});

describe('topics by @platformatic/kafka', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('create with ids and configs, list, delete', async () => {
    await using scene = await openScene();
    const admin = scene.platformatic.admin({ retries: 0 });
    const configs = [{ name: 'retention.ms', value: '1000' }];
    const created = await admin.createTopics({
      topics: ['a', { topic: 'b', partitions: 2 }],
      partitions: 3,
      replicas: 1,
      configs,
    });
    assert.deepEqual(
      created.map(({ name, partitions, replicas, configuration }) => [
        name,
        partitions,
        replicas,
        configuration['retention.ms'],
      ]),
      [
        ['a', 3, 1, '1000'],
        ['b', 2, 1, '1000'],
      ],
    );
    const { topics } = await admin.metadata({ topics: ['a', 'b'] });
    assert.deepEqual(
      created.map(({ id }) => id),
      ['a', 'b'].map((name) => topics.get(name)?.id),
    );
    await assert.rejects(admin.createTopics({ topics: ['a'] }), /already exists/);
    await admin.deleteTopics({ topics: ['a'] });
    assert.deepEqual(await admin.listTopics(), ['b']);
    await assert.rejects(admin.deleteTopics({ topics: ['a'] }), /does not host this topic/i);
  });

  test('createPartitions, deleteRecords, offsets', async () => {
    await using scene = await openScene();
    const admin = scene.platformatic.admin({ retries: 0 });
    await admin.createTopics({ topics: ['t'], partitions: 1, replicas: 1 });
    await admin.createPartitions({ topics: [{ name: 't', count: 2, assignments: [{ brokerIds: [1] }] }] });
    await fill(scene, 't', 5, 1);
    assert.deepEqual(
      await admin.deleteRecords({ topics: [{ name: 't', partitions: [{ partition: 1, offset: 2n }] }] }),
      [{ name: 't', partitions: [{ partition: 1, lowWatermark: 2n }] }],
    );
    const at = async (timestamp: bigint) => {
      const partitions = numbers(2).map((partitionIndex) => ({ partitionIndex, timestamp }));
      const [topic] = await admin.listOffsets({ topics: [{ name: 't', partitions }] });
      return topic?.partitions.map(({ offset }) => offset);
    };
    assert.deepEqual(
      [await at(-2n), await at(-1n)],
      [
        [0n, 2n],
        [0n, 5n],
      ],
    );
  });

  test('configs: set, delete, append and subtract, one by one; with documentation', async () => {
    await using scene = await openScene();
    const admin = scene.platformatic.admin({ retries: 0 });
    await admin.createTopics({
      topics: ['t'],
      partitions: 1,
      replicas: 1,
      configs: [{ name: 'retention.ms', value: '7' }],
    });
    const resource = { resourceType: Types.TOPIC, resourceName: 't' };
    // 0: set, 1: delete, 2: append, 3: subtract
    const alter = (name: string, configOperation: 0 | 1 | 2 | 3, value?: string) => {
      const config = { name, configOperation, ...(value === undefined ? {} : { value }) };
      return admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [config] as never }] });
    };
    const settingOf = async (name: string) => {
      const [described] = await admin.describeConfigs({
        resources: [{ ...resource, configurationKeys: [name] }],
        includeDocumentation: true,
        includeSynonyms: true,
      });
      const [config] = described?.configs ?? [];
      assert.ok((config?.documentation ?? '').length > 10);
      return [config?.value, config?.configSource];
    };
    await alter('max.message.bytes', 0, '2000');
    assert.deepEqual(
      [await settingOf('retention.ms'), await settingOf('max.message.bytes')],
      [
        ['7', 1],
        ['2000', 1],
      ],
    );
    await alter('cleanup.policy', 2, 'compact');
    assert.deepEqual(await settingOf('cleanup.policy'), ['delete,compact', 1]);
    await alter('cleanup.policy', 3, 'delete');
    assert.deepEqual(await settingOf('cleanup.policy'), ['compact', 1]);
    await alter('retention.ms', 1);
    assert.deepEqual(await settingOf('retention.ms'), ['604800000', 5]);
    await assert.rejects(alter('retention.ms', 2, '1'), /Configuration is invalid/);
  });

  test('describeLogDirs tells how much is there', async () => {
    await using scene = await openScene();
    const admin = scene.platformatic.admin();
    await admin.createTopics({ topics: ['t'], partitions: 1, replicas: 1 });
    const producer = await scene.producer();
    await producer.send({ topic: 't', messages: [{ value: 'x'.repeat(10_000) }] });
    const [dirs] = await admin.describeLogDirs({ topics: [{ name: 't', partitions: [0] }] });
    const [partition] = dirs?.results[0]?.topics[0]?.partitions ?? [];
    assert.ok((partition?.partitionSize ?? 0n) >= 10_000n, `${partition?.partitionSize}`);
  });
});
