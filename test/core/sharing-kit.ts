/**
 * A sharing over a MemoryStore for tests: readers that note what they are given, and restarts.
 */
import type { KeptLog } from '../../src/core/kept-log.ts';
import type { Entry } from '../../src/core/message.ts';
import type { Sharing } from '../../src/core/sharing.ts';
import type { Beginning } from '../../src/core/sharing-keeper.ts';
import { Receipt, type Receiver, type ReceiveTerms, type Taker } from '../../src/core/sharing-reader.ts';
import type { Topic } from '../../src/core/topic.ts';
import { type Kit, TextMessage } from './kit.ts';

export interface Given {
  readonly text: string;
  readonly log: number;
  readonly receipt: Receipt;
}

export const TERMS: ReceiveTerms = {
  messagesMax: 100,
  bytesMax: 1_000_000,
  invisibleMs: 1_000,
  inOrder: false,
  byLevel: false,
  holder: 0,
  attempt: null,
};

export function topicOf(kit: Kit, logs: number, name = 'orders'): Topic {
  const exchange =
    kit.namespace.exchanges.get(name) ?? kit.namespace.declareExchange({ name, type: 'topic', durable: true });
  return kit.namespace.topics.keep(exchange, logs);
}

export function sharingOf(kit: Kit, logs = 1, beginning: Beginning = 'start', group = 'g'): Sharing {
  const sharing = kit.namespace.sharings.open(group, topicOf(kit, logs), beginning);
  kit.settle();
  return sharing;
}

/** Texts into one log, visible when this returns. */
export function fill(kit: Kit, log: number, ...texts: string[]): void {
  for (const text of texts) kit.namespace.exchange('orders').keptRoute(log).publish(new TextMessage(text));
  kit.settle();
}

/** Takes everything but texts that begin with a dash. */
class NotingTaker implements Taker {
  readonly given: Given[] = [];
  readonly asked: string[] = [];
  readonly #topic: Topic;

  constructor(topic: Topic) {
    this.#topic = topic;
  }

  wants(entry: Entry): boolean {
    this.asked.push(textOf(entry));
    return !textOf(entry).startsWith('-');
  }

  take(entry: Entry, receipt: Receipt): void {
    const log = this.#topic.logs.findIndex((kept: KeptLog) => kept.log.id === receipt.log);
    this.given.push({ text: textOf(entry), log, receipt: Object.assign(new Receipt(), receipt) });
  }
}

export function textOf(entry: Entry): string {
  return new TextDecoder().decode(entry.bytes.subarray(entry.start, entry.end));
}

export function receive(sharing: Sharing, terms: Partial<ReceiveTerms> = {}): Given[] {
  const taker = new NotingTaker(sharing.topic);
  sharing.receive({ ...TERMS, ...terms }, taker);
  return taker.given;
}

export const texts = (given: readonly Given[]): string[] => given.map(({ text }) => text);

/** Waits, and receives once. */
export class WaitingReader implements Receiver {
  readonly given: Given[] = [];
  looks = 0;
  readonly #sharing: Sharing;
  readonly #terms: Partial<ReceiveTerms>;

  constructor(sharing: Sharing, terms: Partial<ReceiveTerms> = {}) {
    this.#sharing = sharing;
    this.#terms = terms;
    sharing.wait(this);
  }

  look(): boolean {
    this.looks++;
    this.given.push(...receive(this.#sharing, this.#terms));
    return this.given.length > 0 || this.#sharing.closed;
  }
}
