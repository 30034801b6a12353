/**
 * The OpenWire format: a stored message in the hub form, and other protocols' messages as OpenWire's.
 *
 *     message          hub
 *     destination      exchange (a topic) or key (a queue)
 *     correlationId    correlationId          replyTo      replyTo: the name, without its kind
 *     messageType      subject                userID       userId
 *     messageId        messageId              timestamp    createdAt
 *     properties       headers, types kept; JMSXGroupID and JMSXGroupSeq among them
 *
 * A text property of the hub that has a place of its own in other protocols only (content type, content encoding,
 * application) becomes a property here, under the names that JMS and AMQP have agreed on for it.
 */
import type { Format, Hub } from '../../core/format.ts';
import type { Entry, Message } from '../../core/message.ts';
import { Num, type Table, type Value } from '../../core/value.ts';
import { writeMap } from '../../wire/openwire/bodies.ts';
import { MessageLook } from '../../wire/openwire/message-look.ts';
import type { Value as WireValue } from '../../wire/openwire/primitives.ts';
import { STORED_FORMAT } from '../../wire/openwire/protocol.ts';
import type { DraftOf, Structure } from '../../wire/openwire/structures.ts';
import { StructureWriter } from '../../wire/openwire/writer.ts';
import { bodyOf, isText, OBJECT_TYPE, textContent } from './body.ts';
import { namesOf, structureOf } from './destination-structure.ts';
import { propertiesOf, propertyOf } from './properties.ts';
import { OPENWIRE_FORMAT, Publication } from './publication.ts';

const GROUP_ID = 'JMSXGroupID';
const GROUP_SEQUENCE = 'JMSXGroupSeq';
const CONTENT_TYPE = 'JMS_AMQP_ContentType';
const CONTENT_ENCODING = 'JMS_AMQP_ContentEncoding';
const APPLICATION = 'JMSXAppID';
const DEFAULT_PRIORITY = 4;
/** Longer names than these are no texts of the wire. */
const TEXT_CHARACTERS_MAX = 20_000;

export type MessageDraft = DraftOf<'TextMessage' | 'BytesMessage' | 'ObjectMessage'>;

export class OpenWireFormat implements Format {
  readonly tag = OPENWIRE_FORMAT;
  readonly name = 'openwire';
  readonly #look = new MessageLook();
  readonly #writer = new StructureWriter(STORED_FORMAT);
  readonly #publication = new Publication();

  header(entry: Entry, name: string): Value | undefined {
    const look = this.#at(entry);
    if (name === GROUP_ID) return look.text('groupID') ?? undefined;
    if (name === GROUP_SEQUENCE) return new Num('int32', look.number('groupSequence'));
    return propertyOf(look, name);
  }

  toHub(entry: Entry): Hub {
    const look = this.#at(entry);
    const { bytes, contentType } = bodyOf(look);
    const headers = propertiesOf(look);
    const group = look.text('groupID');
    if (group !== null) {
      headers.set(GROUP_ID, group);
      headers.set(GROUP_SEQUENCE, new Num('int32', look.number('groupSequence')));
    }
    return {
      ...placeOf(look.structure('destination')),
      headers,
      body: bytes,
      contentType: takeText(headers, CONTENT_TYPE) ?? contentType,
      contentEncoding: takeText(headers, CONTENT_ENCODING),
      messageId: messageIdOf(look.structure('messageId')),
      correlationId: look.text('correlationId'),
      replyTo: nameOf(look.structure('replyTo')),
      subject: look.text('messageType'),
      userId: look.text('userID'),
      appId: takeText(headers, APPLICATION),
      createdAt: look.number('timestamp') || null,
      persistent: entry.persistent,
      priority: entry.priority,
      expiresAt: entry.expiresAt,
    };
  }

  fromHub(hub: Hub): Message {
    const bytes = this.#writer.encode(draftOf(hub));
    const publication = this.#publication.point(bytes, 0, bytes.length);
    publication.persistent = hub.persistent;
    publication.priority = hub.priority;
    publication.timestamp = hub.createdAt ?? 0;
    publication.expiresAt = hub.expiresAt;
    return publication;
  }

  #at({ bytes, start, end }: Entry): MessageLook {
    this.#look.at(bytes, start, end);
    return this.#look;
  }
}

/** A message of another protocol as a structure; ids and what is about its delivery are for whoever sends it. */
export function draftOf(hub: Hub): MessageDraft {
  const { exchange, key, headers } = hub;
  const properties: Table = new Map(headers);
  const group = properties.get(GROUP_ID);
  const sequence = properties.get(GROUP_SEQUENCE);
  properties.delete(GROUP_ID);
  properties.delete(GROUP_SEQUENCE);
  const text = isText(hub.contentType) ? textContent(hub.body) : null;
  setText(properties, CONTENT_TYPE, hub.contentType);
  setText(properties, CONTENT_ENCODING, hub.contentEncoding);
  setText(properties, APPLICATION, hub.appId);
  if (exchange !== '' && key !== '') setText(properties, 'JMSXRoutingKey', key);
  const name = exchange === '' ? key : exchange;
  const kind = exchange === '' ? 'queue' : 'topic';
  return {
    type: hub.contentType === OBJECT_TYPE ? 'ObjectMessage' : text === null ? 'BytesMessage' : 'TextMessage',
    destination: structureOf({ kind, name: name.slice(0, TEXT_CHARACTERS_MAX), isTemporary: false }),
    content: text ?? hub.body,
    marshalledProperties: properties.size === 0 ? null : writeMap(properties as ReadonlyMap<string, WireValue>),
    groupID: typeof group === 'string' ? group.slice(0, TEXT_CHARACTERS_MAX) : null,
    groupSequence: sequence instanceof Num ? Number(sequence.value) : 0,
    correlationId: short(hub.correlationId),
    replyTo: hub.replyTo === null ? null : structureOf({ kind: 'queue', name: hub.replyTo, isTemporary: false }),
    messageType: short(hub.subject),
    userID: short(hub.userId),
    persistent: hub.persistent,
    priority: hub.priority === 0 ? DEFAULT_PRIORITY : Math.min(hub.priority, 9),
    timestamp: hub.createdAt ?? 0,
    expiration: hub.expiresAt,
  };
}

function setText(properties: Table, name: string, text: string | null): void {
  if (text !== null && !properties.has(name)) properties.set(name, text);
}

function takeText(headers: Table, name: string): string | null {
  const value = headers.get(name);
  if (typeof value !== 'string') return null;
  headers.delete(name);
  return value;
}

function short(text: string | null): string | null {
  return text === null ? null : text.slice(0, TEXT_CHARACTERS_MAX);
}

function placeOf(destination: Structure | null): { exchange: string; key: string } {
  const name = nameOf(destination) ?? '';
  const isTopic = destination?.type === 'Topic' || destination?.type === 'TempTopic';
  return isTopic ? { exchange: name, key: '' } : { exchange: '', key: name };
}

function nameOf(destination: Structure | null): string | null {
  switch (destination?.type) {
    case 'Queue':
    case 'Topic':
    case 'TempQueue':
    case 'TempTopic':
      return namesOf(destination)[0]?.name ?? null;
    default:
      return null;
  }
}

function messageIdOf(id: Structure | null): string | null {
  if (id?.type !== 'MessageId') return null;
  if (id.textView !== null) return id.textView;
  const { producerId } = id;
  if (producerId === null) return null;
  return `${producerId.connectionId}:${producerId.sessionId}:${producerId.value}:${id.producerSequenceId}`;
}
