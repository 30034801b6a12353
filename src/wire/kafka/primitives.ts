/**
 * How a value of each kind lies on the wire: closures that read, measure and write it.
 *
 *     classic    string [int16 length][utf-8]    bytes, records [int32 length][...]    array [int32 count][...]
 *     compact    the same with a uvarint of length + 1, so that 0 is null              (flexible versions)
 *
 * Made once for each field of each version (codec.ts), not for each message.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readText, textBytes, writeText } from '../../bytes/text.ts';
import { uvarintBytes } from '../../bytes/varint.ts';
import type { WireReader } from './reader.ts';
import type { ByteRange, ByteSource, Kind, Records } from './schema.ts';
import type { WireWriter } from './writer.ts';

/** One field's or struct's way over the wire, for one version. `T` is trusted: the schema's types have checked it. */
export interface Codec<T> {
  readonly read: (reader: WireReader) => T;
  /** Exactly how many bytes `write` will write. */
  readonly size: (value: T) => number;
  readonly write: (writer: WireWriter, value: T) => void;
  /** No value takes fewer bytes. */
  readonly bytesMin: number;
  /** All values take `bytesMin`. */
  readonly isFixed: boolean;
}

/** How a length or count is written. */
export interface LengthCodec {
  /** The length, or -1 for null. */
  readonly read: (reader: WireReader) => number;
  readonly size: (length: number) => number;
  readonly write: (writer: WireWriter, length: number) => void;
  readonly bytesMin: number;
}

const INT16_LENGTH_MAX = 0x7fff;

function classicLength(reader: WireReader, length: number): number {
  if (length < -1) reader.fail(`a length of ${length}`);
  return length;
}

const int16Length: LengthCodec = {
  read: (reader) => classicLength(reader, reader.int16()),
  size: (length) => {
    if (length > INT16_LENGTH_MAX) throw new Error(`a string of ${length} bytes has no int16 length`);
    return 2;
  },
  write: (writer, length) => writer.int16(length),
  bytesMin: 2,
};
const int32Length: LengthCodec = {
  read: (reader) => classicLength(reader, reader.int32()),
  size: () => 4,
  write: (writer, length) => writer.int32(length),
  bytesMin: 4,
};
const compactLength: LengthCodec = {
  read: (reader) => reader.uvarint() - 1,
  size: (length) => uvarintBytes(length + 1),
  write: (writer, length) => writer.uvarint(length + 1),
  bytesMin: 1,
};

export function lengthCodec(kind: Kind, flexible: boolean): LengthCodec {
  if (flexible) return compactLength;
  return kind === 'string' ? int16Length : int32Length;
}

function fixed<T>(
  bytesMin: number,
  read: (reader: WireReader) => T,
  write: (writer: WireWriter, value: T) => void,
): Codec<T> {
  return { read, size: () => bytesMin, write, bytesMin, isFixed: true };
}

const NO_UUID = '00000000000000000000000000000000';
const hexSlice = (Buffer.prototype as unknown as { hexSlice(this: Uint8Array, start: number, end: number): string })
  .hexSlice;

function readUuid(reader: WireReader): string {
  const at = reader.take(16);
  const text = hexSlice.call(reader.bytes, at, at + 16);
  return text === NO_UUID ? '' : text;
}

function writeUuid(writer: WireWriter, value: string): void {
  const { bytes, at } = writer;
  for (let index = 0; index < 16; index++) {
    bytes[at + index] = (hexDigit(value.charCodeAt(index * 2)) << 4) | hexDigit(value.charCodeAt(index * 2 + 1));
  }
  writer.at = at + 16;
}

/** The digit's value; of what is behind the end of an empty id, 0. */
function hexDigit(code: number): number {
  return code > 0x60 ? code - 0x57 : code & 15;
}

const SCALARS = {
  bool: fixed<boolean>(
    1,
    (reader) => reader.int8() !== 0,
    (writer, value) => writer.int8(value ? 1 : 0),
  ),
  int8: fixed<number>(
    1,
    (reader) => reader.int8(),
    (writer, value) => writer.int8(value),
  ),
  int16: fixed<number>(
    2,
    (reader) => reader.int16(),
    (writer, value) => writer.int16(value),
  ),
  int32: fixed<number>(
    4,
    (reader) => reader.int32(),
    (writer, value) => writer.int32(value),
  ),
  int64: fixed<number>(
    8,
    (reader) => reader.int64(),
    (writer, value) => writer.int64(value),
  ),
  uuid: fixed<string>(16, readUuid, writeUuid),
} as const satisfies Partial<Record<Kind, unknown>>;

/** The codec of a kind that is not made of others. */
export function primitiveCodec(
  name: string,
  kind: Exclude<Kind, 'array' | 'struct'>,
  flexible: boolean,
  nullable: boolean,
): unknown {
  switch (kind) {
    case 'string':
      return stringCodec(name, lengthCodec(kind, flexible), nullable);
    case 'bytes':
      return sized(name, lengthCodec(kind, flexible), nullable, copyOut, lengthOf, writeRecords);
    case 'records':
      return sized<ByteRange, Records>(name, lengthCodec(kind, flexible), nullable, rangeOf, lengthOf, writeRecords);
    default:
      return SCALARS[kind];
  }
}

function stringCodec(name: string, length: LengthCodec, nullable: boolean): Codec<string | null> {
  return sized(
    name,
    length,
    nullable,
    (reader, at, end) => readText(reader.bytes, at, end),
    textBytes,
    (writer, value, bytes) => {
      writer.at = writeText(writer.bytes, writer.at, value, bytes);
    },
  );
}

/** Something with a length in front, which may be null. */
function sized<Read extends Written, Written>(
  name: string,
  length: LengthCodec,
  nullable: boolean,
  read: (reader: WireReader, at: number, end: number) => Read,
  measure: (value: Written) => number,
  write: (writer: WireWriter, value: Written, bytes: number) => void,
): Codec<Read | null> {
  return {
    read: (reader) => {
      const bytes = length.read(reader);
      if (bytes >= 0) {
        const at = reader.take(bytes);
        return read(reader, at, at + bytes);
      }
      return nullable ? null : reader.fail(`${name} is null`);
    },
    size: (value) => {
      if (value === null) return nullable ? length.size(-1) : refuseNull(name);
      const bytes = measure(value);
      return length.size(bytes) + bytes;
    },
    write: (writer, value) => {
      if (value === null) {
        length.write(writer, -1);
        return;
      }
      const bytes = measure(value);
      length.write(writer, bytes);
      write(writer, value, bytes);
    },
    bytesMin: length.bytesMin,
    isFixed: false,
  };
}

/** A mistake of ours, not of a peer. */
export function refuseNull(name: string): never {
  throw new Error(`${name} can't be null in this version`);
}

function copyOut(reader: WireReader, at: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - at);
  copyBytes(reader.bytes, at, end, copy, 0);
  return copy;
}

function rangeOf(reader: WireReader, start: number, end: number): ByteRange {
  return { bytes: reader.bytes, start, end };
}

function lengthOf(value: Records): number {
  return 'length' in value ? value.length : value.end - value.start;
}

function writeRecords(writer: WireWriter, value: Records, length: number): void {
  const { bytes, at } = writer;
  if (value instanceof Uint8Array) copyBytes(value, 0, length, bytes, at);
  else if ('write' in value) (value as ByteSource).write(bytes, at);
  else copyBytes(value.bytes, value.start, value.end, bytes, at);
  writer.at = at + length;
}
