/**
 * Filters by their kind: by tags, or by a condition over the properties (SQL92).
 *
 * A condition is parsed once; those in use are remembered by their text, some hundreds of them.
 */
import { CoreError } from '../../core/errors.ts';
import { defaultSelectorLimits } from '../../core/selector/limits.ts';
import { parseSelector, type Selector } from '../../core/selector/selector.ts';
import type { Headers, Value } from '../../core/value.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { readProperties } from '../../wire/rocketmq/properties.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { StoredMessage } from '../../wire/rocketmq/stored-message.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';
import { type MessageFilter, tagFilterOf } from './tag-filter.ts';

const REMEMBERED_MAX = 512;
const SQL92 = 'SQL92';

class SqlFilter implements MessageFilter, Headers {
  readonly #selector: Selector;
  readonly #message = new StoredMessage();
  readonly #properties = new NamedRanges();

  constructor(text: string) {
    this.#selector = parseSelector(text, { dialect: 'rocketmq', limits: defaultSelectorLimits });
  }

  get(name: string): Value | undefined {
    return this.#properties.text(name) ?? undefined;
  }

  wants(bytes: Uint8Array, start: number, end: number): boolean {
    const message = this.#message;
    message.open(bytes, start, end);
    readProperties(bytes, message.propertiesStart, message.propertiesEnd, this.#properties);
    return this.#selector.matches(this);
  }
}

const remembered = new Map<string, MessageFilter | null>();

export function isByTag(type: string): boolean {
  return type === '' || type === 'TAG';
}

/** null: everything is wanted. A RocketmqWireError says what is wrong with the expression. */
export function filterOf(type: string, expression: string | null): MessageFilter | null {
  const key = `${type} ${expression}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const filter = isByTag(type) ? tagFilterOf(expression) : sqlFilter(type, expression ?? '');
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(key, filter);
  return filter;
}

function sqlFilter(type: string, expression: string): MessageFilter {
  if (type !== SQL92) throw refused(`The broker does not support consumer to filter message by ${type}`);
  try {
    return new SqlFilter(expression);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    throw refused(error.facts.problem ?? error.message);
  }
}

function refused(text: string): RocketmqWireError {
  return new RocketmqWireError(text, RESPONSE.SUBSCRIPTION_PARSE_FAILED);
}
