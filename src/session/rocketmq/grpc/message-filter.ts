/**
 * Filters of subscriptions: by tag, which is exact here, or by an SQL expression over a message's properties. Parsed
 * once and remembered, because a consumer says it again with every receive.
 */
import { CoreError } from '../../../core/errors.ts';
import { defaultSelectorLimits } from '../../../core/selector/limits.ts';
import { parseSelector, type Selector } from '../../../core/selector/selector.ts';
import type { Headers, Value } from '../../../core/value.ts';
import { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import { readProperties } from '../../../wire/rocketmq/properties.ts';
import { StoredMessage } from '../../../wire/rocketmq/stored-message.ts';
import { CODE, FILTER_TYPE } from '../../../wire/rocketmq/v2/codes.ts';
import type { FilterExpression } from '../../../wire/rocketmq/v2/shapes.ts';
import { type MessageFilter, tagFilterOf } from '../tag-filter.ts';
import { Refusal } from './refusal.ts';

const REMEMBERED_MAX = 1_024;
const EXPRESSION_CHARACTERS_MAX = 32 * 1024;

const message = new StoredMessage();
const properties = new NamedRanges();

/** The properties that `properties` lists. */
const headers: Headers = { get: (name: string): Value | undefined => properties.text(name) ?? undefined };

class SqlFilter implements MessageFilter {
  readonly #selector: Selector;

  constructor(selector: Selector) {
    this.#selector = selector;
  }

  wants(bytes: Uint8Array, start: number, end: number): boolean {
    message.open(bytes, start, end);
    readProperties(bytes, message.propertiesStart, message.propertiesEnd, properties);
    return this.#selector.matches(headers);
  }
}

export class MessageFilters {
  readonly #remembered = new Map<string, MessageFilter | null>();

  /** null: everything is wanted. */
  of(filter: FilterExpression | null | undefined): MessageFilter | null {
    if (filter === null || filter === undefined) return null;
    const { type, expression } = filter;
    if (expression.length > EXPRESSION_CHARACTERS_MAX) throw illegal('the filter expression is too long');
    const key = `${type}:${expression}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    const made = type === FILTER_TYPE.SQL ? sqlFilterOf(expression) : tagFilterOf(expression);
    this.#remembered.set(key, made);
    return made;
  }
}

function sqlFilterOf(expression: string): MessageFilter {
  try {
    return new SqlFilter(parseSelector(expression, { dialect: 'rocketmq', limits: defaultSelectorLimits }));
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    throw illegal(`the filter expression can't be read: ${error.facts.problem ?? error.message}`);
  }
}

function illegal(text: string): Refusal {
  return new Refusal(CODE.ILLEGAL_FILTER_EXPRESSION, text);
}
