/**
 * GroupGround: what all groups stand on. Handed down by the coordinator, once.
 */
import type { Clock } from '../../../core/ports.ts';
import type { Schedule } from '../../../core/schedule.ts';
import type { GroupLimits } from './limits.ts';
import type { GroupMemory } from './memory.ts';

export interface GroupGround {
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly limits: GroupLimits;
  readonly memory: GroupMemory;
  /** A name that begins with `name` and that nobody else was given. */
  newMemberId(name: string): string;
}
