/**
 * LikePattern: the pattern of a LIKE, compiled once.
 *
 *   %  any characters, or none          _  one character          ESCAPE '!':  !% !_ !!  themselves
 *
 * A pattern is a row of atoms (this character, or any), with a `%` possible before the first and after each one. The
 * matcher holds the set of atoms that may be behind us as bits and moves all of them with each character, so nothing is
 * ever tried again: a text costs its length times the pattern's length / 32, whatever the pattern is.
 *
 *   state bit i   the first i atoms are matched
 *   step          state = (state << 1 & atoms that match the character) | (state & places with a %)
 *
 * A character is a code point. Patterns without `%` in the middle are compared directly.
 */
const WORD_BITS = 32;
const PERCENT = 37;
const LOW_LINE = 95;
/** Matches every character. */
const ANY = -1;

export class LikePattern {
  readonly #words: number;
  /** Where a `%` stands: bit i after i atoms. */
  readonly #loops: Int32Array;
  /** Of `_` atoms only: what a character that the pattern does not name matches. */
  readonly #anyMask: Int32Array;
  readonly #masks = new Map<number, Int32Array>();
  readonly #state: Int32Array;
  readonly #lastWord: number;
  readonly #lastBit: number;
  /** The whole text, its beginning or its end, if the pattern is no more than that. */
  readonly #literal: string;
  readonly #shape: 'whole' | 'beginning' | 'ending' | 'any';

  /** `escapeWith` is one character, or ''. */
  constructor(pattern: string, escapeWith: string) {
    const atoms: number[] = [];
    const loopsAfter: number[] = [];
    let literal = '';
    for (let at = 0; at < pattern.length; ) {
      let code = pattern.codePointAt(at) as number;
      const isEscaped = escapeWith !== '' && pattern[at] === escapeWith && isEscapable(pattern[at + 1], escapeWith);
      if (isEscaped) code = pattern.codePointAt(at + 1) as number;
      at += (isEscaped ? 1 : 0) + (code > 0xffff ? 2 : 1);
      if (code === PERCENT && !isEscaped) loopsAfter.push(atoms.length);
      else if (code === LOW_LINE && !isEscaped) atoms.push(ANY);
      else {
        atoms.push(code);
        literal += String.fromCodePoint(code);
      }
    }
    this.#literal = literal;
    this.#shape = shapeOf(atoms, loopsAfter);
    this.#words = Math.floor(atoms.length / WORD_BITS) + 1;
    this.#lastWord = this.#words - 1;
    this.#lastBit = 1 << (atoms.length % WORD_BITS);
    this.#state = new Int32Array(this.#words);
    this.#loops = new Int32Array(this.#words);
    this.#anyMask = new Int32Array(this.#words);
    for (const place of loopsAfter) setBit(this.#loops, place);
    for (const [index, code] of atoms.entries()) if (code === ANY) setBit(this.#anyMask, index + 1);
    for (const [index, code] of atoms.entries()) if (code !== ANY) setBit(this.#maskFor(code), index + 1);
  }

  matches(text: string): boolean {
    switch (this.#shape) {
      case 'whole':
        return text === this.#literal;
      case 'beginning':
        return text.startsWith(this.#literal);
      case 'ending':
        return text.endsWith(this.#literal);
      case 'any':
        return this.#words === 1 ? this.#run(text) : this.#runWide(text);
    }
  }

  #maskFor(code: number): Int32Array {
    const known = this.#masks.get(code);
    if (known !== undefined) return known;
    const mask = this.#anyMask.slice();
    this.#masks.set(code, mask);
    return mask;
  }

  /** All states in one word. */
  #run(text: string): boolean {
    const loops = this.#loops[0] as number;
    const last = this.#lastBit;
    let state = 1;
    for (let at = 0; at < text.length; at++) {
      const code = text.codePointAt(at) as number;
      if (code > 0xffff) at++;
      const mask = (this.#masks.get(code) ?? this.#anyMask)[0] as number;
      state = ((state << 1) & mask) | (state & loops);
      if (state === 0) return false;
      if ((state & loops & last) !== 0) return true;
    }
    return (state & last) !== 0;
  }

  #runWide(text: string): boolean {
    const state = this.#state;
    const loops = this.#loops;
    const words = this.#words;
    state.fill(0);
    state[0] = 1;
    for (let at = 0; at < text.length; at++) {
      const code = text.codePointAt(at) as number;
      if (code > 0xffff) at++;
      const mask = this.#masks.get(code) ?? this.#anyMask;
      let carry = 0;
      let alive = 0;
      for (let word = 0; word < words; word++) {
        const before = state[word] as number;
        const after = (((before << 1) | carry) & (mask[word] as number)) | (before & (loops[word] as number));
        carry = before >>> (WORD_BITS - 1);
        state[word] = after;
        alive |= after;
      }
      if (alive === 0) return false;
    }
    return ((state[this.#lastWord] as number) & this.#lastBit) !== 0;
  }
}

/** Before anything else the escape character stands for itself. */
function isEscapable(next: string | undefined, escapeWith: string): boolean {
  return next === '%' || next === '_' || next === escapeWith;
}

function shapeOf(atoms: readonly number[], loopsAfter: readonly number[]): 'whole' | 'beginning' | 'ending' | 'any' {
  if (atoms.includes(ANY)) return 'any';
  if (loopsAfter.length === 0) return 'whole';
  if (loopsAfter.every((place) => place === atoms.length)) return 'beginning';
  return loopsAfter.every((place) => place === 0) ? 'ending' : 'any';
}

function setBit(words: Int32Array, bit: number): void {
  const word = Math.floor(bit / WORD_BITS);
  words[word] = (words[word] as number) | (1 << (bit % WORD_BITS));
}
