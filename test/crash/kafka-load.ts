/**
 * Idempotent producers and a group that commits offsets, over any number of crashes, and the ledger of both.
 *
 *   producer   a sequence for each partition; what is not answered when the broker dies is sent again, the same bytes
 *   ledger     batch, and the offset that it was acknowledged with
 *   group      reads on from where it is and commits; the last answered commit is secured
 *
 * Every record says who wrote it and its number, so the log can be compared record by record: what was acknowledged is
 * at its offset, everything is there once, and a producer's records are in their order.
 */

import { offsetCommitApi, offsetFetchApi } from '../../src/wire/kafka/apis/committed-offsets.ts';
import { fetchApi } from '../../src/wire/kafka/apis/fetch.ts';
import { metadataApi } from '../../src/wire/kafka/apis/metadata.ts';
import { produceApi } from '../../src/wire/kafka/apis/produce.ts';
import { initProducerIdApi } from '../../src/wire/kafka/apis/producers.ts';
import { CODEC, compress, openBatch } from '../../src/wire/kafka/compression.ts';
import { BATCH_HEADER_BYTES, baseOffsetOf, batchBytes } from '../../src/wire/kafka/record-batch.ts';
import { RecordCursor } from '../../src/wire/kafka/record-cursor.ts';
import { encodeBatch, type RecordToWrite, replaceRecords } from '../../src/wire/kafka/record-writer.ts';
import { BrokerGone, KafkaClient } from './kafka-client.ts';
import type { Random } from './random.ts';

export const TOPIC = 'ledger';
export const PARTITIONS = 4;
const GROUP = 'readers';
const IN_FLIGHT = 5;
const OPENED_BYTES_MAX = 16 * 1024 * 1024;
const INSPECTION_TRIES_MAX = 10_000;

interface Batch {
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly texts: readonly string[];
  /** Once it is acknowledged. */
  offset: number;
}

/** One producer, over all lives of the broker. */
class Producer {
  readonly name: string;
  readonly acknowledged: Batch[] = [];
  /** Sent and not answered, in order. */
  unanswered: Batch[] = [];
  private id = -1;
  private readonly sequences = new Array<number>(PARTITIONS).fill(0);
  private readonly random: Random;

  constructor(name: string, random: Random) {
    this.name = name;
    this.random = random;
  }

  /** Produces until the broker is gone; without `on` only what is owed. */
  async run(port: number, on: () => boolean, violations: string[]): Promise<void> {
    const client = new KafkaClient(port);
    try {
      if (this.id < 0) {
        const { producerId } = await client.ask(initProducerIdApi, 1, {
          transactionalId: null,
          transactionTimeoutMs: 0,
        });
        this.id = producerId;
      }
      const again = this.unanswered;
      this.unanswered = [];
      const answers: Promise<void>[] = again.map((batch) => this.start(client, batch, violations));
      while (on()) {
        while (answers.length < IN_FLIGHT) answers.push(this.start(client, this.next(), violations));
        await answers.shift();
      }
      await Promise.all(answers);
    } catch (error) {
      if (!(error instanceof BrokerGone)) throw error;
    } finally {
      client.close();
    }
  }

  /** As `send`; that it fails is noticed by whoever waits for it, or by nobody, when an earlier one failed before. */
  private start(client: KafkaClient, batch: Batch, violations: string[]): Promise<void> {
    const sending = this.send(client, batch, violations);
    sending.catch(() => {});
    return sending;
  }

  private async send(client: KafkaClient, batch: Batch, violations: string[]): Promise<void> {
    this.unanswered.push(batch);
    const topicData = [{ name: TOPIC, partitionData: [{ index: batch.partition, records: batch.bytes }] }];
    const request = { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData };
    const answer = await client.ask(produceApi, 9, request);
    const partition = answer.responses[0]?.partitionResponses[0];
    if (partition?.errorCode !== 0) {
      violations.push(`${batch.texts[0]} was refused: error ${partition?.errorCode} ${partition?.errorMessage}`);
    }
    this.unanswered = this.unanswered.filter((other) => other !== batch);
    batch.offset = partition?.baseOffset ?? -1;
    this.acknowledged.push(batch);
  }

  private next(): Batch {
    const { random } = this;
    const partition = random.between(0, PARTITIONS - 1);
    const first = this.sequences[partition] as number;
    const records: RecordToWrite[] = Array.from({ length: random.between(1, 40) }, (_, index) => ({
      key: null,
      value: Buffer.from(`${this.name}/${first + index}${' '.repeat(random.between(0, 200))}`),
      headers: [],
      // Of now: what is older than a week goes by retention.
      timestampMs: Date.now(),
    }));
    this.sequences[partition] = first + records.length;
    const options = { producerId: this.id, producerEpoch: 0, baseSequence: first };
    const plain = encodeBatch(records, options);
    const gzipped = random.chance(0.2);
    const bytes = gzipped
      ? replaceRecords(plain, 0, compress(CODEC.gzip, plain.subarray(BATCH_HEADER_BYTES)), CODEC.gzip)
      : plain;
    return { partition, bytes, texts: records.map(({ value }) => textOf(value as Uint8Array)), offset: -1 };
  }
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString().trimEnd();
}

