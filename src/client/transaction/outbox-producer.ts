/**
 * A transactional producer over a broker that has no transactions: the store keeps the half message, a relay publishes.
 *
 *     send ─► store: half ─► local ─► store: decided ─► relay ─► broker
 *             `within`: both in one transaction ────┘
 *
 * `send` resolves when the decision is in the store; the broker may be away by then.
 */
import { randomUUID } from 'node:crypto';
import type { Driver } from '../driver.ts';
import { millisecondsOf } from '../duration.ts';
import { ClientError, ClosedError } from '../errors.ts';
import { HEADER } from '../message.ts';
import { CheckRounds } from '../outbox/check-rounds.ts';
import { type Clock, systemClock } from '../outbox/clock.ts';
import { Relay } from '../outbox/relay.ts';
import type { HeldMessage, HeldState, Store, StoredMessage, Within } from '../outbox/store.ts';
import { messageOf } from '../sending.ts';
import type { AnyTopic, Topic } from '../topic.ts';
import { CheckedMessage, DecidedError, UndecidedError } from './check.ts';
import type { LooseProducerOptions, LooseTransactionOptions, Producer, ProducerHost } from './options.ts';

const IMMUNITY_MS = 6_000;
const INTERVAL_MS = 30_000;
const CHECKS_MAX = 15;
const CHECK_TIMEOUT_MS = 10_000;
const ROLLED_BACK_KEPT_MS = 3 * 24 * 3_600_000;
const MESSAGES_MAX = 1_000_000;
const LEASE_MS = 15_000;
const IDLE_MS = 30_000;
const REFUSALS_MAX = 5;
const LISTED_MAX = 1_000;

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), { code: 'DRAGOMAN_OUTBOX' });
}

export class OutboxProducer implements Producer {
  readonly group: string;
  readonly #driver: Driver;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #immunityMs: number;
  readonly #messagesMax: number;
  readonly #relay: Relay;
  readonly #checks: CheckRounds;
  /** Messages whose `local` runs here. */
  readonly #running = new Set<string>();
  readonly #sends = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  static async open(host: ProducerHost, options: LooseProducerOptions): Promise<OutboxProducer> {
    const producer = new OutboxProducer(host, options);
    // What an earlier process left is published and asked about from here on.
    producer.#relay.wake();
    producer.#checks.wake();
    return producer;
  }

  private constructor(host: ProducerHost, options: LooseProducerOptions) {
    const { driver } = host;
    const { group, check, clock = systemClock, onError: failed = warn } = options;
    this.group = group;
    this.#driver = driver;
    this.#store = options.outbox as Store;
    this.#clock = clock;
    this.#immunityMs = millisecondsOf(options.immunity ?? IMMUNITY_MS);
    this.#messagesMax = options.messagesMax ?? MESSAGES_MAX;
    const { messages } = this.#store;
    this.#relay = new Relay({
      messages,
      publisher: {
        publish: (batch) => driver.publish(batch),
        declare: (declarations) => host.declare(declarations),
      },
      producer: group,
      owner: randomUUID(),
      clock,
      leaseMs: LEASE_MS,
      idleMs: IDLE_MS,
      refusalsMax: REFUSALS_MAX,
      failed,
    });
    this.#checks = new CheckRounds({
      messages,
      producer: group,
      check,
      clock,
      intervalMs: millisecondsOf(options.interval ?? INTERVAL_MS),
      checksMax: options.checksMax ?? CHECKS_MAX,
      timeoutMs: millisecondsOf(options.checkTimeout ?? CHECK_TIMEOUT_MS),
      rolledBackKeptMs: millisecondsOf(options.rolledBackKept ?? ROLLED_BACK_KEPT_MS),
      idleMs: IDLE_MS,
      isRunning: (id) => this.#running.has(id),
      committed: () => this.#relay.wake(),
      failed,
    });
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
    const message = await messageOf(this.#driver, topic, value, options);
    const now = this.#clock.now();
    const { messages } = this.#store;
    if (await messages.isFull(this.group, this.#messagesMax)) throw new ClientError('the outbox is full');
    const stored: StoredMessage = {
      id: message.headers[HEADER.messageId] as string,
      message,
      partitions: (topic as unknown as AnyTopic).partitions,
      notBefore: delay === undefined ? 0 : now + millisecondsOf(delay),
      storedAt: now,
    };
    if (within !== undefined) return this.#sendWithin(stored, within);
    if (local === undefined) return this.#sendDecided(stored);
    return this.#sendHalf(stored, local);
  }

  async #sendDecided(stored: StoredMessage): Promise<void> {
    if (!(await this.#store.messages.add(this.group, stored))) throw duplicate(stored);
    this.#relay.wake();
  }

  async #sendWithin(stored: StoredMessage, within: Within<unknown>): Promise<unknown> {
    let result: unknown;
    const isNew = await this.#store.messages.add(this.group, stored, undefined, (handle) => {
      result = within(handle);
      return result;
    });
    if (!isNew) throw duplicate(stored);
    this.#relay.wake();
    return result;
  }

  async #sendHalf(stored: StoredMessage, local: (message: CheckedMessage) => unknown): Promise<unknown> {
    const { id, message, storedAt } = stored;
    this.#running.add(id);
    try {
      if (!(await this.#store.messages.add(this.group, stored, storedAt + this.#immunityMs))) throw duplicate(stored);
      this.#checks.wake();
      let result: unknown;
      try {
        result = await local(new CheckedMessage(message));
      } catch (error) {
        if (!(error instanceof UndecidedError)) await this.#settle(id, 'rollback');
        throw error;
      }
      await this.#settle(id, 'commit');
      this.#relay.wake();
      return result;
    } finally {
      this.#running.delete(id);
    }
  }

  async #settle(id: string, verdict: 'commit' | 'rollback'): Promise<void> {
    try {
      const result = await this.#store.messages.decide(this.group, id, verdict);
      // After a commit nothing is left once it is published; after `check` said so, that is what happened here.
      if (result === 'opposite') throw new DecidedError(`${id} was decided otherwise; it cannot ${verdict} any more`);
    } catch (error) {
      if (error instanceof DecidedError) throw error;
      throw new UndecidedError(`the store did not take the ${verdict} of ${id}; check will be asked`, { cause: error });
    }
  }

  held(state?: HeldState): Promise<HeldMessage[]> {
    return this.#store.messages.list(this.group, LISTED_MAX, state);
  }

  async decide(id: string, verdict: 'commit' | 'rollback' | 'check'): Promise<void> {
    const { messages } = this.#store;
    const now = this.#clock.now();
    if (verdict === 'check') {
      if (!(await messages.unpark(this.group, id, now))) throw new ClientError(`no message ${id} is parked`);
    } else {
      const result = await messages.decide(this.group, id, verdict, now + ROLLED_BACK_KEPT_MS);
      if (result === 'nothing') throw new ClientError(`there is no message ${id}`);
      if (result === 'opposite') throw new DecidedError(`${id} was decided otherwise`);
    }
    this.#checks.wake();
    this.#relay.wake();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#sends);
    await Promise.all([this.#checks.close(), this.#relay.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function duplicate({ id }: StoredMessage): ClientError {
  return new ClientError(`the outbox has a message ${id} already`);
}
