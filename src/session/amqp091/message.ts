/**
 * The AMQP 0-9-1 format: a stored payload read by others, and other formats' messages made into a payload.
 *
 *     [exchange shortstr][key shortstr] CE [02 00 00 len][class ... properties] CE [03 00 00 len][body]
 *
 * An empty body has no body frame head. Readers of the same format copy the bytes and never come here.
 */

import { copyOf } from '../../bytes/copy.ts';
import { readU32 } from '../../bytes/numbers.ts';
import type { Format, Formats, Hub } from '../../core/format.ts';
import { hubOf } from '../../core/hub-of.ts';
import type { Entry, Message } from '../../core/message.ts';
import type { Table, Value } from '../../core/value.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEAD_BYTES } from '../../wire/amqp091/constants.ts';
import { writeFrameHead } from '../../wire/amqp091/framer.ts';
import { decodeProperties, encodeHeaderFrame, HeaderScan, type Properties } from '../../wire/amqp091/properties.ts';
import { decodeText, encodeText, FieldWriter } from '../../wire/amqp091/values.ts';
import { contentAt } from './deliveries.ts';
import { CoreFieldReader } from './field-reader.ts';
import { HeaderTable } from './header-table.ts';
import { AMQP091_FORMAT, Publication } from './publication.ts';

const PERSISTENT = 2;

/** Where things are in a stored payload. */
interface Parts {
  /** The header frame's payload. */
  readonly headerAt: number;
  readonly headerEnd: number;
  readonly bodyAt: number;
}

function partsOf(bytes: Uint8Array, start: number, end: number): Parts {
  const frame = contentAt(bytes, start);
  const headerAt = frame + FRAME_HEAD_BYTES;
  const headerEnd = headerAt + readU32(bytes, frame + 3);
  return { headerAt, headerEnd, bodyAt: Math.min(end, headerEnd + 1 + FRAME_HEAD_BYTES) };
}

/** Exchange and key of the payload that begins at `start`. */
export function namesOf(bytes: Uint8Array, start: number): { exchange: string; key: string } {
  const exchangeEnd = start + 1 + (bytes[start] as number);
  const keyEnd = exchangeEnd + 1 + (bytes[exchangeEnd] as number);
  return {
    exchange: decodeText(bytes, start + 1, exchangeEnd) ?? '',
    key: decodeText(bytes, exchangeEnd + 1, keyEnd) ?? '',
  };
}

export class Amqp091Format implements Format {
  readonly tag = AMQP091_FORMAT;
  readonly name = 'amqp091';
  readonly #table = new HeaderTable();
  readonly #scan = new HeaderScan();
  readonly #publication = new Publication();

  header(entry: Entry, name: string): Value | undefined {
    const { bytes, start, end } = entry;
    const { headerAt, headerEnd } = partsOf(bytes, start, end);
    this.#scan.scan(bytes, headerAt, headerEnd);
    const value = this.#table.point(bytes, this.#scan.headersAt).get(name);
    this.#table.clear();
    return value;
  }

  toHub(entry: Entry): Hub {
    const { bytes, start, end } = entry;
    const { headerAt, headerEnd, bodyAt } = partsOf(bytes, start, end);
    const { exchange, key } = namesOf(bytes, start);
    const properties = decodeProperties(new CoreFieldReader(bytes, headerAt, headerEnd));
    return {
      exchange,
      key,
      // The reader made the core's own numbers.
      headers: (properties.headers as Table | undefined) ?? new Map(),
      body: copyOf(bytes, bodyAt, end),
      contentType: properties.contentType ?? null,
      contentEncoding: properties.contentEncoding ?? null,
      messageId: properties.messageId ?? null,
      correlationId: properties.correlationId ?? null,
      replyTo: properties.replyTo ?? null,
      subject: properties.type ?? null,
      userId: properties.userId ?? null,
      appId: properties.appId ?? null,
      createdAt: properties.timestamp === undefined ? null : properties.timestamp * 1000,
      persistent: properties.deliveryMode === PERSISTENT,
      priority: properties.priority ?? 0,
      expiresAt: entry.expiresAt,
    };
  }

  fromHub(hub: Hub): Message {
    const payload = payloadFrom(hub);
    const publication = this.#publication;
    publication.point(payload, 0, 0, 0, payload.length);
    publication.persistent = hub.persistent;
    publication.priority = hub.priority;
    publication.timestamp = hub.createdAt ?? 0;
    publication.expiresAt = hub.expiresAt;
    return publication;
  }
}

function payloadFrom(hub: Hub): Uint8Array {
  const properties: Properties = { deliveryMode: hub.persistent ? PERSISTENT : 1 };
  const texts = {
    contentType: hub.contentType,
    contentEncoding: hub.contentEncoding,
    messageId: hub.messageId,
    correlationId: hub.correlationId,
    replyTo: hub.replyTo,
    type: hub.subject,
    userId: hub.userId,
    appId: hub.appId,
  } as const;
  for (const [name, text] of Object.entries(texts) as [keyof typeof texts, string | null][]) {
    if (text !== null && encodeText(text).length <= 255) properties[name] = text;
  }
  if (hub.headers.size > 0) properties.headers = hub.headers;
  if (hub.priority > 0) properties.priority = Math.min(hub.priority, 255);
  if (hub.createdAt !== null) properties.timestamp = Math.floor(hub.createdAt / 1000);

  const writer = new FieldWriter();
  writer.shortstr(hub.exchange);
  writer.shortstr(hub.key);
  writer.octet(FRAME_END);
  writer.raw(encodeHeaderFrame(0, hub.body.length, properties));
  if (hub.body.length > 0) {
    const head = new Uint8Array(FRAME_HEAD_BYTES);
    writeFrameHead(head, 0, FRAME_BODY, 0, hub.body.length);
    writer.raw(head);
    writer.raw(hub.body);
  }
  return writer.finish();
}

/**
 * The payload of an entry that cannot be copied as it is: another format's, by way of the hub, or one whose placement
 * laid something over it.
 */
export function payloadOf(entry: Entry, formats: Formats): Uint8Array {
  return payloadFrom(hubOf(entry, formats));
}
