/**
 * Api: a request's code, its ext fields and those of its answer; what the files under apis/ consist of.
 *
 *     const { topic, queueId } = getMaxOffset.request.read(command.fields)
 *     writeAnswer(writer, command, getMaxOffset.answer, { offset })
 *
 * Any request may also carry the fields of `anyRequest`.
 */

import type { RequestCode } from './request-codes.ts';
import { type Fields, flag, type HeaderShape, shape, text } from './schema.ts';

export interface Api<Q extends Fields = Fields, A extends Fields = Fields> {
  readonly code: RequestCode;
  readonly request: HeaderShape<Q>;
  readonly answer: HeaderShape<A>;
}

/** `answer` is left out where there are no fields in it, or no answer. */
export function api<Q extends Fields, A extends Fields = Record<never, never>>(
  code: RequestCode,
  request: Q,
  answer?: A,
): Api<Q, A> {
  return { code, request: shape(request), answer: shape(answer ?? ({} as A)) };
}

/** What may ride on every request: the namespace of version 2, the broker that is meant, and who signed it. */
export const anyRequest = shape({
  ns: text.optional(),
  nsd: flag.or(false),
  bname: text.optional(),
  oway: flag.or(false),
  lo: flag.optional(),
  AccessKey: text.optional(),
  Signature: text.optional(),
  SecurityToken: text.optional(),
});
