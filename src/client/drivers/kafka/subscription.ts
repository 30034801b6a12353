/**
 * A member of a Kafka group that reads one topic.
 *
 *     fetch ──► deliver, until `prefetch` are out ──► paused ──► half of them settled ──► resumed
 *     settled ──► Tracker ──► commits, one at a time, at most one each COMMIT_MS
 *
 * A released record is delivered again from memory: Kafka cannot take one back. When partitions move to another member,
 * what is out of them is no longer counted; the other member reads it again.
 */
import type { Consumer, MessagesStream } from '@platformatic/kafka';
import type { Sink, Source, Subscription } from '../../driver.ts';
import type { Delivery, Position } from '../../message.ts';
import { Tracker } from './tracker.ts';
import { KafkaDelivery, type KafkaMessage, topicOf } from './translation.ts';

const COMMIT_MS = 50;

export type KafkaConsumer = Consumer;
type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

export class KafkaSubscription implements Subscription {
  readonly #consumer: KafkaConsumer;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #topic: string;
  readonly #trackers = new Map<number, Tracker>();
  #stream: Stream | undefined;
  /** How many are out. */
  #out = 0;
  #isPaused = false;
  #isFull = false;
  #isOver = false;
  #committing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: KafkaConsumer, source: Source, sink: Sink) {
    this.#consumer = consumer;
    this.#source = source;
    this.#sink = sink;
    this.#topic = topicOf(source.destination);
    consumer.on('consumer:group:join', () => this.#joined());
  }

  async start(): Promise<void> {
    const fallbackMode = this.#source.from ?? 'earliest';
    const stream = await this.#consumer.consume({ topics: [this.#topic], mode: 'committed', fallbackMode });
    this.#stream = stream;
    // Where `latest` is must be known before anybody is told that he may send.
    const isReady = new Promise<void>((resolve) => stream.once('offsets', () => resolve()));
    stream.on('error', (error) => this.#fail(error));
    if (this.#isPaused) stream.pause();
    stream.on('data', (message) => this.#arrived(message));
    if (fallbackMode === 'latest') await isReady;
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#sink.failed(error);
    void this.#consumer.close(true).catch(() => undefined);
  }

  /** Of the partitions that are no longer ours, nothing counts and nothing may be committed any more. */
  #joined(): void {
    const mine = new Set(this.#consumer.assignments?.flatMap(({ partitions }) => partitions));
    for (const [partition, tracker] of this.#trackers) if (!mine.has(partition)) this.#forget(partition, tracker);
    this.#unfill();
  }

  #forget(partition: number, tracker: Tracker): void {
    tracker.isVoid = true;
    this.#out -= tracker.size;
    this.#trackers.delete(partition);
  }

  #arrived(message: KafkaMessage): void {
    if (this.#isOver) return;
    const { partition } = message;
    const offset = Number(message.offset);
    let tracker = this.#trackers.get(partition);
    if (tracker === undefined) {
      tracker = new Tracker(offset);
      this.#trackers.set(partition, tracker);
    }
    if (!tracker.delivered(offset)) return;
    this.#out += 1;
    if (this.#out >= this.#source.prefetch && !this.#isFull) {
      this.#isFull = true;
      this.#stream?.pause();
    }
    this.#sink.deliver(new KafkaDelivery(message, this.#source.destination, tracker));
  }

  #unfill(): void {
    if (!this.#isFull || this.#out * 2 > this.#source.prefetch) return;
    this.#isFull = false;
    if (!this.#isPaused) this.#stream?.resume();
  }

  ack(delivery: Delivery): void {
    const mine = delivery as KafkaDelivery;
    const { tracker, message } = mine;
    if (mine.isSettled || tracker.isVoid || this.#isOver) return;
    mine.isSettled = true;
    this.#out -= 1;
    tracker.settle(Number(message.offset));
    if (this.#isFull) this.#unfill();
    this.#timer ??= setTimeout(() => this.#commitSoon(), COMMIT_MS);
  }

  release(delivery: Delivery): void {
    const mine = delivery as KafkaDelivery;
    setImmediate(() => {
      if (mine.isSettled || mine.tracker.isVoid || this.#isOver) return;
      mine.redelivered = true;
      this.#sink.deliver(mine);
    });
  }

  #commitSoon(): void {
    this.#timer = undefined;
    this.#committing ??= this.#commit().finally(() => {
      this.#committing = undefined;
    });
  }

  async #commit(): Promise<void> {
    const topic = this.#topic;
    const taken: Tracker[] = [];
    const offsets = [];
    for (const [partition, tracker] of this.#trackers) {
      const offset = tracker.takeCommit();
      if (offset === undefined) continue;
      taken.push(tracker);
      offsets.push({ topic, partition, offset: BigInt(offset), leaderEpoch: -1 });
    }
    if (offsets.length === 0) return;
    try {
      await this.#consumer.commit({ offsets });
    } catch {
      // Nothing is lost by a commit that fails: the next one says more, or the records come again.
      for (const tracker of taken) tracker.commitFailed();
    }
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isFull) this.#stream?.resume();
  }

  /** What is out of that partition is forgotten; it comes again if it is behind the position. */
  async seek({ partition, offset }: Position): Promise<void> {
    await this.#committing;
    await this.#commit();
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.close();
    for (const [each, tracker] of this.#trackers) this.#forget(each, tracker);
    this.#isFull = false;
    await this.#consumer.commit({ offsets: [{ topic: this.#topic, partition, offset, leaderEpoch: -1 }] });
    await this.start();
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    await this.#committing;
    await this.#commit();
    this.#isOver = true;
    await this.#stream?.close().catch(() => undefined);
    await this.#consumer.close().catch(() => this.#consumer.close(true).catch(() => undefined));
  }
}
