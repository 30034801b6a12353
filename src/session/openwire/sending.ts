/**
 * Sending: a message that a client sends, on its way into the core.
 *
 *   frame ─▶ look: where are its fields ─▶ routes of its destination ─▶ one publish a route, at once or at commit
 *
 * Bytes are stored as they came if the connection speaks the form of what is stored; else they were written anew
 * before this. A producer mostly sends to one destination, so the routes of the last one are held, and known again by
 * the bytes of its name.
 */
import type { DestinationName } from '../../core/destination/destination-name.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { GroupNumber } from '../../core/ports.ts';
import type { Route } from '../../core/route.ts';
import type { Transaction } from '../../core/transaction.ts';
import type { Headers, Value } from '../../core/value.ts';
import type { MessageLook } from '../../wire/openwire/message-look.ts';
import type { Destination } from '../../wire/openwire/structures.ts';
import { compositePart } from './composite-part.ts';
import { namesOf } from './destination-structure.ts';
import { INVALID_DESTINATION, JmsError } from './exceptions.ts';
import type { OpenWireNode } from './node.ts';
import { propertyOf } from './properties.ts';
import { Publication } from './publication.ts';

const NOTHING = new Uint8Array(0);

interface Target {
  readonly exchange: Exchange;
  readonly key: string;
  readonly name: DestinationName;
}

export class Sending implements Headers {
  readonly #node: OpenWireNode;
  readonly #owner: object;
  readonly #publication = new Publication();
  #look: MessageLook | null = null;
  /** The destination of the last message, as bytes and as routes; null where headers make a difference. */
  #destination: Uint8Array = NOTHING;
  #targets: readonly Target[] = [];
  #routes: readonly Route[] | null = null;

  constructor(node: OpenWireNode, owner: object) {
    this.#node = node;
    this.#owner = owner;
  }

  /** The group to wait for; 0 if nothing is durable now. `end` is where the message ends. */
  send(look: MessageLook, start: number, end: number, transaction: Transaction | null): GroupNumber {
    const { store, clock } = this.#node.broker;
    const publication = this.#publication.point(look.bytes, start, end);
    publication.persistent = look.bool('persistent');
    publication.priority = Math.max(0, Math.min(9, look.number('priority')));
    publication.timestamp = look.number('timestamp') || clock.now;
    publication.expiresAt = Math.max(0, look.number('expiration'));
    let isDurable = false;
    const routes = this.#routesOf(look);
    for (const [index, route] of routes.entries()) {
      if (routes.length > 1) {
        const part = compositePart(look, start, end, (this.#targets[index] as Target).name);
        publication.point(part, 0, part.length);
      }
      if (transaction !== null) transaction.publish(route, publication);
      else if (route.publish(publication).durable.length > 0) isDurable = true;
    }
    publication.letGo();
    this.#look = null;
    return isDurable ? store.filling : 0;
  }

  /** A property of the message at hand, for exchanges that route by them. */
  get(name: string): Value | undefined {
    return this.#look === null ? undefined : propertyOf(this.#look, name);
  }

  #routesOf(look: MessageLook): readonly Route[] {
    const from = look.place('destination');
    const to = look.place('transactionId');
    if (!this.#isDestination(look.bytes, from, to)) this.#aim(look, from, to);
    else if (this.#routes?.every((route) => route.current) === true) return this.#routes;
    this.#look = look;
    const { namespace } = this.#node;
    // Auto-creation changes what is routed where, so it comes first.
    this.#targets = this.#targets.map((target) => this.#targetOf(target.name));
    const routes = this.#targets.map(({ exchange, key, name }) => {
      const route = exchange.route(key, this);
      if (name.isTemporary && name.kind === 'queue' && route.empty) throw deleted(name);
      return route;
    });
    const isKeyed = this.#targets.every(({ exchange, key }) => !exchange.routesByHeaders(key));
    this.#routes = isKeyed && routes.every((route) => route.generation === namespace.routes.generation) ? routes : null;
    return routes;
  }

  #isDestination(bytes: Uint8Array, from: number, to: number): boolean {
    const known = this.#destination;
    if (known.length !== to - from) return false;
    for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false;
    return true;
  }

  #aim(look: MessageLook, from: number, to: number): void {
    const destination = look.structure('destination') as Destination | null;
    if (destination === null) throw new JmsError(INVALID_DESTINATION, 'A message without a destination');
    this.#destination = NOTHING;
    this.#routes = null;
    this.#targets = namesOf(destination).map((name) => this.#targetOf(name));
    this.#destination = look.bytes.slice(from, to);
  }

  #targetOf(name: DestinationName): Target {
    const { destinations, namespace, temporaries } = this.#node;
    if (name.isTemporary && !temporaries.has(name.name)) throw deleted(name);
    if (name.kind === 'topic') return { exchange: destinations.topic(name.name), key: '', name };
    if (!namespace.queues.has(name.name)) destinations.queue(name.name, this.#owner);
    return { exchange: namespace.defaultExchange, key: name.name, name };
  }
}

function deleted({ kind, name }: DestinationName): JmsError {
  return new JmsError(INVALID_DESTINATION, `Cannot publish to a deleted Destination: temp-${kind}://${name}`);
}
