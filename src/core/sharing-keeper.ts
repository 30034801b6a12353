/**
 * SharingKeeper: what a sharing needs of its surroundings; the namespace's Sharings are it.
 */
import type { Position } from './group.ts';
import type { LogId } from './ids.ts';
import type { KeptLog } from './kept-log.ts';
import type { SharingLimits } from './sharing-limits.ts';
import type { SharedLog } from './sharing-log.ts';
import type { SharingState } from './sharing-state.ts';
import type { Topic } from './topic.ts';
import type { Environment } from './turn.ts';

/** Where a group without a position begins. */
export type Beginning = 'end' | 'start';

/** A sharing as its keeper sees it when it ends. */
export interface EndedSharing {
  readonly group: string;
  readonly topic: Topic;
}

export interface SharingKeeper {
  /** The namespace's. */
  readonly name: string;
  readonly environment: Environment;
  readonly sharingLimits: SharingLimits;
  nextNonce(): number;
  positions(group: string): ReadonlyMap<LogId, Position> | undefined;
  /** Notes a position for a log in which the group has none. */
  begin(group: string, kept: KeptLog, beginning: Beginning): Position;
  /** What is known of the log behind that position. */
  known(group: string, log: LogId, position: Position): SharingState;
  /** The group's position was `from` and is `to`; false if it was another one. */
  move(group: string, log: LogId, from: Position, to: Position): boolean;
  closed(sharing: EndedSharing, shares: Iterable<SharedLog>): void;
}
