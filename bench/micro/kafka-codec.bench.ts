/**
 * Kafka messages by their description: what does that cost against code written for one version by hand, which is what
 * the description saves us from? And what do the large ones cost?
 */
import { readI32, readU16, readU32 } from '../../src/bytes/numbers.ts';
import { readText } from '../../src/bytes/text.ts';
import type { ResponseOf } from '../../src/wire/kafka/api.ts';
import { fetchApi } from '../../src/wire/kafka/apis/fetch.ts';
import { metadataApi } from '../../src/wire/kafka/apis/metadata.ts';
import { produceApi } from '../../src/wire/kafka/apis/produce.ts';
import { encodeRequest, readRequest, responseSize, writeResponse } from '../../src/wire/kafka/messages.ts';
import { RequestHeader } from '../../src/wire/kafka/request-header.ts';
import type { MicroBench, MicroCase } from './measure.ts';

const VERSION = 7;
const target = new Uint8Array(256 * 1024);

/** One partition, one batch: what most requests of a producer are. */
const produced = encodeRequest(produceApi, VERSION, 1, 'a-client', {
  acks: -1,
  timeoutMs: 30_000,
  topicData: [{ name: 'orders', partitionData: [{ index: 3, records: new Uint8Array(500) }] }],
});
const acknowledged: ResponseOf<typeof produceApi> = {
  responses: [{ name: 'orders', partitionResponses: [{ index: 3, errorCode: 0, baseOffset: 123_456 }] }],
};
const fetched: ResponseOf<typeof fetchApi> = {
  responses: [
    {
      topic: 'orders',
      partitions: Array.from({ length: 10 }, (_, partitionIndex) => ({
        partitionIndex,
        errorCode: 0,
        highWatermark: 123_456,
        records: new Uint8Array(500),
      })),
    },
  ],
};
const described: ResponseOf<typeof metadataApi> = {
  brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092 }],
  topics: Array.from({ length: 100 }, (_, index) => ({
    errorCode: 0,
    name: `a-topic-${index}`,
    topicId: '0123456789abcdef0123456789abcdef',
    partitions: Array.from({ length: 4 }, (__, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: 1,
      replicaNodes: [1],
      isrNodes: [1],
    })),
  })),
};

interface Produced {
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topicData: readonly {
    readonly name: string;
    readonly topicId: string;
    readonly partitionData: readonly { readonly index: number; readonly records: object | null }[];
  }[];
}

/** Version 7 and no other, without a check of any length. */
function readByHand(bytes: Uint8Array, from: number): Produced {
  let at = from + 2;
  const acks = (readU16(bytes, at) << 16) >> 16;
  const timeoutMs = readI32(bytes, at + 2);
  const topicData = [];
  at += 10;
  for (let topics = readU32(bytes, at - 4); topics > 0; topics--) {
    const end = at + 2 + readU16(bytes, at);
    const name = readText(bytes, at + 2, end);
    const partitionData = [];
    at = end + 4;
    for (let partitions = readU32(bytes, end); partitions > 0; partitions--) {
      const length = readU32(bytes, at + 4);
      const records = { bytes, start: at + 8, end: at + 8 + length };
      partitionData.push({ index: readI32(bytes, at), records });
      at += 8 + length;
    }
    topicData.push({ name, topicId: '', partitionData });
  }
  return { transactionalId: null, acks, timeoutMs, topicData };
}

function repeat(group: string, name: string, work: () => number): MicroCase {
  const run = (iterations: number) => {
    let all = 0;
    for (let i = 0; i < iterations; i++) all += work();
    return all;
  };
  return { group, name, run };
}

const header = new RequestHeader();
const bodyOf = (bytes: Uint8Array): number => {
  header.read(bytes, 4, bytes.length);
  return header.bodyAt;
};

export default {
  question: 'A Kafka message by its description',
  cases: [
    repeat('read a Produce of one batch', 'header and body by the description', () => {
      const at = bodyOf(produced);
      return readRequest(produceApi, VERSION, produced, at, produced.length).acks;
    }),
    repeat(
      'read a Produce of one batch',
      'header, and the body by hand',
      () => readByHand(produced, bodyOf(produced)).acks,
    ),
    repeat('answer it', 'measured and written', () => {
      responseSize(produceApi, VERSION, acknowledged);
      return writeResponse(produceApi, VERSION, 1, acknowledged, target, 0);
    }),
    repeat('answer a Fetch, 10 partitions of 500 B', 'version 11', () => {
      responseSize(fetchApi, 11, fetched);
      return writeResponse(fetchApi, 11, 1, fetched, target, 0);
    }),
    repeat('answer a Fetch, 10 partitions of 500 B', 'version 12: with tags', () => {
      responseSize(fetchApi, 12, fetched);
      return writeResponse(fetchApi, 12, 1, fetched, target, 0);
    }),
    repeat('Metadata of 100 topics of 4 partitions', 'measured and written', () => {
      responseSize(metadataApi, 12, described);
      return writeResponse(metadataApi, 12, 1, described, target, 0);
    }),
  ],
} satisfies MicroBench;
