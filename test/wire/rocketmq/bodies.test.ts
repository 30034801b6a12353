/**
 * Bodies: those that RocketMQ's own classes wrote are read in full and written again with the same content; the dialect
 * that Java needs is written; what is wrong is an error that says where.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as access from '../../../src/wire/rocketmq/bodies/access.ts';
import * as administration from '../../../src/wire/rocketmq/bodies/administration.ts';
import * as consumption from '../../../src/wire/rocketmq/bodies/consumption.ts';
import { checkClientRequest, heartbeatData } from '../../../src/wire/rocketmq/bodies/heartbeat.ts';
import * as routes from '../../../src/wire/rocketmq/bodies/routes.ts';
import {
  type Body,
  body,
  flag,
  int,
  JSON_BODY_BYTES_MAX,
  keyedMap,
  list,
  long,
  map,
  real,
  text,
} from '../../../src/wire/rocketmq/body.ts';
import { JsonObject, type JsonValue, parseJson } from '../../../src/wire/rocketmq/json.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../../src/wire/rocketmq/wire-error.ts';
import { Random } from './random.ts';
import { samples } from './wiring.ts';

/** By the name of the Java class. */
const BODIES: Readonly<Record<string, unknown>> = {
  ConsumeStats: administration.consumeStats,
  TopicStatsTable: administration.topicStatsTable,
  AclInfo: access.aclInfo,
  BatchAckMessageRequestBody: consumption.batchAckRequest,
  BrokerStatsData: administration.brokerStatsData,
  CheckClientRequestBody: checkClientRequest,
  ClusterInfo: routes.clusterInfo,
  ConsumeMessageDirectlyResult: consumption.consumeMessageDirectlyResult,
  ConsumeStatsList: administration.consumeStatsList,
  ConsumerConnection: administration.consumerConnection,
  ConsumerRunningInfo: consumption.consumerRunningInfo,
  CreateTopicListRequestBody: administration.topicConfigList,
  GetConsumerStatusBody: consumption.consumerStatus,
  GroupList: administration.groupList,
  KVTable: routes.kvTable,
  LockBatchRequestBody: consumption.lockBatchRequest,
  LockBatchResponseBody: consumption.lockBatchResponse,
  ProducerConnection: administration.producerConnection,
  ProducerTableInfo: administration.producerTable,
  QueryAssignmentRequestBody: consumption.queryAssignmentRequest,
  QueryAssignmentResponseBody: consumption.queryAssignmentResponse,
  QueryConsumeQueueResponseBody: administration.queryConsumeQueueResponse,
  QueryConsumeTimeSpanBody: administration.queryConsumeTimeSpan,
  QuerySubscriptionResponseBody: administration.querySubscriptionResponse,
  ResetOffsetBody: consumption.resetOffset,
  ResetOffsetBodyForC: consumption.resetOffsetList,
  SetMessageRequestModeRequestBody: consumption.setMessageRequestMode,
  SubscriptionGroupList: administration.subscriptionGroupList,
  SubscriptionGroupWrapper: administration.subscriptionGroupTable,
  TopicConfigSerializeWrapper: administration.topicConfigTable,
  TopicList: routes.topicList,
  UnlockBatchRequestBody: consumption.lockBatchRequest,
  UserInfo: access.userInfo,
  HeartbeatData: heartbeatData,
  TopicRouteData: routes.topicRouteData,
  SubscriptionGroupConfig: administration.subscriptionGroupConfig,
  GroupForbidden: administration.groupForbidden,
  TopicConfigAndQueueMapping: administration.topicConfig,
  GetConsumerListByGroupResponseBody: consumption.consumerList,
};
/** Members that we have no use for: of static topics, and texts beside the timestamps that they show. */
const LEFT_OUT = new Set([
  'topicQueueMappingByBroker',
  'mappingDetail',
  'consumeTimeStampStr',
  'maxTimeStampStr',
  'minTimeStampStr',
]);
const NOT_READ = new Set(['ConsumerOffsetSerializeWrapper']);

/** Comparable whatever the order of the members. */
function sorted(value: JsonValue): unknown {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sorted);
  if (!(value instanceof JsonObject)) return value;
  const members = [...value.members].filter(([name]) => !LEFT_OUT.has(name));
  const pairs = (value.pairs ?? []).map(([key, member]) => [sorted(key), sorted(member)]);
  return { members: Object.fromEntries(members.map(([name, member]) => [name, sorted(member)])), pairs };
}

