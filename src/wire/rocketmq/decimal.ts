/**
 * Decimal numbers as ASCII digits at an offset: every number of a command's ext fields, and much in properties.
 */
import { readText } from '../../bytes/text.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
/** So many digits are exact whatever they are. */
const EXACT_DIGITS = 15;
/** Of 2^63, without a sign. */
const LONG_DIGITS = 19;
const LONG_MAX = '9223372036854775807';
const LONG_MIN = '9223372036854775808';
const powers = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** The number in `bytes[start, end)`, or NaN for what is none. Beyond 2^53 the lowest bits are lost. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start];
  const at = start < end && (sign === MINUS || sign === PLUS) ? start + 1 : start;
  if (at === end) return Number.NaN;
  let value = 0;
  for (let place = at; place < end; place++) {
    const digit = (bytes[place] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) value = Number(readText(bytes, at, end));
  return sign === MINUS && value !== 0 ? -value : value;
}

/** Is this number, which `readDecimal` has read, one that 64 bits hold? Asked for large ones only. */
export function isLongText(bytes: Uint8Array, start: number, end: number): boolean {
  const value = readDecimal(bytes, start, end);
  if (Number.isNaN(value)) return false;
  const isNegative = bytes[start] === MINUS;
  let at = isNegative || bytes[start] === PLUS ? start + 1 : start;
  while (at < end && bytes[at] === ZERO) at++;
  if (end - at !== LONG_DIGITS) return end - at < LONG_DIGITS;
  return readText(bytes, at, end) <= (isNegative ? LONG_MIN : LONG_MAX);
}

/** Writes an integer and says where the next byte goes. At most 20 bytes. */
export function writeDecimal(target: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    target[at++] = MINUS;
    value = -value;
  }
  if (!(value < (powers[EXACT_DIGITS] as number))) return writeLarge(target, at, value);
  let digits = 1;
  while (value >= (powers[digits] as number)) digits++;
  const end = at + digits;
  let place = end;
  while (value > 0x7fff_ffff) {
    const rest = Math.floor(value / 10);
    target[--place] = ZERO + (value - rest * 10);
    value = rest;
  }
  while (place > at) {
    const rest = (value / 10) | 0;
    target[--place] = ZERO + (value - rest * 10);
    value = rest;
  }
  return end;
}

/** 2^63 stands for the largest number of 64 bits, which a `number` can't hold. */
function writeLarge(target: Uint8Array, at: number, value: number): number {
  const text = value >= 2 ** 63 ? LONG_MAX : BigInt(value).toString();
  for (let index = 0; index < text.length; index++) target[at++] = text.charCodeAt(index);
  return at;
}
