/**
 * DefinitionSet: what a run of definitions adds up to. The store's replay and the broker's restore both fold into it.
 *
 * The last word about a name counts. Because deletions take bindings along and nothing is relative, folding is
 * idempotent, and what is iterated is in an order that can be rebuilt directly: things before their bindings.
 */
import type {
  BindingDefinition,
  Definition,
  ExchangeDefinition,
  LogNoteDefinition,
  Outcome,
  PositionDefinition,
  QueueDefinition,
  ShareDefinition,
  SpanDefinition,
  TargetKind,
  TopicDefinition,
} from './definition.ts';
import { Holds, type HoldTarget, holdsIn } from './holds.ts';
import type { LogId, Offset } from './ids.ts';
import { SharingState } from './sharing-state.ts';
import { TimeSpans } from './time-spans.ts';
import { tableIdentity } from './value.ts';

/** The folded state of one namespace. */
export class NamespaceState {
  readonly exchanges = new Map<string, ExchangeDefinition>();
  readonly queues = new Map<string, QueueDefinition>();
  readonly bindings = new Map<string, BindingDefinition>();
  readonly topics = new Map<string, TopicDefinition>();
  readonly spans = new Map<LogId, TimeSpans>();
  readonly notes = new Map<LogId, Map<string, LogNoteDefinition>>();
  /** By group, then by log. */
  readonly positions = new Map<string, Map<LogId, PositionDefinition>>();
  readonly shares = new Map<string, Map<LogId, SharingState>>();
  readonly holds = new Holds(false);
  readonly decisions = new Map<Offset, Outcome>();
  holdLog: LogId | null = null;

  /** Identities of the bindings at each end: a deletion takes its own along without looking at all others. */
  private readonly ends = new Map<string, Set<string>>();

  bind(binding: BindingDefinition): void {
    const identity = bindingIdentity(binding);
    this.bindings.set(identity, binding);
    for (const end of endsOf(binding)) {
      const identities = this.ends.get(end);
      if (identities === undefined) this.ends.set(end, new Set([identity]));
      else identities.add(identity);
    }
  }

  unbind(identity: string): void {
    const binding = this.bindings.get(identity);
    if (binding === undefined) return;
    this.bindings.delete(identity);
    for (const end of endsOf(binding)) {
      const identities = this.ends.get(end);
      identities?.delete(identity);
      if (identities?.size === 0) this.ends.delete(end);
    }
  }

  /** The exchange is gone, and with it what it kept and what was noted about that. */
  dropTopic(name: string): void {
    const topic = this.topics.get(name);
    if (topic === undefined) return;
    this.topics.delete(name);
    for (const log of topic.logs) {
      this.spans.delete(log);
      this.notes.delete(log);
      for (const group of this.positions.keys()) this.forgetPosition(group, log);
    }
  }

  addSpan(span: SpanDefinition): void {
    const spans = entryOf(this.spans, span.log, () => new TimeSpans());
    spans.trim(span.floor);
    spans.add({ from: span.from, to: span.to, newest: span.newest, bytes: span.bytes, exact: true });
  }

  forgetPosition(group: string, log: LogId): void {
    this.forgetShare(group, log);
    const positions = this.positions.get(group);
    if (positions?.delete(log) && positions.size === 0) this.positions.delete(group);
  }

  move(position: PositionDefinition): void {
    entryOf(this.positions, position.group, () => new Map<LogId, PositionDefinition>()).set(position.log, position);
  }

  addShare(share: ShareDefinition): void {
    const { namespace, group, log, offset, at } = share;
    this.move({ kind: 'position', namespace, group, log, offset, metadata: '', epoch: -1, at });
    const shares = entryOf(this.shares, group, () => new Map<LogId, SharingState>());
    entryOf(shares, log, () => new SharingState()).fold(share);
  }

  forgetShare(group: string, log: LogId): void {
    const shares = this.shares.get(group);
    if (shares?.delete(log) && shares.size === 0) this.shares.delete(group);
  }

