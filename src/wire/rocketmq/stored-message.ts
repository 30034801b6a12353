/**
 * A message as brokers store it and consumers pull it: pull, pop and view bodies are such messages, one after the
 * other.
 *
 *     [total size 4][magic 4][body CRC 4][queue id 4][flag 4][queue offset 8][physical offset 8][sysFlag 4]
 *     [born timestamp 8][born host 8 | 20][store timestamp 8][store host 8 | 20][reconsume times 4]
 *     [prepared transaction offset 8][body: length 4, bytes][topic: length 1 | 2, bytes][properties: length 2, bytes]
 *
 * A host is an address and a port of 4 bytes; bits of sysFlag say that an address has 16 bytes instead of 4. The magic
 * of version 2 says that the topic's length has two bytes. The body's CRC is CRC-32 without its highest bit.
 *
 * `StoredMessage` is a view that is opened on one message after the other and makes no object. `writeStoredMessage`
 * writes one; `patchPlace` changes what is known only when it is handed out.
 */
import { crc32 } from 'node:zlib';
import { copyBytes } from '../../bytes/copy.ts';
import { readI32, readU16, readU32, writeU16, writeU32, writeU64 } from '../../bytes/numbers.ts';
import { readText } from '../../bytes/text.ts';
import { MESSAGE_FLAG } from './constants.ts';
import { type Host, IPV4_BYTES, IPV6_BYTES } from './host.ts';
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

export const MAGIC_V1 = -626843481;
/** For topics of more than 127 bytes. */
export const MAGIC_V2 = -626843477;
export const TOPIC_BYTES_MAX_V1 = 127;

const QUEUE_ID_AT = 12;
const FLAG_AT = 16;
const QUEUE_OFFSET_AT = 20;
const PHYSICAL_OFFSET_AT = 28;
const SYS_FLAG_AT = 36;
const BORN_TIMESTAMP_AT = 40;
const BORN_HOST_AT = 48;
const PORT_BYTES = 4;
/** Reconsume times, prepared transaction offset and the length of the body. */
const BEFORE_BODY_BYTES = 16;
/** Everything but addresses, body, topic, the second byte of its length, and properties. */
const FIXED_BYTES = 83;
const NOTHING = new Uint8Array(0);

/** What a message's checksum is. */
export function bodyCrc(bytes: Uint8Array, start: number, end: number): number {
  return crc32(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)) & 0x7fff_ffff;
}

/** 64 bits, signed; exact up to 2^53. */
function readI64(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 4);
}

export class StoredMessage {
  bytes: Uint8Array = NOTHING;
  /** Of the first byte, and of the one behind the last. */
  start = 0;
  end = 0;
  bodyStart = 0;
  bodyEnd = 0;
  topicStart = 0;
  topicEnd = 0;
  propertiesStart = 0;
  propertiesEnd = 0;
  #storeAt = 0;
  #transactionAt = 0;

