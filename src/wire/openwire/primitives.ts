/**
 * Primitive maps: typed values with a byte in front that says what they are. Message properties, the bodies of map and
 * stream messages, and what the first frames say about themselves.
 *
 *     map     [count int32] ([length uint16][name] value)*           count -1: none
 *     value   [tag byte][...]
 *
 *     0 null   1 bool   2 byte   3 char   4 short   5 int   6 long   7 double   8 float
 *     9 text [uint16][...]   10 bytes [int32][...]   11 map   12 list [count int32] value*   13 long text [int32][...]
 *
 * Numbers keep their width, because clients expect their own type back. A char becomes a text of one character.
 * Reading is bounded in depth and in number, and never goes beyond the end that it was given.
 */
import { copyOf } from '../../bytes/copy.ts';
import { readI32, readU16, readU32, readU64Big, writeU16, writeU64Big } from '../../bytes/numbers.ts';
import { modifiedBytes, readModified, writeModified } from './modified-utf8.ts';
import { OpenWireError } from './protocol.ts';
import { ScratchBuffer } from './scratch-buffer.ts';

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

export interface PrimitiveLimits {
  /** Maps and lists within each other. */
  readonly primitivesDepthMax: number;
  /** Values in all of them together. */
  readonly primitivesMax: number;
}

export const defaultPrimitiveLimits: PrimitiveLimits = { primitivesDepthMax: 32, primitivesMax: 100_000 };

const NULL = 0;
const BOOLEAN = 1;
const BYTE = 2;
const CHAR = 3;
const SHORT = 4;
const INT = 5;
const LONG = 6;
const DOUBLE = 7;
const FLOAT = 8;
const STRING = 9;
const BYTES = 10;
const MAP = 11;
const LIST = 12;
const BIG_STRING = 13;

/** Bytes behind the tag, for the values of fixed size. */
const FIXED_BYTES: readonly (number | undefined)[] = [0, 1, 1, 2, 2, 4, 8, 8, 4];
/** Texts of so many characters are written as long ones. */
const BIG_STRING_CHARACTERS = 8191;
const NAME_BYTES_MAX = 0xffff;

/** For floating-point numbers. */
const scratch = new DataView(new ArrayBuffer(8));

