/**
 * Runs a function for every message of a topic: what it returns is the reply if one was asked for, and that it returned
 * acknowledges the message; what it throws sends the message to a retry lane or to the dead letters.
 *
 *     starting ──► running ◄──► paused
 *                     └── stop ──► draining (running handlers end) ──► closed
 */
import type { Can, If } from './capabilities.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Duration, millisecondsOf } from './duration.ts';
import { ClosedError } from './errors.ts';
import { type Destination, HEADER, type Outgoing, type Position } from './message.ts';
import { type Middleware, surrounded } from './middleware.ts';
import { type LooseReadingOptions, type ReadingOptions, readingOf } from './reading.ts';
import { Message } from './received.ts';
import { Reception, type ReceptionHost } from './reception.ts';
import { type AnyTopic, decoded, encodedReply } from './topic.ts';

const GRACE_MS = 30_000;

interface ManualOptions {
  /** `auto` (the default): when the handler returns. `manual`: when somebody calls `message.ack()`. */
  readonly ack?: 'auto' | 'manual';
}

/** What a listener may be told. */
export type ListenOptions<S extends string> = ReadingOptions<S> & {
  /** So many handlers at a time; messages of one key stay one after the other. 1. */
  readonly concurrency?: number;
  /** Stops the listener. */
  readonly signal?: AbortSignal;
} & If<S, 'acknowledges', ManualOptions>;

/** The same, for the inside. */
export type LooseListenOptions = LooseReadingOptions &
  ManualOptions & { readonly concurrency?: number; readonly signal?: AbortSignal };

/** What a listener calls. */
export type Handler<Output, Reply = unknown> = (value: Output, message: Message<Output>) => Reply | Promise<Reply>;

/** What a listener needs of its connection. */
export interface ListenerHost extends ReceptionHost {
  readonly group: string | undefined;
  readonly middleware: readonly Middleware[];
  /** An error that nobody can be handed: a handler's, or a broken subscription's. */
  failed(error: unknown, message: Message | undefined): void;
}

/** A running listener. */
export interface Listener<S extends string> extends AsyncDisposable {
  /** No further handler starts until `resume`. */
  pause(): void;
  resume(): void;
  /** Goes on at that position; only where the broker has offsets. */
  readonly seek: Can<S, 'offsets'> extends true ? (position: Position) => Promise<void> : never;
  /** Lets running handlers end, for so long at most (30 s); what was not started goes back to the broker. */
  stop(options?: { readonly grace?: Duration }): Promise<void>;
}

export class RunningListener implements Listener<string> {
  readonly #host: ListenerHost;
  readonly #topic: AnyTopic;
  readonly #isManual: boolean;
  readonly #handle: (message: Message) => unknown;
  readonly #dispatcher: Dispatcher<Message>;
  readonly #reception: Reception;
  readonly #atEnd: (listener: RunningListener) => void;
  #stopping: Promise<void> | undefined;

