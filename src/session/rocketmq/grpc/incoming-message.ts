/**
 * IncomingMessage: a message as a producer sends it by gRPC, checked and made into the form in which RocketMQ's
 * messages are stored, so that consumers of either protocol get the same. One object, filled again for every message.
 *
 *     message id, tag, keys, message group      UNIQ_KEY, TAGS, KEYS, __SHARDINGKEY
 *     delivery timestamp, born host             TIMER_DELIVER_MS, __BORNHOST
 *     trace context, recovery duration          TRACE_CONTEXT, CHECK_IMMUNITY_TIME_IN_SECONDS
 *     priority                                  priority
 *     body encoding GZIP                        the flag of a compressed body
 *     user properties                           properties of their names
 */
import { textBytes } from '../../../bytes/text.ts';
import { MESSAGE_FLAG } from '../../../wire/rocketmq/constants.ts';
import { type Host, NO_HOST } from '../../../wire/rocketmq/host.ts';
import { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import { hasSeparator, PROPERTY, readProperties } from '../../../wire/rocketmq/properties.ts';
import { CODE, type Code, DIGEST_TYPE, ENCODING } from '../../../wire/rocketmq/v2/codes.ts';
import { durationMs, type Message, type SystemProperties } from '../../../wire/rocketmq/v2/shapes.ts';
import { PropertyDraft } from '../property-draft.ts';
import { RocketmqMessage } from '../rocketmq-message.ts';
import type { Destination } from '../topic-catalog.ts';
import { grpcLimits } from './limits.ts';
import { Refusal } from './refusal.ts';
import { isReserved, PRIORITY, TRACE_CONTEXT } from './reserved-properties.ts';

const MESSAGE_ID_CHARACTERS_MAX = 255;

export class IncomingMessage {
  readonly message = new RocketmqMessage();
  /** What was written into it. */
  readonly properties = new NamedRanges();
  readonly #draft: PropertyDraft;
  readonly #md5: (bytes: Uint8Array) => string;

  constructor(cluster: string, md5: (bytes: Uint8Array) => string) {
    this.#draft = new PropertyDraft(cluster);
    this.#md5 = md5;
  }

  /** What is wrong with it is thrown, before anything is published. */
  check({ body, userProperties, systemProperties }: Message): void {
    if (systemProperties === null || systemProperties === undefined) {
      throw new Refusal(CODE.BAD_REQUEST, 'the message has no system properties');
    }
    if (body.length === 0) throw new Refusal(CODE.MESSAGE_BODY_EMPTY, 'message body cannot be empty');
    const { bodyBytesMax } = grpcLimits;
    if (body.length > bodyBytesMax) {
      throw new Refusal(CODE.MESSAGE_BODY_TOO_LARGE, `message body cannot exceed the max ${bodyBytesMax}`);
    }
    const { messageId, tag, keys, messageGroup, bornHost } = systemProperties;
    checkText(messageId, CODE.ILLEGAL_MESSAGE_ID, 'message id');
    if (messageId === '' || messageId.length > MESSAGE_ID_CHARACTERS_MAX) {
      throw new Refusal(CODE.ILLEGAL_MESSAGE_ID, 'message id cannot be empty, or too long');
    }
    if (tag !== undefined) {
      checkText(tag, CODE.ILLEGAL_MESSAGE_TAG, 'tag');
      if (tag.trim() === '' || tag.includes('|')) {
        throw new Refusal(CODE.ILLEGAL_MESSAGE_TAG, 'tag cannot be blank or contain |');
      }
    }
    for (const key of keys) checkText(key, CODE.ILLEGAL_MESSAGE_KEY, 'key');
    if (messageGroup !== undefined) {
      checkText(messageGroup, CODE.ILLEGAL_MESSAGE_GROUP, 'message group');
      const { messageGroupBytesMax } = grpcLimits;
      if (messageGroup.trim() === '' || textBytes(messageGroup) > messageGroupBytesMax) {
        const text = `message group cannot be blank or longer than ${messageGroupBytesMax} bytes`;
        throw new Refusal(CODE.ILLEGAL_MESSAGE_GROUP, text);
      }
    }
    checkText(bornHost, CODE.BAD_REQUEST, 'born host');
    checkUserProperties(userProperties);
    this.#checkDigest(body, systemProperties);
  }

  /** Makes `message` of it, for a queue; valid until the next one, and as long as the body's bytes are. */
  fill(source: Message, destination: Destination, queueId: number, bornHost: Host, now: number, isHalf: boolean): void {
    const { body, userProperties } = source;
    const system = source.systemProperties as SystemProperties;
    const { message } = this;
    const draft = this.#draft;
    draft.length = 0;
    for (const name of Object.keys(userProperties)) draft.add(name, userProperties[name] as string);
    draft.add(PROPERTY.UNIQUE_KEY, system.messageId);
    if (system.tag !== undefined) draft.add(PROPERTY.TAGS, system.tag);
    if (system.keys.length > 0) draft.add(PROPERTY.KEYS, system.keys.join(' '));
    if (system.messageGroup !== undefined) draft.add(PROPERTY.SHARDING_KEY, system.messageGroup);
    if (system.bornHost !== '') draft.add(PROPERTY.BORN_HOST, system.bornHost);
    if (system.deliveryTimestamp) draft.add(PROPERTY.TIMER_DELIVER_MS, String(durationMs(system.deliveryTimestamp)));
    if (system.priority) draft.add(PRIORITY, String(system.priority));
    if (system.traceContext !== undefined) draft.add(TRACE_CONTEXT, system.traceContext);
    if (system.orphanedTransactionRecoveryDuration) {
      const seconds = Math.ceil(durationMs(system.orphanedTransactionRecoveryDuration) / 1000);
      draft.add(PROPERTY.CHECK_IMMUNITY_TIME_IN_SECONDS, String(seconds));
    }
    if (isHalf) draft.add(PROPERTY.TRANSACTION_PREPARED, 'true');
    draft.addBrokerProperties();
    if (!draft.fits)
      throw new Refusal(CODE.MESSAGE_PROPERTIES_TOO_LARGE, 'the properties of the message are too large');
    readProperties(draft.bytes, 0, draft.length, this.properties);
    message.topic = destination.nameBytes;
    message.queueId = queueId;
    message.sysFlag = system.bodyEncoding === ENCODING.GZIP ? MESSAGE_FLAG.COMPRESSED : 0;
    message.bornTimestamp = system.bornTimestamp ? durationMs(system.bornTimestamp) : now;
    message.bornHost = bornHost;
    message.storeHost = NO_HOST;
    message.body = body;
    message.bodyEnd = body.length;
    message.properties = draft.bytes;
    message.propertiesEnd = draft.length;
    message.seal(now);
  }

  /** Only what every client writes alike: there are two ways to write a CRC-32. */
  #checkDigest(body: Uint8Array, { bodyDigest }: SystemProperties): void {
    if (!bodyDigest || bodyDigest.type !== DIGEST_TYPE.MD5 || bodyDigest.checksum === '') return;
    if (bodyDigest.checksum.toUpperCase() !== this.#md5(body)) {
      throw new Refusal(CODE.MESSAGE_CORRUPTED, 'the body is not what its digest says');
    }
  }
}

