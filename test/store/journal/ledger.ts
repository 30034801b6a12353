/**
 * What a journal was told, group by group, so that any moment of its history can be computed again.
 *
 * A group is all or nothing, and groups become durable in order. So after a crash there must be one group number G, not
 * below the last one that was confirmed, such that every log holds exactly what groups 1 to G add up to.
 */
export type Operation =
  | {
      readonly kind: 'append' | 'place';
      readonly logs: readonly number[];
      readonly id: number;
      readonly persistent: boolean;
    }
  | { readonly kind: 'release'; readonly log: number; readonly from: number; readonly to: number }
  | { readonly kind: 'create' | 'drop'; readonly log: number };

interface Kept {
  readonly offset: number;
  readonly id: number;
  readonly persistent: boolean;
}

/** What a log holds, in order, and the offset that comes next. */
interface LogState {
  next: number;
  kept: Kept[];
}

/** What was read from each durable log: `offset:id` in order, then `end:offset`. */
export type Found = Map<number, string[]>;

type State = Map<number, LogState>;

export class Ledger {
  /** State before the first group that is still open to doubt. */
  #base: State = new Map();
  #groups: Operation[][] = [];
  #firstGroup = 1;

  note(group: number, operation: Operation): void {
    const index = group - this.#firstGroup;
    while (this.#groups.length <= index) this.#groups.push([]);
    this.#groups[index]!.push(operation);
  }

  /** Groups up to `group` are confirmed: they are no longer in doubt. */
  confirm(group: number): void {
    while (this.#firstGroup <= group) {
      apply(this.#base, this.#groups.shift() ?? []);
      this.#firstGroup++;
    }
  }

  /** What is confirmed, as it would be read after a restart. */
  get confirmed(): Found {
    return readable(withoutTransient(this.#base));
  }

  /**
   * After a crash: which groups beyond the confirmed ones survived? Answers how many, or null if no number explains
   * what was found. The ledger goes on from that state, with group numbers from 1 again.
   */
  survived(found: Found): number | null {
    const state = copy(this.#base);
    for (let beyond = 0; beyond <= this.#groups.length; beyond++) {
      if (beyond > 0) apply(state, this.#groups[beyond - 1]!);
      const persistent = withoutTransient(state);
      if (!same(readable(persistent), found)) continue;
      this.#base = persistent;
      this.#groups = [];
      this.#firstGroup = 1;
      return beyond;
    }
    return null;
  }
}

/** What is added comes in its order, and before releases, whatever the order in the group: as in the journal. */
function apply(state: State, operations: readonly Operation[]): void {
  for (const kinds of [['create'], ['append', 'place'], ['release'], ['drop']]) {
    for (const operation of operations) {
      if (!kinds.includes(operation.kind)) continue;
      if (operation.kind === 'create') state.set(operation.log, { next: 0, kept: [] });
      else if (operation.kind === 'drop') state.delete(operation.log);
      else if (operation.kind === 'release') {
        const log = state.get(operation.log);
        if (log !== undefined)
          log.kept = log.kept.filter(({ offset }) => offset < operation.from || offset >= operation.to);
      } else if ('logs' in operation) {
        const { id, persistent } = operation;
        for (const name of operation.logs) {
          const log = state.get(name);
          log?.kept.push({ offset: log.next++, id, persistent });
        }
      }
    }
  }
}

function copy(state: State): State {
  return new Map([...state].map(([log, { next, kept }]) => [log, { next, kept: [...kept] }]));
}

function withoutTransient(state: State): State {
  return new Map(
    [...state].map(([log, { next, kept }]) => [log, { next, kept: kept.filter(({ persistent }) => persistent) }]),
  );
}

function readable(state: State): Found {
  return new Map(
    [...state].map(([log, { next, kept }]) => [
      log,
      [...kept.map(({ offset, id }) => `${offset}:${id}`), `end:${next}`],
    ]),
  );
}

function same(one: Found, other: Found): boolean {
  if (one.size !== other.size) return false;
  for (const [log, entries] of one) if (entries.join() !== other.get(log)?.join()) return false;
  return true;
}
