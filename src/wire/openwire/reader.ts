/**
 * StructureReader: frames to structures, in the form that the connection has agreed on.
 *
 *     const reader = new StructureReader(format, limits);
 *     const structure = reader.read(bytes, start, end);         the frame without its size
 *
 * One walk over the plan serves both encodings; where they differ, the primitive knows. In tight encoding the bits of
 * the whole frame stand in front, and are taken one by one as the fields come:
 *
 *   bool, "is not null", "is new in the cache"   one bit instead of a byte
 *   string     one more bit: all ASCII           long   two bits: 0, 2, 4 or 8 bytes follow
 *
 * Everything is checked against the end of the frame, what may nest against a depth, what may be many against a
 * count. A structure may stand only where the schema has a place for it: nobody names a class here.
 */
import { copyOf } from '../../bytes/copy.ts';
import { readI32, readU16, readU32 } from '../../bytes/numbers.ts';
import { ReadingCache } from './caches.ts';
import { readModified } from './modified-utf8.ts';
import {
  ARRAY,
  BOOL,
  BYTE,
  BYTES,
  CACHED,
  type FieldPlan,
  INT,
  LONG,
  MAGIC,
  NESTED,
  type Plan,
  type Plans,
  plansOf,
  STRING,
  THROWABLE,
  VIEW,
} from './plans.ts';
import { type DecodingLimits, NOT_CACHED, NULL_TYPE, OpenWireError, type WireFormat } from './protocol.ts';
import type { Structure, Throwable } from './structures.ts';

const NOTHING = new Uint8Array(0);
const BITS_COUNT_BYTE = 0xc0;
const BITS_COUNT_SHORT = 0x80;

export const MAGIC_BYTES: Uint8Array = new TextEncoder().encode('ActiveMQ');

export class StructureReader {
  readonly #plans: Plans;
  readonly #limits: DecodingLimits;
  readonly #isTight: boolean;
  readonly #hasStackTraces: boolean;
  readonly #cache: ReadingCache | null;

  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  #depth = 0;
  #elements = 0;
  /** The byte of the next bit, the bit in it, and the first byte behind all of them. */
  #bitsAt = 0;
  #bit = 0;
  #bitsEnd = 0;

  constructor(format: WireFormat, limits: DecodingLimits) {
    this.#plans = plansOf(format.version);
    this.#limits = limits;
    this.#isTight = format.isTight;
    this.#hasStackTraces = format.hasStackTraces;
    this.#cache = format.cacheEntries === 0 ? null : new ReadingCache(format.cacheEntries, limits.cacheBytesMax);
  }

  /** Null for a frame that holds nothing. Bytes behind the last field are ignored, as Java does. */
  read(bytes: Uint8Array, start: number, end: number): Structure | null {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#depth = 0;
    this.#elements = 0;
    try {
      const type = this.#byte() & 0xff;
      if (type === NULL_TYPE) return null;
      const plan = this.#planOf(type);
      if (this.#isTight) this.#openBits();
      return this.#structure(plan);
    } finally {
      this.#bytes = NOTHING;
    }
  }

  #planOf(type: number): Plan {
    const plan = this.#plans.byType(type);
    if (plan === undefined) throw new OpenWireError(`unknown data type ${type}`);
    return plan;
  }

  #structure(plan: Plan): Structure {
    if (++this.#depth > this.#limits.depthMax) throw new OpenWireError(`nests deeper than ${this.#limits.depthMax}`);
    const value: Record<string, unknown> = { ...plan.template };
    for (const field of plan.fields) value[field.name] = this.#field(field);
    this.#depth--;
    return value as unknown as Structure;
  }

  #field(field: FieldPlan): unknown {
    switch (field.kind) {
      case BOOL:
        return this.#bool();
      case BYTE:
        return this.#byte();
      case INT:
        return readI32(this.#bytes, this.#take(4));
      case LONG:
        return this.#isTight ? this.#tightLong() : this.#long();
      case STRING:
        return this.#string();
      case BYTES:
        return this.#slice(true);
      case VIEW:
        return this.#slice(false);
      case THROWABLE:
        return this.#throwable(0);
      case MAGIC:
        return this.#magic();
      case NESTED:
        return this.#nested(field);
      case CACHED:
        return this.#cache === null ? this.#nested(field) : this.#cached(field, this.#cache);
      case ARRAY:
        return this.#array(field);
      default:
        throw new Error(`field kind ${field.kind}`);
    }
  }

