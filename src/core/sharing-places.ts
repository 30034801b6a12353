/**
 * SharingPlaces: where a sharing is in each log of its topic, following what others do, and what of it is journaled.
 *
 *   follow   logs were added to the topic; somebody else moved the group       before every call
 *   state    what is new, one definition a log                                by a Timer that is due at once
 */
import type { LogId } from './ids.ts';
import type { KeptLog, LogReader } from './kept-log.ts';
import type { CommitWaiter } from './ports.ts';
import { Timer } from './schedule.ts';
import type { Beginning, SharingKeeper } from './sharing-keeper.ts';
import { SharedLog } from './sharing-log.ts';
import type { SharingSlots } from './sharing-slots.ts';
import type { Topic } from './topic.ts';

/** The sharing as its places see it. */
export interface PlacesOwner extends LogReader {
  readonly group: string;
  readonly topic: Topic;
  readonly slots: SharingSlots;
  /** What is known of the log's messages that are out says nothing any more. */
  forget(log: SharedLog): void;
}

export class SharingPlaces {
  /** As its topic numbers them. */
  readonly logs: SharedLog[];
  private readonly keeper: SharingKeeper;
  private readonly owner: PlacesOwner;
  private readonly beginning: Beginning;
  private readonly byId = new Map<LogId, SharedLog>();
  private readonly timer = new Timer({ due: () => this.state() });
  private waiters: CommitWaiter[] = [];

  constructor(keeper: SharingKeeper, owner: PlacesOwner, beginning: Beginning, logs: SharedLog[]) {
    this.keeper = keeper;
    this.owner = owner;
    this.beginning = beginning;
    this.logs = logs;
  }

  /** All that is known is journaled. */
  get isStated(): boolean {
    return !this.timer.set;
  }

  find(log: LogId): SharedLog | undefined {
    return this.byId.get(log);
  }

  // ── Following ──

  follow(): void {
    const { logs, keeper } = this;
    const { topic, group } = this.owner;
    while (logs.length < topic.logs.length) this.add(topic.logs[logs.length] as KeptLog);
    const positions = keeper.positions(group);
    for (const log of logs) {
      const position = positions?.get(log.kept.log.id);
      if (position === undefined || position !== log.position) return this.begin();
    }
  }

  private add(kept: KeptLog): void {
    const log = new SharedLog(kept, this.logs.length, this.owner.slots);
    this.logs.push(log);
    this.byId.set(kept.log.id, log);
    kept.watch(this.owner);
  }

  /** A group that has a position in some log has been here: what it has none in was added to the topic since. */
  private begin(): void {
    const { keeper, logs, beginning } = this;
    const { group } = this.owner;
    const isNew = !logs.some(({ kept }) => keeper.positions(group)?.has(kept.log.id));
    for (const log of logs) {
      const position = keeper.positions(group)?.get(log.kept.log.id);
      if (position !== undefined && position === log.position) continue;
      this.owner.forget(log);
      const begun = position ?? keeper.begin(group, log.kept, isNew ? beginning : 'start');
      log.begin(begun, keeper.known(group, log.kept.log.id, begun));
    }
  }

  // ── Journal ──

  /** The log may have news. */
  note(log: SharedLog): void {
    if (!log.hasNews || this.timer.set) return;
    const { schedule, clock, turns } = this.keeper.environment;
    schedule.set(this.timer, clock.now);
    turns.wake();
  }

  /** Journals what is new, in the group being filled. */
  state(): void {
    const { environment, name: namespace } = this.keeper;
    const { group } = this.owner;
    environment.schedule.cancel(this.timer);
    for (const log of this.logs) {
      if (!log.hasNews || log.position === null) continue;
      const { id } = log.kept.log;
      const position = { offset: log.floor, metadata: '', epoch: -1, at: environment.clock.now };
      // Moved by somebody else since: what we know is out of date.
      if (!this.keeper.move(group, id, log.position, position)) continue;
      log.position = position;
      environment.store.define(log.news({ namespace, group, log: id, offset: log.floor, at: position.at }));
      environment.turns.wake();
    }
    for (const waiter of this.waiters.splice(0)) this.afterFilling(waiter);
  }

  /** Tells `waiter` when all that is known now is durable. */
  whenStated(waiter: CommitWaiter): void {
    if (this.timer.set) this.waiters.push(waiter);
    else this.afterFilling(waiter);
  }

  private afterFilling(waiter: CommitWaiter): void {
    const { store, turns } = this.keeper.environment;
    store.whenCommitted(store.filling, waiter);
    turns.wake();
  }

  /** No more is read or journaled; `dropped`: nor is there anything left to state. */
  end(dropped: boolean): void {
    for (const log of this.logs) log.kept.unwatch(this.owner);
    if (!dropped) return this.state();
    this.keeper.environment.schedule.cancel(this.timer);
    for (const waiter of this.waiters.splice(0)) this.afterFilling(waiter);
  }
}
