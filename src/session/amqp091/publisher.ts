/**
 * Publisher: basic.publish of one channel, by two roads to the same `#publish`.
 *
 *   run       the three frames lie together in the socket's chunk, as they nearly always do: read by offset, nothing
 *             is decoded, nothing allocated, and the payload is copied once, from the chunk into the journal's slab
 *   method, header, body    anything else: a message cut by the end of a chunk, or with several body frames
 *
 * Consecutive messages mostly go the same way. The bytes of exchange and key are therefore compared with those of the
 * message before, and only when they differ, or the namespace has changed, is a route looked up.
 */

import { copyBytes, sameBytes } from '../../bytes/copy.ts';
import { readU32 } from '../../bytes/numbers.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Route } from '../../core/route.ts';
import type { Transaction } from '../../core/transaction.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_METHOD, REPLY, WireError } from '../../wire/amqp091/constants.ts';
import { encodeMethod } from '../../wire/amqp091/methods.ts';
import { HeaderScan } from '../../wire/amqp091/properties.ts';
import { decodeText } from '../../wire/amqp091/values.ts';
import type { Confirms } from './confirms.ts';
import { ContentAssembly } from './content-assembly.ts';
import { contentAt, writeContent } from './deliveries.ts';
import { AmqpError, refuse } from './errors.ts';
import { expirationMs } from './expiration.ts';
import { HeaderTable } from './header-table.ts';
import type { Host } from './host.ts';
import { namesOf } from './message.ts';
import { Publication } from './publication.ts';

/** Class 60, method 40. */
export const BASIC_PUBLISH = 0x003c_0028;
const MANDATORY = 1;
const IMMEDIATE = 2;
/** Class, method and the reserved short before the exchange's name. */
const NAMES_AT = 6;
/** Both names and their length octets. */
const NAMES_BYTES_MAX = 512;

export class Publisher {
  /** Where `run` got to: past the last message that it consumed, also when it throws. */
  consumed = 0;
  confirms: Confirms | null = null;
  transaction: Transaction | null = null;

  readonly #host: Host;
  readonly #channel: number;
  readonly #publication = new Publication();
  readonly #scan = new HeaderScan();
  readonly #assembly: ContentAssembly;
  readonly #headers = new HeaderTable();

  /** The way that the message before went. */
  readonly #names = new Uint8Array(NAMES_BYTES_MAX);
  #namesLength = 0;
  #route: Route | null = null;
  /** Unroutable mandatory messages of the transaction; it holds them too, so its limit is theirs. */
  #returns: Uint8Array[] = [];

  constructor(host: Host, channel: number) {
    this.#host = host;
    this.#channel = channel;
    this.#assembly = new ContentAssembly(host.broker.limits.entryBytesMax, host.assembly);
  }

  /** True in the middle of a content. */
  get expectsContent(): boolean {
    return this.#assembly.phase !== 'idle';
  }

  /**
   * Publishes whole messages that lie together in `chunk` from `at` on, where a publish frame of this channel begins,
   * as many as there are. `consumed` tells how far; what it does not understand at once is left to the other road.
   */
  run(chunk: Uint8Array, at: number, payloadBytesMax: number): void {
    this.consumed = at;
    try {
      this.#run(chunk, at, payloadBytesMax);
    } finally {
      this.#publication.clear();
    }
  }