  constructor(
    host: ListenerHost,
    topic: AnyTopic,
    options: LooseListenOptions,
    handler: Handler<never>,
    atEnd: (listener: RunningListener) => void,
  ) {
    const { concurrency = 1 } = options;
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) throw new RangeError(`concurrency: ${concurrency}`);
    this.#host = host;
    this.#topic = topic;
    this.#isManual = options.ack === 'manual';
    this.#handle = surrounded(host.middleware, (message) => handler(message.value as never, message as Message<never>));
    this.#dispatcher = new Dispatcher(concurrency, (message) => this.#run(message));
    const reading = readingOf(host.driver, topic, options, host.group, concurrency);
    this.#reception = new Reception(host, reading, {
      deliver: (message) => this.#dispatcher.put(message),
      failed: (error, message) => host.failed(error, message),
    });
    this.#atEnd = atEnd;
  }

  async start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await this.#reception.start();
    if (signal?.aborted) await this.stop();
    else signal?.addEventListener('abort', () => void this.stop(), { once: true });
  }

  // ── One message; true: it has ended, false: the dispatcher will hear of it ──

  #run(message: Message): boolean {
    if (message.isSettled) return true;
    try {
      const value = decoded(this.#topic, message);
      if (value instanceof Promise) return this.#later(message, this.#runLater(message, value));
      Message.fill(message, value);
      const result = this.#handle(message);
      if (!isPromise(result)) return this.#succeeded(message, result);
      result.then(
        (value) => {
          if (this.#succeeded(message, value)) this.#dispatcher.ended(message);
        },
        (error) => this.#later(message, this.#failed(message, error)),
      );
      return false;
    } catch (error) {
      return this.#later(message, this.#failed(message, error));
    }
  }

  #later(message: Message, ending: Promise<void>): false {
    void ending.then(() => this.#dispatcher.ended(message));
    return false;
  }

  async #runLater(message: Message, decoding: Promise<unknown>): Promise<void> {
    try {
      Message.fill(message, await decoding);
      const result = await this.#handle(message);
      const to = this.#replyAddress(message, result);
      if (to !== undefined) await this.#reply(message, to, result);
      else if (!this.#isManual) message.ack();
    } catch (error) {
      await this.#failed(message, error);
    }
  }

  #succeeded(message: Message, result: unknown): boolean {
    const to = this.#replyAddress(message, result);
    if (to !== undefined) {
      return this.#later(
        message,
        this.#reply(message, to, result).catch((error) => this.#failed(message, error)),
      );
    }
    if (!this.#isManual) message.ack();
    return true;
  }

  #replyAddress(message: Message, result: unknown): string | undefined {
    return result === undefined ? undefined : message.headers[HEADER.replyTo];
  }

  async #reply(message: Message, to: string, result: unknown): Promise<void> {
    const body = await encodedReply(this.#topic, result);
    const type = { [HEADER.contentType]: this.#topic.codec.contentType };
    await this.#host.driver.publish([replyTo(message, to, body, type)]);
    if (!this.#isManual) message.ack();
  }

  /** Who waits for a reply is told at once; everything else is tried again. */
  async #failed(message: Message, error: unknown): Promise<void> {
    const to = message.headers[HEADER.replyTo];
    try {
      if (to === undefined || message.headers[HEADER.correlationId] === undefined) return await message.fail(error);
      this.#host.failed(error, message);
      await this.#host.driver.publish([replyTo(message, to, Buffer.from(reasonOf(error)), failureHeaders(error))]);
      message.ack();
    } catch (unexpected) {
      this.#host.failed(unexpected, message);
      message.release();
    }
  }

  // ── The listener ──

  pause(): void {
    this.#dispatcher.pause();
    this.#reception.pause();
  }

  resume(): void {
    this.#reception.resume();
    this.#dispatcher.resume();
  }

  get seek(): (position: Position) => Promise<void> {
    return (position) => this.#reception.seek(position);
  }

  stop(options: { readonly grace?: Duration } = {}): Promise<void> {
    this.#stopping ??= this.#stop(millisecondsOf(options.grace ?? GRACE_MS));
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#reception.pause();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#reception.abort(new ClosedError(`the listener was stopped and waited ${graceMs} ms`));
      resolve();
    }, graceMs);
    await Promise.race([this.#dispatcher.drain(), late]);
    clearTimeout(timer);
    await this.#reception.close();
    this.#atEnd(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

function replyTo(message: Message, name: string, body: Uint8Array, extra: Record<string, string>): Outgoing {
  const destination: Destination = { kind: 'reply', name };
  const headers: Record<string, string> = { ...extra };
  const correlation = message.headers[HEADER.correlationId] ?? message.headers[HEADER.messageId];
  if (correlation !== undefined) headers[HEADER.correlationId] = correlation;
  return { destination, headers, body };
}

function failureHeaders(error: unknown): Record<string, string> {
  return {
    [HEADER.failure]: error instanceof Error ? error.name : typeof error,
    [HEADER.reason]: reasonOf(error),
  };
}

/** Never empty: some brokers take no message without a body. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.slice(0, 1_000) || 'it failed without a reason';
}
