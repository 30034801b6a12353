/**
 * STOMP's frames and the SDK's messages. Headers stand beside each other as they are; `message-id` belongs to the
 * broker there, so the SDK's id travels as `x-message-id`.
 */
import type { IMessage } from '@stomp/stompjs';
import { type Delivery, type Destination, HEADER, type Headers, type Outgoing } from '../../message.ts';

const ID = 'x-message-id';
/** What says something about the delivery and not about the message. */
const OF_DELIVERY = new Set(['subscription', 'message-id', 'ack', 'destination', 'content-length', 'redelivered']);

/** A destination as STOMP writes it; a reply address is written so already. */
export function pathOf({ kind, name }: Destination): string {
  return kind === 'reply' ? name : `/${kind}/${name}`;
}

/** The headers of a SEND frame. */
export function frameHeadersOf({ key, headers, priority }: Outgoing): Record<string, string> {
  const { [HEADER.messageId]: id, ...others } = headers;
  const frame: Record<string, string> = { persistent: 'true', ...others };
  if (id !== undefined) frame[ID] = id;
  if (key !== undefined) frame[HEADER.key] = key;
  if (priority !== undefined) frame['priority'] = String(priority);
  return frame;
}

export class StompDelivery implements Delivery {
  readonly message: IMessage;
  readonly destination: Destination;
  readonly position = undefined;
  /** Given back to us by us, because STOMP cannot give back one message to the broker. */
  isReturned = false;
  isSettled = false;
  #headers: Headers | undefined;

  constructor(message: IMessage, destination: Destination) {
    this.message = message;
    this.destination = destination;
  }

  get key(): string | undefined {
    return this.message.headers[HEADER.key];
  }

  get body(): Uint8Array {
    return this.message.binaryBody;
  }

  get redelivered(): boolean {
    return this.isReturned || this.message.headers['redelivered'] === 'true';
  }

  get headers(): Headers {
    this.#headers ??= this.#readHeaders();
    return this.#headers;
  }

  #readHeaders(): Headers {
    const { headers: frame } = this.message;
    const headers: Record<string, string> = {};
    for (const name in frame) if (!OF_DELIVERY.has(name)) headers[name] = frame[name] as string;
    const id = frame[ID] ?? frame['message-id'];
    if (id !== undefined) headers[HEADER.messageId] = id;
    return headers;
  }
}
