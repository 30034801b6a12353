/**
 * Exchange: where one publishes. Pure routing by its kind's Matcher, into queues and further exchanges; any exchange
 * may also keep what passes through it in logs of its own, chosen by key, and is then a topic that is read by offset.
 *
 * Routing walks the graph of exchanges and visits each exchange and each queue at most once, so cycles end and a queue
 * gets one copy however many bindings lead to it. An alternate exchange takes what an exchange's own bindings did
 * not match (a binding to an exchange counts as a match, wherever that leads).
 *
 * Routes are remembered by key in a bounded cache that is dropped when the namespace changes, unless headers were
 * looked at on the way.
 */
import type { Binding, Endpoint } from './binding.ts';
import type { ExchangeDefinition } from './definition.ts';
import { HeadersMatch } from './headers-match.ts';
import { DirectMatcher, FanoutMatcher, type Matcher } from './matcher.ts';
import type { Log } from './ports.ts';
import type { Queue } from './queue.ts';
import type { Route, Routes } from './route.ts';
import { TopicTrie } from './topic-trie.ts';
import type { Headers, Table } from './value.ts';

/** The kinds of exchange by their name. More kinds are more rows. */
export const EXCHANGE_KINDS: Readonly<Record<string, () => Matcher>> = {
  direct: () => new DirectMatcher(),
  fanout: () => new FanoutMatcher(),
  topic: () => new TopicTrie(),
  headers: () => new HeadersMatch(),
};

export function matcherFor(type: string): Matcher {
  const make = EXCHANGE_KINDS[type];
  if (make === undefined) throw new Error(`no exchange kind '${type}'`);
  return make();
}

export interface ExchangeTraits {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Takes messages from other exchanges only. */
  readonly internal: boolean;
  readonly arguments: Table;
}

/** Chooses one of `count` kept logs. Deterministic: a key always comes to the same log. */
export type Partitioner = (key: string, count: number) => number;

/** The namespace as an exchange sees it. */
export interface ExchangeKeeper {
  readonly name: string;
  readonly routes: Routes;
  readonly exchanges: ReadonlyMap<string, Exchange>;
}

export class Exchange implements Endpoint {
  readonly kind = 'exchange';
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
  /** Pre-declared: it can't be deleted. */
  readonly system: boolean;
  readonly incoming = new Set<Binding>();
  readonly outgoing = new Map<string, Binding>();
  /** The logs it keeps; see `Namespace.keep`. */
  kept: readonly Log[] = [];
  partitioner: Partitioner = partitionByHash;
  visit = 0;
  deleted = false;

  private readonly keeper: ExchangeKeeper;
  private readonly matcher: Matcher;
  private readonly alternate: string | null;
  private readonly cache = new Map<string, Route>();
  private cachedGeneration = 0;

  constructor(keeper: ExchangeKeeper, traits: ExchangeTraits, matcher: Matcher, system = false) {
    this.keeper = keeper;
    this.name = traits.name;
    this.type = traits.type;
    this.durable = traits.durable;
    this.autoDelete = traits.autoDelete;
    this.internal = traits.internal;
    this.arguments = traits.arguments;
    this.system = system;
    this.matcher = matcher;
    const alternate = traits.arguments.get('alternate-exchange');
    this.alternate = typeof alternate === 'string' ? alternate : null;
  }

  /** Hold the result as long as it is `current`; with headers exchanges on the way, for this message only. */
  route(key: string, headers: Headers | null): Route {
    const { routes } = this.keeper;
    const { cache } = this;
    if (this.cachedGeneration !== routes.generation) {
      cache.clear();
      this.cachedGeneration = routes.generation;
    }
    const known = cache.get(key);
    if (known !== undefined) return known;
    const walk = new Walk(this.keeper, key, headers);
    walk.from(this);
    const route = routes.to(walk.queues, walk.kept);
    if (!walk.usedHeaders) {
      if (cache.size >= routes.environment.limits.routeCacheEntries) cache.clear();
      cache.set(key, route);
    }
    return route;
  }

  /** Whether the route just found depends on the key alone, so that it may be held from message to message. */
  remembers(key: string): boolean {
    return this.cache.has(key);
  }

  /** Whether a route from here depends on more than the key, so that it can't be held from message to message. */
  routesByHeaders(key: string): boolean {
    const walk = new Walk(this.keeper, key, null);
    walk.from(this);
    return walk.usedHeaders;
  }

  check(binding: Binding): void {
    this.matcher.check?.(binding);
  }

  /** Both ends, the caches and the journal are the namespace's business. */
  add(binding: Binding): void {
    this.outgoing.set(binding.identity, binding);
    this.matcher.add(binding);
  }

  remove(binding: Binding): void {
    if (this.outgoing.delete(binding.identity)) this.matcher.remove(binding);
  }

  /** What one visit contributes; returns whether anything matched. */
  spread(walk: Walk): boolean {
    if (this.matcher.usesHeaders) walk.usedHeaders = true;
    const matched: Endpoint[] = [];
    this.matcher.match(walk.key, walk.headers, matched);
    for (const target of matched) {
      if (target.kind === 'exchange') walk.visit(target as Exchange);
      else walk.take(target as Queue);
    }
    return matched.length > 0;
  }

  get alternateName(): string | null {
    return this.alternate;
  }

  definition(): ExchangeDefinition {
    return {
      kind: 'exchange',
      namespace: this.keeper.name,
      name: this.name,
      type: this.type,
      autoDelete: this.autoDelete,
      internal: this.internal,
      arguments: this.arguments,
      logs: this.kept.map((log) => log.id),
    };
  }
}

/** One routing through the graph, when no cache knows the answer. A chain of exchanges may be long: no recursion. */
class Walk {
  readonly key: string;
  readonly headers: Headers | null;
  readonly queues: Queue[] = [];
  readonly kept: Log[] = [];
  usedHeaders = false;
  private readonly keeper: ExchangeKeeper;
  private readonly number: number;
  private readonly ahead: Exchange[] = [];

  constructor(keeper: ExchangeKeeper, key: string, headers: Headers | null) {
    this.keeper = keeper;
    this.number = ++keeper.routes.visits;
    this.key = key;
    this.headers = headers;
  }

  from(start: Exchange): void {
    this.visit(start);
    for (let exchange = this.ahead.pop(); exchange !== undefined; exchange = this.ahead.pop()) {
      const { kept, alternateName } = exchange;
      if (kept.length > 0) this.kept.push(kept[exchange.partitioner(this.key, kept.length)] as Log);
      if (exchange.spread(this) || kept.length > 0 || alternateName === null) continue;
      const alternate = this.keeper.exchanges.get(alternateName);
      if (alternate !== undefined) this.visit(alternate);
    }
  }

  visit(exchange: Exchange): void {
    if (exchange.visit === this.number) return;
    exchange.visit = this.number;
    this.ahead.push(exchange);
  }

  take(queue: Queue): void {
    if (queue.visit === this.number) return;
    queue.visit = this.number;
    this.queues.push(queue);
  }
}

/** FNV-1a over the key's UTF-16 units. */
export const partitionByHash: Partitioner = (key, count) => {
  if (count === 1) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % count;
};
