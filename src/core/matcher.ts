/**
 * Matcher: how one kind of exchange finds the targets of the bindings that a message matches. Kinds differ in nothing
 * else.
 *
 * `match` may give a target more than once, and in any order: the router visits each only once. What a matcher looks
 * at says how far its answer holds: for this message only, for all with the same key, or for all.
 */
import type { Binding, Endpoint } from './binding.ts';
import type { Headers } from './value.ts';

/** With the bindings that there are now; a later look includes the earlier ones. */
export const LOOKS_AT_NOTHING = 0;
export const LOOKS_AT_KEY = 1;
export const LOOKS_AT_HEADERS = 2;
export type LooksAt = typeof LOOKS_AT_NOTHING | typeof LOOKS_AT_KEY | typeof LOOKS_AT_HEADERS;

export interface Matcher {
  readonly looksAt: LooksAt;
  /** Throws a CoreError for arguments that this kind can't make sense of; changes nothing. */
  check?(binding: Binding): void;
  add(binding: Binding): void;
  remove(binding: Binding): void;
  match(key: string, headers: Headers | null, into: Endpoint[]): void;
}

/** Equal keys. */
export class DirectMatcher implements Matcher {
  private readonly byKey = new Map<string, Binding[]>();

  get looksAt(): LooksAt {
    return this.byKey.size === 0 ? LOOKS_AT_NOTHING : LOOKS_AT_KEY;
  }

  add(binding: Binding): void {
    const bindings = this.byKey.get(binding.key);
    if (bindings === undefined) this.byKey.set(binding.key, [binding]);
    else bindings.push(binding);
  }

  remove(binding: Binding): void {
    const bindings = this.byKey.get(binding.key);
    if (bindings !== undefined && removeFrom(bindings, binding) && bindings.length === 0)
      this.byKey.delete(binding.key);
  }

  match(key: string, _headers: Headers | null, into: Endpoint[]): void {
    const bindings = this.byKey.get(key);
    if (bindings === undefined) return;
    for (const binding of bindings) into.push(binding.target);
  }
}

/** Everything. */
export class FanoutMatcher implements Matcher {
  readonly looksAt = LOOKS_AT_NOTHING;
  private readonly bindings = new Set<Binding>();

  add(binding: Binding): void {
    this.bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.bindings.delete(binding);
  }

  match(_key: string, _headers: Headers | null, into: Endpoint[]): void {
    for (const binding of this.bindings) into.push(binding.target);
  }
}

/** The default exchange: every queue is bound by its name, without a binding. */
export class DefaultMatcher implements Matcher {
  readonly looksAt = LOOKS_AT_KEY;
  private readonly queues: ReadonlyMap<string, Endpoint>;

  constructor(queues: ReadonlyMap<string, Endpoint>) {
    this.queues = queues;
  }

  // Nothing can be bound here: the namespace refuses before it comes to this.
  add(): void {}
  remove(): void {}

  match(key: string, _headers: Headers | null, into: Endpoint[]): void {
    const queue = this.queues.get(key);
    if (queue !== undefined) into.push(queue);
  }
}

/** Swaps the last one in: no matcher promises an order. */
export function removeFrom<T>(items: T[], item: T): boolean {
  const index = items.indexOf(item);
  if (index < 0) return false;
  const last = items.pop() as T;
  if (index < items.length) items[index] = last;
  return true;
}
