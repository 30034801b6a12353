/**
 * One run of one workload against a broker that listens already, in a process of its own.
 *
 *     node bench/macro/kafka/load.ts '{"workload":"1k-16","port":9092,"pid":123,"seconds":3,"warmupSeconds":2}'
 *
 * Prints one line of JSON, a `LoadResult`. A run succeeds only if every record that was acknowledged has been delivered
 * once and in order; that is checked after the time that is measured, and for what was sent during the warm-up too.
 */

import { nowUs, sleep } from '../clock.ts';
import { answerWith } from '../generator.ts';
import { Histogram } from '../histogram.ts';
import { treeUsage } from '../process-tree.ts';
import { Accumulator } from './accumulator.ts';
import { Caller } from './connection.ts';
import { Consumer } from './consumer.ts';
import { FullBatches } from './full-batches.ts';
import { Ledger } from './ledger.ts';
import { meter, type Percentiles, type Phase, percentiles } from './meter.ts';
import { Flood, Ticker } from './pace.ts';
import type { RequestSource } from './produce-request.ts';
import { Producer } from './producer.ts';
import { recordsIn } from './record-batch.ts';
import { createTopic, deleteTopic, type ProducerIdentity, topicServed } from './topic.ts';
import { IN_FLIGHT, REQUEST_BYTES, type Workload, workloadNamed } from './workloads.ts';

export interface LoadRequest {
  workload: string;
  port: number;
  /** Root of the broker's process tree. */
  pid: number;
  seconds: number;
  warmupSeconds: number;
  /** Records to produce at most; without it, 4 GiB of them. */
  messages?: number;
  /** Whether consumers offer fetch sessions. */
  sessions: boolean;
}

export interface LoadResult {
  /** Of a workload apart. */
  produce?: Phase;
  consume?: Phase;
  /** Of one together: records delivered, latency from end to end. */
  together?: Phase;
  ackUs?: Percentiles;
  /** All records of the run, each delivered at least once and checked. */
  records: number;
  rssAfterBytes: number;
  inSession: boolean;
}

/** Less than what makes Linux hold writers back on a machine of 8 GiB or more. */
const BYTES_MAX = 4 * 2 ** 30;
/** Of a flow at full speed: bytes that may be written and not yet read. */
const AHEAD_BYTES = 64 * 2 ** 20;
/** What is in a partition whose start is behind it. */
const SETTLED_BYTES = 16_384;
const TICK_MS = 1;
const POLL_MS = 5;
const ANSWERED_LIMIT_MS = 30_000;
/** Without a single delivery, before what is missing counts as lost. */
const DELIVERED_LIMIT_MS = 10_000;

class Run {
  readonly latencies = new Histogram();
  readonly ackLatencies = new Histogram();
  readonly producers: Producer[] = [];
  readonly consumers: Consumer[] = [];
  readonly ledger: Ledger;
  readonly workload: Workload;
  readonly recordsMax: number;
  reading = true;
  /** Its own, as a broker may serve several runs. */
  readonly topic = `bench-${process.pid}`;
  private readonly request: LoadRequest;
  private readonly failures: Promise<never>[] = [];
  private passed = 0;
  private passes: number[] = [];

  constructor(request: LoadRequest) {
    this.request = request;
    this.workload = workloadNamed(request.workload);
    this.ledger = new Ledger(this.workload.producers, this.workload.partitions);
    this.recordsMax = request.messages ?? Math.floor(BYTES_MAX / this.workload.valueBytes);
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
    const producer = await Producer.open(this.request.port, this.ledger, this.ackLatencies, make);
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
      const consumer = await Consumer.open(this.request.port, this.ledger, {
        topic: this.topic,
        partitions: Array.from({ length: partitions }, (_, p) => p).filter((p) => p % consumers === i),
        valueBytes,
        stamped: this.workload.ratePerSecond !== undefined,
        sessions: this.request.sessions,
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

  meter(count: () => number, latencies?: Histogram, ended?: () => boolean): Promise<Phase> {
    return meter(this.request.pid, this.request.seconds, count, latencies, this.rest, ended);
  }

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

export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const run = new Run(request);
  const admin = await Caller.open(request.port);
  const { kind, partitions } = run.workload;
  await createTopic(admin, run.topic, partitions);
  await topicServed(admin, run.topic, partitions);
  const phases = await (kind === 'apart' ? apart(run, request) : together(run, request));
  const rssAfterBytes = treeUsage(request.pid).rssBytes;
  run.close();
  await deleteTopic(admin, run.topic);
  const inSession = run.consumers.every((consumer) => consumer.inSession);
  return { ...phases, records: run.acknowledged, rssAfterBytes, inSession };
}

async function apart(run: Run, request: LoadRequest): Promise<Partial<LoadResult>> {
  const flood = new Flood();
  await run.openProducers(flood);
  const full = (): boolean => flood.sent >= run.recordsMax;
  flood.mayGo = () => !full();
  run.fill();
  await run.rest(request.warmupSeconds * 1000);
  if (full()) throw new Error('everything was produced before the warm-up ended; give more --messages');
  const produce = await run.meter(() => run.acknowledged, run.ackLatencies, full);
  flood.mayGo = () => false;
  await run.allAnswered();

  await run.openConsumers();
  run.reading = run.workload.countsReading;
  run.finish();
  for (const consumer of run.consumers) consumer.start();
  if (!run.reading) {
    await run.allRead();
    return { produce };
  }
  await run.rest(request.warmupSeconds * 1000);
  const consume = await run.meter(() => run.delivered);
  run.reading = false;
  await run.allRead();
  return { produce, consume };
}

async function together(run: Run, request: LoadRequest): Promise<Partial<LoadResult>> {
  const stop = await (run.workload.ratePerSecond === undefined ? flooding(run) : ticking(run));
  await run.rest(request.warmupSeconds * 1000);
  run.ackLatencies.reset();
  const phase = await run.meter(() => run.delivered, run.latencies);
  const ackUs = percentiles(run.ackLatencies);
  stop();
  await run.allAnswered();
  run.reading = false;
  run.finish();
  await run.allRead();
  return { together: phase, ackUs };
}

/** Starts full batches against consumers that may fall behind by so much; answers how to stop. */
async function flooding(run: Run): Promise<() => void> {
  const flood = new Flood();
  const aheadMax = AHEAD_BYTES / run.workload.valueBytes;
  await run.openProducers(flood);
  await run.openConsumers(run.latencies, run.fill);
  for (const consumer of run.consumers) consumer.start();
  flood.mayGo = () => flood.sent < run.recordsMax && run.acknowledged - run.delivered < aheadMax;
  run.fill();
  return () => {
    flood.mayGo = () => false;
  };
}

/** Starts records at the workload's rate, in a burst each millisecond. */
async function ticking(run: Run): Promise<() => void> {
  const { topic, workload } = run;
  const { partitions, valueBytes } = workload;
  const source = await run.openProducer((identity) => {
    return new Accumulator(identity, { topic, partitions, valueBytes, window: IN_FLIGHT });
  });
  const enough = run.settled(1);
  for (let i = 0; i < enough * partitions; i++) source.add(nowUs());
  await run.allHave(enough);
  await run.openConsumers(run.latencies);
  for (const consumer of run.consumers) consumer.start();
  const burst = (workload.ratePerSecond! * TICK_MS) / 1000;
  const tick = (now: number): void => {
    for (let i = 0; i < burst; i++) source.add(now);
  };
  const ticker = new Ticker(TICK_MS, tick, run.fill);
  return () => {
    ticker.stop();
    source.drop();
  };
}

if (import.meta.main) await answerWith(runLoad);
