/**
 * The STOMP format: a stored message in the hub form, and other protocols' messages as STOMP's.
 *
 *     header            hub
 *     content-type      contentType
 *     correlation-id    correlationId
 *     reply-to          replyTo: `/queue/x` as x, which is what it is called elsewhere
 *     (no length)       text/plain, if no content type is given
 *     type              subject
 *     all others        headers, as text
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Format, Hub } from '../../core/format.ts';
import type { Entry, Message } from '../../core/message.ts';
import { Num, toHex, type Value } from '../../core/value.ts';
import { type HeaderPair, Publication, readStored, STOMP_FORMAT } from './stored-message.ts';

const QUEUE = '/queue/';
/** Prefixes of a reply-to behind which stands the name of a queue. */
const QUEUES = [QUEUE, '/remote-temp-queue/', '/amq/queue/'];
const TEXT_TYPE = 'text/plain';
const VALUE_BYTES_MAX = 65_535;
const HEADERS_MAX = 65_535;
const EXCHANGE_BYTES_MAX = 255;

/** What has a place of its own in the hub, or is about the delivery. */
const PLACED: ReadonlySet<string> = new Set([
  'destination',
  'content-type',
  'correlation-id',
  'reply-to',
  'type',
  'persistent',
  'priority',
  'expires',
  'timestamp',
]);

export class StompFormat implements Format {
  readonly tag = STOMP_FORMAT;
  readonly name = 'stomp';
  readonly #publication = new Publication();

  header({ bytes, start }: Entry, name: string): Value | undefined {
    if (PLACED.has(name)) return undefined;
    return readStored(bytes, start).headers.find((header) => header[0] === name)?.[1];
  }

  toHub({ bytes, start, end, persistent, priority, expiresAt, timestamp }: Entry): Hub {
    const { exchange, key, headers, bodyAt, binary } = readStored(bytes, start);
    const texts = new Map(headers);
    const replyTo = texts.get('reply-to') ?? null;
    return {
      exchange,
      key,
      headers: new Map<string, Value>(headers.filter(([name]) => !PLACED.has(name))),
      body: copyOf(bytes, bodyAt, end),
      contentType: texts.get('content-type') ?? (binary ? null : TEXT_TYPE),
      contentEncoding: null,
      messageId: null,
      correlationId: texts.get('correlation-id') ?? null,
      replyTo: replyTo === null ? null : queueIn(replyTo),
      subject: texts.get('type') ?? null,
      userId: null,
      appId: null,
      createdAt: timestamp,
      persistent,
      priority,
      expiresAt,
    };
  }

  fromHub(hub: Hub): Message {
    const { body } = hub;
    const exchange = Buffer.byteLength(hub.exchange) > EXCHANGE_BYTES_MAX ? '' : hub.exchange;
    const key = Buffer.byteLength(hub.key) > VALUE_BYTES_MAX ? '' : hub.key;
    const publication = this.#publication.point(exchange, key, headersOf(hub), !isText(hub), body, 0, body.length);
    publication.persistent = hub.persistent;
    publication.priority = hub.priority;
    publication.timestamp = hub.createdAt ?? 0;
    publication.expiresAt = hub.expiresAt;
    return publication;
  }
}

/** Readers take a body without a length for text, and it must not hold what ends one. */
export function isText({ contentType, body }: Hub): boolean {
  if (contentType === null || !/^(text\/|application\/(json|xml)\b)/.test(contentType)) return false;
  return !body.includes(0);
}

function queueIn(destination: string): string {
  const prefix = QUEUES.find((known) => destination.startsWith(known));
  return prefix === undefined ? destination : destination.slice(prefix.length);
}

/** What a STOMP client sees of a message of another protocol. */
export function headersOf(hub: Hub): HeaderPair[] {
  const pairs: HeaderPair[] = [];
  const add = (name: string, text: string | null) => {
    if (text !== null && pairs.length < HEADERS_MAX && Buffer.byteLength(text) <= VALUE_BYTES_MAX) {
      pairs.push([name, text]);
    }
  };
  add('content-type', hub.contentType);
  add('correlation-id', hub.correlationId);
  add('reply-to', hub.replyTo === null || hub.replyTo.startsWith('/') ? hub.replyTo : QUEUE + hub.replyTo);
  add('type', hub.subject);
  for (const [name, value] of hub.headers) {
    if (!PLACED.has(name) && name !== '' && Buffer.byteLength(name) <= VALUE_BYTES_MAX) add(name, textOf(value));
  }
  return pairs;
}

/** Tables and lists have no place in a header. */
function textOf(value: Value): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Num) return String(value.value);
  return value instanceof Uint8Array ? toHex(value) : null;
}
