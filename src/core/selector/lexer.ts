/**
 * Lexer: a selector's characters to tokens, one at a time.
 *
 *   a.b  no: a name is letters, digits, _ and $          'it''s'   text; a quote is doubled
 *   5  5L  0x1F  017     exact numbers                    5.  .5  5.5E3  5E3  2.5F  2D   approximate numbers
 *   = <> < <= > >= + - * / % ( ) ,                        -- to the end of the line,  between slashes and stars
 *
 * Names keep their case, key words have none. `--` is a comment only where the line ends: in a selector of one line it
 * is minus a negative number. Every character is looked at a bounded number of times.
 */
import type { DialectRules } from './dialect.ts';
import { excerpt, malformed } from './problem.ts';

export type TokenKind = 'name' | 'word' | 'sign' | 'text' | 'exact' | 'approximate' | 'end';

const WORDS = ['NOT', 'AND', 'OR', 'BETWEEN', 'IN', 'IS', 'NULL', 'TRUE', 'FALSE'] as const;
const LIKE_WORDS = ['LIKE', 'ESCAPE', 'XPATH', 'XQUERY'] as const;
const PART_WORDS = ['CONTAINS', 'STARTSWITH', 'ENDSWITH'] as const;
const WORD_CHARACTERS_MAX = 10;

const SIGNS = '=<>+-*/%(),';

const TAB = 9;
const LINE_FEED = 10;
const FORM_FEED = 12;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const DOLLAR = 36;
const QUOTE = 39;
const POINT = 46;
const ZERO = 48;
const EIGHT = 56;
const NINE = 57;
const UNDERSCORE = 95;
const ASCII_END = 128;

export class Lexer {
  /** The current token. */
  kind: TokenKind = 'end';
  /** A name, a word in upper case, a sign, a text without its quotes, the digits of a number. */
  text = '';
  /** Where it begins. */
  position = 0;
  /** Of an exact number: 8, 10 or 16. */
  radix = 10;
  /** L behind an exact number, F behind an approximate one, else ''. */
  suffix = '';

  readonly #source: string;
  readonly #words: ReadonlySet<string>;
  readonly #hasJavaLiterals: boolean;
  #at: number;

