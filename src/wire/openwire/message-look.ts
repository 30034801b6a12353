/**
 * MessageLook: where the fields of a stored message are, so that one of them can be read, or changed in a copy, without
 * decoding the others.
 *
 *     look.at(bytes, start, end);            from the type byte
 *     look.number('priority'), look.text('correlationId'), look.structure('replyTo'), ...
 *
 * One walk notes the place of every field; nothing is made of them before it is asked for. Whoever keeps a look for
 * many messages pays for no object. What was stored has been read once before, but nothing here trusts it: a length
 * that goes beyond the end is an OpenWireError.
 */
import { readI32, readU16, readU32 } from '../../bytes/numbers.ts';
import { readModified } from './modified-utf8.ts';
import {
  ARRAY,
  BOOL,
  BYTE,
  BYTES,
  CACHED,
  INT,
  LONG,
  MAGIC,
  NESTED,
  type Plan,
  plansOf,
  STRING,
  THROWABLE,
  VIEW,
} from './plans.ts';
import { defaultDecodingLimits, OpenWireError, STORED_FORMAT } from './protocol.ts';
import { MAGIC_BYTES, StructureReader } from './reader.ts';
import type { SCHEMA } from './schema.ts';
import type { Structure } from './structures.ts';

type MessageFields = (typeof SCHEMA)['PlainMessage']['fields'];
/** The fields of one kind, whatever versions have them. */
type FieldsOf<K extends string> = {
  [F in keyof MessageFields]: MessageFields[F] extends K | `${K} since ${number}` ? F : never;
}[keyof MessageFields];

const NOTHING = new Uint8Array(0);
const DEPTH_MAX = defaultDecodingLimits.depthMax;
const MESSAGE = plansOf(STORED_FORMAT.version).byName('PlainMessage');
const INDEXES: ReadonlyMap<string, number> = new Map(MESSAGE.fields.map(({ name }, index) => [name, index]));

export class MessageLook {
  bytes: Uint8Array = NOTHING;
  /** The type byte: which kind of message it is. */
  type = 0;
  /** Of a view: where it begins and ends, or -1. Set by `range`. */
  rangeStart = -1;
  rangeEnd = -1;

  readonly #plans = plansOf(STORED_FORMAT.version);
  readonly #reader = new StructureReader(STORED_FORMAT, defaultDecodingLimits);
  readonly #places = new Int32Array(MESSAGE.fields.length);
  #at = 0;
  #end = 0;

  /** Looks at the message in `bytes[start, end)`; what it finds is valid as long as these bytes are. */
  at(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.type = bytes[this.#take(1)] as number;
    const plan = this.#plans.byType(this.type);
    if (plan?.isMarshallAware !== true || plan.name === 'WireFormatInfo') {
      throw new OpenWireError(`data type ${this.type} is no message`);
    }
    const { fields } = MESSAGE;
    for (let index = 0; index < fields.length; index++) {
      this.#places[index] = this.#at;
      this.#skip(fields[index]?.kind as number, 0);
    }
  }

  /**
   * Where a field begins, for whoever changes a copy. Before text, views and structures there is a byte: 0 for null.
   */
  place(field: keyof MessageFields): number {
    return this.#places[INDEXES.get(field) as number] as number;
  }

  bool(field: FieldsOf<'bool'>): boolean {
    return this.bytes[this.place(field)] !== 0;
  }

  number(field: FieldsOf<'byte' | 'int' | 'long'>): number {
    const place = this.place(field);
    const { bytes } = this;
    switch (MESSAGE.fields[INDEXES.get(field) as number]?.kind) {
      case BYTE:
        return ((bytes[place] as number) << 24) >> 24;
      case INT:
        return readI32(bytes, place);
      default:
        return readI32(bytes, place) * 0x1_0000_0000 + readU32(bytes, place + 4);
    }
  }

  text(field: FieldsOf<'string'>): string | null {
    const place = this.place(field);
    const { bytes } = this;
    if (bytes[place] === 0) return null;
    return readModified(bytes, place + 3, place + 3 + readU16(bytes, place + 1));
  }

  /** Puts the place of a view into `rangeStart` and `rangeEnd`. False if it is null. */
  range(field: FieldsOf<'view'>): boolean {
    const place = this.place(field);
    const isThere = this.bytes[place] !== 0;
    this.rangeStart = isThere ? place + 5 : -1;
    this.rangeEnd = isThere ? place + 5 + readU32(this.bytes, place + 1) : -1;
    return isThere;
  }

  structure(field: FieldsOf<`nested ${string}` | `cached ${string}`>): Structure | null {
    const place = this.place(field);
    return this.bytes[place] === 0 ? null : this.#reader.read(this.bytes, place + 1, this.#end);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new OpenWireError(`${length} bytes expected and ${this.#end - at} left`);
    this.#at = at + length;
    return at;
  }

  #isThere(): boolean {
    return this.bytes[this.#take(1)] !== 0;
  }

  #skip(kind: number, depth: number): void {
    switch (kind) {
      case BOOL:
      case BYTE:
        this.#take(1);
        break;
      case INT:
        this.#take(4);
        break;
      case LONG:
      case MAGIC:
        this.#take(MAGIC_BYTES.length);
        break;
      case STRING:
        if (this.#isThere()) this.#take(readU16(this.bytes, this.#take(2)));
        break;
      case BYTES:
      case VIEW:
        if (this.#isThere()) this.#take(readU32(this.bytes, this.#take(4)));
        break;
      case NESTED:
      case CACHED:
        if (this.#isThere()) this.#skipStructure(depth + 1);
        break;
      case ARRAY:
        if (this.#isThere()) this.#skipArray(depth);
        break;
      case THROWABLE:
        if (this.#isThere()) {
          this.#skip(STRING, depth);
          this.#skip(STRING, depth);
        }
        break;
      default:
        throw new Error(`field kind ${kind}`);
    }
  }

  #skipArray(depth: number): void {
    const count = readU16(this.bytes, this.#take(2));
    for (let index = 0; index < count; index++) this.#skip(NESTED, depth);
  }

  #skipStructure(depth: number): void {
    if (depth > DEPTH_MAX) throw new OpenWireError(`nests deeper than ${DEPTH_MAX}`);
    const type = this.bytes[this.#take(1)] as number;
    const plan: Plan | undefined = this.#plans.byType(type);
    if (plan === undefined) throw new OpenWireError(`unknown data type ${type}`);
    const { fields } = plan;
    for (let index = 0; index < fields.length; index++) this.#skip(fields[index]?.kind as number, depth);
  }
}
