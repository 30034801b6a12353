/**
 * SendHeader: the ext fields of all requests that send messages, read into one reusable object.
 *
 *     SEND_MESSAGE, SEND_REPLY_MESSAGE                              full names
 *     SEND_MESSAGE_V2, SEND_BATCH_MESSAGE, SEND_REPLY_MESSAGE_V2    the letters a to n
 *
 * This is the way of every message, so nothing is made that is not needed: the properties stay a range of bytes, topic
 * and group are texts only when they differ from those of the last message, and the topic to copy settings from, needed
 * when the topic does not exist, is read on demand.
 */
import { copyBytes, copyOf, sameBytes } from '../../bytes/copy.ts';
import { readText } from '../../bytes/text.ts';
import type { Command } from './command.ts';
import type { NamedRanges } from './named-ranges.ts';
import { REQUEST } from './request-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

const FULL_NAMES = [
  'producerGroup',
  'topic',
  'defaultTopic',
  'defaultTopicQueueNums',
  'queueId',
  'sysFlag',
  'bornTimestamp',
  'flag',
  'properties',
  'reconsumeTimes',
  'unitMode',
  'maxReconsumeTimes',
  'batch',
  'brokerName',
] as const;
type Name = (typeof FULL_NAMES)[number];
type Names = Readonly<Record<Name, string>>;

const fullNames = Object.fromEntries(FULL_NAMES.map((name) => [name, name])) as Names;
/** The letters stand for the names in this order. */
const letters = Object.fromEntries(FULL_NAMES.map((name, index) => [name, String.fromCharCode(0x61 + index)])) as Names;

const NOTHING = new Uint8Array(0);

/** Does this request send a message, so that SendHeader can read it? */
export function isSend(code: number): boolean {
  return hasLetters(code) || code === REQUEST.SEND_MESSAGE || code === REQUEST.SEND_REPLY_MESSAGE;
}

function hasLetters(code: number): boolean {
  return (
    code === REQUEST.SEND_MESSAGE_V2 || code === REQUEST.SEND_BATCH_MESSAGE || code === REQUEST.SEND_REPLY_MESSAGE_V2
  );
}

/** A text that is nearly always the same as last time. */
class LastText {
  #bytes: Uint8Array = NOTHING;
  #text = '';

  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length === this.#bytes.length && sameBytes(bytes, start, this.#bytes, 0, length)) return this.#text;
    if (length === this.#bytes.length) copyBytes(bytes, start, end, this.#bytes, 0);
    else this.#bytes = copyOf(bytes, start, end);
    this.#text = readText(bytes, start, end);
    return this.#text;
  }
}

export class SendHeader {
  producerGroup = '';
  topic = '';
  defaultTopicQueueNums = 0;
  /** Below 0: any. */
  queueId = 0;
  /** Bits of MESSAGE_FLAG. */
  sysFlag = 0;
  bornTimestamp = 0;
  flag = 0;
  reconsumeTimes = 0;
  /** -1 where the client says nothing. */
  maxReconsumeTimes = -1;
  unitMode = false;
  /** The body holds many messages, see message-batch.ts. */
  isBatch = false;
  /** The properties are `bytes[propertiesStart, propertiesEnd)`; valid until the next command is read. */
  bytes: Uint8Array = NOTHING;
  propertiesStart = 0;
  propertiesEnd = 0;

  #fields: NamedRanges | null = null;
  #names: Names = fullNames;
  readonly #lastGroup = new LastText();
  readonly #lastTopic = new LastText();

  /** Reads the command's ext fields; a RocketmqWireError names the one that is missing or wrong. */
  read({ code, fields }: Command): void {
    const names = hasLetters(code) ? letters : fullNames;
    this.#fields = fields;
    this.#names = names;
    this.bytes = fields.bytes;
    this.producerGroup = this.#text('producerGroup', this.#lastGroup);
    this.topic = this.#text('topic', this.#lastTopic);
    this.#required('defaultTopic');
    this.defaultTopicQueueNums = this.#int('defaultTopicQueueNums');
    this.queueId = this.#int('queueId');
    this.sysFlag = this.#int('sysFlag');
    this.bornTimestamp = fields.longOf(this.#required('bornTimestamp'), 'bornTimestamp');
    this.flag = this.#int('flag');
    this.reconsumeTimes = fields.int(names.reconsumeTimes) ?? 0;
    this.maxReconsumeTimes = fields.int(names.maxReconsumeTimes) ?? -1;
    this.unitMode = fields.flag(names.unitMode) ?? false;
    this.isBatch = code === REQUEST.SEND_BATCH_MESSAGE || (fields.flag(names.batch) ?? false);
    const properties = fields.find(names.properties);
    this.propertiesStart = properties < 0 ? 0 : fields.startOf(properties);
    this.propertiesEnd = properties < 0 ? 0 : fields.endOf(properties);
  }

  /** The topic whose settings a new one gets. Valid until the next command is read. */
  defaultTopic(): string {
    return this.#fields?.text(this.#names.defaultTopic) ?? '';
  }

  #text(name: Name, last: LastText): string {
    const fields = this.#fields as NamedRanges;
    const index = this.#required(name);
    return last.read(fields.bytes, fields.startOf(index), fields.endOf(index));
  }

  #int(name: Name): number {
    return (this.#fields as NamedRanges).intOf(this.#required(name), name);
  }

  #required(name: Name): number {
    const index = (this.#fields as NamedRanges).find(this.#names[name]);
    if (index < 0) throw new RocketmqWireError(`the field <${this.#said(name)}> is missing`);
    return index;
  }

  /** How an error text calls it. */
  #said(name: Name): string {
    return this.#names === letters ? `${letters[name]}, ${name}` : name;
  }
}