  /** Opens the message at `at`; it must lie whole before `end`. */
  open(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < FIXED_BYTES + 2 * IPV4_BYTES) throw illegal(`${end - at} bytes are no stored message`);
    const total = readI32(bytes, at);
    if (total < FIXED_BYTES + 2 * IPV4_BYTES || total > end - at)
      throw illegal(`a stored message of ${total} bytes where ${end - at} are left`);
    const magic = readI32(bytes, at + 4);
    if (magic !== MAGIC_V1 && magic !== MAGIC_V2) throw illegal(`a stored message with the magic ${magic}`);
    this.bytes = bytes;
    this.start = at;
    this.end = at + total;
    const sysFlag = readI32(bytes, at + SYS_FLAG_AT);
    this.#storeAt = at + BORN_HOST_AT + addressBytes(sysFlag, MESSAGE_FLAG.BORN_HOST_V6) + PORT_BYTES;
    this.#transactionAt = this.#storeAt + 8 + addressBytes(sysFlag, MESSAGE_FLAG.STORE_HOST_V6) + PORT_BYTES;
    this.bodyStart = this.#transactionAt + BEFORE_BODY_BYTES;
    this.bodyEnd = this.#part(this.bodyStart, 4, readI32);
    const topicLengthBytes = magic === MAGIC_V1 ? 1 : 2;
    this.topicStart = this.bodyEnd + topicLengthBytes;
    this.topicEnd = this.#part(this.topicStart, topicLengthBytes, magic === MAGIC_V1 ? readU8 : readU16);
    this.propertiesStart = this.topicEnd + 2;
    this.propertiesEnd = this.#part(this.propertiesStart, 2, readU16);
    if (this.propertiesEnd !== this.end) throw illegal('a stored message is longer than its parts');
  }

  get bodyCrc(): number {
    return readI32(this.bytes, this.start + 8);
  }

  get queueId(): number {
    return readI32(this.bytes, this.start + QUEUE_ID_AT);
  }

  get flag(): number {
    return readI32(this.bytes, this.start + FLAG_AT);
  }

  get queueOffset(): number {
    return readI64(this.bytes, this.start + QUEUE_OFFSET_AT);
  }

  get physicalOffset(): number {
    return readI64(this.bytes, this.start + PHYSICAL_OFFSET_AT);
  }

  get sysFlag(): number {
    return readI32(this.bytes, this.start + SYS_FLAG_AT);
  }

  get bornTimestamp(): number {
    return readI64(this.bytes, this.start + BORN_TIMESTAMP_AT);
  }

  get storeTimestamp(): number {
    return readI64(this.bytes, this.#storeAt);
  }

  get reconsumeTimes(): number {
    return readI32(this.bytes, this.#transactionAt);
  }

  get preparedTransactionOffset(): number {
    return readI64(this.bytes, this.#transactionAt + 4);
  }

  /** Makes objects; so do the next two. */
  bornHost(): Host {
    return this.#host(this.start + BORN_HOST_AT, MESSAGE_FLAG.BORN_HOST_V6);
  }

  storeHost(): Host {
    return this.#host(this.#storeAt + 8, MESSAGE_FLAG.STORE_HOST_V6);
  }

  topic(): string {
    return readText(this.bytes, this.topicStart, this.topicEnd);
  }

  /** Is the body what its checksum says? */
  hasTrueCrc(): boolean {
    return this.bodyCrc === bodyCrc(this.bytes, this.bodyStart, this.bodyEnd);
  }

  #host(at: number, flag: number): Host {
    const length = addressBytes(this.sysFlag, flag);
    const address = new Uint8Array(length);
    copyBytes(this.bytes, at, at + length, address, 0);
    return { address, port: readI32(this.bytes, at + length) };
  }

  /** Where the part at `start` ends, whose length stands in front of it. */
  #part(start: number, lengthBytes: number, read: (bytes: Uint8Array, at: number) => number): number {
    const length = start > this.end ? -1 : read(this.bytes, start - lengthBytes);
    if (length < 0 || length > this.end - start) throw illegal('a stored message is shorter than its parts');
    return start + length;
  }
}

/** What is written. Body and properties are ranges, because they lie in a request. */
export interface MessageParts {
  queueId: number;
  flag: number;
  queueOffset: number;
  physicalOffset: number;
  /** The bits for the hosts' families are set as the hosts are. */
  sysFlag: number;
  bornTimestamp: number;
  bornHost: Host;
  storeTimestamp: number;
  storeHost: Host;
  reconsumeTimes: number;
  preparedTransactionOffset: number;
  /** See `bodyCrc`. */
  bodyCrc: number;
  body: Uint8Array;
  bodyStart: number;
  bodyEnd: number;
  /** As UTF-8. */
  topic: Uint8Array;
  properties: Uint8Array;
  propertiesStart: number;
  propertiesEnd: number;
}

/** How many bytes the message takes. */
export function storedMessageBytes(parts: MessageParts): number {
  return (
    FIXED_BYTES +
    parts.bornHost.address.length +
    parts.storeHost.address.length +
    (parts.bodyEnd - parts.bodyStart) +
    parts.topic.length +
    (parts.topic.length > TOPIC_BYTES_MAX_V1 ? 1 : 0) +
    (parts.propertiesEnd - parts.propertiesStart)
  );
}

