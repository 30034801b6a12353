/**
 * Bodies of messages as other languages see them.
 *
 *     TextMessage     the text                          text/plain unless the message says more
 *     BytesMessage    the bytes                         nothing said
 *     MapMessage      a JSON object                     application/json
 *     StreamMessage   a JSON array                      application/json
 *     ObjectMessage   the serialised Java object, opaque   application/x-java-serialized-object
 *     Message         nothing
 *
 * Bytes within a map or a stream are base64 there, and numbers beyond 2^53 are texts: JSON has neither.
 */
import { Num, type Value } from '../../core/value.ts';
import { inflated, readTextBody, writeTextBody } from '../../wire/openwire/bodies.ts';
import type { MessageLook } from '../../wire/openwire/message-look.ts';
import { OpenWireError } from '../../wire/openwire/protocol.ts';
import { SCHEMA } from '../../wire/openwire/schema.ts';
import { ValueReader } from './properties.ts';

export const TEXT_TYPE = 'text/plain';
export const JSON_TYPE = 'application/json';
export const OBJECT_TYPE = 'application/x-java-serialized-object';

const BYTES_MAX = 64 * 1024 * 1024;
const VALUES_MAX = 100_000;
const NOTHING = new Uint8Array(0);

export interface Body {
  readonly bytes: Uint8Array;
  readonly contentType: string | null;
}

/** The body of the message that `look` is at; a copy. */
export function bodyOf(look: MessageLook): Body {
  const type = look.type as number;
  if (!look.range('content')) return { bytes: NOTHING, contentType: null };
  const stored = look.bytes.slice(look.rangeStart, look.rangeEnd);
  const isBytes = type === SCHEMA.BytesMessage.type;
  const content = look.bool('compressed') ? inflated(stored, isBytes, BYTES_MAX) : stored;
  switch (type) {
    case SCHEMA.TextMessage.type:
      return { bytes: Buffer.from(readTextBody(content) ?? '', 'utf8'), contentType: TEXT_TYPE };
    case SCHEMA.MapMessage.type: {
      const map = new ValueReader(content, 0, content.length).map() as Value;
      return { bytes: jsonOf(map), contentType: JSON_TYPE };
    }
    case SCHEMA.StreamMessage.type:
      return { bytes: jsonOf(streamOf(content)), contentType: JSON_TYPE };
    case SCHEMA.ObjectMessage.type:
      return { bytes: content, contentType: OBJECT_TYPE };
    default:
      return { bytes: content, contentType: null };
  }
}

function streamOf(content: Uint8Array): Value[] {
  const reader = new ValueReader(content, 0, content.length);
  const values: Value[] = [];
  while (!reader.isAtEnd) {
    if (values.length === VALUES_MAX) throw new OpenWireError(`more than ${VALUES_MAX} values`);
    values.push(reader.value() as Value);
  }
  return values;
}

function jsonOf(value: Value): Uint8Array {
  return Buffer.from(JSON.stringify(plainOf(value)), 'utf8');
}

function plainOf(value: Value): unknown {
  if (value instanceof Num) return typeof value.value === 'bigint' ? String(value.value) : value.value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, plainOf(item)]));
  return value;
}

/** Whether a body of this content type becomes a TextMessage. */
export function isText(contentType: string | null): boolean {
  if (contentType === null) return false;
  return /^(text\/|application\/(json|xml|javascript)\b)|charset=/i.test(contentType.slice(0, 128));
}

/** The content of a TextMessage, or null if the bytes are no UTF-8. */
export function textContent(bytes: Uint8Array): Uint8Array | null {
  try {
    return writeTextBody(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
}
