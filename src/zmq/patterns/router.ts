/**
 * ROUTER: messages of all peers in turn, with the sender's identity in front; and to the peer whose identity stands in
 * front.
 *
 * A peer that names no identity gets one: a zero byte and a number. A second one with the same identity is let in but
 * neither heard nor sent to, as with libzmq; with `handover` it takes the place of the first one, which is cut off.
 *
 * A message to somebody unknown or busy is dropped. With `mandatory` the one is an error and the other waits.
 */
import { randomInt } from 'node:crypto';
import type { Peer } from '../../wire/zmtp/handshake.ts';
import type { Frame, OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { ZmqError } from '../errors.ts';
import { EMPTY_FRAME } from '../message.ts';
import type { Pipe } from '../pipe.ts';
import type { Settings } from '../settings.ts';
import { FairQueue } from './fair-queue.ts';
import { latin1 } from './latin1.ts';
import { Pattern, type PatternHost } from './pattern.ts';

const GIVEN_ID_BYTES = 5;

export class RouterPattern extends Pattern {
  readonly #settings: Readonly<Settings>;
  readonly #queue = new FairQueue();
  /** By the identity's bytes as latin1. */
  readonly #peers = new Map<string, Pipe>();
  #nextId = randomInt(2 ** 32);

  constructor(host: PatternHost, settings: Readonly<Settings>) {
    super(host);
    this.#settings = settings;
  }

  override attach(pipe: Pipe): boolean {
    if (pipe.routingId !== null && !this.#take(pipe, pipe.routingId)) {
      throw new ZmqError('EINVAL', 'There is a peer of that routing id');
    }
    return true;
  }

  override detach(pipe: Pipe): void {
    if (pipe.routingId === null) return;
    const key = latin1(pipe.routingId);
    if (this.#peers.get(key) === pipe) this.#peers.delete(key);
  }

  override admit(pipe: Pipe, { identity }: Peer): boolean {
    if (pipe.routingId === null) this.#take(pipe, identity.length === 0 ? this.#given() : identity);
    return true;
  }

  override connected(pipe: Pipe): void {
    if (this.#settings.probeRouter) pipe.write(EMPTY_FRAME);
  }

  override send(message: OutgoingMessage): boolean {
    const single = typeof message === 'string' || message instanceof Uint8Array;
    const id = single ? message : (message[0] as Frame);
    const peer = this.#peers.get(keyOf(id));
    const { mandatory } = this.#settings;
    if (peer === undefined) {
      if (mandatory) throw new ZmqError('EHOSTUNREACH');
      return true;
    }
    if (single || message.length === 1) return true;
    return peer.write(message.length === 2 ? (message[1] as Frame) : message.slice(1)) || !mandatory;
  }

  override take(): Buffer[] | null {
    const parts = this.#queue.take();
    if (parts === null) return null;
    parts.unshift(this.#queue.from?.routingId as Buffer);
    return parts;
  }

  override get readable(): boolean {
    return !this.#queue.empty;
  }

  /** It never waits, or it depends on the peer. */
  override get writable(): boolean {
    return true;
  }

  override arrived(pipe: Pipe): void {
    if (pipe.routingId !== null) this.#queue.add(pipe);
  }

  #take(pipe: Pipe, id: Buffer): boolean {
    const key = latin1(id);
    const before = this.#peers.get(key);
    if (before !== undefined && before !== pipe) {
      if (!this.#settings.handover) return false;
      before.link?.close();
    }
    pipe.routingId = id;
    this.#peers.set(key, pipe);
    return true;
  }

  /** One that no peer has, and that can't be guessed from those before the first. */
  #given(): Buffer {
    const id = Buffer.alloc(GIVEN_ID_BYTES);
    do {
      id.writeUInt32BE(this.#nextId, 1);
      this.#nextId = (this.#nextId + 1) >>> 0;
    } while (this.#peers.has(latin1(id)));
    return id;
  }
}

function keyOf(id: Frame): string {
  return latin1(typeof id === 'string' ? Buffer.from(id) : id);
}
