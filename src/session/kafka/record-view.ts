/**
 * RecordView: the records of a produced batch one by one, for a topic that looks at keys, and for bindings that look at
 * keys or headers.
 *
 * Such a batch is kept whole in its log; what a binding picks out goes into the queue as a batch of that record alone,
 * key, value and headers byte for byte. Headers are looked up in the record's bytes, when a binding asks for one.
 *
 * `check` comes before anything is appended: a batch whose records can't be read is refused, not half published.
 */
import type { Exchange } from '../../core/exchange.ts';
import { defaultLimits } from '../../core/limits.ts';
import type { Headers, Value } from '../../core/value.ts';
import { openBatch } from '../../wire/kafka/compression.ts';
import { BATCH_HEADER_BYTES } from '../../wire/kafka/record-batch.ts';
import { RecordCursor } from '../../wire/kafka/record-cursor.ts';
import type { BatchMessage } from './batch-message.ts';
import { SingleBatch } from './single-batch.ts';
import { findHeader, keyOf } from './translation.ts';

/** The headers of the record that the cursor is at. */
class RecordHeaders implements Headers {
  readonly #cursor: RecordCursor;

  constructor(cursor: RecordCursor) {
    this.#cursor = cursor;
  }

  get(name: string): Value | undefined {
    return findHeader(this.#cursor, name, Buffer.from(name));
  }
}

export class RecordView {
  readonly #cursor = new RecordCursor();
  readonly #headers = new RecordHeaders(this.#cursor);
  readonly #single = new SingleBatch();
  /** Decompressed; a record of it is then no larger than an entry, also as a batch of its own. */
  readonly #limitBytes: number;

  constructor(entryBytesMax = defaultLimits.entryBytesMax) {
    this.#limitBytes = entryBytesMax - BATCH_HEADER_BYTES;
  }

  /** Goes over all records; throws a KafkaWireError for a batch whose records are not what its head says. */
  check(bytes: Uint8Array, start: number): void {
    openBatch(this.#cursor, bytes, start, this.#limitBytes);
    this.#cursor.check();
  }

  /** The indexes of records without a key: a compacted topic would not know what they replace. */
  keyless(bytes: Uint8Array, start: number): number[] {
    const cursor = this.#cursor;
    const found: number[] = [];
    openBatch(cursor, bytes, start, this.#limitBytes);
    while (cursor.next()) if (cursor.keyStart < 0) found.push(cursor.index - 1);
    return found;
  }

  /** Publishes every record of a checked batch to where the exchange's bindings take it. */
  publish(exchange: Exchange, { bytes, start, appendTime }: BatchMessage): void {
    const cursor = this.#cursor;
    const single = this.#single;
    openBatch(cursor, bytes, start, this.#limitBytes);
    while (cursor.next()) {
      const route = exchange.boundRoute(keyOf(cursor), this.#headers);
      if (route.empty) continue;
      single.draft.copy(cursor);
      if (appendTime >= 0) single.draft.timestampMs = appendTime;
      single.seal(appendTime >= 0);
      route.publish(single);
    }
    single.draft.clear();
  }
}
