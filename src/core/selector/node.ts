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

/** A name that has to be a text for the whole to be true. */
export interface Pinned {
  readonly name: string;
  readonly text: string;
}

/** Something that is true, false or unknown. */
export interface Condition {
  /** Only if there is one that is easily seen. */
  readonly pinned?: Pinned | null;
  test(headers: Headers): Truth;
}
