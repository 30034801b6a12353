/**
 * Modified UTF-8, which is how Java writes text: each UTF-16 unit by itself in one to three bytes, and NUL in two.
 *
 *   U+0001 .. U+007F   0xxxxxxx
 *   U+0000, .. U+07FF  110xxxxx 10xxxxxx
 *   .. U+FFFF          1110xxxx 10xxxxxx 10xxxxxx        halves of surrogate pairs too
 *
 * It differs from UTF-8 in NUL (C0 80) and beyond U+FFFF (ED A0 .. ED BF twice) only, so text without C0 and ED is read
 * as UTF-8. Bytes that are no text are read as U+FFFD; reading can't fail.
 */
import { readText } from '../../bytes/text.ts';

const REPLACEMENT = 0xfffd;
const UNITS_AT_ONCE = 4096;

/** The text in `bytes[start, end)`; the caller has checked the bounds. */
export function readModified(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === 0xc0 || byte === 0xed) return readUnits(bytes, start, end);
  }
  return readText(bytes, start, end);
}

function readUnits(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = start; at < end; ) {
    const length = unitBytes(bytes[at] as number);
    units.push(unitAt(bytes, at, end, length));
    at += units.at(-1) === REPLACEMENT ? 1 : length;
    if (units.length === UNITS_AT_ONCE) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function unitBytes(first: number): number {
  if (first < 0x80) return 1;
  return first >= 0xe0 ? 3 : 2;
}

function unitAt(bytes: Uint8Array, at: number, end: number, length: number): number {
  const first = bytes[at] as number;
  if (length === 1) return first;
  if (first < 0xc0 || first > 0xef || at + length > end) return REPLACEMENT;
  const second = bytes[at + 1] as number;
  if ((second & 0xc0) !== 0x80) return REPLACEMENT;
  if (length === 2) return ((first & 0x1f) << 6) | (second & 0x3f);
  const third = bytes[at + 2] as number;
  return (third & 0xc0) === 0x80 ? ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f) : REPLACEMENT;
}

/** How many bytes `text` takes. */
export function modifiedBytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1;
    else if (unit === 0) bytes++;
  }
  return bytes;
}

/** Writes `text`, and says where the next byte goes. */
export function writeModified(target: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit !== 0 && unit < 0x80) target[at++] = unit;
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >>> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      target[at++] = 0xe0 | (unit >>> 12);
      target[at++] = 0x80 | ((unit >>> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}
