/**
 * Route: where a message goes, found once and then held. Publishing over a route that is still current costs one
 * comparison and one append.
 *
 *   (exchange, key, headers) ──▶ Route { queues, kept logs } ──priority──▶ LogSet { durable[], transient[] }
 *
 * Both are interned: two keys that lead to the same queues give the identical Route, and the same logs the identical
 * LogSet, by which the store sees that consecutive messages go the same way. Any change of a namespace's queues,
 * exchanges or bindings raises its generation; a Route of an older one is not `current` and must be asked for again.
 */
import { CoreError } from './errors.ts';
import type { KeptLog } from './kept-log.ts';
import type { Entry, Message, Overlay } from './message.ts';
import type { Log, LogSet } from './ports.ts';
import type { Queue } from './queue.ts';
import { PublishCounters } from './statistics.ts';
import type { Environment } from './turn.ts';

const NO_LOGS: LogSet = { durable: [], transient: [] };

export class Routes {
  readonly environment: Environment;
  readonly counters = new PublishCounters();
  generation = 1;
  /** Numbers the walks through the exchanges. */
  visits = 0;
  private readonly byTargets = new Map<string, Route>();
  private readonly logSets = new Map<string, LogSet>();
  /** For what nobody takes. */
  nowhere: Route;

  constructor(environment: Environment) {
    this.environment = environment;
    this.nowhere = new Route(this, [], []);
  }

  /** Something changed: every route found before is out of date. */
  invalidate(): void {
    this.generation++;
    this.byTargets.clear();
    this.nowhere = new Route(this, [], []);
  }

  to(queues: readonly Queue[], kept: readonly KeptLog[]): Route {
    if (queues.length === 0 && kept.length === 0) return this.nowhere;
    const sorted = queues.length > 1 ? [...queues].sort((a, b) => a.id - b.id) : [...queues];
    let identity = '';
    for (const queue of sorted) identity += `${queue.id},`;
    for (const { log } of kept) identity += `/${log.id}`;
    let route = this.byTargets.get(identity);
    if (route === undefined) {
      if (this.byTargets.size >= this.environment.limits.logSetEntries) this.byTargets.clear();
      route = new Route(this, sorted, kept);
      this.byTargets.set(identity, route);
    }
    return route;
  }

  /** The identical set for the same logs, over all generations: log ids are never reused. */
  logSet(logs: readonly Log[]): LogSet {
    if (logs.length === 0) return NO_LOGS;
    const sorted = [...logs].sort((a, b) => a.id - b.id);
    const identity = sorted.map((log) => log.id).join();
    let set = this.logSets.get(identity);
    if (set === undefined) {
      if (this.logSets.size >= this.environment.limits.logSetEntries) this.logSets.clear();
      set = { durable: sorted.filter((log) => log.durable), transient: sorted.filter((log) => !log.durable) };
      this.logSets.set(identity, set);
    }
    return set;
  }
}

export class Route {
  readonly queues: readonly Queue[];
  /** Logs of exchanges that keep what passes. */
  readonly kept: readonly KeptLog[];
  readonly generation: number;
  private readonly routes: Routes;
  /** By priority, made when first used; one for all if no queue has levels. */
  private readonly sets: (LogSet | undefined)[];

  constructor(routes: Routes, queues: readonly Queue[], kept: readonly KeptLog[]) {
    this.routes = routes;
    this.queues = queues;
    this.kept = kept;
    this.generation = routes.generation;
    let levels = 1;
    for (const queue of queues) levels = Math.max(levels, queue.levels);
    this.sets = new Array(levels).fill(undefined);
  }

  /** Whether it may still be published over. */
  get current(): boolean {
    return this.generation === this.routes.generation;
  }

  /** Nobody takes it: unroutable. */
  get empty(): boolean {
    return this.queues.length === 0 && this.kept.length === 0;
  }

  /** The logs for a message of this priority; above a queue's highest level counts as the highest. */
  set(priority: number): LogSet {
    const level = priority < this.sets.length ? priority : this.sets.length - 1;
    return this.sets[level] ?? this.find(level);
  }

  /** Appends the message wherever the route leads, and says where that was. */
  publish(message: Message): LogSet {
    const { routes } = this;
    const { counters, environment } = routes;
    if (message.length > environment.limits.entryBytesMax)
      throw tooLarge(message.length, environment.limits.entryBytesMax);
    const set = this.set(message.priority);
    counters.published += message.count;
    counters.publishedBytes += message.length;
    if (this.empty) counters.unroutable += message.count;
    else {
      environment.store.append(set, message);
      if (this.kept.length > 0) for (const kept of this.kept) kept.appended(message.timestamp, message.length);
      environment.turns.wake();
    }
    return set;
  }

  /** Puts what was just read from `source` there too, with `overlay` over it. It is resident, so that can't fail. */
  place(source: Log, entry: Entry, priority: number, overlay: Overlay | null = null): void {
    const { counters, environment } = this.routes;
    counters.published += entry.count;
    counters.publishedBytes += entry.end - entry.start;
    if (this.empty) {
      counters.unroutable += entry.count;
      return;
    }
    if (!environment.store.place(this.set(priority), source, entry.offset, overlay)) {
      throw new Error('a resident entry could not be placed');
    }
    for (const kept of this.kept) kept.appended(entry.timestamp, entry.end - entry.start);
    environment.turns.wake();
  }

  /** The same without what was deleted since it was found: for what was routed earlier than it is published. */
  living(): Route {
    if (this.current) return this;
    return this.routes.to(
      this.queues.filter((queue) => !queue.deleted),
      this.kept.filter((kept) => !kept.deleted),
    );
  }

  private find(level: number): LogSet {
    const logs: Log[] = this.kept.map((kept) => kept.log);
    for (const queue of this.queues) logs.push(queue.logs[Math.min(level, queue.levels - 1)] as Log);
    const set = this.routes.logSet(logs);
    this.sets[level] = set;
    return set;
  }
}

function tooLarge(received: number, current: number): CoreError {
  return new CoreError('LIMIT', { reason: 'limit', kind: 'message', argument: 'entryBytesMax', received, current });
}
