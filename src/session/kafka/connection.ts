/**
 * KafkaConnection: one client of Kafka, as a state machine without a socket.
 *
 *   listener ──receive(chunk)──▶ framer ──▶ header ──▶ operation ──▶ core
 *   listener ◀──outbox.write──── replies ◀── answers, in the order of the requests      one write a turn
 *
 * Requests run one after the other, as in Kafka itself: the next one when the last is answered, so that a client sees
 * its own writes. Produce alone may run while earlier Produces wait for their commit. What can't run yet is *held*: a
 * copy of it is kept, and the socket is not read, until its turn comes at the end of a turn of the broker.
 *
 * Kafka has no word for "I can't read that": a request with an unknown key or version, or one that is malformed, ends
 * the connection. `receive` never throws.
 */
import { copyOf } from '../../bytes/copy.ts';
import type { Outbox } from '../../bytes/outbox.ts';
import { Timer } from '../../core/schedule.ts';
import { Framer } from '../../wire/kafka/framer.ts';
import { readRequest } from '../../wire/kafka/messages.ts';
import { RequestHeader } from '../../wire/kafka/request-header.ts';
import { KafkaWireError } from '../../wire/kafka/wire-error.ts';
import { Call } from './call.ts';
import type { KafkaNode } from './node.ts';
import type { Operation } from './operation.ts';
import { unsupportedVersion } from './operations/api-versions.ts';
import { API_VERSIONS_KEY, operationOf } from './operations.ts';
import { PartitionReaders } from './partition-readers.ts';
import type { Peer, Waiting } from './peer.ts';
import { Replies } from './replies.ts';

/** A request may be as large as Kafka's socket.request.max.bytes. */
const REQUEST_BYTES_MAX = 100 * 1024 * 1024;
/** Produces of one connection that wait for their commit. */
const OVERLAPPING_MAX = 256;
/** A connection over which nothing comes so long is closed, as connections.max.idle.ms says. */
const IDLE_MS_MAX = 10 * 60 * 1000;
const LOOK_AGAIN_MS = 20;

export interface KafkaConnectionOptions {
  readonly node: KafkaNode;
  readonly outbox: Outbox;
  readonly remoteAddress: string;
  readonly host: string;
  readonly port: number;
}

export class KafkaConnection implements Peer {
  dirty = false;
  readonly node: KafkaNode;
  readonly remoteAddress: string;
  readonly host: string;
  readonly port: number;
  user: string | null;
  mechanism: string | null = null;
  waiting: Waiting | null = null;
  readonly readers: PartitionReaders;

  readonly #outbox: Outbox;
  readonly #replies: Replies;
  readonly #framer = new Framer(REQUEST_BYTES_MAX);
  readonly #header = new RequestHeader();
  /** A request that waits for its turn, and what came behind it. */
  #held: Uint8Array | null = null;
  readonly #backlog: Uint8Array[] = [];
  #paused = false;
  #closing = false;
  #closed = false;
  #receivedAt: number;
  readonly #idle = new Timer({ due: (now) => this.#checkIdle(now) });
  readonly #again = new Timer({ due: () => this.touch() });

