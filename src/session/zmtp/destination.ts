/**
 * Destination: where an endpoint puts what its peers send. Consecutive messages mostly go the same way, so the route is
 * held while it is current. A queue or an exchange that was deleted meanwhile is declared again.
 *
 * Without a configured key the key is the text of the first frame, cut at 255 bytes: a topic, as PUB sends it.
 */
import { readText } from '../../bytes/text.ts';
import type { GroupNumber } from '../../core/ports.ts';
import type { Route } from '../../core/route.ts';
import type { Endpoint } from './endpoint.ts';
import { exchangeOf, queueOf, type ZmtpNode } from './node.ts';
import { Publication } from './stored-message.ts';

/** Nobody takes the message. */
export const UNROUTABLE = -1;
/** It was taken, and by nothing durable. */
export const TRANSIENT: GroupNumber = 0;

const KEY_BYTES_MAX = 255;
/** So many characters never take more bytes than that. */
const KEY_CHARACTERS_MAX = 85;

export class Destination {
  readonly #node: ZmtpNode;
  readonly #exchange: string;
  readonly #queue: string | null;
  /** null: the first frame's text. */
  readonly #key: string | null;
  readonly #publication = new Publication();
  #routeKey = '';
  #route: Route | null = null;

  constructor(node: ZmtpNode, endpoint: Endpoint) {
    const toQueue = endpoint.target === 'queue';
    this.#node = node;
    this.#exchange = toQueue ? '' : endpoint.name;
    this.#queue = toQueue ? endpoint.name : null;
    this.#key = toQueue ? endpoint.name : endpoint.key;
  }

  /** What is configured is there from the start, not from the first message on. */
  declare(): void {
    if (this.#queue !== null) queueOf(this.#node, this.#queue);
    else exchangeOf(this.#node, this.#exchange);
  }

  /** Publishes the frames from `from` on: UNROUTABLE, TRANSIENT, or the group that they are durable with. */
  publish(frames: readonly Uint8Array[], from = 0): GroupNumber {
    const { store, clock } = this.#node.broker;
    const key = this.#key ?? topicOf(frames[from] as Uint8Array);
    const route = this.#routeTo(key);
    if (route.empty) return UNROUTABLE;
    const message = this.#publication.point(this.#exchange, key, this.#key === null, null, frames, from, clock.now);
    return route.publish(message).durable.length > 0 ? store.filling : TRANSIENT;
  }

  #routeTo(key: string): Route {
    const held = this.#route;
    if (held?.current === true && this.#routeKey === key) return held;
    const { namespace } = this.#node;
    if (this.#queue !== null) queueOf(this.#node, this.#queue);
    else exchangeOf(this.#node, this.#exchange);
    const exchange = namespace.publishable(this.#exchange);
    const route = exchange.route(key, null);
    this.#routeKey = key;
    this.#route = exchange.routesByHeaders(key) ? null : route;
    return route;
  }
}

/** Bytes that are not UTF-8 become longer as text, so the text is cut too. */
export function topicOf(frame: Uint8Array): string {
  const text = readText(frame, 0, Math.min(frame.length, KEY_BYTES_MAX));
  return text.length <= KEY_CHARACTERS_MAX || Buffer.byteLength(text) <= KEY_BYTES_MAX
    ? text
    : text.slice(0, KEY_CHARACTERS_MAX);
}
