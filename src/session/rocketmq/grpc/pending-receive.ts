/**
 * PendingReceive: one receive from its request to its answer, however long that takes.
 *
 *   look ──there was something, or no time left──▶ status, messages, time of delivery
 *    ▲  └─▶ wait: asked by the sharing when there may be something, and by the schedule when time is up
 *    └───────┘
 *
 * The answer is made while the messages' bytes are at hand. A message that was given too often is not given again: it
 * is put among the group's dead letters, in the same commit group in which it is settled.
 */
import type { Entry } from '../../../core/message.ts';
import { Timer } from '../../../core/schedule.ts';
import type { Sharing } from '../../../core/sharing.ts';
import type { Receipt, Receiver, ReceiveTerms, Taker } from '../../../core/sharing-reader.ts';
import { CODE } from '../../../wire/rocketmq/v2/codes.ts';
import { durationOf, type Message, type Resource, type ResponseOf } from '../../../wire/rocketmq/v2/shapes.ts';
import { isOwn, storedBytesOf } from '../foreign-message.ts';
import type { MessageFilter } from '../tag-filter.ts';
import type { Call } from './call.ts';
import type { Client } from './clients.ts';
import { publishDeadLetter } from './dead-letter.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { OK, statusOf } from './refusal.ts';

export interface ReceiveView {
  /** The topic as the client named it. */
  readonly resource: Resource;
  readonly filter: MessageFilter | null;
  /** A message that would be given for the so-manieth time is a dead letter. */
  readonly deadLetterAt: number;
  /** How long the client thinks it has. */
  readonly toldMs: number;
}

const NOTHING = { status: { code: CODE.MESSAGE_NOT_FOUND, message: 'no new message' } } as const;

export class PendingReceive implements Receiver, Taker {
  readonly #call: Call<ResponseOf<'ReceiveMessage'>>;
  readonly #client: Client;
  readonly #sharing: Sharing;
  readonly #terms: ReceiveTerms;
  readonly #view: ReceiveView;
  readonly #timer = new Timer({ due: () => this.#end() });
  readonly #messages: Message[] = [];
  /** The entry that `wants` was asked about, if it had to be translated. */
  #translated: Uint8Array | null = null;
  #hasDeadLetters = false;

  constructor(
    call: Call<ResponseOf<'ReceiveMessage'>>,
    client: Client,
    sharing: Sharing,
    terms: ReceiveTerms,
    view: ReceiveView,
  ) {
    this.#call = call;
    this.#client = client;
    this.#sharing = sharing;
    this.#terms = terms;
    this.#view = view;
  }

  begin(waitMs: number): void {
    this.#client.receives++;
    if (this.look()) return;
    const { schedule, clock } = this.#call.node.broker;
    this.#call.onAbandoned = () => this.#stop();
    this.#sharing.wait(this);
    schedule.set(this.#timer, clock.now + waitMs);
  }

  look(): boolean {
    try {
      if (this.#sharing.topic.deleted || this.#sharing.closed) return this.#answer(NOTHING);
      const given = this.#sharing.receive(this.#terms, this);
      if (this.#hasDeadLetters) this.#sharing.state();
      this.#hasDeadLetters = false;
      return given > 0 && this.#answer({ status: OK });
    } catch (error) {
      const status = statusOf(error);
      if (status === null) throw error;
      return this.#answer({ status });
    }
  }

  wants(entry: Entry, attempts: number): boolean {
    this.#translated = isOwn(entry) ? null : storedBytesOf(entry, this.#call.node.broker.formats, this.#topic);
    const { filter, deadLetterAt } = this.#view;
    const { bytes, start, end } = this.#bytesOf(entry);
    if (filter !== null && !filter.wants(bytes, start, end)) return false;
    if (attempts < deadLetterAt) return true;
    publishDeadLetter(this.#call.node, this.#sharing.group, this.#topic, bytes, start, end, attempts - 1);
    this.#hasDeadLetters = true;
    return false;
  }

  take(entry: Entry, receipt: Receipt): void {
    const { node } = this.#call;
    const { group, topic } = this.#sharing;
    const { bytes, start, end } = this.#bytesOf(entry);
    const { resource, toldMs } = this.#view;
    const giving = {
      topic: resource,
      queueId: topic.logs.findIndex(({ log }) => log.id === receipt.log),
      offset: entry.offset,
      storedAt: entry.timestamp,
      receiptHandle: node.handles.encode(receipt, group, topic.name),
      attempts: receipt.attempts,
      invisibleMs: toldMs,
    };
    this.#messages.push(outgoingMessage(bytes, start, end, giving, node.options.md5));
  }

  get #topic(): string {
    return this.#sharing.topic.name;
  }

  #bytesOf(entry: Entry): { bytes: Uint8Array; start: number; end: number } {
    const translated = this.#translated;
    return translated === null ? entry : { bytes: translated, start: 0, end: translated.length };
  }

  /** Time is up. */
  #end(): void {
    if (!this.look()) this.#answer(NOTHING);
  }

  #answer(ending: ResponseOf<'ReceiveMessage'>): true {
    this.#stop();
    const call = this.#call;
    call.send(ending);
    for (const message of this.#messages) call.send({ message });
    if (this.#messages.length > 0) call.send({ deliveryTimestamp: durationOf(call.node.broker.clock.now) });
    call.end();
    return true;
  }

  #stop(): void {
    this.#client.receives--;
    this.#sharing.leave(this);
    this.#call.node.broker.schedule.cancel(this.#timer);
  }
}
