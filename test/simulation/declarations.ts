/**
 * Declarations: random queues, exchanges and bindings, made and removed, and what that takes along.
 */
import assert from 'node:assert/strict';
import { CoreError } from '../../src/core/errors.ts';
import type { Table } from '../../src/core/value.ts';
import { Comparison } from './comparison.ts';
import { HEADER_VALUES, type ModelBinding, type ModelExchange, type ModelQueue } from './model.ts';
import { EXCHANGES, KEYS, PATTERNS, QUEUES, TYPES } from './scene.ts';

export class Declarations extends Comparison {
  protected declareOne(): void {
    const { random } = this;
    if (random.once(2)) this.declareQueue();
    else this.declareExchange();
  }

  protected declareQueue(): void {
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

  protected declareExchange(): void {
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

  protected bind(): void {
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

  protected unbind(): void {
    const binding = this.random.pick(this.model.state.bindings);
    if (binding === undefined) return;
    const { source, targetKind, target, key } = binding;
    assert.ok(this.namespace.unbind(source, targetKind, target, key, binding.arguments));
    this.bindingGone(binding);
  }

  protected remove(): void {
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

  protected queueGone(name: string): void {
    const { bindings, queues } = this.model.state;
    if (!queues.has(name)) return;
    const sources = bindings.filter((b) => b.targetKind === 'queue' && b.target === name).map((b) => b.source);
    this.model.record(this.group, { op: 'queue-gone', name });
    this.autoDelete(sources);
  }

  protected exchangeGone(name: string): void {
    const { bindings, exchanges } = this.model.state;
    if (!exchanges.has(name)) return;
    const sources = bindings.filter((b) => b.targetKind === 'exchange' && b.target === name).map((b) => b.source);
    this.model.record(this.group, { op: 'exchange-gone', name });
    this.autoDelete(sources);
  }

  protected bindingGone(binding: ModelBinding): void {
    this.model.record(this.group, { op: 'binding-gone', binding });
    this.autoDelete([binding.source]);
  }

  protected autoDelete(sources: readonly string[]): void {
    for (const source of sources) {
      const exchange = this.model.state.exchanges.get(source);
      if (exchange?.autoDelete && !this.model.state.bindings.some((b) => b.source === source))
        this.exchangeGone(source);
    }
  }

  protected purge(): void {
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
}
