/**
 * Fetches its partitions from their beginning, one request at a time, with the Java client's usual sizes.
 *
 *     ask ─▶ answer streams in: each batch to the ledger, its age to the histogram ─▶ ask from where it ended
 *
 * It offers the broker a fetch session, as the Java client does: where the broker keeps one, requests name only the
 * partitions that moved; otherwise all of them, in turn, as librdkafka and most others do always. `sessions: false`
 * never offers one.
 *
 * `finish` says where the partitions end. When all of them have been read to there, and the ledger agrees, `onPass`
 * decides whether to read everything once more.
 */

import { nowUs, sinceStampUs } from '../clock.ts';
import type { Histogram } from '../histogram.ts';
import { Connection } from './connection.ts';
import { FetchScanner, type FetchSink } from './fetch-scanner.ts';
import { array, CORRELATION_AT, FETCH, i8, i32, i64, request, string } from './fields.ts';
import type { Ledger } from './ledger.ts';
import { stampAt, strideOf } from './record-batch.ts';

const MAX_BYTES = 50 * 1024 * 1024;
const PARTITION_MAX_BYTES = 1024 * 1024;
const MIN_BYTES = 1;
const MAX_WAIT_MS = 500;
/** Index, leader epoch, offset, start offset, bytes at most. */
const ENTRY_BYTES = 28;

export interface ConsumerOptions {
  topic: string;
  partitions: readonly number[];
  valueBytes: number;
  /** Whether each record carries its time of sending, not only the first of a batch. */
  stamped: boolean;
  sessions: boolean;
  /** Where the ages of batches go. */
  latencies?: Histogram;
  /** After each answer. */
  onAnswer?: () => void;
  /** Everything was read once; answers whether to begin again. */
  onPass: () => boolean;
}

export class Consumer implements FetchSink {
  delivered = 0;
  fetches = 0;
  /** Whether the broker keeps a fetch session. */
  inSession = false;
  private connection!: Connection;
  private readonly options: ConsumerOptions;
  private readonly ledger: Ledger;
  private readonly request: Buffer;
  private readonly sessionAt: number;
  private readonly countAt: number;
  private readonly offsets: Float64Array;
  private readonly highWatermarks: Float64Array;
  /** Positions in `options.partitions` of those that moved since the last request. */
  private readonly moved = new Set<number>();
  private readonly places = new Map<number, number>();
  private ends: Float64Array | undefined;
  private sessionId = 0;
  private epoch = 0;
  private correlation = 0;
  private turn = 0;
  private readAtUs = 0;
  private resting = false;

  private constructor(ledger: Ledger, options: ConsumerOptions) {
    this.ledger = ledger;
    this.options = options;
    const { topic, partitions } = options;
    this.offsets = new Float64Array(partitions.length);
    this.highWatermarks = new Float64Array(partitions.length);
    partitions.forEach((partition, place) => {
      this.places.set(partition, place);
      this.moved.add(place);
    });
    const entry = Buffer.concat([i32(0), i32(-1), i64(0), i64(-1), i32(PARTITION_MAX_BYTES)]);
    const topics = array(Buffer.concat([string(topic), array(...partitions.map(() => entry))]));
    const limits = [i32(-1), i32(MAX_WAIT_MS), i32(MIN_BYTES), i32(MAX_BYTES), i8(0)];
    this.request = request(FETCH, 11, 0, ...limits, i32(0), i32(0), topics, array(), string(''));
    this.countAt = this.request.length - 6 - partitions.length * ENTRY_BYTES - 4;
    this.sessionAt = this.countAt - string(topic).length - 12;
  }

  static async open(port: number, ledger: Ledger, options: ConsumerOptions): Promise<Consumer> {
    const consumer = new Consumer(ledger, options);
    const { stamped, valueBytes } = options;
    const scanner = new FetchScanner(consumer, stampAt(valueBytes), stamped ? strideOf(valueBytes) : 0);
    consumer.connection = await Connection.open(port, scanner);
    return consumer;
  }

