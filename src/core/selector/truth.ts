/**
 * Truth: SQL's three values. A selector matches only where it is TRUE.
 *
 *   AND  F if any is F, else U if any is U, else T        NOT  T <-> F, U stays
 *   OR   T if any is T, else U if any is U, else F
 */
export const UNKNOWN = -1;
export const FALSE = 0;
export const TRUE = 1;
export type Truth = typeof UNKNOWN | typeof FALSE | typeof TRUE;

export function truthOf(condition: boolean): Truth {
  return condition ? TRUE : FALSE;
}

export function not(truth: Truth): Truth {
  return truth === UNKNOWN ? UNKNOWN : truth === TRUE ? FALSE : TRUE;
}

export function and(a: Truth, b: Truth): Truth {
  if (a === FALSE || b === FALSE) return FALSE;
  return a === TRUE && b === TRUE ? TRUE : UNKNOWN;
}

export function or(a: Truth, b: Truth): Truth {
  if (a === TRUE || b === TRUE) return TRUE;
  return a === FALSE && b === FALSE ? FALSE : UNKNOWN;
}
