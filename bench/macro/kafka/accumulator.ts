/**
 * The requests of a producer that gets its records one by one, with `linger` 0: what has gathered for a partition while
 * the allowed requests were under way goes as one batch, and all partitions that have one go together.
 *
 *     add(stamp) ─▶ partitions in turn, each with the stamps of its waiting records
 *     next()     ─▶ at most 64 records of each, each with its own stamp: the moment at which it was added
 *
 * So the time that a record waits for the broker's earlier answers counts as its latency.
 */

import { stampOf } from '../clock.ts';
import { ENTRY_HEAD_BYTES, ProduceRequest, type RequestSource } from './produce-request.ts';
import { EVEN_RECORDS, recordBatch, shorten, stampAt, strideOf } from './record-batch.ts';
import type { ProducerIdentity } from './topic.ts';

/** Entries of a request at most, so that its buffer has 1 MiB at values of 100 bytes. */
const ENTRIES_MAX = 128;

export interface AccumulatorOptions {
  topic: string;
  partitions: number;
  valueBytes: number;
  window: number;
}

export class Accumulator implements RequestSource {
  private readonly options: AccumulatorOptions;
  private readonly idle: ProduceRequest[] = [];
  private readonly batch: Buffer;
  private readonly nextSequence: Int32Array;
  private readonly waiting: number[][];
  private waitingRecords = 0;
  private addTo = 0;
  private takeFrom = 0;

  constructor(identity: ProducerIdentity, options: AccumulatorOptions) {
    this.options = options;
    const { topic, partitions, valueBytes, window } = options;
    this.nextSequence = new Int32Array(partitions);
    this.waiting = Array.from({ length: partitions }, () => []);
    this.batch = recordBatch({ ...identity, records: EVEN_RECORDS, valueBytes });
    const entries = Math.min(partitions, ENTRIES_MAX);
    for (let i = 0; i < window; i++) {
      this.idle.push(new ProduceRequest(topic, entries, ENTRY_HEAD_BYTES + this.batch.length));
    }
  }

  /** One record, for the partition whose turn it is. */
  add(nowUs: number): void {
    this.waiting[this.addTo]!.push(stampOf(nowUs));
    this.waitingRecords++;
    this.addTo = (this.addTo + 1) % this.options.partitions;
  }

  /** Forgets what waits. */
  drop(): void {
    for (const stamps of this.waiting) stamps.length = 0;
    this.waitingRecords = 0;
  }

  next(): ProduceRequest | undefined {
    if (this.idle.length === 0 || this.waitingRecords === 0) return undefined;
    const request = this.idle.pop()!;
    const { partitions } = this.options;
    let count = 0;
    let at = request.entriesAt;
    for (let seen = 0; seen < partitions && count < request.partitions.length && this.waitingRecords > 0; seen++) {
      const partition = this.takeFrom;
      this.takeFrom = (partition + 1) % partitions;
      const stamps = this.waiting[partition]!.splice(0, EVEN_RECORDS);
      if (stamps.length === 0) continue;
      this.waitingRecords -= stamps.length;
      request.partitions[count] = partition;
      request.records[count] = stamps.length;
      count++;
      at = this.write(request.bytes, at, partition, stamps);
    }
    request.finish(count, at);
    return request;
  }

  answered(request: ProduceRequest): void {
    this.idle.push(request);
  }

  /** Writes one entry; answers where it ends. */
  private write(bytes: Buffer, at: number, partition: number, stamps: readonly number[]): number {
    const { valueBytes } = this.options;
    const batchAt = at + ENTRY_HEAD_BYTES;
    this.batch.copy(bytes, batchAt);
    stamps.forEach(
      (stamp, i) => void bytes.writeUInt32BE(stamp, batchAt + stampAt(valueBytes) + i * strideOf(valueBytes)),
    );
    const size = shorten(bytes, batchAt, stamps.length, valueBytes, this.nextSequence[partition]!);
    this.nextSequence[partition]! += stamps.length;
    bytes.writeInt32BE(partition, at);
    bytes.writeInt32BE(size, at + 4);
    return batchAt + size;
  }
}
