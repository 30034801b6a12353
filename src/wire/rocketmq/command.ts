/**
 * Command: one request or response, read without its body and without an object per field.
 *
 *     [header word][code int16][language int8][version int16][opaque int32][flag int32]
 *                  [remark: int32 length, text]
 *                  [int32 length of the ext fields, n * ([int16 length, name][int32 length, value])]
 *                  [body ...]                                                        serialize type ROCKETMQ
 *     [header word][JSON text][body ...]                                             serialize type JSON
 *
 *     command.read(framer.bytes, framer.start, framer.end)
 *     switch (command.code) ...
 *     command.fields.text('topic')      one field; requests.ts reads all of a request's
 *     command.bytes[command.bodyStart, command.bodyEnd)
 *
 * One object serves for all commands of a connection, or of all connections, since nobody waits while looking at it.
 * What it shows is valid until the next `read`.
 *
 * In the binary form a text of length 0 means none, so an empty value is a missing one there.
 */
import { readI32, readU16, readU32 } from '../../bytes/numbers.ts';
import { readText } from '../../bytes/text.ts';
import { COMMAND_FLAG, LANGUAGE, type LanguageName, SERIALIZE, type SerializeType } from './constants.ts';
import { HEADER_WORD_BYTES } from './framer.ts';
import { JsonHeader } from './json-header.ts';
import { NamedRanges } from './named-ranges.ts';
import { requestCodeOf } from './request-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

const NOTHING = new Uint8Array(0);
/** From the code to the remark's length, and the length of the ext fields. */
const FIXED_BYTES = 21;

export class Command {
  serializeType: SerializeType = SERIALIZE.JSON;
  /** Of a request: with the upper half that the binary form has no place for. */
  code = 0;
  /** A number of LANGUAGE; OTHER for what is unknown. */
  language = 0;
  version = 0;
  opaque = 0;
  flag = 0;
  remark: string | null = null;
  readonly fields = new NamedRanges();
  /** The body is `bytes[bodyStart, bodyEnd)`. */
  bytes: Uint8Array = NOTHING;
  bodyStart = 0;
  bodyEnd = 0;

  readonly #json = new JsonHeader();
  #at = 0;
  #end = 0;

  get isResponse(): boolean {
    return (this.flag & COMMAND_FLAG.RESPONSE) !== 0;
  }

  /** Does nobody wait for an answer? */
  get isOneway(): boolean {
    return (this.flag & COMMAND_FLAG.ONEWAY) !== 0;
  }

  get bodyBytes(): number {
    return this.bodyEnd - this.bodyStart;
  }

  /** Reads the frame `bytes[start, end)`, beginning with its header word, as the framer shows it. */
  read(bytes: Uint8Array, start: number, end: number): void {
    const word = end - start < HEADER_WORD_BYTES ? 0xffff_ffff : readU32(bytes, start);
    const type = word >>> 24;
    this.bytes = bytes;
    this.#at = start + HEADER_WORD_BYTES;
    this.#end = this.#at + (word & 0xff_ffff);
    if (type > SERIALIZE.ROCKETMQ || this.#end > end)
      throw new RocketmqWireError('the header is longer than its frame');
    this.bodyStart = this.#end;
    this.bodyEnd = end;
    this.serializeType = type as SerializeType;
    if (type === SERIALIZE.JSON) this.#readJson();
    else this.#readBinary();
    if (!this.isResponse) this.code = requestCodeOf(this.code);
  }

  #readJson(): void {
    const { head } = this.#json;
    this.#json.read(this.bytes, this.#at, this.#end, this.fields);
    this.code = head.int('code') ?? 0;
    this.version = head.int('version') ?? 0;
    this.opaque = head.int('opaque') ?? 0;
    this.flag = head.int('flag') ?? 0;
    this.remark = head.text('remark');
    const language = head.text('language') ?? 'JAVA';
    this.language = Object.hasOwn(LANGUAGE, language) ? LANGUAGE[language as LanguageName] : LANGUAGE.OTHER;
  }

  #readBinary(): void {
    const { bytes, fields } = this;
    const at = this.#at;
    if (this.#end - at < FIXED_BYTES) throw malformed('is cut off');
    this.code = signed16(readU16(bytes, at));
    const language = bytes[at + 2] as number;
    this.language = language > LANGUAGE.NODE_JS ? LANGUAGE.OTHER : language;
    this.version = signed16(readU16(bytes, at + 3));
    this.opaque = readI32(bytes, at + 5);
    this.flag = readI32(bytes, at + 9);
    this.#at = at + 13;
    const remarkStart = this.#text(4);
    this.remark = this.#at === remarkStart ? null : readText(bytes, remarkStart, this.#at);
    const fieldsStart = this.#text(4);
    if (this.#at !== this.#end) throw malformed('goes on behind its ext fields');
    fields.clear(bytes);
    this.#at = fieldsStart;
    while (this.#at < this.#end) {
      const nameStart = this.#text(2);
      const nameEnd = this.#at;
      const valueStart = this.#text(4);
      if (nameEnd > nameStart && this.#at > valueStart) fields.add(nameStart, nameEnd, valueStart, this.#at);
    }
  }

  /** Passes over what has a length of `lengthBytes` in front, and says where that begins. */
  #text(lengthBytes: 2 | 4): number {
    const start = this.#at + lengthBytes;
    if (start > this.#end) throw malformed('is cut off in a length');
    const length = lengthBytes === 2 ? signed16(readU16(this.bytes, this.#at)) : readI32(this.bytes, this.#at);
    if (length < 0 || length > this.#end - start)
      throw malformed(`announces ${length} bytes where ${this.#end - start} are left`);
    this.#at = start + length;
    return start;
  }
}

function signed16(value: number): number {
  return (value << 16) >> 16;
}

function malformed(what: string): RocketmqWireError {
  return new RocketmqWireError(`the binary header ${what}`);
}
