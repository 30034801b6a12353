/**
 * Configs: what is described, what may be set, what follows from it, and each way in which a change is refused.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROKER_CONFIGS } from '../../../src/session/kafka/broker-config.ts';
import { type ConfigDefinition, problemOf } from '../../../src/session/kafka/config-definition.ts';
import {
  alterConfigs,
  describeConfigs,
  incrementalAlterConfigs,
  listConfigResources,
} from '../../../src/session/kafka/operations/configs.ts';
import { retentionOf, topicConfigOf } from '../../../src/session/kafka/topic-config.ts';
import { TOPIC_CONFIGS } from '../../../src/session/kafka/topic-definitions.ts';
import {
  alterConfigsApi,
  CONFIG_OPERATION,
  CONFIG_RESOURCE,
  CONFIG_SOURCE,
  CONFIG_TYPE,
  describeConfigsApi,
  incrementalAlterConfigsApi,
  listConfigResourcesApi,
} from '../../../src/wire/kafka/apis/configs.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { AdminKit } from './admin-kit.ts';

const { set: SET, delete: DELETE, append: APPEND, subtract: SUBTRACT } = CONFIG_OPERATION;
const { topic: TOPIC, broker: BROKER, brokerLogger: LOGGER, clientMetrics: METRICS, group: GROUP } = CONFIG_RESOURCE;

type Step = readonly [name: string, configOperation: number, value: string | null];

function describe(kit: AdminKit, resourceName: string, keys: string[] | null = null, resourceType: number = TOPIC) {
  const request = {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  };
  const [result, ...more] = kit.ask(describeConfigs, describeConfigsApi, 4, request).results;
  assert.ok(result !== undefined && more.length === 0);
  return result;
}

/** The value that holds, and where it comes from. */
function held(kit: AdminKit, name: string): [value: string | null | undefined, source: number | undefined] {
  const [entry] = describe(kit, 'orders', [name]).configs;
  return [entry?.value, entry?.configSource];
}

function change(
  kit: AdminKit,
  steps: readonly Step[],
  { name = 'orders', type = TOPIC as number, validateOnly = false, version = 1 } = {},
) {
  const configs = steps.map(([config, configOperation, value]) => ({ name: config, configOperation, value }));
  const request = { resources: [{ resourceType: type, resourceName: name, configs }], validateOnly };
  const [answer] = kit.ask(incrementalAlterConfigs, incrementalAlterConfigsApi, version, request).responses;
  return [answer?.errorCode, answer?.errorMessage];
}

function replace(
  kit: AdminKit,
  settings: Readonly<Record<string, string | null>>,
  { name = 'orders', type = TOPIC as number, validateOnly = false, version = 2 } = {},
) {
  const configs = Object.entries(settings).map(([config, value]) => ({ name: config, value }));
  const request = { resources: [{ resourceType: type, resourceName: name, configs }], validateOnly };
  const [answer] = kit.ask(alterConfigs, alterConfigsApi, version, request).responses;
  return [answer?.errorCode, answer?.errorMessage];
}

// ── Definitions ──

test("every default is a value that its own config takes, and Kafka's topic configs are all there", () => {
  for (const definition of [...TOPIC_CONFIGS.values(), ...BROKER_CONFIGS.values()]) {
    if (definition.initial !== null) assert.equal(problemOf(definition, definition.initial), null, definition.name);
    assert.ok(definition.documentation.length > 10, definition.name);
  }
  const names = [...TOPIC_CONFIGS.keys()];
  assert.equal(names.length, 33);
  assert.deepEqual(names, [...names].sort());
  for (const { name, synonym, initial } of TOPIC_CONFIGS.values()) {
    assert.notEqual(initial, null, `${name} needs a default`);
    if (synonym !== undefined) assert.equal(BROKER_CONFIGS.get(synonym)?.initial, initial, name);
  }
});

