/**
 * SelectorFilter: a JMS selector as the Filter of a consumer or a subscription.
 */
import type { Filter, Pin } from '../filter.ts';
import type { Entry } from '../message.ts';
import { defaultSelectorLimits } from '../selector/limits.ts';
import { parseSelector, type Selector } from '../selector/selector.ts';
import type { EntryHeaders } from './entry-headers.ts';

export class SelectorFilter implements Filter {
  readonly text: string;
  readonly pin: Pin | null;
  readonly #selector: Selector;
  readonly #headers: EntryHeaders;

  constructor(selector: Selector, headers: EntryHeaders) {
    this.text = selector.text;
    this.#selector = selector;
    this.#headers = headers;
    const { pinned } = selector;
    this.pin = pinned === null ? null : { ...pinned, of: (entry) => this.#textOf(entry, pinned.name) };
  }

  matches(entry: Entry): boolean {
    this.#headers.at(entry);
    return this.#selector.matches(this.#headers);
  }

  #textOf(entry: Entry, name: string): string | null {
    this.#headers.at(entry);
    const value = this.#headers.get(name);
    return typeof value === 'string' ? value : null;
  }
}

/** Throws a CoreError for what is no selector. Null for one that asks for nothing. */
export function selectorFilter(text: string | null, headers: EntryHeaders): SelectorFilter | null {
  if (text === null || text.trim() === '') return null;
  return new SelectorFilter(parseSelector(text, { dialect: 'activemq', limits: defaultSelectorLimits }), headers);
}
