/**
 * Text as UTF-8 at an offset, without a view object for every string.
 *
 * Buffer's native methods take offsets and work on any Uint8Array; for a dozen characters a loop beats the call
 * (`bench/micro`). Bytes that are not UTF-8 are read as U+FFFD, and half of a surrogate pair is written as such, so
 * neither direction can fail.
 */
const LOOP_CHARACTERS_MAX = 16;

interface NativeText {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, at: number, length: number): number;
}
const { utf8Slice, utf8Write } = Buffer.prototype as unknown as NativeText;

/** The text in `bytes[start, end)`; the caller has checked the bounds. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > LOOP_CHARACTERS_MAX) return utf8Slice.call(bytes, start, end);
  let text = '';
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number;
    if (code > 0x7f) return utf8Slice.call(bytes, start, end);
    text += String.fromCharCode(code);
  }
  return text;
}

/** How many bytes `text` takes. */
export function textBytes(text: string): number {
  return isShortAscii(text) ? text.length : Buffer.byteLength(text);
}

/** Writes `text`, which takes `length` bytes, and says where the next byte goes. */
export function writeText(target: Uint8Array, at: number, text: string, length: number): number {
  if (length === text.length && length <= LOOP_CHARACTERS_MAX) {
    for (let index = 0; index < length; index++) target[at + index] = text.charCodeAt(index);
  } else {
    utf8Write.call(target, text, at, length);
  }
  return at + length;
}

function isShortAscii(text: string): boolean {
  if (text.length > LOOP_CHARACTERS_MAX) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
