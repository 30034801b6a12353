/**
 * Advisories: the topics by which a broker tells what happens. Those about temporary destinations are told, because a
 * Java client does not reply to one that it has not heard of; to the others one may subscribe, and hears nothing.
 *
 *     ActiveMQ.Advisory.TempQueue, ActiveMQ.Advisory.TempTopic
 *         a message of type Advisory whose data is the DestinationInfo; a new subscriber hears of all that are there
 */
import type { DestinationName } from '../../core/destination/destination-name.ts';
import type { DraftOf } from '../../wire/openwire/structures.ts';
import { structureOf } from './destination-structure.ts';

export interface Temporary {
  readonly name: DestinationName;
  readonly connectionId: string;
}

export type AdvisoryDraft = DraftOf<'PlainMessage'>;

export interface AdvisoryReader {
  hear(topic: string, draft: AdvisoryDraft): void;
}

const ADDED = 0;
const REMOVED = 1;

export class Advisories {
  readonly #readers = new Map<string, Set<AdvisoryReader>>();
  #sequence = 0;

  subscribe(topic: string, reader: AdvisoryReader, present: Iterable<Temporary>): void {
    const readers = this.#readers.get(topic) ?? new Set();
    this.#readers.set(topic, readers.add(reader));
    for (const temporary of present) {
      if (topicOf(temporary.name) === topic) reader.hear(topic, this.#draft(temporary, ADDED));
    }
  }

  unsubscribe(topic: string, reader: AdvisoryReader): void {
    const readers = this.#readers.get(topic);
    if (readers?.delete(reader) === true && readers.size === 0) this.#readers.delete(topic);
  }

  added(temporary: Temporary): void {
    this.#tell(temporary, ADDED);
  }

  removed(temporary: Temporary): void {
    this.#tell(temporary, REMOVED);
  }

  #tell(temporary: Temporary, operation: number): void {
    const topic = topicOf(temporary.name);
    const readers = this.#readers.get(topic);
    if (readers === undefined) return;
    const draft = this.#draft(temporary, operation);
    for (const reader of readers) reader.hear(topic, draft);
  }

  #draft({ name, connectionId }: Temporary, operationType: number): AdvisoryDraft {
    const producerId = { type: 'ProducerId', connectionId: 'ID:dragoman-advisory', value: 1, sessionId: 1 } as const;
    return {
      type: 'PlainMessage',
      producerId,
      destination: { type: 'Topic', physicalName: topicOf(name) },
      messageId: { type: 'MessageId', producerId, producerSequenceId: ++this.#sequence },
      messageType: 'Advisory',
      persistent: false,
      dataStructure: {
        type: 'DestinationInfo',
        connectionId: { type: 'ConnectionId', value: connectionId },
        destination: structureOf(name),
        operationType,
      },
    };
  }
}

function topicOf({ kind }: DestinationName): string {
  return kind === 'queue' ? 'ActiveMQ.Advisory.TempQueue' : 'ActiveMQ.Advisory.TempTopic';
}
