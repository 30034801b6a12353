/**
 * Selector: which messages a consumer wants, by their headers, in the words of JMS.
 *
 *     const selector = parseSelector("colour = 'red' AND weight BETWEEN 5 AND 10", { dialect: 'jms', limits });
 *     if (selector.matches(headers)) ...
 *
 * Parsed once, when somebody subscribes; evaluated for each message without allocating. What is absent is unknown, and
 * only what is surely true matches. A selector is evaluated by one caller at a time, and never by itself again while it
 * runs: its nodes hold the values.
 *
 * Names are looked up as they are written; that `JMSPriority` is no property but a field is known by the Headers that a
 * session hands in.
 */
import type { Headers } from '../value.ts';
import { DIALECTS, type Dialect } from './dialect.ts';
import { Lexer } from './lexer.ts';
import type { SelectorLimits } from './limits.ts';
import type { Condition, Pinned } from './node.ts';
import { Parser } from './parser.ts';
import { beyond } from './problem.ts';
import { TRUE } from './truth.ts';

const CONVERSION_PREFIX = 'convert_string_expressions:';

export interface SelectorOptions {
  readonly dialect: Dialect;
  readonly limits: SelectorLimits;
}

export class Selector {
  readonly text: string;
  /** The headers that it looks at. */
  readonly names: ReadonlySet<string>;
  readonly #condition: Condition;
  readonly #converts: boolean;

  constructor(text: string, names: ReadonlySet<string>, condition: Condition, converts: boolean) {
    this.text = text;
    this.names = names;
    this.#condition = condition;
    this.#converts = converts;
  }

  /** A header that has to be a certain text. With conversion a number may be equal to it too, and there is none. */
  get pinned(): Pinned | null {
    return this.#converts ? null : (this.#condition.pinned ?? null);
  }

  matches(headers: Headers): boolean {
    return this.#condition.test(headers) === TRUE;
  }
}

/** Throws a CoreError for what is no selector, or too much of one. A selector of spaces is none either. */
export function parseSelector(text: string, { dialect, limits }: SelectorOptions): Selector {
  const { length } = text;
  if (length > limits.selectorCharactersMax) {
    throw beyond('selectorCharactersMax', length, limits.selectorCharactersMax);
  }
  const rules = DIALECTS[dialect];
  const converts = rules.hasConversionPrefix && text.startsWith(CONVERSION_PREFIX);
  const effective = converts ? { ...rules, convertsText: true } : rules;
  const lexer = new Lexer(text, converts ? CONVERSION_PREFIX.length : 0, effective);
  const parser = new Parser(lexer, effective, limits);
  const condition = parser.parse();
  return new Selector(text, parser.names, condition, effective.convertsText);
}
