/**
 * Namespace: exchanges, queues and bindings that belong together (an AMQP vhost), under two separate sets of names.
 *
 * Declaring is idempotent and checks that what exists is what is asked for; a refusal is a CoreError with the facts.
 * Durable things are defined in the journal in the same commit group as the change. A lookup for a session names its
 * owner, because an exclusive queue is there for its own session only.
 *
 *   exchange ''          implicit bindings: the key is a queue's name; can't be declared, bound or deleted
 *   amq.direct ...       pre-declared, durable, can't be deleted
 *   amq.<anything else>  reserved: only the broker creates such names
 *
 * What ends when: an exclusive queue with its session; an auto-delete queue with its last consumer; an auto-delete
 * exchange with the last binding that leads out of it; a binding with either end.
 */
import { Binding, type Endpoint } from './binding.ts';
import {
  beyondLimit,
  checkNewName,
  checkSame,
  type ExchangeRequest,
  type QueueDeletion,
  type QueueRequest,
  sameIds,
} from './declaration.ts';
import type { Definition, TargetKind } from './definition.ts';
import type { NamespaceState } from './definition-set.ts';
import { CoreError } from './errors.ts';
import {
  EXCHANGE_KINDS,
  Exchange,
  type ExchangeKeeper,
  type ExchangeTraits,
  matcherFor,
  SYSTEM_EXCHANGES,
} from './exchange.ts';
import { Groups } from './group.ts';
import type { LogId } from './ids.ts';
import { DefaultMatcher, type Matcher } from './matcher.ts';
import type { NamespaceWatcher } from './namespace-watcher.ts';
import type { Log } from './ports.ts';
import { Prepared } from './prepared.ts';
import { type Owner, Queue, type QueueKeeper } from './queue.ts';
import { Routes } from './route.ts';
import { Sharings } from './sharings.ts';
import { Counters } from './statistics.ts';
import { type TopicKeeper, Topics } from './topics.ts';
import type { Environment } from './turn.ts';
import { NO_ARGUMENTS, type Table } from './value.ts';

export class Namespace implements QueueKeeper, ExchangeKeeper, TopicKeeper {
  readonly name: string;
  readonly environment: Environment;
  readonly routes: Routes;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly topics: Topics;
  readonly groups: Groups;
  readonly sharings: Sharings;
  readonly prepared: Prepared;
  readonly defaultExchange: Exchange;
  /** What deleted queues had counted. */
  readonly retired = new Counters();
  watcher: NamespaceWatcher | null = null;

  private readonly nextName: () => string;
  private readonly exclusives = new Map<Owner, Set<Queue>>();
  private queueIds = 0;

  constructor(environment: Environment, name: string, nextName: () => string) {
    this.environment = environment;
    this.name = name;
    this.nextName = nextName;
    this.routes = new Routes(environment);
    this.topics = new Topics(environment, this);
    this.groups = new Groups(environment, name);
    this.sharings = new Sharings(environment, this.groups, name);
    this.prepared = new Prepared(environment, this);
    this.defaultExchange = this.addSystemExchange('', 'direct', new DefaultMatcher(this.queues));
    for (const [known, type] of SYSTEM_EXCHANGES) this.addSystemExchange(known, type, matcherFor(type));
  }

  // ── Lookups ──

  exchange(name: string): Exchange {
    const exchange = this.exchanges.get(name);
    if (exchange === undefined) throw this.error('NOT_FOUND', 'missing', 'exchange', name);
    return exchange;
  }

  /** The exchange that a client publishes to. */
  publishable(name: string): Exchange {
    const exchange = this.exchange(name);
    if (exchange.internal) throw this.error('ACCESS_REFUSED', 'internal-exchange', 'exchange', name);
    return exchange;
  }

