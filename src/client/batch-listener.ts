/**
 * Hands messages over in batches: when `size` of them are there, or when the first has waited for `wait`.
 *
 * A batch is acknowledged when the handler returns; if it throws, every message of it that the handler has not settled
 * itself goes its own way to a retry lane or the dead letters. A message with a bad payload is never part of a batch.
 */
import { type Duration, millisecondsOf } from './duration.ts';
import type { ListenerHost } from './listener.ts';
import { type LooseReadingOptions, type ReadingOptions, readingOf } from './reading.ts';
import { Message } from './received.ts';
import { Reception } from './reception.ts';
import { type AnyTopic, decoded } from './topic.ts';

const SIZE = 100;
const WAIT_MS = 50;

interface BatchSettings {
  /** A batch has at most so many; 100. */
  readonly size?: number;
  /** And the first one waits at most so long for the others; 50 ms. */
  readonly wait?: Duration;
  readonly signal?: AbortSignal;
}

/** What a batch listener may be told. */
export type BatchOptions<S extends string> = ReadingOptions<S> & BatchSettings;
/** The same, for the inside. */
export type LooseBatchOptions = LooseReadingOptions & BatchSettings;

/** What a batch listener calls, one batch at a time. */
export type BatchHandler<Output> = (messages: readonly Message<Output>[]) => unknown;

/** A running batch listener. */
export interface BatchListener extends AsyncDisposable {
  pause(): void;
  resume(): void;
  /** Lets the running batch end; what was in none goes back to the broker. */
  stop(): Promise<void>;
}

export class RunningBatchListener implements BatchListener {
  readonly #topic: AnyTopic;
  readonly #size: number;
  readonly #waitMs: number;
  readonly #handler: BatchHandler<never>;
  readonly #reception: Reception;
  readonly #atEnd: (listener: RunningBatchListener) => void;
  #gathered: Message[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    host: ListenerHost,
    topic: AnyTopic,
    options: LooseBatchOptions,
    handler: BatchHandler<never>,
    atEnd: (listener: RunningBatchListener) => void,
  ) {
    const { size = SIZE } = options;
    if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`size: ${size}; at least 1`);
    this.#topic = topic;
    this.#size = size;
    this.#waitMs = millisecondsOf(options.wait ?? WAIT_MS);
    this.#handler = handler;
    this.#atEnd = atEnd;
    this.#reception = new Reception(host, readingOf(host.driver, topic, options, host.group, 2 * size), {
      deliver: (message) => this.#gather(message),
      failed: (error, message) => host.failed(error, message),
    });
  }

  async start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await this.#reception.start();
    if (signal?.aborted) await this.stop();
    else signal?.addEventListener('abort', () => void this.stop(), { once: true });
  }

  #gather(message: Message): void {
    this.#gathered.push(message);
    if (this.#gathered.length >= this.#size) this.#runNext();
    else this.#timer ??= setTimeout(() => this.#due(), this.#waitMs);
  }

  #due(): void {
    this.#timer = undefined;
    this.#isDue = true;
    this.#runNext();
  }

  #runNext(): void {
    const isFull = this.#gathered.length >= this.#size;
    if (this.#running !== undefined || this.#stopping !== undefined || !(isFull || this.#isDue)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const batch = this.#gathered.splice(0, this.#size);
    if (this.#gathered.length > 0) this.#timer = setTimeout(() => this.#due(), this.#waitMs);
    this.#running = this.#run(batch).finally(() => {
      this.#running = undefined;
      this.#runNext();
    });
  }

  async #run(batch: readonly Message[]): Promise<void> {
    const good: Message[] = [];
    for (const message of batch) {
      if (message.isSettled) continue;
      try {
        Message.fill(message, await decoded(this.#topic, message));
        good.push(message);
      } catch (error) {
        await message.fail(error);
      }
    }
    if (good.length === 0) return;
    try {
      await this.#handler(good as never);
      for (const message of good) message.ack();
    } catch (error) {
      await Promise.all(good.map((message) => message.fail(error)));
    }
  }

  pause(): void {
    this.#reception.pause();
  }

  resume(): void {
    this.#reception.resume();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#gathered = [];
    await this.#running;
    await this.#reception.close();
    this.#atEnd(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
