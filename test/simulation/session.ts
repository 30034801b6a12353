/**
 * Session: a simulated connection with one channel, and what it sends and receives. It knows what its ledger must hold.
 */
import assert from 'node:assert/strict';
import type { Broker } from '../../src/core/broker.ts';
import { Consumer, type Sink } from '../../src/core/consumer.ts';
import type { Ledger, Verdict } from '../../src/core/ledger.ts';
import type { Entry, Message } from '../../src/core/message.ts';
import type { Namespace } from '../../src/core/namespace.ts';
import type { Transaction } from '../../src/core/transaction.ts';
import type { Model, ModelMessage, ModelQueue } from './model.ts';

/** A message that carries its number. */
export class NumberedMessage implements Message {
  readonly format = 1;
  readonly count = 1;
  readonly timestamp = 0;
  readonly length: number;
  readonly id: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly expiresAt: number;

  constructor(id: number, persistent: boolean, priority: number, expiresAt: number, padding: number) {
    this.id = id;
    this.persistent = persistent;
    this.priority = priority;
    this.expiresAt = expiresAt;
    this.length = 4 + padding;
  }

  write(target: Uint8Array, at: number): void {
    new DataView(target.buffer, target.byteOffset + at).setUint32(0, this.id);
    target.fill(this.id & 0xff, at + 4, at + this.length);
  }
}

export function idOf(entry: Entry): number {
  const { bytes, start, end } = entry;
  const id = new DataView(bytes.buffer, bytes.byteOffset + start).getUint32(0);
  for (let at = start + 4; at < end; at++) assert.equal(bytes[at], id & 0xff, `payload of message ${id} is damaged`);
  return id;
}

export class SimulatedConsumer extends Consumer {
  readonly queue: string;
  readonly incarnation: number;

  constructor(session: Session, queue: ModelQueue, options: ConstructorParameters<typeof Consumer>[2]) {
    super(session, session.ledger, options);
    this.queue = queue.name;
    this.incarnation = queue.incarnation;
  }
}

/** A delivery that is not settled. */
export interface Held {
  readonly consumer: SimulatedConsumer;
  readonly queue: string;
  readonly incarnation: number;
  readonly id: number;
}

export interface Intents {
  readonly transaction: Transaction;
  readonly publishes: (() => void)[];
  readonly settles: { readonly tag: number; readonly verdict: Verdict }[];
}

/** The world as a session sees it. */
export interface SessionWorld {
  readonly broker: Broker;
  readonly namespace: Namespace;
  readonly model: Model;
  nextOf(queue: ModelQueue): ModelMessage | null;
  delivered(session: Session, consumer: SimulatedConsumer, entry: Entry, tag: number, redelivered: boolean): void;
}

/** A connection with one channel. */
export class Session implements Sink {
  dirty = false;
  writable = true;
  readonly world: SessionWorld;
  readonly ledger: Ledger;
  readonly consumers = new Set<SimulatedConsumer>();
  /** What the ledger must hold, by tag. */
  readonly held = new Map<number, Held>();
  intents: Intents | null = null;
  flushed = 0;

  constructor(world: SessionWorld) {
    this.world = world;
    this.ledger = world.broker.ledger();
  }

  deliver(consumer: SimulatedConsumer, entry: Entry, tag: number, redelivered: boolean): void {
    assert.ok(this.dirty, 'delivered to a sink that will not be flushed');
    this.world.delivered(this, consumer, entry, tag, redelivered);
  }

  empty(consumer: SimulatedConsumer): void {
    // A deleted queue answers whom it kept waiting; the model hears of the deletion only after it.
    if (!this.world.namespace.queues.has(consumer.queue)) return;
    const queue = this.world.model.queue(consumer.queue, consumer.incarnation);
    if (queue !== undefined) assert.equal(this.world.nextOf(queue), null, 'get found nothing, but there is something');
  }

  cancelled(consumer: SimulatedConsumer): void {
    this.consumers.delete(consumer);
  }

  flush(): void {
    this.flushed++;
  }
}
