/**
 * Translation: what a record's key, value and headers are in the hub form, and the reverse. The table is in
 * docs/protocols/kafka.md; every name of it is here.
 *
 * What a publisher says of a message in other protocols' properties becomes headers under the names that AMQP 1.0 and
 * HTTP have for them, and such a header of a Kafka producer becomes the property. Other headers are kept as they are:
 * text as text, other bytes as bytes, null as null, several of one name as a list.
 *
 * Values that are no text (numbers, booleans, tables) are written as text, and one further header says their types, so
 * that a message that comes back has them again:      n: 5      header-types: {"n":"int16"}
 */
import { copyOf, sameBytes } from '../../bytes/copy.ts';
import { readText, textBytes } from '../../bytes/text.ts';
import type { Hub } from '../../core/format.ts';
import { Num, type Table, type Value } from '../../core/value.ts';
import type { RecordCursor } from '../../wire/kafka/record-cursor.ts';
import type { HeaderBlock } from './header-block.ts';
import { jsonOf, type TextType, textOfNum, valueOfText } from './header-values.ts';
import type { RecordDraft } from './record-draft.ts';

const PROPERTY_HEADERS = {
  'content-type': 'contentType',
  'content-encoding': 'contentEncoding',
  'message-id': 'messageId',
  'correlation-id': 'correlationId',
  'reply-to': 'replyTo',
  subject: 'subject',
  'app-id': 'appId',
} as const;
type TextProperty = (typeof PROPERTY_HEADERS)[keyof typeof PROPERTY_HEADERS];
const TEXT_PROPERTIES = Object.entries(PROPERTY_HEADERS) as [string, TextProperty][];

/** Never made a property again: who publishes over AMQP may only give his own name, and Kafka checks no header. */
const USER_ID = 'user-id';
const PRIORITY = 'priority';
const EXPIRES_AT = 'absolute-expiry-time';
/** The types of headers that are no text, as JSON. */
const TYPES = 'header-types';
/** True for a record whose value is null. */
const TOMBSTONE = 'tombstone';
/** The key, where the hub's is not all of it. */
const RECORD_KEY = 'record-key';
/** Why a record could not be read. */
export const UNREADABLE = 'unreadable';

/** Routing keys and properties of other protocols hold no more. */
const SHORT_BYTES_MAX = 255;
const PRIORITY_MAX = 255;
/** Later times are taken for mistakes; differences of all others are exact. */
const TIMESTAMP_MS_MAX = 2 ** 52 - 1;
const NOTHING = new Uint8Array(0);
const REPLACEMENT = '\ufffd';

// ── From a record ──

/** The key as text; '' for none. Bytes that are not UTF-8 are shown as U+FFFD. */
export function keyOf(cursor: RecordCursor): string {
  return cursor.keyStart < 0 ? '' : readText(cursor.bytes, cursor.keyStart, cursor.keyEnd);
}

/** What the record under the cursor says, into a hub form that says nothing yet. */
export function readRecord(cursor: RecordCursor, hub: Hub): void {
  const { bytes, valueStart, valueEnd, timestampMs } = cursor;
  hub.key = keyOf(cursor);
  hub.body = valueStart < 0 ? NOTHING : copyOf(bytes, valueStart, valueEnd);
  hub.createdAt = timestampMs < 0 ? null : timestampMs;
  const headers = readHeaders(cursor);
  liftProperties(headers, hub);
  if (valueStart < 0) headers.set(TOMBSTONE, true);
  const key = wholeKey(cursor, hub.key);
  if (key !== undefined) headers.set(RECORD_KEY, key);
  hub.headers = headers;
}

