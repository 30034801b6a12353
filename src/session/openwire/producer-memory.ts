/**
 * ProducerMemory: the last message of each producer, by which one that comes again after a failover is known.
 *
 * A client that did not get its answer before the connection broke sends the message again, with the id that it had.
 * Ids of a producer only grow. Bounded: the producer that has been silent longest is forgotten.
 */
import { readI32, readU16, readU32 } from '../../bytes/numbers.ts';
import type { MessageLook } from '../../wire/openwire/message-look.ts';
import { openwireLimits } from './limits.ts';

/** In a message id: it is there, its type, no text of its own, and a producer id of its type. */
const HEAD = [1, 110, 0, 1, 123, 1];
const LONG_BYTES = 8;

export class ProducerMemory {
  readonly #last = new Map<string, number>();

  /** Whether the message was sent before. A message whose id has another form is never known. */
  isRepeat(look: MessageLook): boolean {
    const { bytes } = look;
    const at = look.place('messageId');
    for (const [index, byte] of HEAD.entries()) if (bytes[at + index] !== byte) return false;
    const nameAt = at + HEAD.length;
    const sequenceAt = nameAt + 2 + readU16(bytes, nameAt) + 2 * LONG_BYTES;
    const sequence = readI32(bytes, sequenceAt) * 0x1_0000_0000 + readU32(bytes, sequenceAt + 4);
    const producer = Buffer.from(bytes.buffer, bytes.byteOffset + nameAt, sequenceAt - nameAt).toString('latin1');
    const last = this.#last.get(producer);
    if (last !== undefined && sequence <= last) return true;
    if (last !== undefined) this.#last.delete(producer);
    this.#last.set(producer, sequence);
    if (this.#last.size > openwireLimits.producersRemembered) {
      this.#last.delete(this.#last.keys().next().value as string);
    }
    return false;
  }
}
