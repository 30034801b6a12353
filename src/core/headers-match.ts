/**
 * HeadersMatch: bindings by the values of headers.
 *
 *   x-match        must match           looks at keys starting with `x-`
 *   all (default)  every pair           no
 *   any            at least one         no
 *   all-with-x     every pair           yes, but for x-match itself
 *   any-with-x     at least one         yes, but for x-match itself
 *
 * A void value in the binding asks only whether the header is there. Values are equal by class (see `sameValue`),
 * nested tables and arrays too. Without pairs, `all` matches every message and `any` none.
 */
import type { Binding, Endpoint } from './binding.ts';
import { CoreError } from './errors.ts';
import { LOOKS_AT_HEADERS, LOOKS_AT_NOTHING, type LooksAt, type Matcher } from './matcher.ts';
import { type Headers, sameValue, type Value } from './value.ts';

const MODES = ['all', 'any', 'all-with-x', 'any-with-x'] as const;
type Mode = (typeof MODES)[number];

interface Pattern {
  readonly binding: Binding;
  readonly needsAll: boolean;
  readonly pairs: readonly (readonly [name: string, value: Value])[];
}

export class HeadersMatch implements Matcher {
  private readonly patterns = new Map<Binding, Pattern>();

  get looksAt(): LooksAt {
    return this.patterns.size === 0 ? LOOKS_AT_NOTHING : LOOKS_AT_HEADERS;
  }

  check(binding: Binding): void {
    modeOf(binding);
  }

  add(binding: Binding): void {
    const mode = modeOf(binding);
    const withX = mode === 'all-with-x' || mode === 'any-with-x';
    const pairs = [...binding.arguments].filter(([name]) => name !== 'x-match' && (withX || !name.startsWith('x-')));
    this.patterns.set(binding, { binding, needsAll: mode.startsWith('all'), pairs });
  }

  remove(binding: Binding): void {
    this.patterns.delete(binding);
  }

  match(_key: string, headers: Headers | null, into: Endpoint[]): void {
    for (const pattern of this.patterns.values()) {
      if (matches(pattern, headers)) into.push(pattern.binding.target);
    }
  }
}

function modeOf(binding: Binding): Mode {
  const mode = binding.arguments.get('x-match') ?? 'all';
  if (MODES.includes(mode as Mode)) return mode as Mode;
  throw new CoreError('PRECONDITION_FAILED', {
    reason: 'invalid-argument',
    kind: 'binding',
    name: binding.target.name,
    argument: 'x-match',
    received: mode,
    problem: typeof mode === 'string' ? 'not a way to match' : 'not a string',
  });
}

function matches(pattern: Pattern, headers: Headers | null): boolean {
  for (const [name, wanted] of pattern.pairs) {
    const value = headers?.get(name);
    const same = value !== undefined && (wanted === null || sameValue(wanted, value));
    if (same !== pattern.needsAll) return same;
  }
  return pattern.needsAll;
}
