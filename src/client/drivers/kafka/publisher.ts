/**
 * Gathers what is sent while a request is on its way: one produce request at a time, as large as there is demand for,
 * so single sends are as fast as batches and keep their order.
 */
import type { Producer } from '@platformatic/kafka';
import { ClosedError, PublishError } from '../../errors.ts';
import type { Outgoing } from '../../message.ts';
import { type KafkaRecord, recordOf } from './translation.ts';

/** Kafka's default limit of a batch is 1 MiB; a larger record goes by itself, so that only it can fail. */
const BYTES_MAX = 768 << 10;
const RECORDS_MAX = 5_000;
/** What a record has beside its body, roughly. */
const RECORD_OVERHEAD = 256;

export type KafkaProducer = Producer<string, Buffer, string, string>;

interface Waiting {
  readonly records: readonly KafkaRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class KafkaPublisher {
  readonly #producer: KafkaProducer;
  #waiting: Waiting[] = [];
  #sending: Promise<void> | undefined;
  #isClosed = false;

  constructor(producer: KafkaProducer) {
    this.#producer = producer;
  }

  publish(batch: readonly Outgoing[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new ClosedError('the connection is closed'));
    if (batch.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let bytes = 0;
      for (const { body } of batch) bytes += body.byteLength + RECORD_OVERHEAD;
      this.#waiting.push({ records: batch.map(recordOf), bytes, resolve, reject });
      this.#sending ??= this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    // What is sent in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#send(this.#take());
    this.#sending = undefined;
  }

  #take(): Waiting[] {
    let [count, bytes, records] = [0, 0, 0];
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      records += waiting.records.length;
      if (count > 0 && (bytes > BYTES_MAX || records > RECORDS_MAX)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(taken: readonly Waiting[]): Promise<void> {
    try {
      const [only] = taken;
      const messages =
        taken.length === 1 && only !== undefined ? only.records : taken.flatMap(({ records }) => records);
      await this.#producer.send({ messages: messages as KafkaRecord[] });
      for (const { resolve } of taken) resolve();
    } catch (error) {
      for (const { reject } of taken) reject(new PublishError('the broker did not take the records', { cause: error }));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sending;
    await this.#producer.close();
  }
}
