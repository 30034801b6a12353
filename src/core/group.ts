/**
 * Group: readers that share a name and, per kept log, a position: the offset of the next message that the group wants.
 *
 * Who is a member and who reads which log is the session's business, and gone with it; positions are durable and are
 * what a group comes back to. A position belongs to a log, not to a name: when a topic is deleted and made anew, its
 * readers begin anew.
 */
import type { Definition } from './definition.ts';
import type { NamespaceState } from './definition-set.ts';
import { CoreError } from './errors.ts';
import type { LogId, Offset } from './ids.ts';
import type { Environment } from './turn.ts';

export interface Position {
  readonly offset: Offset;
  /** The reader's own words, at most `positionMetadataBytesMax`. */
  readonly metadata: string;
  /** Which of its leaders the reader knew the log by; -1: it did not say. */
  readonly epoch: number;
  /** When it was committed; milliseconds since the epoch. */
  readonly at: number;
}

export class Group {
  readonly name: string;
  readonly positions = new Map<LogId, Position>();

  constructor(name: string) {
    this.name = name;
  }
}

export class Groups {
  readonly byName = new Map<string, Group>();
  private readonly environment: Environment;
  private readonly namespace: string;

  constructor(environment: Environment, namespace: string) {
    this.environment = environment;
    this.namespace = namespace;
  }

  /** Notes where `group` goes on in `log`; durable once the group being filled is committed. */
  commit(group: string, log: LogId, offset: Offset, metadata: string, epoch = -1): void {
    const { store, clock, limits, turns } = this.environment;
    let known = this.byName.get(group);
    if (known === undefined) {
      if (this.byName.size >= limits.groupsMax) throw this.limit(group, limits.groupsMax);
      known = new Group(group);
      this.byName.set(group, known);
    }
    const at = clock.now;
    known.positions.set(log, { offset, metadata, epoch, at });
    store.define({ kind: 'position', namespace: this.namespace, group, log, offset, metadata, epoch, at });
    turns.wake();
  }

  /** False if there was none. */
  forget(group: string, log: LogId): boolean {
    const known = this.byName.get(group);
    if (known === undefined || !known.positions.delete(log)) return false;
    if (known.positions.size === 0) this.byName.delete(group);
    this.environment.store.define({ kind: 'position-forgotten', namespace: this.namespace, group, log });
    this.environment.turns.wake();
    return true;
  }

  /** All positions of a group go; false if it has none. */
  delete(group: string): boolean {
    if (!this.byName.delete(group)) return false;
    this.environment.store.define({ kind: 'group-forgotten', namespace: this.namespace, group });
    this.environment.turns.wake();
    return true;
  }

  /** The log is gone; its own end tells the journal. */
  logDropped(log: LogId): void {
    for (const group of this.byName.values()) {
      if (group.positions.delete(log) && group.positions.size === 0) this.byName.delete(group.name);
    }
  }

  restore(state: NamespaceState): void {
    for (const [name, positions] of state.positions) {
      const group = new Group(name);
      for (const { log, offset, metadata, epoch, at } of positions.values())
        group.positions.set(log, { offset, metadata, epoch, at });
      this.byName.set(name, group);
    }
  }

  *definitions(): Generator<Definition> {
    const { namespace } = this;
    for (const { name: group, positions } of this.byName.values()) {
      for (const [log, { offset, metadata, epoch, at }] of positions) {
        yield { kind: 'position', namespace, group, log, offset, metadata, epoch, at };
      }
    }
  }

  private limit(name: string, current: number): CoreError {
    const { namespace } = this;
    return new CoreError('LIMIT', {
      reason: 'limit',
      kind: 'group',
      name,
      namespace,
      argument: 'groupsMax',
      received: current + 1,
      current,
    });
  }
}
