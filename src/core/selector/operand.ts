/**
 * Operand: a cell that holds what one node of a selector is worth for the message at hand.
 *
 * Each node owns one and refills it for every message, so evaluating allocates nothing. Kinds follow Java, whose rules
 * of numeric promotion JMS refers to: the higher kind of the two decides how they are compared or calculated with.
 *
 *   UNKNOWN            absent or null: SQL's NULL
 *   BOOLEAN TEXT
 *   INT LONG FLOAT DOUBLE    32 and 64 bits exact, 32 and 64 bits approximate
 *   OTHER              bytes, lists, tables: there, and not comparable with anything
 */
import { Num, type Value } from '../value.ts';

export const UNKNOWN_KIND = 0;
export const BOOLEAN = 1;
export const TEXT = 2;
export const OTHER = 3;
/** From here on they are numbers, in the order of promotion. */
export const INT = 4;
export const LONG = 5;
export const FLOAT = 6;
export const DOUBLE = 7;
export type OperandKind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Longer text is no number, whatever is in it. */
const NUMBER_CHARACTERS_MAX = 64;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

export class Operand {
  kind: OperandKind = UNKNOWN_KIND;
  /** A boolean is 0 or 1. Of a LONG that is no safe integer the nearest double. */
  number = 0;
  /** A LONG that is no safe integer, else null. */
  long: bigint | null = null;
  text = '';

  unknown(): void {
    this.kind = UNKNOWN_KIND;
  }

  setNumber(kind: OperandKind, value: number): void {
    this.kind = kind;
    this.number = value;
    this.long = null;
  }

  setText(text: string): void {
    this.kind = TEXT;
    this.text = text;
  }

  /** A LONG; wraps as 64 bits do. */
  setLong(value: bigint): void {
    const wrapped = BigInt.asIntN(64, value);
    this.kind = LONG;
    this.number = Number(wrapped);
    this.long = Number.isSafeInteger(this.number) ? null : wrapped;
  }

  /** An exact number: INT if it fits. False if not even 64 bits hold it. */
  setExact(value: bigint): boolean {
    if (value < LONG_MIN || value > LONG_MAX) return false;
    const small = Number(value);
    if (small >= INT_MIN && small <= INT_MAX) this.setNumber(INT, small);
    else this.setLong(value);
    return true;
  }

  /** What a header holds. */
  set(value: Value | undefined): void {
    if (value === undefined || value === null) this.kind = UNKNOWN_KIND;
    else if (typeof value === 'string') this.setText(value);
    else if (typeof value === 'boolean') this.setNumber(BOOLEAN, value ? 1 : 0);
    else if (value instanceof Num) this.#setNum(value);
    else this.kind = OTHER;
  }

  #setNum(num: Num): void {
    switch (num.type) {
      case 'float':
        this.setNumber(FLOAT, Number(num.value));
        break;
      case 'double':
        this.setNumber(DOUBLE, Number(num.value));
        break;
      case 'decimal':
        this.setNumber(DOUBLE, Number(num.value) / 10 ** num.scale);
        break;
      case 'int64':
      case 'uint32':
      case 'timestamp':
        if (typeof num.value === 'bigint') this.setLong(num.value);
        else this.setNumber(LONG, num.value);
        break;
      default:
        this.setNumber(INT, Number(num.value));
    }
  }

  /** Takes `text` for a value of `kind`, as a comparison with one of that kind does. False if it is none. */
  setConverted(text: string, kind: OperandKind): boolean {
    if (kind === BOOLEAN) this.setNumber(BOOLEAN, text.length === 4 && text.toLowerCase() === 'true' ? 1 : 0);
    else if (kind >= FLOAT) return this.#setApproximateText(text.trim(), kind);
    else return kind >= INT && isExactText(text) && this.setExact(BigInt(text.startsWith('+') ? text.slice(1) : text));
    return true;
  }

  #setApproximateText(text: string, kind: OperandKind): boolean {
    if (!isApproximateText(text)) return false;
    this.setNumber(kind, kind === FLOAT ? Math.fround(Number(text)) : Number(text));
    return true;
  }
}

/** A sign and digits. */
function isExactText(text: string): boolean {
  const from = afterSign(text, 0);
  return text.length <= NUMBER_CHARACTERS_MAX && text.length > from && afterDigits(text, from) === text.length;
}

/** A sign, digits with a point among or around them, and an exponent. */
function isApproximateText(text: string): boolean {
  if (text.length > NUMBER_CHARACTERS_MAX) return false;
  const from = afterSign(text, 0);
  let to = afterDigits(text, from);
  let digits = to - from;
  if (text[to] === '.') {
    const end = afterDigits(text, to + 1);
    digits += end - to - 1;
    to = end;
  }
  if (digits === 0) return false;
  if (text[to] === 'e' || text[to] === 'E') {
    const exponent = afterSign(text, to + 1);
    const end = afterDigits(text, exponent);
    if (end === exponent) return false;
    to = end;
  }
  return to === text.length;
}

function afterSign(text: string, at: number): number {
  return text[at] === '+' || text[at] === '-' ? at + 1 : at;
}

function afterDigits(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) break;
  }
  return at;
}