/** A read position between two offsets. A subclass may make numbers of its own shape. */
export class PrimitiveReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #limits: PrimitiveLimits;
  #at: number;
  #count = 0;

  constructor(bytes: Uint8Array, start: number, end: number, limits: PrimitiveLimits) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#limits = limits;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** Null where there is none. */
  map(depth = 0): Map<string, Value> | null {
    const count = this.#enter(depth);
    if (count < 0) return null;
    const map = new Map<string, Value>();
    for (let index = 0; index < count; index++) {
      const name = this.#string(this.#uint16());
      map.set(name, this.value(depth + 1));
    }
    return map;
  }

  /** One value of the map that begins here, without looking into the others. */
  find(name: string): Value | undefined {
    const nameBytes = modifiedBytes(name);
    const count = this.#enter(0);
    for (let index = 0; index < count; index++) {
      const length = this.#uint16();
      const at = this.#take(length);
      const isIt = length === nameBytes && readModified(this.#bytes, at, at + length) === name;
      if (isIt) return this.value(1);
      this.#skip(1);
    }
    return undefined;
  }

  value(depth = 0): Value {
    const tag = this.#byte();
    switch (tag) {
      case NULL:
        return null;
      case BOOLEAN:
        return this.#byte() !== 0;
      case BYTE:
        return this.number('int8', (this.#byte() << 24) >> 24);
      case CHAR:
        return String.fromCharCode(this.#uint16());
      case SHORT:
        return this.number('int16', (this.#uint16() << 16) >> 16);
      case INT:
        return this.number('int32', this.#int32());
      case LONG:
        return this.number('int64', this.#int64());
      case DOUBLE:
        return this.number('double', this.#floating(8));
      case FLOAT:
        return this.number('float', this.#floating(4));
      case STRING:
        return this.#string(this.#uint16());
      case BYTES:
        return this.#copy();
      case MAP:
        return this.map(depth);
      case LIST:
        return this.#list(depth);
      case BIG_STRING:
        return this.longText();
      default:
        throw new OpenWireError(`unknown tag ${tag} of a value`);
    }
  }

  /** A text with four bytes of length in front; null if that is negative. */
  longText(): string | null {
    const length = this.#int32();
    return length < 0 ? null : this.#string(length);
  }

  protected number(type: NumberType, value: number | bigint): Num {
    return { type, value, scale: 0 };
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new OpenWireError(`${length} bytes expected and ${this.#end - at} left`);
    this.#at = at + length;
    return at;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  #uint16(): number {
    return readU16(this.#bytes, this.#take(2));
  }

  #int32(): number {
    return readI32(this.#bytes, this.#take(4));
  }

  #int64(): number | bigint {
    const value = BigInt.asIntN(64, readU64Big(this.#bytes, this.#take(8)));
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #floating(length: 4 | 8): number {
    const at = this.#take(length);
    scratch.setUint32(0, readU32(this.#bytes, at));
    if (length === 4) return scratch.getFloat32(0);
    scratch.setUint32(4, readU32(this.#bytes, at + 4));
    return scratch.getFloat64(0);
  }

  #string(length: number): string {
    const at = this.#take(length);
    return readModified(this.#bytes, at, at + length);
  }

  #copy(): Uint8Array {
    const length = readU32(this.#bytes, this.#take(4));
    const at = this.#take(length);
    return copyOf(this.#bytes, at, at + length);
  }

  #list(depth: number): Value[] | null {
    const count = this.#enter(depth);
    if (count < 0) return null;
    const list: Value[] = [];
    for (let index = 0; index < count; index++) list.push(this.value(depth + 1));
    return list;
  }

  /** The count of a map or list; each of its values takes at least a byte. */
  #enter(depth: number): number {
    const { primitivesDepthMax, primitivesMax } = this.#limits;
    if (depth > primitivesDepthMax) throw new OpenWireError(`values nest deeper than ${primitivesDepthMax}`);
    const count = this.#int32();
    if (count > this.#end - this.#at) throw new OpenWireError(`${count} values announced and no room for them`);
    this.#count += Math.max(0, count);
    if (this.#count > primitivesMax) throw new OpenWireError(`more than ${primitivesMax} values`);
    return count;
  }

  #skip(depth: number): void {
    const tag = this.#byte();
    const fixed = FIXED_BYTES[tag];
    if (fixed !== undefined) this.#take(fixed);
    else if (tag === STRING) this.#take(this.#uint16());
    else if (tag === BYTES || tag === BIG_STRING) this.#take(Math.max(0, this.#int32()));
    else if (tag === MAP || tag === LIST) {
      const count = this.#enter(depth);
      for (let index = 0; index < count; index++) {
        if (tag === MAP) this.#take(this.#uint16());
        this.#skip(depth + 1);
      }
    } else throw new OpenWireError(`unknown tag ${tag} of a value`);
  }
}

/** Grows as it is written to. */
export class PrimitiveWriter {
  readonly #out = new ScratchBuffer();

  map(map: ReadonlyMap<string, Value>): void {
    this.#out.int(map.size);
    for (const [name, value] of map) {
      this.#shortText(name);
      this.value(value);
    }
  }

  value(value: Value): void {
    const out = this.#out;
    if (value === null) out.byte(NULL);
    else if (typeof value === 'boolean') {
      out.byte(BOOLEAN);
      out.byte(value ? 1 : 0);
    } else if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) {
      out.byte(BYTES);
      out.int(value.length);
      out.append(value, 0, value.length);
    } else if (Array.isArray(value)) {
      out.byte(LIST);
      out.int(value.length);
      for (const item of value) this.value(item);
    } else if (value instanceof Map) {
      out.byte(MAP);
      this.map(value);
    } else this.#number(value as Num);
  }

  /** A text with four bytes of length in front. */
  longText(text: string): void {
    const length = modifiedBytes(text);
    this.#out.int(length);
    const at = this.#out.room(length);
    writeModified(this.#out.bytes, at, text);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return copyOf(this.#out.bytes, 0, this.#out.length);
  }

  #text(text: string): void {
    const isBig = text.length >= BIG_STRING_CHARACTERS;
    this.#out.byte(isBig ? BIG_STRING : STRING);
    if (isBig) this.longText(text);
    else this.#shortText(text);
  }

  #shortText(text: string): void {
    const length = modifiedBytes(text);
    if (length > NAME_BYTES_MAX) throw new OpenWireError(`a name of ${length} bytes`);
    const at = this.#out.room(2 + length);
    writeU16(this.#out.bytes, at, length);
    writeModified(this.#out.bytes, at + 2, text);
  }

  /** Java has no unsigned numbers but char: they become the next wider ones. */
  #number(num: Num): void {
    const out = this.#out;
    const value = Number(num.value);
    switch (num.type) {
      case 'int8':
        out.byte(BYTE);
        out.byte(value);
        break;
      case 'uint8':
      case 'int16':
        out.byte(SHORT);
        out.short(value);
        break;
      case 'uint16':
      case 'int32':
        out.byte(INT);
        out.int(value);
        break;
      case 'uint32':
      case 'int64':
      case 'timestamp': {
        out.byte(LONG);
        const at = out.room(8);
        writeU64Big(out.bytes, at, BigInt(num.value));
        break;
      }
      case 'float':
        out.byte(FLOAT);
        scratch.setFloat32(0, value);
        out.int(scratch.getUint32(0));
        break;
      case 'double':
      case 'decimal':
        out.byte(DOUBLE);
        scratch.setFloat64(0, num.type === 'decimal' ? value / 10 ** num.scale : value);
        out.int(scratch.getUint32(0));
        out.int(scratch.getUint32(4));
        break;
    }
  }
}
