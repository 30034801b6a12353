/**
 * What `connect` returns: templates (`send`, `request`, `receive`), listeners and iterators over one driver.
 *
 *     open ── drain / close ──► listeners stop, their handlers end, what was sent is confirmed ──► closed
 */

import type { LooseBatchOptions } from './batch-listener.ts';
import { type BatchHandler, type BatchListener, type BatchOptions, RunningBatchListener } from './batch-listener.ts';
import type { Can, If } from './capabilities.ts';
import { type ReplayOptions, replayed } from './dead-letters.ts';
import { handlerOf, registrationsOf } from './decorator.ts';
import type { Declaration, Driver } from './driver.ts';
import { type Duration, millisecondsOf } from './duration.ts';
import { CapabilityError, ClosedError } from './errors.ts';
import type { Handler, Listener, ListenerHost, ListenOptions, LooseListenOptions } from './listener.ts';
import { RunningListener } from './listener.ts';
import type { Outgoing } from './message.ts';
import { type LooseMessagesOptions, MessageStream, type MessagesOptions } from './message-stream.ts';
import type { Middleware } from './middleware.ts';
import { groupOf, type LooseReadingOptions, type ReadingOptions } from './reading.ts';
import type { Message } from './received.ts';
import { received } from './receiving.ts';
import { Requests } from './requests.ts';
import { type LooseSendOptions, messageOf, type SendOptions } from './sending.ts';
import { type AnyTopic, decodedReply, type Topic } from './topic.ts';
import { Topology, type TopologyMode } from './topology.ts';
import type { Producer, ProducerOptions } from './transaction/options.ts';

const REPLY_MS = 3_000;
const RECEIVE_MS = 1_000;
const TOPOLOGY_MS = 30_000;

interface TopologyOptions {
  /** What to do about topics and queues that are not there; `create`. */
  readonly topology?: TopologyMode;
  /** How long `topology: 'wait'` waits; 30 s. */
  readonly topologyTimeout?: Duration;
}

interface CommonOptions {
  /** The group of listeners that name none: usually the service's name. */
  readonly group?: string;
  /** A name for the broker's console. */
  readonly clientName?: string;
  /** Handlers that threw and subscriptions that broke; warned about on the console's error stream if there is none. */
  readonly onError?: (error: unknown, message: Message | undefined) => void;
  /** The connection was lost, or is back. */
  readonly onConnection?: (event: 'connected' | 'disconnected', error: Error | undefined) => void;
}

/** What `connect` may be told. */
export type ConnectOptions<S extends string = string> = CommonOptions & If<S, 'topology', TopologyOptions>;

/** What a request may be told. */
export type RequestOptions<S extends string> = SendOptions<S> & {
  /** 3 s. */
  readonly timeout?: Duration;
};

/** What `receive` may be told. */
export type ReceiveOptions<S extends string> = ReadingOptions<S> & {
  /** 1 s. */
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
};

interface Stoppable {
  stop(): Promise<void>;
}

export class Connection<S extends string = string> implements AsyncDisposable {
  /** The protocol below; for adapters. */
  readonly driver: Driver;
  /** Resolves when it is closed. */
  readonly closed: Promise<void>;
  readonly #options: ConnectOptions;
  readonly #middleware: Middleware[] = [];
  readonly #topology: Topology;
  readonly #requests: Requests;
  readonly #running = new Set<Stoppable>();
  readonly #deferred: (() => Promise<void>)[] = [];
  readonly #over = new AbortController();
  readonly #resolveClosed: () => void;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, options: ConnectOptions) {
    this.driver = driver;
    this.#options = options;
    const asksMore = options.topology !== undefined && options.topology !== 'create';
    if (asksMore && !driver.capabilities.topology) {
      throw new CapabilityError(driver.scheme, 'topology', `leave out topology: '${options.topology}'`);
    }
    const timeoutMs = millisecondsOf(options.topologyTimeout ?? TOPOLOGY_MS);
    this.#topology = new Topology(driver, options.topology ?? 'create', timeoutMs, this.#over.signal);
    this.#requests = new Requests(driver);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  // ── Templates ──