/** Writes the message at `at`, where `storedMessageBytes` must fit, and says where the next byte goes. */
export function writeStoredMessage(target: Uint8Array, at: number, parts: MessageParts): number {
  const { bornHost, storeHost, topic } = parts;
  const isLongTopic = topic.length > TOPIC_BYTES_MAX_V1;
  const bodyBytes = parts.bodyEnd - parts.bodyStart;
  const propertiesBytes = parts.propertiesEnd - parts.propertiesStart;
  writeU32(target, at, storedMessageBytes(parts));
  writeU32(target, at + 4, isLongTopic ? MAGIC_V2 : MAGIC_V1);
  writeU32(target, at + 8, parts.bodyCrc);
  writeU32(target, at + QUEUE_ID_AT, parts.queueId);
  writeU32(target, at + FLAG_AT, parts.flag);
  writeU64(target, at + QUEUE_OFFSET_AT, parts.queueOffset);
  writeU64(target, at + PHYSICAL_OFFSET_AT, parts.physicalOffset);
  writeU32(target, at + SYS_FLAG_AT, sysFlagOf(parts));
  writeU64(target, at + BORN_TIMESTAMP_AT, parts.bornTimestamp);
  let next = writeHost(target, at + BORN_HOST_AT, bornHost);
  writeU64(target, next, parts.storeTimestamp);
  next = writeHost(target, next + 8, storeHost);
  writeU32(target, next, parts.reconsumeTimes);
  writeU64(target, next + 4, parts.preparedTransactionOffset);
  writeU32(target, next + 12, bodyBytes);
  next += BEFORE_BODY_BYTES;
  copyBytes(parts.body, parts.bodyStart, parts.bodyEnd, target, next);
  next += bodyBytes;
  if (isLongTopic) target[next++] = topic.length >>> 8;
  target[next++] = topic.length;
  copyBytes(topic, 0, topic.length, target, next);
  next += topic.length;
  writeU16(target, next, propertiesBytes);
  copyBytes(parts.properties, parts.propertiesStart, parts.propertiesEnd, target, next + 2);
  return next + 2 + propertiesBytes;
}

/** Says of the message at `at` where it is. A message can be written before that is known. */
export function patchPlace(
  target: Uint8Array,
  at: number,
  queueId: number,
  queueOffset: number,
  physicalOffset: number,
): void {
  writeU32(target, at + QUEUE_ID_AT, queueId);
  writeU64(target, at + QUEUE_OFFSET_AT, queueOffset);
  writeU64(target, at + PHYSICAL_OFFSET_AT, physicalOffset);
}

/** The same of a physical offset in two halves of 32 bits, exact whatever it is. */
export function patchPlaceOfHalves(
  target: Uint8Array,
  at: number,
  queueId: number,
  queueOffset: number,
  high: number,
  low: number,
): void {
  writeU32(target, at + QUEUE_ID_AT, queueId);
  writeU64(target, at + QUEUE_OFFSET_AT, queueOffset);
  writeU32(target, at + PHYSICAL_OFFSET_AT, high);
  writeU32(target, at + PHYSICAL_OFFSET_AT + 4, low);
}

/**
 * Says of the message at `at` by which host it was stored: that is where clients look for it. False, and nothing is
 * done, if the other host's address is of the other family and the place does not fit.
 */
export function patchStoreHost(target: Uint8Array, at: number, host: Host): boolean {
  const sysFlag = readI32(target, at + SYS_FLAG_AT);
  if (addressBytes(sysFlag, MESSAGE_FLAG.STORE_HOST_V6) !== host.address.length) return false;
  writeHost(target, at + BORN_HOST_AT + addressBytes(sysFlag, MESSAGE_FLAG.BORN_HOST_V6) + PORT_BYTES + 8, host);
  return true;
}

function sysFlagOf({ sysFlag, bornHost, storeHost }: MessageParts): number {
  const others = sysFlag & ~(MESSAGE_FLAG.BORN_HOST_V6 | MESSAGE_FLAG.STORE_HOST_V6);
  const born = bornHost.address.length === IPV6_BYTES ? MESSAGE_FLAG.BORN_HOST_V6 : 0;
  return others | born | (storeHost.address.length === IPV6_BYTES ? MESSAGE_FLAG.STORE_HOST_V6 : 0);
}

function writeHost(target: Uint8Array, at: number, { address, port }: Host): number {
  copyBytes(address, 0, address.length, target, at);
  writeU32(target, at + address.length, port);
  return at + address.length + PORT_BYTES;
}

function addressBytes(sysFlag: number, flag: number): number {
  return (sysFlag & flag) === 0 ? IPV4_BYTES : IPV6_BYTES;
}

function readU8(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function illegal(what: string): RocketmqWireError {
  return new RocketmqWireError(what, RESPONSE.MESSAGE_ILLEGAL);
}