  /** `owner` null is the broker itself, which no lock keeps out. */
  queue(name: string, owner: Owner | null): Queue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw this.error('NOT_FOUND', 'missing', 'queue', name);
    if (owner !== null) this.checkLock(queue, owner);
    return queue;
  }

  /** A name that no queue has. */
  freshName(prefix: string): string {
    for (;;) {
      const name = prefix + this.nextName();
      if (!this.queues.has(name)) return name;
    }
  }

  // ── Exchanges ──

  declareExchange(request: ExchangeRequest): Exchange {
    const { name, type } = request;
    if (name === '') throw this.error('ACCESS_REFUSED', 'default-exchange', 'exchange', name);
    if (!Object.hasOwn(EXCHANGE_KINDS, type)) {
      throw this.error('PRECONDITION_FAILED', 'unknown-kind', 'exchange', name, { argument: 'type', received: type });
    }
    const traits: ExchangeTraits = {
      name,
      type,
      durable: request.durable ?? false,
      autoDelete: request.autoDelete ?? false,
      internal: request.internal ?? false,
      arguments: request.arguments ?? NO_ARGUMENTS,
    };
    const existing = this.exchanges.get(name);
    if (existing !== undefined) {
      const named = { kind: 'exchange', name, namespace: this.name } as const;
      checkSame(named, ['type', 'durable', 'autoDelete', 'internal'], traits, existing, request.compared);
      return existing;
    }
    checkNewName({ kind: 'exchange', name, namespace: this.name }, this.environment.limits.nameBytesMax);
    const exchange = new Exchange(this, traits, matcherFor(type));
    this.exchanges.set(name, exchange);
    if (exchange.durable) this.define(exchange.definition());
    this.routes.invalidate();
    this.watcher?.exchangeAdded(exchange);
    return exchange;
  }

  /** False if there is none of that name. */
  deleteExchange(name: string, ifUnused = false): boolean {
    if (name === '') throw this.error('ACCESS_REFUSED', 'default-exchange', 'exchange', name);
    const exchange = this.exchanges.get(name);
    if (exchange === undefined) return false;
    if (exchange.system) throw this.error('ACCESS_REFUSED', 'system-exchange', 'exchange', name);
    if (ifUnused && exchange.outgoing.size > 0) throw this.error('PRECONDITION_FAILED', 'in-use', 'exchange', name);
    this.removeExchange(exchange);
    return true;
  }

  // ── Queues ──

  declareQueue(request: QueueRequest, owner: Owner | null): Queue {
    const { name } = request;
    const traits = {
      name,
      durable: request.durable ?? false,
      exclusive: request.exclusive ?? false,
      autoDelete: request.autoDelete ?? false,
      arguments: request.arguments ?? NO_ARGUMENTS,
    };
    const existing = this.queues.get(name);
    if (existing !== undefined) {
      // A lock answers before any difference: another session is to learn nothing about the queue.
      if (owner !== null) this.checkLock(existing, owner);
      if (traits.exclusive !== existing.exclusive) throw this.error('RESOURCE_LOCKED', 'locked', 'queue', name);
      const named = { kind: 'queue', name, namespace: this.name } as const;
      checkSame(named, ['durable', 'autoDelete'], traits, existing, request.compared);
      return existing;
    }
    if (!request.generated) {
      checkNewName({ kind: 'queue', name, namespace: this.name }, this.environment.limits.nameBytesMax);
    }
    const levels = request.levels ?? 1;
    if (levels > this.environment.limits.queueLevelsMax)
      throw beyondLimit(this.environment.limits, 'queueLevelsMax', levels, {
        kind: 'queue',
        name,
        namespace: this.name,
      });
    const logs: Log[] = [];
    for (let level = 0; level < levels; level++) logs.push(this.environment.store.createLog(traits.durable));
    const queue = new Queue(this.environment, this, ++this.queueIds, traits, logs, traits.exclusive ? owner : null);
    this.addQueue(queue);
    if (queue.durable) this.define(queue.definition());
    this.watcher?.queueAdded(queue);
    return queue;
  }

  /** Returns how many ready messages went with it; null if there is none of that name. */
  deleteQueue(name: string, owner: Owner | null, deletion: QueueDeletion = {}): number | null {
    const queue = this.queues.get(name);
    if (queue === undefined) return null;
    if (owner !== null) this.checkLock(queue, owner);
    if (deletion.ifUnused && queue.consumerCount > 0) throw this.error('PRECONDITION_FAILED', 'in-use', 'queue', name);
    if (deletion.ifEmpty && queue.total > 0) throw this.error('PRECONDITION_FAILED', 'not-empty', 'queue', name);
    const { ready } = queue;
    this.removeQueue(queue);
    return ready;
  }

  logDropped(log: LogId): void {
    this.groups.logDropped(log);
    this.sharings.logDropped(log);
  }

  abandoned(queue: Queue): void {
    this.removeQueue(queue);
  }

  /** A session ended: its exclusive queues end with it. */
  ownerEnded(owner: Owner): void {
    const queues = this.exclusives.get(owner);
    if (queues === undefined) return;
    this.exclusives.delete(owner);
    for (const queue of queues) this.removeQueue(queue);
  }

  // ── Bindings ──

  bind(source: string, target: Endpoint, key: string, args: Table = NO_ARGUMENTS): Binding {
    if (source === '' || target.name === '') throw this.error('ACCESS_REFUSED', 'default-exchange', 'exchange', '');
    const from = this.exchange(source);
    const binding = new Binding(from, target, key, args);
    const existing = from.outgoing.get(binding.identity);
    if (existing !== undefined) return existing;
    from.check(binding);
    if (from.outgoing.size >= this.environment.limits.exchangeBindingsMax) {
      const named = { kind: 'exchange', name: source, namespace: this.name } as const;
      throw beyondLimit(this.environment.limits, 'exchangeBindingsMax', from.outgoing.size + 1, named);
    }
    this.addBinding(from, binding);
    if (binding.durable) this.define(binding.definition(this.name, 'binding'));
    return binding;
  }

  /** False if there was no such binding, or not even the things it would bind. */
  unbind(source: string, targetKind: TargetKind, target: string, key: string, args: Table = NO_ARGUMENTS): boolean {
    if (source === '' || (targetKind === 'exchange' && target === '')) {
      throw this.error('ACCESS_REFUSED', 'default-exchange', 'exchange', '');
    }
    const from = this.exchanges.get(source);
    const to = targetKind === 'queue' ? this.queues.get(target) : this.exchanges.get(target);
    if (from === undefined || to === undefined) return false;
    const binding = from.outgoing.get(new Binding(from, to, key, args).identity);
    if (binding === undefined) return false;
    this.removeBinding(binding, true);
    return true;
  }

  // ── Adding and removing ──

  private addSystemExchange(name: string, type: string, matcher: Matcher): Exchange {
    const traits = { name, type, durable: true, autoDelete: false, internal: false, arguments: NO_ARGUMENTS };
    const exchange = new Exchange(this, traits, matcher, true);
    this.exchanges.set(name, exchange);
    return exchange;
  }

  private addQueue(queue: Queue): void {
    this.queues.set(queue.name, queue);
    if (queue.exclusive && queue.owner !== null) {
      const queues = this.exclusives.get(queue.owner) ?? new Set();
      this.exclusives.set(queue.owner, queues.add(queue));
    }
    this.routes.invalidate();
  }

  private addBinding(from: Exchange, binding: Binding): void {
    from.add(binding);
    binding.target.incoming.add(binding);
    this.routes.invalidate();
  }

  private removeQueue(queue: Queue): void {
    if (queue.deleted) return;
    queue.deleted = true;
    this.queues.delete(queue.name);
    if (queue.owner !== null) {
      const queues = this.exclusives.get(queue.owner);
      queues?.delete(queue);
      if (queues?.size === 0) this.exclusives.delete(queue.owner);
    }
    if (queue.durable) this.define({ kind: 'queue-deleted', namespace: this.name, name: queue.name });
    for (const binding of [...queue.incoming]) this.removeBinding(binding, false);
    this.routes.invalidate();
    this.retired.add(queue.counters);
    queue.subscription.close();
    for (const log of queue.logs) this.environment.store.drop(log);
    this.environment.turns.wake();
  }

  private removeExchange(exchange: Exchange): void {
    if (exchange.deleted) return;
    exchange.deleted = true;
    this.exchanges.delete(exchange.name);
    if (exchange.durable) this.define({ kind: 'exchange-deleted', namespace: this.name, name: exchange.name });
    for (const binding of [...exchange.outgoing.values()]) this.removeBinding(binding, false);
    for (const binding of [...exchange.incoming]) this.removeBinding(binding, false);
    this.routes.invalidate();
    if (exchange.topic !== null) this.topics.removed(exchange.topic);
    this.environment.turns.wake();
  }

  /** `defined`: its own end is to be journaled; otherwise the deletion of one of its ends says it. */
  private removeBinding(binding: Binding, defined: boolean): void {
    const from = binding.source as Exchange;
    from.remove(binding);
    binding.target.incoming.delete(binding);
    if (defined && binding.durable) this.define(binding.definition(this.name, 'binding-deleted'));
    this.routes.invalidate();
    if (from.autoDelete && from.outgoing.size === 0) this.removeExchange(from);
  }

  private define(definition: Definition): void {
    this.environment.store.define(definition);
    this.environment.turns.wake();
  }

  /** Everything goes; the namespace is not to be used after it. */
  close(): void {
    for (const queue of [...this.queues.values()]) this.removeQueue(queue);
    for (const exchange of [...this.exchanges.values()]) if (!exchange.system) this.removeExchange(exchange);
    this.prepared.close();
  }

  // ── Journal ──

  /** Rebuilds what was durable. `logOf` gives a named log, a new one if the named one is lost. */
  restore(state: NamespaceState, logOf: (id: LogId) => Log): void {
    for (const definition of state.exchanges.values()) {
      const matcher = matcherFor(definition.type);
      const exchange = new Exchange(this, { ...definition, durable: true }, matcher);
      this.exchanges.set(exchange.name, exchange);
    }
    this.topics.restore(state, logOf);
    this.groups.restore(state);
    this.sharings.restore(state);
    for (const definition of state.queues.values()) {
      const logs = definition.logs.map(logOf);
      const traits = { ...definition, durable: true, exclusive: false };
      const queue = new Queue(this.environment, this, ++this.queueIds, traits, logs, null);
      this.addQueue(queue);
      if (!sameIds(definition.logs, logs)) this.define(queue.definition());
    }
    for (const definition of state.bindings.values()) {
      const { source, targetKind, target, key } = definition;
      const from = this.exchanges.get(source);
      const to = targetKind === 'queue' ? this.queues.get(target) : this.exchanges.get(target);
      if (from !== undefined && to !== undefined) {
        this.addBinding(from, new Binding(from, to, key, definition.arguments));
      }
    }
    this.prepared.restore(state, logOf);
  }

  /** What is durable, in an order that can be rebuilt. */
  *definitions(): Generator<Definition> {
    yield { kind: 'namespace', name: this.name };
    for (const exchange of this.exchanges.values())
      if (exchange.durable && !exchange.system) yield exchange.definition();
    yield* this.topics.definitions();
    yield* this.groups.definitions();
    yield* this.sharings.definitions();
    for (const queue of this.queues.values()) if (queue.durable) yield queue.definition();
    for (const exchange of this.exchanges.values()) {
      for (const binding of exchange.outgoing.values()) {
        if (binding.durable) yield binding.definition(this.name, 'binding');
      }
    }
    yield* this.prepared.definitions();
  }

  counters(): Counters {
    const sum = new Counters();
    sum.add(this.retired);
    for (const queue of this.queues.values()) sum.add(queue.counters);
    return sum;
  }

  // ── Checks ──

  private checkLock(queue: Queue, owner: Owner): void {
    if (queue.exclusive && queue.owner !== owner) throw this.error('RESOURCE_LOCKED', 'locked', 'queue', queue.name);
  }

  private error(
    code: CoreError['code'],
    reason: CoreError['facts']['reason'],
    kind: 'queue' | 'exchange',
    name: string,
    more: Partial<CoreError['facts']> = {},
  ): CoreError {
    return new CoreError(code, { reason, kind, name, namespace: this.name, ...more });
  }
}
