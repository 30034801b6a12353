/**
 * The requests of a producer that has more than enough to send: full batches for as many partitions as fit into a
 * request, the partitions in turn. The batches are encoded once; only sequence, stamp and CRC are written for each
 * sending.
 */

import { stampOf } from '../clock.ts';
import { ENTRY_HEAD_BYTES, ProduceRequest, type RequestSource } from './produce-request.ts';
import { BatchSeal, recordBatch, stampAt } from './record-batch.ts';
import type { ProducerIdentity } from './topic.ts';

/** What the producers of a run share: whether one may go on, and what has been taken. */
export interface Quota {
  /** Takes so many records; false = nothing may be sent now. */
  take(records: number): boolean;
}

export interface FullBatchesOptions {
  topic: string;
  partitions: number;
  partitionsPerRequest: number;
  recordsPerBatch: number;
  valueBytes: number;
  /** Requests at most that wait for their answers. */
  window: number;
  /** The partition its first request begins with, so that producers do not march in step. */
  firstPartition: number;
}

export class FullBatches implements RequestSource {
  private readonly options: FullBatchesOptions;
  private readonly quota: Quota;
  private readonly idle: ProduceRequest[] = [];
  private readonly seal: BatchSeal;
  private readonly nextSequence: Int32Array;
  private readonly stride: number;
  private cursor: number;

  constructor(identity: ProducerIdentity, quota: Quota, options: FullBatchesOptions) {
    this.options = options;
    this.quota = quota;
    this.nextSequence = new Int32Array(options.partitions);
    this.cursor = options.firstPartition;
    const { topic, partitionsPerRequest, recordsPerBatch, valueBytes, window } = options;
    const batch = recordBatch({ ...identity, records: recordsPerBatch, valueBytes });
    this.seal = new BatchSeal(batch, stampAt(valueBytes));
    this.stride = ENTRY_HEAD_BYTES + batch.length;
    for (let i = 0; i < window; i++) {
      const request = new ProduceRequest(topic, partitionsPerRequest, this.stride);
      for (let at = request.entriesAt; at < request.bytes.length; at += this.stride) {
        request.bytes.writeInt32BE(batch.length, at + 4);
        batch.copy(request.bytes, at + ENTRY_HEAD_BYTES);
      }
      request.records.fill(recordsPerBatch);
      request.finish(partitionsPerRequest, request.bytes.length);
      this.idle.push(request);
    }
  }

  next(nowUs: number): ProduceRequest | undefined {
    const { partitions, partitionsPerRequest, recordsPerBatch } = this.options;
    if (this.idle.length === 0 || !this.quota.take(partitionsPerRequest * recordsPerBatch)) return undefined;
    const request = this.idle.pop()!;
    const stamp = stampOf(nowUs);
    for (let i = 0, at = request.entriesAt; i < partitionsPerRequest; i++, at += this.stride) {
      const partition = this.cursor;
      this.cursor = partition + 1 < partitions ? partition + 1 : 0;
      request.partitions[i] = partition;
      request.bytes.writeInt32BE(partition, at);
      this.seal.seal(request.bytes, at + ENTRY_HEAD_BYTES, this.nextSequence[partition]!, stamp);
      this.nextSequence[partition]! += recordsPerBatch;
    }
    return request;
  }

  answered(request: ProduceRequest): void {
    this.idle.push(request);
  }
}
