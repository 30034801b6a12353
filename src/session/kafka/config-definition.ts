/**
 * ConfigDefinition: one configuration of Kafka: its name, type, default, and what may be written into it.
 *
 * Values travel and are kept as text, as the client wrote them; here is what the text must be, and what it means. The
 * words of a refusal are those that administrators know from Kafka:
 *
 *   Invalid value soon for configuration retention.ms: Not a number of type LONG
 *
 * A table of definitions (topic-config.ts, broker-config.ts) is all that is known of a kind of resource: what can be
 * described, altered and validated follows from it.
 */

export type ConfigType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password';

export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** null: there is none; then it isn't set unless somebody sets it. */
  readonly initial: string | null;
  readonly documentation: string;
  /** For numbers; each end included. */
  readonly least?: number;
  readonly most?: number;
  /** The only values, or the only members of a list. */
  readonly choices?: readonly string[];
  /** What else a value must be; says what is wrong with it. */
  readonly check?: (value: string) => string | null;
  /** The broker's config that gives a topic its default; of the same default. */
  readonly synonym?: string;
}

export type Definitions = ReadonlyMap<string, ConfigDefinition>;

export function definitionsOf(list: readonly ConfigDefinition[]): Definitions {
  return new Map(list.map((definition) => [definition.name, definition]));
}

/** What one value may have at most; settings are kept in memory and in the journal. */
const VALUE_CHARACTERS_MAX = 32_767;
/** No number that fits is longer: -1.7976931348623157E308. */
const DIGITS_MAX = 24;

const INTEGERS: Readonly<Partial<Record<ConfigType, readonly [least: bigint, most: bigint]>>> = {
  short: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
};
const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** What a refusal says; null: the value will do. */
export function problemOf(definition: ConfigDefinition, value: string): string | null {
  const { name } = definition;
  if (value.length > VALUE_CHARACTERS_MAX) return `Value of configuration ${name} is too long`;
  const problem = problemOfValue(definition, value);
  return problem === null ? null : `Invalid value ${value} for configuration ${name}: ${problem}`;
}

function problemOfValue(definition: ConfigDefinition, value: string): string | null {
  const { type, choices, check } = definition;
  const trimmed = value.trim();
  if (type === 'boolean') {
    return isBoolean(trimmed) ? (check?.(trimmed) ?? null) : 'Expected value to be either true or false';
  }
  if (isNumeric(type)) {
    return isNumber(type, trimmed) ? problemOfSize(definition, trimmed) : `Not a number of type ${type.toUpperCase()}`;
  }
  const parts = type === 'list' ? listOf(value) : [trimmed];
  if (type === 'list' && parts.includes('')) return 'Members of a list must not be empty';
  if (choices !== undefined && !parts.every((part) => choices.includes(part))) {
    return `String must be one of: ${choices.join(', ')}`;
  }
  return check?.(trimmed) ?? null;
}

function isBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false';
}

function isNumeric(type: ConfigType): boolean {
  return type === 'double' || INTEGERS[type] !== undefined;
}

function isNumber(type: ConfigType, text: string): boolean {
  const range = INTEGERS[type];
  if (range === undefined) return text.length <= DIGITS_MAX && DECIMAL.test(text);
  if (text.length > DIGITS_MAX || !INTEGER.test(text)) return false;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= range[0] && value <= range[1];
}

function problemOfSize({ least, most, check }: ConfigDefinition, text: string): string | null {
  const value = Number(text);
  if (least !== undefined && value < least) return `Value must be at least ${least}`;
  if (most !== undefined && value > most) return `Value must be no more than ${most}`;
  return check?.(text) ?? null;
}

/** The members of a list: separated by commas, without the blanks around them. */
export function listOf(value: string): string[] {
  const trimmed = value.trim();
  return trimmed === '' ? [] : trimmed.split(',').map((part) => part.trim());
}

/** Beyond 2^53 the nearest number that there is. */
export function numberOf(value: string): number {
  return Number(value.trim());
}
