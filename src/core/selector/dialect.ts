/**
 * Dialects: where those who evaluate selectors differ from the JMS specification, one flag a difference.
 *
 *   jms        the specification: a conditional expression of SQL-92 over properties
 *   activemq   the same as ActiveMQ runs it; with the prefix `convert_string_expressions:` text counts as a number
 *              where it is compared with one, which is what STOMP subscribers need
 *   rocketmq   SQL92 filters of RocketMQ: no LIKE and no arithmetic, but CONTAINS, STARTSWITH and ENDSWITH; all
 *              properties are text, so text always counts as what it is compared with
 *
 * Where ActiveMQ and RocketMQ are at odds with the specification by mistake, the specification is followed: NOT binds
 * weaker than a comparison, two absent properties are not equal, and nothing may follow the expression.
 */
export type Dialect = 'jms' | 'activemq' | 'rocketmq';

export interface DialectRules {
  /** LIKE, and the operators + - * / %. */
  readonly hasLike: boolean;
  readonly hasArithmetic: boolean;
  /** Hexadecimal and octal literals, and suffixes of numbers, as in Java. */
  readonly hasJavaLiterals: boolean;
  /** CONTAINS, STARTSWITH, ENDSWITH. */
  readonly hasPartsOfText: boolean;
  /** The prefix that turns `convertsText` on. */
  readonly hasConversionPrefix: boolean;
  /** `'5' > 3` is a comparison of numbers, `'true' = TRUE` one of booleans. */
  readonly convertsText: boolean;
  /** Text that can't be converted is as good as absent; else the comparison is false. */
  readonly badTextIsUnknown: boolean;
  /** 7 / 2 is 3.5. SQL-92 leaves it to the implementation, JMS refers to Java, where it is 3. */
  readonly dividesExactly: boolean;
  /** `'a' <> 5` is true; JMS says that any comparison of what can't be compared is false. */
  readonly unlikeIsUnequal: boolean;
  /** Text and booleans have an order too. JMS knows only = and <> for them. */
  readonly ordersText: boolean;
  /** `BETWEEN 5 AND 1` is refused. */
  readonly refusesEmptyRange: boolean;
}

const jms: DialectRules = {
  hasLike: true,
  hasArithmetic: true,
  hasJavaLiterals: true,
  hasPartsOfText: false,
  hasConversionPrefix: false,
  convertsText: false,
  badTextIsUnknown: false,
  dividesExactly: false,
  unlikeIsUnequal: false,
  ordersText: false,
  refusesEmptyRange: false,
};

const activemq: DialectRules = {
  ...jms,
  hasConversionPrefix: true,
  dividesExactly: true,
  unlikeIsUnequal: true,
  ordersText: true,
};

const rocketmq: DialectRules = {
  ...jms,
  hasLike: false,
  hasArithmetic: false,
  hasJavaLiterals: false,
  hasPartsOfText: true,
  convertsText: true,
  badTextIsUnknown: true,
  ordersText: true,
  refusesEmptyRange: true,
};

export const DIALECTS: Readonly<Record<Dialect, DialectRules>> = { jms, activemq, rocketmq };
