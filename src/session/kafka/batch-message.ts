/**
 * BatchMessage: a producer's batch on its way into the journal: one entry of n messages, copied once as it came.
 *
 * Where the broker's time is to be the records' time, the copy is stamped with it, which takes a new checksum.
 */
import { copyBytes } from '../../bytes/copy.ts';
import type { Message } from '../../core/message.ts';
import { maxTimestampOf, recordCountOf, stampAppendTime } from '../../wire/kafka/record-batch.ts';

/** The tag of batches in the journal; see `Formats`. */
export const KAFKA_FORMAT = 2;

const NOTHING = new Uint8Array(0);

export class BatchMessage implements Message {
  readonly format = KAFKA_FORMAT;
  readonly persistent = true;
  readonly priority = 0;
  readonly expiresAt = 0;
  timestamp = 0;
  count = 1;
  length = 0;
  bytes: Uint8Array = NOTHING;
  start = 0;
  /** -1: its records have their own times. */
  appendTime = -1;

  /** A checked batch in `bytes[start, end)`; `appendTime` -1 leaves its times as they are. */
  point(bytes: Uint8Array, start: number, end: number, appendTime = -1): void {
    this.bytes = bytes;
    this.start = start;
    this.length = end - start;
    this.count = recordCountOf(bytes, start);
    this.timestamp = appendTime < 0 ? maxTimestampOf(bytes, start) : appendTime;
    this.appendTime = appendTime;
  }

  /** Forgets the bytes, which are the socket's. */
  letGo(): void {
    this.bytes = NOTHING;
  }

  write(target: Uint8Array, at: number): void {
    copyBytes(this.bytes, this.start, this.start + this.length, target, at);
    if (this.appendTime >= 0) stampAppendTime(target, at, this.appendTime);
  }
}
