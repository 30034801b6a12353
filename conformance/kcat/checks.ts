/** The checks. Each gets the name of a topic that nobody else uses; the broker creates topics with 4 partitions. */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import type { Kcat, Record } from './kcat.ts';

interface Check {
  readonly name: string;
  readonly needsSasl?: boolean;
  readonly check: (kcat: Kcat, topic: string) => Promise<void>;
}

const PARTITIONS = [0, 1, 2, 3];

const lines = (count: number, prefix = 'message'): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix} ${n}`);
const payloads = (records: readonly Record[]) => records.map(({ payload }) => payload);

const LOGIN = ['-X', 'security.protocol=SASL_PLAINTEXT', '-X', 'sasl.username=guest'];
const PLAIN = [...LOGIN, '-X', 'sasl.mechanisms=PLAIN'];
const ABSENT = 'kcat-was-never-created';

const general: readonly Check[] = [
  {
    name: 'metadata of the broker and of a topic created by asking for it',
    async check(kcat, topic) {
      await kcat.produce(topic, ['first']);
      const metadata = await kcat.metadata('-t', topic);
      assert.equal(metadata.brokers.length, 1);
      assert.equal(metadata.brokers[0]?.name, kcat.broker);
      assert.equal(metadata.controllerid, metadata.brokers[0]?.id);
      assert.equal(metadata.topics[0]?.topic, topic);
      const leader = metadata.brokers[0]?.id;
      assert.deepEqual(
        metadata.topics[0]?.partitions.map((partition) => [partition.partition, partition.leader]),
        PARTITIONS.map((partition) => [partition, leader]),
      );
      const all = await kcat.metadata();
      assert.ok(all.topics.some((one) => one.topic === topic));
    },
  },
  {
    name: 'a look at an absent topic neither finds nor creates it',
    async check(kcat) {
      assert.match(await kcat.failure(['-C', '-t', ABSENT, '-e']), /Unknown topic or partition/);
      assert.ok(!(await kcat.metadata()).topics.some(({ topic }) => topic === ABSENT));
    },
  },
  {
    name: 'keys, headers, offsets and timestamps',
    async check(kcat, topic) {
      const before = Date.now();
      await kcat.produce(topic, ['k1:v1', 'k2:'], '-p', '2', '-K:', '-H', 'a=1', '-H', 'a=two', '-H', 'none');
      const records = await kcat.consume(topic, '-p', '2');
      const shape = records.map(({ offset, partition, key, payload, tstype }) => [
        offset,
        partition,
        key,
        payload,
        tstype,
      ]);
      assert.deepEqual(shape, [
        [0, 2, 'k1', 'v1', 'create'],
        [1, 2, 'k2', '', 'create'],
      ]);
      for (const { ts, headers } of records) {
        assert.ok(ts >= before && ts <= Date.now(), `timestamp ${ts}`);
        assert.deepEqual(headers, ['a', '1', 'a', 'two', 'none', null]);
      }
    },
  },
  {
    name: 'null keys and null values',
    async check(kcat, topic) {
      await kcat.produce(topic, ['key:', ':value'], '-p', '0', '-K:', '-Z');
      const records = await kcat.consume(topic, '-p', '0');
      assert.deepEqual(
        records.map(({ key, payload }) => [key, payload]),
        [
          ['key', null],
          [null, 'value'],
        ],
      );
    },
  },
  {
    name: 'partitions keep apart',
    async check(kcat, topic) {
      for (const partition of PARTITIONS) await kcat.produce(topic, lines(partition + 1), '-p', String(partition));
      const records = await kcat.consume(topic);
      for (const partition of PARTITIONS) {
        const own = records.filter((record) => record.partition === partition);
        assert.deepEqual(payloads(own), lines(partition + 1));
        assert.deepEqual(
          own.map(({ offset }) => offset),
          own.map((_, index) => index),
        );
      }
      assert.match(await kcat.failure(['-C', '-t', topic, '-p', '9', '-e']), /partition 9 does not exist/);
    },
  },
  {
    name: 'a key always goes to one partition',
    async check(kcat, topic) {
      const input = Array.from({ length: 200 }, (_, n) => `key${n % 10}:${n}`);
      await kcat.produce(topic, input, '-K:', '-X', 'topic.partitioner=consistent');
      const records = await kcat.consume(topic);
      assert.equal(records.length, 200);
      for (const { key, partition } of records) assert.equal(partition, crc32(key ?? '') % PARTITIONS.length);
    },
  },
  {
    name: 'four thousand messages in order',
    async check(kcat, topic) {
      await kcat.produce(topic, lines(4000), '-p', '1');
      assert.deepEqual(payloads(await kcat.consume(topic, '-p', '1')), lines(4000));
    },
  },
];

const positions: readonly Check[] = [
  {
    name: 'by offset, from the front and from the end',
    async check(kcat, topic) {
      await kcat.produce(topic, lines(10), '-p', '0');
      const from = async (...args: string[]) => payloads(await kcat.consume(topic, '-p', '0', ...args));
      assert.deepEqual(await from('-o', '7'), lines(10).slice(7));
      assert.deepEqual(await from('-o', '3', '-c', '2'), lines(10).slice(3, 5));
      assert.deepEqual(await from('-o', '-2'), lines(10).slice(8));
      assert.deepEqual(await from('-o', 'end'), []);
    },
  },
  {
    name: 'an offset out of range',
    async check(kcat, topic) {
      await kcat.produce(topic, lines(3), '-p', '0');
      const args = ['-C', '-t', topic, '-p', '0', '-o', '100', '-e', '-X', 'topic.auto.offset.reset=error'];
      assert.match(await kcat.failure(args), /Offset out of range/);
      const reset = await kcat.consume(topic, '-p', '0', '-o', '100', '-X', 'topic.auto.offset.reset=earliest');
      assert.deepEqual(payloads(reset), lines(3));
    },
  },
  {
    name: 'by timestamp, and offsets for timestamps',
    async check(kcat, topic) {
      for (const word of ['one', 'two', 'three']) await kcat.produce(topic, [word, `${word}, too`], '-p', '3');
      const times = (await kcat.consume(topic, '-p', '3')).map(({ ts }) => ts);
      const second = times[2]!;
      assert.ok(times[1]! < second && times[3]! < times[4]!, `timestamps ${times}`);
      const within = await kcat.consume(topic, '-p', '3', '-o', `s@${second}`, '-o', `e@${times[4]}`);
      assert.deepEqual(payloads(within), ['two', 'two, too']);
      assert.equal(await kcat.offset(topic, 3, 0), 0);
      assert.equal(await kcat.offset(topic, 3, second), 2);
      assert.equal(await kcat.offset(topic, 3, times[3]! + 1), 4);
      assert.equal(await kcat.offset(topic, 3, times[5]! + 1), -1);
    },
  },
  {
    name: 'offsets of the beginning and the end',
    async check(kcat, topic) {
      await kcat.produce(topic, lines(5), '-p', '1');
      assert.equal(await kcat.offset(topic, 1, -2), 0);
      assert.equal(await kcat.offset(topic, 1, -1), 5);
      assert.equal(await kcat.offset(topic, 0, -1), 0);
    },
  },
  {
    name: 'a group goes on where it stopped',
    async check(kcat, topic) {
      for (const partition of PARTITIONS) await kcat.produce(topic, lines(5, `p${partition}`), '-p', String(partition));
      const group = `${topic}-group`;
      const first = await kcat.group(group, topic);
      assert.deepEqual(payloads(first).sort(), PARTITIONS.flatMap((partition) => lines(5, `p${partition}`)).sort());
      assert.deepEqual(await kcat.group(group, topic), []);
      await kcat.produce(topic, ['later'], '-p', '2');
      assert.deepEqual(payloads(await kcat.group(group, topic)), ['later']);
      assert.equal((await kcat.group(`${group}-2`, topic)).length, 21);
    },
  },
  {
    name: 'a group by a pattern of topics',
    async check(kcat, topic) {
      await kcat.produce(`${topic}-a`, ['a'], '-p', '0');
      await kcat.produce(`${topic}-b`, ['b'], '-p', '0');
      const records = await kcat.group(`${topic}-group`, `^${topic}-[ab]$`);
      assert.deepEqual(payloads(records).sort(), ['a', 'b']);
    },
  },
];

/** Compressed as told: librdkafka silently sends plain batches when it thinks that the broker can't do better. */
const codecs: readonly Check[] = ['gzip', 'snappy', 'lz4', 'zstd'].map((codec) => ({
  name: `compression by ${codec}`,
  async check(kcat: Kcat, topic: string) {
    const said = await kcat.produce(
      topic,
      lines(500),
      '-p',
      '0',
      '-z',
      codec,
      '-X',
      'debug=msg',
      '-X',
      'linger.ms=100',
    );
    const batches = [...said.matchAll(/Produce MessageSet with (\d+) message\(s\) \(.*?(\w+)\)$/gm)];
    // One of a few messages may be sent plain, since that is shorter.
    const used = batches.filter(([, count]) => Number(count) >= 50).map(([, , name]) => name);
    assert.deepEqual(new Set(used), new Set([codec]));
    assert.deepEqual(payloads(await kcat.consume(topic, '-p', '0')), lines(500));
    assert.deepEqual(
      payloads(await kcat.consume(topic, '-p', '0', '-o', '321', '-c', '3')),
      lines(500).slice(321, 324),
    );
  },
}));

const delivery: readonly Check[] = [
  ...['0', '1', 'all'].map((acks) => ({
    name: `acks=${acks}`,
    async check(kcat: Kcat, topic: string) {
      await kcat.produce(topic, ['created first'], '-p', '1');
      await kcat.produce(topic, lines(20), '-p', '0', '-X', `topic.acks=${acks}`);
      // Without acknowledgements nothing says when they have arrived: a consumer waits for the 20th.
      const records = await kcat.consume(topic, '-p', '0', '-c', '20', '-X', 'enable.partition.eof=false');
      assert.deepEqual(payloads(records), lines(20));
    },
  })),
  {
    name: 'an idempotent producer',
    async check(kcat, topic) {
      const said = await kcat.produce(topic, lines(300), '-p', '0', '-X', 'enable.idempotence=true', '-X', 'debug=eos');
      assert.match(said, /Acquired PID\{Id:\d+,Epoch:0\}/);
      assert.deepEqual(payloads(await kcat.consume(topic, '-p', '0')), lines(300));
    },
  },
  {
    name: 'a large message, and one that is too large',
    async check(kcat, topic) {
      const large = 'x'.repeat(900_000);
      await kcat.produce(topic, [large], '-p', '0');
      assert.deepEqual(payloads(await kcat.consume(topic, '-p', '0')), [large]);
      const args = ['-P', '-t', topic, '-p', '0', '-X', 'message.max.bytes=5000000'];
      assert.match(await kcat.failure(args, 'x'.repeat(2_000_000)), /Message size too large/);
      assert.equal(await kcat.offset(topic, 0, -1), 1);
    },
  },
  {
    name: 'SASL PLAIN',
    needsSasl: true,
    async check(kcat, topic) {
      const password = ['-X', 'sasl.password=guest'];
      await kcat.produce(topic, lines(3), '-p', '0', ...PLAIN, ...password);
      assert.deepEqual(payloads(await kcat.consume(topic, '-p', '0', ...PLAIN, ...password)), lines(3));
    },
  },
  {
    name: 'SASL with a wrong password and with a mechanism that is not there',
    needsSasl: true,
    async check(kcat) {
      const wrong = ['-L', '-m', '2', ...PLAIN, '-X', 'sasl.password=wrong'];
      assert.match(await kcat.failure(wrong), /SASL authentication error: .+/);
      const absent = ['-L', '-m', '2', ...LOGIN, '-X', 'sasl.password=guest', '-X', 'sasl.mechanisms=SCRAM-SHA-256'];
      assert.match(await kcat.failure(absent), /Unsupported SASL mechanism: broker's supported mechanisms: PLAIN/);
    },
  },
];

export const checks: readonly Check[] = [...general, ...positions, ...codecs, ...delivery];
