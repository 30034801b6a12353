/**
 * Conditions: the nodes of a selector that are worth a truth.
 */
import type { Headers } from '../value.ts';
import type { Comparison, Relation } from './comparison.ts';
import type { LikePattern } from './like.ts';
import type { Condition, Pinned, Term } from './node.ts';
import { BOOLEAN, TEXT, UNKNOWN_KIND } from './operand.ts';
import { Identifier, Literal } from './terms.ts';
import { and, FALSE, not, or, TRUE, type Truth, truthOf, UNKNOWN } from './truth.ts';

/** All of them: `a AND b AND c` is one node, so a long row is not deep. */
export class Conjunction implements Condition {
  readonly #parts: readonly Condition[];

  constructor(parts: readonly Condition[]) {
    this.#parts = parts;
  }

  get pinned(): Pinned | null {
    for (const { pinned } of this.#parts) if (pinned) return pinned;
    return null;
  }

  test(headers: Headers): Truth {
    let truth: Truth = TRUE;
    for (const part of this.#parts) {
      truth = and(truth, part.test(headers));
      if (truth === FALSE) return FALSE;
    }
    return truth;
  }
}

/** At least one of them. */
export class Disjunction implements Condition {
  readonly #parts: readonly Condition[];

  constructor(parts: readonly Condition[]) {
    this.#parts = parts;
  }

  test(headers: Headers): Truth {
    let truth: Truth = FALSE;
    for (const part of this.#parts) {
      truth = or(truth, part.test(headers));
      if (truth === TRUE) return TRUE;
    }
    return truth;
  }
}

export class Inversion implements Condition {
  readonly #part: Condition;

  constructor(part: Condition) {
    this.#part = part;
  }

  test(headers: Headers): Truth {
    return not(this.#part.test(headers));
  }
}

/** A value where a condition is wanted: only a boolean is ever true. */
export class BooleanCondition implements Condition {
  readonly #term: Term;

  constructor(term: Term) {
    this.#term = term;
  }

  test(headers: Headers): Truth {
    const { kind, number } = this.#term.load(headers);
    if (kind === UNKNOWN_KIND) return UNKNOWN;
    return truthOf(kind === BOOLEAN && number === 1);
  }
}

export class Compared implements Condition {
  readonly #comparison: Comparison;
  readonly #relation: Relation;
  readonly #left: Term;
  readonly #right: Term;

  constructor(comparison: Comparison, relation: Relation, left: Term, right: Term) {
    this.#comparison = comparison;
    this.#relation = relation;
    this.#left = left;
    this.#right = right;
  }

  get pinned(): Pinned | null {
    if (this.#relation !== '=') return null;
    return pinnedBy(this.#left, this.#right) ?? pinnedBy(this.#right, this.#left);
  }

  test(headers: Headers): Truth {
    return this.#comparison.test(this.#relation, this.#left.load(headers), this.#right.load(headers));
  }
}

function pinnedBy(name: Term, value: Term): Pinned | null {
  if (!(name instanceof Identifier) || !(value instanceof Literal) || value.operand.kind !== TEXT) return null;
  return { name: name.name, text: value.operand.text };
}

/** `value >= low AND value <= high`, with the value worked out once. */
export class Between implements Condition {
  readonly #comparison: Comparison;
  readonly #term: Term;
  readonly #low: Term;
  readonly #high: Term;

  constructor(comparison: Comparison, term: Term, low: Term, high: Term) {
    this.#comparison = comparison;
    this.#term = term;
    this.#low = low;
    this.#high = high;
  }

  test(headers: Headers): Truth {
    const operand = this.#term.load(headers);
    const fromLow = this.#comparison.test('>=', operand, this.#low.load(headers));
    if (fromLow === FALSE) return FALSE;
    return and(fromLow, this.#comparison.test('<=', operand, this.#high.load(headers)));
  }
}

/** `value < low OR value > high`: not the inversion of Between for what can't be compared. */
export class Outside implements Condition {
  readonly #comparison: Comparison;
  readonly #term: Term;
  readonly #low: Term;
  readonly #high: Term;

  constructor(comparison: Comparison, term: Term, low: Term, high: Term) {
    this.#comparison = comparison;
    this.#term = term;
    this.#low = low;
    this.#high = high;
  }

  test(headers: Headers): Truth {
    const operand = this.#term.load(headers);
    const belowLow = this.#comparison.test('<', operand, this.#low.load(headers));
    if (belowLow === TRUE) return TRUE;
    return or(belowLow, this.#comparison.test('>', operand, this.#high.load(headers)));
  }
}

/** One of several texts. What is no text is as good as absent. */
export class Listed implements Condition {
  readonly #term: Term;
  readonly #texts: ReadonlySet<string>;

  constructor(term: Term, texts: ReadonlySet<string>) {
    this.#term = term;
    this.#texts = texts;
  }

  test(headers: Headers): Truth {
    const { kind, text } = this.#term.load(headers);
    return kind === TEXT ? truthOf(this.#texts.has(text)) : UNKNOWN;
  }
}

/** LIKE; what is there and no text is like nothing. */
export class Alike implements Condition {
  readonly #term: Term;
  readonly #pattern: LikePattern;

  constructor(term: Term, pattern: LikePattern) {
    this.#term = term;
    this.#pattern = pattern;
  }

  test(headers: Headers): Truth {
    const { kind, text } = this.#term.load(headers);
    if (kind === UNKNOWN_KIND) return UNKNOWN;
    return truthOf(kind === TEXT && this.#pattern.matches(text));
  }
}

export type Part = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH';

/** RocketMQ's look into a text. Of what is no text, and for an empty part, both it and its opposite are false. */
export class PartOfText implements Condition {
  readonly #term: Term;
  readonly #part: Part;
  readonly #wanted: string;
  readonly #isNegated: boolean;

  constructor(term: Term, part: Part, wanted: string, isNegated: boolean) {
    this.#term = term;
    this.#part = part;
    this.#wanted = wanted;
    this.#isNegated = isNegated;
  }

  test(headers: Headers): Truth {
    const { kind, text } = this.#term.load(headers);
    if (kind !== TEXT || this.#wanted === '') return FALSE;
    return truthOf(this.#has(text) !== this.#isNegated);
  }

  #has(text: string): boolean {
    switch (this.#part) {
      case 'CONTAINS':
        return text.includes(this.#wanted);
      case 'STARTSWITH':
        return text.startsWith(this.#wanted);
      case 'ENDSWITH':
        return text.endsWith(this.#wanted);
    }
  }
}

export class Absent implements Condition {
  readonly #term: Term;

  constructor(term: Term) {
    this.#term = term;
  }

  test(headers: Headers): Truth {
    return truthOf(this.#term.load(headers).kind === UNKNOWN_KIND);
  }
}