  /** The place of the next `length` bytes, which are passed over. */
  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new OpenWireError(`${length} bytes expected and ${this.#end - at} left`);
    this.#at = at + length;
    return at;
  }

  #byte(): number {
    return ((this.#bytes[this.#take(1)] as number) << 24) >> 24;
  }

  #short(): number {
    return (readU16(this.#bytes, this.#take(2)) << 16) >> 16;
  }

  #long(): number {
    const at = this.#take(8);
    return readI32(this.#bytes, at) * 0x1_0000_0000 + readU32(this.#bytes, at + 4);
  }

  #tightLong(): number {
    const isLarge = this.#bool();
    const isLarger = this.#bool();
    if (isLarge) return isLarger ? this.#long() : readU32(this.#bytes, this.#take(4));
    return isLarger ? readU16(this.#bytes, this.#take(2)) : 0;
  }

  #bool(): boolean {
    return this.#isTight ? this.#nextBit() : this.#byte() !== 0;
  }

  #openBits(): void {
    let count = this.#byte() & 0xff;
    if (count === BITS_COUNT_BYTE) count = this.#byte() & 0xff;
    else if (count === BITS_COUNT_SHORT) count = readU16(this.#bytes, this.#take(2));
    this.#bitsAt = this.#take(count);
    this.#bitsEnd = this.#at;
    this.#bit = 0;
  }

  #nextBit(): boolean {
    if (this.#bitsAt === this.#bitsEnd) throw new OpenWireError('more bits expected than there are');
    const isSet = ((this.#bytes[this.#bitsAt] as number) & (1 << this.#bit)) !== 0;
    if (++this.#bit === 8) {
      this.#bit = 0;
      this.#bitsAt++;
    }
    return isSet;
  }

  /** A tight string says whether it is ASCII, which saves Java a look; to us it is the same. */
  #string(): string | null {
    if (!this.#bool()) return null;
    if (this.#isTight) this.#nextBit();
    const length = readU16(this.#bytes, this.#take(2));
    const at = this.#take(length);
    return readModified(this.#bytes, at, at + length);
  }

  #slice(isCopied: boolean): Uint8Array | null {
    if (!this.#bool()) return null;
    const length = readU32(this.#bytes, this.#take(4));
    const at = this.#take(length);
    return isCopied ? copyOf(this.#bytes, at, at + length) : this.#bytes.subarray(at, at + length);
  }

  #magic(): null {
    const at = this.#take(MAGIC_BYTES.length);
    for (let index = 0; index < MAGIC_BYTES.length; index++) {
      if (this.#bytes[at + index] !== MAGIC_BYTES[index]) throw new OpenWireError('the magic word is missing');
    }
    return null;
  }

  #nested(field: FieldPlan): Structure | null {
    if (!this.#bool()) return null;
    const type = this.#byte() & 0xff;
    const plan = this.#planOf(type);
    if (field.members?.has(type) !== true) throw new OpenWireError(`${plan.name} can't stand in ${field.name}`);
    if (plan.isMarshallAware && this.#isTight && this.#nextBit()) return this.#separate(plan);
    return this.#structure(plan);
  }

  /** A message with a size, a type and bits of its own: a form that was meant for keeping them encoded. */
  #separate(plan: Plan): Structure {
    this.#take(4);
    if ((this.#byte() & 0xff) !== plan.type) throw new OpenWireError(`${plan.name} says that it is something else`);
    const at = this.#bitsAt;
    const bit = this.#bit;
    const end = this.#bitsEnd;
    this.#openBits();
    const structure = this.#structure(plan);
    this.#bitsAt = at;
    this.#bit = bit;
    this.#bitsEnd = end;
    return structure;
  }

  #cached(field: FieldPlan, cache: ReadingCache): Structure | null {
    const isNew = this.#bool();
    const position = this.#short();
    if (!isNew) return this.#fitting(field, cache.get(position));
    const from = this.#at;
    const structure = this.#nested(field);
    if (position !== NOT_CACHED) cache.set(position, structure, this.#at - from);
    return structure;
  }

  /** What was cached in another place need not fit in this one. */
  #fitting(field: FieldPlan, structure: Structure | null): Structure | null {
    if (structure === null || field.members?.has(this.#plans.byName(structure.type).type) === true) return structure;
    throw new OpenWireError(`${structure.type} can't stand in ${field.name}`);
  }

  #array(field: FieldPlan): (Structure | null)[] | null {
    if (!this.#bool()) return null;
    const count = this.#short();
    this.#expect(count);
    const structures: (Structure | null)[] = [];
    for (let index = 0; index < count; index++) structures.push(this.#nested(field));
    return structures;
  }

  #expect(count: number): void {
    if (count < 0) throw new OpenWireError(`a count of ${count}`);
    this.#elements += count;
    const { elementsMax } = this.#limits;
    if (this.#elements > elementsMax) throw new OpenWireError(`more than ${elementsMax} elements`);
  }

  #throwable(depth: number): Throwable | null {
    if (!this.#bool()) return null;
    if (depth === this.#limits.depthMax) throw new OpenWireError(`nests deeper than ${this.#limits.depthMax}`);
    const className = this.#string();
    const message = this.#string();
    if (!this.#hasStackTraces) return { className, message, cause: null };
    const count = this.#short();
    this.#expect(count);
    for (let index = 0; index < count; index++) {
      this.#string();
      this.#string();
      this.#string();
      this.#take(4);
    }
    return { className, message, cause: this.#throwable(depth + 1) };
  }
}
