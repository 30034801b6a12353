/**
 * Translation: what a stored message's parts and properties are in the hub form, and the reverse. Every name of it is
 * here.
 *
 *     property or part       hub form                        header, for readers who see headers only
 *     topic                  exchange
 *     KEYS                   key                             KEYS
 *     TAGS                   subject                         TAGS
 *     UNIQ_KEY               message id
 *     CORRELATION_ID         correlation id
 *     born timestamp         created at
 *     content-type, content-encoding, reply-to, user-id, app-id    the property of that name
 *     priority, absolute-expiry-time                               the same, as numbers
 *     flag                                                   rocketmq-flag, if it is not 0
 *     compressed body        content encoding                (the body stays as it is)
 *     WAIT, CLUSTER, MSG_REGION, TRACE_ON                    nothing: they are between clients and brokers
 *     any other property                                     a header of its name, as text
 *
 * The other way a header of text is a property of its name; numbers and booleans are written as text, tables and lists
 * as JSON, bytes as text if they are UTF-8 and else in hexadecimal. TAGS and KEYS as headers count before subject and
 * key. What RocketMQ can't hold is left out: names and values with its separators (U+0001, U+0002), and what goes
 * beyond 32 KiB of properties. A body that its clients would not take is replaced by nothing and the property
 * `unreadable`.
 */
import { copyOf } from '../../bytes/copy.ts';
import { readText } from '../../bytes/text.ts';
import type { Hub } from '../../core/format.ts';
import type { Entry } from '../../core/message.ts';
import { Num, type Table, toHex, type Value } from '../../core/value.ts';
import { encodeValue } from '../../core/value-json.ts';
import { MESSAGE_FLAG } from '../../wire/rocketmq/constants.ts';
import { NO_HOST } from '../../wire/rocketmq/host.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import {
  hasSeparator,
  PROPERTIES_BYTES_MAX,
  PROPERTY,
  propertyBytes,
  readProperties,
  writeProperty,
} from '../../wire/rocketmq/properties.ts';
import { StoredMessage } from '../../wire/rocketmq/stored-message.ts';
import type { RocketmqMessage } from './rocketmq-message.ts';

const TEXT_PROPERTIES = {
  'content-type': 'contentType',
  'content-encoding': 'contentEncoding',
  'reply-to': 'replyTo',
  'user-id': 'userId',
  'app-id': 'appId',
} as const;
const TEXTS = Object.entries(TEXT_PROPERTIES);
const PRIORITY = 'priority';
const EXPIRES_AT = 'absolute-expiry-time';
const FLAG = 'rocketmq-flag';
const UNREADABLE = 'unreadable';
/** Not for anybody else. */
const BETWEEN_CLIENT_AND_BROKER: ReadonlySet<string> = new Set([
  PROPERTY.WAIT,
  PROPERTY.CLUSTER,
  PROPERTY.MSG_REGION,
  PROPERTY.TRACE_SWITCH,
]);
const COMPRESSIONS: Readonly<Record<number, string>> = { 0: 'deflate', 1: 'lz4', 2: 'zstd', 3: 'deflate' };
const COMPRESSION_SHIFT = 8;
const PRIORITY_MAX = 255;
/** Clients take frames of 16 MiB. */
const BODY_BYTES_MAX = 15 * 1024 * 1024;
const NOTHING = new Uint8Array(0);
const NUMBER = /^[1-9]\d{0,15}$/;

const stored = new StoredMessage();
const properties = new NamedRanges();

// ── From a stored message ──

export function readMessage({ bytes, start, end, persistent, priority, expiresAt }: Entry): Hub {
  openMessage(bytes, start, end);
  const { sysFlag, flag, bornTimestamp } = stored;
  const headers: Table = new Map();
  const hub: Hub = {
    exchange: stored.topic(),
    key: properties.text(PROPERTY.KEYS) ?? '',
    headers,
    body: copyOf(bytes, stored.bodyStart, stored.bodyEnd),
    contentType: null,
    contentEncoding: null,
    messageId: properties.text(PROPERTY.UNIQUE_KEY),
    correlationId: properties.text(PROPERTY.CORRELATION_ID),
    replyTo: null,
    subject: properties.text(PROPERTY.TAGS),
    userId: null,
    appId: null,
    createdAt: bornTimestamp > 0 ? bornTimestamp : null,
    persistent,
    priority,
    expiresAt,
  };
  for (let index = 0; index < properties.count; index++) {
    const name = properties.nameOf(index);
    if (!isHeader(name)) continue;
    headers.set(name, properties.textOf(index));
  }
  for (const [name, property] of TEXTS) {
    const text = properties.text(name);
    if (text !== null) hub[property] = text;
  }
  hub.priority = numberOf(PRIORITY, PRIORITY_MAX) ?? priority;
  hub.expiresAt = numberOf(EXPIRES_AT, Number.MAX_SAFE_INTEGER) ?? expiresAt;
  if ((sysFlag & MESSAGE_FLAG.COMPRESSED) !== 0) {
    hub.contentEncoding = COMPRESSIONS[(sysFlag & MESSAGE_FLAG.COMPRESSION_MASK) >>> COMPRESSION_SHIFT] ?? null;
  }
  if (flag !== 0) headers.set(FLAG, new Num('int32', flag));
  return hub;
}

