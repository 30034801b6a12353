/**
 * RocketMQ's commands: what does a send cost to read and to answer, in both forms of the header, and does reading JSON
 * as ranges of bytes repay the code against JSON.parse, which gives objects? And what does a stored message cost?
 */
import { SlabWriter } from '../../src/bytes/slab-writer.ts';
import { readText } from '../../src/bytes/text.ts';
import { answerPull, answerSend, SendAnswer } from '../../src/wire/rocketmq/answers.ts';
import { pullMessage } from '../../src/wire/rocketmq/apis/consumption.ts';
import { sendMessageV2 } from '../../src/wire/rocketmq/apis/messages.ts';
import { Command } from '../../src/wire/rocketmq/command.ts';
import { CommandWriter } from '../../src/wire/rocketmq/command-writer.ts';
import { SERIALIZE, type SerializeType } from '../../src/wire/rocketmq/constants.ts';
import { type Host, hostOf } from '../../src/wire/rocketmq/host.ts';
import { NamedRanges } from '../../src/wire/rocketmq/named-ranges.ts';
import { PROPERTY, readProperties } from '../../src/wire/rocketmq/properties.ts';
import { REQUEST } from '../../src/wire/rocketmq/request-codes.ts';
import { RESPONSE } from '../../src/wire/rocketmq/response-codes.ts';
import type { Fields, HeaderShape, WrittenFields } from '../../src/wire/rocketmq/schema.ts';
import { SendHeader } from '../../src/wire/rocketmq/send-header.ts';
import {
  bodyCrc,
  type MessageParts,
  StoredMessage,
  storedMessageBytes,
  writeStoredMessage,
} from '../../src/wire/rocketmq/stored-message.ts';
import type { MicroBench, MicroCase } from './measure.ts';

/** What was written last. */
let written: Uint8Array = new Uint8Array(0);
const out = new SlabWriter({
  write: (bytes, release) => {
    written = bytes.slice();
    release?.();
  },
});
const writer = new CommandWriter(out);

function request<S extends Fields>(type: SerializeType, code: number, shape: HeaderShape<S>, values: WrittenFields<S>) {
  writer.begin(type, code, 0, 77, null, shape.room(values));
  shape.write(writer, values);
  writer.end(0);
  out.flush();
  return written.slice(4);
}

/** What a Java client sends. */
const properties =
  'KEYS\x01order-4711\x02UNIQ_KEY\x017F000001000118B4AAC2000000000001\x02WAIT\x01true\x02TAGS\x01paid\x02';
const send = {
  a: 'producer-group',
  b: 'orders',
  c: 'TBW102',
  d: 4,
  e: 3,
  f: 0,
  g: 1_700_000_000_123,
  h: 0,
  i: properties,
  j: 0,
  k: false,
  l: 16,
  m: false,
  n: 'broker-a',
};
const pull = {
  consumerGroup: 'consumer-group',
  topic: 'orders',
  queueId: 3,
  queueOffset: 1_234_567,
  maxMsgNums: 32,
  sysFlag: 7,
  commitOffset: 1_234_560,
  suspendTimeoutMillis: 15_000,
  subscription: 'paid || sent',
  subVersion: 1_700_000_000_123,
  expressionType: 'TAG',
};
const frames = {
  JSON: request(SERIALIZE.JSON, REQUEST.SEND_MESSAGE_V2, sendMessageV2.request, send),
  binary: request(SERIALIZE.ROCKETMQ, REQUEST.SEND_MESSAGE_V2, sendMessageV2.request, send),
};
const pulls = {
  JSON: request(SERIALIZE.JSON, REQUEST.PULL_MESSAGE, pullMessage.request, pull),
  binary: request(SERIALIZE.ROCKETMQ, REQUEST.PULL_MESSAGE, pullMessage.request, pull),
};

function repeat(group: string, name: string, work: () => number): MicroCase {
  const run = (iterations: number) => {
    let all = 0;
    for (let i = 0; i < iterations; i++) all += work();
    return all;
  };
  return { group, name, run };
}

const command = new Command();
const header = new SendHeader();
const read = (frame: Uint8Array): number => {
  command.read(frame, 0, frame.length);
  header.read(command);
  return header.queueId;
};

