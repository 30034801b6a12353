/**
 * Sending: a SEND frame on its way into the core. Headers that are about the frame stay here; all others go with the
 * message, as text.
 */
import type { GroupNumber } from '../../core/ports.ts';
import type { Route } from '../../core/route.ts';
import type { Transaction } from '../../core/transaction.ts';
import type { Headers, Value } from '../../core/value.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import { StompError } from '../../wire/stomp/protocol.ts';
import type { Client, Target } from './dialect.ts';
import { countOf, flagOf } from './header-values.ts';
import { type HeaderPair, Publication } from './stored-message.ts';

const DEFAULT_PRIORITY = 4;
const PRIORITY_MAX = 255;
const TIME_MAX = Number.MAX_SAFE_INTEGER;

/** About the frame, or lifted out of the message. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'destination',
  'receipt',
  'transaction',
  'content-length',
  'persistent',
  'priority',
  'expires',
  'timestamp',
]);

export class Sending implements Headers {
  readonly #client: Client;
  readonly #publication = new Publication();
  #headers: HeaderPair[] = [];
  /** The destination of the last message and its routes; null where headers make a difference. */
  #destination = '';
  #targets: readonly Target[] = [];
  #routes: readonly Route[] | null = null;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The group that it is durable with; 0 if it is not, or not yet. */
  send(frame: Frame, transaction: Transaction | null): GroupNumber {
    const destination = frame.header('destination');
    if (destination === null) throw new StompError('SEND without a destination');
    const { node } = this.#client;
    const { store, clock } = node.broker;
    this.#headers = this.#headersOf(frame);
    const publication = this.#publication;
    publication.persistent = flagOf(frame, 'persistent');
    publication.priority = countOf(frame, 'priority', PRIORITY_MAX) ?? DEFAULT_PRIORITY;
    publication.expiresAt = countOf(frame, 'expires', TIME_MAX) ?? this.#expirationOf(frame);
    publication.timestamp = countOf(frame, 'timestamp', TIME_MAX) ?? clock.now;
    const routes = this.#routesTo(destination);
    const { bytes, bodyStart, bodyEnd, hasLength } = frame;
    let isDurable = false;
    for (const [index, route] of routes.entries()) {
      const { exchange, key } = this.#targets[index] as Target;
      publication.point(exchange, key, this.#headers, hasLength, bytes, bodyStart, bodyEnd);
      if (transaction !== null) transaction.publish(route, publication);
      else if (route.publish(publication).durable.length > 0) isDurable = true;
    }
    return isDurable ? store.filling : 0;
  }

  /** A header of the message at hand, for exchanges that route by them. */
  get(name: string): Value | undefined {
    return this.#headers.find((header) => header[0] === name)?.[1];
  }

  #routesTo(destination: string): readonly Route[] {
    const held = this.#routes;
    if (held !== null && destination === this.#destination && held.every((route) => route.current)) return held;
    const { node } = this.#client;
    this.#routes = null;
    this.#destination = destination;
    // What is made by this changes what is routed where, so it comes first.
    this.#targets = node.dialect.targets(this.#client, destination);
    const exchanges = this.#targets.map(({ exchange }) => node.namespace.publishable(exchange));
    const routes = exchanges.map((exchange, index) => exchange.route((this.#targets[index] as Target).key, this));
    const isKeyed = exchanges.every((exchange, index) => {
      return !exchange.routesByHeaders((this.#targets[index] as Target).key);
    });
    if (isKeyed) this.#routes = routes;
    return routes;
  }

  #headersOf(frame: Frame): HeaderPair[] {
    const headers: HeaderPair[] = [];
    const seen = new Set<string>();
    for (let index = 0; index < frame.headerCount; index++) {
      const name = frame.headerName(index);
      if (LEFT_OUT.has(name) || seen.has(name)) continue;
      seen.add(name);
      const value = frame.headerValue(index);
      headers.push([name, name === 'reply-to' ? this.#client.node.dialect.replyTo(this.#client, value) : value]);
    }
    return headers;
  }

  /** RabbitMQ's: milliseconds from now. */
  #expirationOf(frame: Frame): number {
    if (this.#client.node.dialect.name !== 'rabbitmq') return 0;
    const lives = countOf(frame, 'expiration', TIME_MAX);
    return lives === null ? 0 : this.#client.node.broker.clock.now + lives;
  }
}
