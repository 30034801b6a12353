/**
 * The broker as its Kafka clients see it: who is let in, several of them at once, a restart, the end.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ProduceAcks } from '@platformatic/kafka';
import { startBroker } from '../../../src/index.ts';
import { hashPassword } from '../../../src/server/password.ts';
import { numbers, openScene, Scene, TIMEOUT_MS, within } from './kit.ts';

const TOPIC = 'kept';

describe('SASL PLAIN', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  const users = [{ name: 'anna', passwordHash: hashPassword('right'), tags: [] }];
  const saslOf = (password: string, username = 'anna') => ({ mechanism: 'plain', username, password }) as const;
  const once = { retries: 0 };

  test('kafkajs: the right password', async () => {
    await using scene = await openScene({ users }, { sasl: saslOf('right') });
    const producer = await scene.producer();
    await producer.send({ topic: TOPIC, messages: [{ value: 'x' }] });
    const reading = await scene.read({ topics: [TOPIC] });
    await reading.count(1);
    assert.deepEqual(new Set(await (await scene.admin()).listTopics()), new Set([TOPIC, '__consumer_offsets']));
  });

  for (const [what, config] of [
    ['the wrong password', { sasl: saslOf('wrong') }],
    ['no such user', { sasl: saslOf('right', 'bertha') }],
    ['no password', { sasl: saslOf('') }],
    ['another mechanism', { sasl: { ...saslOf('right'), mechanism: 'scram-sha-256' as const } }],
    ['without a word', {}],
  ] as const) {
    test(`kafkajs: ${what}`, async () => {
      await using scene = await openScene({ users }, { ...config, retry: once });
      const admin = scene.kafka.admin();
      await assert.rejects(
        within(
          'refusal',
          admin.connect().then(() => admin.listTopics()),
        ),
        (error: Error) => {
          if ('sasl' in config) assert.match(String(error), /SASL|[Aa]uthentication/);
          return !error.message.includes('refusal');
        },
      );
      await admin.disconnect();
    });
  }

  test('@platformatic/kafka', async () => {
    await using scene = await openScene({ users });
    const sasl = (password: string) => ({ mechanism: 'PLAIN' as const, username: 'anna', password });
    const right = scene.platformatic.admin({ sasl: sasl('right') });
    await right.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1 });
    assert.deepEqual(await right.listTopics(), [TOPIC]);
    const wrong = scene.platformatic.admin({ sasl: sasl('wrong'), ...once });
    await assert.rejects(within('refusal', wrong.listTopics()), (error: Error) => {
      assert.match(inspect(error, { depth: 10 }), /SASL_AUTHENTICATION_FAILED.*Invalid username or password/s);
      return true;
    });
  });

  test('a user is let in without a need for it too: guest, if there are no users', async () => {
    await using scene = await openScene({}, { sasl: saslOf('guest', 'guest') });
    assert.deepEqual(await (await scene.admin()).listTopics(), []);
  });
});

describe('brokers', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  test('several in one process know nothing of each other', async () => {
    await using one = await openScene();
    await using two = await openScene();
    for (const [scene, value] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      await (await scene.producer()).send({ topic: TOPIC, messages: [{ value }] });
    }
    const readings = await Promise.all([one, two].map((scene) => scene.read({ topics: [TOPIC], groupId: 'same' })));
    for (const reading of readings) await reading.count(1);
    assert.deepEqual(
      readings.map((reading) => reading.values()),
      [['one'], ['two']],
    );
    assert.deepEqual(
      readings.map(({ assigned }) => assigned.all.at(-1)?.[TOPIC]?.length),
      [4, 4],
    );
  });

  test('several in one process have names and topic ids of their own', async () => {
    await using one = await openScene();
    await using two = await openScene();
    const seen = await Promise.all(
      [one, two].map(async (scene) => {
        const admin = scene.platformatic.admin();
        const [topic] = await admin.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1 });
        return { cluster: (await admin.metadata({ topics: [] })).id, topic: topic?.id };
      }),
    );
    assert.notEqual(seen[0]?.cluster, seen[1]?.cluster);
    assert.notEqual(seen[0]?.topic, seen[1]?.topic);
  });

  test('one that stops while clients are busy lets them go, and confirms nothing that it has not', async () => {
    const broker = await startBroker({ storage: 'memory' });
    await using scene = new Scene(broker, { retry: { retries: 0 } });
    const producer = await scene.producer();
    const reading = await scene.read({ topics: [TOPIC], consumer: { maxWaitTimeInMs: 10_000 } });
    const waiting = scene.platformatic.consumer({ retries: 0, maxWaitTime: 10_000 });
    const stream = await waiting.consume({ topics: [TOPIC], mode: 'latest' });
    stream.on('data', () => {});
    stream.on('error', () => {});
    await producer.send({ topic: TOPIC, messages: [{ value: 'before' }] });
    await reading.count(1);
    await broker.idle();
    const gone = new Promise<void>((resolve) => {
      reading.consumer.on('consumer.crash', () => resolve());
    });
    const started = performance.now();
    await within('stop', broker.stop());
    const tookMs = performance.now() - started;
    await within('the consumer notices', gone);
    assert.ok(tookMs < 5_000, `${tookMs} ms, though fetches waited`);
    await assert.rejects(within('refusal', producer.send({ topic: TOPIC, messages: [{ value: 'after' }] })));
    await broker.stop();
  });
});

describe('a restart on a folder', { timeout: TIMEOUT_MS, concurrency: true }, () => {
  /** Runs the parts one after the other, each with a broker of its own on the same folder and the same port. */
  async function lives(...parts: ((scene: Scene) => Promise<void>)[]): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-kafka-clients-'));
    try {
      let port = 0;
      for (const part of parts) {
        const broker = await startBroker({ storage: { folder }, kafkaPartitions: 4, ports: { kafka: port } });
        port = Number(new URL(broker.url('kafka')).port);
        await using scene = new Scene(broker);
        await part(scene);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('topics with their ids and configs, messages, positions', async () => {
    let before: unknown;
    const look = async (scene: Scene) => {
      const admin = scene.platformatic.admin();
      const [described] = await admin.describeConfigs({
        resources: [{ resourceType: 2, resourceName: TOPIC, configurationKeys: ['retention.ms', 'max.message.bytes'] }],
      });
      const [group] = await admin.listConsumerGroupOffsets({ groups: ['readers'] });
      const { id, topics } = await admin.metadata({ topics: [TOPIC] });
      return {
        cluster: id,
        topic: topics.get(TOPIC)?.id,
        partitions: topics.get(TOPIC)?.partitionsCount,
        configs: described?.configs.map(({ name, value, configSource }) => [name, value, configSource]),
        positions: group?.topics.flatMap(({ name, partitions }) =>
          partitions
            .map((one) => [name, one.partitionIndex, one.committedOffset, one.metadata])
            .sort((first, second) => Number(first[1]) - Number(second[1])),
        ),
        offsets: (await (await scene.admin()).fetchTopicOffsets(TOPIC))
          .map(({ partition, low, high }) => [partition, low, high])
          .sort((first, second) => Number(first[0]) - Number(second[0])),
      };
    };
    await lives(
      async (scene) => {
        const admin = await scene.admin();
        const configEntries = [
          { name: 'retention.ms', value: '123456789' },
          { name: 'max.message.bytes', value: '5000' },
        ];
        await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2, configEntries }] });
        await admin.createTopics({ topics: [{ topic: 'deleted' }] });
        const producer = await scene.producer();
        const messages = numbers(20).map((number) => ({
          key: `k${number}`,
          value: number === 3 ? null : `${number}`,
          headers: { number: `${number}` },
          timestamp: `${1_700_000_000_000 + number}`,
          partition: number % 2,
        }));
        await producer.send({ topic: TOPIC, messages, compression: 1 });
        const reading = await scene.read({ topics: [TOPIC], groupId: 'readers', run: { autoCommit: false } });
        await reading.count(20);
        await reading.consumer.commitOffsets([
          { topic: TOPIC, partition: 0, offset: '4', metadata: 'here' },
          { topic: TOPIC, partition: 1, offset: '10' },
        ]);
        await reading.consumer.disconnect();
        await admin.deleteTopics({ topics: ['deleted'] });
        await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition: 1, offset: '2' }] });
        before = await look(scene);
      },
      async (scene) => {
        assert.deepEqual(await look(scene), before);
        assert.deepEqual(await scene.platformatic.admin().listTopics(), [TOPIC]);
        const all = await scene.read({ topics: [TOPIC], groupId: 'new' });
        await all.count(18);
        assert.deepEqual([all.offsets(0), all.offsets(1)], [numbers(10), numbers(8, 2)]);
        const third = all.all.find(({ partition, offset }) => partition === 0 && offset === '3');
        assert.deepEqual(
          [third?.key?.toString(), third?.value?.toString(), String(third?.headers?.['number']), third?.timestamp],
          ['k6', '6', '6', '1700000000006'],
        );
        const reading = await scene.read({ topics: [TOPIC], groupId: 'readers' });
        await reading.count(6);
        assert.deepEqual([reading.offsets(0), reading.offsets(1)], [numbers(6, 4), []]);
        const producer = await scene.producer();
        const [sent] = await producer.send({ topic: TOPIC, messages: [{ value: 'next', partition: 0 }] });
        assert.equal(sent?.baseOffset, '10');
      },
    );
  });

  test('an idempotent producer that stayed goes on; what it repeats is known', async () => {
    let ids: { producerId: bigint; producerEpoch: number } | undefined;
    const repeat = async (scene: Scene) => {
      const message = { topic: TOPIC, value: 'first', partition: 0 };
      const sent = await scene.platformatic.producer().send({ messages: [message], acks: ProduceAcks.ALL, ...ids });
      return sent.offsets?.[0]?.offset;
    };
    const others = new Set<bigint | undefined>();
    await lives(
      async (scene) => {
        const producer = scene.platformatic.producer({
          idempotent: true,
          acks: ProduceAcks.ALL,
          autocreateTopics: true,
        });
        await producer.send({ messages: [{ topic: TOPIC, value: 'first', partition: 0 }] });
        const { producerId, producerEpoch } = producer;
        assert.ok(producerId !== undefined && producerEpoch !== undefined);
        ids = { producerId, producerEpoch };
        others.add(producerId);
      },
      async (scene) => {
        assert.equal(await repeat(scene), 0n);
        const producer = scene.platformatic.producer({ idempotent: true, acks: ProduceAcks.ALL });
        const { offsets } = await producer.send({ messages: [{ topic: TOPIC, value: 'second', partition: 0 }] });
        assert.equal(offsets?.[0]?.offset, 1n);
        others.add(producer.producerId);
      },
      async (scene) => {
        assert.equal(await repeat(scene), 0n);
        const reading = await scene.read({ topics: [TOPIC] });
        await reading.count(2);
        assert.deepEqual(reading.values(), ['first', 'second']);
        assert.equal(others.size, 2, 'no id is given twice');
      },
    );
  });

  test('a producer and a consumer that are connected come back by themselves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-kafka-clients-'));
    try {
      const first = await startBroker({ storage: { folder } });
      const port = Number(new URL(first.url('kafka')).port);
      const retry = { initialRetryTime: 50, maxRetryTime: 200, retries: 100 };
      const clients = new Scene(first, { retry });
      const producer = await clients.producer({ idempotent: true });
      const reading = await clients.read({ topics: [TOPIC], consumer: { retry } });
      const committed = new Promise((resolve) => reading.consumer.on('consumer.commit_offsets', resolve));
      await producer.send({ topic: TOPIC, acks: -1, messages: [{ value: 'before' }] });
      await within('commit', committed);
      await within('stop', first.stop());
      const sending = producer.send({ topic: TOPIC, acks: -1, messages: [{ value: 'meanwhile' }] });
      const second = await startBroker({ storage: { folder }, ports: { kafka: port } });
      try {
        const [sent] = await within('send', sending);
        assert.equal(sent?.baseOffset, '1');
        await reading.count(2);
        assert.deepEqual(reading.values(), ['before', 'meanwhile']);
      } finally {
        await clients[Symbol.asyncDispose]().finally(() => second.stop());
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
