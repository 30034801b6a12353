/**
 * Value: what a header or an argument may be, with the publisher's type kept.
 *
 * A number carries its wire type, because a client asks for the type back (an AMQP `s` must not come back as `I`)
 * and because error texts name it. Comparison is by class instead: all integers are one class, all floating-point
 * numbers another, so `1` sent as a byte equals `1` sent as a long.
 *
 *   null | boolean | string | Uint8Array | Value[] | Table = Map<string, Value> | Num
 *
 * Depth is bounded by whoever decoded a value (limits.tableDepthMax), so what recurses here need not count.
 */
export type NumType =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float'
  | 'double'
  | 'decimal'
  | 'timestamp';

export class Num {
  readonly type: NumType;
  /** A bigint only for 64-bit values beyond the safe integers. A decimal's digits, a timestamp's seconds. */
  readonly value: number | bigint;
  /** Digits after the point; not 0 for decimals only. */
  readonly scale: number;

  constructor(type: NumType, value: number | bigint, scale = 0) {
    this.type = type;
    this.value = value;
    this.scale = scale;
  }
}

export type Value = null | boolean | string | Uint8Array | Num | Value[] | Table;
export type Table = Map<string, Value>;

/** Where headers are looked up: a decoded Table, or a session's lazy look into the bytes. */
export interface Headers {
  get(name: string): Value | undefined;
}

export const NO_ARGUMENTS: Table = new Map();

const FLOATING: ReadonlySet<NumType> = new Set(['float', 'double']);

function numClass(type: NumType): 'integer' | 'floating' | 'timestamp' {
  if (FLOATING.has(type)) return 'floating';
  return type === 'timestamp' ? 'timestamp' : 'integer';
}

/** Equal within their class, tables whatever their order. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (a instanceof Num) {
    // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint of equal value are the same integer
    return b instanceof Num && numClass(a.type) === numClass(b.type) && a.scale === b.scale && a.value == b.value;
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (a instanceof Map) return b instanceof Map && sameTable(a, b);
  return false;
}

export function sameTable(a: Table, b: Table): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (!b.has(key) || !sameValue(value, b.get(key))) return false;
  }
  return true;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** Equal tables give equal text: the identity of a binding's arguments. */
export function tableIdentity(table: Table): string {
  if (table.size === 0) return '';
  return JSON.stringify(identityOf(table));
}

function identityOf(value: Value): unknown {
  if (value instanceof Num) return [numClass(value.type), String(value.value), value.scale];
  if (value instanceof Uint8Array) return ['bytes', toHex(value)];
  if (Array.isArray(value)) return ['array', ...value.map((item) => identityOf(item))];
  if (value instanceof Map) {
    const keys = [...value.keys()].sort();
    return ['table', ...keys.map((key) => [key, identityOf(value.get(key) ?? null)])];
  }
  return value;
}

export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
