/**
 * The hub form of a stored message, with what its placement laid over it: how a session reads what another one wrote.
 *
 * There is always one: an entry whose format is not built in, or whose bytes its format can't make sense of, is a
 * message with the payload as its body and nothing else, since a reader of the log must come past it.
 */
import type { Format, Formats, Hub } from './format.ts';
import type { Entry, Overlay } from './message.ts';
import { Num, type Value } from './value.ts';

export function hubOf(entry: Entry, formats: Formats): Hub {
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

function apply(overlay: Overlay, hub: Hub): void {
  const { exchange, key, expiresAt, headers } = overlay;
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
    body: bytes.slice(start, end),
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
