/**
 * The closed union of what can go wrong in the core because of what a peer asked for.
 *
 * A code says which kind of refusal it is; each session maps every code to its own numbers, and a new code breaks the
 * compilation of every session until it is mapped. The reason narrows a code, and the facts are what a session needs to
 * write the text that its clients expect. Texts for clients are never written here:
 *
 *   CoreError('PRECONDITION_FAILED', { reason: 'inequivalent', kind: 'queue', name: 'q', namespace: '/',
 *                                      argument: 'durable', received: false, current: true })
 *   an AMQP session makes of it:  inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but ...
 *
 * Broken invariants are not CoreErrors: they are plain Errors and stop the process.
 */
import type { Value } from './value.ts';

export const ERROR_CODES = [
  'NOT_FOUND',
  'PRECONDITION_FAILED',
  'ACCESS_REFUSED',
  'RESOURCE_LOCKED',
  'NOT_ALLOWED',
  'NOT_IMPLEMENTED',
  'LIMIT',
  'INVALID',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type ErrorReason =
  /** NOT_FOUND: there is no `kind` called `name`. */
  | 'missing'
  /** PRECONDITION_FAILED: redeclared with another `argument`; `undefined` in received or current means "none". */
  | 'inequivalent'
  /** PRECONDITION_FAILED: `argument` has a value that makes no sense; `problem` says why. */
  | 'invalid-argument'
  /** PRECONDITION_FAILED: no exchange kind of that name (in `received`). */
  | 'unknown-kind'
  /** PRECONDITION_FAILED: delete if unused, and it is used. */
  | 'in-use'
  /** PRECONDITION_FAILED: delete if empty, and it is not. */
  | 'not-empty'
  /** PRECONDITION_FAILED: the prepared transaction was decided the other way. */
  | 'decided-otherwise'
  /** NOT_ALLOWED: a decision before the prepared messages were committed. */
  | 'not-prepared'
  /** ACCESS_REFUSED: the default exchange can't be declared, bound or deleted. */
  | 'default-exchange'
  /** ACCESS_REFUSED: pre-declared exchanges can't be deleted. */
  | 'system-exchange'
  /** ACCESS_REFUSED: names starting with `amq.` are not for clients to create. */
  | 'reserved-name'
  /** ACCESS_REFUSED: an internal exchange takes messages from other exchanges only. */
  | 'internal-exchange'
  /** ACCESS_REFUSED: an exclusive consumer has the queue, or an exclusive one wants a queue that has others. */
  | 'exclusive-use'
  /** RESOURCE_LOCKED: an exclusive queue of another session. */
  | 'locked'
  /** LIMIT: `argument` names the limit, `received` the attempt, `current` the limit's value. */
  | 'limit'
  /** INVALID: bytes or JSON that don't decode. */
  | 'malformed'
  /** NOT_IMPLEMENTED: known, and left out; `problem` names it. */
  | 'unsupported';

export type ErrorKind =
  | 'namespace'
  | 'exchange'
  | 'queue'
  | 'group'
  | 'binding'
  | 'consumer'
  | 'transaction'
  | 'value'
  | 'message';

export interface ErrorFacts {
  readonly reason: ErrorReason;
  readonly kind?: ErrorKind;
  readonly name?: string;
  readonly namespace?: string;
  readonly argument?: string;
  readonly received?: Value | number | undefined;
  readonly current?: Value | number | undefined;
  readonly problem?: string;
}

export class CoreError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts) {
    super(detail(code, facts));
    this.name = 'CoreError';
    this.code = code;
    this.facts = facts;
  }
}

/** For logs and stack traces of this project, not for clients. */
function detail(code: ErrorCode, facts: ErrorFacts): string {
  const what = facts.name === undefined ? (facts.kind ?? '') : `${facts.kind ?? 'thing'} '${facts.name}'`;
  const argument = facts.argument === undefined ? '' : ` (${facts.argument})`;
  const problem = facts.problem === undefined ? '' : `: ${facts.problem}`;
  return `${code} ${facts.reason} ${what}${argument}${problem}`.replace(/ +/g, ' ').trim();
}
