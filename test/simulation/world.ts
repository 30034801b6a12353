/**
 * World: one broker under random use, beside a Model that says what must happen. Every delivery is checked when it
 * happens; everything else is compared when all is quiet, and after every crash.
 *
 *   act ──▶ Broker ──▶ Store fixture          a step is one random act, one turn, one piece of I/O, or a crash
 *    └────▶ Model  ◀── compare
 */
import assert from 'node:assert/strict';
import { Broker } from '../../src/core/broker.ts';
import { Consumer, type Sink } from '../../src/core/consumer.ts';
import { encodeDefinition } from '../../src/core/definition.ts';
import { bindingIdentity } from '../../src/core/definition-set.ts';
import { CoreError } from '../../src/core/errors.ts';
import type { Exchange } from '../../src/core/exchange.ts';
import type { Ledger, Verdict } from '../../src/core/ledger.ts';
import { Entry, type Message } from '../../src/core/message.ts';
import type { Namespace } from '../../src/core/namespace.ts';
import { COLD, END, type Log } from '../../src/core/ports.ts';
import type { Queue } from '../../src/core/queue.ts';
import type { Transaction } from '../../src/core/transaction.ts';
import type { Table } from '../../src/core/value.ts';
import type { OpenedStore, StoreFixture } from './fixture.ts';
import {
  HEADER_VALUES,
  Model,
  type ModelBinding,
  type ModelExchange,
  type ModelMessage,
  type ModelQueue,
  type ModelState,
} from './model.ts';
import type { Random } from './random.ts';

const QUEUES = ['q0', 'q1', 'q2', 'q3', 'q4', 'q5'];
const EXCHANGES = ['e0', 'e1', 'e2', 'e3', 'e4'];
const TYPES = ['direct', 'fanout', 'topic', 'headers'];
const KEYS = ['', 'a', 'b', 'a.b', 'a.b.a', '.', 'b..a', 'q0', 'q1', 'q3'];
const PATTERNS = [...KEYS, '#', '*', 'a.#', '#.a', '*.b', '#.a.#', 'a.*.a', '#.#'];

/** A message that carries its number. */
class NumberedMessage implements Message {
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

function idOf(entry: Entry): number {
  const { bytes, start, end } = entry;
  const id = new DataView(bytes.buffer, bytes.byteOffset + start).getUint32(0);
  for (let at = start + 4; at < end; at++) assert.equal(bytes[at], id & 0xff, `payload of message ${id} is damaged`);
  return id;
}

class SimulatedConsumer extends Consumer {
  readonly queue: string;
  readonly incarnation: number;

  constructor(session: Session, queue: ModelQueue, options: ConstructorParameters<typeof Consumer>[2]) {
    super(session, session.ledger, options);
    this.queue = queue.name;
    this.incarnation = queue.incarnation;
  }
}

/** A message in a log. */
interface Found {
  readonly id: number;
  readonly attempts: number;
}

interface Held {
  readonly queue: string;
  readonly incarnation: number;
  readonly id: number;
}

interface Intents {
  readonly transaction: Transaction;
  readonly publishes: (() => void)[];
  readonly settles: { readonly tag: number; readonly verdict: Verdict }[];
}

/** A connection with one channel. */
class Session implements Sink {
  dirty = false;
  writable = true;
  readonly world: World;
  readonly ledger: Ledger;
  readonly consumers = new Set<SimulatedConsumer>();
  /** What the ledger must hold, by tag. */
  readonly held = new Map<number, Held>();
  intents: Intents | null = null;
  flushed = 0;

