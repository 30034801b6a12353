/**
 * NamedRanges: a list of names and values that lie somewhere in bytes, found without making an object of any.
 *
 *     bytes    ... topic ... orders ... e ... 3 ...
 *     places   [name start, name end, value start, value end]  [...]
 *
 * One such list holds the ext fields of a command and another the properties of a message; both are cleared and filled
 * again for every one. Names are compared byte by byte, which the length decides at once in most cases; the one-letter
 * names of SEND_MESSAGE_V2 have an index of their own. Of two values with one name the later counts, as in Java's maps.
 *
 * What the getters give is valid for good, what `bytes` shows only until the list is filled again.
 */
import { readText } from '../../bytes/text.ts';
import { isLongText, readDecimal } from './decimal.ts';
import { RocketmqWireError } from './wire-error.ts';

/** More than this has no request and no message. */
export const RANGES_MAX = 4096;

const NOTHING = new Uint8Array(0);
const NUMBERS = 4;
const PLACES_AT_FIRST = 32;
const LETTER_A = 0x61;
const LETTERS = 26;
const INT_MAX = 0x7fff_ffff;

export class NamedRanges {
  bytes: Uint8Array = NOTHING;
  count = 0;
  #places = new Int32Array(PLACES_AT_FIRST * NUMBERS);
  readonly #letters = new Int16Array(LETTERS);

  /** An empty list over `bytes`. */
  clear(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
    this.#letters.fill(-1);
  }

  add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const index = this.count;
    if (index * NUMBERS === this.#places.length) this.#grow();
    const places = this.#places;
    const at = index * NUMBERS;
    places[at] = nameStart;
    places[at + 1] = nameEnd;
    places[at + 2] = valueStart;
    places[at + 3] = valueEnd;
    this.count = index + 1;
    if (nameEnd - nameStart === 1) {
      const letter = (this.bytes[nameStart] as number) - LETTER_A;
      if (letter >= 0 && letter < LETTERS) this.#letters[letter] = index;
    }
  }

  /** Where the value of this name stands in the list, or -1. Names are ASCII. */
  find(name: string): number {
    const { length } = name;
    if (length === 1) {
      const letter = name.charCodeAt(0) - LETTER_A;
      if (letter >= 0 && letter < LETTERS) return this.#letters[letter] as number;
    }
    const places = this.#places;
    for (let index = this.count - 1; index >= 0; index--) {
      const start = places[index * NUMBERS] as number;
      if ((places[index * NUMBERS + 1] as number) - start === length && this.#isNamed(start, name)) return index;
    }
    return -1;
  }

  nameOf(index: number): string {
    return readText(this.bytes, this.#places[index * NUMBERS] as number, this.#places[index * NUMBERS + 1] as number);
  }

  startOf(index: number): number {
    return this.#places[index * NUMBERS + 2] as number;
  }

  endOf(index: number): number {
    return this.#places[index * NUMBERS + 3] as number;
  }

  /** Where the name lies; for those who copy a list. */
  nameStartOf(index: number): number {
    return this.#places[index * NUMBERS] as number;
  }

  nameEndOf(index: number): number {
    return this.#places[index * NUMBERS + 1] as number;
  }

  textOf(index: number): string {
    return readText(this.bytes, this.startOf(index), this.endOf(index));
  }

  has(name: string): boolean {
    return this.find(name) >= 0;
  }

  /** null where there is none; so also below. */
  text(name: string): string | null {
    const index = this.find(name);
    return index < 0 ? null : this.textOf(index);
  }

  /** A number of 32 bits. */
  int(name: string): number | null {
    const index = this.find(name);
    return index < 0 ? null : this.intOf(index, name);
  }

  /** A number of 64 bits; exact up to 2^53. */
  long(name: string): number | null {
    const index = this.find(name);
    return index < 0 ? null : this.longOf(index, name);
  }

  /** `true` in any case of letters is true and everything else false, as Java reads it. */
  flag(name: string): boolean | null {
    const index = this.find(name);
    return index < 0 ? null : this.flagOf(index);
  }

  intOf(index: number, name: string): number {
    const value = readDecimal(this.bytes, this.startOf(index), this.endOf(index));
    if (value >= -INT_MAX - 1 && value <= INT_MAX) return value;
    return this.#refuse(index, name, 'a number of 32 bits');
  }

  longOf(index: number, name: string): number {
    const start = this.startOf(index);
    const end = this.endOf(index);
    const value = readDecimal(this.bytes, start, end);
    if (Number.isSafeInteger(value) || isLongText(this.bytes, start, end)) return value;
    return this.#refuse(index, name, 'a number of 64 bits');
  }

  flagOf(index: number): boolean {
    const start = this.startOf(index);
    if (this.endOf(index) - start !== 4) return false;
    const { bytes } = this;
    const first = bytes[start] as number;
    // The first letter tells them apart nearly always.
    return (first | 0x20) === 0x74 && readText(bytes, start, start + 4).toLowerCase() === 'true';
  }

  #isNamed(start: number, name: string): boolean {
    const { bytes } = this;
    for (let index = 0; index < name.length; index++) if (bytes[start + index] !== name.charCodeAt(index)) return false;
    return true;
  }

  #grow(): void {
    if (this.count >= RANGES_MAX) throw new RocketmqWireError(`more than ${RANGES_MAX} fields or properties`);
    const grown = new Int32Array(this.#places.length * 2);
    grown.set(this.#places);
    this.#places = grown;
  }

  #refuse(index: number, name: string, expected: string): never {
    const text = this.textOf(index);
    const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
    throw new RocketmqWireError(`<${name}> is not ${expected}: "${shown}"`);
  }
}
