/**
 * Field tables: typed values in the letters that RabbitMQ and its clients really use, which differ from the
 * specification's.
 *
 *     table   [length u32][ name shortstr | letter | value ]*
 *     array   [length u32][ letter | value ]*                  lengths count bytes
 *
 *     t bool   b i8   B u8   s i16   u u16   I i32   i u32   l i64   f float   d double   D decimal   T timestamp
 *     S text   x bytes   A array   F table   V nothing          (L is read as l and never written)
 *
 * Every integer keeps its width, because clients expect their own type back. Text that is not UTF-8 is shown as bytes.
 * Decoding never recurses deeper than DEPTH_MAX and never reads past the end that it was given.
 */
import { readI32, readU16, readU32, readU64Big, writeU16, writeU32, writeU64Big } from '../../bytes/numbers.ts';
import { REPLY, WireError } from './constants.ts';

export type NumberType =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float'
  | 'double'
  | 'decimal'
  | 'timestamp';

/** A number that knows its width. `value` is a bigint only beyond 2^53; `scale` counts a decimal's places. */
export interface Num {
  readonly type: NumberType;
  readonly value: number | bigint;
  readonly scale: number;
}
export type Value = null | boolean | string | Uint8Array | Num | Value[] | Table;
export type Table = Map<string, Value>;

const DEPTH_MAX = 32;
/** Bytes behind the letter, for the values of fixed size. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  116: 1, // t
  98: 1, // b
  66: 1, // B
  115: 2, // s
  117: 2, // u
  73: 4, // I
  105: 4, // i
  108: 8, // l
  76: 8, // L
  84: 8, // T
  102: 4, // f
  100: 8, // d
  68: 5, // D
  86: 0, // V
};
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** The text in `bytes[at, end)`, or null where it is not UTF-8. */
export function decodeText(bytes: Uint8Array, at: number, end: number): string | null {
  let ascii = true;
  let text = '';
  if (end - at > 32) ascii = false;
  for (let index = at; ascii && index < end; index++) {
    const code = bytes[index] as number;
    if (code > 0x7f) ascii = false;
    else text += String.fromCharCode(code);
  }
  if (ascii) return text;
  try {
    return utf8.decode(bytes.subarray(at, end));
  } catch {
    return null;
  }
}

