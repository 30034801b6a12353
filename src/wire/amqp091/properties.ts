/**
 * Content headers: the header frame between a method and its body.
 *
 *     [class u16][weight u16 = 0][body size u64][flags u16][properties whose flag is set, in the order of the schema]
 *
 * A broker needs five of the fourteen properties to route a message and none as an object, so `HeaderScan` walks over
 * the bytes once and notes the few numbers and the places. Whole properties are decoded for readers of other
 * languages only.
 */
import { readU16, readU32 } from '../../bytes/numbers.ts';
import { CLASS_BASIC, FRAME_END, FRAME_HEADER, REPLY, WireError } from './constants.ts';
import { writeFrameHead } from './framer.ts';
import { type FieldValues, readField, writeField } from './methods.ts';
import { PROPERTIES, type PropertyName } from './schema.ts';
import { type FieldReader, FieldWriter } from './values.ts';

export type Properties = { [P in PropertyName]?: FieldValues[(typeof PROPERTIES)[P]] };

/** Class, weight, size and flags. */
export const HEADER_BYTES_MIN = 14;
const MORE_FLAGS = 1;

const FLAG_CONTENT_TYPE = 0x8000;
const FLAG_CONTENT_ENCODING = 0x4000;
const FLAG_HEADERS = 0x2000;
const FLAG_DELIVERY_MODE = 0x1000;
const FLAG_PRIORITY = 0x0800;
const FLAG_CORRELATION_ID = 0x0400;
const FLAG_REPLY_TO = 0x0200;
const FLAG_EXPIRATION = 0x0100;
const FLAG_MESSAGE_ID = 0x0080;
const FLAG_TIMESTAMP = 0x0040;
const FLAG_TYPE = 0x0020;
const FLAG_USER_ID = 0x0010;
const FLAG_APP_ID = 0x0008;
const FLAG_CLUSTER_ID = 0x0004;

/** What one walk over a header's payload finds. Places are offsets in the bytes walked over, 0 for what is absent. */
export class HeaderScan {
  classId = 0;
  bodyBytes = 0;
  flags = 0;
  persistent = false;
  priority = 0;
  /** The headers table, with its length in front. */
  headersAt = 0;
  /** Short strings, with their length octet in front. */
  replyToAt = 0;
  expirationAt = 0;
  userIdAt = 0;
  timestampAt = 0;

  /** Walks over `bytes[at, end)`; a property that ends beyond it is a WireError. */
  scan(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < HEADER_BYTES_MIN) throw new WireError(REPLY.frameError, 'header frame is too short');
    this.classId = readU16(bytes, at);
    this.bodyBytes = readU32(bytes, at + 4) * 0x1_0000_0000 + readU32(bytes, at + 8);
    const flags = readU16(bytes, at + 12);
    this.flags = flags;
    this.persistent = false;
    this.priority = 0;
    this.headersAt = 0;
    this.replyToAt = 0;
    this.expirationAt = 0;
    this.userIdAt = 0;
    this.timestampAt = 0;
    at += HEADER_BYTES_MIN;
    if (flags === 0) return;
    if ((flags & MORE_FLAGS) !== 0) throw new WireError(REPLY.syntaxError, 'there is no fifteenth property');
    if ((flags & FLAG_CONTENT_TYPE) !== 0) at = overShort(bytes, at, end);
    if ((flags & FLAG_CONTENT_ENCODING) !== 0) at = overShort(bytes, at, end);
    if ((flags & FLAG_HEADERS) !== 0) {
      this.headersAt = at;
      if (at + 4 > end) throw tooShort();
      at += 4 + readU32(bytes, at);
    }
    if ((flags & FLAG_DELIVERY_MODE) !== 0) this.persistent = bytes[at++] === 2;
    if ((flags & FLAG_PRIORITY) !== 0) this.priority = bytes[at++] as number;
    if (at > end) throw tooShort();
    if ((flags & FLAG_CORRELATION_ID) !== 0) at = overShort(bytes, at, end);
    if ((flags & FLAG_REPLY_TO) !== 0) {
      this.replyToAt = at;
      at = overShort(bytes, at, end);
    }
    if ((flags & FLAG_EXPIRATION) !== 0) {
      this.expirationAt = at;
      at = overShort(bytes, at, end);
    }
    if ((flags & FLAG_MESSAGE_ID) !== 0) at = overShort(bytes, at, end);
    if ((flags & FLAG_TIMESTAMP) !== 0) {
      this.timestampAt = at;
      at += 8;
      if (at > end) throw tooShort();
    }
    if ((flags & FLAG_TYPE) !== 0) at = overShort(bytes, at, end);
    if ((flags & FLAG_USER_ID) !== 0) {
      this.userIdAt = at;
      at = overShort(bytes, at, end);
    }
    if ((flags & FLAG_APP_ID) !== 0) at = overShort(bytes, at, end);
    if ((flags & FLAG_CLUSTER_ID) !== 0) overShort(bytes, at, end);
  }
}

function overShort(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) throw tooShort();
  const after = at + 1 + (bytes[at] as number);
  if (after > end) throw tooShort();
  return after;
}

function tooShort(): WireError {
  return new WireError(REPLY.syntaxError, 'a property ends beyond its frame');
}

const names = Object.keys(PROPERTIES) as PropertyName[];

/** All properties of a header's payload; the reader stands at its class id. */
export function decodeProperties(reader: FieldReader): Properties {
  reader.take(12);
  const flags = reader.short();
  const properties: Partial<Record<PropertyName, unknown>> = {};
  for (const [index, name] of names.entries()) {
    if ((flags & (0x8000 >>> index)) !== 0) properties[name] = readField(reader, PROPERTIES[name]);
  }
  return properties as Properties;
}

/** A whole header frame; properties that are undefined are left out. */
export function encodeHeaderFrame(channel: number, bodyBytes: number, properties: Properties): Uint8Array {
  const writer = new FieldWriter();
  writer.at = 7;
  writer.short(CLASS_BASIC);
  writer.short(0);
  writer.longlong(bodyBytes);
  let flags = 0;
  for (const [index, name] of names.entries()) if (properties[name] !== undefined) flags |= 0x8000 >>> index;
  writer.short(flags);
  for (const name of names) if (properties[name] !== undefined) writeField(writer, PROPERTIES[name], properties[name]);
  writer.octet(FRAME_END);
  const frame = writer.finish();
  writeFrameHead(frame, 0, FRAME_HEADER, channel, frame.length - 8);
  return frame;
}
