/**
 * Production: one batch of a producer, checked and appended.
 *
 * Checked is what Kafka checks before it trusts a batch: one whole batch of the current format, its checksum, its
 * counts, its size, its times, its place in the producer's sequence. Records are looked at only where something
 * depends on them.
 */
import type { Exchange } from '../../core/exchange.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock, Store } from '../../core/ports.ts';
import type { Topic } from '../../core/topic.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';
import {
  baseSequenceOf,
  checkProducedBatch,
  isTransactional,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  recordCountOf,
} from '../../wire/kafka/record-batch.ts';
import type { ByteRange } from '../../wire/kafka/schema.ts';
import { KafkaWireError } from '../../wire/kafka/wire-error.ts';
import { BatchMessage } from './batch-message.ts';
import { lastSequenceOf } from './producer-state.ts';
import type { Producers } from './producers.ts';
import { RecordView } from './record-view.ts';
import { type TopicConfig, topicConfigOf } from './topic-config.ts';

/** What a partition is answered. */
export interface Produced {
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs?: number;
  readonly logStartOffset?: number;
  readonly errorMessage?: string;
  /** The records for which the batch was refused. */
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[];
}

/** A batch is taken whole or not at all; the client learns which records were the reason. */
function refusedRecords(keyless: readonly number[], where: string): Produced {
  const batchIndexErrorMessage = `Compacted topic cannot accept message without key in ${where}.`;
  return {
    errorCode: ERROR.INVALID_RECORD,
    baseOffset: -1,
    errorMessage: 'One or more records have been rejected',
    recordErrors: keyless.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage })),
  };
}

export class Production {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #entryBytesMax: number;
  readonly #producers: Producers;
  readonly #message = new BatchMessage();
  readonly #records: RecordView;

  constructor(store: Store, clock: Clock, limits: Limits, producers: Producers) {
    this.#entryBytesMax = limits.entryBytesMax;
    this.#store = store;
    this.#clock = clock;
    this.#producers = producers;
    this.#records = new RecordView(limits.entryBytesMax);
  }

  append(topic: Topic, exchange: Exchange, index: number, kept: KeptLog, records: ByteRange | null): Produced {
    try {
      return this.#append(topic, exchange, index, kept, records);
    } catch (error) {
      if (!(error instanceof KafkaWireError)) throw error;
      return { errorCode: error.code, baseOffset: -1, errorMessage: error.message };
    }
  }

  #append(topic: Topic, exchange: Exchange, index: number, kept: KeptLog, records: ByteRange | null): Produced {
    if (records === null) throw new KafkaWireError(ERROR.INVALID_RECORD, 'there is no record batch for this partition');
    const { bytes, start, end } = records;
    const config = topicConfigOf(topic);
    const bytesMax = Math.min(config.maxMessageBytes, this.#entryBytesMax);
    if (end - start > bytesMax) {
      const text = `the batch has ${end - start} bytes, and the topic takes ${bytesMax}`;
      throw new KafkaWireError(ERROR.MESSAGE_TOO_LARGE, text);
    }
    const fault = checkProducedBatch(bytes, start, end);
    if (fault !== null) throw new KafkaWireError(fault.code, fault.text);
    if (isTransactional(bytes, start)) throw new KafkaWireError(ERROR.INVALID_TXN_STATE, 'there are no transactions');
    this.#checkTime(config, maxTimestampOf(bytes, start));
    if (config.compact) {
      const keyless = this.#records.keyless(bytes, start);
      if (keyless.length > 0) return refusedRecords(keyless, `topic partition ${topic.name}-${index}`);
    }

    const id = producerIdOf(bytes, start);
    if (id < 0) {
      this.#checkRecords(exchange, index, records);
      return this.#publish(config, exchange, index, kept, records);
    }
    const epoch = producerEpochOf(bytes, start);
    const firstSequence = baseSequenceOf(bytes, start);
    const lastSequence = lastSequenceOf(firstSequence, recordCountOf(bytes, start));
    const producers = this.#producers.of(kept);
    const { now } = this.#clock;
    const verdict = producers.states.get(id)?.judge(epoch, firstSequence, lastSequence) ?? 'append';
    if (verdict === 'fenced') throw new KafkaWireError(ERROR.INVALID_PRODUCER_EPOCH, `epoch ${epoch} is over`);
    if (verdict === 'out-of-order') {
      const text = `producer ${id} comes with sequence ${firstSequence}, which is not its next one`;
      throw new KafkaWireError(ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER, text);
    }
    if (verdict !== 'append') return this.#produced(kept, verdict.offset);
    this.#checkRecords(exchange, index, records);
    // Before it is published: the append may end a span of the log, and what is noted then must know of this batch.
    const offset = this.#store.nextOffset(kept.log);
    producers.of(id, epoch, now).note(epoch, { firstSequence, lastSequence, offset }, now);
    return this.#publish(config, exchange, index, kept, records);
  }

  /** In one append if the bindings take every record, else the batch for its log and the records one by one. */
  #publish(config: TopicConfig, exchange: Exchange, index: number, kept: KeptLog, records: ByteRange): Produced {
    const baseOffset = this.#store.nextOffset(kept.log);
    const message = this.#message;
    const appendTime = config.timestampType === 'LogAppendTime' ? this.#clock.now : -1;
    message.point(records.bytes, records.start, records.end, appendTime);
    const whole = exchange.wholeRoute(index);
    if (whole !== null) whole.publish(message);
    else {
      exchange.keptRoute(index).publish(message);
      this.#records.publish(exchange, message);
    }
    message.letGo();
    return appendTime < 0
      ? this.#produced(kept, baseOffset)
      : { ...this.#produced(kept, baseOffset), logAppendTimeMs: appendTime };
  }

  /** Others than Kafka's consumers will read the records: then they must be what the header says. */
  #checkRecords(exchange: Exchange, index: number, { bytes, start }: ByteRange): void {
    const whole = exchange.wholeRoute(index);
    if (whole === null || whole.queues.length > 0) this.#records.check(bytes, start);
  }

  #produced(kept: KeptLog, baseOffset: number): Produced {
    return { errorCode: ERROR.NONE, baseOffset, logStartOffset: kept.log.floor };
  }

  #checkTime(config: TopicConfig, timestamp: number): void {
    if (config.timestampType === 'LogAppendTime') return;
    const age = this.#clock.now - timestamp;
    if (age <= config.timestampBeforeMaxMs && -age <= config.timestampAfterMaxMs) return;
    throw new KafkaWireError(
      ERROR.INVALID_TIMESTAMP,
      `timestamp ${timestamp} is out of the range that the topic takes`,
    );
  }
}
