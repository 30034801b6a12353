/**
 * StructureWriter: structures to frames, in the form that the connection has agreed on. The counterpart of reader.ts.
 *
 * A tight frame begins with bits that are known only after the last field. So fields go to one scratch buffer and
 * bits to another, and both are copied behind the size into the connection's slab. Frames are written one at a time,
 * so one pair of buffers serves the process.
 *
 * What does not fit in the format, such as a text of more than 65,535 bytes, is an OpenWireError, and nothing is
 * written.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { writeU16, writeU32, writeU64 } from '../../bytes/numbers.ts';
import type { SlabWriter } from '../../bytes/slab-writer.ts';
import { WritingCache } from './caches.ts';
import { modifiedBytes, writeModified } from './modified-utf8.ts';
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
  type Plans,
  plansOf,
  STRING,
  THROWABLE,
  VIEW,
} from './plans.ts';
import { isStoredFormat, OpenWireError, SIZE_BYTES, type WireFormat } from './protocol.ts';
import { MAGIC_BYTES } from './reader.ts';
import { ScratchBuffer } from './scratch-buffer.ts';
import { type Draft, EncodedStructure, type Throwable } from './structures.ts';

const LOOSE_STRING_BYTES_MAX = 0xffff;
const TIGHT_STRING_BYTES_MAX = 0x7ffe;
const ELEMENTS_MAX = 0x7fff;
/** What 2^63 - 1 is as a number, which rounds it up. */
const INT64_END = 2 ** 63;
/** The size, the type, and up to three bytes for the count of bits. */
const HEAD_BYTES = SIZE_BYTES + 1 + 3;
const BITS_COUNT_BYTE = 0xc0;
const BITS_COUNT_SHORT = 0x80;
const BITS_BYTES_MAX = 0x7fff;

const fields = new ScratchBuffer();
const bits = new ScratchBuffer();
const head = new Uint8Array(HEAD_BYTES);

type Fields = Readonly<Record<string, unknown>>;

export class StructureWriter {
  readonly #plans: Plans;
  readonly #isTight: boolean;
  readonly #hasStackTraces: boolean;
  readonly #cache: WritingCache | null;
  /** May what is stored be copied into frames? */
  readonly #isStoredFormat: boolean;
  /** The next bit in the last byte of `bits`. */
  #bit = 0;

  constructor(format: WireFormat) {
    this.#plans = plansOf(format.version);
    this.#isTight = format.isTight;
    this.#hasStackTraces = format.hasStackTraces;
    this.#cache = format.cacheEntries === 0 ? null : new WritingCache(format.cacheEntries);
    this.#isStoredFormat = isStoredFormat(format);
  }

  /** A whole frame. */
  write(draft: Draft, out: SlabWriter): void {
    const type = this.#encode(draft);
    out.append(head, 0, this.#writeHead(type));
    if (this.#isTight) out.append(bits.bytes, 0, bits.length);
    out.append(fields.bytes, 0, fields.length);
    fields.shrink();
  }

  /** The same in memory of its own, without the size in front. */
  encode(draft: Draft): Uint8Array {
    const type = this.#encode(draft);
    const headEnd = this.#writeHead(type);
    const headBytes = headEnd - SIZE_BYTES;
    const bitsBytes = this.#isTight ? bits.length : 0;
    const frame = new Uint8Array(headBytes + bitsBytes + fields.length);
    copyBytes(head, SIZE_BYTES, headEnd, frame, 0);
    copyBytes(bits.bytes, 0, bitsBytes, frame, headBytes);
    copyBytes(fields.bytes, 0, fields.length, frame, headBytes + bitsBytes);
    fields.shrink();
    return frame;
  }

  #encode(draft: Draft): number {
    fields.clear();
    bits.clear();
    this.#bit = 0;
    try {
      return this.#structure(draft);
    } catch (error) {
      // The peer will never see what was cached on the way.
      this.#cache?.clear();
      throw error;
    }
  }

  /** Says where the head ends. */
  #writeHead(type: number): number {
    let at = SIZE_BYTES;
    head[at++] = type;
    if (this.#isTight) {
      const count = bits.length;
      if (count > BITS_BYTES_MAX) throw new OpenWireError(`${count} bytes of bits`);
      if (count < 64) head[at++] = count;
      else if (count < 256) {
        head[at++] = BITS_COUNT_BYTE;
        head[at++] = count;
      } else {
        head[at++] = BITS_COUNT_SHORT;
        head[at++] = count >>> 8;
        head[at++] = count;
      }
    }
    writeU32(head, 0, at - SIZE_BYTES + (this.#isTight ? bits.length : 0) + fields.length);
    return at;
  }

  /** Writes the fields and says the type. */
  #structure(draft: Draft): number {
    const plan = this.#plans.byName(draft.type);
    const values = draft as unknown as Fields;
    for (const field of plan.fields) this.#field(field, values[field.name] ?? plan.template[field.name]);
    return plan.type;
  }

  #field(field: FieldPlan, value: unknown): void {
    switch (field.kind) {
      case BOOL:
        this.#bool(value as boolean);
        break;
      case BYTE:
        fields.byte(value as number);
        break;
      case INT:
        fields.int(value as number);
        break;
      case LONG:
        this.#long(value as number);
        break;
      case STRING:
        this.#string(value as string | null);
        break;
      case BYTES:
      case VIEW:
        this.#bytes(value as Uint8Array | null);
        break;
      case THROWABLE:
        this.#throwable(value as Throwable | null);
        break;
      case MAGIC:
        fields.append(MAGIC_BYTES, 0, MAGIC_BYTES.length);
        break;
      case NESTED:
        this.#nested(value as Draft | null);
        break;
      case CACHED:
        if (this.#cache === null) this.#nested(value as Draft | null);
        else this.#cached(value as Draft | null, this.#cache);
        break;
      case ARRAY:
        this.#array(value as readonly (Draft | null)[] | null);
        break;
    }
  }

  #bool(value: boolean): void {
    if (!this.#isTight) {
      fields.byte(value ? 1 : 0);
      return;
    }
    if (this.#bit === 0) bits.byte(0);
    const last = bits.length - 1;
    if (value) bits.bytes[last] = (bits.bytes[last] as number) | (1 << this.#bit);
    this.#bit = (this.#bit + 1) & 7;
  }

  #long(value: number): void {
    const isSmall = this.#isTight && value >= 0 && value < 0x1_0000_0000;
    if (this.#isTight) {
      this.#bool(!isSmall || value > 0xffff);
      this.#bool(!isSmall || (value > 0 && value <= 0xffff));
    }
    if (!isSmall) this.#wholeLong(value);
    else if (value > 0xffff) fields.int(value);
    else if (value > 0) fields.short(value);
  }

  #wholeLong(value: number): void {
    const at = fields.room(8);
    if (value < INT64_END) writeU64(fields.bytes, at, value);
    else {
      writeU32(fields.bytes, at, 0x7fff_ffff);
      writeU32(fields.bytes, at + 4, 0xffff_ffff);
    }
  }