export function encodeText(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

function truncated(): WireError {
  return new WireError(REPLY.syntaxError, 'a field ends beyond its frame');
}

/** A read position between two offsets; every read checks the end. A subclass may make numbers of its own shape. */
export class FieldReader {
  bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** The place of the next `length` bytes, which are passed over. */
  take(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw truncated();
    this.at = at + length;
    return at;
  }

  octet(): number {
    return this.bytes[this.take(1)] as number;
  }

  short(): number {
    return readU16(this.bytes, this.take(2));
  }

  long(): number {
    return readU32(this.bytes, this.take(4));
  }

  longlong(): number {
    const at = this.take(8);
    return readU32(this.bytes, at) * 0x1_0000_0000 + readU32(this.bytes, at + 4);
  }

  shortstr(): string {
    const length = this.octet();
    const at = this.take(length);
    const text = decodeText(this.bytes, at, at + length);
    if (text === null) throw new WireError(REPLY.frameError, 'Malformed UTF-8 in shortstr');
    return text;
  }

  /** A copy, because frames are only borrowed. */
  longstr(): Uint8Array {
    const length = this.long();
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }

  table(depth = 0): Map<string, Value> {
    const outer = this.#enter(depth);
    const table = new Map<string, Value>();
    while (this.at < this.end) {
      const name = this.shortstr();
      table.set(name, this.value(depth + 1));
    }
    this.end = outer;
    return table;
  }

  value(depth: number): Value {
    const letter = this.octet();
    switch (letter) {
      case 0x74: // t
        return this.octet() !== 0;
      case 0x62: // b
        return this.number('int8', (this.octet() << 24) >> 24);
      case 0x42: // B
        return this.number('uint8', this.octet());
      case 0x73: // s
        return this.number('int16', (this.short() << 16) >> 16);
      case 0x75: // u
        return this.number('uint16', this.short());
      case 0x49: // I
        return this.number('int32', this.long() | 0);
      case 0x69: // i
        return this.number('uint32', this.long());
      case 0x6c: // l
      case 0x4c: // L
        return this.number('int64', this.#big(true));
      case 0x54: // T
        return this.number('timestamp', this.#big(false));
      case 0x66: // f
        return this.number('float', this.#view(4).getFloat32(0));
      case 0x64: // d
        return this.number('double', this.#view(8).getFloat64(0));
      case 0x44: {
        const scale = this.octet();
        return this.number('decimal', readI32(this.bytes, this.take(4)), scale);
      }
      case 0x53: {
        const length = this.long();
        const at = this.take(length);
        return decodeText(this.bytes, at, at + length) ?? this.bytes.slice(at, at + length);
      }
      case 0x78: // x
        return this.longstr();
      case 0x41:
        return this.#array(depth);
      case 0x46:
        return this.table(depth);
      case 0x56: // V
        return null;
      default:
        throw new WireError(REPLY.syntaxError, `unknown field type ${letter}`);
    }
  }

  /** Passes over a value without looking into it. */
  skip(): void {
    const letter = this.octet();
    const fixed = FIXED_BYTES[letter];
    if (fixed !== undefined) this.take(fixed);
    else if (letter === 0x53 || letter === 0x78 || letter === 0x41 || letter === 0x46) this.take(this.long());
    else throw new WireError(REPLY.syntaxError, `unknown field type ${letter}`);
  }

  protected number(type: NumberType, value: number | bigint, scale = 0): Num {
    return { type, value, scale };
  }

  #array(depth: number): Value[] {
    const outer = this.#enter(depth);
    const items: Value[] = [];
    while (this.at < this.end) items.push(this.value(depth + 1));
    this.end = outer;
    return items;
  }

  /** Narrows the reader to the announced length and returns the end to restore. */
  #enter(depth: number): number {
    if (depth > DEPTH_MAX) throw new WireError(REPLY.syntaxError, `tables nest deeper than ${DEPTH_MAX}`);
    const length = this.long();
    if (length > this.end - this.at) throw truncated();
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  #big(signed: boolean): number | bigint {
    const raw = readU64Big(this.bytes, this.take(8));
    const value = signed ? BigInt.asIntN(64, raw) : raw;
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #view(length: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.take(length), length);
  }
}

/** Grows as it is written to; for methods and tables, which are not on the hot path. */
export class FieldWriter {
  bytes: Uint8Array = new Uint8Array(256);
  at = 0;

  octet(value: number): void {
    const at = this.#room(1);
    this.bytes[at] = value;
  }

  short(value: number): void {
    const at = this.#room(2);
    writeU16(this.bytes, at, value);
  }

  long(value: number): void {
    const at = this.#room(4);
    writeU32(this.bytes, at, value);
  }

  longlong(value: number): void {
    this.long(Math.floor(value / 0x1_0000_0000));
    this.long(value % 0x1_0000_0000);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Texts above 255 bytes are cut, at the end of a character. */
  shortstr(text: string): void {
    let encoded = encodeText(text);
    if (encoded.length > 255) {
      let end = 255;
      while (((encoded[end] as number) & 0xc0) === 0x80) end--;
      encoded = encoded.subarray(0, end);
    }
    this.octet(encoded.length);
    this.raw(encoded);
  }

  longstr(bytes: Uint8Array): void {
    this.long(bytes.length);
    this.raw(bytes);
  }

  table(table: Table): void {
    const lengthAt = this.#room(4);
    for (const [name, value] of table) {
      this.shortstr(name);
      this.value(value);
    }
    writeU32(this.bytes, lengthAt, this.at - lengthAt - 4);
  }

  value(value: Value): void {
    if (value === null) this.octet(0x56);
    else if (typeof value === 'boolean') {
      this.octet(0x74);
      this.octet(value ? 1 : 0);
    } else if (typeof value === 'string') {
      this.octet(0x53);
      this.longstr(encodeText(value));
    } else if (value instanceof Uint8Array) {
      this.octet(0x78);
      this.longstr(value);
    } else if (Array.isArray(value)) {
      this.octet(0x41);
      const lengthAt = this.#room(4);
      for (const item of value) this.value(item);
      writeU32(this.bytes, lengthAt, this.at - lengthAt - 4);
    } else if (value instanceof Map) {
      this.octet(0x46);
      this.table(value);
    } else this.#number(value as Num);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  #number(num: Num): void {
    const value = Number(num.value);
    switch (num.type) {
      case 'int8':
        this.octet(0x62);
        this.octet(value);
        break;
      case 'uint8':
        this.octet(0x42);
        this.octet(value);
        break;
      case 'int16':
        this.octet(0x73);
        this.short(value);
        break;
      case 'uint16':
        this.octet(0x75);
        this.short(value);
        break;
      case 'int32':
        this.octet(0x49);
        this.long(value);
        break;
      case 'uint32':
        this.octet(0x69);
        this.long(value);
        break;
      case 'int64':
      case 'timestamp': {
        this.octet(num.type === 'int64' ? 0x6c : 0x54);
        const at = this.#room(8);
        writeU64Big(this.bytes, at, BigInt(num.value));
        break;
      }
      case 'float': {
        this.octet(0x66);
        const at = this.#room(4);
        new DataView(this.bytes.buffer).setFloat32(at, value);
        break;
      }
      case 'double': {
        this.octet(0x64);
        const at = this.#room(8);
        new DataView(this.bytes.buffer).setFloat64(at, value);
        break;
      }
      case 'decimal':
        this.octet(0x44);
        this.octet(num.scale);
        this.long(value);
        break;
    }
  }

  #room(length: number): number {
    const at = this.at;
    this.at = at + length;
    if (this.at > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.at, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return at;
  }
}
