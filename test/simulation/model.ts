/**
 * Model: what a broker must be, said as simply as possible and independently of it. Plain data, naive loops.
 *
 * Every change is a Step with the commit group it belongs to. So after a crash the model can say what must be there if
 * everything up to group G survived: the state before, plus the steps of groups <= G, less what is not durable.
 */
import { Num, sameValue, type Table } from '../../src/core/value.ts';

export interface ModelMessage {
  readonly id: number;
  readonly persistent: boolean;
  readonly expiresAt: number;
  /** When it becomes visible: with this group in a durable queue, after this turn in another. */
  group: number;
  turn: number;
  attempts: number;
  held: boolean;
}

export interface ModelQueue {
  readonly name: string;
  /** Tells queues of one name apart. */
  readonly incarnation: number;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** By level, lowest first; settled messages are removed. */
  readonly levels: ModelMessage[][];
}

export interface ModelExchange {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly alternate: string | null;
}

export interface ModelBinding {
  readonly source: string;
  readonly targetKind: 'queue' | 'exchange';
  readonly target: string;
  readonly key: string;
  readonly arguments: Table;
  readonly durable: boolean;
}

export interface ModelHold {
  readonly message: ModelMessage;
  readonly exchange: string;
  readonly key: string;
  readonly priority: number;
  /** When it is placed; null: by a decision. */
  readonly due: number | null;
}

export interface ModelState {
  readonly queues: Map<string, ModelQueue>;
  readonly exchanges: Map<string, ModelExchange>;
  bindings: ModelBinding[];
  /** By the offset of the first in the hold log. */
  readonly holds: Map<number, readonly ModelHold[]>;
  readonly decisions: Map<number, 'commit' | 'rollback'>;
}

export type Step =
  | { readonly op: 'queue'; readonly queue: ModelQueue }
  | { readonly op: 'queue-gone'; readonly name: string }
  | { readonly op: 'exchange'; readonly exchange: ModelExchange }
  | { readonly op: 'exchange-gone'; readonly name: string }
  | { readonly op: 'binding'; readonly binding: ModelBinding }
  | { readonly op: 'binding-gone'; readonly binding: ModelBinding }
  | { readonly op: 'put'; readonly queue: string; readonly level: number; readonly message: ModelMessage }
  | { readonly op: 'settle'; readonly queue: string; readonly incarnation: number; readonly id: number }
  | { readonly op: 'return'; readonly queue: string; readonly incarnation: number; readonly id: number }
  | { readonly op: 'hold'; readonly offset: number; readonly holds: readonly ModelHold[] }
  /** A delayed one is over when it was placed: nothing was decided. */
  | { readonly op: 'hold-over'; readonly offset: number }
  | { readonly op: 'decision'; readonly offset: number; readonly outcome: 'commit' | 'rollback' };

export class Model {
  state: ModelState = emptyState();
  private base: ModelState = emptyState();
  private steps: { readonly group: number; readonly step: Step }[] = [];

  record(group: number, step: Step): void {
    this.steps.push({ group, step });
    apply(this.state, structuredCloneStep(step));
  }

  /** What is there after a restart if the groups up to `group` survived. */
  survivors(group: number): ModelState {
    const state = copyState(this.base);
    for (const recorded of this.steps) {
      if (recorded.group <= group) apply(state, structuredCloneStep(recorded.step));
    }
    for (const [name, queue] of state.queues) {
      if (!queue.durable) apply(state, { op: 'queue-gone', name });
      for (const [level, messages] of queue.levels.entries()) {
        queue.levels[level] = messages.filter((message) => message.persistent);
        for (const message of queue.levels[level] as ModelMessage[])
          Object.assign(message, { held: false, group: 0, turn: -1 });
      }
    }
    for (const [name, exchange] of state.exchanges) if (!exchange.durable) apply(state, { op: 'exchange-gone', name });
    state.bindings = state.bindings.filter((binding) => binding.durable);
    return state;
  }

  restart(state: ModelState): void {
    this.base = state;
    this.state = copyState(state);
    this.steps = [];
  }

  queue(name: string, incarnation: number): ModelQueue | undefined {
    const queue = this.state.queues.get(name);
    return queue?.incarnation === incarnation ? queue : undefined;
  }

  /** Names of the queues that a message reaches. */
  route(exchange: string, key: string, headers: Table): string[] {
    const reached = new Set<string>();
    const seen = new Set<string>();
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      if (name === '') {
        if (this.state.queues.has(key)) reached.add(key);
        return;
      }
      const { type, alternate } = this.state.exchanges.get(name) as ModelExchange;
      const matched = this.state.bindings.filter((b) => b.source === name && matches(type, b, key, headers));
      for (const { targetKind, target } of matched) {
        if (targetKind === 'queue') reached.add(target);
        else visit(target);
      }
      if (matched.length === 0 && alternate !== null && (alternate === '' || this.state.exchanges.has(alternate)))
        visit(alternate);
    };
    visit(exchange);
    return [...reached].sort();
  }
}