function checkUserProperties(properties: Readonly<Record<string, string>>): void {
  const names = Object.keys(properties);
  const { userPropertiesMax, userPropertyBytesMax } = grpcLimits;
  if (names.length > userPropertiesMax) {
    const text = `too many user properties, max is ${userPropertiesMax}`;
    throw new Refusal(CODE.MESSAGE_PROPERTIES_TOO_LARGE, text);
  }
  let bytes = 0;
  for (const name of names) {
    const value = properties[name] as string;
    if (name === '' || isReserved(name)) {
      throw new Refusal(CODE.ILLEGAL_MESSAGE_PROPERTY_KEY, `property is used by system: ${name}`);
    }
    checkText(name, CODE.ILLEGAL_MESSAGE_PROPERTY_KEY, 'the name of a property');
    checkText(value, CODE.ILLEGAL_MESSAGE_PROPERTY_KEY, 'the value of a property');
    bytes += textBytes(name) + textBytes(value);
  }
  if (bytes > userPropertyBytesMax) {
    const text = `the total size of user property is too large, max is ${userPropertyBytesMax}`;
    throw new Refusal(CODE.MESSAGE_PROPERTIES_TOO_LARGE, text);
  }
}

/** Properties are stored as one text, with separators that nothing in it may have. */
function checkText(text: string, code: Code, what: string): void {
  if (hasSeparator(text)) throw new Refusal(code, `${what} has a character that is not allowed`);
}
