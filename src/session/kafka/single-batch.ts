/**
 * SingleBatch: a batch of one record, as the Message that goes into a queue: a record of a produced batch that a
 * binding picked out, or a message of another format. Fill `draft`, then `seal`, then publish.
 */
import type { Message } from '../../core/message.ts';
import { ATTRIBUTE, BATCH_HEADER_BYTES, sealBatch } from '../../wire/kafka/record-batch.ts';
import { KAFKA_FORMAT } from './batch-message.ts';
import { RecordDraft, writeBatchHead } from './record-draft.ts';

export class SingleBatch implements Message {
  readonly format = KAFKA_FORMAT;
  readonly count = 1;
  persistent = true;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  length = 0;
  readonly draft = new RecordDraft();
  #attributes = 0;

  /** The draft is as it shall be. `hasAppendTime`: its timestamp is the broker's. */
  seal(hasAppendTime = false): void {
    const { timestampMs } = this.draft;
    this.#attributes = hasAppendTime ? ATTRIBUTE.appendTime : 0;
    this.timestamp = Math.max(0, timestampMs);
    this.length = BATCH_HEADER_BYTES + this.draft.measure(0, 0);
  }

  write(target: Uint8Array, at: number): void {
    const { length, draft } = this;
    const { timestampMs } = draft;
    draft.write(target, at + BATCH_HEADER_BYTES, 0, 0);
    writeBatchHead(target, at, {
      length,
      baseOffset: 0,
      lastOffsetDelta: 0,
      count: 1,
      baseTimestampMs: timestampMs,
      maxTimestampMs: timestampMs,
      attributes: this.#attributes,
    });
    sealBatch(target, at);
  }
}
