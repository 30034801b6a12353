/**
 * Subscriptions: those of one connection, by the client's names and by our numbers.
 */
import type { Sink } from '../../core/consumer.ts';
import type { QueueFound } from '../../core/destination/destinations.ts';
import { selectorFilter } from '../../core/destination/selector-filter.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import { StompError, type StompVersion } from '../../wire/stomp/protocol.ts';
import type { FrameWriter } from '../../wire/stomp/writer.ts';
import type { Client } from './dialect.ts';
import { flagOf } from './header-values.ts';
import { stompLimits } from './limits.ts';
import { type AckMode, StompSubscription } from './subscription.ts';

const MODES: readonly AckMode[] = ['auto', 'client', 'client-individual'];
/** ActiveMQ compares text with numbers in selectors, because headers are text. */
const CONVERSION = 'convert_string_expressions:';

/** A connection as its subscriptions see it. */
export interface Delivering extends Sink {
  readonly writer: FrameWriter & { readonly version: StompVersion | null };
  touch(): void;
}

export class Subscriptions {
  readonly #client: Client;
  readonly #peer: Delivering;
  readonly #byNumber = new Map<number, StompSubscription>();
  #numbers = 0;

  constructor(client: Client, peer: Delivering) {
    this.#client = client;
    this.#peer = peer;
  }

  numbered(number: number): StompSubscription | undefined {
    return this.#byNumber.get(number);
  }

  subscribe(frame: Frame): void {
    const { node } = this.#client;
    const { version } = this.#peer.writer;
    const destination = frame.header('destination');
    if (destination === null) throw new StompError('SUBSCRIBE without a destination');
    const id = frame.header('id');
    if (id === null && version !== '1.0') throw new StompError('SUBSCRIBE without an id');
    if (id !== null && this.#named(id) !== undefined) {
      throw new StompError(`There already is a subscription for: ${id}. Either use unique subscription IDs`);
    }
    const mode = (frame.header('ack') ?? 'auto') as AckMode;
    if (!MODES.includes(mode)) throw new StompError(`ack is ${MODES.join(', ')}, and not ${mode.slice(0, 64)}`);
    const selector = frame.header('selector');
    const filter = selectorFilter(selector === null ? null : CONVERSION + selector, node.headers);
    const prefetch = node.dialect.prefetch(frame);
    const isBrowser = flagOf(frame, 'browser');
    const subscription = this.#make({ id, destination, mode, prefetch, isBrowser, filter });
    try {
      const { queues, pattern, own } = node.dialect.source(this.#client, destination, frame);
      subscription.own = own;
      for (const queue of queues) subscription.receiveFrom(queue);
      if (pattern !== null) this.#watch(subscription, pattern);
    } catch (error) {
      this.#end(subscription);
      throw error;
    }
  }

  /** RabbitMQ's: whoever names such a queue in reply-to receives from it. */
  subscribeToReplies(destination: string): void {
    const { node } = this.#client;
    if (this.#named(destination) !== undefined) return;
    const queue = node.dialect.replyQueue(this.#client, destination);
    if (queue === null) return;
    const traits = { id: destination, destination, mode: 'auto', prefetch: 0, isBrowser: false, filter: null } as const;
    this.#make(traits).receiveFrom(queue);
  }

  unsubscribe(frame: Frame): void {
    const id = frame.header('id');
    const destination = frame.header('destination');
    const subscription = id === null ? this.#at(destination) : this.#named(id);
    if (subscription !== undefined) this.#end(subscription);
    const isForgotten = this.#client.node.dialect.forget(this.#client, frame);
    if (subscription !== undefined || isForgotten) return;
    throw new StompError(`No subscription matched: ${(id ?? destination ?? '').slice(0, 255)}`);
  }

  /** The end of what a browser reads is a message without a body. */
  browsed(subscription: StompSubscription): void {
    if (subscription.hasEnded || subscription.isBrowsing) return;
    const { writer } = this.#peer;
    const { id, destination } = subscription.traits;
    writer.begin('MESSAGE');
    if (id !== null) writer.header('subscription', id);
    writer.header('destination', destination);
    writer.header('message-id', `${subscription.traits.number}:0`);
    writer.header('browser', 'end');
    writer.end();
    this.#peer.touch();
  }

  wake(): void {
    for (const subscription of this.#byNumber.values()) subscription.wake();
  }

  end(): void {
    for (const subscription of [...this.#byNumber.values()]) this.#end(subscription);
  }

  #make(traits: Omit<StompSubscription['traits'], 'number'>): StompSubscription {
    if (this.#byNumber.size >= stompLimits.subscriptionsMax) {
      throw new StompError(`more than ${stompLimits.subscriptionsMax} subscriptions`);
    }
    const { broker } = this.#client.node;
    const number = ++this.#numbers;
    const subscription = new StompSubscription({ ...traits, number }, this.#peer, broker.ledger(), broker);
    this.#byNumber.set(number, subscription);
    return subscription;
  }

  #watch(subscription: StompSubscription, pattern: string): void {
    const found: QueueFound = (queue) => subscription.receiveFrom(queue);
    subscription.watch = found;
    this.#client.node.destinations.watchQueues(pattern, found);
  }

  #end(subscription: StompSubscription): void {
    const { destinations, namespace } = this.#client.node;
    this.#byNumber.delete(subscription.traits.number);
    if (subscription.watch !== null) destinations.unwatchQueues(subscription.watch);
    subscription.end();
    const { own } = subscription;
    if (own?.exclusive === true && !own.deleted) namespace.deleteQueue(own.name, null);
  }

  #named(id: string): StompSubscription | undefined {
    for (const subscription of this.#byNumber.values()) if (subscription.traits.id === id) return subscription;
    return undefined;
  }

  #at(destination: string | null): StompSubscription | undefined {
    if (destination === null) throw new StompError('UNSUBSCRIBE without an id');
    for (const subscription of this.#byNumber.values()) {
      if (subscription.traits.destination === destination) return subscription;
    }
    return undefined;
  }
}
