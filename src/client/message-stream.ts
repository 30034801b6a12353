/**
 * `for await (const message of mq.messages(Orders, { group }))`: messages one by one, each acknowledged by the one who
 * takes it. Leaving the loop, or the signal, ends the subscription; what was not settled goes back to the broker.
 */
import type { ListenerHost } from './listener.ts';
import { type LooseReadingOptions, type ReadingOptions, readingOf } from './reading.ts';
import { Message } from './received.ts';
import { Reception } from './reception.ts';
import { type AnyTopic, decoded } from './topic.ts';

/** What `messages` may be told. */
export type MessagesOptions<S extends string> = ReadingOptions<S> & {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
};
/** The same, for the inside. */
export type LooseMessagesOptions = LooseReadingOptions & { readonly signal?: AbortSignal };

export class MessageStream<Output> implements AsyncIterableIterator<Message<Output>>, AsyncDisposable {
  readonly #topic: AnyTopic;
  readonly #reception: Reception;
  readonly #signal: AbortSignal | undefined;
  readonly #atEnd: (stream: { stop(): Promise<void> }) => void;
  readonly #arrived: Message[] = [];
  readonly #takers: (() => void)[] = [];
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    host: ListenerHost,
    topic: AnyTopic,
    options: LooseMessagesOptions,
    atEnd: (stream: { stop(): Promise<void> }) => void,
  ) {
    this.#topic = topic;
    this.#signal = options.signal;
    this.#atEnd = atEnd;
    this.#reception = new Reception(host, readingOf(host.driver, topic, options, host.group, 1), {
      deliver: (message) => {
        this.#arrived.push(message);
        this.#takers.shift()?.();
      },
      failed: (error, message) => host.failed(error, message),
    });
    this.#signal?.addEventListener('abort', () => void this.stop(), { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Message<Output>, undefined>> {
    if (this.#signal?.aborted) await this.stop();
    if (this.#stopping === undefined) {
      this.#starting ??= this.#reception.start();
      await this.#starting;
    }
    while (this.#stopping === undefined) {
      const message = this.#arrived.shift();
      if (message === undefined) await new Promise<void>((resolve) => this.#takers.push(resolve));
      else if (!message.isSettled && (await this.#isGood(message))) {
        return { done: false, value: message as Message<Output> };
      }
    }
    return { done: true, value: undefined };
  }

  async #isGood(message: Message): Promise<boolean> {
    try {
      Message.fill(message, await decoded(this.#topic, message));
      return true;
    } catch (error) {
      await message.fail(error);
      return false;
    }
  }

  async return(): Promise<IteratorResult<Message<Output>, undefined>> {
    await this.stop();
    return { done: true, value: undefined };
  }

  /** Ends the loop and gives back what was not settled. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const wake of this.#takers.splice(0)) wake();
    await this.#starting?.catch(() => undefined);
    await this.#reception.close();
    this.#atEnd(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
