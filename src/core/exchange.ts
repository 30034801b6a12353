/**
 * Exchange: where one publishes. Pure routing by its kind's Matcher, into queues and further exchanges; any exchange
 * may also keep what passes through it in logs of its own, chosen by key or by the publisher, and then has a Topic.
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
import type { KeptLog } from './kept-log.ts';
import {
  DirectMatcher,
  FanoutMatcher,
  LOOKS_AT_HEADERS,
  LOOKS_AT_KEY,
  LOOKS_AT_NOTHING,
  type LooksAt,
  type Matcher,
} from './matcher.ts';
import { logOfKey } from './partition.ts';
import type { Queue } from './queue.ts';
import type { Route, Routes } from './route.ts';
import type { Topic } from './topic.ts';
import { TopicTrie } from './topic-trie.ts';
import type { Headers, Table } from './value.ts';

/** The kinds of exchange by their name. More kinds are more rows. */
export const EXCHANGE_KINDS: Readonly<Record<string, () => Matcher>> = {
  direct: () => new DirectMatcher(),
  fanout: () => new FanoutMatcher(),
  topic: () => new TopicTrie(),
  headers: () => new HeadersMatch(),
};

/** What every namespace has from its beginning. */
export const SYSTEM_EXCHANGES: readonly (readonly [name: string, type: string])[] = [
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.topic', 'topic'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
];

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

/** Which of its own logs a message goes to that passes through an exchange. */
const BY_KEY = -1;
const NONE = -2;

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
  /** What it keeps; see `Topics.keep`. */
  topic: Topic | null = null;
  visit = 0;
  deleted = false;

  private readonly keeper: ExchangeKeeper;
  private readonly matcher: Matcher;
  private readonly alternate: string | null;
  private readonly cache = new Map<string, Route>();
  /** Routes that leave its own logs out, and those to one of them for all keys (null: keys make a difference). */
  private readonly boundCache = new Map<string, Route>();
  private readonly wholeCache = new Map<number, Route | null>();
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
    this.freshen();
    return this.cache.get(key) ?? this.find(this.cache, BY_KEY, key, headers);
  }

  /** As `route`, but without its own logs: for a message of a batch that was kept as a whole. */
  boundRoute(key: string, headers: Headers | null): Route {
    this.freshen();
    return this.boundCache.get(key) ?? this.find(this.boundCache, NONE, key, headers);
  }

  /**
   * Where everything goes that a publisher wants in log `index` of the topic, whatever its key and headers; null if
   * these make a difference to a binding. Then the log itself is `keptRoute`, and the rest `boundRoute`.
   */
  wholeRoute(index: number): Route | null {
    this.freshen();
    const known = this.wholeCache.get(index);
    if (known !== undefined) return known;
    const walk = new Walk(this.keeper, '', null);
    walk.from(this, index);
    const route = walk.lookedAt === LOOKS_AT_NOTHING ? this.keeper.routes.to(walk.queues, walk.kept) : null;
    this.wholeCache.set(index, route);
    return route;
  }

  /** To log `index` of its topic, and nowhere else. */
  keptRoute(index: number): Route {
    return this.keeper.routes.to([], [this.topic?.logs[index] as KeptLog]);
  }

  private freshen(): void {
    const { generation } = this.keeper.routes;
    if (this.cachedGeneration === generation) return;
    this.cachedGeneration = generation;
    this.cache.clear();
    this.boundCache.clear();
    this.wholeCache.clear();
  }

  private find(cache: Map<string, Route>, own: number, key: string, headers: Headers | null): Route {
    const { routes } = this.keeper;
    const walk = new Walk(this.keeper, key, headers);
    walk.from(this, own);
    const route = routes.to(walk.queues, walk.kept);
    if (walk.lookedAt !== LOOKS_AT_HEADERS) {
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
    walk.from(this, BY_KEY);
    return walk.lookedAt === LOOKS_AT_HEADERS;
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
    walk.look(this.matcher.looksAt);
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
    };
  }
}

/** One routing through the graph, when no cache knows the answer. A chain of exchanges may be long: no recursion. */
class Walk {
  readonly key: string;
  readonly headers: Headers | null;
  readonly queues: Queue[] = [];
  readonly kept: KeptLog[] = [];
  lookedAt: LooksAt = LOOKS_AT_NOTHING;
  private readonly keeper: ExchangeKeeper;
  private readonly number: number;
  private readonly ahead: Exchange[] = [];

  constructor(keeper: ExchangeKeeper, key: string, headers: Headers | null) {
    this.keeper = keeper;
    this.number = ++keeper.routes.visits;
    this.key = key;
    this.headers = headers;
  }

  /** `own` says which of its own logs `start` keeps it in. */
  from(start: Exchange, own: number): void {
    this.visit(start);
    for (let exchange = this.ahead.pop(); exchange !== undefined; exchange = this.ahead.pop()) {
      const { topic, alternateName } = exchange;
      if (topic !== null) this.keep(topic.logs, exchange === start ? own : BY_KEY);
      if (exchange.spread(this) || topic !== null || alternateName === null) continue;
      const alternate = this.keeper.exchanges.get(alternateName);
      if (alternate !== undefined) this.visit(alternate);
    }
  }

  private keep(logs: readonly KeptLog[], which: number): void {
    if (which === NONE) return;
    if (which === BY_KEY && logs.length > 1) this.look(LOOKS_AT_KEY);
    this.kept.push(logs[which === BY_KEY ? logOfKey(this.key, logs.length) : which] as KeptLog);
  }

  look(at: LooksAt): void {
    if (at > this.lookedAt) this.lookedAt = at;
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
