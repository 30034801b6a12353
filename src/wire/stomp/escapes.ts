/**
 * Escapes in header names and values: what would end a name or a line is written with a backslash.
 *
 *   1.0         none
 *   1.1         \n line feed    \c colon    \\ backslash
 *   1.2         and \r carriage return
 *
 * Any other escape is an error. Reading works on bytes, because all of this is ASCII.
 */
import { copyOf } from '../../bytes/copy.ts';
import { readText } from '../../bytes/text.ts';
import { BACKSLASH, CARRIAGE_RETURN, COLON, LINE_FEED, StompError, type StompVersion } from './protocol.ts';

const LETTER_C = 99;
const LETTER_N = 110;
const LETTER_R = 114;

/** What the letter behind a backslash stands for, or -1. */
export function escapedCode(letter: number | undefined, version: StompVersion): number {
  switch (letter) {
    case LETTER_N:
      return LINE_FEED;
    case LETTER_C:
      return COLON;
    case BACKSLASH:
      return BACKSLASH;
    case LETTER_R:
      return version === '1.2' ? CARRIAGE_RETURN : -1;
    default:
      return -1;
  }
}

/** The letter that stands for a byte behind a backslash, or 0 if the byte may stand for itself. */
export function letterFor(code: number, version: StompVersion): number {
  switch (code) {
    case LINE_FEED:
      return LETTER_N;
    case COLON:
      return LETTER_C;
    case BACKSLASH:
      return BACKSLASH;
    case CARRIAGE_RETURN:
      return version === '1.2' ? LETTER_R : 0;
    default:
      return 0;
  }
}

/** Throws if there is an escape in `bytes[start, end)` that the version does not know. */
export function checkEscapes(bytes: Uint8Array, start: number, end: number, version: StompVersion): void {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== BACKSLASH) continue;
    at++;
    if (at === end || escapedCode(bytes[at], version) < 0) {
      const seen = at === end ? 'nothing' : JSON.stringify(String.fromCharCode(bytes[at] as number));
      throw new StompError(`a header has a backslash and ${seen} behind it, which is no escape in STOMP ${version}`);
    }
  }
}

/** The text in `bytes[start, end)` without its escapes, which have been checked. */
export function readEscaped(bytes: Uint8Array, start: number, end: number, version: StompVersion): string {
  const plain = copyOf(bytes, start, end);
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    plain[length++] = byte === BACKSLASH ? escapedCode(bytes[++at], version) : byte;
  }
  return readText(plain, 0, length);
}
