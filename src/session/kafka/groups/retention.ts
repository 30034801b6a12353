/**
 * GroupRetention: lets go of positions that nobody came back for, and of groups of which nothing is left.
 *
 *   group has members      positions stay; one noted more than a day ago is noted anew
 *   group has none         a position goes when it was noted long enough ago, and the last member left as long ago
 *   neither one nor other  the group is forgotten
 *
 * When members were last there is not durable, but with the renewal the age of a position tells: after a restart it
 * says at most a day too much. Looked at in slices, so that many groups do not hold up a turn.
 */
import type { Group, Groups, Position } from '../../../core/group.ts';
import type { LogId } from '../../../core/ids.ts';
import { Timer } from '../../../core/schedule.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { GroupGround } from './ground.ts';

const NEXT_SLICE_MS = 1;

export class GroupRetention {
  readonly #ground: GroupGround;
  readonly #positions: Groups;
  readonly #groups: Map<string, ClassicGroup>;
  readonly #timer = new Timer(this);
  #round: Iterator<number> | null = null;

  constructor(ground: GroupGround, positions: Groups, groups: Map<string, ClassicGroup>) {
    this.#ground = ground;
    this.#positions = positions;
    this.#groups = groups;
  }

  begin(): void {
    const { schedule, clock, limits } = this.#ground;
    schedule.set(this.#timer, clock.now + limits.retentionCheckMs);
  }

  due(now: number): void {
    const { schedule, limits } = this.#ground;
    this.#round ??= this.#look(now);
    for (let looked = 0; looked < limits.retentionSlice; ) {
      const step = this.#round.next();
      if (step.done === true) {
        this.#round = null;
        schedule.set(this.#timer, now + limits.retentionCheckMs);
        return;
      }
      looked += step.value;
    }
    schedule.set(this.#timer, now + NEXT_SLICE_MS);
  }

  /** Yields how much was looked at. */
  *#look(now: number): Generator<number> {
    for (const group of this.#positions.byName.values()) {
      this.#review(group, now);
      yield 1 + group.positions.size;
    }
    for (const [id, group] of this.#groups) {
      if (!group.isInUse && !this.#positions.byName.has(id)) {
        group.end();
        this.#groups.delete(id);
      }
      yield 1;
    }
  }

  #review({ name, positions }: Group, now: number): void {
    const { limits } = this.#ground;
    const group = this.#groups.get(name);
    if (group !== undefined && group.state !== 'Empty') {
      for (const [log, position] of positions)
        if (now - position.at > limits.renewalMs) this.#renew(name, log, position);
      return;
    }
    const before = now - limits.retentionMs;
    if (group !== undefined && group.emptySince > before) return;
    const expired = [...positions].filter(([, { at }]) => at <= before);
    if (expired.length === positions.size) this.#positions.delete(name);
    else for (const [log] of expired) this.#positions.forget(name, log);
  }

  #renew(name: string, log: LogId, { offset, metadata, epoch }: Position): void {
    this.#positions.commit(name, log, offset, metadata, epoch);
  }
}
