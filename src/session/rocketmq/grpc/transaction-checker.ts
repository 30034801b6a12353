/**
 * TransactionChecker: asks a producer what became of its transaction (check-back), over the stream that it keeps open.
 * The answer is an EndTransaction, or nothing.
 *
 *     group of the transaction = topic ─▶ a client that publishes it ─▶ RecoverOrphanedTransactionCommand
 *
 * They are asked in turn: whoever was asked goes to the end of the line.
 */
import type { Checker } from '../../../core/checks.ts';
import type { Formats } from '../../../core/format.ts';
import type { Hold } from '../../../core/hold-table.ts';
import type { Entry } from '../../../core/message.ts';
import type { Resource } from '../../../wire/rocketmq/v2/shapes.ts';
import { isOwn, storedBytesOf } from '../foreign-message.ts';
import { HELD, Locator } from '../locator.ts';
import type { Clients, Stream } from './clients.ts';
import { topicNameOf } from './names.ts';
import { outgoingMessage } from './outgoing-message.ts';

export class TransactionChecker implements Checker {
  readonly #clients: Clients;
  readonly #formats: Formats;
  readonly #md5: (bytes: Uint8Array) => string;
  readonly #locator = new Locator();

  constructor(clients: Clients, formats: Formats, md5: (bytes: Uint8Array) => string) {
    this.#clients = clients;
    this.#formats = formats;
    this.#md5 = md5;
  }

  ask(group: string, { offset }: Hold, entry: Entry): boolean {
    const producer = this.#producerOf(group);
    if (producer === null) return false;
    const own = isOwn(entry);
    const bytes = own ? entry.bytes : storedBytesOf(entry, this.#formats, group);
    const giving = {
      topic: producer.topic,
      queueId: 0,
      offset,
      storedAt: entry.timestamp,
      receiptHandle: '',
      attempts: 1,
      invisibleMs: 0,
    };
    const message = outgoingMessage(bytes, own ? entry.start : 0, own ? entry.end : bytes.length, giving, this.#md5);
    const transactionId = this.#locator.point(HELD, offset).toString();
    producer.stream.send({ recoverOrphanedTransactionCommand: { message, transactionId } });
    return true;
  }

  /** Where one can be told, and what it calls the topic. */
  #producerOf(name: string): { readonly stream: Stream; readonly topic: Resource } | null {
    for (const client of this.#clients.byId.values()) {
      const { stream, settings } = client;
      const topic = settings?.publishing?.topics.find((resource) => topicNameOf(resource) === name);
      if (stream === null || topic === undefined) continue;
      this.#clients.moveToEnd(client);
      return { stream, topic };
    }
    return null;
  }
}
