/**
 * The two sorts of node that a selector is made of. The parser builds them once; for each message they are asked again,
 * and answer without allocating.
 */
import type { Headers } from '../value.ts';
import type { Operand } from './operand.ts';
import type { Truth } from './truth.ts';

/** Something that is worth a value. */
export interface Term {
  /** The node's own operand, filled for this message and valid until the same node is asked again. */
  load(headers: Headers): Operand;
}

/** Something that is true, false or unknown. */
export interface Condition {
  test(headers: Headers): Truth;
}
