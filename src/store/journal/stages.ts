/**
 * Stages: the group being filled, and those that were sealed and go down one after the other.
 *
 *   filling ──seal──▶ [ first, … ] ──written──▶ passed: cleared, and used again
 *
 * Group numbers are dense, so a group is found by how far it is behind the first.
 */
import type { GroupNumber } from '../../core/ports.ts';
import { Stage } from './stage.ts';
import type { SlabPool } from './window.ts';

/** So many groups wait for the disk; then what comes gathers in one. */
const SEALED_MAX = 4;

export class Stages {
  filling: Stage;
  readonly #pool: SlabPool;
  readonly #sealed: Stage[] = [];
  readonly #spare: Stage[] = [];

  constructor(pool: SlabPool) {
    this.#pool = pool;
    this.filling = new Stage(pool);
    this.filling.group = 1;
  }

  /** The next to be written, or the one that is. */
  get first(): Stage | undefined {
    return this.#sealed[0];
  }

  /** Another sealed one would be one too many. */
  get full(): boolean {
    return this.#sealed.length >= SEALED_MAX;
  }

  get payloadBytes(): number {
    let { payloadBytes } = this.filling;
    for (const stage of this.#sealed) payloadBytes += stage.payloadBytes;
    return payloadBytes;
  }

  /** The stage of a group that is not committed yet. */
  of(group: GroupNumber): Stage {
    const { first } = this;
    return first === undefined || group === this.filling.group
      ? this.filling
      : (this.#sealed[group - first.group] as Stage);
  }

  /** Closes the group being filled; the next one begins. */
  seal(): Stage {
    const stage = this.filling;
    if (!stage.trivial) stage.seal();
    this.filling = this.#spare.pop() ?? new Stage(this.#pool);
    this.filling.group = stage.group + 1;
    stage.passSlab(this.filling);
    this.#sealed.push(stage);
    return stage;
  }

  /** The first one is committed. */
  pass(): void {
    const stage = this.#sealed.shift() as Stage;
    stage.clear();
    this.#spare.push(stage);
  }
}
