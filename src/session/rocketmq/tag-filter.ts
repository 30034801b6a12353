/**
 * TagFilter: which messages a subscription by tags wants, found out from the stored bytes. RocketMQ's brokers compare
 * hashes and leave the rest to clients; here a tag is compared exactly, so nothing is sent in vain.
 *
 *     '*', '' or nothing     everything
 *     'paid || sent'         messages with one of these tags
 */
import { sameBytes } from '../../bytes/copy.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { PROPERTY, readProperties } from '../../wire/rocketmq/properties.ts';
import { StoredMessage } from '../../wire/rocketmq/stored-message.ts';

/** Says of a stored message whether it is wanted. */
export interface MessageFilter {
  wants(bytes: Uint8Array, start: number, end: number): boolean;
}

const message = new StoredMessage();
const properties = new NamedRanges();

export class TagFilter implements MessageFilter {
  readonly #tags: readonly Uint8Array[];

  constructor(tags: readonly string[]) {
    this.#tags = tags.map((tag) => Buffer.from(tag));
  }

  wants(bytes: Uint8Array, start: number, end: number): boolean {
    message.open(bytes, start, end);
    readProperties(bytes, message.propertiesStart, message.propertiesEnd, properties);
    const index = properties.find(PROPERTY.TAGS);
    if (index < 0) return false;
    const from = properties.startOf(index);
    const length = properties.endOf(index) - from;
    for (const tag of this.#tags) if (tag.length === length && sameBytes(tag, 0, bytes, from, length)) return true;
    return false;
  }
}

/** null: everything is wanted. */
export function tagFilterOf(expression: string | null): TagFilter | null {
  if (expression === null || expression.trim() === '*') return null;
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return tags.length === 0 ? null : new TagFilter(tags);
}
