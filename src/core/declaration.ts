/**
 * Declaration: what is asked for; whether what exists is just that; whether a new name is one that a client may give.
 *
 * The first difference is refused with both sides of it, so that a session can say what its clients expect to read.
 */

import { CoreError, type ErrorKind } from './errors.ts';
import type { LogId } from './ids.ts';
import type { Limits } from './limits.ts';
import type { Log } from './ports.ts';
import { sameValue, type Table, type Value } from './value.ts';

const RESERVED_PREFIX = 'amq.';

export interface ExchangeRequest {
  readonly name: string;
  readonly type: string;
  readonly durable?: boolean;
  readonly autoDelete?: boolean;
  readonly internal?: boolean;
  readonly arguments?: Table;
  /** The arguments that a redeclaration must repeat; all if left out. */
  readonly compared?: readonly string[];
}

export interface QueueRequest {
  readonly name: string;
  readonly durable?: boolean;
  readonly exclusive?: boolean;
  readonly autoDelete?: boolean;
  readonly arguments?: Table;
  /** Priority levels, 1..256; derived by the session from its protocol's argument. */
  readonly levels?: number;
  readonly compared?: readonly string[];
  /** The name is from `freshName`, so that a reserved prefix is in order. */
  readonly generated?: boolean;
}

export interface QueueDeletion {
  readonly ifUnused?: boolean;
  readonly ifEmpty?: boolean;
}

/** What a refusal is about. */
export interface Named {
  readonly kind: ErrorKind;
  readonly name: string;
  readonly namespace: string;
}

/** Compares the fields, then the arguments named in `compared` (all if left out). */
export function checkSame<Field extends string>(
  named: Named,
  fields: readonly Field[],
  received: Readonly<Record<Field, boolean | string>> & { readonly arguments: Table },
  current: Readonly<Record<Field, boolean | string>> & { readonly arguments: Table },
  compared?: readonly string[],
): void {
  for (const field of fields) {
    if (received[field] !== current[field]) throw differs(named, field, received[field], current[field]);
  }
  for (const argument of compared ?? new Set([...received.arguments.keys(), ...current.arguments.keys()])) {
    const [mine, its] = [received.arguments.get(argument), current.arguments.get(argument)];
    if (!sameValue(mine, its)) throw differs(named, argument, mine, its);
  }
}

function differs(named: Named, argument: string, received?: Value, current?: Value): CoreError {
  return new CoreError('PRECONDITION_FAILED', { reason: 'inequivalent', ...named, argument, received, current });
}

export function beyondLimit(limits: Limits, argument: keyof Limits, received: number, named: Named): CoreError {
  return new CoreError('LIMIT', { reason: 'limit', ...named, argument, received, current: limits[argument] });
}

export function checkNewName(named: Named, bytesMax: number): void {
  const { name } = named;
  if (name.startsWith(RESERVED_PREFIX)) throw new CoreError('ACCESS_REFUSED', { reason: 'reserved-name', ...named });
  // UTF-8 takes at most three bytes for a UTF-16 unit; only a name near the limit is counted exactly.
  if (3 * name.length <= bytesMax) return;
  const received = utf8Length(name);
  if (received <= bytesMax) return;
  throw new CoreError('LIMIT', { reason: 'limit', ...named, argument: 'nameBytesMax', received, current: bytesMax });
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Whether the logs are the ones that were named. */
export function sameIds(ids: readonly LogId[], logs: readonly Log[]): boolean {
  return ids.every((id, index) => logs[index]?.id === id);
}
