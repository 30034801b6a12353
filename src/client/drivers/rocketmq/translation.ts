/**
 * RocketMQ's messages and the SDK's: headers are user properties under their own names, the tag is the tag, the key is
 * the message group (which keeps order) and one of the keys (by which a message is found).
 *
 * Topics and groups may not have dots in their names; where the SDK has one (`orders.billing.dead`) an underscore
 * stands.
 */
import type { MessageOptions, MessageView } from 'rocketmq-client-nodejs';
import { type Delivery, type Destination, HEADER, type Headers, type Outgoing } from '../../message.ts';

/** A topic's or group's name as RocketMQ takes it. */
export function nameOf(name: string): string {
  return name.replaceAll('.', '_');
}

/**
 * A message as the client library takes it; `isPlain`: without a message group, which delays and transactions exclude.
 */
export function optionsOf({ destination, key, headers, body, delayMs }: Outgoing, isPlain: boolean): MessageOptions {
  const { [HEADER.tag]: tag, ...others } = headers;
  const options: MessageOptions = {
    topic: nameOf(destination.name),
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    properties: new Map(Object.entries(others)),
  };
  if (tag !== undefined) options.tag = tag;
  if (delayMs !== undefined && delayMs > 0) options.delay = delayMs;
  if (key === undefined || key === '') return options;
  options.keys = [key];
  if (!isPlain && options.delay === undefined) options.messageGroup = key;
  return options;
}

/** What was received, looked at only as far as somebody asks. */
export class RocketmqDelivery implements Delivery {
  readonly view: MessageView;
  readonly destination: Destination;
  readonly position = undefined;
  #headers: Headers | undefined;

  constructor(view: MessageView, destination: Destination) {
    this.view = view;
    this.destination = destination;
  }

  get key(): string | undefined {
    return this.view.messageGroup ?? this.view.keys[0];
  }

  get body(): Uint8Array {
    return this.view.body;
  }

  get redelivered(): boolean {
    return (this.view.deliveryAttempt ?? 1) > 1;
  }

  get headers(): Headers {
    this.#headers ??= this.#readHeaders();
    return this.#headers;
  }

  #readHeaders(): Headers {
    const { properties, messageId, tag } = this.view;
    const headers: Record<string, string> = { [HEADER.messageId]: messageId };
    if (tag !== undefined && tag !== '') headers[HEADER.tag] = tag;
    for (const [name, value] of properties) headers[name] = value;
    // What came from another protocol has it under RocketMQ's own name.
    const correlation = headers['CORRELATION_ID'];
    if (correlation !== undefined) headers[HEADER.correlationId] ??= correlation;
    return headers;
  }
}
