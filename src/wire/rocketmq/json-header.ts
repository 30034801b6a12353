/**
 * JsonHeader: reads the JSON form of a command's header, which Java clients use by default, without building objects.
 *
 *     {"code":310,"extFields":{"a":"group","b":"orders", ...},"flag":0,"language":"JAVA","opaque":5,"version":479}
 *
 * The header is copied into a scratch buffer, because what the frame lies in is not ours, and texts are unescaped there
 * in place: a message's properties hold control characters, so there is always something to unescape, and no text grows
 * by it. Their places in the scratch go into the list of ext fields. So both forms end as the same list of ranges.
 *
 * Scanning is a loop, not a recursion: values that nobody knows are passed over by counting brackets. What is not text
 * (numbers, true, false) is taken as it is written, because RocketMQ's own parser converts freely; null is nothing.
 * Control characters that should have been escaped are taken as they are.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { NamedRanges } from './named-ranges.ts';
import { RocketmqWireError } from './wire-error.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LETTER_N = 0x6e;
const LETTER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

const NOTHING = new Uint8Array(0);
const SCRATCH_BYTES_MIN = 1024;
/** A larger scratch is not kept for the next header. */
const SCRATCH_BYTES_KEPT = 64 * 1024;
const HIGH_SURROGATE = 0xd800;
const LOW_SURROGATE = 0xdc00;
const SURROGATE_END = 0xe000;
const REPLACEMENT = 0xfffd;
const HEX_BYTES = 4;

/** What a backslash and a letter stand for; 0 for nothing. */
const escapes = new Uint8Array(128);
for (const [letter, meaning] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }))
  escapes[letter.charCodeAt(0)] = meaning.charCodeAt(0);
for (const itself of '"\'\\/') escapes[itself.charCodeAt(0)] = itself.charCodeAt(0);

export class JsonHeader {
  /** The header's own fields (code, opaque, ...). */
  readonly head = new NamedRanges();
  /** The header, as far as it is read with its texts unescaped. */
  #bytes: Uint8Array = NOTHING;
  #end = 0;
  /** The last text or scalar. */
  #textStart = 0;
  #textEnd = 0;

