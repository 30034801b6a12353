/**
 * A stored message as consumers get it by gRPC: what incoming-message.ts says, read backwards. The body is copied,
 * because it is encoded later than its bytes are sure to stay.
 */
import { copyOf } from '../../../bytes/copy.ts';
import { MESSAGE_FLAG } from '../../../wire/rocketmq/constants.ts';
import { hostText } from '../../../wire/rocketmq/host.ts';
import { offsetId } from '../../../wire/rocketmq/message-id.ts';
import { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import { PROPERTY, readProperties } from '../../../wire/rocketmq/properties.ts';
import { StoredMessage } from '../../../wire/rocketmq/stored-message.ts';
import { DIGEST_TYPE, ENCODING, MESSAGE_TYPE } from '../../../wire/rocketmq/v2/codes.ts';
import { durationOf, type Message, type Resource, type SystemProperties } from '../../../wire/rocketmq/v2/shapes.ts';
import { isReserved, PRIORITY, TRACE_CONTEXT } from './reserved-properties.ts';

/** What the message itself does not say. */
export interface Giving {
  readonly topic: Resource;
  readonly queueId: number;
  readonly offset: number;
  readonly storedAt: number;
  readonly receiptHandle: string;
  /** How often it was given to the group, this time included. */
  readonly attempts: number;
  readonly invisibleMs: number;
}

const stored = new StoredMessage();
const properties = new NamedRanges();
const WHOLE_NUMBER = /^\d{1,15}$/;

/** The stored message in `bytes[start, end)`. */
export function outgoingMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  giving: Giving,
  md5: (bytes: Uint8Array) => string,
): Message {
  stored.open(bytes, start, end);
  readProperties(bytes, stored.propertiesStart, stored.propertiesEnd, properties);
  const body = copyOf(bytes, stored.bodyStart, stored.bodyEnd);
  return {
    topic: giving.topic,
    userProperties: userProperties(),
    systemProperties: systemProperties(giving, md5(body)),
    body,
  };
}

function userProperties(): Record<string, string> {
  const own: Record<string, string> = {};
  for (let index = 0; index < properties.count; index++) {
    const name = properties.nameOf(index);
    if (!isReserved(name)) own[name] = properties.textOf(index);
  }
  return own;
}

function systemProperties(giving: Giving, checksum: string): SystemProperties {
  const tag = properties.text(PROPERTY.TAGS);
  const messageGroup = properties.text(PROPERTY.SHARDING_KEY);
  const deliverMs = properties.text(PROPERTY.TIMER_DELIVER_MS);
  const traceContext = properties.text(TRACE_CONTEXT);
  const priority = properties.text(PRIORITY);
  const keys = properties.text(PROPERTY.KEYS);
  return {
    ...(tag !== null && { tag }),
    keys: keys === null || keys === '' ? [] : keys.split(' '),
    messageId: properties.text(PROPERTY.UNIQUE_KEY) ?? offsetId(stored.storeHost(), stored.physicalOffset),
    bodyDigest: { type: DIGEST_TYPE.MD5, checksum },
    bodyEncoding: (stored.sysFlag & MESSAGE_FLAG.COMPRESSED) === 0 ? ENCODING.IDENTITY : ENCODING.GZIP,
    messageType: typeOf(messageGroup, deliverMs, priority),
    bornTimestamp: durationOf(stored.bornTimestamp),
    bornHost: properties.text(PROPERTY.BORN_HOST) ?? hostText(stored.bornHost()),
    storeTimestamp: durationOf(giving.storedAt),
    storeHost: hostText(stored.storeHost()),
    ...(deliverMs !== null && WHOLE_NUMBER.test(deliverMs) && { deliveryTimestamp: durationOf(Number(deliverMs)) }),
    receiptHandle: giving.receiptHandle,
    queueId: giving.queueId,
    queueOffset: giving.offset,
    invisibleDuration: durationOf(giving.invisibleMs),
    deliveryAttempt: giving.attempts + stored.reconsumeTimes,
    ...(messageGroup !== null && { messageGroup }),
    ...(traceContext !== null && { traceContext }),
    ...(priority !== null && WHOLE_NUMBER.test(priority) && { priority: Number(priority) }),
  };
}

function typeOf(messageGroup: string | null, deliverMs: string | null, priority: string | null): number {
  if (messageGroup !== null) return MESSAGE_TYPE.FIFO;
  if (deliverMs !== null) return MESSAGE_TYPE.DELAY;
  if (priority !== null) return MESSAGE_TYPE.PRIORITY;
  return properties.flag(PROPERTY.TRANSACTION_PREPARED) ? MESSAGE_TYPE.TRANSACTION : MESSAGE_TYPE.NORMAL;
}
