/**
 * FrameWriter: frames straight into a connection's slab, field by field, without strings in between.
 *
 *     writer.begin('MESSAGE');
 *     writer.header('destination', '/queue/a');
 *     writer.number('priority', 4);
 *     writer.body(bytes, start, end);            or writer.end() for a frame without one
 *
 * What a version can't express does not break the frame: where there are no escapes (1.0, CONNECTED, and a carriage
 * return in 1.1) the characters that would end a name or a line become spaces, and so does NUL in any version.
 */
import { SLAB_BYTES, type SlabWriter } from '../../bytes/slab-writer.ts';
import { letterFor } from './escapes.ts';
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  COLON,
  type Command,
  hasEscapes,
  LINE_FEED,
  NUL,
  SPACE,
  type StompVersion,
} from './protocol.ts';

/** A character takes at most that: three bytes of UTF-8, which need no escape, or an escaped one. */
const CHARACTER_BYTES_MAX = 3;
/** So many characters are written at a time. */
const RUN_CHARACTERS = Math.floor((SLAB_BYTES - 16) / CHARACTER_BYTES_MAX);
const DIGITS_MAX = 21;
const ZERO = 48;
const MINUS = 45;
const CONTENT_LENGTH = 'content-length';
/** Higher numbers are written as text. */
const DIGITS_VALUE_MAX = Number.MAX_SAFE_INTEGER;

export class FrameWriter {
  /** The version that was agreed on; null before that. */
  version: StompVersion | null = null;
  readonly #out: SlabWriter;
  #escapes: StompVersion | null = null;

  constructor(out: SlabWriter) {
    this.#out = out;
  }

  begin(command: Command): void {
    this.#escapes = hasEscapes(command, this.version) ? this.version : null;
    this.#text(command, LINE_FEED);
  }

  header(name: string, value: string): void {
    this.#text(name, COLON);
    this.#text(value, LINE_FEED);
  }

  /** A whole number. */
  number(name: string, value: number): void {
    this.#text(name, COLON);
    if (Number.isInteger(value) && Math.abs(value) <= DIGITS_VALUE_MAX) this.#digits(value);
    else this.#text(String(value), LINE_FEED);
  }

  /** Header lines as a client of this version wrote them. */
  lines(bytes: Uint8Array, start: number, end: number): void {
    this.#out.append(bytes, start, end);
  }

  /** Ends the headers, and the frame with a body that may hold anything; its length is among the headers. */
  body(bytes: Uint8Array, start: number, end: number): void {
    this.number(CONTENT_LENGTH, end - start);
    this.bodyWithoutLength(bytes, start, end);
  }

  /** The same for a text without NUL, where a length would say that it is no text. */
  bodyWithoutLength(bytes: Uint8Array, start: number, end: number): void {
    this.#byte(LINE_FEED);
    this.#out.append(bytes, start, end);
    this.#byte(NUL);
  }

  /** Ends a frame that has no body. */
  end(): void {
    this.#byte(LINE_FEED);
    this.#byte(NUL);
  }

  heartBeat(): void {
    this.#byte(LINE_FEED);
  }

  #byte(byte: number): void {
    const out = this.#out;
    out.room(1);
    out.bytes[out.at++] = byte;
  }

  /** A name or value, and the byte behind it. */
  #text(text: string, then: number): void {
    const out = this.#out;
    for (let from = 0; from < text.length; ) {
      let to = Math.min(text.length, from + RUN_CHARACTERS);
      if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to--;
      out.room((to - from) * CHARACTER_BYTES_MAX);
      this.#run(text, from, to);
      from = to;
    }
    this.#byte(then);
  }

  #run(text: string, from: number, to: number): void {
    const out = this.#out;
    const { bytes } = out;
    let at = out.at;
    for (let index = from; index < to; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        const isPair = isHighSurrogate(code) && index + 1 < to && isLowSurrogate(text.charCodeAt(index + 1));
        at = writeCharacter(bytes, at, isPair ? (text.codePointAt(index) as number) : asAlone(code));
        if (isPair) index++;
      } else if (isOrdinary(code)) bytes[at++] = code;
      else at = this.#special(bytes, at, code);
    }
    out.at = at;
  }

  #special(bytes: Uint8Array, at: number, code: number): number {
    const letter = this.#escapes === null ? 0 : letterFor(code, this.#escapes);
    if (letter !== 0) {
      bytes[at++] = BACKSLASH;
      bytes[at++] = letter;
    } else bytes[at++] = mayStand(code, this.#escapes) ? code : SPACE;
    return at;
  }

  #digits(value: number): void {
    const out = this.#out;
    out.room(DIGITS_MAX);
    const { bytes } = out;
    let at = out.at;
    let rest = Math.abs(value);
    if (value < 0) bytes[at++] = MINUS;
    let length = 1;
    for (let scale = 10; scale <= rest; scale *= 10) length++;
    for (let place = at + length - 1; place >= at; place--) {
      bytes[place] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    at += length;
    bytes[at++] = LINE_FEED;
    out.at = at;
  }
}

function isOrdinary(code: number): boolean {
  return code > COLON ? code !== BACKSLASH : code !== COLON && code >= SPACE;
}

/** Which of the special characters may be written as they are. */
function mayStand(code: number, escapes: StompVersion | null): boolean {
  if (code === NUL || code === LINE_FEED || code === CARRIAGE_RETURN) return false;
  return code !== COLON || escapes === null;
}

function isHighSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}

function isLowSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xdc00;
}

/** Half of a pair is written as U+FFFD. */
function asAlone(code: number): number {
  return (code & 0xf800) === 0xd800 ? 0xfffd : code;
}

function writeCharacter(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x800) {
    bytes[at++] = 0xc0 | (code >>> 6);
  } else {
    if (code < 0x10000) bytes[at++] = 0xe0 | (code >>> 12);
    else {
      bytes[at++] = 0xf0 | (code >>> 18);
      bytes[at++] = 0x80 | ((code >>> 12) & 63);
    }
    bytes[at++] = 0x80 | ((code >>> 6) & 63);
  }
  bytes[at++] = 0x80 | (code & 63);
  return at;
}
