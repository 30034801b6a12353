/**
 * Comparison: two operands, one of six relations, and a truth.
 *
 *   either unknown                 unknown
 *   numbers                        promoted to the higher kind of the two, as Java does
 *   text with text                 by UTF-16 units; booleans: false before true
 *   text with a number or boolean  converted, if the rules say so; text that does not convert compares with nothing
 *   anything else                  false; by some rules <> is true then
 */
import type { DialectRules } from './dialect.ts';
import { BOOLEAN, FLOAT, INT, LONG, Operand, TEXT, UNKNOWN_KIND } from './operand.ts';
import { FALSE, type Truth, truthOf, UNKNOWN } from './truth.ts';

export type Relation = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** What can't be ordered; a NaN does not compare with itself. */
const NONE = Number.NaN;

export class Comparison {
  readonly #rules: DialectRules;
  /** Where text is converted to. */
  readonly #converted = new Operand();

  constructor(rules: DialectRules) {
    this.#rules = rules;
  }

  test(relation: Relation, left: Operand, right: Operand): Truth {
    if (left.kind === UNKNOWN_KIND || right.kind === UNKNOWN_KIND) return UNKNOWN;
    const hasOrder = left.kind >= INT || this.#rules.ordersText;
    if (left.kind >= INT && right.kind >= INT) return holds(relation, compareNumbers(left, right));
    if (left.kind === TEXT && right.kind === TEXT) {
      if (!hasOrder && relation !== '=' && relation !== '<>') return FALSE;
      return holds(relation, left.text === right.text ? 0 : left.text < right.text ? -1 : 1);
    }
    if (left.kind === BOOLEAN && right.kind === BOOLEAN) {
      if (!hasOrder && relation !== '=' && relation !== '<>') return FALSE;
      return holds(relation, left.number - right.number);
    }
    if (this.#rules.convertsText && isConvertible(left, right)) {
      if (this.#converted.setConverted(left.text, right.kind)) return this.test(relation, this.#converted, right);
      if (this.#rules.badTextIsUnknown) return UNKNOWN;
    } else if (this.#rules.convertsText && isConvertible(right, left)) {
      if (this.#converted.setConverted(right.text, left.kind)) return this.test(relation, left, this.#converted);
      if (this.#rules.badTextIsUnknown) return UNKNOWN;
    }
    return truthOf(relation === '<>' && this.#rules.unlikeIsUnequal);
  }
}

function isConvertible(text: Operand, other: Operand): boolean {
  return text.kind === TEXT && (other.kind === BOOLEAN || other.kind >= INT);
}

function compareNumbers(left: Operand, right: Operand): number {
  const kind = left.kind > right.kind ? left.kind : right.kind;
  if (kind === LONG && (left.long !== null || right.long !== null)) {
    const a = left.long ?? left.number;
    const b = right.long ?? right.number;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const a = kind === FLOAT ? Math.fround(left.number) : left.number;
  const b = kind === FLOAT ? Math.fround(right.number) : right.number;
  if (a === b) return 0;
  return a < b ? -1 : a > b ? 1 : NONE;
}

function holds(relation: Relation, order: number): Truth {
  switch (relation) {
    case '=':
      return truthOf(order === 0);
    case '<>':
      return truthOf(order !== 0);
    case '<':
      return truthOf(order < 0);
    case '<=':
      return truthOf(order <= 0);
    case '>':
      return truthOf(order > 0);
    case '>=':
      return truthOf(order >= 0);
  }
}
