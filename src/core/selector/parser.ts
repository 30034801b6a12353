/**
 * Parser: a selector's text to the condition that it is, by descent through the levels of precedence.
 *
 *   selector    or END
 *   or          and (OR and)*
 *   and         not (AND not)*
 *   not         NOT not | equality
 *   equality    relation ( = | <> relation | IS [NOT] NULL )*
 *   relation    sum ( < | <= | > | >= sum | [NOT] BETWEEN sum AND sum | [NOT] IN (text, ...)
 *                   | [NOT] LIKE text [ESCAPE text] | [NOT] CONTAINS | STARTSWITH | ENDSWITH text )*
 *   sum         product ( + | - product )*
 *   product     sign ( * | / | % sign )*
 *   sign        + sign | - sign | literal | name | ( or )
 *
 * Recursion is counted, rows of operators are loops, and every node is counted, so what is built is bounded whatever
 * the text is.
 */
import { Comparison, type Relation } from './comparison.ts';
import {
  Absent,
  Alike,
  Between,
  Compared,
  Conjunction,
  Disjunction,
  Inversion,
  Listed,
  Outside,
  type Part,
  PartOfText,
} from './conditions.ts';
import type { DialectRules } from './dialect.ts';
import { Expression } from './expression.ts';
import type { Lexer } from './lexer.ts';
import { LikePattern } from './like.ts';
import type { SelectorLimits } from './limits.ts';
import type { Condition, Term } from './node.ts';
import { BOOLEAN, DOUBLE, FLOAT, LONG } from './operand.ts';
import { beyond, malformed, unsupported } from './problem.ts';
import { Arithmetic, Identifier, Literal, Negation, type Operator } from './terms.ts';
import { FALSE } from './truth.ts';

const EQUALITIES: readonly string[] = ['=', '<>'] satisfies Relation[];
const ORDERS: readonly string[] = ['<', '<=', '>', '>='] satisfies Relation[];
const PARTS: readonly string[] = ['CONTAINS', 'STARTSWITH', 'ENDSWITH'] satisfies Part[];
const SUMS: readonly string[] = ['+', '-'] satisfies Operator[];
const PRODUCTS: readonly string[] = ['*', '/', '%'] satisfies Operator[];

export class Parser {
  /** The names that the selector looks at. */
  readonly names = new Set<string>();
  readonly #lexer: Lexer;
  readonly #rules: DialectRules;
  readonly #limits: SelectorLimits;
  readonly #comparison: Comparison;
  #depth = 0;
  #terms = 0;

  constructor(lexer: Lexer, rules: DialectRules, limits: SelectorLimits) {
    this.#lexer = lexer;
    this.#rules = rules;
    this.#limits = limits;
    this.#comparison = new Comparison(rules);
  }

