/**
 * A transactional producer over a broker that has transactions: the broker keeps the half message and asks.
 *
 *     send ─► driver: prepare ─► local ─► driver: commit or rollback
 *     broker ─► driver ─► check
 *
 * A broker asks about the topics that the group's producers told it of. Those in `topics` are told at once, so that
 * what an earlier process left is asked about; others when they are first sent to.
 */
import type { Driver, Half, NativeTransactions } from '../driver.ts';
import { ClientError, ClosedError } from '../errors.ts';
import { destinationText } from '../lanes.ts';
import { type Delivery, type Destination, HEADER } from '../message.ts';
import type { HeldMessage } from '../outbox/store.ts';
import { messageOf } from '../sending.ts';
import type { AnyTopic, Topic } from '../topic.ts';
import { CheckedMessage, UndecidedError, verdictIn } from './check.ts';
import type { LooseProducerOptions, LooseTransactionOptions, Producer, ProducerHost } from './options.ts';

export class NativeProducer implements Producer {
  readonly group: string;
  readonly #host: ProducerHost;
  readonly #driver: Driver;
  readonly #options: LooseProducerOptions;
  /** By destination; those of `topics` share one. */
  readonly #transactions = new Map<string, Promise<NativeTransactions>>();
  readonly #sends = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  static async open(host: ProducerHost, options: LooseProducerOptions): Promise<NativeProducer> {
    const producer = new NativeProducer(host, options);
    const { topics = [] } = options;
    if (topics.length > 0) await producer.#open(topics);
    return producer;
  }

  private constructor(host: ProducerHost, options: LooseProducerOptions) {
    this.group = options.group;
    this.#host = host;
    this.#driver = host.driver;
    this.#options = options;
  }

  /** Opens transactions of these topics together; a failed opening is tried again by the next send. */
  async #open(topics: readonly Pick<AnyTopic, 'destination' | 'partitions'>[]): Promise<NativeTransactions> {
    const destinations = topics.map(({ destination }) => destination);
    const opening = this.#opening(topics, destinations);
    for (const destination of destinations) this.#transactions.set(destinationText(destination), opening);
    try {
      return await opening;
    } catch (error) {
      for (const destination of destinations) this.#transactions.delete(destinationText(destination));
      throw error;
    }
  }

  async #opening(
    topics: readonly Pick<AnyTopic, 'destination' | 'partitions'>[],
    destinations: readonly Destination[],
  ): Promise<NativeTransactions> {
    await this.#host.declare(topics.map(({ destination, partitions }) => ({ destination, partitions })));
    const { transactions } = this.#driver;
    if (transactions === undefined) throw new ClientError(`${this.#driver.scheme}:// has no transactions`);
    return transactions.call(this.#driver, this.group, destinations, (message) => this.#check(message));
  }

  async #check(message: Delivery): Promise<'commit' | 'rollback' | 'unknown'> {
    try {
      return verdictIn(await this.#options.check(new CheckedMessage(message)));
    } catch (error) {
      this.#failed(error);
      return 'unknown';
    }
  }

  #failed(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) onError(error);
    else process.emitWarning(error instanceof Error ? error : String(error), { code: 'DRAGOMAN_TRANSACTION' });
  }

  async send<Input, Output, Reply, Result>(
    topic: Topic<Input, Output, Reply>,
    value: Input,
    options: object = {},
  ): Promise<Result> {
    if (this.#closing !== undefined) throw new ClosedError('the producer is closed');
    const sending = this.#send(topic, value, options as LooseTransactionOptions);
    this.#sends.add(sending);
    try {
      return (await sending) as Result;
    } finally {
      this.#sends.delete(sending);
    }
  }

  async #send<Input>(
    topic: Topic<Input, unknown, unknown>,
    value: Input,
    { local, within, delay, ...options }: LooseTransactionOptions,
  ): Promise<unknown> {
    if (within !== undefined) throw new ClientError('within needs an outbox');
    if (delay !== undefined) throw new ClientError('a transactional message of the broker cannot be delayed');
    const message = await messageOf(this.#driver, topic, value, options);
    const place = topic as unknown as AnyTopic;
    const open = this.#transactions.get(destinationText(place.destination)) ?? this.#open([place]);
    const half = await (await open).prepare(message);
    const id = message.headers[HEADER.messageId] as string;
    let result: unknown;
    try {
      result = await local?.(new CheckedMessage(message));
    } catch (error) {
      if (!(error instanceof UndecidedError)) await this.#settle(half, id, 'rollback');
      throw error;
    }
    await this.#settle(half, id, 'commit');
    return result;
  }

  async #settle(half: Half, id: string, verdict: 'commit' | 'rollback'): Promise<void> {
    try {
      await half[verdict]();
    } catch (error) {
      // A lost rollback is no news to the caller: he hears what `local` threw, and the broker will ask.
      if (verdict === 'rollback') this.#failed(error);
      else
        throw new UndecidedError(`the broker did not take the commit of ${id}; check will be asked`, { cause: error });
    }
  }

  async held(): Promise<HeldMessage[]> {
    throw new ClientError('the broker holds these messages; ask it, for instance Dragoman at /api/transactions');
  }

  async decide(): Promise<void> {
    throw new ClientError('the broker holds these messages; decide there, for instance Dragoman at /api/transactions');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#sends);
    const opened = await Promise.allSettled(new Set(this.#transactions.values()));
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
