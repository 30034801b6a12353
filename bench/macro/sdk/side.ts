/**
 * What both sides of a row can do, so that the loop around it is the same.
 */
export interface Value {
  readonly id: number;
  readonly customer: string;
  readonly text: string;
}

export const DESTINATION = 'bench-orders';
const TEXT = 'a line of an order, as long as such a line is; '.repeat(5);

/** About 300 bytes of JSON. */
export function orderOf(id: number): Value {
  return { id, customer: `customer-${id % 100}`, text: TEXT };
}

export interface Side {
  /** Resolves when the broker has confirmed it. */
  send(value: Value): Promise<void>;
  sendAll(values: readonly Value[]): Promise<void>;
  /** Calls `take` with every value, acknowledges, and has at most `window` messages out. */
  listen(window: number, take: (value: Value) => void): Promise<void>;
}
