/**
 * Messages of other formats for a reader who speaks RocketMQ, by way of the hub form, with what a placement laid over
 * them.
 *
 * There is always something to hand out: an entry whose format is not built in, or whose bytes its format can't make
 * sense of, is a message with the payload as its body and nothing else, since a reader of the log must come past it.
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Format, Formats, Hub } from '../../core/format.ts';
import type { Entry, Overlay } from '../../core/message.ts';
import { Num, type Value } from '../../core/value.ts';
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

function hubOf(entry: Entry, formats: Formats): Hub {
  const format = formats.get(entry.format);
  const hub = format === undefined ? unreadable(entry) : translated(entry, format);
  if (entry.overlay !== null) apply(entry.overlay, hub);
  return hub;
}

function translated(entry: Entry, format: Format): Hub {
  try {
    return format.toHub(entry);
  } catch {
    return unreadable(entry);
  }
}

function apply({ exchange, key, expiresAt, headers }: Overlay, hub: Hub): void {
  if (exchange !== undefined) hub.exchange = exchange;
  if (key !== undefined) hub.key = key;
  if (expiresAt !== undefined) hub.expiresAt = expiresAt;
  if (headers === undefined) return;
  hub.headers = new Map(hub.headers);
  for (const [name, value] of Object.entries(headers)) hub.headers.set(name, headerValue(value));
}

/** A JSON value of an overlay as a header. */
function headerValue(json: unknown): Value {
  if (typeof json === 'number') return new Num(Number.isInteger(json) ? 'int64' : 'double', json);
  if (Array.isArray(json)) return json.map((item) => headerValue(item));
  if (json !== null && typeof json === 'object') {
    return new Map(Object.entries(json).map(([name, item]) => [name, headerValue(item)]));
  }
  return typeof json === 'boolean' || typeof json === 'string' ? json : null;
}

function unreadable({ bytes, start, end, persistent, priority, expiresAt }: Entry): Hub {
  return {
    exchange: '',
    key: '',
    headers: new Map(),
    body: copyOf(bytes, start, end),
    contentType: null,
    contentEncoding: null,
    messageId: null,
    correlationId: null,
    replyTo: null,
    subject: null,
    userId: null,
    appId: null,
    createdAt: null,
    persistent,
    priority,
    expiresAt,
  };
}