export function matches(type: string, binding: ModelBinding, key: string, headers: Table): boolean {
  if (type === 'fanout') return true;
  if (type === 'direct') return binding.key === key;
  if (type === 'topic') return topicMatches(binding.key.split('.'), key.split('.'));
  const mode = (binding.arguments.get('x-match') as string | undefined) ?? 'all';
  const pairs = [...binding.arguments].filter(
    ([name]) => name !== 'x-match' && (mode.endsWith('-with-x') || !name.startsWith('x-')),
  );
  const hits = pairs.filter(
    ([name, value]) => headers.has(name) && (value === null || sameValue(value, headers.get(name))),
  );
  return mode.startsWith('all') ? hits.length === pairs.length : hits.length > 0;
}

export function topicMatches(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === '#') {
    for (let skipped = 0; skipped <= words.length; skipped++) if (topicMatches(rest, words.slice(skipped))) return true;
    return false;
  }
  return words.length > 0 && (first === '*' || first === words[0]) && topicMatches(rest, words.slice(1));
}

function apply(state: ModelState, step: Step): void {
  switch (step.op) {
    case 'queue':
      state.queues.set(step.queue.name, step.queue);
      return;
    case 'queue-gone':
      state.queues.delete(step.name);
      state.bindings = state.bindings.filter((b) => b.targetKind !== 'queue' || b.target !== step.name);
      return;
    case 'exchange':
      state.exchanges.set(step.exchange.name, step.exchange);
      return;
    case 'exchange-gone':
      state.exchanges.delete(step.name);
      state.bindings = state.bindings.filter(
        (b) => b.source !== step.name && (b.targetKind !== 'exchange' || b.target !== step.name),
      );
      return;
    case 'binding':
      state.bindings.push(step.binding);
      return;
    case 'binding-gone':
      state.bindings = state.bindings.filter((b) => !sameBinding(b, step.binding));
      return;
    case 'put':
      put(state.queues.get(step.queue), step.level, step.message);
      return;
    case 'settle':
      for (const messages of levelsOf(state, step)) {
        const index = messages.findIndex((message) => message.id === step.id);
        if (index >= 0) messages.splice(index, 1);
      }
      return;
    case 'return':
      for (const messages of levelsOf(state, step)) {
        const message = messages.find(({ id }) => id === step.id);
        if (message !== undefined) {
          message.attempts++;
          message.held = false;
        }
      }
      return;
    case 'hold':
      state.holds.set(step.offset, step.holds);
      return;
    case 'hold-over':
      state.holds.delete(step.offset);
      return;
    case 'decision':
      state.holds.delete(step.offset);
      state.decisions.set(step.offset, step.outcome);
  }
}

function put(queue: ModelQueue | undefined, level: number, message: ModelMessage): void {
  const messages = queue?.levels[level];
  if (queue === undefined || messages === undefined) return;
  messages.push(message);
}

function levelsOf(state: ModelState, step: { readonly queue: string; readonly incarnation: number }): ModelMessage[][] {
  const queue = state.queues.get(step.queue);
  return queue?.incarnation === step.incarnation ? queue.levels : [];
}

export function sameBinding(a: ModelBinding, b: ModelBinding): boolean {
  return (
    a.source === b.source &&
    a.targetKind === b.targetKind &&
    a.target === b.target &&
    a.key === b.key &&
    sameValue(a.arguments, b.arguments)
  );
}

function emptyState(): ModelState {
  return { queues: new Map(), exchanges: new Map(), bindings: [], holds: new Map(), decisions: new Map() };
}

function copyQueue(queue: ModelQueue): ModelQueue {
  return { ...queue, levels: queue.levels.map((messages) => messages.map((message) => ({ ...message }))) };
}

function copyState(state: ModelState): ModelState {
  return {
    queues: new Map([...state.queues].map(([name, queue]) => [name, copyQueue(queue)])),
    exchanges: new Map(state.exchanges),
    bindings: [...state.bindings],
    holds: new Map(state.holds),
    decisions: new Map(state.decisions),
  };
}

/** Steps are kept; what is mutable in them is copied into every state. */
function structuredCloneStep(step: Step): Step {
  if (step.op === 'queue') return { ...step, queue: copyQueue(step.queue) };
  if (step.op === 'put') return { ...step, message: { ...step.message } };
  return step;
}

/** The headers and arguments that the simulation uses. */
export const HEADER_VALUES = [
  new Num('int32', 1),
  new Num('int8', 1),
  new Num('int64', 2),
  'red',
  'blue',
  true,
  new Map([['deep', 'er']]),
];
