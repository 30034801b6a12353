/**
 * Message and Entry: one message on its way in, and one stored entry on its way out.
 *
 * A Message is what a session hands to `publish`. It keeps its publisher's encoding: the payload is opaque to
 * the core, and only the few fields that routing, order and time need are lifted out of it. It is valid during the
 * call only: the store copies the payload once, from the socket's chunk into the journal's slab, through `write`.
 *
 * An Entry is the reverse: a window onto bytes that the store holds. There is one instance a reader, refilled by
 * every read, so that reading a message allocates nothing. What must outlive the turn is copied by the reader.
 */

/** Which encoding a payload is in: an index into the registered Formats (see `format.ts`). One byte on disk. */
export type FormatTag = number;

export interface Message {
  readonly format: FormatTag;
  /** Survives a restart. A transient message in a durable log is journaled too, and settled at boot. */
  readonly persistent: boolean;
  /** 0 (lowest, the default) to 255. */
  readonly priority: number;
  /** Milliseconds since the epoch: when the broker took it, unless the protocol lets the publisher say. */
  readonly timestamp: number;
  /** Milliseconds since the epoch; 0 = never. */
  readonly expiresAt: number;
  /** How many messages the entry holds; more than 1 for a batch that stays whole. */
  readonly count: number;
  /** Payload bytes that `write` will copy. */
  readonly length: number;
  /** Copies exactly `length` payload bytes to `target`, starting at `at`. */
  write(target: Uint8Array, at: number): void;
}

const NOTHING = new Uint8Array(0);

/** A reader's window onto one stored entry; every field is overwritten by the next read. */
export class Entry {
  /** The offset of the message that was read, in the log that was read. */
  offset = 0;
  /** The offset of the entry's first message; `offset - base` tells which one of a batch is meant. */
  base = 0;
  /** Messages in the entry. */
  count = 1;
  format: FormatTag = 0;
  persistent = false;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  /** The payload is `bytes[start, end)`; the buffer around it belongs to the store and is not to be written. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Raised by whoever read it and asks several about it, so that they can know it again and decode it once. */
  look = 0;
  /** What a placement changes of what readers see; null for an entry delivered as it was published. */
  overlay: Overlay | null = null;

  /** Payload bytes of one message of it; in a batch their average. */
  get share(): number {
    return this.count === 1 ? this.end - this.start : Math.ceil((this.end - this.start) / this.count);
  }
}

/**
 * What a Placement lays over an immutable entry: dead-lettering and retry change what a reader sees without
 * copying the payload. Converters apply it on delivery. At most `limits.overlayBytesMax` when encoded.
 */
export interface Overlay {
  readonly exchange?: string;
  readonly key?: string;
  readonly expiresAt?: number;
  readonly attempts?: number;
  /** Headers added or replaced, as a JSON object; a protocol's session knows how to apply its own. */
  readonly headers?: Readonly<Record<string, unknown>>;
}
