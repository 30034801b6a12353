/**
 * The Kafka format: a stored record batch read by others, and other formats' messages made into a batch.
 *
 *     payload   one record batch v2 as its producer sent it; the message meant is its record `offset - base`
 *
 * Readers of the same format copy the batch and never come here. A batch that can't be opened (its compression is
 * broken, its counts are lies) is no reason to stop a queue: each of its messages has an empty body and the header
 * `unreadable`, which says why.
 */
import type { Format, Formats, Hub } from '../../core/format.ts';
import { hubOf } from '../../core/hub-of.ts';
import { defaultLimits } from '../../core/limits.ts';
import type { Entry, Message } from '../../core/message.ts';
import type { Value } from '../../core/value.ts';
import { openBatch } from '../../wire/kafka/compression.ts';
import { RecordCursor } from '../../wire/kafka/record-cursor.ts';
import { KafkaWireError } from '../../wire/kafka/wire-error.ts';
import { KAFKA_FORMAT } from './batch-message.ts';
import { OpenedBatches } from './opened-batches.ts';
import { NO_TIMESTAMP } from './record-draft.ts';
import { SingleBatch } from './single-batch.ts';
import { draftRecord, findHeader, readRecord, timestampOf, UNREADABLE } from './translation.ts';

export { KAFKA_FORMAT } from './batch-message.ts';

export class KafkaFormat implements Format {
  readonly tag = KAFKA_FORMAT;
  readonly name = 'kafka';
  readonly #batches: OpenedBatches;
  readonly #single = new SingleBatch();

  constructor(entryBytesMax = defaultLimits.entryBytesMax) {
    this.#batches = new OpenedBatches(entryBytesMax);
  }

  header(entry: Entry, name: string): Value | undefined {
    try {
      return findHeader(this.#batches.record(entry), name, Buffer.from(name));
    } catch (error) {
      if (!(error instanceof KafkaWireError)) throw error;
      return name === UNREADABLE ? error.message : undefined;
    }
  }

  toHub(entry: Entry): Hub {
    const hub = emptyHub(entry);
    try {
      readRecord(this.#batches.record(entry), hub);
      return hub;
    } catch (error) {
      if (!(error instanceof KafkaWireError)) throw error;
      return { ...emptyHub(entry), headers: new Map([[UNREADABLE, error.message]]) };
    }
  }

  fromHub(hub: Hub): Message {
    const single = this.#single;
    draftRecord(hub, single.draft, timestampOf(hub.createdAt, NO_TIMESTAMP));
    single.seal();
    single.persistent = hub.persistent;
    single.priority = hub.priority;
    single.expiresAt = hub.expiresAt;
    return single;
  }
}

/** A batch does not say which topic it was sent to. */
function emptyHub({ persistent, priority, timestamp, expiresAt }: Entry): Hub {
  return {
    exchange: '',
    key: '',
    headers: new Map(),
    body: new Uint8Array(0),
    contentType: null,
    contentEncoding: null,
    messageId: null,
    correlationId: null,
    replyTo: null,
    subject: null,
    userId: null,
    appId: null,
    createdAt: timestamp > 0 ? timestamp : null,
    persistent,
    priority,
    expiresAt,
  };
}

export interface TimedOffset {
  readonly offset: number;
  readonly timestamp: number;
}

/** The offsets of an entry and their timestamps as Kafka's consumers see them. */
export function* timesOf(entry: Entry, formats: Formats): Generator<TimedOffset> {
  const { offset, base, format, timestamp } = entry;
  if (format !== KAFKA_FORMAT) {
    yield { offset, timestamp: timestampOf(hubOf(entry, formats).createdAt, timestamp) };
    return;
  }
  const cursor = new RecordCursor();
  try {
    openBatch(cursor, entry.bytes, entry.start, defaultLimits.entryBytesMax);
    for (let index = 0; cursor.next(); index++) yield { offset: base + index, timestamp: cursor.timestampMs };
  } catch (error) {
    if (!(error instanceof KafkaWireError)) throw error;
    yield { offset: base, timestamp };
  }
}
