/**
 * A message's properties: names and values in one text, as producers send it and consumers get it.
 *
 *     KEYS \x01 order-1 \x02 TAGS \x01 paid \x02 UNIQ_KEY \x01 7F00...
 *
 * The last separator may be missing. They are never made into an object: `readProperties` lists where they are, in a
 * list that is used again for every message, and new ones are appended to the bytes or left out while copying them.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import { NamedRanges } from './named-ranges.ts';
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

/** Their length travels as an int16. @public */
export const PROPERTIES_BYTES_MAX = 0x7fff;

export const NAME_END = 1;
export const VALUE_END = 2;

/** The properties that mean something to a broker. */
export const PROPERTY = {
  KEYS: 'KEYS',
  TAGS: 'TAGS',
  WAIT: 'WAIT',
  DELAY: 'DELAY',
  RETRY_TOPIC: 'RETRY_TOPIC',
  REAL_TOPIC: 'REAL_TOPIC',
  REAL_QUEUE_ID: 'REAL_QID',
  TRANSACTION_PREPARED: 'TRAN_MSG',
  PRODUCER_GROUP: 'PGROUP',
  MIN_OFFSET: 'MIN_OFFSET',
  MAX_OFFSET: 'MAX_OFFSET',
  BUYER_ID: 'BUYER_ID',
  ORIGIN_MESSAGE_ID: 'ORIGIN_MESSAGE_ID',
  TRANSFER_FLAG: 'TRANSFER_FLAG',
  MSG_REGION: 'MSG_REGION',
  TRACE_SWITCH: 'TRACE_ON',
  UNIQUE_KEY: 'UNIQ_KEY',
  RECONSUME_TIME: 'RECONSUME_TIME',
  MAX_RECONSUME_TIMES: 'MAX_RECONSUME_TIMES',
  CONSUME_START_TIMESTAMP: 'CONSUME_START_TIME',
  TRANSACTION_PREPARED_QUEUE_OFFSET: 'TRAN_PREPARED_QUEUE_OFFSET',
  TRANSACTION_ID: '__transactionId__',
  TRANSACTION_CHECK_TIMES: 'TRANSACTION_CHECK_TIMES',
  CHECK_IMMUNITY_TIME_IN_SECONDS: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  SHARDING_KEY: '__SHARDINGKEY',
  INSTANCE_ID: 'INSTANCE_ID',
  CORRELATION_ID: 'CORRELATION_ID',
  REPLY_TO_CLIENT: 'REPLY_TO_CLIENT',
  TTL: 'TTL',
  PUSH_REPLY_TIME: 'PUSH_REPLY_TIME',
  CLUSTER: 'CLUSTER',
  MESSAGE_TYPE: 'MSG_TYPE',
  POP_CK: 'POP_CK',
  POP_CK_OFFSET: 'POP_CK_OFFSET',
  FIRST_POP_TIME: '1ST_POP_TIME',
  TIMER_DELIVER_MS: 'TIMER_DELIVER_MS',
  TIMER_DELAY_SEC: 'TIMER_DELAY_SEC',
  TIMER_DELAY_MS: 'TIMER_DELAY_MS',
  BORN_HOST: '__BORNHOST',
  BORN_TIMESTAMP: 'BORN_TIMESTAMP',
  DLQ_ORIGIN_TOPIC: 'DLQ_ORIGIN_TOPIC',
  DLQ_ORIGIN_MESSAGE_ID: 'DLQ_ORIGIN_MESSAGE_ID',
} as const;

/** Lists the properties in `bytes[start, end)`. What has no value is passed over, as clients do. */
export function readProperties(bytes: Uint8Array, start: number, end: number, into: NamedRanges): void {
  into.clear(bytes);
  let nameStart = start;
  let nameEnd = -1;
  for (let at = start; at <= end; at++) {
    const byte = at === end ? VALUE_END : (bytes[at] as number);
    if (byte > VALUE_END) continue;
    if (byte === NAME_END && nameEnd < 0) nameEnd = at;
    if (byte !== VALUE_END) continue;
    if (nameEnd > nameStart) into.add(nameStart, nameEnd, nameEnd + 1, at);
    nameStart = at + 1;
    nameEnd = -1;
  }
}

/** How many bytes a property takes. */
export function propertyBytes(name: string, value: string): number {
  return textBytes(name) + textBytes(value) + 2;
}

/** Writes a property and says where the next one goes. */
export function writeProperty(target: Uint8Array, at: number, name: string, value: string): number {
  const nameEnd = writeText(target, at, name, textBytes(name));
  target[nameEnd] = NAME_END;
  const valueEnd = writeText(target, nameEnd + 1, value, textBytes(value));
  target[valueEnd] = VALUE_END;
  return valueEnd + 1;
}

/**
 * The properties of `ranges` with some changed: a text replaces all values of that name, null removes them. What is new
 * goes to the end. Separators in names or values are an error, because they would become other properties.
 */
export function changedProperties(ranges: NamedRanges, changes: Readonly<Record<string, string | null>>): Uint8Array {
  const kept: number[] = [];
  let length = 0;
  for (let index = 0; index < ranges.count; index++) {
    if (Object.hasOwn(changes, ranges.nameOf(index))) continue;
    kept.push(index);
    length += ranges.endOf(index) - ranges.nameStartOf(index) + 1;
  }
  const added = Object.entries(changes).filter((change): change is [string, string] => change[1] !== null);
  for (const [name, value] of added) {
    if (hasSeparator(name) || hasSeparator(value) || name === '')
      throw new RocketmqWireError(`the property "${name}" can't be written`, RESPONSE.MESSAGE_ILLEGAL);
    length += propertyBytes(name, value);
  }
  const changed = new Uint8Array(length);
  let at = 0;
  for (const index of kept) {
    const start = ranges.nameStartOf(index);
    const end = ranges.endOf(index);
    copyBytes(ranges.bytes, start, end, changed, at);
    at += end - start;
    changed[at++] = VALUE_END;
  }
  for (const [name, value] of added) at = writeProperty(changed, at, name, value);
  return changed;
}

/** Properties from nothing. */
export function propertiesOf(values: Readonly<Record<string, string>>): Uint8Array {
  return changedProperties(new NamedRanges(), values);
}

/** Could this text not be a name or a value? */
export function hasSeparator(text: string): boolean {
  return text.includes('\x01') || text.includes('\x02');
}
