/**
 * FilterGroup: the consumers of a subscription that have the same filter, or none, in turn. In each log of the
 * subscription it is a Member of the walk there, with a place of its own.
 */
import type { Filter, Pin } from './filter.ts';
import { Lane } from './lane.ts';

export class FilterGroup {
  readonly filter: Filter | null;
  readonly pin: Pin | null;
  readonly lane = new Lane();
  /** One a log, in the order of the walks. */
  readonly members: readonly Member[];
  consumers = 0;

  constructor(filter: Filter | null, logs: number) {
    this.filter = filter;
    this.pin = filter?.pin ?? null;
    this.members = Array.from({ length: logs }, () => new Member(this));
  }
}

export class Member {
  readonly group: FilterGroup;
  /** What is before it has been looked at, unless it steps with the walk: then what is before the walk. */
  from = 0;
  stepping = false;
  /** Able, and not stepping. */
  waiting = false;

  constructor(group: FilterGroup) {
    this.group = group;
  }
}
