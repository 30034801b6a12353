/**
 * ProtocolHeader: the first eight bytes of a connection, however they are cut.
 */
import { PROTOCOL_HEADER, PROTOCOL_HEADER_0_9 } from '../../wire/amqp091/constants.ts';

export class ProtocolHeader {
  readonly #bytes = new Uint8Array(PROTOCOL_HEADER.length);
  #length = 0;

  /** What follows the header in the chunk; null while it is incomplete; undefined as soon as it is not ours. */
  take(chunk: Uint8Array): Uint8Array | null | undefined {
    const missing = Math.min(PROTOCOL_HEADER.length - this.#length, chunk.length);
    this.#bytes.set(chunk.subarray(0, missing), this.#length);
    this.#length += missing;
    if (!this.#begins(PROTOCOL_HEADER) && !this.#begins(PROTOCOL_HEADER_0_9)) return undefined;
    return this.#length === PROTOCOL_HEADER.length ? chunk.subarray(missing) : null;
  }

  #begins(header: Uint8Array): boolean {
    for (let index = 0; index < this.#length; index++) if (header[index] !== this.#bytes[index]) return false;
    return true;
  }
}
