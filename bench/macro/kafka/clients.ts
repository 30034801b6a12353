/**
 * The producers and consumers of one run, with what they share: the ledger, the histograms, and a failure of any one of
 * them, which ends whatever waits by `rest`.
 */

import { sleep } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import { Consumer } from './consumer.ts';
import { FullBatches } from './full-batches.ts';
import { Ledger } from './ledger.ts';
import type { Flood } from './pace.ts';
import type { RequestSource } from './produce-request.ts';
import { Producer } from './producer.ts';
import { recordsIn } from './record-batch.ts';
import type { ProducerIdentity } from './topic.ts';
import type { Workload } from './workloads.ts';

/** Of the Java client, by default. */
export const IN_FLIGHT = 5;
const REQUEST_BYTES = 1024 * 1024;
/** What is in a partition whose start is behind it. */
const SETTLED_BYTES = 16_384;
const POLL_MS = 5;
const ANSWERED_LIMIT_MS = 30_000;
/** Without a single delivery, before what is missing counts as lost. */
const DELIVERED_LIMIT_MS = 10_000;

export class Clients {
  readonly latencies = new Histogram();
  readonly ackLatencies = new Histogram();
  readonly producers: Producer[] = [];
  readonly consumers: Consumer[] = [];
  readonly ledger: Ledger;
  readonly workload: Workload;
  /** Whether consumers that have read everything begin again. */
  reading = true;
  /** Its own, as a broker may serve several runs. */
  readonly topic = `bench-${process.pid}`;
  private readonly port: number;
  /** Whether consumers offer fetch sessions. */
  private readonly sessions: boolean;
  private readonly failures: Promise<never>[] = [];
  /** Consumers that have read everything at least once, and how often each has. */
  private passed = 0;
  private readonly passes: number[] = [];

  constructor(workload: Workload, port: number, sessions: boolean) {
    this.workload = workload;
    this.port = port;
    this.sessions = sessions;
    this.ledger = new Ledger(workload.producers, workload.partitions);
  }

  get acknowledged(): number {
    return this.producers.reduce((total, producer) => total + producer.acknowledged, 0);
  }

  get delivered(): number {
    return this.consumers.reduce((total, consumer) => total + consumer.delivered, 0);
  }

  /** Opens those of full batches; `flood` says when they may send. */
  async openProducers(flood: Flood): Promise<void> {
    const { topic, workload } = this;
    const { partitions, producers, valueBytes, batchBytes } = workload;
    for (let i = 0; i < producers; i++) {
      await this.openProducer((identity) => {
        return new FullBatches(identity, flood, {
          topic,
          partitions,
          partitionsPerRequest: Math.min(partitions, Math.max(1, Math.floor(REQUEST_BYTES / batchBytes))),
          recordsPerBatch: recordsIn(batchBytes, valueBytes),
          valueBytes,
          window: IN_FLIGHT,
          firstPartition: Math.floor((i * partitions) / producers),
        });
      });
    }
    const enough = this.settled(2 * recordsIn(batchBytes, valueBytes));
    flood.mayGo = () => this.ledger.least() < enough;
    await this.allHave(enough);
    flood.mayGo = () => false;
  }

  async openProducer<Source extends RequestSource>(make: (identity: ProducerIdentity) => Source): Promise<Source> {
    const producer = await Producer.open(this.port, this.ledger, this.ackLatencies, make);
    this.producers.push(producer);
    this.failures.push(producer.failed);
    return producer.source;
  }

  /**
   * The first records of a partition are not like the others: Kafka syncs a file for the first, and writes to fresh
   * pages of its index files once there are 4 KiB, which takes a second or more for 256 partitions. So each
   * partition gets so many records before anything is counted.
   */
  settled(recordsMin: number): number {
    return Math.max(recordsMin, Math.ceil(SETTLED_BYTES / this.workload.valueBytes));
  }

  /** Sends until each partition has so many records. */
  async allHave(records: number): Promise<void> {
    this.fill();
    while (this.ledger.least() < records) await this.rest(POLL_MS);
    await this.allAnswered();
  }

  /** Each gets every n-th partition. */
  async openConsumers(latencies?: Histogram, onAnswer?: () => void): Promise<void> {
    const { partitions, consumers, valueBytes } = this.workload;
    for (let i = 0; i < consumers; i++) {
      this.passes.push(0);
      const consumer = await Consumer.open(this.port, this.ledger, {
        topic: this.topic,
        partitions: Array.from({ length: partitions }, (_, p) => p).filter((p) => p % consumers === i),
        valueBytes,
        stamped: this.workload.ratePerSecond !== undefined,
        sessions: this.sessions,
        ...(latencies === undefined ? {} : { latencies }),
        ...(onAnswer === undefined ? {} : { onAnswer }),
        onPass: () => {
          if (this.passes[i]!++ === 0) this.passed++;
          return this.reading;
        },
      });
      this.consumers.push(consumer);
      this.failures.push(consumer.failed);
    }
  }

  fill = (): void => {
    for (const producer of this.producers) producer.fill();
  };

  rest = (ms: number): Promise<void> => Promise.race([sleep(ms), ...this.failures]);

  /** Waits until every request has its answer. */
  async allAnswered(): Promise<void> {
    const until = performance.now() + ANSWERED_LIMIT_MS;
    while (this.producers.some((producer) => producer.unanswered > 0)) {
      if (performance.now() > until) throw new Error('produce requests are not answered');
      await this.rest(POLL_MS);
    }
  }

  close(): void {
    for (const producer of this.producers) producer.close();
    for (const consumer of this.consumers) consumer.close();
  }

  /** Tells the consumers where everything acknowledged ends. */
  finish(): void {
    const ends = this.ledger.endsNow();
    for (const consumer of this.consumers) consumer.finish(ends);
  }

  /** Waits until each consumer has read, and the ledger checked, all of its partitions. */
  async allRead(): Promise<void> {
    let [delivered, since] = [this.delivered, performance.now()];
    while (this.passed < this.consumers.length) {
      await this.rest(POLL_MS);
      if (this.delivered !== delivered) [delivered, since] = [this.delivered, performance.now()];
      if (performance.now() - since < DELIVERED_LIMIT_MS) continue;
      this.ledger.complete(Array.from({ length: this.workload.partitions }, (_, partition) => partition));
      throw new Error('everything was delivered, but a consumer does not know');
    }
  }
}
