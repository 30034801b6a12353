/**
 * Wildcards in the names of queues and topics, as ActiveMQ writes them:
 *
 *     orders.*.new      `*` is one level between dots
 *     orders.>          `>` is all further levels, none included; what is behind it is ignored
 */
const SEPARATOR = '.';
const ONE = '*';
const REST = '>';

export class Wildcard {
  readonly text: string;
  readonly #levels: readonly string[];
  readonly #isOpen: boolean;

  constructor(text: string) {
    this.text = text;
    const levels = text.split(SEPARATOR);
    const rest = levels.indexOf(REST);
    this.#isOpen = rest >= 0;
    this.#levels = this.#isOpen ? levels.slice(0, rest) : levels;
  }

  /** Linear in the name's length, whatever the pattern. */
  matches(name: string): boolean {
    const levels = name.split(SEPARATOR);
    if (levels.length < this.#levels.length) return false;
    if (!this.#isOpen && levels.length > this.#levels.length) return false;
    return this.#levels.every((level, index) => level === ONE || level === levels[index]);
  }
}

export function isWildcard(name: string): boolean {
  if (!name.includes(ONE) && !name.includes(REST)) return false;
  return name.split(SEPARATOR).some((level) => level === ONE || level === REST);
}
