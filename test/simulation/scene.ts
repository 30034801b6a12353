/**
 * Scene: what all parts of the simulated world share: the broker, the model beside it, time, chance and the sessions;
 * and the check of every delivery against the model, made when it happens.
 */
import assert from 'node:assert/strict';
import { Broker } from '../../src/core/broker.ts';
import { CoreError } from '../../src/core/errors.ts';
import type { Entry } from '../../src/core/message.ts';
import type { Namespace } from '../../src/core/namespace.ts';
import type { Queue } from '../../src/core/queue.ts';
import type { OpenedStore, StoreFixture } from './fixture.ts';
import { Model, type ModelMessage, type ModelQueue } from './model.ts';
import type { Random } from './random.ts';
import { idOf, type Session, type SessionWorld, type SimulatedConsumer } from './session.ts';

export const QUEUES = ['q0', 'q1', 'q2', 'q3', 'q4', 'q5'];
export const EXCHANGES = ['e0', 'e1', 'e2', 'e3', 'e4'];
export const TYPES = ['direct', 'fanout', 'topic', 'headers'];
export const KEYS = ['', 'a', 'b', 'a.b', 'a.b.a', '.', 'b..a', 'q0', 'q1', 'q3'];
export const PATTERNS = [...KEYS, '#', '*', 'a.#', '#.a', '*.b', '#.a.#', 'a.*.a', '#.#'];

export class Scene implements SessionWorld {
  broker!: Broker;
  namespace!: Namespace;
  readonly model = new Model();
  readonly clock = { now: 1_000_000 };
  protected readonly random: Random;
  protected readonly fixture: StoreFixture;
  protected sessions: Session[] = [];
  protected asked = false;
  protected turns = 0;
  protected lastId = 0;
  protected incarnations = 0;
  /** The highest group that somebody was told is committed. */
  protected told = 0;
  /** Counts for the report. */
  readonly counts = { published: 0, delivered: 0, redelivered: 0, settled: 0, crashes: 0, confirmed: 0, compared: 0 };

  constructor(random: Random, fixture: StoreFixture) {
    this.random = random;
    this.fixture = fixture;
  }

  protected restore(opened: OpenedStore): void {
    let names = 0;
    this.broker = new Broker({
      store: opened.store,
      clock: this.clock,
      waker: {
        wake: () => {
          this.asked = true;
        },
      },
      names: () => `name-${names++}`,
      limits: { pumpMessagesMax: 3, turnMessagesMax: 10, expiredScanMax: 2, routeCacheEntries: 4, logSetEntries: 4 },
    });
    this.broker.restore(opened.definitions, opened.logs);
    // Asks nobody, and is asked again.
    this.broker.declareNamespace('/').prepared.checks.add({ ask: () => true });
  }

  turn(): void {
    this.asked = false;
    this.turns++;
    this.broker.turn();
    for (const session of this.sessions) assert.ok(!session.dirty, 'a dirty sink was not flushed');
  }

  protected get session(): Session {
    return this.random.pick(this.sessions) as Session;
  }

  protected get group(): number {
    return this.broker.store.filling;
  }

  protected visible(queue: ModelQueue, message: ModelMessage): boolean {
    return queue.durable ? message.group <= this.broker.store.committed : message.turn < this.turns;
  }

  protected expired(message: ModelMessage): boolean {
    return message.expiresAt !== 0 && message.expiresAt <= this.clock.now;
  }

  /** What must be delivered next from this queue. */
  nextOf(queue: ModelQueue): ModelMessage | null {
    for (const messages of [...queue.levels].reverse()) {
      const first = messages.find((message) => !message.held && !this.expired(message));
      if (first !== undefined && this.visible(queue, first)) return first;
    }
    return null;
  }

  delivered(session: Session, consumer: SimulatedConsumer, entry: Entry, tag: number, redelivered: boolean): void {
    const id = idOf(entry);
    const queue = this.model.queue(consumer.queue, consumer.incarnation);
    assert.ok(queue !== undefined, `message ${id} was delivered from a queue that is gone`);
    const expected = this.nextOf(queue);
    assert.equal(id, expected?.id, `order of '${queue.name}'`);
    const message = expected as ModelMessage;
    assert.equal(redelivered, message.attempts > 0, `redelivered flag of message ${id}`);
    this.counts.delivered++;
    if (redelivered) this.counts.redelivered++;
    assert.equal(tag, session.ledger.lastTag);
    if (consumer.autoSettle) {
      this.model.record(this.group, { op: 'settle', queue: queue.name, incarnation: queue.incarnation, id });
      return;
    }
    message.held = true;
    session.held.set(tag, { consumer, queue: queue.name, incarnation: queue.incarnation, id });
    if (consumer.limit > 0 && consumer.pooled) assert.ok(consumer.held <= consumer.limit, 'more than the limit');
    if (session.ledger.limit > 0 && consumer.pooled)
      assert.ok(session.ledger.pooled <= session.ledger.limit, 'more than shared');
  }

  protected lookup(session: Session): readonly [Queue, ModelQueue] | null {
    const name = this.random.pick(QUEUES) as string;
    const its = this.model.state.queues.get(name);
    try {
      const queue = this.namespace.queue(name, session);
      assert.ok(its !== undefined, `queue '${name}' should be gone`);
      return [queue, its];
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      assert.equal(error.code, its === undefined ? 'NOT_FOUND' : 'RESOURCE_LOCKED');
      return null;
    }
  }
}
