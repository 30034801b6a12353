/**
 * The error table: what a peer that waits for an answer is told instead of 200. ZMTP has no refusals of its own for
 * traffic, so they are the three digits that Majordomo's management interface and Titanic use, and a text behind them.
 */
import { CoreError, type ErrorCode } from '../../core/errors.ts';

export const OK = '200';
export const NO_ROUTE = '404';
export const NOT_IMPLEMENTED = '501';

const STATUSES = {
  NOT_FOUND: '404',
  PRECONDITION_FAILED: '412',
  ACCESS_REFUSED: '403',
  RESOURCE_LOCKED: '423',
  NOT_ALLOWED: '405',
  NOT_IMPLEMENTED,
  LIMIT: '413',
  INVALID: '400',
} as const satisfies Record<ErrorCode, string>;

/** Whatever was thrown while a message was taken, as two frames; null for what no peer should be able to cause. */
export function refusalOf(error: unknown): [status: string, text: string] | null {
  return error instanceof CoreError ? [STATUSES[error.code], error.facts.reason] : null;
}