  dropBindings(kind: TargetKind, name: string): void {
    for (const identity of [...(this.ends.get(endOf(kind, name)) ?? [])]) this.unbind(identity);
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function* spansOf(namespace: string, all: ReadonlyMap<LogId, TimeSpans>): Generator<SpanDefinition> {
  for (const [log, spans] of all) {
    const floor = spans.list[0]?.from ?? 0;
    for (const { from, to, newest, bytes, exact } of spans.list) {
      if (exact) yield { kind: 'span', namespace, log, floor, from, to, newest, bytes };
    }
  }
}

/** Behind the positions, which they go on from. */
function* sharesOf(namespace: string, state: NamespaceState): Generator<ShareDefinition> {
  for (const [group, shares] of state.shares) {
    for (const [log, share] of shares) {
      const { offset = 0, at = 0 } = state.positions.get(group)?.get(log) ?? {};
      yield* share.definitions({ namespace, group, log, offset, at });
    }
  }
}

/** Where held messages go, then the messages. */
/** Without what they ended: that is over. */
export function* decisionsOf(namespace: string, decisions: Iterable<[Offset, Outcome]>): Generator<Definition> {
  for (const [offset, outcome] of decisions) yield { kind: 'decision', namespace, offset, outcome, ended: 0 };
}

export function* holdDefinitions(namespace: string, holds: Holds): Generator<Definition> {
  for (const [number, target] of holds.numbered()) yield { kind: 'hold-target', namespace, number, ...target };
  for (const rows of holds.rows()) yield { kind: 'hold-rows', namespace, rows };
}

function targetOf({ exchange, key, log, priority, group, name }: HoldTarget): HoldTarget {
  return { exchange, key, log, priority, group, name };
}

function endOf(kind: TargetKind, name: string): string {
  return `${kind}\0${name}`;
}

function endsOf(binding: BindingDefinition): readonly string[] {
  return [endOf('exchange', binding.source), endOf(binding.targetKind, binding.target)];
}

export class DefinitionSet {
  readonly namespaces = new Map<string, NamespaceState>();

  fold(definition: Definition): void {
    if (definition.kind === 'namespace-deleted') {
      this.namespaces.delete(definition.name);
      return;
    }
    const state = this.namespace('namespace' in definition ? definition.namespace : definition.name);
    switch (definition.kind) {
      case 'namespace':
        return;
      case 'exchange':
        state.exchanges.set(definition.name, definition);
        return;
      case 'exchange-deleted':
        state.exchanges.delete(definition.name);
        state.dropBindings('exchange', definition.name);
        state.dropTopic(definition.name);
        return;
      case 'topic':
        state.topics.set(definition.name, definition);
        return;
      case 'span':
        state.addSpan(definition);
        return;
      case 'log-note':
        entryOf(state.notes, definition.log, () => new Map<string, LogNoteDefinition>()).set(
          definition.name,
          definition,
        );
        return;
      case 'position':
        state.forgetShare(definition.group, definition.log);
        state.move(definition);
        return;
      case 'share':
        state.addShare(definition);
        return;
      case 'position-forgotten':
        state.forgetPosition(definition.group, definition.log);
        return;
      case 'group-forgotten':
        state.positions.delete(definition.group);
        state.shares.delete(definition.group);
        return;
      case 'queue':
        state.queues.set(definition.name, definition);
        return;
      case 'queue-deleted':
        state.queues.delete(definition.name);
        state.dropBindings('queue', definition.name);
        return;
      case 'binding':
        state.bind({ ...definition, kind: 'binding' });
        return;
      case 'binding-deleted':
        state.unbind(bindingIdentity(definition));
        return;
      case 'hold-log':
        state.holdLog = definition.log;
        return;
      case 'hold-target':
        state.holds.addTarget(definition.number, targetOf(definition));
        return;
      case 'hold':
        state.holds.put(definition);
        return;
      case 'hold-rows':
        for (const hold of holdsIn(definition.rows)) state.holds.put(hold);
        return;
      case 'hold-ended':
        state.holds.end(definition);
        return;
      case 'decision':
        state.decisions.set(definition.offset, definition.outcome);
        if (definition.ended > 0) state.holds.end({ offset: definition.offset, count: definition.ended });
        return;
      case 'decisions-forgotten':
        for (const offset of definition.offsets) state.decisions.delete(offset);
        return;
      default:
        definition satisfies never;
    }
  }

  /** Every log that is named by what is left. */
  logs(): Set<LogId> {
    const named = new Set<LogId>();
    for (const state of this.namespaces.values()) {
      for (const topic of state.topics.values()) for (const log of topic.logs) named.add(log);
      for (const queue of state.queues.values()) for (const log of queue.logs) named.add(log);
      if (state.holdLog !== null) named.add(state.holdLog);
    }
    return named;
  }

  *[Symbol.iterator](): Generator<Definition> {
    for (const [name, state] of this.namespaces) {
      yield { kind: 'namespace', name };
      yield* state.exchanges.values();
      yield* state.topics.values();
      yield* spansOf(name, state.spans);
      for (const notes of state.notes.values()) yield* notes.values();
      for (const positions of state.positions.values()) yield* positions.values();
      yield* sharesOf(name, state);
      yield* state.queues.values();
      yield* state.bindings.values();
      if (state.holdLog !== null) yield { kind: 'hold-log', namespace: name, log: state.holdLog };
      yield* holdDefinitions(name, state.holds);
      yield* decisionsOf(name, state.decisions);
    }
  }

  private namespace(name: string): NamespaceState {
    let state = this.namespaces.get(name);
    if (state === undefined) {
      state = new NamespaceState();
      this.namespaces.set(name, state);
    }
    return state;
  }
}

/** Two bindings are the same if they agree in everything; a separator that no name can hold keeps the parts apart. */
export function bindingIdentity(binding: Omit<BindingDefinition, 'kind' | 'namespace'>): string {
  const { source, targetKind, target, key } = binding;
  return `${source}\0${targetKind}\0${target}\0${key}\0${tableIdentity(binding.arguments)}`;
}
