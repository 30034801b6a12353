/**
 * What can be wrong with a selector, as CoreErrors about the argument `selector`.
 *
 * The problem's text is written for whoever wrote the selector, and sessions pass it on as it is: it says where,
 * counted in characters from 1, and what.
 */
import { CoreError } from '../errors.ts';

/** At most that much of what somebody wrote is repeated to him. */
const EXCERPT_CHARACTERS_MAX = 40;

/** It can't be understood. */
export function malformed(position: number, problem: string): CoreError {
  return about('INVALID', 'malformed', position, problem);
}

/** It can be understood, and is left out. */
export function unsupported(position: number, problem: string): CoreError {
  return about('NOT_IMPLEMENTED', 'unsupported', position, problem);
}

/** It is more than we are willing to evaluate. `limit` is the limit's name. */
export function beyond(limit: string, received: number, current: number): CoreError {
  return new CoreError('LIMIT', { reason: 'limit', argument: limit, received, current });
}

export function excerpt(text: string): string {
  return text.length <= EXCERPT_CHARACTERS_MAX ? text : `${text.slice(0, EXCERPT_CHARACTERS_MAX)}...`;
}

function about(
  code: 'INVALID' | 'NOT_IMPLEMENTED',
  reason: 'malformed' | 'unsupported',
  position: number,
  what: string,
): CoreError {
  const problem = `selector, character ${position + 1}: ${what}`;
  return new CoreError(code, { reason, argument: 'selector', problem });
}
