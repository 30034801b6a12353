/**
 * MessageBatch: goes through the body of SEND_BATCH_MESSAGE, in which one request carries many messages of one topic.
 *
 *     n * [total size 4][magic 4][body CRC 4][flag 4][body: length 4, bytes][properties: length 2, bytes]
 *
 *     batch.open(command.bytes, command.bodyStart, command.bodyEnd);
 *     while (batch.next()) { ... batch.bytes[batch.bodyStart, batch.bodyEnd) ... }
 *
 * Magic and CRC are zero and not looked at. A message whose parts do not add up to its size is illegal, and with it
 * the batch; `check` finds out before the first one is taken.
 */
import { readI32, readU16, writeU16, writeU32 } from '../../bytes/numbers.ts';
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

const NOTHING = new Uint8Array(0);
/** All but body and properties. */
const FIXED_BYTES = 22;
const FLAG_AT = 12;
const BODY_LENGTH_AT = 16;
const BODY_AT = 20;

export class MessageBatch {
  bytes: Uint8Array = NOTHING;
  flag = 0;
  bodyStart = 0;
  bodyEnd = 0;
  propertiesStart = 0;
  propertiesEnd = 0;
  #start = 0;
  #at = 0;
  #end = 0;

  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = end;
  }

  /** Goes to the next message; false behind the last. */
  next(): boolean {
    const { bytes } = this;
    const at = this.#at;
    const left = this.#end - at;
    if (left === 0) return false;
    const total = left < FIXED_BYTES ? 0 : readI32(bytes, at);
    if (total < FIXED_BYTES || total > left) throw illegal(`announces ${total} bytes where ${left} are left`);
    const bodyBytes = readI32(bytes, at + BODY_LENGTH_AT);
    if (bodyBytes < 0 || bodyBytes > total - FIXED_BYTES) throw illegal(`has a body of ${bodyBytes} bytes`);
    this.flag = readI32(bytes, at + FLAG_AT);
    this.bodyStart = at + BODY_AT;
    this.bodyEnd = this.bodyStart + bodyBytes;
    this.propertiesStart = this.bodyEnd + 2;
    this.propertiesEnd = this.propertiesStart + readU16(bytes, this.bodyEnd);
    if (this.propertiesEnd !== at + total) throw illegal('is not as long as its parts');
    this.#at = this.propertiesEnd;
    return true;
  }

  /** Looks at all messages, says how many there are, and begins again. */
  check(): number {
    let count = 0;
    this.#at = this.#start;
    while (this.next()) count++;
    this.#at = this.#start;
    return count;
  }
}

/** One message of a batch to be written. */
export interface BatchMessage {
  readonly flag: number;
  readonly body: Uint8Array;
  readonly properties: Uint8Array;
}

/** The body of a batch; for clients. */
export function messageBatch(messages: readonly BatchMessage[]): Uint8Array {
  const size = ({ body, properties }: BatchMessage) => FIXED_BYTES + body.length + properties.length;
  const bytes = new Uint8Array(messages.reduce((sum, message) => sum + size(message), 0));
  let at = 0;
  for (const message of messages) {
    writeU32(bytes, at, size(message));
    writeU32(bytes, at + FLAG_AT, message.flag);
    writeU32(bytes, at + BODY_LENGTH_AT, message.body.length);
    bytes.set(message.body, at + BODY_AT);
    at += BODY_AT + message.body.length;
    writeU16(bytes, at, message.properties.length);
    bytes.set(message.properties, at + 2);
    at += 2 + message.properties.length;
  }
  return bytes;
}

function illegal(what: string): RocketmqWireError {
  return new RocketmqWireError(`a message of the batch ${what}`, RESPONSE.MESSAGE_ILLEGAL);
}
