/**
 * How often a message came back undone: counted in the store, because it must outlive a restart.
 */
import type { Log, Offset, Store } from './ports.ts';

/** `[from, to)` came back once more. Runs of messages that came back equally often are noted as one. */
export function countReturn(store: Store, log: Log, from: Offset, to: Offset): void {
  if (log.returns.size === 0) {
    store.returned(log, from, to, 1);
    return;
  }
  let runFrom = from;
  let attempts = log.returns.attempts(from);
  for (let offset = from + 1; offset <= to; offset++) {
    const other = offset < to ? log.returns.attempts(offset) : -1;
    if (other === attempts) continue;
    store.returned(log, runFrom, offset, attempts + 1);
    runFrom = offset;
    attempts = other;
  }
}