interface Parsed {
  readonly opaque: number;
  readonly extFields: Readonly<Record<string, string>>;
}
/** The same fields from objects. The properties must be bytes again, since bytes is what is stored. */
function readByParse(frame: Uint8Array): number {
  const { opaque, extFields } = JSON.parse(readText(frame, 4, frame.length)) as Parsed;
  const { a, b, d, e, f, g, h, i, j, k, l, m } = extFields as Record<string, string>;
  const numbers = Number(d) + Number(e) + Number(f) + Number(g) + Number(h) + Number(j) + Number(l);
  return numbers + opaque + (a?.length ?? 0) + (b?.length ?? 0) + Buffer.from(i ?? '').length + (k === m ? 1 : 0);
}

const answer = new SendAnswer();
answer.host = hostOf('127.0.0.1', 10_911) as Host;
answer.physicalOffset = 987_654_321_098_765;
answer.queueOffset = 1_234_567;
answer.bytes = Buffer.from('7F000001000118B4AAC2000000000001');
answer.keyEnd = answer.bytes.length;
const answers = (frame: Uint8Array, write: () => void) => {
  command.read(frame, 0, frame.length);
  write();
  // A turn's worth stays in the slab.
  if (out.at > 100_000) out.flush();
  return out.at;
};

const body = Buffer.alloc(1024, 'body');
const host = hostOf('127.0.0.1', 10_911) as Host;
const propertyBytes = Buffer.from(properties);
const parts: MessageParts = {
  queueId: 3,
  flag: 0,
  queueOffset: 1_234_567,
  physicalOffset: 987_654_321_098_765,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_123,
  bornHost: host,
  storeTimestamp: 1_700_000_000_124,
  storeHost: host,
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  bodyCrc: bodyCrc(body, 0, body.length),
  body,
  bodyStart: 0,
  bodyEnd: body.length,
  topic: Buffer.from('orders'),
  properties: propertyBytes,
  propertiesStart: 0,
  propertiesEnd: propertyBytes.length,
};
const stored = new Uint8Array(storedMessageBytes(parts));
writeStoredMessage(stored, 0, parts);
const message = new StoredMessage();
const ranges = new NamedRanges();

export default {
  question: "RocketMQ's commands and messages",
  cases: [
    repeat('read a send', 'JSON header as ranges', () => read(frames.JSON)),
    repeat('read a send', 'JSON header by JSON.parse', () => readByParse(frames.JSON)),
    repeat('read a send', 'binary header', () => read(frames.binary)),
    repeat('read it and answer it', 'JSON', () =>
      answers(frames.JSON, () => answerSend(writer, command, RESPONSE.SUCCESS, null, answer)),
    ),
    repeat('read it and answer it', 'binary', () =>
      answers(frames.binary, () => answerSend(writer, command, RESPONSE.SUCCESS, null, answer)),
    ),
    repeat('read a pull by its description, and answer it', 'JSON', () =>
      answers(pulls.JSON, () => {
        const { queueOffset } = pullMessage.request.read(command.fields);
        answerPull(writer, command, RESPONSE.PULL_NOT_FOUND, null, queueOffset, 0, queueOffset, 0);
      }),
    ),
    repeat('read a pull by its description, and answer it', 'binary', () =>
      answers(pulls.binary, () => {
        const { queueOffset } = pullMessage.request.read(command.fields);
        answerPull(writer, command, RESPONSE.PULL_NOT_FOUND, null, queueOffset, 0, queueOffset, 0);
      }),
    ),
    repeat('a stored message of 1 KiB', 'written, without its checksum', () => writeStoredMessage(stored, 0, parts)),
    repeat('a stored message of 1 KiB', 'its checksum', () => bodyCrc(stored, 100, 1124)),
    repeat('a stored message of 1 KiB', 'opened', () => {
      message.open(stored, 0, stored.length);
      return message.queueOffset;
    }),
    repeat('a stored message of 1 KiB', 'its properties listed, and three found', () => {
      readProperties(propertyBytes, 0, propertyBytes.length, ranges);
      return ranges.find(PROPERTY.TAGS) + ranges.find(PROPERTY.DELAY) + ranges.find(PROPERTY.UNIQUE_KEY);
    }),
  ],
} satisfies MicroBench;
