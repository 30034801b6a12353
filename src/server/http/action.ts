/**
 * Action: a request of the API that changes something. It is carried out by the core like any client's, and answered
 * when the change is durable.
 */
import * as v from 'valibot';
import { CoreError } from '../../core/errors.ts';
import type { GroupNumber } from '../../core/ids.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { View } from '../view.ts';
import { NotFound } from './resource.ts';

/** Parts of the path, by name. */
export type Place = Readonly<Record<string, string>>;

export type Action = (view: View, place: Place, body: unknown) => Promise<unknown>;

/** Answered with this status, and the message as the reason. */
export class Refused extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Runs what the core may refuse. */
export function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const { reason, argument, current } = error.facts;
    if (error.code === 'NOT_FOUND') throw new NotFound();
    const limit = argument === undefined ? '' : ` (${argument}: ${String(current)})`;
    throw new Refused(error.code === 'PRECONDITION_FAILED' ? 409 : 400, `${reason}${limit}`);
  }
}

/** What was sent, if it is of the shape that is wanted. */
export function parsed<Output>(schema: v.GenericSchema<unknown, Output>, body: unknown): Output {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Refused(400, `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}

export function namespaceAt(view: View, { vhost }: Place): Namespace {
  const namespace = view.broker.namespaces.get(vhost ?? '');
  if (namespace === undefined) throw new NotFound();
  return namespace;
}

/** Resolves when the group is committed; 0 = long before. */
export function committed({ broker }: View, group: GroupNumber): Promise<void> {
  return new Promise((resolve) => {
    if (group === 0) resolve();
    else broker.store.whenCommitted(group, { committed: () => resolve() });
  });
}
