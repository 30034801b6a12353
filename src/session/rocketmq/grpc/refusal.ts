/**
 * Refusal: why a call is not done. A failure is an answer like any other, with a status that says so; gRPC itself only
 * fails when a connection does.
 */
import { CoreError } from '../../../core/errors.ts';
import { CODE, type Code } from '../../../wire/rocketmq/v2/codes.ts';
import type { Status } from '../../../wire/rocketmq/v2/shapes.ts';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: Code;

  constructor(code: Code, text: string) {
    super(text);
    this.code = code;
  }
}

export const OK: Status = { code: CODE.OK, message: 'OK' };

const CORE_CODES: Readonly<Record<CoreError['code'], Code>> = {
  NOT_FOUND: CODE.TOPIC_NOT_FOUND,
  PRECONDITION_FAILED: CODE.BAD_REQUEST,
  ACCESS_REFUSED: CODE.FORBIDDEN,
  RESOURCE_LOCKED: CODE.FORBIDDEN,
  NOT_ALLOWED: CODE.BAD_REQUEST,
  NOT_IMPLEMENTED: CODE.NOT_IMPLEMENTED,
  LIMIT: CODE.TOO_MANY_REQUESTS,
  INVALID: CODE.BAD_REQUEST,
};

/** The status for what was thrown; null if that was a bug of ours. */
export function statusOf(error: unknown): Status | null {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  if (error instanceof CoreError) return { code: CORE_CODES[error.code], message: error.message };
  return null;
}

/** One status for several entries: theirs if they agree. */
export function statusOfAll(statuses: readonly Status[]): Status {
  const [first] = statuses;
  if (first === undefined) return OK;
  if (statuses.every(({ code }) => code === first.code)) return first;
  return { code: CODE.MULTIPLE_RESULTS, message: 'multiple results' };
}
