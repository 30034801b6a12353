/**
 * Walks through Fetch answers (version 11) as they stream in, looking at heads only: an answer may have 50 MiB, and a
 * generator that gathered it would measure itself.
 *
 *     answer     | length | correlation | throttle | error | session | topics |
 *     topic      | name | partitions |
 *     partition  | index | error | high watermark | stable end | start | aborted | replica | size |
 *     records    | batch head, up to the stamp | rest of the batch, skipped | batch head ...
 *
 * Heads are met whole: one that is cut at the end of a read is copied in front of the next, as in `frame-scanner.ts`.
 * Every `CHECK_EVERY`-th batch has its CRC-32C computed while it is skipped.
 */

import { crc32c } from '@node-rs/crc32';
import type { Scanner } from './connection.ts';
import { BASE_SEQUENCE_AT, CRC_AT, CRC_FROM, PRODUCER_ID_AT, RECORD_COUNT_AT } from './record-batch.ts';

export interface FetchSink {
  /** Where the broker says that a partition ends, for readers. */
  highWatermark(partition: number, offset: number): void;
  /** One whole batch, told before its body has been read. */
  batch(partition: number, offset: number, records: number, producerId: number, sequence: number): void;
  /** So many of its records carry this time of sending. */
  stamped(stamp: number, records: number): void;
  /** An answer ended; the session that the broker keeps for this client, 0 = none. */
  answered(sessionId: number): void;
  /** Everything of one read has been looked at. */
  readEnded(): void;
}

/** A whole batch of stamped records, 64 of 100 bytes, may be cut. */
const READ_AT = 16_384;
const READ_BYTES = 262_144;
const ANSWER_BYTES = 22;
const PARTITION_BYTES = 42;
const CHECK_EVERY = 16;
const MORE = -1;

type State = 'answer' | 'topic' | 'partition' | 'records' | 'end';

export class FetchScanner implements Scanner {
  readonly readInto: Buffer;
  private readonly buffer = Buffer.alloc(READ_AT + READ_BYTES);
  private readonly sink: FetchSink;
  private readonly stampAt: number;
  private readonly stampStride: number;
  private from = READ_AT;
  private state: State = 'answer';
  private sessionId = 0;
  /** Of the answer: its length as announced, and what has been read of it. */
  private length = 0;
  private taken = 0;
  private topics = 0;
  private partitions = 0;
  private partition = 0;
  /** Bytes of the partition's records that no head has been read of. */
  private unread = 0;
  /** Bytes to pass over before the next head. */
  private skip = 0;
  private batches = 0;
  private checking = false;
  private crc = 0;
  private expectedCrc = 0;

  /** A batch has its first stamp at `stampAt`, and one each `stampStride` bytes; 0 = it has no others. */
  constructor(sink: FetchSink, stampAt: number, stampStride: number) {
    this.sink = sink;
    this.stampAt = stampAt;
    this.stampStride = stampStride;
    this.readInto = this.buffer.subarray(READ_AT);
  }

  scan(length: number): void {
    const bytes = this.buffer;
    const end = READ_AT + length;
    let at = this.from;
    for (;;) {
      if (this.skip > 0) {
        const passed = Math.min(this.skip, end - at);
        if (this.checking) this.crc = crc32c(bytes.subarray(at, at + passed), this.crc);
        this.skip -= passed;
        this.taken += passed;
        at += passed;
        if (this.skip > 0) break;
        this.check();
      }
      const used = this.head(bytes, at, end - at);
      if (used === MORE) break;
      this.taken += used;
      at += used;
    }
    const cut = end - at;
    bytes.copyWithin(READ_AT - cut, at, end);
    this.from = READ_AT - cut;
    this.sink.readEnded();
  }

  /** Reads the head at `at`; how many bytes it took, or `MORE` when it is not whole yet. */
  private head(bytes: Buffer, at: number, left: number): number {
    switch (this.state) {
      case 'answer':
        return left < ANSWER_BYTES ? MORE : this.answer(bytes, at);
      case 'topic': {
        if (left < 2) return MORE;
        const size = 2 + bytes.readInt16BE(at) + 4;
        if (left < size) return MORE;
        this.partitions = bytes.readInt32BE(at + size - 4);
        this.state = 'partition';
        return size;
      }
      case 'partition':
        return left < PARTITION_BYTES ? MORE : this.partitionHead(bytes, at);
      case 'records':
        return this.records(bytes, at, left);
      case 'end':
        if (this.taken !== this.length) throw new Error(`an answer of ${this.length} bytes ended at ${this.taken}`);
        this.state = 'answer';
        this.sink.answered(this.sessionId);
        return 0;
    }
  }

  private answer(bytes: Buffer, at: number): number {
    this.length = bytes.readInt32BE(at) + 4;
    this.taken = 0;
    const error = bytes.readInt16BE(at + 12);
    if (error !== 0) throw new Error(`fetch was answered by error ${error}`);
    this.sessionId = bytes.readInt32BE(at + 14);
    this.topics = bytes.readInt32BE(at + 18);
    this.state = this.topics > 0 ? 'topic' : 'end';
    return ANSWER_BYTES;
  }

  private partitionHead(bytes: Buffer, at: number): number {
    this.partition = bytes.readInt32BE(at);
    const error = bytes.readInt16BE(at + 4);
    if (error !== 0) throw new Error(`partition ${this.partition}: fetch was answered by error ${error}`);
    if (bytes.readInt32BE(at + 30) > 0) throw new Error('aborted transactions where there are none');
    this.sink.highWatermark(this.partition, i64At(bytes, at + 6));
    this.unread = Math.max(0, bytes.readInt32BE(at + 38));
    this.state = 'records';
    return PARTITION_BYTES;
  }

  private records(bytes: Buffer, at: number, left: number): number {
    const headBytes = this.stampAt + 4;
    // What is left of a batch that did not fit into the answer comes again with the next one.
    if (this.unread < headBytes) return this.passOver(this.unread);
    if (left < headBytes) return MORE;
    const size = bytes.readInt32BE(at + 8) + 12;
    if (size > this.unread) return this.passOver(this.unread);
    if (this.stampStride > 0 && left < size) return MORE;
    const records = bytes.readInt32BE(at + RECORD_COUNT_AT);
    const [producerId, sequence] = [i64At(bytes, at + PRODUCER_ID_AT), bytes.readInt32BE(at + BASE_SEQUENCE_AT)];
    this.sink.batch(this.partition, i64At(bytes, at), records, producerId, sequence);
    if (this.stampStride === 0) this.sink.stamped(bytes.readUInt32BE(at + this.stampAt), records);
    else {
      for (let i = 0; i < records; i++) {
        this.sink.stamped(bytes.readUInt32BE(at + this.stampAt + i * this.stampStride), 1);
      }
    }
    this.unread -= size;
    if (this.batches++ % CHECK_EVERY !== 0) {
      this.skip = size;
      return 0;
    }
    this.checking = true;
    this.crc = 0;
    this.expectedCrc = bytes.readUInt32BE(at + CRC_AT);
    this.skip = size - CRC_FROM;
    return CRC_FROM;
  }

  /** Ends this partition. */
  private passOver(size: number): number {
    this.skip = size;
    this.unread = 0;
    if (--this.partitions > 0) this.state = 'partition';
    else this.state = --this.topics > 0 ? 'topic' : 'end';
    return 0;
  }

  private check(): void {
    if (!this.checking) return;
    this.checking = false;
    if (this.crc !== this.expectedCrc) throw new Error(`partition ${this.partition}: a batch whose CRC is wrong`);
  }
}

const i64At = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
