/**
 * The ids by which clients name messages.
 *
 *     offset id     [IPv4 4 or IPv6 16][port int32][physical offset int64]        32 or 56 hexadecimal digits
 *     unique key    [IPv4 4 or IPv6 16][process 2][hash 4][ms of the month 4][counter 2]     32 or 56 digits
 *     v5 id         [1][MAC 6][process 2][seconds since 2021 4][counter 4]        34 digits
 *
 * The broker makes offset ids; clients take them apart: they connect to that address to view the message, and send the
 * offset back to end a transaction. So what stands there must go on leading to the message. Unique keys and v5 ids are
 * made by clients.
 */
import { readU16, readU32, readU64 } from '../../bytes/numbers.ts';
import { bytesOfHex, writeHex, writeHexU32, writeHexU64 } from './hexadecimal.ts';
import { type Host, IPV4_BYTES, IPV6_BYTES } from './host.ts';
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

const PORT_BYTES = 4;
const OFFSET_BYTES = 8;
const UNIQUE_KEY_REST_BYTES = 12;
const V5_ID_BYTES = 17;
const V5_ID_VERSION = 1;
const V5_EPOCH_MS = Date.UTC(2021, 0, 1);

export interface OffsetId {
  readonly host: Host;
  /** Exact up to 2^53. */
  readonly physicalOffset: number;
}

/** How many characters the ids of this host have. */
export function offsetIdCharacters(host: Host): number {
  return (host.address.length + PORT_BYTES + OFFSET_BYTES) * 2;
}

/** Writes the id of a message as text and says where the next byte goes. */
export function writeOffsetId(target: Uint8Array, at: number, host: Host, physicalOffset: number): number {
  const portAt = writeHex(target, at, host.address);
  return writeHexU64(target, writeHexU32(target, portAt, host.port), physicalOffset);
}

/** The same of a physical offset in two halves of 32 bits, exact whatever it is. */
export function writeOffsetIdOfHalves(target: Uint8Array, at: number, host: Host, high: number, low: number): number {
  const portAt = writeHex(target, at, host.address);
  return writeHexU32(target, writeHexU32(target, writeHexU32(target, portAt, host.port), high), low);
}

export function offsetId(host: Host, physicalOffset: number): string {
  const bytes = Buffer.alloc(offsetIdCharacters(host));
  writeOffsetId(bytes, 0, host, physicalOffset);
  return bytes.toString('latin1');
}

export function parseOffsetId(id: string): OffsetId {
  const bytes = bytesOfHex(id);
  const addressBytes = (bytes?.length ?? 0) - PORT_BYTES - OFFSET_BYTES;
  if (bytes === null || (addressBytes !== IPV4_BYTES && addressBytes !== IPV6_BYTES))
    throw new RocketmqWireError(`"${id.slice(0, 80)}" is no message id`, RESPONSE.INVALID_PARAMETER);
  const host = { address: bytes.slice(0, addressBytes), port: readU32(bytes, addressBytes) };
  return { host, physicalOffset: readU64(bytes, addressBytes + PORT_BYTES) };
}

/** What a unique key says about its maker. */
export interface UniqueKey {
  readonly address: Uint8Array;
  readonly processId: number;
  readonly hash: number;
  /** Counted from the beginning of the client's month, in the client's time zone. */
  readonly msOfMonth: number;
  readonly counter: number;
}

/** Takes a unique key apart; null for a text that is none, since producers may put there what they like. */
export function parseUniqueKey(key: string): UniqueKey | null {
  const bytes = bytesOfHex(key);
  const addressBytes = (bytes?.length ?? 0) - UNIQUE_KEY_REST_BYTES;
  if (bytes === null || (addressBytes !== IPV4_BYTES && addressBytes !== IPV6_BYTES)) return null;
  return {
    address: bytes.slice(0, addressBytes),
    processId: readU16(bytes, addressBytes),
    hash: readU32(bytes, addressBytes + 2),
    msOfMonth: readU32(bytes, addressBytes + 6),
    counter: readU16(bytes, addressBytes + 10),
  };
}

/** A unique key for a message that came without. */
export function uniqueKey({ address, processId, hash, msOfMonth, counter }: UniqueKey): string {
  const bytes = Buffer.alloc((address.length + UNIQUE_KEY_REST_BYTES) * 2);
  let at = writeHex(bytes, 0, address);
  at = writeHexU32(bytes, at, ((processId & 0xffff) << 16) | ((hash >>> 16) & 0xffff));
  at = writeHexU32(bytes, at, ((hash & 0xffff) << 16) | ((msOfMonth >>> 16) & 0xffff));
  writeHexU32(bytes, at, ((msOfMonth & 0xffff) << 16) | (counter & 0xffff));
  return bytes.toString('latin1');
}

/**
 * When a unique key or a v5 id was made; null if the text is neither. A unique key does not say in which month: it is
 * the last one in which that moment is not in the future. `utcOffsetMs` is the client's time zone, as far as one knows
 * it.
 */
export function messageIdTimeMs(id: string, nowMs: number, utcOffsetMs = 0): number | null {
  const bytes = id.length === V5_ID_BYTES * 2 ? bytesOfHex(id) : null;
  if (bytes !== null && bytes[0] === V5_ID_VERSION) return V5_EPOCH_MS + readU32(bytes, 9) * 1000;
  const key = parseUniqueKey(id);
  if (key === null) return null;
  const now = new Date(nowMs + utcOffsetMs);
  const inMonth = (month: number) => Date.UTC(now.getUTCFullYear(), month, 1) - utcOffsetMs + key.msOfMonth;
  const inThisMonth = inMonth(now.getUTCMonth());
  return inThisMonth < nowMs ? inThisMonth : inMonth(now.getUTCMonth() - 1);
}