  parse(): Condition {
    this.#lexer.next();
    if (this.#lexer.isEnd) throw malformed(0, 'it is empty');
    const condition = this.#or().asCondition();
    if (!this.#lexer.isEnd) throw this.#unexpected('an operator or the end');
    return condition;
  }

  #or(): Expression {
    const first = this.#and();
    if (!this.#lexer.is('word', 'OR')) return first;
    const parts = [first];
    while (this.#took('word', 'OR')) parts.push(this.#and());
    return this.#made(new Disjunction(parts.map((part) => part.asCondition())), first, ...parts);
  }

  #and(): Expression {
    const first = this.#not();
    if (!this.#lexer.is('word', 'AND')) return first;
    const parts = [first];
    while (this.#took('word', 'AND')) parts.push(this.#not());
    return this.#made(new Conjunction(parts.map((part) => part.asCondition())), first, ...parts);
  }

  #not(): Expression {
    if (!this.#took('word', 'NOT')) return this.#equality();
    this.#enter();
    const inner = this.#not();
    this.#leave();
    return this.#made(new Inversion(inner.asCondition()), inner);
  }

  #equality(): Expression {
    let left = this.#relation();
    for (;;) {
      if (this.#isSign(EQUALITIES)) {
        const relation = this.#sign() as Relation;
        const right = this.#relation();
        const terms = [left.asComparable(), right.asComparable()] as const;
        left = this.#made(new Compared(this.#comparison, relation, ...terms), left, right);
      } else if (this.#took('word', 'IS')) {
        const isNegated = this.#took('word', 'NOT');
        this.#expect('word', 'NULL');
        left = this.#made(invertedIf(isNegated, new Absent(left.asTerm())), left);
      } else return left;
    }
  }

  #relation(): Expression {
    let left = this.#sum();
    for (;;) {
      if (this.#isSign(ORDERS)) {
        const relation = this.#sign() as Relation;
        const right = this.#sum();
        const terms = [left.asOrdered(), right.asOrdered()] as const;
        left = this.#made(new Compared(this.#comparison, relation, ...terms), left, right);
        continue;
      }
      const isNegated = this.#took('word', 'NOT');
      const predicate = this.#predicate(left, isNegated);
      if (predicate !== null) left = predicate;
      else if (isNegated) throw this.#unexpected('what follows a NOT here');
      else return left;
    }
  }

  /** What begins with a word; null if nothing of that kind comes. */
  #predicate(left: Expression, isNegated: boolean): Expression | null {
    if (this.#took('word', 'BETWEEN')) return this.#between(left, isNegated);
    if (this.#took('word', 'IN')) return this.#in(left, isNegated);
    if (this.#took('word', 'LIKE')) return this.#like(left, isNegated);
    const { kind, text: part } = this.#lexer;
    if (kind !== 'word' || !PARTS.includes(part)) return null;
    this.#lexer.next();
    return this.#made(new PartOfText(left.asTerm(), part as Part, this.#text(), isNegated), left);
  }

  #between(left: Expression, isNegated: boolean): Expression {
    const low = this.#sum();
    this.#expect('word', 'AND');
    const high = this.#sum();
    const range = [left.asOrdered(), low.asOrdered(), high.asOrdered()] as const;
    if (isNegated) return this.#made(new Outside(this.#comparison, ...range), left, low, high);
    if (this.#rules.refusesEmptyRange && low.literal !== null && high.literal !== null) {
      const isEmpty = this.#comparison.test('<=', low.literal, high.literal) === FALSE;
      if (isEmpty) throw malformed(low.position, 'the lower end of BETWEEN is above the upper one');
    }
    return this.#made(new Between(this.#comparison, ...range), left, low, high);
  }

  #in(left: Expression, isNegated: boolean): Expression {
    if (!left.isIdentifier) throw malformed(left.position, 'IN needs a name on its left');
    this.#expect('sign', '(');
    const texts = new Set<string>();
    do {
      texts.add(this.#text());
      this.#count();
    } while (this.#took('sign', ','));
    this.#expect('sign', ')');
    return this.#made(invertedIf(isNegated, new Listed(left.asTerm(), texts)), left);
  }

  #like(left: Expression, isNegated: boolean): Expression {
    const pattern = this.#text();
    const limit = this.#limits.selectorPatternCharactersMax;
    if (pattern.length > limit) throw beyond('selectorPatternCharactersMax', pattern.length, limit);
    let escapeWith = '';
    if (this.#took('word', 'ESCAPE')) {
      const { position } = this.#lexer;
      escapeWith = this.#text();
      if (escapeWith.length !== 1) throw malformed(position, 'ESCAPE takes one character');
    }
    return this.#made(invertedIf(isNegated, new Alike(left.asTerm(), new LikePattern(pattern, escapeWith))), left);
  }

  #sum(): Expression {
    let left = this.#product();
    while (this.#isOperator(SUMS)) left = this.#arithmetic(left, this.#sign() as Operator, this.#product());
    return left;
  }

  #product(): Expression {
    let left = this.#signed();
    while (this.#isOperator(PRODUCTS)) left = this.#arithmetic(left, this.#sign() as Operator, this.#signed());
    return left;
  }

  #arithmetic(left: Expression, operator: Operator, right: Expression): Expression {
    const { dividesExactly } = this.#rules;
    return this.#made(new Arithmetic(operator, left.asNumber(), right.asNumber(), dividesExactly), left, right);
  }

  #signed(): Expression {
    if (!this.#isSign(SUMS)) return this.#primary(false);
    const isMinus = this.#sign() === '-';
    this.#enter();
    // The lowest long is a literal that exists only behind its sign.
    const isNumber = this.#lexer.kind === 'exact';
    const inner = isNumber ? this.#primary(isMinus) : this.#signed();
    this.#leave();
    const term = inner.asNumber();
    return isMinus && !isNumber ? this.#made(new Negation(term), inner) : inner;
  }

  #primary(isNegative: boolean): Expression {
    const lexer = this.#lexer;
    const { position, kind, text } = lexer;
    this.#count();
    if (kind === 'exact') return this.#exact(isNegative);
    if (kind === 'sign' && text === '(') return this.#parenthesised();
    if (kind === 'word' && (text === 'XPATH' || text === 'XQUERY')) {
      throw unsupported(position, `${text} looks into bodies`);
    }
    if (kind === 'name') return this.#name();
    const literal = new Literal();
    if (kind === 'text') literal.operand.setText(text);
    else if (kind === 'approximate') {
      const value = Number(text);
      if (lexer.suffix === 'F') literal.operand.setNumber(FLOAT, Math.fround(value));
      else literal.operand.setNumber(DOUBLE, value);
    } else if (kind === 'word' && (text === 'TRUE' || text === 'FALSE')) {
      literal.operand.setNumber(BOOLEAN, text === 'TRUE' ? 1 : 0);
    } else if (kind !== 'word' || text !== 'NULL') throw this.#unexpected('a name or a value');
    lexer.next();
    return new Expression(position, 1, literal);
  }

  #exact(isNegative: boolean): Expression {
    const { position, text, radix, suffix } = this.#lexer;
    const digits = radix === 16 ? `0x${text}` : radix === 8 ? `0o${text}` : text;
    const value = BigInt(digits);
    const literal = new Literal();
    const fits = literal.operand.setExact(isNegative ? -value : value);
    if (!fits) throw malformed(position, 'a whole number needs more than 64 bits');
    if (suffix === 'L' && literal.operand.kind < LONG) literal.operand.setNumber(LONG, literal.operand.number);
    this.#lexer.next();
    return new Expression(position, 1, literal);
  }

