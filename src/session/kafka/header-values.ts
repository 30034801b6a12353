/**
 * Typed header values as text, and back: a Kafka header is a name and bytes, and most consumers take these for text.
 *
 *     boolean                 true
 *     integers, timestamp     -5           a timestamp's seconds
 *     float, double           0.25, NaN
 *     decimal                 3.14
 *     table, list  (json)     {"count":1,"reason":"expired"}
 *
 * The text says no type; that stands beside it (see translation.ts) and is believed only if the text fits it. Inside
 * of tables and lists JSON's own types are what is left: integers, other numbers, text (also of bytes, as base64).
 */
import { defaultLimits } from '../../core/limits.ts';
import { Num, type NumType, type Table, type Value } from '../../core/value.ts';

export type TextType = NumType | 'boolean' | 'bytes' | 'json';

/** Smallest and largest of each integer type. */
const RANGES: Readonly<Partial<Record<string, readonly [bigint, bigint]>>> = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  timestamp: [0n, 2n ** 64n - 1n],
};
const INTEGER = /^-?\d{1,20}$/;
const FLOATING = /^(-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?|-?Infinity|NaN)$/i;
const DECIMAL = /^(-?)(\d{1,10})(?:\.(\d{1,255}))?$/;

export function textOfNum(num: Num): string {
  if (num.type !== 'decimal') return Object.is(num.value, -0) ? '-0' : String(num.value);
  const { value, scale } = num;
  if (scale === 0) return String(value);
  const digits = String(value)
    .replace('-', '')
    .padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Undefined if the text is none of that type. */
export function valueOfText(text: string, type: string): Value | undefined {
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'float':
    case 'double':
      return FLOATING.test(text) ? new Num(type, Number(text)) : undefined;
    case 'decimal':
      return decimalOf(text);
    case 'bytes':
      return new Uint8Array(Buffer.from(text));
    case 'json':
      return valueOfJson(text);
    default:
      return integerOf(text, type);
  }
}

function integerOf(text: string, type: string): Num | undefined {
  const range = Object.hasOwn(RANGES, type) ? RANGES[type] : undefined;
  if (range === undefined || !INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  if (value < range[0] || value > range[1]) return undefined;
  const small = Number(value);
  return new Num(type as NumType, Number.isSafeInteger(small) ? small : value);
}

function decimalOf(text: string): Num | undefined {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const value = BigInt(`${sign}${whole}${fraction}`);
  // What AMQP, the only protocol with decimals, has room for.
  return BigInt.asIntN(32, value) === value ? new Num('decimal', Number(value), fraction.length) : undefined;
}

/** Of a table or a list. */
export function jsonOf(value: Value): string {
  return JSON.stringify(plainOf(value));
}

function plainOf(value: Value): unknown {
  if (value instanceof Num) {
    const { value: number } = value;
    return value.type !== 'decimal' && Number.isFinite(number) ? number : textOfNum(value);
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((item) => plainOf(item));
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, plainOf(item)]));
  return value;
}

function valueOfJson(text: string): Value | undefined {
  try {
    return valueOfPlain(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** Undefined for what is nested too deeply to be given to anyone. */
function valueOfPlain(plain: unknown, depth: number): Value | undefined {
  if (depth > defaultLimits.tableDepthMax) return undefined;
  if (plain === null || typeof plain === 'boolean' || typeof plain === 'string') return plain;
  if (typeof plain === 'number') return new Num(Number.isSafeInteger(plain) ? 'int64' : 'double', plain);
  if (Array.isArray(plain)) {
    const items: Value[] = [];
    for (const item of plain) {
      const value = valueOfPlain(item, depth + 1);
      if (value === undefined) return undefined;
      items.push(value);
    }
    return items;
  }
  const table: Table = new Map();
  for (const [name, item] of Object.entries(plain as object)) {
    const value = valueOfPlain(item, depth + 1);
    if (value === undefined) return undefined;
    table.set(name, value);
  }
  return table;
}
