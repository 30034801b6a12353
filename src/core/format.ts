/**
 * Format and Hub: how a reader of one language reads a message of another (DESIGN law 3).
 *
 * An entry keeps its publisher's bytes. A reader of the same format copies them; every other reader asks the
 * entry's own Format for the hub form and its own Format to encode it, so n protocols need 2n converters:
 *
 *   entry(amqp) ──amqp.toHub──▶ Hub ──kafka.fromHub──▶ Message(kafka)
 *
 * Sessions implement Format, the server registers them by tag, and sessions never import each other.
 */
import type { Entry, FormatTag, Message } from './message.ts';
import type { Table, Value } from './value.ts';

/** The neutral form of a message: what at least two protocols have a place for. `null` = the publisher did not say. */
export interface Hub {
  /** The exchange it was published to; '' for the default one. */
  exchange: string;
  /** Routing key, record key. */
  key: string;
  /** The publisher's own headers, types kept. */
  headers: Table;
  body: Uint8Array;
  contentType: string | null;
  contentEncoding: string | null;
  messageId: string | null;
  correlationId: string | null;
  replyTo: string | null;
  /** The publisher's name for the kind of message ("type", "subject", tag). */
  subject: string | null;
  userId: string | null;
  appId: string | null;
  /** The publisher's timestamp in milliseconds, if it gave one. */
  createdAt: number | null;
  persistent: boolean;
  priority: number;
  /** Milliseconds since the epoch; 0 = never. */
  expiresAt: number;
}

export interface Format {
  readonly tag: FormatTag;
  readonly name: string;
  /** One header by name, without decoding the others; undefined if there is none. */
  header(entry: Entry, name: string): Value | undefined;
  toHub(entry: Entry): Hub;
  /** The returned Message is valid until the next call. */
  fromHub(hub: Hub): Message;
}

/** The formats of this process, by tag. Tags are on disk: a tag, once given, is never given to another format. */
export class Formats {
  private readonly byTag: (Format | undefined)[] = [];

  register(format: Format): void {
    if (this.byTag[format.tag] !== undefined) throw new Error(`format tag ${format.tag} is taken`);
    this.byTag[format.tag] = format;
  }

  /** Undefined for an entry whose session is not built in: its bytes can be kept, moved and dropped, not read. */
  get(tag: FormatTag): Format | undefined {
    return this.byTag[tag];
  }
}