  #name(): Expression {
    const { position, text } = this.#lexer;
    this.#lexer.next();
    if (this.#lexer.is('sign', '(')) throw unsupported(position, `there are no functions, and so no ${text}`);
    this.names.add(text);
    return new Expression(position, 1, new Identifier(text));
  }

  #parenthesised(): Expression {
    this.#enter();
    this.#lexer.next();
    const inner = this.#or();
    this.#expect('sign', ')');
    this.#leave();
    return inner;
  }

  /** The text literal that must come. */
  #text(): string {
    const { kind, text } = this.#lexer;
    if (kind !== 'text') throw this.#unexpected('a text in quotes');
    this.#lexer.next();
    return text;
  }

  /** A node over others; the first says where it begins. */
  #made(node: Term | Condition, first: Expression, ...others: Expression[]): Expression {
    this.#count();
    let height = first.height;
    for (const other of others) height = Math.max(height, other.height);
    const limit = this.#limits.selectorDepthMax;
    if (++height > limit) throw beyond('selectorDepthMax', height, limit);
    return new Expression(first.position, height, node);
  }

  #isSign(signs: readonly string[]): boolean {
    return this.#lexer.kind === 'sign' && signs.includes(this.#lexer.text);
  }

  #isOperator(signs: readonly string[]): boolean {
    if (!this.#isSign(signs)) return false;
    if (this.#rules.hasArithmetic) return true;
    throw unsupported(this.#lexer.position, 'there is no arithmetic in this dialect');
  }

  #sign(): string {
    const { text } = this.#lexer;
    this.#lexer.next();
    return text;
  }

  #took(kind: 'word' | 'sign', text: string): boolean {
    if (!this.#lexer.is(kind, text)) return false;
    this.#lexer.next();
    return true;
  }

  #expect(kind: 'word' | 'sign', text: string): void {
    if (!this.#took(kind, text)) throw this.#unexpected(text);
  }

  #unexpected(wanted: string): Error {
    return malformed(this.#lexer.position, `${wanted} is expected, not ${this.#lexer.description}`);
  }

  #count(): void {
    const limit = this.#limits.selectorTermsMax;
    if (++this.#terms > limit) throw beyond('selectorTermsMax', this.#terms, limit);
  }

  #enter(): void {
    const limit = this.#limits.selectorDepthMax;
    if (++this.#depth > limit) throw beyond('selectorDepthMax', this.#depth, limit);
  }

  #leave(): void {
    this.#depth--;
  }
}

function invertedIf(isNegated: boolean, condition: Condition): Condition {
  return isNegated ? new Inversion(condition) : condition;
}
