/**
 * The RocketMQ format: a stored message read by others, and other formats' messages made into one.
 *
 *     payload   one message as consumers pull it, see stored-message.ts; its place is patched into what is handed out
 *
 * Readers of the same format copy it and never come here. What becomes of which property is in translation.ts.
 */
import type { Format, Hub } from '../../core/format.ts';
import type { Entry, Message } from '../../core/message.ts';
import type { Value } from '../../core/value.ts';
import { ROCKETMQ_FORMAT, RocketmqMessage } from './rocketmq-message.ts';
import { fillMessage, findHeader, readMessage } from './translation.ts';

export class RocketmqFormat implements Format {
  readonly tag = ROCKETMQ_FORMAT;
  readonly name = 'rocketmq';
  readonly #message = new RocketmqMessage();

  header(entry: Entry, name: string): Value | undefined {
    return findHeader(entry, name);
  }

  toHub(entry: Entry): Hub {
    return readMessage(entry);
  }

  fromHub(hub: Hub): Message {
    fillMessage(this.#message, hub, hub.exchange);
    return this.#message.seal(hub.createdAt ?? 0);
  }
}