  /** Reads `bytes[start, end)`: `head` and `fields` then show what is in it. */
  read(bytes: Uint8Array, start: number, end: number, fields: NamedRanges): void {
    const length = end - start;
    if (length > this.#bytes.length || this.#bytes.length > SCRATCH_BYTES_KEPT)
      this.#bytes = new Uint8Array(Math.max(SCRATCH_BYTES_MIN, 2 * length));
    copyBytes(bytes, start, end, this.#bytes, 0);
    this.#end = length;
    this.head.clear(this.#bytes);
    fields.clear(this.#bytes);
    const at = this.#object(0, this.head, fields);
    if (this.#pass(at) !== length) this.#fail('goes on behind its end');
  }

  /** An object's members into `into`; the value of `extFields`, where that is looked for, into `fields`. */
  #object(start: number, into: NamedRanges, fields: NamedRanges | null): number {
    const bytes = this.#bytes;
    let at = this.#pass(start);
    if (at === this.#end || bytes[at] !== OPEN_OBJECT) this.#fail('is no object');
    at = this.#pass(at + 1);
    if (at < this.#end && bytes[at] === CLOSE_OBJECT) return at + 1;
    for (;;) {
      if (at === this.#end || bytes[at] !== QUOTE) this.#fail('has a key that is no text');
      at = this.#pass(this.#text(at));
      const nameStart = this.#textStart;
      const nameEnd = this.#textEnd;
      if (at === this.#end || bytes[at] !== COLON) this.#fail('lacks a colon');
      at = this.#pass(at + 1);
      if (at === this.#end) this.#fail('lacks a value');
      const first = bytes[at] as number;
      if (first === QUOTE) {
        at = this.#text(at);
        into.add(nameStart, nameEnd, this.#textStart, this.#textEnd);
      } else if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
        const isWanted = fields !== null && first === OPEN_OBJECT && isExtFields(bytes, nameStart, nameEnd);
        at = isWanted ? this.#object(at, fields, null) : this.#skip(at);
      } else {
        const valueStart = at;
        at = this.#scalar(at);
        if (first !== LETTER_N) into.add(nameStart, nameEnd, valueStart, at);
      }
      at = this.#pass(at);
      if (at === this.#end) this.#fail('is cut off');
      const next = bytes[at] as number;
      if (next === CLOSE_OBJECT) return at + 1;
      if (next !== COMMA) this.#fail('lacks a comma');
      at = this.#pass(at + 1);
    }
  }

  /** Where the next byte is that is no white space. */
  #pass(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    while (at < end && (bytes[at] as number) <= SPACE) at++;
    return at;
  }

  /** Unescapes the text whose opening quote is at `at`, and says what follows its closing one. */
  #text(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    this.#textStart = ++at;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#textEnd = at;
        return at + 1;
      }
      if (byte === BACKSLASH) return this.#escapedText(at);
    }
    return this.#fail('is cut off in a text');
  }

  /** The same from the first backslash on; what follows it moves to the front. */
  #escapedText(at: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let put = at;
    while (at < end) {
      const byte = bytes[at++] as number;
      if (byte === QUOTE) {
        this.#textEnd = put;
        return at;
      }
      if (byte !== BACKSLASH) {
        bytes[put++] = byte;
        continue;
      }
      const letter = at < end ? (bytes[at++] as number) : 0;
      if (letter === LETTER_U) {
        const code = this.#hex(at);
        at += HEX_BYTES;
        const low = isHighSurrogate(code) ? this.#lowSurrogate(at) : 0;
        if (low !== 0) at += HEX_BYTES + 2;
        put = putCharacter(
          bytes,
          put,
          low === 0 ? code : 0x1_0000 + (code - HIGH_SURROGATE) * 0x400 + low - LOW_SURROGATE,
        );
        continue;
      }
      const meaning = letter < escapes.length ? (escapes[letter] as number) : 0;
      if (meaning === 0) this.#fail('has an unknown escape');
      bytes[put++] = meaning;
    }
    return this.#fail('is cut off in a text');
  }

  /** The second half of a character, which must be escaped too; 0 if there is none. */
  #lowSurrogate(at: number): number {
    if (at + 2 + HEX_BYTES > this.#end || this.#bytes[at] !== BACKSLASH || this.#bytes[at + 1] !== LETTER_U) return 0;
    const code = this.#hex(at + 2);
    return code >= LOW_SURROGATE && code < SURROGATE_END ? code : 0;
  }

  #hex(at: number): number {
    if (at + HEX_BYTES > this.#end) this.#fail('is cut off in an escape');
    let value = 0;
    for (let index = at; index < at + HEX_BYTES; index++) {
      const digit = hexDigit(this.#bytes[index] as number);
      if (digit < 0) this.#fail('has an escape that is not hexadecimal');
      value = value * 16 + digit;
    }
    return value;
  }

  /** Passes over a number or a word. */
  #scalar(at: number): number {
    const bytes = this.#bytes;
    let next = at;
    while (next < this.#end && isOfScalar(bytes[next] as number)) next++;
    if (next === at) this.#fail('lacks a value');
    return next;
  }

  /** Passes over an object or an array. */
  #skip(at: number): number {
    let depth = 0;
    do {
      at = this.#pass(at);
      if (at === this.#end) this.#fail('is cut off');
      const byte = this.#bytes[at];
      if (byte === QUOTE) {
        at = this.#text(at);
        continue;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
      at++;
    } while (depth > 0);
    return at;
  }

  #fail(what: string): never {
    throw new RocketmqWireError(`the JSON header ${what}`);
  }
}

function isExtFields(bytes: Uint8Array, start: number, end: number): boolean {
  const name = 'extFields';
  if (end - start !== name.length) return false;
  for (let index = 0; index < name.length; index++) if (bytes[start + index] !== name.charCodeAt(index)) return false;
  return true;
}

/** Digits, letters, signs and the point. */
function isOfScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e
  );
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

function isHighSurrogate(code: number): boolean {
  return code >= HIGH_SURROGATE && code < LOW_SURROGATE;
}

/** Writes a character as UTF-8, half of one as U+FFFD, and says where the next byte goes. */
function putCharacter(target: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    target[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    target[at] = 0xc0 | (code >>> 6);
    target[at + 1] = 0x80 | (code & 0x3f);
    return at + 2;
  }
  if (code < 0x1_0000) {
    if (code >= HIGH_SURROGATE && code < SURROGATE_END) code = REPLACEMENT;
    target[at] = 0xe0 | (code >>> 12);
    target[at + 1] = 0x80 | ((code >>> 6) & 0x3f);
    target[at + 2] = 0x80 | (code & 0x3f);
    return at + 3;
  }
  target[at] = 0xf0 | (code >>> 18);
  target[at + 1] = 0x80 | ((code >>> 12) & 0x3f);
  target[at + 2] = 0x80 | ((code >>> 6) & 0x3f);
  target[at + 3] = 0x80 | (code & 0x3f);
  return at + 4;
}