test('what values are taken', () => {
  const says = (name: string, value: string): string | null =>
    problemOf(TOPIC_CONFIGS.get(name) as ConfigDefinition, value);
  const good: readonly (readonly [name: string, ...values: string[]])[] = [
    ['retention.ms', '-1', ' 5 ', '+5', '9223372036854775807'],
    ['cleanup.policy', 'delete', 'compact', 'compact, delete', ''],
    ['preallocate', 'TRUE', 'false'],
    ['min.cleanable.dirty.ratio', '0', '1', '.25', '1e-3'],
    ['compression.gzip.level', '-1', '1', '9'],
    ['compression.zstd.level', '-131072', '22'],
    ['leader.replication.throttled.replicas', '', '*', '0:1,1:1'],
    ['remote.storage.enable', 'false'],
  ];
  for (const [name, ...values] of good) for (const value of values) assert.equal(says(name, value), null, value);
  const bad: readonly (readonly [name: string, ...values: string[]])[] = [
    ['retention.ms', '', 'soon', '1.5', '-2', '0x10', '9223372036854775808', '1'.repeat(1_000_000)],
    ['segment.bytes', '1048575', '2147483648'],
    ['cleanup.policy', 'x', 'delete,', 'DELETE'],
    ['compression.type', 'zip', 'GZIP', ''],
    ['preallocate', 'yes', ''],
    ['min.cleanable.dirty.ratio', '1.1', '-0.1', 'x', 'NaN', 'Infinity', '1e999'],
    ['compression.gzip.level', '0', '10'],
    ['compression.zstd.level', '-131073', '23'],
    ['leader.replication.throttled.replicas', 'a', '0', '0:1,', `${'0:1,'.repeat(10_000)}0:1`],
    ['remote.storage.enable', 'true'],
  ];
  for (const [name, ...values] of bad) {
    for (const value of values) assert.notEqual(says(name, value), null, `${name}=${value.slice(0, 40)}`);
  }
});

test('what is made of the settings of a topic', () => {
  const settings = (values: Readonly<Record<string, string>>) => new Map(Object.entries(values));
  const kit = new AdminKit();
  const plain = kit.topic('plain');
  assert.deepEqual(topicConfigOf(plain), {
    maxMessageBytes: 1_048_588,
    timestampType: 'CreateTime',
    timestampBeforeMaxMs: 2 ** 63,
    timestampAfterMaxMs: 3_600_000,
    compact: false,
    deletes: true,
    compressionType: 'producer',
  });
  assert.equal(topicConfigOf(plain), topicConfigOf(plain), 'it is parsed once');
  assert.deepEqual(retentionOf(new Map()), { ms: 604_800_000, bytes: -1 });
  assert.deepEqual(retentionOf(settings({ 'retention.ms': '-1', 'retention.bytes': '9' })), { ms: -1, bytes: 9 });
  assert.deepEqual(retentionOf(settings({ 'cleanup.policy': 'compact' })), { ms: -1, bytes: -1 });
  assert.deepEqual(retentionOf(settings({ 'cleanup.policy': 'compact,delete', 'retention.ms': '7' })), {
    ms: 7,
    bytes: -1,
  });
  assert.deepEqual(retentionOf(settings({ 'retention.ms': 'nonsense' })), { ms: 604_800_000, bytes: -1 });
});

// ── Describing ──

test('a topic is described with all that it has, in every version', () => {
  const kit = new AdminKit();
  kit.topic('orders', 1, { 'max.message.bytes': '5000' });
  for (let version = 1; version <= 4; version++) {
    const request = {
      resources: [{ resourceType: TOPIC, resourceName: 'orders', configurationKeys: null }],
      includeSynonyms: true,
      ...(version >= 3 ? { includeDocumentation: true } : {}),
    };
    const [result] = kit.ask(describeConfigs, describeConfigsApi, version, request).results;
    assert.equal(result?.errorCode, ERROR.NONE);
    assert.deepEqual(
      result.configs.map(({ name }) => name),
      [...TOPIC_CONFIGS.keys()],
    );
    const entry = result.configs.find(({ name }) => name === 'max.message.bytes');
    assert.deepEqual(entry?.synonyms, [
      { name: 'max.message.bytes', value: '5000', source: CONFIG_SOURCE.dynamicTopic },
      { name: 'message.max.bytes', value: '1048588', source: CONFIG_SOURCE.default },
    ]);
    assert.deepEqual([entry.value, entry.readOnly, entry.isSensitive], ['5000', false, false]);
    if (version < 3) continue;
    assert.equal(entry.configType, CONFIG_TYPE.int);
    assert.match(entry.documentation ?? '', /batch/);
  }
});

