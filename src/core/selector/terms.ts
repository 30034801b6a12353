/**
 * Terms: the nodes of a selector that are worth a value.
 */
import type { Headers } from '../value.ts';
import type { Condition, Term } from './node.ts';
import { BOOLEAN, DOUBLE, FLOAT, INT, LONG, Operand } from './operand.ts';
import { TRUE, UNKNOWN } from './truth.ts';

export class Literal implements Term {
  readonly operand = new Operand();

  load(): Operand {
    return this.operand;
  }
}

/** A property by its name. */
export class Identifier implements Term {
  readonly name: string;
  readonly #operand = new Operand();

  constructor(name: string) {
    this.name = name;
  }

  load(headers: Headers): Operand {
    this.#operand.set(headers.get(this.name));
    return this.#operand;
  }
}

/** A condition where a value is wanted: `(a > 5) = (b > 5)`. */
export class TruthTerm implements Term {
  readonly condition: Condition;
  readonly #operand = new Operand();

  constructor(condition: Condition) {
    this.condition = condition;
  }

  load(headers: Headers): Operand {
    const truth = this.condition.test(headers);
    if (truth === UNKNOWN) this.#operand.unknown();
    else this.#operand.setNumber(BOOLEAN, truth === TRUE ? 1 : 0);
    return this.#operand;
  }
}

/** The negative of a number; of anything else, unknown. */
export class Negation implements Term {
  readonly #term: Term;
  readonly #operand = new Operand();

  constructor(term: Term) {
    this.#term = term;
  }

  load(headers: Headers): Operand {
    const { kind, number, long } = this.#term.load(headers);
    const operand = this.#operand;
    if (kind < INT) operand.unknown();
    else if (long !== null) operand.setLong(-long);
    else if (kind === INT) operand.setNumber(INT, -number | 0);
    else operand.setNumber(kind, -number);
    return operand;
  }
}

export type Operator = '+' | '-' | '*' | '/' | '%';

/** Two numbers and an operator; unknown if one of them is no number. Exact numbers wrap, as they do in Java. */
export class Arithmetic implements Term {
  readonly #operator: Operator;
  readonly #left: Term;
  readonly #right: Term;
  /** Quotients and remainders are doubles. */
  readonly #dividesExactly: boolean;
  readonly #operand = new Operand();

  constructor(operator: Operator, left: Term, right: Term, dividesExactly: boolean) {
    this.#operator = operator;
    this.#left = left;
    this.#right = right;
    this.#dividesExactly = dividesExactly;
  }

  load(headers: Headers): Operand {
    const left = this.#left.load(headers);
    const right = this.#right.load(headers);
    const operand = this.#operand;
    if (left.kind < INT || right.kind < INT) operand.unknown();
    else if (left.kind >= FLOAT || right.kind >= FLOAT || this.#isExactDivision) this.#approximate(left, right);
    else if (left.kind === LONG || right.kind === LONG) this.#longs(left, right);
    else this.#ints(left.number, right.number);
    return operand;
  }

  get #isExactDivision(): boolean {
    return this.#dividesExactly && (this.#operator === '/' || this.#operator === '%');
  }

  #approximate(left: Operand, right: Operand): void {
    const isFloat = left.kind < DOUBLE && right.kind < DOUBLE && !this.#dividesExactly;
    const value = calculate(this.#operator, left.number, right.number);
    this.#operand.setNumber(isFloat ? FLOAT : DOUBLE, isFloat ? Math.fround(value) : value);
  }

  #ints(left: number, right: number): void {
    const divides = this.#operator === '/' || this.#operator === '%';
    if (divides && right === 0) this.#operand.unknown();
    else if (this.#operator === '*') this.#operand.setNumber(INT, Math.imul(left, right));
    else this.#operand.setNumber(INT, calculate(this.#operator, left, right) | 0);
  }

  #longs(left: Operand, right: Operand): void {
    const divides = this.#operator === '/' || this.#operator === '%';
    if (divides && right.number === 0) {
      this.#operand.unknown();
      return;
    }
    const value = calculate(this.#operator, left.number, right.number);
    const isSafe = left.long === null && right.long === null && Number.isSafeInteger(value);
    if (isSafe) this.#operand.setNumber(LONG, value);
    else this.#operand.setLong(calculateBig(this.#operator, bigOf(left), bigOf(right)));
  }
}

function bigOf(operand: Operand): bigint {
  return operand.long ?? BigInt(operand.number);
}

function calculate(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function calculateBig(operator: Operator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}
