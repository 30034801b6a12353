/**
 * Delivery: a stored message as a MESSAGE frame.
 *
 *     subscription, message-id, ack (1.2)     by which the client answers
 *     destination, timestamp, expires, priority, persistent, redelivered
 *     all that its publisher gave
 *
 * A text goes without content-length, by which a client knows that it is one.
 */
import type { Formats } from '../../core/format.ts';
import { hubOf } from '../../core/hub-of.ts';
import type { Entry } from '../../core/message.ts';
import type { FrameWriter } from '../../wire/stomp/writer.ts';
import type { Dialect } from './dialect.ts';
import { headersOf, isText } from './message-format.ts';
import { type HeaderPair, readStored, STOMP_FORMAT } from './stored-message.ts';
import { messageId, type SubscriptionTraits } from './subscription.ts';

interface Content {
  readonly exchange: string;
  readonly key: string;
  readonly headers: readonly HeaderPair[];
  readonly isText: boolean;
  readonly bytes: Uint8Array;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** Written by the delivery itself; what a publisher says there does not count. */
const OWN: ReadonlySet<string> = new Set([
  'subscription',
  'message-id',
  'ack',
  'destination',
  'content-length',
  'redelivered',
]);

export function writeDelivery(
  writer: FrameWriter,
  dialect: Dialect,
  formats: Formats,
  traits: SubscriptionTraits,
  entry: Entry,
  tag: number,
  redelivered: boolean,
): void {
  const content = contentOf(entry, formats);
  const id = messageId(traits.number, tag);
  writer.begin('MESSAGE');
  if (traits.id !== null) writer.header('subscription', traits.id);
  writer.header('message-id', id);
  if (writer.version === '1.2' && traits.mode !== 'auto') writer.header('ack', id);
  writer.header('destination', dialect.destinationOf(content.exchange, content.key));
  writer.number('timestamp', entry.timestamp);
  writer.number('expires', entry.overlay?.expiresAt ?? entry.expiresAt);
  writer.number('priority', entry.priority);
  if (entry.persistent) writer.header('persistent', 'true');
  if (redelivered) writer.header('redelivered', 'true');
  for (const [name, value] of content.headers) if (!OWN.has(name)) writer.header(name, value);
  const { bytes, bodyStart, bodyEnd } = content;
  if (content.isText) writer.bodyWithoutLength(bytes, bodyStart, bodyEnd);
  else writer.body(bytes, bodyStart, bodyEnd);
}

function contentOf(entry: Entry, formats: Formats): Content {
  if (entry.format === STOMP_FORMAT && entry.overlay === null) {
    const { bytes, start, end } = entry;
    const { exchange, key, headers, binary, bodyAt } = readStored(bytes, start);
    return { exchange, key, headers, isText: !binary, bytes, bodyStart: bodyAt, bodyEnd: end };
  }
  const hub = hubOf(entry, formats);
  const { exchange, key, body } = hub;
  return {
    exchange,
    key,
    headers: headersOf(hub),
    isText: isText(hub),
    bytes: body,
    bodyStart: 0,
    bodyEnd: body.length,
  };
}
