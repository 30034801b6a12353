/**
 * Bodies of messages: what the `content` of each kind is.
 *
 *   TextMessage     [length int32][modified UTF-8]        length -1: none
 *   BytesMessage    the bytes
 *   MapMessage      a primitive map
 *   StreamMessage   primitive values, one after the other
 *   ObjectMessage   a serialised Java object: opaque, and never opened
 *
 * `compressed` content is deflated as a whole; that of a BytesMessage has the length of the body in front. A broker
 * passes bodies on as they are and opens them for readers of other languages only.
 */
import { inflateSync } from 'node:zlib';
import { readU32 } from '../../bytes/numbers.ts';
import {
  defaultPrimitiveLimits,
  type PrimitiveLimits,
  PrimitiveReader,
  PrimitiveWriter,
  type Table,
  type Value,
} from './primitives.ts';
import { OpenWireError } from './protocol.ts';

const LENGTH_BYTES = 4;
/** How much larger than its content a buffer of Java may be. */
const SURPLUS_FACTOR = 2;
const SURPLUS_BYTES = 4096;

/** The content of a compressed message as it was before, if that is at most `bytesMax` bytes. */
export function inflated(content: Uint8Array, isBytesMessage: boolean, bytesMax: number): Uint8Array {
  if (!isBytesMessage) return inflatedWhole(content, bytesMax);
  if (content.length < LENGTH_BYTES) throw new OpenWireError('a compressed body without its length');
  const length = readU32(content, 0);
  if (length > bytesMax) throw new OpenWireError(`a body of ${length} bytes, and ${bytesMax} are the most`);
  // Java deflates its whole buffer, which is larger than what is in it.
  const whole = inflatedWhole(content.subarray(LENGTH_BYTES), SURPLUS_FACTOR * bytesMax + SURPLUS_BYTES);
  if (whole.length < length) throw new OpenWireError(`a body of ${length} bytes of which ${whole.length} are there`);
  return whole.subarray(0, length);
}

function inflatedWhole(deflated: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return inflateSync(deflated, { maxOutputLength: bytesMax });
  } catch (error) {
    throw new OpenWireError(`a compressed body that can't be inflated: ${(error as Error).message}`);
  }
}

export function readTextBody(content: Uint8Array): string | null {
  return new PrimitiveReader(content, 0, content.length, defaultPrimitiveLimits).longText();
}

export function writeTextBody(text: string): Uint8Array {
  const writer = new PrimitiveWriter();
  writer.longText(text);
  return writer.finish();
}

/** Also the `marshalledProperties` of a message. */
export function writeMap(map: ReadonlyMap<string, Value>): Uint8Array {
  const writer = new PrimitiveWriter();
  writer.map(map);
  return writer.finish();
}

export function readMap(content: Uint8Array, limits: PrimitiveLimits = defaultPrimitiveLimits): Table {
  return new PrimitiveReader(content, 0, content.length, limits).map() ?? new Map();
}

export function readStreamBody(content: Uint8Array, limits: PrimitiveLimits = defaultPrimitiveLimits): Value[] {
  const reader = new PrimitiveReader(content, 0, content.length, limits);
  const values: Value[] = [];
  while (!reader.isAtEnd) {
    if (values.length === limits.primitivesMax) throw new OpenWireError(`more than ${limits.primitivesMax} values`);
    values.push(reader.value());
  }
  return values;
}

export function writeStreamBody(values: readonly Value[]): Uint8Array {
  const writer = new PrimitiveWriter();
  for (const value of values) writer.value(value);
  return writer.finish();
}
