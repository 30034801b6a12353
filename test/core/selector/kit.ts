/**
 * Selectors in few words: a text, headers, and what comes of it.
 */
import { CoreError } from '../../../src/core/errors.ts';
import type { Dialect } from '../../../src/core/selector/dialect.ts';
import { defaultSelectorLimits, type SelectorLimits } from '../../../src/core/selector/limits.ts';
import { parseSelector, type Selector } from '../../../src/core/selector/selector.ts';
import { Num, type NumType, type Table, type Value } from '../../../src/core/value.ts';

export const int = (value: number): Num => new Num('int32', value);
export const long = (value: number | bigint): Num => new Num('int64', value);
export const float = (value: number): Num => new Num('float', value);
export const double = (value: number): Num => new Num('double', value);
export const num = (type: NumType, value: number | bigint, scale = 0): Num => new Num(type, value, scale);

export function headers(values: Readonly<Record<string, Value>>): Table {
  return new Map(Object.entries(values));
}

export function parsed(text: string, dialect: Dialect = 'jms', limits: Partial<SelectorLimits> = {}): Selector {
  return parseSelector(text, { dialect, limits: { ...defaultSelectorLimits, ...limits } });
}

/**
 * What a selector is worth, told apart by asking it and its opposite: a selector that is unknown matches neither way.
 */
export function worth(text: string, values: Readonly<Record<string, Value>> = {}, dialect: Dialect = 'jms'): string {
  const table = headers(values);
  const isTrue = parsed(text, dialect).matches(table);
  const isFalse = parsed(`NOT (${text})`, dialect).matches(table);
  if (isTrue && isFalse) throw new Error(`${text} is true and false`);
  return isTrue ? 'T' : isFalse ? 'F' : 'U';
}

/** The refusal's code and text. */
export function refusal(text: string, dialect: Dialect = 'jms', limits: Partial<SelectorLimits> = {}): string {
  try {
    parsed(text, dialect, limits);
  } catch (error) {
    if (error instanceof CoreError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}
