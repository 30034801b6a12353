/**
 * Incoming: the receiving half of a socket. Who asks while there is nothing waits here, in the order of the calls.
 *
 * What is there already is answered with a resolved promise, so a `for await` over a full queue stays within one turn
 * of the event loop, and `receiveMany` costs one promise for all that has come.
 */
import { ZmqError } from './errors.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import type { Pattern } from './patterns/pattern.ts';
import type { Settings } from './settings.ts';
import { Waiter, type WaitOptions } from './waiter.ts';

const WAITING_MAX = 10_000;
/** So many messages are handed out at once when the program names no number. */
const BATCH_MAX = 10_000;

/** `max` 0 asks for one message, otherwise for up to so many. */
class WaitingReceive extends Waiter<Message[] | Message[][]> {
  readonly max: number;

  constructor(max: number) {
    super();
    this.max = max;
  }
}

const END: IteratorReturnResult<undefined> = { value: undefined, done: true };

export class Incoming {
  readonly #pattern: Pattern;
  readonly #settings: Readonly<Settings>;
  readonly #waiting = new Fifo<WaitingReceive>();
  #closed = false;

  constructor(pattern: Pattern, settings: Readonly<Settings>) {
    this.#pattern = pattern;
    this.#settings = settings;
  }

  receive(options?: WaitOptions): Promise<Message[]> {
    try {
      const parts = this.#takeOne();
      if (parts !== null) return Promise.resolve(parts);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#wait(0, options) as Promise<Message[]>;
  }

  receiveMany(max: number = BATCH_MAX, options?: WaitOptions): Promise<Message[][]> {
    if (!(max >= 1)) return Promise.reject(new ZmqError('EINVAL', 'receiveMany takes a number of at least 1'));
    try {
      if (!this.#closed && this.#waiting.length === 0) {
        const many = this.#pattern.takeMany(max);
        if (many.length > 0) return Promise.resolve(many);
      }
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#wait(max, options) as Promise<Message[][]>;
  }

  /** Ends when the socket is closed; leaving it does not close the socket. */
  iterator(): AsyncIterableIterator<Message[], undefined> {
    const next = (): Promise<IteratorResult<Message[], undefined>> => {
      try {
        const value = this.#takeOne();
        if (value !== null) return Promise.resolve({ value, done: false });
      } catch (error) {
        return Promise.reject(error);
      }
      return this.#closed ? Promise.resolve(END) : this.#waitForNext();
    };
    const iterator: AsyncIterableIterator<Message[], undefined> = {
      next,
      return: () => Promise.resolve(END),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** There may be something to take. */
  readable(): void {
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      try {
        const taken = first.max === 0 ? this.#pattern.take() : this.#pattern.takeMany(first.max);
        if (taken === null || taken.length === 0) return;
        this.#waiting.shift();
        first.resolve(taken);
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

  #takeOne(): Message[] | null {
    return this.#closed || this.#waiting.length > 0 ? null : this.#pattern.take();
  }

  #wait(max: number, options?: WaitOptions): Promise<Message[] | Message[][]> {
    if (this.#closed) return Promise.reject(new ZmqError('EBADF'));
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#settings.receiveTimeout === 0) return Promise.reject(new ZmqError('EAGAIN'));
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(new ZmqError('EBUSY'));
    const waiting = new WaitingReceive(max);
    this.#waiting.push(waiting);
    waiting.giveUp(this.#settings.receiveTimeout, options?.signal, () => this.#waiting.remove(waiting));
    return waiting.promise;
  }

  async #waitForNext(): Promise<IteratorResult<Message[], undefined>> {
    try {
      return { value: (await this.#wait(0)) as Message[], done: false };
    } catch (error) {
      if (this.#closed) return END;
      throw error;
    }
  }
}
