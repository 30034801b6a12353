/**
 * Resource: one path of the API as a function from the broker to what is sent as JSON.
 */
import type { Namespace } from '../../core/namespace.ts';
import { Num, type Table, type Value } from '../../core/value.ts';
import type { User } from '../credentials.ts';
import type { View } from '../view.ts';

export interface Selection {
  readonly vhost?: string;
  readonly name?: string;
  /** How much of a long list, and from where on. */
  readonly after?: string;
  readonly limit?: string;
}

export type Resource = (view: View, selection: Selection, user: User) => unknown;

/** Answered as 404. */
export class NotFound extends Error {}

/** The namespace that was asked for, or all of them. */
export function namespacesOf(view: View, { vhost }: Selection): readonly Namespace[] {
  const { namespaces } = view.broker;
  if (vhost === undefined) return [...namespaces.values()];
  const namespace = namespaces.get(vhost);
  if (namespace === undefined) throw new NotFound();
  return [namespace];
}

/** What clients know this broker by where RabbitMQ names an Erlang node. */
export const NODE_NAME = 'dragoman@localhost';

export function plainTable(table: Table): Record<string, unknown> {
  return Object.fromEntries([...table].map(([key, value]) => [key, plain(value)]));
}

function plain(value: Value): unknown {
  if (value instanceof Num)
    return typeof value.value === 'bigint' ? value.value.toString() : value.value / 10 ** value.scale;
  if (value instanceof Map) return plainTable(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return Array.isArray(value) ? value.map(plain) : value;
}
