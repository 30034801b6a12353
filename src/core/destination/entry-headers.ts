/**
 * EntryHeaders: the headers of a stored message by the names that JMS selectors have for them, whatever language the
 * message is in.
 *
 *     JMSPriority, JMSDeliveryMode, JMSTimestamp, JMSExpiration      of the entry itself
 *     JMSCorrelationID, JMSType, JMSMessageID, JMSReplyTo, JMSDestination, JMSXUserID     of its hub form
 *     all others, JMSXGroupID among them                             properties: asked of its format one by one
 *
 * What a header is worth is remembered for the message at hand, because a thousand selectors may ask for the same.
 */
import type { Formats, Hub } from '../format.ts';
import { hubOf } from '../hub-of.ts';
import type { Entry, Overlay } from '../message.ts';
import { type Headers, Num, type Value } from '../value.ts';

export class EntryHeaders implements Headers {
  readonly #formats: Formats;
  readonly #known = new Map<string, Value | undefined>();
  #entry: Entry | null = null;
  #look = 0;
  #hub: Hub | null = null;

  constructor(formats: Formats) {
    this.#formats = formats;
  }

  /** Looks at what `entry` holds now. */
  at(entry: Entry): void {
    if (entry === this.#entry && entry.look === this.#look) return;
    this.#entry = entry;
    this.#look = entry.look;
    this.#hub = null;
    this.#known.clear();
  }

  get(name: string): Value | undefined {
    if (this.#known.has(name)) return this.#known.get(name);
    const value = this.#find(name);
    this.#known.set(name, value);
    return value;
  }

  #find(name: string): Value | undefined {
    const entry = this.#entry;
    const format = entry === null ? undefined : this.#formats.get(entry.format);
    if (entry === null || format === undefined) return undefined;
    switch (name) {
      case 'JMSPriority':
        return new Num('int32', entry.priority);
      case 'JMSDeliveryMode':
        return entry.persistent ? 'PERSISTENT' : 'NON_PERSISTENT';
      case 'JMSTimestamp':
        return new Num('int64', entry.timestamp);
      case 'JMSExpiration':
        return new Num('int64', entry.expiresAt);
      case 'JMSCorrelationID':
        return this.#hubOf(entry).correlationId ?? undefined;
      case 'JMSType':
        return this.#hubOf(entry).subject ?? undefined;
      case 'JMSMessageID':
        return this.#hubOf(entry).messageId ?? undefined;
      case 'JMSReplyTo':
        return this.#hubOf(entry).replyTo ?? undefined;
      case 'JMSXUserID':
        return this.#hubOf(entry).userId ?? undefined;
      case 'JMSDestination': {
        const { exchange, key } = this.#hubOf(entry);
        return exchange === '' ? `queue://${key}` : `topic://${exchange}`;
      }
      default:
        return overlaid(entry.overlay, name) ?? format.header(entry, name) ?? undefined;
    }
  }

  #hubOf(entry: Entry): Hub {
    this.#hub ??= hubOf(entry, this.#formats);
    return this.#hub;
  }
}

/** What a placement laid over a message counts like its own. */
function overlaid(overlay: Overlay | null, name: string): Value | undefined {
  const value = overlay?.headers?.[name];
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
}