for (const [name, sample] of Object.entries(samples.bodies)) {
  if (NOT_READ.has(name)) continue;
  test(`${name} of Java is read and written again`, () => {
    const type = BODIES[name] as Body<unknown, unknown>;
    const bytes = Buffer.from(`..${sample}..`);
    const value = type.parse(bytes, 2, bytes.length - 2);
    const encoded = Buffer.from(type.encode(value)).toString();
    assert.deepEqual(sorted(parseJson(encoded)), sorted(parseJson(sample)));
    assert.doesNotMatch(encoded, /\s/);
    assert.deepEqual(type.parse(Buffer.from(encoded)), value);
  });
}

test('a heartbeat as a Java client sends it', () => {
  const sample =
    '{"clientID":"10.0.0.1@1","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",' +
    '"consumeType":"CONSUME_PASSIVELY","groupName":"g","messageModel":"CLUSTERING",' +
    '"subscriptionDataSet":[{"classFilterMode":false,"codeSet":[3433164],' +
    '"expressionType":"TAG","subString":"paid","subVersion":1700000000123,"tagsSet":["paid"],"topic":"orders"}],' +
    '"unitMode":false}],"heartbeatFingerprint":0,' +
    '"producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"}],"withoutSub":false}';
  const heartbeat = heartbeatData.parse(Buffer.from(sample));
  assert.equal(heartbeat.clientID, '10.0.0.1@1');
  assert.equal(heartbeat.consumerDataSet[0]?.subscriptionDataSet[0]?.codeSet[0], 3433164);
  assert.deepEqual(heartbeatData.parse(Buffer.from('{"clientID":"c"}')), {
    clientID: 'c',
    producerDataSet: [],
    consumerDataSet: [],
    heartbeatFingerprint: 0,
    withoutSub: false,
  });
});

test('a route is written without white space and with quoted keys', () => {
  const route = {
    brokerDatas: [
      {
        brokerAddrs: new Map([['0', '127.0.0.1:10911']]),
        brokerName: 'broker-a',
        cluster: 'DefaultCluster',
        enableActingMaster: false,
      },
    ],
    filterServerTable: new Map(),
    queueDatas: [{ brokerName: 'broker-a', perm: 6, readQueueNums: 4, topicSysFlag: 0, writeQueueNums: 4 }],
  };
  assert.equal(
    Buffer.from(routes.topicRouteData.encode(route)).toString(),
    '{"brokerDatas":[{"cluster":"DefaultCluster","brokerName":"broker-a","brokerAddrs":{"0":"127.0.0.1:10911"},' +
      '"enableActingMaster":false}],' +
      '"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","readQueueNums":4,"writeQueueNums":4,' +
      '"perm":6,"topicSysFlag":0}]}',
  );
});

test('maps by queue are written with objects as keys, and read in either dialect', () => {
  const value = { offsetTable: [[{ brokerName: 'b', queueId: 1, topic: 't' }, 5]] as const };
  const encoded = Buffer.from(consumption.resetOffset.encode(value)).toString();
  assert.equal(encoded, '{"offsetTable":{{"brokerName":"b","queueId":1,"topic":"t"}:5}}');
  const standard = '{"offsetTable":{"{\\"brokerName\\":\\"b\\",\\"queueId\\":1,\\"topic\\":\\"t\\"}":5}}';
  for (const form of [encoded, standard]) assert.deepEqual(consumption.resetOffset.parse(Buffer.from(form)), value);
});

const anything = body({
  text: text.optional(),
  int: int.optional(),
  long: long.optional(),
  real: real.optional(),
  flag: flag.optional(),
  list: list(text).optional(),
  map: map(int).optional(),
  queues: keyedMap(consumption.messageQueue, long).optional(),
});

test('numbers may be texts and texts numbers', () => {
  const lenient = anything.parse(
    Buffer.from(
      '{"text":5,"int":"-7","long":"1700000000123","real":"1.5","flag":"true","map":{1:2,"3":"4"},"more":{"x":[]}}',
    ),
  );
  assert.deepEqual(
    [lenient.text, lenient.int, lenient.long, lenient.real, lenient.flag, [...(lenient.map ?? [])]],
    [
      '5',
      -7,
      1700000000123,
      1.5,
      true,
      [
        ['1', 2],
        ['3', 4],
      ],
    ],
  );
  const extremes = anything.parse(Buffer.from('{"long":9223372036854775807,"int":-2147483648,"text":null}'));
  assert.deepEqual([extremes.long, extremes.int, extremes.text], [2 ** 63, -2147483648, null]);
  assert.equal(Buffer.from(anything.encode({ long: 2 ** 63 })).toString(), '{"long":9223372036854775807}');
  assert.equal(
    Buffer.from(anything.encode({ long: 1e21 / 1e3, text: null })).toString(),
    '{"long":1000000000000000000}',
  );
});