  #run(chunk: Uint8Array, at: number, payloadBytesMax: number): void {
    const end = chunk.length;
    const high = this.#channel >>> 8;
    const low = this.#channel & 0xff;
    const scan = this.#scan;
    // The smallest: a method of 9 payload bytes, a header of 14.
    while (end - at >= 17 + 22) {
      if (chunk[at] !== FRAME_METHOD || chunk[at + 1] !== high || chunk[at + 2] !== low) return;
      if (readU32(chunk, at + 7) !== BASIC_PUBLISH) return;
      const methodEnd = at + 7 + readU32(chunk, at + 3);
      const namesAt = at + 7 + NAMES_AT;
      const keyAt = namesAt + 1 + (chunk[namesAt] as number);
      if (keyAt >= methodEnd) return;
      const namesEnd = keyAt + 1 + (chunk[keyAt] as number);
      // Behind the names is one octet of bits, then the end of the frame.
      if (namesEnd + 1 !== methodEnd || methodEnd + 8 > end || chunk[methodEnd] !== FRAME_END) return;

      const headerAt = methodEnd + 1;
      if (chunk[headerAt] !== FRAME_HEADER || chunk[headerAt + 1] !== high || chunk[headerAt + 2] !== low) return;
      const headerEnd = headerAt + 7 + readU32(chunk, headerAt + 3);
      if (headerEnd >= end || chunk[headerEnd] !== FRAME_END) return;
      scan.scan(chunk, headerAt + 7, headerEnd);
      if (scan.classId !== 60) return;

      let contentEnd = headerEnd + 1;
      let after = contentEnd;
      const { bodyBytes } = scan;
      if (bodyBytes > 0) {
        if (contentEnd + 8 + bodyBytes > end || bodyBytes > payloadBytesMax) return;
        if (chunk[after] !== FRAME_BODY || chunk[after + 1] !== high || chunk[after + 2] !== low) return;
        if (readU32(chunk, after + 3) !== bodyBytes) return;
        contentEnd = after + 7 + bodyBytes;
        if (chunk[contentEnd] !== FRAME_END) return;
        after = contentEnd + 1;
      }
      this.consumed = after;
      this.#publication.point(chunk, namesAt, namesEnd, methodEnd, contentEnd);
      this.#publish(chunk, namesAt, namesEnd, scan, chunk[namesEnd] as number);
      at = after;
    }
  }

  /** A publish method that is not followed by its whole content; `[start, end)` is the frame's payload. */
  method(bytes: Uint8Array, start: number, end: number): void {
    const namesAt = start + NAMES_AT;
    const keyAt = namesAt + 1 + (bytes[namesAt] as number);
    const namesEnd = keyAt + 1 + (bytes[keyAt] as number);
    if (namesAt >= end || keyAt >= end || namesEnd >= end) {
      throw new WireError(REPLY.syntaxError, 'a field ends beyond its frame');
    }
    this.#assembly.begin(bytes, namesAt, namesEnd, bytes[namesEnd] as number);
  }

  header(bytes: Uint8Array, start: number, end: number): void {
    if (this.#assembly.header(bytes, start, end)) this.#complete();
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (this.#assembly.body(bytes, start, end)) this.#complete();
  }

  /** A method frame came: not in the middle of a content, please. */
  interrupted(): void {
    this.#assembly.interrupted();
  }

  /** Lets go of chunks and half a message. */
  end(): void {
    this.#publication.clear();
    this.#assembly.clear();
    this.confirms?.end();
  }

  #complete(): void {
    const assembly = this.#assembly;
    const { bytes, length, namesLength } = assembly;
    this.#publication.point(bytes, 0, namesLength, namesLength, length);
    try {
      this.#publish(bytes, 0, namesLength, assembly.scan, assembly.bits);
    } finally {
      assembly.clear();
      this.#publication.clear();
    }
  }

  #publish(bytes: Uint8Array, namesAt: number, namesEnd: number, scan: HeaderScan, bits: number): void {
    const publication = this.#publication;
    const { clock } = this.#host.broker;
    let route = this.#route;
    const namesLength = namesEnd - namesAt;
    if (
      route === null ||
      namesLength !== this.#namesLength ||
      !route.current ||
      !sameBytes(bytes, namesAt, this.#names, 0, namesLength)
    ) {
      route = this.#find(bytes, namesAt, namesEnd, scan);
    }
    publication.persistent = scan.persistent;
    publication.priority = scan.priority;
    publication.timestamp = clock.now;
    publication.expiresAt = 0;
    if (scan.expirationAt !== 0) {
      publication.expiresAt = clock.now + expirationMs(bytes, scan.expirationAt);
    }
    if (scan.userIdAt !== 0) this.#checkUser(bytes, scan.userIdAt);
    if ((bits & (MANDATORY | IMMEDIATE)) !== 0) {
      if ((bits & IMMEDIATE) !== 0) throw refuse.notImplemented('immediate=true');
      if (route.empty) this.#sendBack();
    }
    if (this.transaction !== null) {
      this.transaction.publish(route, publication);
      return;
    }
    const set = route.publish(publication);
    const durable = set.durable.length > 0;
    if (durable) this.#host.publishedGroup = this.#host.broker.store.filling;
    else this.#host.publishedTransient = true;
    if (this.confirms !== null) this.confirms.count(durable);
  }

  /** Looks the route up, and remembers it if the next message with these names goes the same way. */
  #find(bytes: Uint8Array, namesAt: number, namesEnd: number, scan: HeaderScan): Route {
    const exchangeEnd = namesAt + 1 + (bytes[namesAt] as number);
    const name = shortText(bytes, namesAt + 1, exchangeEnd);
    const key = shortText(bytes, exchangeEnd + 1, namesEnd);
    const exchange: Exchange = this.#host.namespace.publishable(name);
    const headers = this.#headers;
    headers.point(bytes, scan.headersAt);
    const route = exchange.route(key, headers);
    headers.clear();
    if (exchange.remembers(key)) {
      this.#route = route;
      this.#namesLength = namesEnd - namesAt;
      copyBytes(bytes, namesAt, namesEnd, this.#names, 0);
    } else this.#route = null;
    return route;
  }

  #checkUser(bytes: Uint8Array, at: number): void {
    const claimed = shortText(bytes, at + 1, at + 1 + (bytes[at] as number));
    if (claimed !== this.#host.user) throw refuse.badUserId(claimed, this.#host.user);
  }

  /** Nobody takes it, and the publisher wanted to know: now, or when its transaction is committed. */
  #sendBack(): void {
    const payload = new Uint8Array(this.#publication.length);
    this.#publication.write(payload, 0);
    if (this.transaction === null) this.#writeReturn(payload);
    else this.#returns.push(payload);
  }

  /** The transaction is committed, or not: what is to be returned is. */
  endReturns(committed: boolean): void {
    const returns = this.#returns;
    this.#returns = [];
    if (committed) for (const payload of returns) this.#writeReturn(payload);
  }

  #writeReturn(payload: Uint8Array): void {
    const host = this.#host;
    const { exchange, key } = namesOf(payload, 0);
    const fields = { replyCode: REPLY.noRoute, replyText: 'NO_ROUTE', exchange, routingKey: key };
    host.send(encodeMethod(this.#channel, 'basic.return', fields));
    writeContent(host.out, payload, contentAt(payload, 0), payload.length, this.#channel, host.frameBytesMax);
  }
}

function shortText(bytes: Uint8Array, from: number, to: number): string {
  const text = decodeText(bytes, from, to);
  if (text === null) throw new AmqpError(REPLY.frameError, 'Malformed UTF-8 in shortstr');
  return text;
}
