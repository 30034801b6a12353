/**
 * Destinations: queues and topics of a namespace as JMS and STOMP clients use them, which is by using them.
 *
 *     queue    a durable queue, made when it is first named
 *     topic    a durable exchange, made when it is first named; it keeps nothing by itself
 *     subscription   a queue bound to the exchanges whose names it matches; so all that a queue can do, it can
 *
 * What expires or is refused in a queue that such a client has opened goes to the dead letter queue, as ActiveMQ has
 * it; AMQP clients that bring a queue's arguments with them see no difference in these.
 */
import { DeadLetters } from '../dead-letters.ts';
import type { Exchange } from '../exchange.ts';
import type { Filter } from '../filter.ts';
import type { Overlay } from '../message.ts';
import type { Namespace } from '../namespace.ts';
import type { NamespaceWatcher } from '../namespace-watcher.ts';
import type { Owner, Queue } from '../queue.ts';
import type { Route } from '../route.ts';
import type { Table } from '../value.ts';
import { isWildcard, Wildcard } from './wildcard.ts';

export const DEAD_LETTER_QUEUE = 'ActiveMQ.DLQ';
/** JMS has ten priorities. */
const PRIORITY_LEVELS = 10;
const SUBSCRIPTION_PREFIX = 'subscription:';
const EVERY_KEY = '#';
const NO_KEY = '';

export interface SubscriptionRequest {
  readonly topic: string;
  /** Lives on without its client under this name; null: ends with its owner. */
  readonly durable: { readonly clientId: string; readonly name: string } | null;
  readonly owner: Owner;
  /** What of the topic it is for. A durable subscription with another `selector` text than before begins anew. */
  readonly filter: Filter | null;
  readonly selector: string;
}

/** Told of queues that a pattern matches, those that are there first. */
export type QueueFound = (queue: Queue) => void;

interface TopicWatch {
  readonly wildcard: Wildcard;
  readonly queue: Queue;
}

export class Destinations implements NamespaceWatcher {
  readonly #namespace: Namespace;
  readonly #prioritized: readonly Wildcard[];
  readonly #topicWatches = new Set<TopicWatch>();
  readonly #queueWatches = new Map<QueueFound, Wildcard>();

  /** `prioritized`: names, or patterns of names, of queues that are made with a log for each priority. */
  constructor(namespace: Namespace, prioritized: readonly string[] = []) {
    this.#namespace = namespace;
    this.#prioritized = prioritized.map((pattern) => new Wildcard(pattern));
    namespace.watcher = this;
  }

  // ── Queues ──

  /** The queue as it is, or a new one. Another session's exclusive queue refuses. */
  queue(name: string, owner: Owner | null): Queue {
    const namespace = this.#namespace;
    if (namespace.queues.has(name)) return this.#withDeadLetters(namespace.queue(name, owner));
    const levels = this.#prioritized.some((wildcard) => wildcard.matches(name)) ? PRIORITY_LEVELS : 1;
    return this.#withDeadLetters(namespace.declareQueue({ name, durable: true, levels }, null));
  }

  /** Gone with its owner; only the owner receives from it. */
  temporaryQueue(name: string, owner: Owner): Queue {
    return this.#namespace.declareQueue({ name, exclusive: true }, owner);
  }