export class KafkaLoad {
  readonly producers: readonly Producer[];
  readonly violations: string[] = [];
  private readonly positions = new Array<number>(PARTITIONS).fill(0);
  private readonly secured = new Array<number>(PARTITIONS).fill(0);

  constructor(random: Random) {
    this.producers = ['ann', 'bob', 'eve'].map((name) => new Producer(name, random.fork()));
  }

  get acknowledged(): number {
    return this.producers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  get committed(): number {
    return this.secured.reduce((sum, offset) => sum + offset, 0);
  }

  /** Loads the broker until it is gone, or `on` says enough. */
  async run(port: number, on: () => boolean): Promise<void> {
    const first = new KafkaClient(port);
    await first
      .ask(metadataApi, 9, { topics: [{ name: TOPIC }], includeTopicAuthorizedOperations: false })
      .catch(() => {});
    first.close();
    await Promise.all([
      ...this.producers.map((producer) => producer.run(port, on, this.violations)),
      this.read(port, on),
    ]);
  }

  private async read(port: number, on: () => boolean): Promise<void> {
    const client = new KafkaClient(port);
    try {
      for (let partition = 0; on(); partition = (partition + 1) % PARTITIONS) {
        const { batches } = await fetchFrom(client, partition, this.positions[partition] as number);
        const last = batches.at(-1);
        if (last === undefined) continue;
        const offset = last.offset + last.texts.length;
        this.positions[partition] = offset;
        const topics = [
          { name: TOPIC, partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }] },
        ];
        const answer = await client.ask(offsetCommitApi, 7, {
          groupId: GROUP,
          generationIdOrMemberEpoch: -1,
          memberId: '',
          topics,
        });
        if (answer.topics[0]?.partitions[0]?.errorCode === 0) this.secured[partition] = offset;
      }
    } catch (error) {
      if (!(error instanceof BrokerGone)) throw error;
    } finally {
      client.close();
    }
  }

  /** Compares what the broker has with the ledger. */
  async inspect(port: number): Promise<void> {
    const client = new KafkaClient(port);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const texts: string[] = [];
      // An empty answer is no end: it may only mean that the disk took its time.
      for (let end = 1, tries = 0; texts.length < end && tries < INSPECTION_TRIES_MAX; tries++) {
        const { batches, highWatermark } = await fetchFrom(client, partition, texts.length);
        end = highWatermark;
        for (const batch of batches) {
          if (batch.offset !== texts.length)
            this.violations.push(`partition ${partition}: ${batch.offset} follows ${texts.length}`);
          texts.push(...batch.texts);
        }
      }
      this.compare(partition, texts);
    }
    await this.inspectGroup(client);
    client.close();
  }

  private compare(partition: number, texts: readonly string[]): void {
    for (const { name, acknowledged } of this.producers) {
      for (const batch of acknowledged) {
        if (batch.partition !== partition) continue;
        const there = batch.texts.every((text, index) => texts[batch.offset + index] === text);
        if (!there) this.violations.push(`partition ${partition}: ${batch.texts[0]} is not at ${batch.offset}`);
      }
      const mine = texts.filter((text) => text.startsWith(`${name}/`));
      const wrong = mine.findIndex((text, index) => text !== `${name}/${index}`);
      if (wrong >= 0) this.violations.push(`partition ${partition}: ${mine[wrong]} in the place of ${name}/${wrong}`);
    }
  }

  private async inspectGroup(client: KafkaClient): Promise<void> {
    const partitionIndexes = this.secured.map((_, partition) => partition);
    const answer = await client.ask(offsetFetchApi, 5, { groupId: GROUP, topics: [{ name: TOPIC, partitionIndexes }] });
    for (const { partitionIndex, committedOffset } of answer.topics[0]?.partitions ?? []) {
      const secured = this.secured[partitionIndex] as number;
      if (secured > 0 && committedOffset < secured) {
        this.violations.push(`partition ${partitionIndex}: position ${committedOffset}, and ${secured} was committed`);
      }
    }
  }
}

async function fetchFrom(
  client: KafkaClient,
  partition: number,
  fetchOffset: number,
): Promise<{ batches: { offset: number; texts: string[] }[]; highWatermark: number }> {
  const answer = await client.ask(fetchApi, 11, {
    replicaId: -1,
    maxWaitMs: 20,
    minBytes: 1,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1024 * 1024 }] }],
    forgottenTopicsData: [],
    rackId: '',
  });
  const { records = null, highWatermark = 0 } = answer.responses[0]?.partitions[0] ?? {};
  if (records === null) return { batches: [], highWatermark };
  const { bytes, start, end } =
    records instanceof Uint8Array ? { bytes: records, start: 0, end: records.length } : records;
  const batches: { offset: number; texts: string[] }[] = [];
  const cursor = new RecordCursor();
  for (let at = start; at < end; at += batchBytes(bytes, at)) {
    openBatch(cursor, bytes, at, OPENED_BYTES_MAX);
    const texts: string[] = [];
    while (cursor.next()) texts.push(textOf(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)));
    batches.push({ offset: baseOffsetOf(bytes, at), texts });
  }
  return { batches, highWatermark };
}
