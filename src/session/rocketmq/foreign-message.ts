/**
 * Messages of other formats for a reader who speaks RocketMQ, by way of the hub form, with what a placement laid over
 * them.
 *
 * There is always something to hand out: an entry whose format is not built in, or whose bytes its format can't make
 * sense of, is a message with the payload as its body and nothing else, since a reader of the log must come past it.
 */
import type { Formats } from '../../core/format.ts';
import { hubOf } from '../../core/hub-of.ts';
import type { Entry } from '../../core/message.ts';
import { ROCKETMQ_FORMAT, RocketmqMessage } from './rocketmq-message.ts';
import { fillMessage } from './translation.ts';

const message = new RocketmqMessage();

/** May its bytes be handed out as they are? */
export function isOwn({ format, overlay }: Entry): boolean {
  return format === ROCKETMQ_FORMAT && overlay === null;
}

/** The message that the entry stands on, as bytes of a stored message of that topic. */
export function storedBytesOf(entry: Entry, formats: Formats, topic: string): Uint8Array {
  fillMessage(message, hubOf(entry, formats), topic);
  message.seal(entry.timestamp);
  const bytes = new Uint8Array(message.length);
  message.write(bytes, 0);
  message.letGo();
  return bytes;
}
