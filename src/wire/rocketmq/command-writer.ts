/**
 * CommandWriter: writes responses, and requests to clients, straight into a connection's slab.
 *
 *     writer.answer(command, RESPONSE.SUCCESS, null, ROOM);     the frame's lengths are left open
 *     writer.text('msgId', id);
 *     writer.number('queueId', 3);
 *     writer.end(bodyBytes);                                     the lengths are known and filled in
 *     writer.out.append(body);                                   exactly `bodyBytes`, right away
 *
 * Whoever begins says how many bytes all fields together may take (`fieldBytesMax`). That is reserved in the slab,
 * because the lengths at the front are written last; what no slab can hold is written elsewhere and copied. Both forms
 * of the header are written by the same calls.
 *
 * Texts are escaped for JSON where they must be: a byte takes six at most. The binary form knows no empty text, so a
 * field with an empty value arrives there as none.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { writeU16, writeU32 } from '../../bytes/numbers.ts';
import { SLAB_BYTES, type SlabWriter } from '../../bytes/slab-writer.ts';
import { COMMAND_FLAG, LANGUAGE, SERIALIZE, type SerializeType, VERSION } from './constants.ts';
import { writeDecimal } from './decimal.ts';
import { HEADER_WORD_BYTES, LENGTH_BYTES } from './framer.ts';
import type { Host } from './host.ts';
import { writeOffsetId, writeOffsetIdOfHalves } from './message-id.ts';

const NOTHING = new Uint8Array(0);
const HEAD_BYTES_MAX = 256;
const ESCAPED_BYTES_MAX = 6;
/** Quotes, colon and comma, or two lengths. */
const FIELD_BYTES = 6;
const DECIMAL_BYTES_MAX = 20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSE_OBJECT = 0x7d;
const HEADER_BYTES_LIMIT = 0xff_ffff;

const CODE = ascii('{"code":');
const FLAG = ascii(',"flag":');
const REMARK = ascii(',"remark":');
const EXT_FIELDS = ascii(',"extFields":{');
const TRUE = ascii('true');
const FALSE = ascii('false');

/**
 * What an answer must know of its request; a `Command` has it, and so has what is kept of one that is answered later.
 */
export interface Asked {
  readonly serializeType: SerializeType;
  readonly opaque: number;
}

/** How much room a field with a text takes at most. */
export function textRoom(name: string, characters: number): number {
  return name.length + FIELD_BYTES + characters * ESCAPED_BYTES_MAX;
}

/** How much room a field with a number or a flag takes at most. */
export function numberRoom(name: string): number {
  return name.length + FIELD_BYTES + DECIMAL_BYTES_MAX;
}

export class CommandWriter {
  readonly out: SlabWriter;
  readonly #version: number;
  /** What stands between flag and opaque in every JSON header. */
  readonly #constant: Uint8Array;
  /** Where it is written: the slab, or memory of our own for what is too large. */
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #limit = 0;
  /** Where the frame begins. */
  #start = 0;
  /** Where the length of the binary form's ext fields goes. */
  #fieldsAt = 0;
  #type: SerializeType = SERIALIZE.JSON;
  #fieldCount = 0;

  /** `version` is what clients take for the broker's; some features they use only above a certain one. */
  constructor(out: SlabWriter, version: number = VERSION.V5_3_3) {
    this.out = out;
    this.#version = version;
    this.#constant = ascii(`,"language":"JAVA","serializeTypeCurrentRPC":"JSON","version":${version},"opaque":`);
  }

  /** Begins the response to a request. */
  answer(asked: Asked, code: number, remark: string | null, fieldBytesMax: number): void {
    this.begin(asked.serializeType, code, COMMAND_FLAG.RESPONSE, asked.opaque, remark, fieldBytesMax);
  }

  /** Begins any command. `flag` has the bits of COMMAND_FLAG. */
  begin(
    type: SerializeType,
    code: number,
    flag: number,
    opaque: number,
    remark: string | null,
    fieldBytesMax: number,
  ): void {
    const roomBytes = HEAD_BYTES_MAX + fieldBytesMax + (remark === null ? 0 : remark.length * ESCAPED_BYTES_MAX);
    if (roomBytes <= SLAB_BYTES) {
      this.out.room(roomBytes);
      this.#bytes = this.out.bytes;
      this.#start = this.out.at;
    } else {
      this.#bytes = new Uint8Array(roomBytes);
      this.#start = 0;
    }
    this.#limit = this.#start + roomBytes;
    this.#at = this.#start + LENGTH_BYTES + HEADER_WORD_BYTES;
    this.#type = type;
    this.#fieldCount = 0;
    if (type === SERIALIZE.JSON) this.#beginJson(code, flag, opaque, remark);
    else this.#beginBinary(code, flag, opaque, remark);
  }

  text(name: string, value: string): void {
    this.#name(name);
    const valueAt = this.#open();
    this.#put(value);
    this.#close(valueAt);
  }

  /** A text that lies in bytes as UTF-8. */
  range(name: string, bytes: Uint8Array, start: number, end: number): void {
    this.#name(name);
    const valueAt = this.#open();
    this.#putBytes(bytes, start, end);
    this.#close(valueAt);
  }

  /** An integer. */
  number(name: string, value: number): void {
    this.#name(name);
    const valueAt = this.#open();
    this.#at = writeDecimal(this.#bytes, this.#at, value);
    this.#close(valueAt);
  }

  flag(name: string, value: boolean): void {
    this.#name(name);
    const valueAt = this.#open();
    this.#copy(value ? TRUE : FALSE);
    this.#close(valueAt);
  }

