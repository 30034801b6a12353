/**
 * A Produce request (version 7, `acks=all`) in a buffer that is used again once its answer has come, when its bytes
 * have surely left the process:
 *
 *     | i32 length | head: correlation, acks, topic | i32 partitions | index, size, batch | index, size, batch | ...
 */

import { CORRELATION_AT, i16, i32, NULL_STRING, PRODUCE, request, string } from './fields.ts';

const ACKS_ALL = -1;
const TIMEOUT_MS = 30_000;
/** Index and size of an entry. */
export const ENTRY_HEAD_BYTES = 8;

export class ProduceRequest {
  readonly bytes: Buffer;
  /** Where the first entry goes. */
  readonly entriesAt: number;
  /** What is in it: so many records for each partition. */
  count = 0;
  readonly partitions: Int32Array;
  readonly records: Int32Array;
  correlation = 0;
  sentUs = 0;
  length = 0;

  constructor(topic: string, partitionsMax: number, entryBytesMax: number) {
    const one = i32(1); // topics
    const head = request(PRODUCE, 7, 0, NULL_STRING, i16(ACKS_ALL), i32(TIMEOUT_MS), one, string(topic), i32(0));
    this.entriesAt = head.length;
    this.bytes = Buffer.alloc(head.length + partitionsMax * entryBytesMax);
    head.copy(this.bytes);
    this.partitions = new Int32Array(partitionsMax);
    this.records = new Int32Array(partitionsMax);
  }

  /** Fills in what depends on the entries, which end at `length`. */
  finish(count: number, length: number): void {
    this.count = count;
    this.length = length;
    this.bytes.writeInt32BE(length - 4, 0);
    this.bytes.writeInt32BE(count, this.entriesAt - 4);
  }

  /** The bytes to send. */
  sealed(correlation: number, nowUs: number): Buffer {
    this.correlation = correlation;
    this.sentUs = nowUs;
    this.bytes.writeInt32BE(correlation, CORRELATION_AT);
    return this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length);
  }
}

/** Where a producer gets its requests from. */
export interface RequestSource {
  /** The next one to send, if there is something to send and a buffer left. */
  next(nowUs: number): ProduceRequest | undefined;
  /** It may be used again. */
  answered(request: ProduceRequest): void;
}
