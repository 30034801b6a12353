/**
 * Pipe: a socket's side of its relation with one peer, the unit of every limit and of every choice of a pattern.
 *
 *     pattern --write--> outbox --> link --> peer       outbox: what the link can't take now, or while there is no link
 *     pattern <--take--- inbox <--- link <-- peer       inbox:  what the program has not asked for yet
 *
 * The high-water mark counts messages that were written and that neither the kernel nor a peer in this process has
 * taken. A pipe that is full refuses (`write` answers false) and tells its owner once there is room again. One whose
 * inbox is full makes its link stop reading, and go on when half of it is taken.
 *
 * A pipe of `connect` outlives its connections, with what is in the outbox; one that was accepted ends with its
 * connection. In either case what was received can still be taken.
 */
import type { OutgoingMessage } from '../wire/zmtp/message-writer.ts';
import { Fifo } from './fifo.ts';
import { messageBytes } from './message.ts';

/** The way to the peer. */
export interface Link {
  /** Messages handed over that the peer's side or the kernel has not taken. */
  readonly unsent: number;
  readonly unsentBytes: number;
  /** Must wait for the kernel or the peer: nothing may be sent before `Pipe.drain` is called. */
  readonly busy: boolean;
  send(message: OutgoingMessage): void;
  /** Tries to get rid of what was sent, now instead of at the end of the turn. */
  flush(): void;
  /** The inbox has room: what was held back may come. */
  resume(): void;
  /** Tells the peer about a topic. */
  subscribe(subscribe: boolean, topic: Uint8Array): void;
  /** Ends it, once what was sent is on its way. */
  close(): void;
}

/** What a pipe reports to. */
export interface PipeOwner {
  /** There is something in the inbox. */
  arrived(pipe: Pipe): void;
  /** It refused, and has room again. */
  roomy(pipe: Pipe): void;
  /** Is this message for the program? What is not never counts. */
  accepts(parts: readonly Buffer[]): boolean;
  /** The peer asks for a topic; false to hear no more at the moment. */
  subscription(pipe: Pipe, subscribe: boolean, topic: Buffer): boolean;
}

export interface PipeLimits {
  /** Messages; Infinity for no limit. */
  readonly sendMax: number;
  readonly sendBytesMax: number;
  readonly receiveMax: number;
  readonly receiveBytesMax: number;
  /** Keep only the newest message, each way. */
  readonly conflate: boolean;
}

export class Pipe {
  link: Link | null = null;
  /** By which a ROUTER knows the peer. */
  routingId: Buffer | null = null;
  /** Its connection is gone for good; it is forgotten as soon as the inbox is empty. */
  ended = false;
  /** Told once when nothing is unsent any more. */
  onSent: (() => void) | null = null;
  /** Notes of the pattern: is it among those to take from, and among those to write to? */
  readable = false;
  writable = false;
  readonly owner: PipeOwner;
  readonly limits: PipeLimits;
  readonly #inbox = new Fifo<Buffer[]>();
  readonly #outbox = new Fifo<OutgoingMessage>();
  #inboxBytes = 0;
  #outboxBytes = 0;
  #refused = false;
  #stalled = false;

  constructor(owner: PipeOwner, limits: PipeLimits) {
    this.owner = owner;
    this.limits = limits;
  }

  /** Messages that wait for the program. */
  get waiting(): number {
    return this.#inbox.length;
  }

  /** Messages that wait for the peer. */
  get unsent(): number {
    return this.#outbox.length + (this.link?.unsent ?? 0);
  }

  /** Hands a message to the peer, or keeps it for him; false if the high-water mark is reached. */
  write(message: OutgoingMessage): boolean {
    const { link, limits } = this;
    if (limits.conflate) return this.#replace(message);
    if (link !== null && !link.busy && this.#outbox.length === 0) {
      if (link.unsent >= limits.sendMax || link.unsentBytes >= limits.sendBytesMax) link.flush();
      if (!link.busy) {
        link.send(message);
        return true;
      }
    }
    if (this.full) {
      this.#refused = true;
      return false;
    }
    this.#outbox.push(message);
    if (limits.sendBytesMax !== Number.POSITIVE_INFINITY) this.#outboxBytes += messageBytes(message);
    return true;
  }

  /** Would `write` refuse? */
  get full(): boolean {
    const { link, limits } = this;
    if (link === null) return this.#outbox.length >= limits.sendMax || this.#outboxBytes >= limits.sendBytesMax;
    if (!link.busy && this.#outbox.length === 0) return false;
    return (
      link.unsent + this.#outbox.length >= limits.sendMax || link.unsentBytes + this.#outboxBytes >= limits.sendBytesMax
    );
  }

  /** Is told when there is room, although nothing was refused by `write`. */
  awaitRoom(): void {
    this.#refused = true;
  }

  /** There is a connection. */
  plug(link: Link): void {
    this.link = link;
    this.#stalled = false;
    this.drain();
  }

  /** The connection is gone; what it had not sent is lost, what is in the outbox stays. */
  unplug(): void {
    this.link = null;
    this.#stalled = false;
    this.#offerRoom();
  }

  /** The link can take messages again. */
  drain(): void {
    const { link } = this;
    if (link === null) return;
    while (this.#outbox.length > 0 && !link.busy) link.send(this.#outbox.shift() as OutgoingMessage);
    if (this.#outbox.length === 0) this.#outboxBytes = 0;
    if (this.onSent !== null && this.unsent === 0) this.onSent();
    this.#offerRoom();
  }

  /** Forgets what was not sent. */
  discard(): void {
    this.#outbox.clear();
    this.#outboxBytes = 0;
  }

  /** The link brings a message; false if it should bring no more until `resume`. `announce` follows. */
  deliver(parts: Buffer[]): boolean {
    if (!this.owner.accepts(parts)) return true;
    const { limits } = this;
    if (limits.conflate) this.#inbox.clear();
    this.#inbox.push(parts);
    if (limits.receiveBytesMax !== Number.POSITIVE_INFINITY) this.#inboxBytes += messageBytes(parts);
    if (this.#inbox.length < limits.receiveMax && this.#inboxBytes < limits.receiveBytesMax) return true;
    if (limits.conflate) return true;
    this.#stalled = true;
    return false;
  }

  /** After one or more `deliver`. */
  announce(): void {
    if (this.#inbox.length > 0) this.owner.arrived(this);
  }

  take(): Buffer[] | undefined {
    const parts = this.#inbox.shift();
    if (parts !== undefined && this.limits.receiveBytesMax !== Number.POSITIVE_INFINITY) {
      this.#inboxBytes -= messageBytes(parts);
    }
    if (this.#stalled && this.#inbox.length * 2 <= this.limits.receiveMax) this.#goOn();
    return parts;
  }

  takeAll(): Buffer[][] {
    const all = this.#inbox.drain();
    this.#inboxBytes = 0;
    if (this.#stalled) this.#goOn();
    return all;
  }

  #goOn(): void {
    if (this.#inboxBytes * 2 > this.limits.receiveBytesMax) return;
    this.#stalled = false;
    this.link?.resume();
  }

  #replace(message: OutgoingMessage): boolean {
    this.#outbox.clear();
    this.#outbox.push(message);
    if (this.link !== null && !this.link.busy) this.drain();
    return true;
  }

  #offerRoom(): void {
    if (!this.#refused || this.full) return;
    this.#refused = false;
    this.owner.roomy(this);
  }
}