  /** The id of the message at this place, see message-id.ts. */
  offsetId(name: string, host: Host, physicalOffset: number): void {
    this.#name(name);
    const valueAt = this.#open();
    this.#at = writeOffsetId(this.#bytes, this.#at, host, physicalOffset);
    this.#close(valueAt);
  }

  /** The same of a physical offset in two halves of 32 bits, exact whatever it is. */
  offsetIdOfHalves(name: string, host: Host, high: number, low: number): void {
    this.#name(name);
    const valueAt = this.#open();
    this.#at = writeOffsetIdOfHalves(this.#bytes, this.#at, host, high, low);
    this.#close(valueAt);
  }

  /** Ends the header of a command whose body has `bodyBytes` bytes; the caller appends them to `out` at once. */
  end(bodyBytes: number): void {
    const bytes = this.#bytes;
    if (this.#type === SERIALIZE.JSON) {
      bytes[this.#at++] = CLOSE_OBJECT;
      bytes[this.#at++] = CLOSE_OBJECT;
    } else {
      writeU32(bytes, this.#fieldsAt, this.#at - this.#fieldsAt - 4);
    }
    const headerBytes = this.#at - this.#start - LENGTH_BYTES - HEADER_WORD_BYTES;
    if (this.#at > this.#limit || headerBytes > HEADER_BYTES_LIMIT)
      throw new Error(`a header of ${headerBytes} bytes exceeds what was reserved for it`);
    writeU32(bytes, this.#start, HEADER_WORD_BYTES + headerBytes + bodyBytes);
    writeU32(bytes, this.#start + LENGTH_BYTES, ((this.#type << 24) | headerBytes) >>> 0);
    if (bytes === this.out.bytes) this.out.at = this.#at;
    else this.out.append(bytes, 0, this.#at);
    this.#bytes = NOTHING;
  }

  #beginJson(code: number, flag: number, opaque: number, remark: string | null): void {
    this.#copy(CODE);
    this.#at = writeDecimal(this.#bytes, this.#at, code);
    this.#copy(FLAG);
    this.#at = writeDecimal(this.#bytes, this.#at, flag);
    this.#copy(this.#constant);
    this.#at = writeDecimal(this.#bytes, this.#at, opaque);
    if (remark !== null) {
      this.#copy(REMARK);
      this.#bytes[this.#at++] = QUOTE;
      this.#put(remark);
      this.#bytes[this.#at++] = QUOTE;
    }
    this.#copy(EXT_FIELDS);
  }

  #beginBinary(code: number, flag: number, opaque: number, remark: string | null): void {
    const bytes = this.#bytes;
    const at = this.#at;
    writeU16(bytes, at, code & 0xffff);
    bytes[at + 2] = LANGUAGE.JAVA;
    writeU16(bytes, at + 3, this.#version);
    writeU32(bytes, at + 5, opaque);
    writeU32(bytes, at + 9, flag);
    this.#at = at + 17;
    this.#put(remark ?? '');
    writeU32(bytes, at + 13, this.#at - at - 17);
    this.#fieldsAt = this.#at;
    this.#at += 4;
  }

  #name(name: string): void {
    const bytes = this.#bytes;
    let at = this.#at;
    if (this.#type === SERIALIZE.JSON) {
      if (this.#fieldCount++ > 0) bytes[at++] = COMMA;
      bytes[at++] = QUOTE;
    } else {
      bytes[at++] = name.length >>> 8;
      bytes[at++] = name.length;
    }
    for (let index = 0; index < name.length; index++) bytes[at++] = name.charCodeAt(index);
    this.#at = at;
  }

  /** What stands before a value; says where its length goes. */
  #open(): number {
    const at = this.#at;
    if (this.#type === SERIALIZE.JSON) {
      this.#bytes[at] = QUOTE;
      this.#bytes[at + 1] = COLON;
      this.#bytes[at + 2] = QUOTE;
      this.#at = at + 3;
    } else {
      this.#at = at + 4;
    }
    return at;
  }

  #close(valueAt: number): void {
    if (this.#type === SERIALIZE.JSON) this.#bytes[this.#at++] = QUOTE;
    else writeU32(this.#bytes, valueAt, this.#at - valueAt - 4);
  }

  #put(text: string): void {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f || (this.#type === SERIALIZE.JSON && mustEscape(code))) {
        const encoded = Buffer.from(text);
        this.#putBytes(encoded, 0, encoded.length);
        return;
      }
      bytes[at + index] = code;
    }
    this.#at = at + text.length;
  }

  #putBytes(source: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    if (this.#type !== SERIALIZE.JSON) {
      copyBytes(source, start, end, bytes, this.#at);
      this.#at += end - start;
      return;
    }
    let at = this.#at;
    for (let index = start; index < end; index++) {
      const byte = source[index] as number;
      if (!mustEscape(byte)) bytes[at++] = byte;
      else if (byte >= 0x20) {
        bytes[at++] = BACKSLASH;
        bytes[at++] = byte;
      } else {
        bytes[at++] = BACKSLASH;
        bytes[at++] = 0x75;
        bytes[at++] = 0x30;
        bytes[at++] = 0x30;
        bytes[at++] = 0x30 + (byte >>> 4);
        bytes[at++] = hexDigit(byte & 15);
      }
    }
    this.#at = at;
  }

  #copy(constant: Uint8Array): void {
    copyBytes(constant, 0, constant.length, this.#bytes, this.#at);
    this.#at += constant.length;
  }
}

function mustEscape(code: number): boolean {
  return code < 0x20 || code === QUOTE || code === BACKSLASH;
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
