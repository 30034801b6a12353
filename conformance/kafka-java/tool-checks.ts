/** The checks of the tools. Each gets the name of a topic that nobody else uses. */
import assert from 'node:assert/strict';
import type { Tools } from './tools.ts';

interface Check {
  readonly name: string;
  readonly check: (tools: Tools, topic: string) => Promise<void>;
}

const has = (lines: readonly string[], pattern: RegExp): void => {
  assert.ok(
    lines.some((line) => pattern.test(line)),
    `no ${pattern} in: ${lines.join(' | ')}`,
  );
};

const create = (tools: Tools, topic: string, partitions: number): Promise<string[]> =>
  tools.lines('kafka-topics', ['--create', '--topic', topic, '--partitions', String(partitions)]);

const console = async (tools: Tools, topic: string, lines: readonly string[]): Promise<void> => {
  await tools.lines('kafka-console-producer', ['--topic', topic], lines.map((line) => `${line}\n`).join(''));
};

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}`);

export const toolChecks: readonly Check[] = [
  {
    name: 'kafka-topics creates, describes, alters, lists and deletes',
    async check(tools, topic) {
      has(await create(tools, topic, 2), new RegExp(`^Created topic ${topic}\\.$`));
      const args = ['--topic', topic];
      has(await tools.lines('kafka-topics', ['--describe', ...args]), /PartitionCount: 2\s+ReplicationFactor: 1\s/);
      await tools.lines('kafka-topics', ['--alter', ...args, '--partitions', '3']);
      has(await tools.lines('kafka-topics', ['--describe', ...args]), /\sPartition: 2\s+Leader: \d+\s/);
      assert.ok((await tools.lines('kafka-topics', ['--list'])).includes(topic));
      assert.match(await tools.failure('kafka-topics', ['--create', ...args]), /already exists/);
      await tools.lines('kafka-topics', ['--delete', ...args]);
      assert.match(await tools.failure('kafka-topics', ['--describe', ...args]), /does not exist/);
    },
  },
  {
    name: 'kafka-configs alters and describes',
    async check(tools, topic) {
      await create(tools, topic, 1);
      const entity = ['--entity-type', 'topics', '--entity-name', topic];
      await tools.lines('kafka-configs', ['--alter', ...entity, '--add-config', 'retention.bytes=5000']);
      has(await tools.lines('kafka-configs', ['--describe', ...entity]), /^ {2}retention\.bytes=5000 sensitive=false/);
      has(await tools.lines('kafka-configs', ['--describe', '--all', ...entity]), /^ {2}cleanup\.policy=delete /);
      await tools.lines('kafka-configs', ['--alter', ...entity, '--delete-config', 'retention.bytes']);
      const described = await tools.lines('kafka-configs', ['--describe', ...entity]);
      assert.ok(!described.some((line) => line.includes('retention.bytes')), described.join(' | '));
      const wrong = ['--alter', ...entity, '--add-config', 'retention.ms=soon'];
      assert.match(await tools.failure('kafka-configs', wrong), /InvalidConfigurationException/);
    },
  },
  {
    name: 'kafka-console-producer and kafka-console-consumer',
    async check(tools, topic) {
      const keys = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];
      const headers = ['--reader-property', 'parse.headers=true', '--reader-property', 'headers.delimiter=|'];
      await tools.lines(
        'kafka-console-producer',
        ['--topic', topic, ...keys, ...headers],
        'a:1,b:2|k1:v1\na:3|k2:v2\n',
      );
      const print = ['key', 'headers', 'offset'].flatMap((what) => ['--formatter-property', `print.${what}=true`]);
      const args = ['--topic', topic, '--from-beginning', '--max-messages', '2', '--timeout-ms', '20000', ...print];
      const lines = await tools.lines('kafka-console-consumer', args);
      has(lines, /^Offset:0\ta:1,b:2\tk1\tv1$/);
      has(lines, /^Offset:\d\ta:3\tk2\tv2$/);
    },
  },
  {
    name: 'kafka-console-consumer of one partition from an offset',
    async check(tools, topic) {
      await create(tools, topic, 1);
      await console(tools, topic, numbered(10));
      const args = [
        '--topic',
        topic,
        '--partition',
        '0',
        '--offset',
        '6',
        '--max-messages',
        '4',
        '--timeout-ms',
        '20000',
      ];
      const lines = await tools.lines('kafka-console-consumer', args);
      assert.deepEqual(
        lines.filter((line) => line.startsWith('line')),
        numbered(10).slice(6),
      );
    },
  },
  {
    name: 'kafka-producer-perf-test and kafka-consumer-perf-test',
    async check(tools, topic) {
      await create(tools, topic, 3);
      const load = ['--topic', topic, '--num-records', '5000', '--record-size', '200', '--throughput', '-1'];
      has(await tools.lines('kafka-producer-perf-test', load), /^5000 records sent, /);
      const args = ['--topic', topic, '--num-records', '5000', '--timeout', '20000'];
      const [, figures = ''] = await tools.lines('kafka-consumer-perf-test', args);
      assert.equal(figures.split(', ')[4], '5000', figures);
    },
  },
  {
    name: 'kafka-e2e-latency',
    async check(tools, topic) {
      await create(tools, topic, 1);
      const args = ['--topic', topic, '--num-records', '30', '--producer-acks', 'all', '--record-size', '50'];
      has(await tools.lines('kafka-e2e-latency', args), /^Avg latency: \d+\.\d+ ms$/);
    },
  },
  {
    name: 'kafka-get-offsets',
    async check(tools, topic) {
      await create(tools, topic, 1);
      await console(tools, topic, numbered(7));
      const offsets = (time: string) => tools.lines('kafka-get-offsets', ['--topic', topic, '--time', time]);
      assert.deepEqual(await offsets('earliest'), [`${topic}:0:0`]);
      assert.deepEqual(await offsets('latest'), [`${topic}:0:7`]);
      has(await offsets('max-timestamp'), new RegExp(`^${topic}:0:[0-6]$`));
      assert.deepEqual(await offsets('1'), [`${topic}:0:0`]);
    },
  },
  {
    name: 'kafka-consumer-groups describes, resets and deletes',
    async check(tools, topic) {
      const group = `${topic}-group`;
      await create(tools, topic, 1);
      await console(tools, topic, numbered(5));
      const consume = ['--topic', topic, '--group', group, '--from-beginning', '--max-messages', '5'];
      await tools.lines('kafka-console-consumer', [...consume, '--timeout-ms', '20000']);
      const groups = (...args: string[]) => tools.lines('kafka-consumer-groups', args);
      assert.ok((await groups('--list')).includes(group));
      const offsets = async () => {
        const line = (await groups('--describe', '--group', group)).find((one) => one.startsWith(group)) ?? '';
        return line.split(/\s+/).slice(1, 6).join(' ');
      };
      assert.equal(await offsets(), `${topic} 0 5 5 0`);
      has(await groups('--describe', '--group', group, '--state'), /\sEmpty\s/);
      await groups('--reset-offsets', '--group', group, '--topic', topic, '--to-offset', '2', '--execute');
      assert.equal(await offsets(), `${topic} 0 2 5 3`);
      has(await groups('--delete-offsets', '--group', group, '--topic', topic), /^\S+\s+0\s+Successful/);
      await groups('--delete', '--group', group);
      assert.ok(!(await groups('--list')).includes(group));
      assert.match((await groups('--delete', '--group', group)).join(), /GroupIdNotFoundException/);
    },
  },
  {
    name: 'kafka-groups lists groups with their types',
    async check(tools, topic) {
      const group = `${topic}-group`;
      await create(tools, topic, 1);
      await console(tools, topic, numbered(1));
      const consume = ['--topic', topic, '--group', group, '--from-beginning', '--max-messages', '1'];
      await tools.lines('kafka-console-consumer', [...consume, '--timeout-ms', '20000']);
      has(await tools.lines('kafka-groups', ['--list']), new RegExp(`^${group}\\s+Classic\\s+consumer`));
    },
  },
  {
    name: 'kafka-delete-records',
    async check(tools, topic) {
      await create(tools, topic, 1);
      await console(tools, topic, numbered(5));
      const records = { version: 1, partitions: [{ topic, partition: 0, offset: 3 }] };
      const file = tools.file('delete-records.json', JSON.stringify(records));
      has(await tools.lines('kafka-delete-records', ['--offset-json-file', file]), /\blow_watermark: 3$/);
      assert.deepEqual(await tools.lines('kafka-get-offsets', ['--topic', topic, '--time', '-2']), [`${topic}:0:3`]);
    },
  },
  {
    name: 'kafka-cluster and kafka-broker-api-versions',
    async check(tools) {
      has(await tools.lines('kafka-cluster', ['cluster-id']), /^Cluster ID: \S+$/);
      const versions = await tools.lines('kafka-broker-api-versions', []);
      has(versions, new RegExp(`^${tools.broker.replaceAll('.', '\\.')} \\(id: \\d+ rack: null.*\\) -> \\($`));
      has(versions, /^\tProduce\(0\): 0 to \d+ \[usable: \d+\],$/);
      has(versions, /^\tFetch\(1\): 4 to \d+ \[usable: \d+\],$/);
    },
  },
  {
    name: 'kafka-verifiable-producer and kafka-verifiable-consumer',
    async check(tools, topic) {
      await create(tools, topic, 2);
      type Event = { name: string; acked?: number; count?: number; success?: boolean };
      const events = (lines: readonly string[]) =>
        lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Event);
      const load = ['--topic', topic, '--max-messages', '300', '--acks', '-1'];
      const sent = events(await tools.lines('kafka-verifiable-producer', load));
      assert.equal(sent.find(({ name }) => name === 'tool_data')?.acked, 300);
      const args = ['--topic', topic, '--group-id', `${topic}-group`, '--max-messages', '300'];
      const got = events(await tools.lines('kafka-verifiable-consumer', [...args, '--reset-policy', 'earliest']));
      const counts = got.filter(({ name }) => name === 'records_consumed').map(({ count = 0 }) => count);
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        300,
      );
      const commits = got.filter(({ name }) => name === 'offsets_committed');
      assert.ok(commits.length > 0 && commits.every(({ success }) => success === true), 'commits');
    },
  },
];
