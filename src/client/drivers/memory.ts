/**
 * `memory://name`: a broker inside the process, for unit tests and programs that need no other.
 *
 * All connections of a process with the same name share it, and it is gone with the last one. A topic's group has a
 * queue of its own from the moment it is first declared; nothing is kept for groups that are not there yet.
 */
import { setTimeout as after } from 'node:timers';
import { CAPABILITIES } from '../capabilities.ts';
import type { Declaration, Driver, OpenDriver, ReplyAddress, Sink, Source, Subscription } from '../driver.ts';
import { ClosedError, TopologyError } from '../errors.ts';
import { newName } from '../ids.ts';
import type { Delivery, Destination, Outgoing } from '../message.ts';
import { matchesPattern } from './key-pattern.ts';
import { singleFetch } from './single-fetch.ts';

interface Stored {
  readonly message: Outgoing;
  redelivered: boolean;
}

class MemoryDelivery implements Delivery {
  readonly stored: Stored;
  readonly position = undefined;

  constructor(stored: Stored) {
    this.stored = stored;
    this.redelivered = stored.redelivered;
  }

  readonly redelivered: boolean;

  get destination(): Destination {
    return this.stored.message.destination;
  }

  get key(): string | undefined {
    return this.stored.message.key;
  }

  get headers() {
    return this.stored.message.headers;
  }

  get body(): Uint8Array {
    return this.stored.message.body;
  }
}

/** Messages in order of priority, then arrival, and who takes them in turn. */
class MemoryQueue {
  readonly filter: string;
  readonly #waiting: Stored[] = [];
  readonly #takers: MemorySubscription[] = [];
  #isPumping = false;

  constructor(filter: string) {
    this.filter = filter;
  }

  put(stored: Stored, isReturn = false): void {
    const priority = stored.message.priority ?? 0;
    const waiting = this.#waiting;
    const at = isReturn
      ? waiting.findIndex(({ message }) => (message.priority ?? 0) <= priority)
      : waiting.findLastIndex(({ message }) => (message.priority ?? 0) >= priority) + 1;
    waiting.splice(at < 0 ? waiting.length : at, 0, stored);
    this.pump();
  }

  attach(taker: MemorySubscription): void {
    this.#takers.push(taker);
    this.pump();
  }

  detach(taker: MemorySubscription): void {
    const at = this.#takers.indexOf(taker);
    if (at >= 0) this.#takers.splice(at, 1);
  }

  /** Delivers in a microtask, so that nobody is called back from within his own call. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      while (this.#waiting.length > 0) {
        const taker = this.#takers.find((one) => one.isReady);
        if (taker === undefined) return;
        this.#takers.splice(this.#takers.indexOf(taker), 1);
        this.#takers.push(taker);
        taker.take(this.#waiting.shift() as Stored);
      }
    });
  }
}

class MemorySubscription implements Subscription {
  readonly #queue: MemoryQueue;
  readonly #prefetch: number;
  readonly #sink: Sink;
  readonly #out = new Set<Stored>();
  #isPaused = false;

  constructor(queue: MemoryQueue, prefetch: number, sink: Sink) {
    this.#queue = queue;
    this.#prefetch = prefetch;
    this.#sink = sink;
    queue.attach(this);
  }

  get isReady(): boolean {
    return !this.#isPaused && this.#out.size < this.#prefetch;
  }

  take(stored: Stored): void {
    this.#out.add(stored);
    this.#sink.deliver(new MemoryDelivery(stored));
  }

  ack(delivery: Delivery): void {
    this.#out.delete((delivery as MemoryDelivery).stored);
    this.#queue.pump();
  }

  release(delivery: Delivery): void {
    this.#giveBack((delivery as MemoryDelivery).stored);
  }

  #giveBack(stored: Stored): void {
    if (!this.#out.delete(stored)) return;
    stored.redelivered = true;
    this.#queue.put(stored, true);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#queue.pump();
  }

  async close(): Promise<void> {
    this.#isPaused = true;
    this.#queue.detach(this);
    for (const stored of [...this.#out].reverse()) this.#giveBack(stored);
  }
}

function isWanted(filter: string, key: string): boolean {
  return filter === '#' || filter.split(/[\s,]+/).some((pattern) => matchesPattern(pattern, key));
}

/** What all connections to one name share. */
class MemoryHub {
  readonly topics = new Map<string, Map<string, MemoryQueue>>();
  readonly queues = new Map<string, MemoryQueue>();
  connections = 0;