  constructor(source: string, from: number, rules: DialectRules) {
    this.#source = source;
    this.#at = from;
    this.#words = new Set([
      ...WORDS,
      ...(rules.hasLike ? LIKE_WORDS : []),
      ...(rules.hasPartsOfText ? PART_WORDS : []),
    ]);
    this.#hasJavaLiterals = rules.hasJavaLiterals;
  }

  /** Moves to the next token. */
  next(): void {
    this.#skipSpace();
    this.position = this.#at;
    const code = this.#code(0);
    if (Number.isNaN(code)) this.#take('end', 0);
    else if (isNameStart(code)) this.#name();
    else if (isDigit(code) || (code === POINT && isDigit(this.#code(1)))) this.#number();
    else if (code === QUOTE) this.#quoted();
    else this.#sign();
  }

  is(kind: 'word' | 'sign', text: string): boolean {
    return this.kind === kind && this.text === text;
  }

  get isEnd(): boolean {
    return this.kind === 'end';
  }

  /** The current token in an error text. */
  get description(): string {
    if (this.isEnd) return 'the end';
    return this.kind === 'text' ? `'${excerpt(this.text)}'` : excerpt(this.text);
  }

  #code(ahead: number): number {
    return this.#source.charCodeAt(this.#at + ahead);
  }

  #take(kind: TokenKind, length: number): void {
    this.kind = kind;
    this.text = this.#source.slice(this.#at, this.#at + length);
    this.#at += length;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#code(0);
      if (isSpace(code)) this.#at++;
      else if (!this.#skipComment()) return;
    }
  }

  #skipComment(): boolean {
    const source = this.#source;
    if (source.startsWith('--', this.#at)) {
      let end = this.#at + 2;
      while (end < source.length && !isLineEnd(source.charCodeAt(end))) end++;
      if (end === source.length) return false;
      this.#at = end + 1;
      return true;
    }
    if (!source.startsWith('/*', this.#at)) return false;
    const end = source.indexOf('*/', this.#at + 2);
    if (end < 0) throw malformed(this.#at, 'the comment does not end');
    this.#at = end + 2;
    return true;
  }

  #name(): void {
    let length = 1;
    while (isNamePart(this.#code(length))) length++;
    this.#take('name', length);
    if (length > WORD_CHARACTERS_MAX) return;
    const word = this.text.toUpperCase();
    if (!this.#words.has(word)) return;
    this.kind = 'word';
    this.text = word;
  }

  #quoted(): void {
    const source = this.#source;
    let text = '';
    let from = this.#at + 1;
    for (;;) {
      const quote = source.indexOf("'", from);
      if (quote < 0) throw malformed(this.position, 'the text does not end');
      text += source.slice(from, quote);
      if (source.charCodeAt(quote + 1) !== QUOTE) {
        this.kind = 'text';
        this.text = text;
        this.#at = quote + 1;
        return;
      }
      text += "'";
      from = quote + 2;
    }
  }

  #sign(): void {
    const two = this.#source.slice(this.#at, this.#at + 2);
    if (two === '<>' || two === '<=' || two === '>=') {
      this.#take('sign', 2);
      return;
    }
    const one = two.charAt(0);
    if (!SIGNS.includes(one)) throw malformed(this.position, `unexpected character ${JSON.stringify(one)}`);
    this.#take('sign', 1);
  }

  #number(): void {
    this.suffix = '';
    this.radix = 10;
    if (this.#hasJavaLiterals && this.#code(0) === ZERO && (this.#code(1) | 32) === 120) this.#hexadecimal();
    else this.#decimal();
    if (isNamePart(this.#code(0))) throw malformed(this.position, 'a number goes on as a name');
  }

  #hexadecimal(): void {
    let length = 2;
    while (isHexDigit(this.#code(length))) length++;
    if (length === 2) throw malformed(this.position, 'a hexadecimal number without digits');
    this.#take('exact', length);
    this.text = this.text.slice(2);
    this.radix = 16;
    if ((this.#code(0) | 32) === 108) this.#suffix('L');
  }

  #decimal(): void {
    const digits = this.#digits(0);
    let length = digits;
    if (this.#code(length) === POINT) length = this.#digits(length + 1);
    length = this.#exponent(length);
    const isExact = length === digits;
    this.#take(isExact ? 'exact' : 'approximate', length);
    const suffix = String.fromCharCode(this.#code(0)).toUpperCase();
    if (suffix === 'L' && isExact) this.#suffix(suffix);
    else if (this.#hasJavaLiterals && (suffix === 'F' || suffix === 'D')) {
      this.kind = 'approximate';
      this.#suffix(suffix === 'F' ? suffix : '');
    }
    if (this.kind === 'exact' && this.text.length > 1 && this.text.charCodeAt(0) === ZERO) this.#octal();
  }

  #suffix(suffix: string): void {
    this.suffix = suffix;
    this.#at++;
  }

  #octal(): void {
    if (!this.#hasJavaLiterals) throw malformed(this.position, 'a number begins with 0');
    for (let index = 0; index < this.text.length; index++) {
      if (this.text.charCodeAt(index) >= EIGHT) throw malformed(this.position, 'a digit of an octal number is above 7');
    }
    this.radix = 8;
  }

  /** Where the digits that begin at `from` end; both count from the current place. */
  #digits(from: number): number {
    let to = from;
    while (isDigit(this.#code(to))) to++;
    return to;
  }

  #exponent(from: number): number {
    if ((this.#code(from) | 32) !== 101) return from;
    const sign = this.#code(from + 1);
    const digitsFrom = sign === 43 || sign === 45 ? from + 2 : from + 1;
    const to = this.#digits(digitsFrom);
    return to === digitsFrom ? from : to;
  }
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB || code === FORM_FEED || isLineEnd(code);
}

function isLineEnd(code: number): boolean {
  return code === LINE_FEED || code === CARRIAGE_RETURN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHexDigit(code: number): boolean {
  const lower = code | 32;
  return isDigit(code) || (lower >= 97 && lower <= 102);
}

/** Any character beyond ASCII passes for a letter: Java's names may have them, and nothing else of ours has. */
function isNameStart(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code === UNDERSCORE || code === DOLLAR || code >= ASCII_END;
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}
