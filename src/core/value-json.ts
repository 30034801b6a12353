/**
 * Values as JSON, for the definitions in the journal.
 *
 * null, booleans, strings and arrays stand for themselves. Everything else is an object with exactly one key that names
 * the type, so that decoding needs no guess: {"int16":7} {"int64":"9007199254740993"} {"double":"NaN"}
 * {"decimal":["314",2]} {"bytes":"0aff"} {"table":[["k",null]]}
 */
import { CoreError } from './errors.ts';
import { defaultLimits } from './limits.ts';
import { Num, type NumType, type Table, toHex, type Value } from './value.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export function encodeValue(value: Value, depth = 0): Json {
  checkDepth(depth);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof Num) return encodeNum(value);
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (Array.isArray(value)) return value.map((item) => encodeValue(item, depth + 1));
  return { table: encodeTable(value, depth) };
}

/** A table as pairs: they keep their order, and a key named `__proto__` is a key like any other. */
export function encodeTable(table: Table, depth = 0): Json[] {
  const pairs: Json[] = [];
  for (const [key, value] of table) pairs.push([key, encodeValue(value, depth + 1)]);
  return pairs;
}

function encodeNum(num: Num): Json {
  if (num.type === 'decimal') return { decimal: [String(num.value), num.scale] };
  const exact = typeof num.value === 'number' && Number.isFinite(num.value) && !Object.is(num.value, -0);
  return { [num.type]: exact ? (num.value as number) : Object.is(num.value, -0) ? '-0' : String(num.value) };
}

export function decodeValue(json: Json, depth = 0): Value {
  checkDepth(depth);
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json;
  if (Array.isArray(json)) return json.map((item) => decodeValue(item, depth + 1));
  if (typeof json !== 'object') throw invalid('a bare number has no type');
  const [entry, ...more] = Object.entries(json);
  if (entry === undefined || more.length > 0) throw invalid('a typed value has exactly one key');
  const [type, inner] = entry;
  if (type === 'bytes' && typeof inner === 'string') return fromHex(inner);
  if (type === 'table') return decodeTable(inner, depth);
  if (type === 'decimal' && Array.isArray(inner)) {
    return new Num('decimal', toNumber(String(inner[0])), Number(inner[1]));
  }
  if (!(NUM_TYPES as readonly string[]).includes(type)) throw invalid(`unknown type '${type}'`);
  if (typeof inner === 'number') return new Num(type as NumType, inner);
  if (typeof inner !== 'string') throw invalid(`'${type}' holds no number`);
  return new Num(type as NumType, type === 'float' || type === 'double' ? Number(inner) : toNumber(inner));
}

export function decodeTable(json: Json, depth = 0): Table {
  if (!Array.isArray(json)) throw invalid('a table is a list of pairs');
  const table: Table = new Map();
  for (const pair of json) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string' || pair[1] === undefined) throw invalid('not a pair');
    table.set(pair[0], decodeValue(pair[1], depth + 1));
  }
  return table;
}

const NUM_TYPES: readonly NumType[] = [
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'float',
  'double',
  'timestamp',
];

function toNumber(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

function fromHex(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || /[^0-9a-f]/.test(hex)) throw invalid('bytes are not hexadecimal');
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function checkDepth(depth: number): void {
  if (depth <= defaultLimits.tableDepthMax) return;
  throw new CoreError('LIMIT', { reason: 'limit', argument: 'tableDepthMax', problem: 'values are nested too deeply' });
}

function invalid(problem: string): CoreError {
  return new CoreError('INVALID', { reason: 'malformed', kind: 'value', problem });
}