  place({ destination: { kind, name }, key = '' }: Outgoing, stored: Stored): void {
    if (kind !== 'topic') {
      this.queues.get(name)?.put(stored);
      return;
    }
    for (const queue of this.topics.get(name)?.values() ?? []) {
      if (isWanted(queue.filter, key)) queue.put({ ...stored });
    }
  }

  declare({ destination: { kind, name }, group, filter = '#' }: Declaration, mayCreate: boolean): void {
    const missing = (what: string) => new TopologyError(`there is no ${what}`);
    if (kind !== 'topic') {
      if (this.queues.has(name)) return;
      if (!mayCreate) throw missing(`${kind} ${name}`);
      this.queues.set(name, new MemoryQueue('#'));
      return;
    }
    let groups = this.topics.get(name);
    if (groups === undefined) {
      if (!mayCreate) throw missing(`topic ${name}`);
      groups = new Map();
      this.topics.set(name, groups);
    }
    if (group === undefined || groups.get(group)?.filter === filter) return;
    if (groups.has(group)) throw new TopologyError(`group ${group} of ${name} has another filter`);
    if (!mayCreate) throw missing(`group ${group} of topic ${name}`);
    groups.set(group, new MemoryQueue(filter));
  }

  queueOf({ destination: { kind, name }, group = '' }: Source): MemoryQueue {
    const queue = kind === 'topic' ? this.topics.get(name)?.get(group) : this.queues.get(name);
    if (queue === undefined)
      throw new TopologyError(`there is no ${kind} ${name}${group === '' ? '' : ` of ${group}`}`);
    return queue;
  }
}

const hubs = new Map<string, MemoryHub>();

class MemoryDriver implements Driver {
  readonly scheme = 'memory';
  readonly capabilities = CAPABILITIES.memory;
  readonly #name: string;
  readonly #hub: MemoryHub;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(name: string) {
    this.#name = name;
    this.#hub = hubs.get(name) ?? new MemoryHub();
    hubs.set(name, this.#hub);
    this.#hub.connections += 1;
  }

  async publish(batch: readonly Outgoing[]): Promise<void> {
    if (this.#isClosed) throw new ClosedError('the connection is closed');
    for (const message of batch) {
      const stored = { message, redelivered: false };
      if (message.delayMs === undefined || message.delayMs === 0) this.#hub.place(message, stored);
      else this.#later(message, stored, message.delayMs);
    }
  }

  #later(message: Outgoing, stored: Stored, delayMs: number): void {
    const timer = after(() => {
      this.#timers.delete(timer);
      this.#hub.place(message, stored);
    }, delayMs);
    this.#timers.add(timer);
  }

  async subscribe(source: Source, sink: Sink): Promise<Subscription> {
    return new MemorySubscription(this.#hub.queueOf(source), source.prefetch, sink);
  }

  fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    return singleFetch(this, source, timeoutMs, signal);
  }

  async replies(sink: Sink): Promise<ReplyAddress> {
    const name = `reply-${newName()}`;
    const queue = new MemoryQueue('#');
    this.#hub.queues.set(name, queue);
    const subscription = new MemorySubscription(queue, Number.POSITIVE_INFINITY, {
      deliver(delivery) {
        subscription.ack(delivery);
        sink.deliver(delivery);
      },
      failed: sink.failed,
    });
    const close = async (): Promise<void> => {
      this.#hub.queues.delete(name);
      await subscription.close();
    };
    return { name, close };
  }

  async declare(declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void> {
    for (const declaration of declarations) this.#hub.declare(declaration, mode === 'create');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#hub.connections -= 1;
    if (this.#hub.connections > 0) return;
    for (const timer of this.#timers) clearTimeout(timer);
    hubs.delete(this.#name);
  }
}

/** Opens a connection to the process's own broker of that name. */
export const open: OpenDriver = async (url) => new MemoryDriver(url.host + url.pathname);