  #string(value: string | null): void {
    this.#bool(value !== null);
    if (value === null) return;
    const length = modifiedBytes(value);
    const longest = this.#isTight ? TIGHT_STRING_BYTES_MAX : LOOSE_STRING_BYTES_MAX;
    if (length > longest) throw new OpenWireError(`a text of ${length} bytes, and ${longest} are the most`);
    if (this.#isTight) this.#bool(length === value.length);
    const at = fields.room(2 + length);
    writeU16(fields.bytes, at, length);
    writeModified(fields.bytes, at + 2, value);
  }

  #bytes(value: Uint8Array | null): void {
    this.#bool(value !== null);
    if (value === null) return;
    fields.int(value.length);
    fields.append(value, 0, value.length);
  }

  #nested(value: Draft | EncodedStructure | null): void {
    this.#bool(value !== null);
    if (value === null) return;
    if (value instanceof EncodedStructure) {
      if (!this.#isStoredFormat) throw new Error('an encoded structure in a format that is not its own');
      fields.append(value.bytes, value.start, value.end);
      return;
    }
    const plan = this.#plans.byName(value.type);
    if (plan.isMarshallAware && this.#isTight) this.#bool(false);
    fields.byte(plan.type);
    this.#structure(value);
  }

  #cached(value: Draft | null, cache: WritingCache): void {
    const key = this.#keyOf(value);
    const known = cache.find(key);
    this.#bool(known === undefined);
    const at = fields.room(2);
    // What is cached in it comes before it in tight encoding and after it in loose. Readers don't mind; Java does so.
    let position = known ?? (this.#isTight ? undefined : cache.add(key));
    if (known === undefined) this.#nested(value);
    position ??= cache.add(key);
    writeU16(fields.bytes, at, position);
  }

  /** Equal for equal structures, and for no others. */
  #keyOf(value: unknown): string {
    if (value === null || value === undefined) return '-';
    if (typeof value === 'string') return `${value.length}:${value}`;
    if (value instanceof Uint8Array) return `[${value.join()}]`;
    if (typeof value !== 'object') return `${value},`;
    const plan = this.#plans.byName((value as Draft).type);
    let key = `${plan.type}(`;
    for (const { name } of plan.fields) key += this.#keyOf((value as Fields)[name]);
    return key;
  }

  #array(value: readonly (Draft | null)[] | null): void {
    this.#bool(value !== null);
    if (value === null) return;
    if (value.length > ELEMENTS_MAX) throw new OpenWireError(`an array of ${value.length}`);
    fields.short(value.length);
    for (const element of value) this.#nested(element);
  }

  #throwable(value: Throwable | null): void {
    this.#bool(value !== null);
    if (value === null) return;
    this.#string(value.className);
    this.#string(value.message);
    if (!this.#hasStackTraces) return;
    fields.short(0);
    this.#throwable(value.cause ?? null);
  }
}
