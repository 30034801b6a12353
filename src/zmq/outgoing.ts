/**
 * Outgoing: the sending half of a socket. Messages that nobody has room for wait here, in the order of their calls.
 *
 * A `send` that succeeds at once answers one shared promise; only one that waits makes a promise of its own. Several
 * may wait; how many is limited, because they are a queue beside the one that the high-water mark limits.
 */
import { ZmqError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { type MessageLike, outgoing } from './message.ts';
import type { Pattern } from './patterns/pattern.ts';
import type { Settings } from './settings.ts';
import { nextTurn } from './turn.ts';
import { Waiter, type WaitOptions } from './waiter.ts';

const WAITING_MAX = 10_000;
const DONE: Promise<void> = Promise.resolve();
/** After so many messages that found room at once, sockets and timers get their turn before the next one. */
const BURST_MAX = 10_000;

/** The messages of a call that are still to be sent, from `next` on. */
class WaitingSend extends Waiter<void> {
  readonly messages: readonly (MessageLike | readonly MessageLike[])[];
  next: number;

  constructor(messages: readonly (MessageLike | readonly MessageLike[])[], next: number) {
    super();
    this.messages = messages;
    this.next = next;
  }
}

export class Outgoing {
  readonly #pattern: Pattern;
  readonly #settings: Readonly<Settings>;
  readonly #waiting = new Fifo<WaitingSend>();
  #closed = false;
  #burst = 0;

  constructor(pattern: Pattern, settings: Readonly<Settings>) {
    this.#pattern = pattern;
    this.#settings = settings;
  }

  send(message: MessageLike | readonly MessageLike[], options?: WaitOptions): Promise<void> {
    try {
      const proper = outgoing(message);
      if (this.#waiting.length === 0 && !this.#closed && this.#pattern.send(proper)) return this.#done(1);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#wait([message], 0, options);
  }

  /** One after the other, as with `send`, but with one promise for all. */
  sendMany(messages: readonly (MessageLike | readonly MessageLike[])[], options?: WaitOptions): Promise<void> {
    let next = 0;
    try {
      if (this.#waiting.length === 0 && !this.#closed) {
        const pattern = this.#pattern;
        while (next < messages.length && pattern.send(outgoing(messages[next] as MessageLike))) next++;
      }
    } catch (error) {
      return Promise.reject(error);
    }
    return next === messages.length && !this.#closed ? this.#done(next) : this.#wait(messages, next, options);
  }

  /** Somebody has room again. */
  writable(): void {
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      try {
        const { messages } = first;
        while (first.next < messages.length && this.#pattern.send(outgoing(messages[first.next] as MessageLike))) {
          first.next++;
        }
        if (first.next < messages.length) return;
        this.#waiting.shift();
        first.resolve();
      } catch (error) {
        this.#waiting.shift();
        first.reject(error);
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.drain()) waiting.reject(new ZmqError('EAGAIN'));
  }

  /**
   * Promises that are resolved already go on within the turn. A program that sends in a loop would never let go of it,
   * as long as there is room; and with PUB there always is.
   */
  #done(messages: number): Promise<void> {
    this.#burst += messages;
    if (this.#burst < BURST_MAX) return DONE;
    this.#burst = 0;
    return nextTurn();
  }

  #wait(
    messages: readonly (MessageLike | readonly MessageLike[])[],
    next: number,
    options?: WaitOptions,
  ): Promise<void> {
    if (this.#closed) return Promise.reject(new ZmqError('EBADF'));
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#settings.sendTimeout === 0) return Promise.reject(new ZmqError('EAGAIN'));
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(new ZmqError('EBUSY'));
    const waiting = new WaitingSend(messages, next);
    this.#waiting.push(waiting);
    waiting.giveUp(this.#settings.sendTimeout, options?.signal, () => this.#waiting.remove(waiting));
    return waiting.promise;
  }
}
