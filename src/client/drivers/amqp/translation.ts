/**
 * AMQP's properties and the SDK's headers: what has a property goes there, the rest is in the headers table.
 *
 *     message-id correlation-id reply-to content-type     the properties of these names
 *     priority                                            priority
 *     the key of a message to a queue                     header `message-key`
 *     everything else                                     headers; what is no text arrives as one
 */
import type { ConsumeMessage, Options } from 'amqplib';
import { type Delivery, type Destination, HEADER, type Headers, type Outgoing } from '../../message.ts';

const PROPERTIES = [
  [HEADER.messageId, 'messageId'],
  [HEADER.correlationId, 'correlationId'],
  [HEADER.replyTo, 'replyTo'],
  [HEADER.contentType, 'contentType'],
] as const;

/** How a message is published; persistent, because a confirm should mean something. */
export function propertiesOf({ destination, key, headers, priority }: Outgoing): Options.Publish {
  let table: Record<string, string> | undefined;
  const options: Options.Publish = { deliveryMode: 2 };
  for (const name in headers) {
    const value = headers[name] as string;
    switch (name) {
      case HEADER.messageId:
        options.messageId = value;
        break;
      case HEADER.correlationId:
        options.correlationId = value;
        break;
      case HEADER.replyTo:
        options.replyTo = value;
        break;
      case HEADER.contentType:
        options.contentType = value;
        break;
      default:
        table ??= {};
        table[name] = value;
    }
  }
  if (key !== undefined && destination.kind !== 'topic') table = { ...table, [HEADER.key]: key };
  if (table !== undefined) options.headers = table;
  if (priority !== undefined) options.priority = priority;
  return options;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What amqplib delivered, looked at only as far as somebody asks. */
export class AmqpDelivery implements Delivery {
  readonly message: ConsumeMessage;
  readonly destination: Destination;
  readonly position = undefined;
  #headers: Headers | undefined;

  constructor(message: ConsumeMessage, destination: Destination) {
    this.message = message;
    this.destination = destination;
  }

  /** The routing key; behind the default exchange that is the queue's name, and the key is a header. */
  get key(): string | undefined {
    const { exchange, routingKey } = this.message.fields;
    if (exchange === '') return this.headers[HEADER.key];
    return routingKey === '' ? undefined : routingKey;
  }

  get redelivered(): boolean {
    return this.message.fields.redelivered;
  }

  get body(): Uint8Array {
    return this.message.content;
  }

  get headers(): Headers {
    this.#headers ??= this.#readHeaders();
    return this.#headers;
  }

  #readHeaders(): Headers {
    const { properties } = this.message;
    const headers: Record<string, string> = {};
    for (const [name, property] of PROPERTIES) {
      const value = properties[property];
      if (value !== undefined) headers[name] = textOf(value);
    }
    for (const name in properties.headers) headers[name] = textOf(properties.headers[name]);
    return headers;
  }
}