test('only what is asked for is told: names, synonyms, documentation', () => {
  const kit = new AdminKit();
  kit.topic('orders');
  const two = describe(kit, 'orders', ['retention.ms', 'no.such', 'cleanup.policy']);
  assert.deepEqual(
    two.configs.map(({ name }) => name),
    ['cleanup.policy', 'retention.ms'],
  );
  assert.equal(describe(kit, 'orders', []).configs.length, TOPIC_CONFIGS.size, 'to name none is to name all');
  const request = {
    resources: [{ resourceType: TOPIC, resourceName: 'orders', configurationKeys: ['cleanup.policy'] }],
    includeSynonyms: false,
    includeDocumentation: false,
  };
  const [entry] = kit.ask(describeConfigs, describeConfigsApi, 4, request).results[0]?.configs ?? [];
  assert.deepEqual([entry?.synonyms, entry?.documentation], [[], null]);
  const twice = { ...request, resources: [...request.resources, ...request.resources] };
  assert.equal(kit.ask(describeConfigs, describeConfigsApi, 4, twice).results.length, 1, 'each resource once');
});

test('the broker is described as it is', () => {
  const kit = new AdminKit();
  const { configs } = describe(kit, '1', null, BROKER);
  const value = (name: string) => configs.find((entry) => entry.name === name)?.value;
  assert.equal(value('num.partitions'), '2');
  assert.equal(value('node.id'), '1');
  assert.equal(value('advertised.listeners'), 'PLAINTEXT://localhost:9092');
  assert.equal(value('auto.create.topics.enable'), 'true');
  assert.equal(value('message.max.bytes'), '1048588');
  assert.equal(value('default.replication.factor'), '1');
  assert.ok(configs.every(({ readOnly }) => readOnly));
  const partitions = configs.find(({ name }) => name === 'num.partitions');
  assert.deepEqual(partitions?.synonyms, [
    { name: 'num.partitions', value: '2', source: CONFIG_SOURCE.staticBroker },
    { name: 'num.partitions', value: '1', source: CONFIG_SOURCE.default },
  ]);
  for (const { name, value: held } of configs) {
    const definition = BROKER_CONFIGS.get(name) as ConfigDefinition;
    if (held !== null) assert.equal(problemOf(definition, held), null, name);
  }
  assert.deepEqual(
    describe(kit, '1', ['node.id'], BROKER).configs.map(({ name }) => name),
    ['node.id'],
  );
  assert.deepEqual(describe(kit, '', null, BROKER).configs, [], 'nothing is set for all brokers together');
});

