/**
 * Requests that send: read from full names and from letters, and answered.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerPull,
  answerSend,
  SendAnswer,
  writeAnswer,
  writePlainAnswer,
} from '../../../src/wire/rocketmq/answers.ts';
import { getMaxOffset, pullMessage } from '../../../src/wire/rocketmq/apis/consumption.ts';
import { sendMessage, sendMessageV2 } from '../../../src/wire/rocketmq/apis/messages.ts';
import { SERIALIZE } from '../../../src/wire/rocketmq/constants.ts';
import { type Host, hostOf } from '../../../src/wire/rocketmq/host.ts';
import { NamedRanges } from '../../../src/wire/rocketmq/named-ranges.ts';
import { PROPERTY, readProperties } from '../../../src/wire/rocketmq/properties.ts';
import { REQUEST } from '../../../src/wire/rocketmq/request-codes.ts';
import { RESPONSE } from '../../../src/wire/rocketmq/response-codes.ts';
import { isSend, SendHeader } from '../../../src/wire/rocketmq/send-header.ts';
import { Random } from './random.ts';
import { commandOf, fieldsOf, hexOf, openWriter, samples } from './wiring.ts';

test('a Java client sends, with names and with letters, in both forms', () => {
  const header = new SendHeader();
  for (const name of ['send_v1_JSON', 'send_v1_ROCKETMQ', 'send_v2_JSON', 'send_v2_ROCKETMQ', 'send_v2_FAST']) {
    const command = commandOf(hexOf(samples.commands, name));
    assert.ok(isSend(command.code));
    header.read(command);
    const { bytes, propertiesStart, propertiesEnd, ...values } = header;
    assert.deepEqual(values, {
      producerGroup: 'group-a',
      topic: 'orders',
      defaultTopicQueueNums: 4,
      queueId: 3,
      sysFlag: 0,
      bornTimestamp: 1700000000123,
      flag: 5,
      reconsumeTimes: 0,
      maxReconsumeTimes: 16,
      unitMode: false,
      isBatch: false,
    });
    assert.equal(header.defaultTopic(), 'TBW102');
    const properties = new NamedRanges();
    readProperties(bytes, propertiesStart, propertiesEnd, properties);
    assert.equal(properties.text(PROPERTY.TAGS), 'paid');
    assert.equal(properties.text('note'), 'a "quoted" \\ b/ü€😀');
  }
});

test('topics and groups may change from message to message', () => {
  const header = new SendHeader();
  const { writer, written } = openWriter();
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const type = random.pick([SERIALIZE.JSON, SERIALIZE.ROCKETMQ]);
    const [a, b] = [
      random.pick(['g1', 'g2', 'group']),
      random.pick(['orders', 'orderz', 'order', ''].slice(0, 4 - type)),
    ];
    const values = { a, b, c: 'TBW102', d: 8, e: -1, f: 4, g: random.int64(), h: random.int32(), m: random.once(2) };
    writer.begin(type, REQUEST.SEND_MESSAGE_V2, 0, seed, null, sendMessageV2.request.room(values));
    sendMessageV2.request.write(writer, values);
    writer.end(0);
    const frame = written();
    header.read(commandOf(frame));
    frame.fill(0xcc);
    assert.deepEqual(
      [header.producerGroup, header.topic, header.queueId, header.bornTimestamp, header.flag, header.isBatch],
      [a, b, -1, values.g, values.h, values.m],
      `seed ${seed}`,
    );
    assert.deepEqual([header.propertiesStart, header.propertiesEnd, header.maxReconsumeTimes], [0, 0, -1]);
  }
});

test('a field that is missing or no number is named', () => {
  const { writer, written } = openWriter();
  const header = new SendHeader();
  const values = { a: 'g', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 0, h: 0 };
  const names = [
    'producerGroup',
    'topic',
    'defaultTopic',
    'defaultTopicQueueNums',
    'queueId',
    'sysFlag',
    'bornTimestamp',
    'flag',
  ];
  for (const [index, letter] of Object.keys(values).entries()) {
    for (const [code, name, shown] of [
      [REQUEST.SEND_MESSAGE_V2, letter, `${letter}, ${names[index]}`],
      [REQUEST.SEND_MESSAGE, names[index] as string, names[index]],
    ] as const) {
      writer.begin(SERIALIZE.JSON, code, 0, 1, null, 500);
      for (const [other, [key, value]] of Object.entries(values).entries()) {
        const written = code === REQUEST.SEND_MESSAGE ? (names[other] as string) : key;
        if (written !== name) writer.text(written, String(value));
      }
      writer.end(0);
      const command = commandOf(written());
      const expected = { code: RESPONSE.SYSTEM_ERROR, message: `the field <${shown}> is missing` };
      assert.throws(() => header.read(command), expected);
    }
  }
  writer.begin(SERIALIZE.JSON, REQUEST.SEND_MESSAGE, 0, 1, null, 500);
  for (const name of names) writer.text(name, 'x');
  writer.end(0);
  const command = commandOf(written());
  assert.throws(() => header.read(command), /<defaultTopicQueueNums> is not a number of 32 bits: "x"/);
  assert.throws(() => sendMessage.request.read(command.fields), /<defaultTopicQueueNums> is not a number/);
});

test('the answer to a send', () => {
  const request = commandOf(hexOf(samples.commands, 'send_v2_JSON'));
  const { writer, written } = openWriter();
  for (const type of [SERIALIZE.JSON, SERIALIZE.ROCKETMQ]) {
    request.serializeType = type;
    const answer = new SendAnswer();
    answer.host = hostOf('127.0.0.1', 10911) as Host;
    answer.physicalOffset = 987654321098765;
    answer.queueId = 3;
    answer.queueOffset = 12345678901;
    answer.bytes = Buffer.from('..7F00"01..');
    answer.keyStart = 2;
    answer.keyEnd = 9;
    answer.recallHandle = 'djEg';
    answerSend(writer, request, RESPONSE.SUCCESS, null, answer);
    const command = commandOf(written());
    assert.deepEqual([command.code, command.opaque, command.isResponse, command.serializeType], [0, 77, true, type]);
    assert.deepEqual(fieldsOf(command), {
      msgId: '7F00000100002A9F0003824430F8500D',
      queueId: '3',
      queueOffset: '12345678901',
      transactionId: '7F00"01',
      recallHandle: 'djEg',
      MSG_REGION: 'DefaultRegion',
      TRACE_ON: 'true',
    });
    assert.equal(sendMessageV2.answer.read(command.fields).queueOffset, 12345678901);
    answer.batchIds = Array.from({ length: 5000 }, () => '7F00000100002A9F0003824430F8500D').join();
    answerSend(writer, request, RESPONSE.FLUSH_DISK_TIMEOUT, 'slow "disk"', answer);
    const batch = commandOf(written());
    assert.deepEqual([batch.code, batch.remark], [RESPONSE.FLUSH_DISK_TIMEOUT, 'slow "disk"']);
    assert.deepEqual([batch.fields.text('msgId'), batch.fields.text('batchUniqId')], [answer.batchIds, '7F00"01']);
  }
});

test('a pull, and its answer with a body behind it', () => {
  const { writer, written } = openWriter();
  for (const form of ['JSON', 'ROCKETMQ']) {
    const request = commandOf(hexOf(samples.commands, `pull_${form}`));
    assert.deepEqual(pullMessage.request.read(request.fields), {
      consumerGroup: 'group-b',
      topic: 'orders',
      queueId: 2,
      queueOffset: 12345678901,
      maxMsgNums: 32,
      sysFlag: 7,
      commitOffset: 99,
      suspendTimeoutMillis: 15000,
      subscription: 'paid || sent',
      subVersion: 1700000000456,
      expressionType: 'TAG',
      maxMsgBytes: null,
      requestSource: null,
      proxyFrowardClientId: null,
    });
    const body = Buffer.alloc(300_000, 'message');
    answerPull(writer, request, RESPONSE.SUCCESS, 'FOUND', 12345678933, 0, 12345678999, body.length);
    writer.out.append(body);
    const answer = commandOf(written());
    assert.equal(answer.opaque, -5);
    const { suggestWhichBrokerId, nextBeginOffset, maxOffset } = pullMessage.answer.read(answer.fields);
    assert.deepEqual([suggestWhichBrokerId, nextBeginOffset, maxOffset], [0, 12345678933, 12345678999]);
    assert.deepEqual(Buffer.from(answer.bytes.subarray(answer.bodyStart, answer.bodyEnd)), body);
  }
});

test('other answers', () => {
  const request = commandOf(hexOf(samples.commands, 'heartbeat_JSON'));
  const { writer, written } = openWriter();
  writeAnswer(writer, request, getMaxOffset.answer, { offset: 7 });
  assert.deepEqual(getMaxOffset.answer.read(commandOf(written()).fields), { offset: 7 });
  writePlainAnswer(writer, request, RESPONSE.QUERY_NOT_FOUND, 'none', Buffer.from('{}'));
  const plain = commandOf(written());
  assert.deepEqual([plain.code, plain.remark, plain.bodyBytes, plain.fields.count], [22, 'none', 2, 0]);
});
