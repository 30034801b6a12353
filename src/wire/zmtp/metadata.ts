/**
 * Metadata: the properties in READY and INITIATE.
 *
 *     [name length 1][name][value length 4][value] ...
 *
 * Names are compared without regard to case. How many there may be is limited; how long they are together is limited
 * by the command that they are in.
 */
import { copyOf } from '../../bytes/copy.ts';
import { readU32, writeU32 } from '../../bytes/numbers.ts';
import { readText, textBytes, writeText } from '../../bytes/text.ts';
import { ZmtpError } from './constants.ts';
import { PROPERTIES_MAX } from './limits.ts';

/** By names in lower case, whatever case the peer wrote them in. */
export type Properties = ReadonlyMap<string, Uint8Array>;

export interface Property {
  readonly name: string;
  readonly value: Uint8Array;
}

export function metadataBytes(properties: readonly Property[]): number {
  return properties.reduce((total, { name, value }) => total + 5 + textBytes(name) + value.length, 0);
}

/** Writes them at `at` and says where the next byte goes. */
export function writeMetadata(target: Uint8Array, at: number, properties: readonly Property[]): number {
  for (const { name, value } of properties) {
    const length = textBytes(name);
    target[at] = length;
    at = writeText(target, at + 1, name, length);
    writeU32(target, at, value.length);
    target.set(value, at + 4);
    at += 4 + value.length;
  }
  return at;
}

export function readMetadata(bytes: Uint8Array, at: number, end: number): Properties {
  const properties = new Map<string, Uint8Array>();
  while (at < end) {
    const nameEnd = at + 1 + (bytes[at] as number);
    if (nameEnd === at + 1 || nameEnd + 4 > end) throw malformed('a name is empty or cut off');
    const name = readText(bytes, at + 1, nameEnd).toLowerCase();
    const length = readU32(bytes, nameEnd);
    at = nameEnd + 4;
    if (length > end - at) throw malformed(`the value of ${name} is cut off`);
    if (properties.size === PROPERTIES_MAX) throw malformed(`more than ${PROPERTIES_MAX} properties`);
    properties.set(name, copyOf(bytes, at, at + length));
    at += length;
  }
  return properties;
}

function malformed(why: string): ZmtpError {
  return new ZmtpError('ERR_ZMTP_INVALID_METADATA', `bad metadata: ${why}`);
}
