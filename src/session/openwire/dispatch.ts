/**
 * Dispatch: a message on its way to a consumer.
 *
 *     MessageDispatch  [consumer, destination][message as it is stored, but for one number][attempts before]
 *
 * To a connection that speaks the form of what is stored, the message is copied from the store's memory straight into
 * the out-slab, behind a prefix that was encoded once. The number is the message id's `brokerSequenceId`: it is the tag
 * of the delivery, which the client sends back when it acknowledges. Others get the structure written field by field.
 */
import { writeU32 } from '../../bytes/numbers.ts';
import type { SlabWriter } from '../../bytes/slab-writer.ts';
import { hubOf } from '../../core/hub-of.ts';
import type { Entry } from '../../core/message.ts';
import { MessageLook } from '../../wire/openwire/message-look.ts';
import { defaultDecodingLimits, isStoredFormat, STORED_FORMAT, type WireFormat } from '../../wire/openwire/protocol.ts';
import { StructureReader } from '../../wire/openwire/reader.ts';
import type { Destination, Draft, DraftOf, StructureOf } from '../../wire/openwire/structures.ts';
import { StructureWriter } from '../../wire/openwire/writer.ts';
import { draftOf } from './message-format.ts';
import type { OpenWireNode } from './node.ts';
import { OPENWIRE_FORMAT } from './publication.ts';

const LONG_BYTES = 8;
const SIZE_BYTES = 4;
const COUNT_BYTES = 4;
/** So much is written into one slab without a look at how much room there is. */
const WHOLE_BYTES_MAX = 64 * 1024;

const number = new Uint8Array(LONG_BYTES);

export type MessageDraft = NonNullable<DraftOf<'MessageDispatch'>['message']>;

/** Who gets it, and where from. */
export interface Recipient {
  readonly consumerId: StructureOf<'ConsumerId'>;
  readonly destination: Destination;
  /** A frame up to where the message begins, without its size. */
  readonly prefix: Uint8Array;
  /** The log that foreign messages are numbered by. */
  readonly logId: number;
}

/** The prefix of all frames to a consumer. */
export function prefixOf(consumerId: StructureOf<'ConsumerId'>, destination: Destination): Uint8Array {
  const encoded = new StructureWriter(STORED_FORMAT).encode({ type: 'MessageDispatch', consumerId, destination });
  // Behind it stand "no message" and the count; a message begins with "there is one".
  const prefix = encoded.slice(0, encoded.length - COUNT_BYTES);
  prefix[prefix.length - 1] = 1;
  return prefix;
}

export class Dispatch {
  readonly #node: OpenWireNode;
  readonly #out: SlabWriter;
  readonly #writer: StructureWriter;
  readonly #isStored: boolean;
  readonly #look = new MessageLook();
  readonly #reader = new StructureReader(STORED_FORMAT, defaultDecodingLimits);

  constructor(node: OpenWireNode, out: SlabWriter, format: WireFormat) {
    this.#node = node;
    this.#out = out;
    this.#writer = new StructureWriter(format);
    this.#isStored = isStoredFormat(format);
  }

  /** Any other structure. */
  write(draft: Draft): void {
    this.#writer.write(draft, this.#out);
  }

  /** The answer to a pull that found nothing, and the end of what a browser reads. */
  nothing({ consumerId, destination }: Pick<Recipient, 'consumerId' | 'destination'>): void {
    this.write({ type: 'MessageDispatch', consumerId, destination, message: null });
  }

  deliver(recipient: Recipient, entry: Entry, tag: number, attempts: number): void {
    if (entry.format === OPENWIRE_FORMAT && entry.overlay === null) {
      if (this.#isStored) this.#copy(recipient.prefix, entry, tag, attempts);
      else this.#send(recipient, this.#decoded(entry, tag), attempts);
    } else this.#send(recipient, this.#translated(recipient, entry, tag), attempts);
  }

  #copy(prefix: Uint8Array, { bytes, start, end }: Entry, tag: number, attempts: number): void {
    const out = this.#out;
    this.#look.at(bytes, start, end);
    const sequenceAt = this.#look.place('originalTransactionId') - LONG_BYTES;
    const length = prefix.length + end - start + COUNT_BYTES;
    if (SIZE_BYTES + length <= WHOLE_BYTES_MAX) out.room(SIZE_BYTES + length);
    writeU32(number, 0, length);
    out.append(number, 0, SIZE_BYTES);
    out.append(prefix, 0, prefix.length);
    out.append(bytes, start, sequenceAt);
    writeU32(number, 0, Math.floor(tag / 0x1_0000_0000));
    writeU32(number, 4, tag >>> 0);
    out.append(number, 0, LONG_BYTES);
    out.append(bytes, sequenceAt + LONG_BYTES, end);
    writeU32(number, 0, attempts);
    out.append(number, 0, COUNT_BYTES);
  }

  #send({ consumerId, destination }: Recipient, message: MessageDraft, redeliveryCounter: number): void {
    this.write({ type: 'MessageDispatch', consumerId, destination, message, redeliveryCounter });
  }

  #decoded({ bytes, start, end }: Entry, tag: number): MessageDraft {
    const message = this.#reader.read(bytes, start, end) as StructureOf<'TextMessage'>;
    if (message.messageId !== null) message.messageId = { ...message.messageId, brokerSequenceId: tag };
    return message;
  }

  /**
   * A message of another language, or one that something lies over. Its id is its place in its log, so that a
   * client knows it again when it comes once more.
   */
  #translated({ logId }: Recipient, entry: Entry, tag: number): MessageDraft {
    const hub = hubOf(entry, this.#node.broker.formats);
    const producerId = {
      type: 'ProducerId',
      connectionId: this.#node.brokerId,
      value: logId,
      sessionId: -1,
    } as const;
    const { messageId } = hub;
    const messageIdDraft = {
      type: 'MessageId',
      textView: messageId === null || messageId.length > 1000 ? null : messageId,
      producerId,
      producerSequenceId: entry.offset + 1,
      brokerSequenceId: tag,
    } as const;
    return { ...draftOf(hub), producerId, messageId: messageIdDraft };
  }
}