  constructor(world: World) {
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

export class World {
  broker!: Broker;
  namespace!: Namespace;
  readonly model = new Model();
  readonly clock = { now: 1_000_000 };
  private readonly random: Random;
  private readonly fixture: StoreFixture;
  private sessions: Session[] = [];
  private asked = false;
  private turns = 0;
  private lastId = 0;
  private lastTransaction = 0;
  private incarnations = 0;
  /** The highest group that somebody was told is committed. */
  private told = 0;
  /** Counts for the report. */
  readonly counts = { published: 0, delivered: 0, redelivered: 0, settled: 0, crashes: 0, confirmed: 0, compared: 0 };

  constructor(random: Random, fixture: StoreFixture) {
    this.random = random;
    this.fixture = fixture;
  }

  // ── Life ──

  async start(): Promise<void> {
    const opened = await this.fixture.open({
      wake: () => {
        this.asked = true;
      },
    });
    this.restore(opened);
    this.broker.declareNamespace('/');
    this.namespace = this.broker.namespace('/');
    this.sessions = [];
    this.told = 0;
    for (let i = 0; i < 3; i++) this.sessions.push(new Session(this));
  }

  private restore(opened: OpenedStore): void {
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
  }

  async crash(): Promise<void> {
    this.counts.crashes++;
    const last = this.broker.store.filling;
    const { told } = this;
    await this.fixture.crash();
    await this.start();
    let problem: unknown;
    for (let group = last; group >= told; group--) {
      const expected = this.model.survivors(group);
      try {
        await this.compareStructure(expected);
        for (const queue of expected.queues.values()) await this.compareQueue(queue);
        this.model.restart(expected);
        return;
      } catch (error) {
        problem ??= error;
        if (!(error instanceof assert.AssertionError)) throw error;
      }
    }
    throw new Error(`after the crash no group from ${told} to ${last} explains what is there`, { cause: problem });
  }

  /** Lets everything come to rest, then compares all there is to compare. */
  async rest(): Promise<void> {
    for (const session of this.sessions) this.drain(session);
    for (let round = 0; ; round++) {
      assert.ok(round < 10_000, 'it never comes to rest');
      const worked = await this.fixture.progress(true);
      if (!this.asked && !worked) break;
      this.turn();
    }
    await this.compareStructure(this.model.state);
    for (const queue of this.model.state.queues.values()) {
      await this.compareQueue(queue);
      this.checkNotStuck(queue);
    }
    await this.compareReplica();
    this.counts.compared++;
  }

  turn(): void {
    this.asked = false;
    this.turns++;
    this.broker.turn();
    for (const session of this.sessions) assert.ok(!session.dirty, 'a dirty sink was not flushed');
  }

  // ── A step ──

  async step(): Promise<void> {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 30) this.publish();
    else if (roll < 45) this.turn();
    else if (roll < 55) await this.fixture.progress(false);
    else if (roll < 72) this.settle();
    else if (roll < 77) this.consume();
    else if (roll < 81) this.get();
    else if (roll < 83) this.cancel();
    else if (roll < 87) this.declareOne();
    else if (roll < 91) this.bind();
    else if (roll < 92) this.unbind();
    else if (roll < 93) this.remove();
    else if (roll < 95) this.decideIntents();
    else if (roll < 97) this.prepared();
    else this.rare(random.below(100));
    if (random.once(400)) await this.crash();
    else if (random.once(150)) await this.rest();
  }

  private rare(roll: number): void {
    if (roll < 25) this.clock.now += 1 + this.random.below(50);
    else if (roll < 50) this.toggleSink();
    else if (roll < 65) this.purge();
    else if (roll < 80) this.endSession();
    else this.session.ledger.setLimit(this.random.below(6));
  }

  private get session(): Session {
    return this.random.pick(this.sessions) as Session;
  }

  private get group(): number {
    return this.broker.store.filling;
  }

  // ── Publishing ──

  private newMessage(): NumberedMessage {
    const { random } = this;
    const expiresAt = random.once(10) ? this.clock.now + 1 + random.below(60) : 0;
    return new NumberedMessage(++this.lastId, !random.once(4), random.below(4), expiresAt, random.below(40));
  }

  private modelMessage(message: NumberedMessage): ModelMessage {
    const { id, persistent, expiresAt } = message;
    return { id, persistent, expiresAt, group: this.group, turn: this.turns, placed: false, attempts: 0, held: false };
  }

  private headers(): Table {
    const table: Table = new Map();
    for (const name of ['h', 'i', 'x-j']) {
      if (this.random.once(2)) table.set(name, this.random.pick(HEADER_VALUES) ?? null);
    }
    return table;
  }

  private publish(): void {
    const { random } = this;
    const session = this.session;
    const exchange = random.pick(['', '', ...this.model.state.exchanges.keys()]) as string;
    const key = random.pick(exchange === '' ? QUEUES : KEYS) as string;
    const headers = this.headers();
    for (let n = 1 + random.below(4); n > 0; n--) {
      const message = this.newMessage();
      const route = this.namespace.publishable(exchange).route(key, headers);
      const reached = this.model.route(exchange, key, headers);
      assert.deepEqual(route.queues.map(({ name }) => name).sort(), reached, `route of '${key}' at '${exchange}'`);
      assert.equal(this.namespace.publishable(exchange).route(key, headers), route, 'routes are interned');
      if (session.intents !== null && random.once(2)) {
        session.intents.transaction.publish(route, message);
        const incarnations = reached.map((name) => (this.model.state.queues.get(name) as ModelQueue).incarnation);
        session.intents.publishes.push(() => {
          const still = reached.filter((name, index) => this.model.queue(name, incarnations[index] as number));
          this.put(still, message);
        });
      } else {
        route.publish(message);
        this.put(reached, message);
        this.confirmLater();
      }
    }
  }

  private put(queues: readonly string[], message: NumberedMessage, priority = message.priority): void {
    this.counts.published++;
    for (const name of queues) {
      const { levels } = this.model.state.queues.get(name) as ModelQueue;
      const level = Math.min(priority, levels.length - 1);
      this.model.record(this.group, { op: 'put', queue: name, level, message: this.modelMessage(message) });
    }
  }

  private confirmLater(): void {
    const waiter = {
      committed: (group: number) => {
        assert.ok(group <= this.broker.store.committed, 'told before it was committed');
        this.told = Math.max(this.told, group);
        this.counts.confirmed++;
      },
    };
    if (this.random.once(2)) this.broker.store.whenCommitted(this.group, waiter);
  }

  // ── Delivery ──

  private visible(queue: ModelQueue, message: ModelMessage): boolean {
    return queue.durable ? message.group <= this.broker.store.committed : message.turn < this.turns;
  }

  private expired(message: ModelMessage): boolean {
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
    session.held.set(tag, { queue: queue.name, incarnation: queue.incarnation, id });
    if (consumer.limit > 0 && consumer.pooled) assert.ok(consumer.held <= consumer.limit, 'more than the limit');
    if (session.ledger.limit > 0 && consumer.pooled)
      assert.ok(session.ledger.pooled <= session.ledger.limit, 'more than shared');
  }

  private consume(): void {
    const { random, session } = this;
    const found = this.lookup(session);
    if (found === null || session.consumers.size > 5) return;
    const [queue, its] = found;
    const options = { autoSettle: random.once(3), limit: random.below(4), exclusive: random.once(8) };
    const consumer = new SimulatedConsumer(session, its, options);
    try {
      queue.attach(consumer);
      session.consumers.add(consumer);
    } catch (error) {
      assert.ok(error instanceof CoreError && error.facts.reason === 'exclusive-use');
      const others = this.sessions.flatMap(({ consumers }) =>
        [...consumers].filter((c) => c.incarnation === its.incarnation),
      );
      assert.ok(others.some((c) => c.exclusive) || (options.exclusive && others.length > 0));
    }
  }

  private lookup(session: Session): readonly [Queue, ModelQueue] | null {
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

  private get(): void {
    const { session } = this;
    const found = this.lookup(session);
    if (found === null) return;
    const [queue, its] = found;
    const nothing = this.nextOf(its) === null;
    const before = session.held.size;
    const autoSettle = this.random.once(2);
    const outcome = queue.get(new SimulatedConsumer(session, its, { autoSettle }));
    if (outcome === 'delivered') assert.ok(!nothing && (autoSettle || session.held.size === before + 1));
    if (outcome === 'empty') assert.ok(nothing);
  }

  private cancel(): void {
    const { session } = this;
    const consumer = this.random.pick([...session.consumers]);
    if (consumer === undefined) return;
    this.leave(session, consumer);
  }

  private leave(session: Session, consumer: SimulatedConsumer): void {
    session.consumers.delete(consumer);
    consumer.cancel();
    const queue = this.model.queue(consumer.queue, consumer.incarnation);
    const others = this.sessions.some(({ consumers }) =>
      [...consumers].some((c) => c.incarnation === consumer.incarnation),
    );
    if (queue?.autoDelete && !others) this.queueGone(queue.name);
  }

  // ── Settling ──

  private settle(): void {
    const { random, session } = this;
    const tag = random.pick([...session.held.keys()]);
    if (tag === undefined) {
      assert.equal(session.ledger.settle(session.ledger.lastTag + 1), false);
      return;
    }
    const verdict = random.pick<Verdict>(['settle', 'settle', 'settle', 'discard', 'giveBack']) as Verdict;
    const through = random.once(4);
    const intended = new Set(session.intents?.settles.map((settle) => settle.tag));
    const unknown = intended.has(tag);
    const tags = [...session.held.keys()].filter(
      (other) => (through ? other <= tag : other === tag) && !intended.has(other),
    );
    if (session.intents !== null && random.once(2)) {
      assert.equal(session.intents.transaction.settle(session.ledger, tag, through, verdict), !unknown);
      if (!unknown) session.intents.settles.push(...tags.map((other) => ({ tag: other, verdict })));
      return;
    }
    const done = through ? session.ledger.endThrough(tag, verdict) : session.ledger.end(tag, verdict);
    assert.equal(done, !unknown, `settling tag ${tag}`);
    if (done) for (const other of tags) this.settled(session, other, verdict);
  }

  private settled(session: Session, tag: number, verdict: Verdict): void {
    const { queue, incarnation, id } = session.held.get(tag) as Held;
    session.held.delete(tag);
    this.counts.settled++;
    const op = verdict === 'giveBack' ? 'return' : 'settle';
    this.model.record(this.group, { op, queue, incarnation, id });
  }

  private decideIntents(): void {
    const { session } = this;
    if (session.intents === null) {
      session.intents = { transaction: this.broker.transaction(), publishes: [], settles: [] };
      return;
    }
    const { transaction, publishes, settles } = session.intents;
    session.intents = null;
    if (this.random.once(3)) {
      transaction.rollback();
      return;
    }
    const size = publishes.length + settles.length;
    assert.equal(transaction.size, size);
    assert.equal(transaction.commit(), size === 0 ? 0 : this.group);
    for (const publish of publishes) publish();
    for (const { tag, verdict } of settles) this.settled(session, tag, verdict);
  }

  private prepared(): void {
    const { random } = this;
    const { prepared } = this.namespace;
    const { state } = this.model;
    if (random.once(2)) {
      const id = `t${random.once(3) ? this.lastTransaction : ++this.lastTransaction}`;
      if (prepared.outcome(id) !== undefined) return;
      const exchange = random.pick(['', ...state.exchanges.keys()]) as string;
      const key = random.pick(exchange === '' ? QUEUES : KEYS) as string;
      const message = this.newMessage();
      try {
        prepared.hold(id, this.namespace.exchange(exchange), key, message);
        const hold = {
          message: { ...this.modelMessage(message), persistent: true },
          exchange,
          key,
          priority: message.priority,
        };
        this.model.record(this.group, { op: 'hold', id, hold });
      } catch (error) {
        assert.ok(error instanceof CoreError && error.facts.reason === 'unsupported', String(error));
      }
      return;
    }
    const id = random.pick([...state.holds.keys(), ...state.decisions.keys()]);
    if (id !== undefined) this.decide(id, random.once(3) ? 'rollback' : 'commit');
  }

  private decide(id: string, outcome: 'commit' | 'rollback'): void {
    const { decisions } = this.model.state;
    const decided = decisions.get(id);
    const decidedNow = (group: number): void => {
      if (group === 0) assert.equal(this.model.state.decisions.get(id), outcome);
      else if (!this.model.state.decisions.has(id)) this.decisionDone(id, outcome);
    };
    try {
      this.namespace.prepared.decide(id, outcome, { decided: decidedNow });
      assert.ok(decided === undefined || decided === outcome, 'the opposite decision was accepted');
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      if (error.facts.reason === 'decided-otherwise')
        assert.notEqual(decided ?? this.namespace.prepared.outcome(id), outcome);
      else assert.equal(error.facts.reason, 'not-prepared');
    }
  }

  private decisionDone(id: string, outcome: 'commit' | 'rollback'): void {
    const holds = this.model.state.holds.get(id) ?? [];
    this.model.record(this.group, { op: 'decision', id, outcome });
    if (outcome === 'rollback') return;
    for (const { message, exchange, key, priority } of holds) {
      if (exchange !== '' && !this.model.state.exchanges.has(exchange)) continue;
      const placed = { ...message, group: this.group, turn: this.turns, placed: true };
      for (const name of this.model.route(exchange, key, new Map())) {
        const { levels } = this.model.state.queues.get(name) as ModelQueue;
        const level = Math.min(priority, levels.length - 1);
        this.model.record(this.group, { op: 'put', queue: name, level, message: placed });
      }
    }
  }

  // ── Declaring ──

  private declareOne(): void {
    const { random } = this;
    if (random.once(2)) this.declareQueue();
    else this.declareExchange();
  }

  private declareQueue(): void {
    const { random, session } = this;
    const name = random.pick(QUEUES) as string;
    const exclusive = random.once(8);
    const durable = !exclusive && !random.once(3);
    const autoDelete = random.once(6);
    const levels = random.once(3) ? 3 : 1;
    const existing = this.model.state.queues.get(name);
    try {
      this.namespace.declareQueue({ name, durable, exclusive, autoDelete, levels }, session);
      if (existing !== undefined) {
        assert.equal(existing.durable, durable);
        assert.equal(existing.autoDelete, autoDelete);
        return;
      }
      const queue: ModelQueue = {
        name,
        incarnation: ++this.incarnations,
        durable,
        autoDelete,
        levels: Array.from({ length: levels }, () => []),
      };
      this.model.record(this.group, { op: 'queue', queue });
    } catch (error) {
      assert.ok(error instanceof CoreError && existing !== undefined, String(error));
    }
  }

  private declareExchange(): void {
    const { random } = this;
    const name = random.pick(EXCHANGES) as string;
    const type = random.pick(TYPES) as string;
    const durable = !random.once(3);
    const autoDelete = random.once(5);
    const alternate = random.once(4) ? (random.pick(['', ...EXCHANGES]) as string) : null;
    const existing = this.model.state.exchanges.get(name);
    const args: Table = alternate === null ? new Map() : new Map([['alternate-exchange', alternate]]);
    try {
      this.namespace.declareExchange({ name, type, durable, autoDelete, arguments: args });
      const exchange: ModelExchange = { name, type, durable, autoDelete, alternate };
      if (existing === undefined) this.model.record(this.group, { op: 'exchange', exchange });
      else assert.deepEqual(existing, exchange);
    } catch (error) {
      assert.ok(
        error instanceof CoreError && error.facts.reason === 'inequivalent' && existing !== undefined,
        String(error),
      );
    }
  }

  private bind(): void {
    const { random } = this;
    const { state } = this.model;
    const source = random.pick([...state.exchanges.values()]);
    const toQueue = !random.once(4);
    const target = toQueue ? random.pick([...state.queues.values()]) : random.pick([...state.exchanges.values()]);
    if (source === undefined || target === undefined) return;
    const args: Table = new Map();
    if (source.type === 'headers') {
      if (random.once(2)) args.set('x-match', random.pick(['all', 'any', 'all-with-x', 'any-with-x']) as string);
      for (const name of ['h', 'i', 'x-j'])
        if (random.once(2)) args.set(name, random.pick([null, ...HEADER_VALUES]) ?? null);
    }
    const binding: ModelBinding = {
      source: source.name,
      targetKind: toQueue ? 'queue' : 'exchange',
      target: target.name,
      key: random.pick(source.type === 'topic' ? PATTERNS : KEYS) as string,
      arguments: args,
      durable: source.durable && target.durable,
    };
    const end = toQueue ? this.namespace.queue(target.name, null) : this.namespace.exchange(target.name);
    const count = this.namespace.exchange(source.name).outgoing.size;
    this.namespace.bind(source.name, end, binding.key, args);
    if (this.namespace.exchange(source.name).outgoing.size > count)
      this.model.record(this.group, { op: 'binding', binding });
  }

  private unbind(): void {
    const binding = this.random.pick(this.model.state.bindings);
    if (binding === undefined) return;
    const { source, targetKind, target, key } = binding;
    assert.ok(this.namespace.unbind(source, targetKind, target, key, binding.arguments));
    this.bindingGone(binding);
  }

  private remove(): void {
    const { random, session } = this;
    if (random.once(2)) {
      const name = random.pick(EXCHANGES) as string;
      assert.equal(this.namespace.deleteExchange(name), this.model.state.exchanges.has(name));
      this.exchangeGone(name);
      return;
    }
    const found = this.lookup(session);
    if (found === null) return;
    this.namespace.deleteQueue(found[0].name, session);
    this.queueGone(found[0].name);
  }

  private queueGone(name: string): void {
    const { bindings, queues } = this.model.state;
    if (!queues.has(name)) return;
    const sources = bindings.filter((b) => b.targetKind === 'queue' && b.target === name).map((b) => b.source);
    this.model.record(this.group, { op: 'queue-gone', name });
    this.autoDelete(sources);
  }

  private exchangeGone(name: string): void {
    const { bindings, exchanges } = this.model.state;
    if (!exchanges.has(name)) return;
    const sources = bindings.filter((b) => b.targetKind === 'exchange' && b.target === name).map((b) => b.source);
    this.model.record(this.group, { op: 'exchange-gone', name });
    this.autoDelete(sources);
  }

  private bindingGone(binding: ModelBinding): void {
    this.model.record(this.group, { op: 'binding-gone', binding });
    this.autoDelete([binding.source]);
  }

  private autoDelete(sources: readonly string[]): void {
    for (const source of sources) {
      const exchange = this.model.state.exchanges.get(source);
      if (exchange?.autoDelete && !this.model.state.bindings.some((b) => b.source === source))
        this.exchangeGone(source);
    }
  }

  private purge(): void {
    const found = this.lookup(this.session);
    if (found === null) return;
    const [queue, its] = found;
    const ready = its.levels.flat().filter((message) => !message.held && this.visible(its, message));
    const sure = ready.filter((message) => !this.expired(message)).length;
    const purged = queue.purge();
    assert.ok(purged >= sure && purged <= ready.length, `purged ${purged}, not ${sure} to ${ready.length}`);
    for (const { id } of ready) {
      this.model.record(this.group, { op: 'settle', queue: its.name, incarnation: its.incarnation, id });
    }
  }

  // ── Sessions ──

  private toggleSink(): void {
    const { session } = this;
    if (session.writable) session.writable = false;
    else this.drain(session);
  }

  private drain(session: Session): void {
    session.writable = true;
    for (const consumer of session.consumers) consumer.wake();
  }

  private endSession(): void {
    const { session } = this;
    session.intents?.transaction.rollback();
    session.intents = null;
    const exclusive = [...this.namespace.queues.values()]
      .filter((queue) => queue.owner === session)
      .map(({ name }) => name);
    for (const consumer of [...session.consumers]) this.leave(session, consumer);
    this.broker.endSession(session, session.consumers, [session.ledger]);
    for (const tag of [...session.held.keys()]) this.settled(session, tag, 'giveBack');
    for (const name of exclusive) this.queueGone(name);
    assert.equal(session.ledger.size, 0);
    this.sessions[this.sessions.indexOf(session)] = new Session(this);
  }

  // ── Comparing ──

  private async compareStructure(state: ModelState): Promise<void> {
    const { queues, exchanges } = this.namespace;
    assert.deepEqual([...queues.keys()].sort(), [...state.queues.keys()].sort(), 'queues');
    for (const { name, durable, autoDelete, levels } of state.queues.values()) {
      const queue = queues.get(name) as Queue;
      assert.deepEqual([queue.durable, queue.autoDelete, queue.levels], [durable, autoDelete, levels.length]);
    }
    const mine = [...exchanges.values()].filter(({ system }) => !system);
    assert.deepEqual(mine.map(({ name }) => name).sort(), [...state.exchanges.keys()].sort(), 'exchanges');
    const identities = mine.flatMap((exchange) => [...exchange.outgoing.keys()]).sort();
    assert.deepEqual(identities, state.bindings.map(bindingIdentity).sort(), 'bindings');
    for (const { name, ...traits } of state.exchanges.values()) {
      const { type, durable, autoDelete, alternateName: alternate } = exchanges.get(name) as Exchange;
      assert.deepEqual({ type, durable, autoDelete, alternate }, traits);
    }
    const held = [...this.namespace.prepared.holdings].map(([id, { holds }]) => `${id}:${holds.length}`).sort();
    const deciding = [...state.holds].filter(([id]) => this.namespace.prepared.outcome(id) === undefined);
    assert.deepEqual(held, deciding.map(([id, holds]) => `${id}:${holds.length}`).sort(), 'prepared transactions');
  }

  private async compareQueue(its: ModelQueue): Promise<void> {
    const queue = this.namespace.queues.get(its.name) as Queue;
    for (const [level, messages] of its.levels.entries()) {
      this.compareMessages(its, messages, await this.foundIn(queue.logs[level] as Log));
    }
    const held = its.levels.flat().filter((message) => message.held).length;
    assert.equal(queue.unacked, held, `unacked of '${its.name}'`);
    assert.equal(queue.ready + queue.unacked, queue.total);
    const all = its.levels.flat().filter((message) => this.visible(its, message));
    const sure = all.filter((message) => message.held || !this.expired(message)).length;
    assert.ok(
      queue.total >= sure && queue.total <= all.length,
      `total ${queue.total} of '${its.name}', not ${sure} to ${all.length}`,
    );
  }

  /** In order, with their attempts; an expired message may be gone. */
  private compareMessages(queue: ModelQueue, messages: readonly ModelMessage[], found: readonly Found[]): void {
    const ids = new Set(found.map(({ id }) => id));
    const expected = messages.filter(
      (message) => this.visible(queue, message) && (message.held || !this.expired(message) || ids.has(message.id)),
    );
    const wanted = expected.map(({ id, attempts }) => ({ id, attempts }));
    assert.deepEqual(found, wanted, `messages of '${queue.name}'`);
  }

  private async foundIn(log: Log, store = this.broker.store): Promise<Found[]> {
    const found: Found[] = [];
    const entry = new Entry();
    const cursor = log.cursor();
    cursor.seek(log.floor);
    for (let tries = 0; ; ) {
      const state = cursor.read(entry);
      if (state === END) return found;
      if (state === COLD) {
        assert.ok(tries++ < 1_000, 'cold bytes are never loaded');
        store.load(log, cursor.offset);
        await this.fixture.progress(true);
        continue;
      }
      found.push({ id: idOf(entry), attempts: log.returns.attempts(entry.offset) });
      cursor.advance();
    }
  }

  /** With everything quiet, no consumer that can take something may be left waiting for what is there. */
  private checkNotStuck(queue: ModelQueue): void {
    const next = this.nextOf(queue);
    if (next === null) return;
    for (const session of this.sessions) {
      for (const consumer of session.consumers) {
        if (consumer.incarnation !== queue.incarnation) continue;
        const able =
          consumer.autoSettle || ((consumer.limit === 0 || consumer.held < consumer.limit) && session.ledger.room);
        assert.ok(!able, `message ${next.id} of '${queue.name}' is stuck`);
      }
    }
  }

  /** Live state is replayed state. */
  private async compareReplica(): Promise<void> {
    const replica = await this.fixture.replica();
    if (replica === null) return;
    const other = new Broker({ store: replica.store, clock: this.clock, waker: { wake() {} }, names: () => '' });
    other.restore(replica.definitions, replica.logs);
    const text = (broker: Broker): string[] => [...broker.definitions()].map(encodeDefinition).sort();
    assert.deepEqual(text(other), text(this.broker), 'replayed definitions');
    for (const queue of this.namespace.queues.values()) {
      if (!queue.durable) continue;
      const replayed = other.namespace('/').queue(queue.name, null);
      for (const [level, log] of queue.logs.entries()) {
        const persistent = new Set(
          this.model.state.queues
            .get(queue.name)
            ?.levels[level]?.filter((m) => m.persistent)
            .map((m) => m.id),
        );
        const live = (await this.foundIn(log)).filter(({ id }) => persistent.has(id));
        const ids = await this.foundIn(replayed.logs[level] as Log, replica.store);
        assert.deepEqual(ids, live, `replayed messages of '${queue.name}'`);
      }
    }
  }
}