test('resources that are not there, and those that have nothing', () => {
  const kit = new AdminKit();
  const code = (name: string, type: number): number => describe(kit, name, null, type).errorCode;
  assert.equal(code('absent', TOPIC), ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(code('a/b', TOPIC), ERROR.INVALID_TOPIC_EXCEPTION);
  assert.equal(code('', TOPIC), ERROR.INVALID_TOPIC_EXCEPTION);
  for (const type of [BROKER, LOGGER]) {
    assert.equal(code('7', type), ERROR.INVALID_REQUEST);
    assert.equal(code('x', type), ERROR.INVALID_REQUEST);
  }
  for (const type of [0, 3, 99]) assert.equal(code('1', type), ERROR.INVALID_REQUEST);
  for (const type of [LOGGER, GROUP, METRICS]) {
    const { errorCode, configs } = describe(kit, '1', null, type);
    assert.deepEqual([errorCode, configs], [ERROR.NONE, []]);
  }
});

// ── Altering by steps ──

test('steps set, take away, and change lists; the retention follows, and a restart keeps it', () => {
  const kit = new AdminKit();
  const topic = kit.topic('orders');
  const before = topic.settings;
  for (const version of [0, 1]) {
    const steps: Step[] = [
      ['retention.ms', SET, '5000'],
      ['retention.bytes', SET, '700'],
    ];
    assert.deepEqual(change(kit, steps, { version }), [ERROR.NONE, null]);
    assert.ok(kit.waited, 'it is durable when it is answered');
  }
  assert.equal(before.size, 0, 'settings are replaced, never changed');
  assert.deepEqual(topic.retention, { ms: 5_000, bytes: 700 });
  assert.deepEqual(held(kit, 'retention.ms'), ['5000', CONFIG_SOURCE.dynamicTopic]);
  change(kit, [['cleanup.policy', APPEND, 'compact']]);
  assert.deepEqual(held(kit, 'cleanup.policy'), ['delete,compact', CONFIG_SOURCE.dynamicTopic]);
  change(kit, [['cleanup.policy', APPEND, 'compact, delete']]);
  assert.equal(held(kit, 'cleanup.policy')[0], 'delete,compact');
  change(kit, [['cleanup.policy', SUBTRACT, 'delete']]);
  assert.equal(held(kit, 'cleanup.policy')[0], 'compact');
  assert.deepEqual(topic.retention, { ms: -1, bytes: -1 });
  const again = kit.restart();
  assert.deepEqual(again.node.topics.find('orders')?.settings, topic.settings);
  assert.deepEqual(again.node.topics.find('orders')?.retention, { ms: -1, bytes: -1 });
  assert.deepEqual(held(again, 'retention.ms'), ['5000', CONFIG_SOURCE.dynamicTopic]);
  change(again, [
    ['cleanup.policy', DELETE, null],
    ['retention.ms', DELETE, null],
    ['never.was', DELETE, null],
  ]);
  assert.deepEqual(held(again, 'cleanup.policy'), ['delete', CONFIG_SOURCE.default]);
  assert.deepEqual(again.node.topics.find('orders')?.retention, { ms: 604_800_000, bytes: 700 });
});

test('steps that can not be, and none of them is taken', () => {
  const kit = new AdminKit();
  const { settings } = kit.topic('orders', 1, { 'retention.ms': '7' });
  const wrong: readonly (readonly [code: number, says: RegExp, ...steps: Step[]])[] = [
    [ERROR.INVALID_CONFIG, /^Unknown topic config name: no\.such$/, ['no.such', SET, '1']],
    [ERROR.INVALID_CONFIG, /^Unknown topic config name: no\.such$/, ['no.such', APPEND, '1']],
    [ERROR.INVALID_CONFIG, /Not a number of type LONG$/, ['retention.ms', SET, 'soon']],
    [ERROR.INVALID_CONFIG, /must be one of: compact, delete$/, ['cleanup.policy', APPEND, 'x']],
    [ERROR.INVALID_CONFIG, /^Can't APPEND to key retention\.ms/, ['retention.ms', APPEND, '1']],
    [ERROR.INVALID_CONFIG, /^Can't SUBTRACT to key retention\.ms/, ['retention.ms', SUBTRACT, '1']],
    [
      ERROR.INVALID_CONFIG,
      /conflict topic config setting/,
      ['min.compaction.lag.ms', SET, '9'],
      ['max.compaction.lag.ms', SET, '8'],
    ],
    [ERROR.INVALID_REQUEST, /^Null value not supported for : retention\.ms$/, ['retention.ms', SET, null]],
    [ERROR.INVALID_REQUEST, /^Unknown operation 9/, ['retention.ms', 9, '1']],
    [ERROR.INVALID_REQUEST, /duplicate config keys$/, ['retention.ms', SET, '1'], ['retention.ms', SET, '2']],
    [ERROR.INVALID_CONFIG, /^Unknown topic config name: x$/, ['retention.ms', SET, '1'], ['x', SET, '2']],
  ];
  for (const [code, says, ...steps] of wrong) {
    const [errorCode, message] = change(kit, steps);
    assert.equal(errorCode, code, String(message));
    assert.match(String(message), says);
    assert.equal(kit.waited, false);
  }
  const absent = (name: string) => change(kit, [['retention.ms', SET, '1']], { name })[0];
  assert.equal(absent('absent'), ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(absent('a/b'), ERROR.INVALID_TOPIC_EXCEPTION);
  assert.equal(absent(''), ERROR.INVALID_REQUEST);
  assert.equal(kit.node.topics.find('orders')?.settings, settings);
});

test('what is only tried changes nothing; resources stand for themselves, but none twice', () => {
  const kit = new AdminKit();
  const topic = kit.topic('orders');
  assert.deepEqual(change(kit, [['retention.ms', SET, '5']], { validateOnly: true }), [ERROR.NONE, null]);
  assert.equal(kit.waited, false);
  assert.equal(topic.settings.size, 0);
  const resource = (resourceName: string, name: string) => ({
    resourceType: TOPIC,
    resourceName,
    configs: [{ name, configOperation: SET, value: '5' }],
  });
  const ask = (...resources: ReturnType<typeof resource>[]) =>
    kit
      .ask(incrementalAlterConfigs, incrementalAlterConfigsApi, 1, { resources, validateOnly: false })
      .responses.map(({ errorCode }) => errorCode);
  assert.deepEqual(ask(resource('orders', 'retention.ms'), resource('orders', 'retention.bytes')), [
    ERROR.INVALID_REQUEST,
    ERROR.INVALID_REQUEST,
  ]);
  assert.equal(topic.settings.size, 0);
  assert.deepEqual(ask(resource('absent', 'retention.ms'), resource('orders', 'retention.bytes')), [
    ERROR.UNKNOWN_TOPIC_OR_PARTITION,
    ERROR.NONE,
  ]);
  assert.equal(topic.retention.bytes, 5);
});

test('the broker is altered only where nothing changes; loggers, groups and metrics not at all', () => {
  const kit = new AdminKit();
  const broker = (name: string, step: Step) => change(kit, [step], { name, type: BROKER });
  for (const name of ['1', '']) {
    assert.deepEqual(broker(name, ['num.partitions', SET, '2']), [ERROR.NONE, null], 'that it has already');
    assert.deepEqual(broker(name, ['log.cleaner.threads', DELETE, null]), [ERROR.NONE, null]);
    const refused = [ERROR.INVALID_REQUEST, 'Cannot update these configs dynamically: [num.partitions]'];
    assert.deepEqual(broker(name, ['num.partitions', SET, '5']), refused);
  }
  assert.equal(broker('1', ['sasl.enabled.mechanisms', APPEND, 'PLAIN'])[0], ERROR.INVALID_REQUEST);
  assert.equal(broker('7', ['num.partitions', SET, '2'])[0], ERROR.INVALID_REQUEST);
  assert.equal(broker('x', ['num.partitions', SET, '2'])[0], ERROR.INVALID_REQUEST);
  assert.deepEqual(replace(kit, { 'num.partitions': '2' }, { name: '1', type: BROKER }), [ERROR.NONE, null]);
  assert.equal(replace(kit, { 'num.partitions': '3' }, { name: '1', type: BROKER })[0], ERROR.INVALID_REQUEST);
  for (const type of [LOGGER, GROUP, METRICS]) {
    assert.equal(change(kit, [['x', SET, '1']], { name: '1', type })[0], ERROR.INVALID_CONFIG);
    assert.equal(change(kit, [], { name: '1', type })[0], ERROR.NONE);
  }
  for (const type of [0, 3, 99]) assert.equal(change(kit, [], { name: '1', type })[0], ERROR.INVALID_REQUEST);
});

// ── Replacing ──

test('AlterConfigs replaces all that was set, in every version', () => {
  const kit = new AdminKit();
  const topic = kit.topic('orders', 1, { 'retention.ms': '7', 'segment.ms': '8' });
  for (let version = 0; version <= 2; version++) {
    assert.deepEqual(replace(kit, { 'max.message.bytes': `${version}` }, { version }), [ERROR.NONE, null]);
    assert.ok(kit.waited);
    assert.deepEqual(topic.settings, new Map([['max.message.bytes', `${version}`]]));
  }
  assert.deepEqual(topic.retention, { ms: 604_800_000, bytes: -1 });
  assert.deepEqual(kit.restart().node.topics.find('orders')?.settings, topic.settings);
  assert.deepEqual(replace(kit, {}, { validateOnly: true }), [ERROR.NONE, null]);
  assert.equal(topic.settings.size, 1);
  assert.equal(replace(kit, { 'retention.ms': null })[0], ERROR.INVALID_REQUEST);
  assert.equal(replace(kit, { 'retention.ms': 'x' })[0], ERROR.INVALID_CONFIG);
  assert.equal(replace(kit, { nope: 'x' })[0], ERROR.INVALID_CONFIG);
  assert.equal(replace(kit, {}, { name: 'absent' })[0], ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(topic.settings.size, 1);
  assert.deepEqual(replace(kit, {}), [ERROR.NONE, null]);
  assert.equal(topic.settings.size, 0);
});

test('what there is to describe is listed', () => {
  const kit = new AdminKit();
  kit.topic('a');
  kit.topic('b');
  const list = (version: number, ...resourceTypes: number[]) => {
    const request = version === 0 ? {} : { resourceTypes };
    const { errorCode, configResources } = kit.ask(listConfigResources, listConfigResourcesApi, version, request);
    return [errorCode, configResources.map(({ resourceType, resourceName }) => `${resourceType} ${resourceName}`)];
  };
  assert.deepEqual(list(1), [ERROR.NONE, ['4 1', '2 a', '2 b']]);
  assert.deepEqual(list(1, TOPIC), [ERROR.NONE, ['2 a', '2 b']]);
  assert.deepEqual(list(1, GROUP, METRICS), [ERROR.NONE, []]);
  assert.deepEqual(list(1, TOPIC, 3), [ERROR.UNSUPPORTED_VERSION, []]);
  assert.deepEqual(list(0), [ERROR.NONE, []]);
});
