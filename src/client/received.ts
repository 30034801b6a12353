/**
 * A message as handlers, middleware and iterators see it: the value, what came with it, and what may be done with it.
 *
 *     open ── ack() ────────────► settled
 *       │ ─── release() ────────► settled, delivered again
 *       └──── fail(error) ──────► on a retry lane or among the dead letters, then settled
 */
import type { Subscription } from './driver.ts';
import { type Delivery, HEADER, type Headers, type Position } from './message.ts';

/** One subscription from its start to its end; what it delivered is void once it is lost. */
export interface Attachment {
  readonly subscription: Subscription;
  isLost: boolean;
}

/** Where failed messages go. */
export interface FailureSink {
  /** Resolves when the message is where it belongs and is acknowledged. */
  settleFailed(message: Message, error: unknown): Promise<void>;
}

/** A message that was received; `Value` is what the topic's codec and schema made of it. */
export class Message<Value = unknown> {
  /** Aborted when the listener stops without waiting any longer for its handlers. */
  readonly signal: AbortSignal;
  /** The group that got it; undefined for queues. */
  readonly group: string | undefined;
  readonly #delivery: Delivery;
  readonly #attachment: Attachment;
  readonly #failures: FailureSink;
  #value: Value | undefined;
  #isSettled = false;

  constructor(
    delivery: Delivery,
    attachment: Attachment,
    failures: FailureSink,
    group: string | undefined,
    signal: AbortSignal,
  ) {
    this.#delivery = delivery;
    this.#attachment = attachment;
    this.#failures = failures;
    this.group = group;
    this.signal = signal;
  }

  /** What the topic's codec and schema made of the payload. */
  get value(): Value {
    return this.#value as Value;
  }

  /** Called once, before anybody else sees the message. */
  static fill<Value>(message: Message<Value>, value: Value): void {
    message.#value = value;
  }

  /** Nobody needs it any more: it was settled, or its subscription is lost and it will come again. */
  get isSettled(): boolean {
    return this.#isSettled || this.#attachment.isLost;
  }

  /** The same in every attempt; empty if the sender gave it none. */
  get id(): string {
    return this.#delivery.headers[HEADER.messageId] ?? '';
  }

  /** Routing key, record key or message group. */
  get key(): string | undefined {
    return this.#delivery.key;
  }

  get headers(): Headers {
    return this.#delivery.headers;
  }

  /** The payload as it came. */
  get body(): Uint8Array {
    return this.#delivery.body;
  }

  /** The name of the topic or queue it was delivered from; of a retried message, its retry lane. */
  get source(): string {
    return this.#delivery.destination.name;
  }

  /** 1 for the first. */
  get attempt(): number {
    return Number(this.#delivery.headers[HEADER.attempt] ?? 0) + 1;
  }

  /** The broker says, or suspects, that it was delivered before. */
  get redelivered(): boolean {
    return this.#delivery.redelivered;
  }

  /** Where it is in its log, on brokers that have offsets. */
  get position(): Position | undefined {
    return this.#delivery.position;
  }

  /** Done with. Needed with `ack: 'manual'` and in `messages()` only. */
  ack(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.#attachment.isLost) this.#attachment.subscription.ack(this.#delivery);
  }

  /** Undone: delivered again at once, to this or another listener. */
  release(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.#attachment.isLost) this.#attachment.subscription.release(this.#delivery);
  }

  /** As if the handler had thrown: to a retry lane or to the dead letters. */
  async fail(error: unknown): Promise<void> {
    if (!this.isSettled) await this.#failures.settleFailed(this as Message, error);
  }
}
