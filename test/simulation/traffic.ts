/**
 * Traffic: random publishes, consumers, settles, transactions and sessions that end; each told to the model too.
 */
import assert from 'node:assert/strict';
import { CoreError } from '../../src/core/errors.ts';
import type { Verdict } from '../../src/core/ledger.ts';
import type { Table } from '../../src/core/value.ts';
import { Declarations } from './declarations.ts';
import { HEADER_VALUES, type ModelHold, type ModelMessage, type ModelQueue } from './model.ts';
import { KEYS, QUEUES } from './scene.ts';
import { type Held, NumberedMessage, Session, SimulatedConsumer } from './session.ts';

export class Traffic extends Declarations {
  // ── Publishing ──

  protected newMessage(): NumberedMessage {
    const { random } = this;
    const expiresAt = random.once(10) ? this.clock.now + 1 + random.below(60) : 0;
    return new NumberedMessage(++this.lastId, !random.once(4), random.below(4), expiresAt, random.below(40));
  }

  protected modelMessage(message: NumberedMessage): ModelMessage {
    const { id, persistent, expiresAt } = message;
    return { id, persistent, expiresAt, group: this.group, turn: this.turns, attempts: 0, held: false };
  }

  protected headers(): Table {
    const table: Table = new Map();
    for (const name of ['h', 'i', 'x-j']) {
      if (this.random.once(2)) table.set(name, this.random.pick(HEADER_VALUES) ?? null);
    }
    return table;
  }

