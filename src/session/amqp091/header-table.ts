/**
 * HeaderTable: one header by name, straight from the bytes of a headers table. What is not asked for is passed over.
 */

import { sameBytes } from '../../bytes/copy.ts';
import { readU32 } from '../../bytes/numbers.ts';
import type { Headers, Value } from '../../core/value.ts';
import { encodeText } from '../../wire/amqp091/values.ts';
import { CoreFieldReader } from './field-reader.ts';

const NOTHING = new Uint8Array(0);

export class HeaderTable implements Headers {
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  readonly #reader = new CoreFieldReader(NOTHING, 0, 0);

  /** The table whose length stands at `at`; 0 for a message without headers. */
  point(bytes: Uint8Array, at: number): this {
    this.#bytes = bytes;
    this.#at = at;
    return this;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#at = 0;
    this.#reader.over(NOTHING, 0, 0);
  }

  /** Undefined also where the rest of the table cannot be read. */
  get(name: string): Value | undefined {
    const at = this.#at;
    if (at === 0) return undefined;
    const bytes = this.#bytes;
    const wanted = encodeText(name);
    const reader = this.#reader.over(bytes, at + 4, at + 4 + readU32(bytes, at));
    try {
      while (reader.at < reader.end) {
        const length = reader.octet();
        const from = reader.take(length);
        if (length === wanted.length && sameBytes(bytes, from, wanted, 0, length)) return reader.value(1);
        reader.skip();
      }
    } catch {
      return undefined;
    }
    return undefined;
  }
}
