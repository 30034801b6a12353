/**
 * Observer: a socket's events, for listeners (`on`) or for who asks for one after the other; not for both at once.
 *
 * Without a listener events wait to be received; the oldest ones go when there are too many.
 */
import { EventEmitter } from 'node:events';
import { ZmqError } from './errors.ts';
import type { Event, EventOfType, EventType } from './events.ts';
import { Fifo } from './fifo.ts';
import { Waiter } from './waiter.ts';

const KEPT_MAX = 1000;
const END: IteratorReturnResult<undefined> = { value: undefined, done: true };

export class Observer {
  #closed = false;
  #emitter: EventEmitter | null = null;
  readonly #events = new Fifo<Event>();
  readonly #waiting = new Fifo<Waiter<Event>>();

  get closed(): boolean {
    return this.#closed;
  }

  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): this {
    this.#emitter ??= new EventEmitter();
    this.#emitter.on(type, listener);
    for (const event of this.#events.drain()) this.#emitter.emit(event.type, event);
    return this;
  }

  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): this {
    this.#emitter?.off(type, listener);
    return this;
  }

  /** The next event, as soon as there is one. */
  async receive(): Promise<Event> {
    if (this.#emitter !== null) {
      throw new Error('Observer is in event emitter mode: after on() events can not be received one by one.');
    }
    const event = this.#events.shift();
    if (event !== undefined) return event;
    if (this.#closed) throw new ZmqError('EBADF');
    const waiting = new Waiter<Event>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, undefined> {
    while (!this.#closed || this.#events.length > 0) {
      try {
        yield await this.receive();
      } catch (error) {
        if (this.#closed) return END.value;
        throw error;
      }
    }
    return END.value;
  }

  /** No events are reported any more. Optional: it closes with its socket. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiting of this.#waiting.drain()) waiting.reject(new ZmqError('EAGAIN'));
  }

  /** The socket reports something. */
  report(event: Event): void {
    if (this.#closed) return;
    if (this.#emitter !== null) {
      this.#emitter.emit(event.type, event);
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve(event);
      return;
    }
    if (this.#events.length === KEPT_MAX) this.#events.shift();
    this.#events.push(event);
  }
}