  get failed(): Promise<never> {
    return this.connection.failed;
  }

  start(): void {
    this.ask();
  }

  finish(ends: Float64Array): void {
    this.ends = ends;
    if (this.resting) this.ask();
  }

  close(): void {
    this.connection.close();
  }

  highWatermark(partition: number, offset: number): void {
    this.highWatermarks[this.place(partition)] = offset;
  }

  batch(partition: number, offset: number, records: number, id: number, sequence: number): void {
    const place = this.place(partition);
    this.ledger.delivered(partition, offset, records, id, sequence);
    this.offsets[place] = offset + records;
    this.moved.add(place);
    this.delivered += records;
  }

  stamped(stamp: number, records: number): void {
    if (this.options.latencies === undefined) return;
    if (this.readAtUs === 0) this.readAtUs = nowUs();
    this.options.latencies.record(sinceStampUs(stamp, this.readAtUs), records);
  }

  readEnded(): void {
    this.readAtUs = 0;
  }

  answered(sessionId: number): void {
    this.sessionId = sessionId;
    this.inSession = sessionId !== 0;
    this.fetches++;
    this.options.onAnswer?.();
    if (!this.passEnded() || this.options.onPass()) this.ask();
    else this.resting = true;
  }

  private place(partition: number): number {
    const place = this.places.get(partition);
    if (place === undefined) throw new Error(`partition ${partition} was not asked for`);
    return place;
  }

  private passEnded(): boolean {
    const { partitions } = this.options;
    const { ends } = this;
    if (ends === undefined) return false;
    for (let place = 0; place < partitions.length; place++) {
      if (this.offsets[place]! < ends[partitions[place]!]!) return false;
    }
    for (let place = 0; place < partitions.length; place++) {
      const [end, expected] = [this.highWatermarks[place]!, ends[partitions[place]!]!];
      if (end > expected) throw new Error(`partition ${partitions[place]} ends at ${end}, not at ${expected}`);
    }
    this.ledger.complete(partitions);
    this.ledger.restart(partitions);
    this.offsets.fill(0);
    partitions.forEach((_, place) => void this.moved.add(place));
    return true;
  }

  private ask(): void {
    this.resting = false;
    const { partitions, sessions } = this.options;
    const incremental = this.sessionId !== 0;
    const bytes = this.request;
    let at = this.countAt + 4;
    const ask = (place: number): void => {
      bytes.writeInt32BE(partitions[place]!, at);
      bytes.writeInt32BE(-1, at + 4);
      bytes.writeInt32BE(Math.floor(this.offsets[place]! / 2 ** 32), at + 8);
      bytes.writeUInt32BE(this.offsets[place]! >>> 0, at + 12);
      bytes.writeInt32BE(-1, at + 16);
      bytes.writeInt32BE(-1, at + 20);
      bytes.writeInt32BE(PARTITION_MAX_BYTES, at + 24);
      at += ENTRY_BYTES;
    };
    if (incremental) for (const place of this.moved) ask(place);
    else for (let i = 0; i < partitions.length; i++) ask((this.turn + i) % partitions.length);
    const count = (at - this.countAt - 4) / ENTRY_BYTES;
    this.moved.clear();
    this.turn = (this.turn + 1) % partitions.length;
    // A first request of epoch 0 asks for a session, -1 says that none is wanted.
    if (incremental) this.epoch++;
    else this.epoch = sessions ? 0 : -1;
    bytes.writeInt32BE(this.sessionId, this.sessionAt);
    bytes.writeInt32BE(this.epoch, this.sessionAt + 4);
    bytes.writeInt32BE(count, this.countAt);
    bytes.writeInt32BE(++this.correlation, CORRELATION_AT);
    bytes.fill(0, at, at + 6); // no forgotten topics, no rack
    bytes.writeInt32BE(at + 6 - 4, 0);
    this.connection.socket.write(bytes.subarray(0, at + 6));
  }
}
