/**
 * Decisions: how transactions ended, remembered so that a repeated decision is answered like the first one.
 *
 *     remember ─▶ [ oldest … newest ]          up to `decisionsMax` and the 256 that are forgotten together
 *
 * Insertion order is age. The oldest are forgotten many at a time: finding the first entry of a Map costs a walk over
 * those that were deleted before it.
 */
import type { Definition, Outcome } from './definition.ts';
import { decisionsOf } from './definition-set.ts';
import type { Offset } from './ids.ts';
import type { Environment } from './turn.ts';

const FORGOTTEN_TOGETHER = 256;

export class Decisions {
  private readonly environment: Environment;
  private readonly namespace: string;
  private readonly outcomes = new Map<Offset, Outcome>();

  constructor(environment: Environment, namespace: string) {
    this.environment = environment;
    this.namespace = namespace;
  }

  /** Of the transaction that began at that offset of the hold log, if that is still known. */
  find(offset: Offset): Outcome | undefined {
    return this.outcomes.get(offset);
  }

  /** Durably. `ended` of its messages were placed or freed by it; 0: they stay to be looked at. */
  remember(offset: Offset, outcome: Outcome, ended: number): void {
    const { namespace, outcomes } = this;
    const { store, limits } = this.environment;
    store.define({ kind: 'decision', namespace, offset, outcome, ended });
    outcomes.set(offset, outcome);
    if (outcomes.size < limits.decisionsMax + FORGOTTEN_TOGETHER) return;
    const offsets: Offset[] = [];
    for (const oldest of outcomes.keys()) {
      if (offsets.push(oldest) === FORGOTTEN_TOGETHER) break;
    }
    for (const oldest of offsets) outcomes.delete(oldest);
    store.define({ kind: 'decisions-forgotten', namespace, offsets });
  }

  restore(decisions: Iterable<[Offset, Outcome]>): void {
    for (const [offset, outcome] of decisions) this.outcomes.set(offset, outcome);
  }

  definitions(): Generator<Definition> {
    return decisionsOf(this.namespace, this.outcomes);
  }

  clear(): void {
    this.outcomes.clear();
  }
}