/** One header by name; `wanted` is the name's UTF-8. */
export function findHeader(cursor: RecordCursor, name: string, wanted: Uint8Array): Value | undefined {
  if (name === TOMBSTONE && cursor.valueStart < 0) return true;
  if (name === RECORD_KEY) {
    const key = wholeKey(cursor, keyOf(cursor));
    if (key !== undefined) return key;
  }
  let found: Value | undefined;
  let times = 0;
  let types: Map<string, string> | null = null;
  cursor.rewindHeaders();
  while (cursor.nextHeader()) {
    const { bytes, headerKeyStart, headerKeyEnd } = cursor;
    if (isName(bytes, headerKeyStart, headerKeyEnd, wanted)) found = appended(found, headerValue(cursor), times++);
    else if (isName(bytes, headerKeyStart, headerKeyEnd, TYPES_NAME)) types = typesOf(headerValue(cursor));
  }
  const type = types?.get(name);
  return type === undefined || typeof found !== 'string' ? found : (valueOfText(found, type) ?? found);
}

const TYPES_NAME = Buffer.from(TYPES);

function isName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  return end - start === name.length && sameBytes(bytes, start, name, 0, name.length);
}

function readHeaders(cursor: RecordCursor): Table {
  const headers: Table = new Map();
  const times = new Map<string, number>();
  cursor.rewindHeaders();
  while (cursor.nextHeader()) {
    const name = readText(cursor.bytes, cursor.headerKeyStart, cursor.headerKeyEnd);
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    headers.set(name, appended(headers.get(name), headerValue(cursor), before));
  }
  const types = typesOf(headers.get(TYPES));
  if (types === null) return headers;
  headers.delete(TYPES);
  for (const [name, type] of types) {
    const text = headers.get(name);
    if (typeof text === 'string') headers.set(name, valueOfText(text, type) ?? text);
  }
  return headers;
}

/** The value of a name that had `times` values before: two and more are a list. */
function appended(before: Value | undefined, value: Value, times: number): Value {
  if (times === 0) return value;
  if (times === 1) return [before as Value, value];
  (before as Value[]).push(value);
  return before as Value[];
}

function headerValue({ bytes, headerValueStart, headerValueEnd }: RecordCursor): Value {
  if (headerValueStart < 0) return null;
  return utf8(bytes, headerValueStart, headerValueEnd) ?? copyOf(bytes, headerValueStart, headerValueEnd);
}

/** The text, or null if the bytes are not UTF-8. */
function utf8(bytes: Uint8Array, start: number, end: number): string | null {
  const text = readText(bytes, start, end);
  if (!text.includes(REPLACEMENT)) return text;
  const again = Buffer.from(text);
  return again.length === end - start && sameBytes(again, 0, bytes, start, again.length) ? text : null;
}

/** What the types header says; null if it is somebody else's. */
function typesOf(value: Value | undefined): Map<string, string> | null {
  if (typeof value !== 'string' || !value.startsWith('{')) return null;
  try {
    const pairs = Object.entries(JSON.parse(value) as object);
    return pairs.every(([, type]) => typeof type === 'string') ? new Map(pairs) : null;
  } catch {
    return null;
  }
}

function liftProperties(headers: Table, hub: Hub): void {
  for (const [name, property] of TEXT_PROPERTIES) {
    const text = takeShortText(headers, name);
    if (text !== undefined) hub[property] = text;
  }
  const priority = takeNumber(headers, PRIORITY, PRIORITY_MAX);
  if (priority !== undefined) hub.priority = priority;
  const expiresAt = takeNumber(headers, EXPIRES_AT, TIMESTAMP_MS_MAX);
  if (expiresAt !== undefined) hub.expiresAt = expiresAt;
}

/** Takes the header out if it is a text that a property holds; of several the first. */
function takeShortText(headers: Table, name: string): string | undefined {
  const value = headers.get(name);
  const text = Array.isArray(value) ? value[0] : value;
  if (typeof text !== 'string' || textBytes(text) > SHORT_BYTES_MAX) return undefined;
  if (!Array.isArray(value)) headers.delete(name);
  else headers.set(name, value.length > 2 ? value.slice(1) : (value[1] as Value));
  return text;
}

/** The same for a number from 1 to `max`. */
function takeNumber(headers: Table, name: string, max: number): number | undefined {
  const value = headers.get(name);
  if (typeof value !== 'string' || !/^[1-9]\d{0,15}$/.test(value) || Number(value) > max) return undefined;
  headers.delete(name);
  return Number(value);
}