test('what can not be read says where it is', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /has something that is no value, at character 0/],
    ['[]', /^the body is no object$/],
    ['null', /^the body is no object$/],
    ['{"text":[]}', /^text is no text$/],
    ['{"int":2147483648}', /^int is no number of 32 bits$/],
    ['{"int":1.5}', /^int is no number of 32 bits$/],
    ['{"int":""}', /^int is no number of 32 bits$/],
    ['{"long":1e300}', /^long is no number of 64 bits$/],
    ['{"real":1e999}', /^real is no number$/],
    ['{"flag":"yes"}', /^flag is neither true nor false$/],
    ['{"list":{}}', /^list is no list$/],
    ['{"list":["a",null]}', /^list\[1\] is missing$/],
    ['{"map":[]}', /^map is no map$/],
    ['{"map":{"a":{}}}', /^map\.a is no number of 32 bits$/],
    ['{"map":{{}:1}}', /^map is no map$/],
    ['{"queues":{{"brokerName":"b","queueId":"x","topic":"t"}:1}}', /^queues\[0\]\.queueId is no number of 32 bits$/],
    ['{"queues":{{"brokerName":"b","queueId":1}:1}}', /^queues\[0\]\.topic is missing$/],
    ['{"queues":{"5":1}}', /^queues\[0\] is no object$/],
    ['{"text":"a"} {', /goes on behind its end/],
    ['{"text":"a', /cut off in a text/],
    ['{"text":"\\q"}', /unknown escape/],
    ['{"text":"\\u00g0"}', /not hexadecimal/],
    ['{"text":tru}', /no value/],
    ['{"text":-}', /no value/],
    ['{text:1}', /no value/],
    ['{"text" 1}', /lacks a colon/],
    ['{"text":1 "int":2}', /lacks a comma/],
    ['{"text":1', /lacks a comma/],
    [`{"x":${'['.repeat(33)}`, /nested more than 32 deep/],
    [`{"x":${'{'.repeat(100_000)}`, /nested more than 32 deep/],
    [`{"x":[${'[],'.repeat(200_001)}[]]}`, /more than 200000 objects/],
  ];
  for (const [json, message] of wrong) {
    const expected = { name: 'RocketmqWireError', code: RESPONSE.INVALID_PARAMETER, message };
    assert.throws(() => anything.parse(Buffer.from(json)), expected, json.slice(0, 60));
  }
  assert.throws(() => anything.parse(Buffer.alloc(JSON_BODY_BYTES_MAX + 1)), /the limit is 4194304/);
});

test('names that mean something to JavaScript mean nothing here', () => {
  const json = '{"__proto__":{"text":"x"},"constructor":1,"map":{"__proto__":1,"toString":2}}';
  const value = anything.parse(Buffer.from(json));
  assert.equal(value.text, null);
  assert.deepEqual(
    [...(value.map ?? [])],
    [
      ['__proto__', 1],
      ['toString', 2],
    ],
  );
});

test('any text is read as it was written', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const value = { text: new Random(seed).text(100) };
    assert.equal(anything.parse(anything.encode(value)).text, value.text, `seed ${seed}`);
    assert.equal(JSON.parse(Buffer.from(anything.encode(value)).toString()).text, value.text);
  }
});

test('changed at random, a body is read or refused, and nothing else', () => {
  for (const [name, sample] of Object.entries(samples.bodies)) {
    if (NOT_READ.has(name)) continue;
    const type = BODIES[name] as Body<unknown, unknown>;
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(sample);
      const cut = random.once(4) ? random.int(bytes.length) : bytes.length;
      for (let count = random.int(4); count > 0; count--)
        bytes[random.int(bytes.length)] = random
          .pick(['"', '{', '}', '[', ']', ',', ':', '1', 'n', '\\', ' '])
          .charCodeAt(0);
      try {
        type.parse(bytes, 0, cut);
      } catch (error) {
        assert.ok(error instanceof RocketmqWireError, `${name}, seed ${seed}: ${error}`);
      }
    }
  }
});
