/**
 * StompSubscription: one SUBSCRIBE: what it receives from, and the ledger of what it was given.
 *
 * A ledger of its own makes the cumulative ACK of `ack:client` what it is: everything of this subscription up to there.
 * Several queues behind one subscription share ledger and credit. A message's id names subscription and tag, so that
 * an ACK finds both whichever version it is written in.
 */
import { Browser } from '../../core/browser.ts';
import { Consumer, type ConsumerOptions, type Sink } from '../../core/consumer.ts';
import type { QueueFound } from '../../core/destination/destinations.ts';
import type { Filter } from '../../core/filter.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { Queue } from '../../core/queue.ts';
import type { Environment } from '../../core/turn.ts';

export type AckMode = 'auto' | 'client' | 'client-individual';

const QUEUES_MAX = 1000;

/** One queue of a subscription. */
export class Part extends Consumer {
  readonly subscription: StompSubscription;

  constructor(subscription: StompSubscription, sink: Sink, options: ConsumerOptions) {
    super(sink, subscription.ledger, options);
    this.subscription = subscription;
  }
}

export class BrowsingPart extends Browser {
  readonly subscription: StompSubscription;

  constructor(
    subscription: StompSubscription,
    environment: Environment,
    queue: Queue,
    sink: Sink,
    filter: Filter | null,
  ) {
    super(environment, queue, sink, subscription.ledger, { filter });
    this.subscription = subscription;
  }
}

export interface SubscriptionTraits {
  readonly number: number;
  /** As the client calls it; null in 1.0, where it need not. */
  readonly id: string | null;
  readonly destination: string;
  readonly mode: AckMode;
  readonly prefetch: number;
  readonly isBrowser: boolean;
  readonly filter: Filter | null;
}

export class StompSubscription {
  readonly traits: SubscriptionTraits;
  readonly ledger: Ledger;
  /** The queue that it has for itself. */
  own: Queue | null = null;
  /** Told of further queues that its pattern matches. */
  watch: QueueFound | null = null;
  hasEnded = false;
  readonly #sink: Sink;
  readonly #environment: Environment;
  readonly #parts = new Map<Queue, Part | BrowsingPart>();

  constructor(traits: SubscriptionTraits, sink: Sink, ledger: Ledger, environment: Environment) {
    this.traits = traits;
    this.ledger = ledger;
    this.ledger.limit = traits.prefetch;
    this.#sink = sink;
    this.#environment = environment;
  }

  get isCumulative(): boolean {
    return this.traits.mode === 'client';
  }

  receiveFrom(queue: Queue): void {
    if (this.hasEnded || this.#parts.has(queue) || this.#parts.size >= QUEUES_MAX) return;
    const { isBrowser, mode } = this.traits;
    // The queue of a topic's subscription has the filter itself.
    const filter = queue === this.own ? null : this.traits.filter;
    if (isBrowser) {
      this.#parts.set(queue, new BrowsingPart(this, this.#environment, queue, this.#sink, filter));
      return;
    }
    const part = new Part(this, this.#sink, { autoSettle: mode === 'auto', filter });
    queue.attach(part);
    this.#parts.set(queue, part);
  }

  get isBrowsing(): boolean {
    for (const part of this.#parts.values()) if (part instanceof BrowsingPart && part.busy) return true;
    return false;
  }

  wake(): void {
    for (const part of this.#parts.values()) part.wake();
  }

  lost(part: Part | BrowsingPart): void {
    for (const [queue, other] of this.#parts) if (other === part) this.#parts.delete(queue);
  }

  end(): void {
    this.hasEnded = true;
    for (const part of this.#parts.values()) part.cancel();
    this.ledger.giveBackAll();
  }
}

export function messageId(number: number, tag: number): string {
  return `${number}:${tag}`;
}

/** Subscription and tag of a message id; null if it is none of ours. */
export function parseMessageId(text: string): { number: number; tag: number } | null {
  const colon = text.indexOf(':');
  const number = Number(text.slice(0, colon));
  const tag = Number(text.slice(colon + 1));
  return colon > 0 && Number.isSafeInteger(number) && Number.isSafeInteger(tag) && tag > 0 ? { number, tag } : null;
}
