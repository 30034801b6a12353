/**
 * Expression: what the parser has read so far and does not yet know the use of, a value or a condition.
 *
 * A name can be both: `flag` alone is a condition, `flag = TRUE` needs its value. What can't be what is asked for is
 * refused here, with its place, and so are comparisons that could never be true.
 */
import { BooleanCondition } from './conditions.ts';
import type { Condition, Term } from './node.ts';
import { BOOLEAN, INT, type Operand, UNKNOWN_KIND } from './operand.ts';
import { malformed } from './problem.ts';
import { Identifier, Literal, TruthTerm } from './terms.ts';

export class Expression {
  /** Where it begins. */
  readonly position: number;
  /** How deep its nodes are nested, and with that what evaluating takes of the stack. */
  readonly height: number;
  readonly #node: Term | Condition;

  constructor(position: number, height: number, node: Term | Condition) {
    this.position = position;
    this.height = height;
    this.#node = node;
  }

  /** The value of a literal, or null. */
  get literal(): Operand | null {
    return this.#node instanceof Literal ? this.#node.operand : null;
  }

  get isIdentifier(): boolean {
    return this.#node instanceof Identifier;
  }

  /** For arithmetic, LIKE and all that takes a value. */
  asTerm(): Term {
    return isTerm(this.#node) ? this.#node : new TruthTerm(this.#node);
  }

  /** For AND, OR, NOT and the whole selector. */
  asCondition(): Condition {
    const node = this.#node;
    if (!isTerm(node)) return node;
    const literal = this.literal;
    const canBe = node instanceof Identifier || literal?.kind === BOOLEAN || literal?.kind === UNKNOWN_KIND;
    if (!canBe) throw malformed(this.position, 'a condition is expected here, and this is a value');
    return new BooleanCondition(node);
  }

  /** For = and <>. */
  asComparable(): Term {
    if (this.literal?.kind === UNKNOWN_KIND) throw malformed(this.position, 'NULL is compared with IS [NOT] NULL only');
    return this.asTerm();
  }

  /** For < <= > >= and BETWEEN. */
  asOrdered(): Term {
    const literal = this.literal;
    if (!isTerm(this.#node) || (literal !== null && literal.kind < INT)) {
      throw malformed(this.position, 'only numbers can be less or greater than others');
    }
    return this.#node;
  }

  /** For + - * / %. */
  asNumber(): Term {
    const literal = this.literal;
    if (!isTerm(this.#node) || (literal !== null && literal.kind < INT)) {
      throw malformed(this.position, 'only numbers can be calculated with');
    }
    return this.#node;
  }
}

function isTerm(node: Term | Condition): node is Term {
  return 'load' in node;
}
