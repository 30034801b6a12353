/**
 * Topics: all topics of a namespace; how an exchange becomes one, and what comes back of them after a restart.
 */
import type { Definition, TopicDefinition } from './definition.ts';
import type { NamespaceState } from './definition-set.ts';
import { CoreError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { LogId } from './ids.ts';
import { KEEP_ALL, KeptLog, type KeptLogKeeper, type Retention } from './kept-log.ts';
import type { Log } from './ports.ts';
import { Topic } from './topic.ts';
import type { Environment } from './turn.ts';
import { NO_ARGUMENTS, type Table } from './value.ts';

export interface TopicTraits {
  readonly retention?: Retention;
  readonly settings?: Table;
}

/** The namespace as its topics see it. */
export interface TopicKeeper {
  readonly name: string;
  readonly exchanges: ReadonlyMap<string, Exchange>;
  readonly routes: { invalidate(): void };
  /** A kept log is gone, and what was noted about it elsewhere with it. */
  logDropped(log: LogId): void;
}

export class Topics {
  readonly byName = new Map<string, Topic>();
  private readonly environment: Environment;
  private readonly keeper: TopicKeeper;
  private readonly logKeeper: KeptLogKeeper;

  constructor(environment: Environment, keeper: TopicKeeper) {
    this.environment = environment;
    this.keeper = keeper;
    this.logKeeper = { namespace: keeper.name, store: environment.store, limits: environment.limits };
  }

  /** Makes an exchange a topic of at least `count` logs. The traits are for one that is none yet; see `alter`. */
  keep(exchange: Exchange, count: number, traits: TopicTraits = {}): Topic {
    const { store, limits } = this.environment;
    const topic = exchange.topic ?? new Topic(exchange);
    if (count > limits.exchangeLogsMax) throw this.tooMany(exchange.name, count, limits.exchangeLogsMax);
    if (count <= topic.logs.length) return topic;
    if (exchange.system) throw this.error('ACCESS_REFUSED', 'system-exchange', exchange.name);
    if (exchange.topic === null) {
      exchange.topic = topic;
      topic.retention = traits.retention ?? KEEP_ALL;
      topic.settings = traits.settings ?? NO_ARGUMENTS;
      this.byName.set(exchange.name, topic);
    }
    const logs = [...topic.logs];
    while (logs.length < count) logs.push(new KeptLog(this.logKeeper, store.createLog(exchange.durable)));
    topic.logs = logs;
    this.define(topic);
    this.keeper.routes.invalidate();
    return topic;
  }

  alter(topic: Topic, traits: TopicTraits): void {
    topic.retention = traits.retention ?? topic.retention;
    topic.settings = traits.settings ?? topic.settings;
    this.define(topic);
  }

  /** Its exchange is gone; the deletion of that tells the journal. */
  removed(topic: Topic): void {
    this.byName.delete(topic.name);
    topic.deleted = true;
    for (const kept of topic.logs) {
      this.keeper.logDropped(kept.log.id);
      this.environment.store.drop(kept.log);
      kept.deleted = true;
      kept.advanced();
    }
  }

  /** Releases what is older or more than each topic is to keep. */
  retain(now: number): void {
    let released = false;
    for (const { retention, logs } of this.byName.values()) {
      if (retention.ms < 0 && retention.bytes < 0) continue;
      for (const kept of logs) released = kept.retain(retention, now) || released;
    }
    if (released) this.environment.turns.wake();
  }

  // ── Journal ──

  restore(state: NamespaceState, logOf: (id: LogId) => Log): void {
    const { now } = this.environment.clock;
    for (const definition of state.topics.values()) {
      const exchange = this.keeper.exchanges.get(definition.name);
      if (exchange === undefined) continue;
      const topic = new Topic(exchange);
      exchange.topic = topic;
      topic.retention = { ms: definition.retentionMs, bytes: definition.retentionBytes };
      topic.settings = definition.settings;
      topic.logs = definition.logs.map((id) => {
        const kept = new KeptLog(this.logKeeper, logOf(id));
        kept.restore(state.spans.get(id), state.notes.get(id), now);
        return kept;
      });
      this.byName.set(topic.name, topic);
      if (topic.logs.some((kept, index) => kept.log.id !== definition.logs[index])) this.define(topic);
    }
  }

  *definitions(): Generator<Definition> {
    for (const topic of this.byName.values()) if (topic.home.durable) yield this.definition(topic);
  }

  private define(topic: Topic): void {
    if (topic.home.durable) this.environment.store.define(this.definition(topic));
    this.environment.turns.wake();
  }

  private definition(topic: Topic): TopicDefinition {
    return {
      kind: 'topic',
      namespace: this.keeper.name,
      name: topic.name,
      logs: topic.logs.map((kept) => kept.log.id),
      retentionMs: topic.retention.ms,
      retentionBytes: topic.retention.bytes,
      settings: topic.settings,
    };
  }

  private error(code: CoreError['code'], reason: CoreError['facts']['reason'], name: string): CoreError {
    return new CoreError(code, { reason, kind: 'exchange', name, namespace: this.keeper.name });
  }

  private tooMany(name: string, received: number, current: number): CoreError {
    const { name: namespace } = this.keeper;
    return new CoreError('LIMIT', {
      reason: 'limit',
      kind: 'exchange',
      name,
      namespace,
      argument: 'exchangeLogsMax',
      received,
      current,
    });
  }
}