/** One header by name. */
export function findHeader({ bytes, start, end }: Entry, name: string): Value | undefined {
  openMessage(bytes, start, end);
  if (name === FLAG && stored.flag !== 0) return new Num('int32', stored.flag);
  if (!isHeader(name)) return undefined;
  return properties.text(name) ?? undefined;
}

/** The key by which exchanges route it. */
export function keyOf(ranges: NamedRanges): string {
  return ranges.text(PROPERTY.KEYS) ?? '';
}

/** Is this property a header? */
export function isHeader(name: string): boolean {
  if (name === PROPERTY.UNIQUE_KEY || name === PROPERTY.CORRELATION_ID) return false;
  if (name === PRIORITY || name === EXPIRES_AT || name === FLAG) return false;
  return !BETWEEN_CLIENT_AND_BROKER.has(name) && !Object.hasOwn(TEXT_PROPERTIES, name);
}

function openMessage(bytes: Uint8Array, start: number, end: number): void {
  stored.open(bytes, start, end);
  readProperties(bytes, stored.propertiesStart, stored.propertiesEnd, properties);
}

function numberOf(name: string, max: number): number | null {
  const text = properties.text(name);
  return text !== null && NUMBER.test(text) && Number(text) <= max ? Number(text) : null;
}

// ── Into a stored message ──

/** Makes `message`, still to be sealed, say what the hub form says, as a message of that topic. */
export function fillMessage(message: RocketmqMessage, hub: Hub, topic: string): void {
  const tooLarge = hub.body.length > BODY_BYTES_MAX;
  const draft = new Draft();
  for (const [name, value] of propertiesOfHub(hub)) draft.add(name, value);
  if (tooLarge) draft.add(UNREADABLE, `a body of ${hub.body.length} bytes`);
  message.topic = Buffer.from(topic);
  message.queueId = 0;
  message.flag = flagOf(hub.headers.get(FLAG));
  message.sysFlag = 0;
  message.bornTimestamp = hub.createdAt === null ? 0 : Math.max(0, Math.floor(hub.createdAt));
  message.bornHost = NO_HOST;
  message.storeHost = NO_HOST;
  message.reconsumeTimes = 0;
  message.preparedTransactionOffset = 0;
  message.body = tooLarge ? NOTHING : hub.body;
  message.bodyStart = 0;
  message.bodyEnd = message.body.length;
  message.properties = draft.bytes;
  message.propertiesStart = 0;
  message.propertiesEnd = draft.length;
  message.persistent = hub.persistent;
  message.priority = hub.priority;
  message.expiresAt = hub.expiresAt;
}

function* propertiesOfHub(hub: Hub): Generator<readonly [name: string, value: string]> {
  const { headers } = hub;
  if (hub.messageId !== null) yield [PROPERTY.UNIQUE_KEY, hub.messageId];
  if (hub.subject !== null && !headers.has(PROPERTY.TAGS)) yield [PROPERTY.TAGS, hub.subject];
  if (hub.key !== '' && !headers.has(PROPERTY.KEYS)) yield [PROPERTY.KEYS, hub.key];
  if (hub.correlationId !== null) yield [PROPERTY.CORRELATION_ID, hub.correlationId];
  for (const [name, property] of TEXTS) {
    const text = hub[property];
    if (text !== null) yield [name, text];
  }
  if (hub.priority > 0) yield [PRIORITY, String(hub.priority)];
  if (hub.expiresAt > 0) yield [EXPIRES_AT, String(hub.expiresAt)];
  for (const [name, value] of headers) if (isHeader(name) && value !== null) yield [name, textOf(value)];
}

/** Properties as far as they can be held. */
class Draft {
  readonly bytes = new Uint8Array(PROPERTIES_BYTES_MAX);
  length = 0;

  add(name: string, value: string): void {
    if (name === '' || hasSeparator(name) || hasSeparator(value)) return;
    if (this.length + propertyBytes(name, value) > PROPERTIES_BYTES_MAX) return;
    this.length = writeProperty(this.bytes, this.length, name, value);
  }
}

function flagOf(value: Value | undefined): number {
  return value instanceof Num ? Number(value.value) | 0 : 0;
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Num) return value.scale === 0 ? String(value.value) : decimal(String(value.value), value.scale);
  if (value instanceof Uint8Array) return utf8(value) ?? toHex(value);
  return JSON.stringify(encodeValue(value));
}

/** `314` with a scale of 2 is `3.14`. */
function decimal(digits: string, scale: number): string {
  const negative = digits.startsWith('-');
  const padded = (negative ? digits.slice(1) : digits).padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function utf8(bytes: Uint8Array): string | null {
  const text = readText(bytes, 0, bytes.length);
  return Buffer.from(text).equals(bytes) ? text : null;
}
