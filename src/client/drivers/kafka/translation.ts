/**
 * Kafka's records and the SDK's messages. All headers are record headers under their own names; a tombstone is an empty
 * payload.
 */
import type { Message, MessageToProduce } from '@platformatic/kafka';
import type { Delivery, Destination, Headers, Outgoing, Position } from '../../message.ts';
import type { Tracker } from './tracker.ts';

/** A record as it is consumed here: bytes, which become texts when somebody looks. */
export type KafkaMessage = Message<Buffer, Buffer, Buffer, Buffer>;
/** A record as it is produced here. */
export type KafkaRecord = MessageToProduce<string, Buffer, string, string>;

const NOTHING = new Uint8Array(0);

/** A topic's name for each kind of destination: Kafka has topics only. */
export function topicOf({ name }: Destination): string {
  return name;
}

/** The record of a message. */
export function recordOf({ destination, key, headers, body }: Outgoing): KafkaRecord {
  const value = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const record: KafkaRecord = { topic: topicOf(destination), value, headers: headers as Record<string, string> };
  if (key !== undefined) record.key = key;
  return record;
}

/** What was fetched, looked at only as far as somebody asks. */
export class KafkaDelivery implements Delivery {
  readonly message: KafkaMessage;
  readonly destination: Destination;
  readonly tracker: Tracker;
  redelivered = false;
  isSettled = false;
  #headers: Headers | undefined;

  constructor(message: KafkaMessage, destination: Destination, tracker: Tracker) {
    this.message = message;
    this.destination = destination;
    this.tracker = tracker;
  }

  get key(): string | undefined {
    return this.message.key?.toString();
  }

  get body(): Uint8Array {
    return this.message.value ?? NOTHING;
  }

  get headers(): Headers {
    this.#headers ??= this.#readHeaders();
    return this.#headers;
  }

  #readHeaders(): Headers {
    const headers: Record<string, string> = {};
    for (const [name, value] of this.message.headers) headers[name.toString()] = value?.toString() ?? '';
    return headers;
  }

  get position(): Position {
    return { partition: this.message.partition, offset: this.message.offset };
  }
}