  protected publish(): void {
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
        const set = route.publish(message);
        this.put(reached, message);
        // Of what is in no durable log nothing is promised; acknowledgements before it may be written unsynced.
        if (set.durable.length > 0) this.confirmLater();
      }
    }
  }

  protected put(queues: readonly string[], message: NumberedMessage, priority = message.priority): void {
    this.counts.published++;
    for (const name of queues) {
      const { levels } = this.model.state.queues.get(name) as ModelQueue;
      const level = Math.min(priority, levels.length - 1);
      this.model.record(this.group, { op: 'put', queue: name, level, message: this.modelMessage(message) });
    }
  }

  protected confirmLater(): void {
    const waiter = {
      committed: (group: number) => {
        assert.ok(group <= this.broker.store.committed, 'told before it was committed');
        this.told = Math.max(this.told, group);
        this.counts.confirmed++;
      },
    };
    if (this.random.once(2)) this.broker.store.whenCommitted(this.group, waiter);
  }

  // ── Consuming ──

  protected consume(): void {
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

  protected get(): void {
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

  protected cancel(): void {
    const { session } = this;
    const consumer = this.random.pick([...session.consumers]);
    if (consumer === undefined) return;
    this.leave(session, consumer);
  }

  protected leave(session: Session, consumer: SimulatedConsumer): void {
    session.consumers.delete(consumer);
    consumer.cancel();
    const queue = this.model.queue(consumer.queue, consumer.incarnation);
    const others = this.sessions.some(({ consumers }) =>
      [...consumers].some((c) => c.incarnation === consumer.incarnation),
    );
    if (queue?.autoDelete && !others) this.queueGone(queue.name);
  }

  // ── Settling ──

  protected settle(): void {
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

  protected settled(session: Session, tag: number, verdict: Verdict): void {
    const { queue, incarnation, id } = session.held.get(tag) as Held;
    session.held.delete(tag);
    this.counts.settled++;
    const op = verdict === 'giveBack' ? 'return' : 'settle';
    this.model.record(this.group, { op, queue, incarnation, id });
  }

  protected decideIntents(): void {
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

  protected prepared(): void {
    const { random } = this;
    const { state } = this.model;
    if (random.once(2)) return this.hold(random.once(3));
    const offset = random.pick([...state.holds.keys(), ...state.decisions.keys()]);
    if (offset === undefined) return;
    if (typeof state.holds.get(offset)?.[0]?.due === 'number') {
      if (random.once(4)) this.cancelDelayed(offset);
    } else this.decide(offset, random.once(3) ? 'rollback' : 'commit');
  }

  /** One to three messages that wait for a decision, or for a time that is near. */
  private hold(delayed: boolean): void {
    const { random, namespace } = this;
    const messages = Array.from({ length: 1 + random.below(3) }, () => {
      const name = random.pick(['', ...this.model.state.exchanges.keys()]) as string;
      const key = random.pick(name === '' ? QUEUES : KEYS) as string;
      return { name, exchange: namespace.exchange(name), key, log: -1, message: this.newMessage() };
    });
    const at = this.clock.now + random.below(100);
    const { offset } = namespace.prepared.hold(messages, {
      until: delayed ? 'time' : 'decision',
      at,
      group: 'nobody',
      name: '',
    });
    const holds = messages.map(({ name, key, message }) => ({
      message: { ...this.modelMessage(message), persistent: true },
      exchange: name,
      key,
      priority: message.priority,
      due: delayed ? at : null,
    }));
    this.model.record(this.group, { op: 'hold', offset, holds });
  }

  private cancelDelayed(offset: number): void {
    try {
      if (this.namespace.prepared.cancel(offset) !== null) this.model.record(this.group, { op: 'hold-over', offset });
    } catch (error) {
      assert.ok(error instanceof CoreError && error.facts.reason === 'not-prepared');
    }
  }

  /** After a turn: delayed ones that are not held any more were placed in it. */
  protected delayedPlaced(): void {
    const delayed = [...this.model.state.holds].map(([offset, holds]) => ({
      offset,
      holds,
      due: holds[0]?.due ?? null,
    }));
    const gone = delayed.filter(({ offset, due }) => due !== null && this.namespace.prepared.find(offset) === null);
    for (const { offset, holds } of gone.sort((a, b) => (a.due ?? 0) - (b.due ?? 0) || a.offset - b.offset)) {
      this.placed(holds);
      this.model.record(this.group, { op: 'hold-over', offset });
    }
  }

  protected decide(offset: number, outcome: 'commit' | 'rollback'): void {
    const { decisions } = this.model.state;
    const decided = decisions.get(offset);
    const decidedNow = (group: number): void => {
      if (group === 0) assert.equal(this.model.state.decisions.get(offset), outcome);
      else if (!this.model.state.decisions.has(offset)) this.decisionDone(offset, outcome);
    };
    try {
      this.namespace.prepared.decide(offset, outcome, { decided: decidedNow });
      assert.ok(decided === undefined || decided === outcome, 'the opposite decision was accepted');
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      if (error.facts.reason === 'decided-otherwise')
        assert.notEqual(decided ?? this.namespace.prepared.outcome(offset), outcome);
      else assert.equal(error.facts.reason, 'not-prepared');
    }
  }

  private decisionDone(offset: number, outcome: 'commit' | 'rollback'): void {
    const holds = this.model.state.holds.get(offset) ?? [];
    this.model.record(this.group, { op: 'decision', offset, outcome });
    if (outcome === 'commit') this.placed(holds);
  }

  private placed(holds: readonly ModelHold[]): void {
    for (const { message, exchange, key, priority } of holds) {
      if (exchange !== '' && !this.model.state.exchanges.has(exchange)) continue;
      const placed = { ...message, group: this.group, turn: this.turns };
      for (const name of this.model.route(exchange, key, new Map())) {
        const { levels } = this.model.state.queues.get(name) as ModelQueue;
        const level = Math.min(priority, levels.length - 1);
        this.model.record(this.group, { op: 'put', queue: name, level, message: placed });
      }
    }
  }

  // ── Sessions ──

  protected toggleSink(): void {
    const { session } = this;
    if (session.writable) session.writable = false;
    else this.drain(session);
  }

  protected endSession(): void {
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

  protected drain(session: Session): void {
    session.writable = true;
    for (const consumer of session.consumers) consumer.wake();
  }
}