  /** Resolves when the broker has confirmed the message. */
  send<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    value: NoInfer<Input>,
    options?: SendOptions<S>,
  ): Promise<void> {
    try {
      const message = messageOf(this.driver, topic, value, options as LooseSendOptions | undefined);
      const isReady = !(message instanceof Promise) && this.#topology.knows(topic.destination);
      if (isReady && options?.signal === undefined && this.#closing === undefined)
        return this.driver.publish([message]);
      return this.#sendLater(topic, [message], options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves when the broker has confirmed all of them. */
  async sendAll<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    values: readonly NoInfer<Input>[],
    options?: SendOptions<S>,
  ): Promise<void> {
    const messages = values.map((value) => messageOf(this.driver, topic, value, options as LooseSendOptions));
    await this.#sendLater(topic, messages, options?.signal);
  }

  async #sendLater(
    topic: Pick<AnyTopic, 'destination' | 'partitions'>,
    messages: readonly (Outgoing | Promise<Outgoing>)[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#checkOpen();
    signal?.throwIfAborted();
    await this.#topology.declare([{ destination: topic.destination, partitions: topic.partitions }]);
    const ready = await Promise.all(messages);
    signal?.throwIfAborted();
    await this.driver.publish(ready);
  }

  /** Sends and waits for the reply of whoever listens; a `RemoteError` if the handler there threw. */
  async request<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    value: NoInfer<Input>,
    ...[options]: Can<S, 'requests'> extends true ? [options?: RequestOptions<S>] : [never]
  ): Promise<Reply> {
    this.#checkOpen();
    const { scheme, capabilities } = this.driver;
    if (!capabilities.requests) throw new CapabilityError(scheme, 'requests', 'it cannot ask');
    const message = await messageOf(this.driver, topic, value, options as LooseSendOptions | undefined);
    await this.#topology.declare([{ destination: topic.destination, partitions: topic.partitions }]);
    const reply = await this.#requests.send(message, millisecondsOf(options?.timeout ?? REPLY_MS), options?.signal);
    return decodedReply(topic as Topic<never, unknown, Reply>, reply);
  }

  /**
   * One message, acknowledged; undefined if none came in time. A bad payload goes to the dead letters and is thrown.
   */
  async receive<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    options?: ReceiveOptions<S>,
  ): Promise<Message<Output> | undefined> {
    this.#checkOpen();
    const timeoutMs = millisecondsOf(options?.timeout ?? RECEIVE_MS);
    const loose = (options ?? {}) as LooseReadingOptions;
    return received(this.#host(), topic as AnyTopic, loose, timeoutMs, options?.signal) as Promise<Message<Output>>;
  }

  /**
   * A producer whose messages are sent if, and only if, its local transaction is committed; natively where the broker
   * has such transactions, by an outbox elsewhere.
   */
  async producer<Handle = unknown>(options: ProducerOptions<S, Handle>): Promise<Producer<S, Handle>> {
    this.#checkOpen();
    const { createProducer } = await import('./transaction/producer.ts');
    return createProducer<S, Handle>(this, options);
  }

  // ── Listeners ──

  /** Runs a function for each message; resolves when the broker will deliver. */
  async listen<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    options: ListenOptions<S>,
    handler: Handler<NoInfer<Output>, NoInfer<Reply>>,
  ): Promise<Listener<S>> {
    const loose = options as LooseListenOptions;
    if (loose.ack !== undefined) this.#needAcknowledgement('ack');
    const atEnd = this.#forget;
    const listener = new RunningListener(this.#host(), topic as AnyTopic, loose, handler as Handler<never>, atEnd);
    await this.#keep(listener, () => listener.start(options.signal));
    return listener as Listener<string> as Listener<S>;
  }

  /** Runs a function for batches of messages. */
  async listenBatch<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    options: BatchOptions<S>,
    handler: BatchHandler<NoInfer<Output>>,
  ): Promise<BatchListener> {
    const loose = options as LooseBatchOptions;
    const atEnd = this.#forget;
    const listener = new RunningBatchListener(
      this.#host(),
      topic as AnyTopic,
      loose,
      handler as BatchHandler<never>,
      atEnd,
    );
    await this.#keep(listener, () => listener.start(options.signal));
    return listener;
  }

  /** Messages for a `for await` loop, each to be settled by the one who takes it. */
  messages<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    options: MessagesOptions<S>,
  ): MessageStream<Output> {
    const loose = options as LooseMessagesOptions;
    const stream = new MessageStream<Output>(this.#host(), topic as AnyTopic, loose, this.#forget);
    this.#running.add(stream);
    return stream;
  }

  /** Starts the methods of an object that have `@Listen` on them. */
  async register(instance: object): Promise<readonly Listener<S>[]> {
    const registrations = registrationsOf(instance);
    if (registrations.length === 0) throw new TypeError(`no method of ${instance.constructor.name} has @Listen`);
    const listens = registrations.map((one) =>
      this.listen(one.topic, one.options as ListenOptions<S>, handlerOf(instance, one) as Handler<unknown>),
    );
    const started = await Promise.allSettled(listens);
    const failed = started.find((one) => one.status === 'rejected');
    if (failed === undefined) return Promise.all(listens);
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop();
    throw failed.reason;
  }

  /** Puts a function around every handler of the listeners that are started from now on. */
  use(middleware: Middleware): this {
    this.#middleware.push(middleware);
    return this;
  }

  /** Puts the dead letters of a group back where they failed; resolves with how many there were. */
  async replay<Input, Output, Reply>(
    topic: Topic<Input, Output, Reply>,
    ...[options]: Can<S, 'acknowledges'> extends true ? [options?: ReplayOptions] : [never]
  ): Promise<number> {
    this.#needAcknowledgement('replay');
    const group = groupOf(this.driver, topic as AnyTopic, options?.group ?? this.#options.group);
    return replayed(this.#host(), topic.destination, group, options ?? {});
  }

  // ── Life ──

  /** Has something closed before the connection is. */
  defer(close: () => Promise<void>): void {
    this.#deferred.push(close);
  }

  /** Declares by the connection's topology mode; for adapters. */
  declare(declarations: readonly Declaration[]): Promise<void> {
    return this.#topology.declare(declarations);
  }

  /** Lets running handlers end and what was sent be confirmed, then closes. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `close`, which drains too. */
  drain(): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#over.abort();
    await Promise.all([...this.#running].map((one) => one.stop()));
    for (const close of this.#deferred.reverse()) await close();
    await this.#requests.close();
    await this.driver.close();
    this.#resolveClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ── For the inside ──

  readonly #forget = (one: Stoppable): void => {
    this.#running.delete(one);
  };

  async #keep(one: Stoppable, start: () => Promise<void>): Promise<void> {
    this.#checkOpen();
    this.#running.add(one);
    try {
      await start();
    } catch (error) {
      this.#running.delete(one);
      throw error;
    }
  }

  #host(): ListenerHost {
    return {
      driver: this.driver,
      group: this.#options.group,
      middleware: [...this.#middleware],
      declare: (declarations) => this.#topology.declare(declarations),
      failed: (error, message) => this.#failed(error, message),
    };
  }

  #failed(error: unknown, message: Message | undefined): void {
    if (this.#options.onError !== undefined) this.#options.onError(error, message);
    else process.emitWarning(error instanceof Error ? error : String(error), { code: 'DRAGOMAN_CLIENT' });
  }

  #needAcknowledgement(option: string): void {
    const { scheme, capabilities } = this.driver;
    if (!capabilities.acknowledges) throw new CapabilityError(scheme, 'acknowledges', `leave out ${option}`);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('the connection is closed');
  }
}