  constructor({ node, outbox, remoteAddress, host, port }: KafkaConnectionOptions) {
    this.node = node;
    this.remoteAddress = remoteAddress;
    this.host = node.options.advertise ?? host;
    this.port = port;
    this.user = node.options.letsIn(remoteAddress) ? 'guest' : null;
    this.#outbox = outbox;
    this.#replies = new Replies(outbox);
    this.readers = new PartitionReaders(node.broker.store, node.broker.formats);
    this.#receivedAt = node.broker.clock.now;
    node.broker.schedule.set(this.#idle, this.#receivedAt + IDLE_MS_MAX);
  }

  // ── The listener's side ──

  receive(chunk: Uint8Array): void {
    if (this.#closing) return;
    this.#receivedAt = this.node.broker.clock.now;
    if (this.#held !== null) this.#backlog.push(copyOf(chunk));
    else this.#consume(chunk);
  }

  drained(): void {
    if (!this.#closed) this.touch();
  }

  ended(): void {
    this.#end();
  }

  /** Kafka knows no farewell: what is answered is sent. */
  shutdown(): void {
    this.close();
  }

  // ── The operations' side ──

  touch(): void {
    if (!this.dirty && !this.#closed) this.node.broker.touch(this);
  }

  close(): void {
    this.#closing = true;
    this.#held = null;
    this.#backlog.length = 0;
    this.touch();
  }

  // ── The core's sink ──

  /** When much is unsent over all connections, who has not taken his last answer gets no further one. */
  get writable(): boolean {
    const { fetchBudget, broker } = this.node;
    return this.#outbox.pendingBytes <= (fetchBudget.exhausted ? 0 : broker.limits.outboundBytesMax);
  }

  deliver(): void {}
  empty(): void {}
  cancelled(): void {}

  /** The end of a turn: what is answered goes out, and what was held has its turn. */
  flush(): void {
    if (this.#closed) return;
    try {
      this.waiting?.goOn();
      do this.#replies.write();
      while (this.#goOn());
      this.#replies.flush();
    } catch (error) {
      this.node.options.onFault(error);
      this.#closing = true;
    }
    if (!this.#closing) return;
    this.#end();
    this.#outbox.close();
  }

  // ── Requests ──

  #consume(chunk: Uint8Array): void {
    const framer = this.#framer;
    framer.push(chunk);
    while (!this.#closing && framer.next()) {
      const { bytes, start, end } = framer;
      if (this.#request(bytes, start, end)) continue;
      this.#hold(copyOf(bytes, start, end), framer.rest());
      break;
    }
    framer.letGo();
    if (framer.fault !== null) this.close();
  }

  /** False: not yet. */
  #request(bytes: Uint8Array, start: number, end: number): boolean {
    try {
      if (this.mechanism !== null && this.node.sasl.isRaw(this)) {
        if (this.#replies.size > 0) return false;
        this.#replies.raw(this.node.sasl.rawToken(this, bytes.subarray(start, end)));
        this.touch();
        return true;
      }
      const header = this.#header;
      header.read(bytes, start, end);
      const operation = operationOf(header.apiKey);
      if (operation === undefined || (this.user === null && !operation.open)) {
        this.close();
        return true;
      }
      if (!this.#mayRun(operation)) return false;
      this.#run(operation, bytes, end);
    } catch (error) {
      if (!(error instanceof KafkaWireError)) this.node.options.onFault(error);
      this.close();
    }
    return true;
  }

  #mayRun({ overlaps }: Operation): boolean {
    const { broker } = this.node;
    if (!this.writable) return false;
    if (overlaps && broker.store.pressure === 'memory') {
      broker.schedule.set(this.#again, broker.clock.now + LOOK_AGAIN_MS);
      return false;
    }
    if (this.#replies.size === 0) return true;
    return overlaps && this.#replies.last?.overlaps === true && this.#replies.size < OVERLAPPING_MAX;
  }

  #run(operation: Operation, bytes: Uint8Array, end: number): void {
    const header = this.#header;
    const { api, overlaps } = operation;
    const { apiVersion, correlationId } = header;
    const clientId = header.clientId() ?? '';
    if (!api.serves(apiVersion)) {
      if (api.key !== API_VERSIONS_KEY) return this.close();
      const call = new Call(this, api, 0, correlationId, clientId, overlaps);
      this.#replies.add(call);
      call.answer(unsupportedVersion());
      return;
    }
    const call = new Call(this, api, apiVersion, correlationId, clientId, overlaps);
    const request = readRequest(api, apiVersion, bytes, header.bodyAt, end);
    this.#replies.add(call);
    const response = operation.run(call, request as never);
    if (response !== null) call.answer(response);
  }

  // ── Holding ──

  #hold(request: Uint8Array, rest: Uint8Array | null): void {
    this.#held = request;
    if (rest !== null) this.#backlog.unshift(rest);
    if (this.#paused) return;
    this.#paused = true;
    this.#outbox.pause();
  }

  /** Runs what was held, as far as it may; true if something ran. */
  #goOn(): boolean {
    const held = this.#held;
    if (held === null || this.#closing) return false;
    this.#held = null;
    if (!this.#request(held, 0, held.length)) {
      this.#held = held;
      return false;
    }
    while (this.#held === null && !this.#closing) {
      const chunk = this.#backlog.shift();
      if (chunk === undefined) break;
      this.#consume(chunk);
    }
    if (this.#held === null && this.#paused) {
      this.#paused = false;
      this.#outbox.resume();
    }
    return true;
  }

  // ── The end ──

  #checkIdle(now: number): void {
    const due = this.#receivedAt + IDLE_MS_MAX;
    if (now >= due && this.#replies.size === 0) this.close();
    else this.node.broker.schedule.set(this.#idle, Math.max(due, now + LOOK_AGAIN_MS));
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing = true;
    this.#held = null;
    this.#backlog.length = 0;
    const { schedule } = this.node.broker;
    schedule.cancel(this.#idle);
    schedule.cancel(this.#again);
    this.#replies.abandon();
  }
}
