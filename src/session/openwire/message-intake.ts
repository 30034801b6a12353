/**
 * MessageIntake: the messages that a client sends, in the form of what is stored.
 *
 * Where the connection speaks that form, a message is the frame itself. Else the frame is read and written anew: older
 * versions, and clients that insist on tight encoding.
 */
import { MessageLook } from '../../wire/openwire/message-look.ts';
import { defaultDecodingLimits, OpenWireError, STORED_FORMAT, type WireFormat } from '../../wire/openwire/protocol.ts';
import { StructureReader } from '../../wire/openwire/reader.ts';
import { SCHEMA } from '../../wire/openwire/schema.ts';
import type { Draft } from '../../wire/openwire/structures.ts';
import { StructureWriter } from '../../wire/openwire/writer.ts';

const FIRST = SCHEMA.PlainMessage.type;
const LAST = SCHEMA.BlobMessage.type;

export class MessageIntake {
  readonly look = new MessageLook();
  /** Where the message is in `look.bytes`. */
  start = 0;
  end = 0;
  readonly #isStored: boolean;
  readonly #reader: StructureReader;
  readonly #writer = new StructureWriter(STORED_FORMAT);

  constructor(format: WireFormat, isStored: boolean) {
    this.#isStored = isStored;
    this.#reader = new StructureReader(format, defaultDecodingLimits);
  }

  isMessage(type: number): boolean {
    return type >= FIRST && type <= LAST;
  }

  /** Valid until the next one. */
  take(bytes: Uint8Array, start: number, end: number): void {
    let stored = bytes;
    this.start = start;
    this.end = end;
    if (!this.#isStored) {
      const structure = this.#reader.read(bytes, start, end);
      if (structure === null) throw new OpenWireError('a message that is none');
      stored = this.#writer.encode(structure as Draft);
      this.start = 0;
      this.end = stored.length;
    }
    this.look.at(stored, this.start, this.end);
  }
}
