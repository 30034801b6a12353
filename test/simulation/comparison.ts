/**
 * Comparison: is what is there what the model says? Structure, messages in order with their attempts, counts, nobody
 * left waiting, and live state equal to replayed state.
 */
import assert from 'node:assert/strict';
import { Broker } from '../../src/core/broker.ts';
import { encodeDefinition } from '../../src/core/definition.ts';
import { bindingIdentity } from '../../src/core/definition-set.ts';
import type { Exchange } from '../../src/core/exchange.ts';
import { Entry } from '../../src/core/message.ts';
import { COLD, END, type Log } from '../../src/core/ports.ts';
import type { Queue } from '../../src/core/queue.ts';
import type { ModelMessage, ModelQueue, ModelState } from './model.ts';
import { Scene } from './scene.ts';
import { idOf } from './session.ts';

/** A message in a log. */
interface Found {
  readonly id: number;
  readonly attempts: number;
}

export class Comparison extends Scene {
  protected async compareStructure(state: ModelState): Promise<void> {
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
    const held = [...this.namespace.prepared.heads()].map(({ offset, count }) => [offset, count]);
    const expected = [...state.holds].map(([offset, holds]) => [offset, holds.length]);
    assert.deepEqual(
      held,
      expected.sort(([a], [b]) => (a as number) - (b as number)),
      'prepared transactions',
    );
  }

  protected async compareQueue(its: ModelQueue): Promise<void> {
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
  protected compareMessages(queue: ModelQueue, messages: readonly ModelMessage[], found: readonly Found[]): void {
    const ids = new Set(found.map(({ id }) => id));
    const expected = messages.filter(
      (message) => this.visible(queue, message) && (message.held || !this.expired(message) || ids.has(message.id)),
    );
    const wanted = expected.map(({ id, attempts }) => ({ id, attempts }));
    assert.deepEqual(found, wanted, `messages of '${queue.name}'`);
  }

  protected async foundIn(log: Log, store = this.broker.store): Promise<Found[]> {
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
  protected checkNotStuck(queue: ModelQueue): void {
    const next = this.nextOf(queue);
    if (next === null) return;
    for (const session of this.sessions) {
      for (const consumer of session.consumers) {
        if (consumer.incarnation !== queue.incarnation) continue;
        // Counted from what was seen, not from what the core counted.
        const held = [...session.held.values()];
        const own = held.filter((delivery) => delivery.consumer === consumer).length;
        const shared = held.filter((delivery) => delivery.consumer.pooled).length;
        const { limit } = session.ledger;
        const hasCredit = (consumer.limit === 0 || own < consumer.limit) && (limit === 0 || shared < limit);
        const able = consumer.autoSettle || hasCredit;
        assert.ok(!able, `message ${next.id} of '${queue.name}' is stuck`);
      }
    }
  }

  /** Live state is replayed state. */
  protected async compareReplica(): Promise<void> {
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
