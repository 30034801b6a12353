/**
 * A broker over a MemoryStore for tests of the core: time and turns stand still unless the test moves them.
 */
import { Broker } from '../../src/core/broker.ts';
import { Consumer, type ConsumerOptions, type Sink } from '../../src/core/consumer.ts';
import { CoreError, type ErrorCode, type ErrorFacts } from '../../src/core/errors.ts';
import type { Ledger } from '../../src/core/ledger.ts';
import type { Limits } from '../../src/core/limits.ts';
import type { Entry, Message } from '../../src/core/message.ts';
import type { Namespace } from '../../src/core/namespace.ts';
import type { Queue } from '../../src/core/queue.ts';
import type { Headers } from '../../src/core/value.ts';
import { type Journal, MemoryStore } from './memory-store.ts';

export class TextMessage implements Message {
  format = 1;
  persistent = true;
  priority = 0;
  timestamp = 0;
  expiresAt = 0;
  count = 1;
  private readonly bytes: Uint8Array;

  constructor(text: string, fields: Partial<Pick<Message, 'persistent' | 'priority' | 'expiresAt'>> = {}) {
    this.bytes = new TextEncoder().encode(text);
    Object.assign(this, fields);
  }

  get length(): number {
    return this.bytes.length;
  }

  write(target: Uint8Array, at: number): void {
    target.set(this.bytes, at);
  }
}

/** Writes down what it gets: `text`, and `text!` for a redelivery. */
export class TestSink implements Sink {
  dirty = false;
  writable = true;
  flushes = 0;
  empties = 0;
  cancels = 0;
  readonly got: string[] = [];
  readonly tags: number[] = [];
  readonly by: Consumer[] = [];

  deliver(consumer: Consumer, entry: Entry, tag: number, redelivered: boolean): void {
    this.got.push(new TextDecoder().decode(entry.bytes.subarray(entry.start, entry.end)) + (redelivered ? '!' : ''));
    this.tags.push(tag);
    this.by.push(consumer);
  }

  empty(): void {
    this.empties++;
  }

  cancelled(): void {
    this.cancels++;
  }

  flush(): void {
    this.flushes++;
  }

  /** What came since the last call. */
  take(): string[] {
    this.tags.length = 0;
    this.by.length = 0;
    return this.got.splice(0);
  }
}

export class Kit {
  readonly store: MemoryStore;
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly clock = { now: 1_000 };
  readonly sink = new TestSink();
  readonly ledger: Ledger;
  readonly owner = {};
  wakes = 0;

  constructor(limits: Partial<Limits> = {}, journal: Journal = []) {
    this.store = new MemoryStore(journal);
    let names = 0;
    const { store, clock } = this;
    const waker = {
      wake: () => {
        this.wakes++;
      },
    };
    store.wake = waker.wake;
    this.broker = new Broker({ store, clock, waker, names: () => `n${names++}`, limits });
    this.broker.restore(store.definitions(), store.logs);
    this.namespace = this.broker.declareNamespace('/');
    this.ledger = this.broker.ledger();
  }

  queue(name: string, request: Partial<Parameters<Namespace['declareQueue']>[0]> = {}): Queue {
    return this.namespace.declareQueue({ name, ...request }, this.owner);
  }

  consumer(queue: Queue, options: ConsumerOptions = {}, sink = this.sink, ledger = this.ledger): Consumer {
    const consumer = new Consumer(sink, ledger, options);
    queue.attach(consumer);
    return consumer;
  }

  publish(exchange: string, key: string, text: string, fields = {}, headers: Headers | null = null): void {
    this.namespace.exchange(exchange).route(key, headers).publish(new TextMessage(text, fields));
  }

  /** Texts to queue `name` through the default exchange, visible when this returns. */
  fill(name: string, ...texts: string[]): void {
    for (const text of texts) this.publish('', name, text);
    this.settle();
  }

  /** Turns and commits until nothing asks for more. */
  settle(): void {
    for (let rounds = 0; rounds < 1_000; rounds++) {
      const before = this.wakes;
      this.broker.turn();
      const worked = this.store.commit() || this.store.finishLoads();
      if (!worked && this.wakes === before && this.store.idle) return;
    }
    throw new Error('it does not settle');
  }

  /** A new process over what is committed. */
  restart(): Kit {
    return new Kit({}, this.store.crash(false));
  }
}

/** The CoreError that `action` throws. */
export function refusal(action: () => unknown): { code: ErrorCode } & ErrorFacts {
  try {
    action();
  } catch (error) {
    if (error instanceof CoreError) return { code: error.code, ...error.facts };
    throw error;
  }
  throw new Error('it was not refused');
}