  #withDeadLetters(queue: Queue): Queue {
    const { environment } = this.#namespace;
    const { subscription, name } = queue;
    if (queue.durable && subscription.deadLetters === null && name !== DEAD_LETTER_QUEUE) {
      subscription.deadLetters = new DeadLetters(environment, {
        route: () => this.#deadLetterRoute(),
        overlay: (cause) => deathOf(name, cause),
      });
    }
    return queue;
  }

  #deadLetterRoute(): Route {
    const namespace = this.#namespace;
    const name = DEAD_LETTER_QUEUE;
    if (!namespace.queues.has(name)) namespace.declareQueue({ name, durable: true }, null);
    return namespace.defaultExchange.route(name, null);
  }

  // ── Topics ──

  /** The exchange as it is, or a new one. */
  topic(name: string): Exchange {
    const namespace = this.#namespace;
    return namespace.exchanges.get(name) ?? namespace.declareExchange({ name, type: 'topic', durable: true });
  }

  temporaryTopic(name: string): Exchange {
    return this.#namespace.declareExchange({ name, type: 'topic' });
  }

  /** The queue of a subscription: the one of before if it is durable and was for the same. */
  subscribe(request: SubscriptionRequest): Queue {
    const { topic, durable, owner, filter } = request;
    const queue = durable === null ? this.#plainSubscription(owner) : this.#durableSubscription(request);
    queue.subscription.filter = filter;
    if (isWildcard(topic)) {
      const watch = { wildcard: new Wildcard(topic), queue };
      for (const exchange of [...this.#namespace.exchanges.values()]) this.#join(watch, exchange);
      this.#topicWatches.add(watch);
    } else this.#bind(this.topic(topic), queue);
    return queue;
  }

  /** False if there is none of that name. Refuses while somebody receives from it. */
  unsubscribe(clientId: string, name: string): boolean {
    const queue = durableName(clientId, name);
    this.#forgetWatches(queue);
    return this.#namespace.deleteQueue(queue, null, { ifUnused: true }) !== null;
  }

  /** Whether somebody receives from it now. */
  isSubscribed(clientId: string, name: string): boolean {
    return (this.#namespace.queues.get(durableName(clientId, name))?.consumerCount ?? 0) > 0;
  }

  #plainSubscription(owner: Owner): Queue {
    const namespace = this.#namespace;
    const name = namespace.freshName(SUBSCRIPTION_PREFIX);
    return namespace.declareQueue({ name, exclusive: true, autoDelete: true, generated: true }, owner);
  }

  #durableSubscription({ topic, durable, selector }: SubscriptionRequest): Queue {
    const namespace = this.#namespace;
    const name = durableName(durable?.clientId ?? '', durable?.name ?? '');
    const facts: Table = new Map([
      ['topic', topic],
      ['selector', selector],
    ]);
    const existing = namespace.queues.get(name);
    if (existing !== undefined) {
      const isSame = existing.arguments.get('topic') === topic && existing.arguments.get('selector') === selector;
      if (isSame) return existing;
      this.#forgetWatches(name);
      namespace.deleteQueue(name, null, { ifUnused: true });
    }
    return this.#withDeadLetters(namespace.declareQueue({ name, durable: true, arguments: facts }, null));
  }

  #bind(exchange: Exchange, queue: Queue): void {
    const key = exchange.type === 'topic' ? EVERY_KEY : NO_KEY;
    if (exchange.name !== '') this.#namespace.bind(exchange.name, queue, key);
  }

  // ── Wildcards ──

  /** Calls `found` for each queue that `pattern` matches, now and later, until `unwatchQueues`. */
  watchQueues(pattern: string, found: QueueFound): void {
    const wildcard = new Wildcard(pattern);
    for (const queue of [...this.#namespace.queues.values()]) if (isFound(wildcard, queue)) found(queue);
    this.#queueWatches.set(found, wildcard);
  }

  unwatchQueues(found: QueueFound): void {
    this.#queueWatches.delete(found);
  }

  queueAdded(queue: Queue): void {
    for (const [found, wildcard] of this.#queueWatches) if (isFound(wildcard, queue)) found(queue);
  }

  exchangeAdded(exchange: Exchange): void {
    for (const watch of this.#topicWatches) {
      if (watch.queue.deleted) this.#topicWatches.delete(watch);
      else this.#join(watch, exchange);
    }
  }

  #join({ wildcard, queue }: TopicWatch, exchange: Exchange): void {
    if (!exchange.system && !exchange.internal && wildcard.matches(exchange.name)) this.#bind(exchange, queue);
  }

  #forgetWatches(queueName: string): void {
    for (const watch of this.#topicWatches) if (watch.queue.name === queueName) this.#topicWatches.delete(watch);
  }
}

/** Subscriptions and what belongs to one session are nobody else's queues. */
function isFound(wildcard: Wildcard, { name, exclusive }: Queue): boolean {
  return !exclusive && !name.startsWith(SUBSCRIPTION_PREFIX) && wildcard.matches(name);
}

function durableName(clientId: string, name: string): string {
  return `${SUBSCRIPTION_PREFIX}${clientId}:${name}`;
}

/** The property is ActiveMQ's. */
function deathOf(queue: string, cause: 'expired' | 'refused'): Overlay {
  const why = cause === 'expired' ? 'Message Expired' : 'Delivery failed';
  return {
    exchange: '',
    key: DEAD_LETTER_QUEUE,
    expiresAt: 0,
    headers: { dlqDeliveryFailureCause: why, originalDestination: `queue://${queue}` },
  };
}