/** The key as a header value where a routing key would not be all of it: no text, too long, or empty but there. */
function wholeKey({ bytes, keyStart, keyEnd }: RecordCursor, text: string): Value | undefined {
  if (keyStart < 0) return undefined;
  const length = keyEnd - keyStart;
  const exact = utf8(bytes, keyStart, keyEnd);
  if (exact === null || length === 0) return copyOf(bytes, keyStart, keyEnd);
  return length > SHORT_BYTES_MAX ? text : undefined;
}

// ── Into a record ──

/** Makes the draft a record that says what the hub form says. */
export function draftRecord(hub: Hub, draft: RecordDraft, timestampMs: number): void {
  const { headers: given, body } = hub;
  draft.timestampMs = timestampMs;
  const skipsKey = draftKey(hub, draft);
  const isTombstone = body.length === 0 && given.get(TOMBSTONE) === true;
  if (isTombstone) draft.value.clear();
  else draft.value.point(body, 0, body.length);

  const { headers } = draft;
  headers.clear();
  for (const [name, property] of TEXT_PROPERTIES) {
    const text = hub[property];
    if (text !== null) headers.addText(name, text);
  }
  if (hub.userId !== null) headers.addText(USER_ID, hub.userId);
  if (hub.priority > 0) headers.addText(PRIORITY, String(hub.priority));
  if (hub.expiresAt > 0) headers.addText(EXPIRES_AT, String(hub.expiresAt));
  const types: [name: string, type: TextType][] = [];
  for (const [name, value] of given) {
    if ((name === TOMBSTONE && isTombstone) || (name === RECORD_KEY && skipsKey)) continue;
    const type = addHeader(headers, name, value);
    if (type !== null) types.push([name, type]);
  }
  if (types.length > 0) headers.addText(TYPES, JSON.stringify(Object.fromEntries(types)));
}

/** What a record may have as its time: the publisher's, or else the broker's. */
export function timestampOf(createdAt: number | null, otherwise: number): number {
  return createdAt !== null && createdAt >= 0 && createdAt <= TIMESTAMP_MS_MAX ? Math.floor(createdAt) : otherwise;
}

/** True if a header said more of the key than the hub form has, and is not needed any more. */
function draftKey({ key, headers }: Hub, draft: RecordDraft): boolean {
  const whole = headers.get(RECORD_KEY);
  if (whole instanceof Uint8Array && readText(whole, 0, whole.length) === key) {
    draft.key.point(whole, 0, whole.length);
    return true;
  }
  // A routing key was cut where it came to an end.
  if (typeof whole === 'string' && textBytes(whole) > SHORT_BYTES_MAX && key !== '' && whole.startsWith(key)) {
    draft.keyIs(whole);
    return true;
  }
  if (key === '') draft.key.clear();
  else draft.keyIs(key);
  return false;
}

/** The type to be noted, if the value's text does not say it. */
function addHeader(headers: HeaderBlock, name: string, value: Value): TextType | null {
  if (typeof value === 'string') headers.addText(name, value);
  else if (value === null) headers.addNull(name);
  else if (value instanceof Uint8Array) {
    headers.addBytes(name, value);
    return utf8(value, 0, value.length) === null ? null : 'bytes';
  } else if (typeof value === 'boolean') {
    headers.addText(name, String(value));
    return 'boolean';
  } else if (value instanceof Num) {
    headers.addText(name, textOfNum(value));
    return value.type;
  } else if (Array.isArray(value) && value.length > 1 && value.every(isPlain)) {
    for (const item of value) addHeader(headers, name, item);
  } else {
    headers.addText(name, jsonOf(value));
    return 'json';
  }
  return null;
}

/** Comes back as what it is, without a note of its type. */
function isPlain(value: Value): boolean {
  if (value instanceof Uint8Array) return utf8(value, 0, value.length) === null;
  return typeof value === 'string' || value === null;
}
