/**
 * GroupCoordinator: owns the names of groups. It is shared by all connections, and there is one for every group, so
 * nobody is ever sent to another.
 *
 *   group ─┬─ members, generation, assignment: ClassicGroup, in memory
 *          └─ positions: namespace.groups, durable, keyed by log
 *
 * A group is there if either is; one that is known by its positions alone is empty, and costs nothing more than them.
 * All groups are of Kafka's classic kind; whatever other kinds there will be get their names from here too, because a
 * name is of one kind at a time.
 */
import type { Broker } from '../../../core/broker.ts';
import { CoreError } from '../../../core/errors.ts';
import type { Position } from '../../../core/group.ts';
import type { LogId, Offset } from '../../../core/ids.ts';
import type { Namespace } from '../../../core/namespace.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { codeOf } from '../errors.ts';
import { ClassicGroup, type GroupState } from './classic-group.ts';
import type { GroupGround } from './ground.ts';
import { defaultGroupLimits, type GroupLimits } from './limits.ts';
import type { JoinTerms, JoinWaiter, Leaver, Member, SyncTerms, SyncWaiter } from './member.ts';
import { GroupMemory } from './memory.ts';
import { joinRefusal, syncRefusal } from './outcomes.ts';
import { GroupRetention } from './retention.ts';
import { isSubscribed } from './subscribed-topics.ts';

export interface GroupCoordinatorOptions {
  readonly broker: Broker;
  readonly namespace: Namespace;
  /** A name that begins with `name` and that nobody else was given. */
  newMemberId(name: string): string;
  readonly limits?: Partial<GroupLimits>;
}

/** A group as one looks at it. */
export interface GroupView {
  readonly id: string;
  readonly state: GroupState;
  /** null: nobody ever joined, as far as is known. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly members: Iterable<Member>;
}

/** From this version of OffsetCommit on a client knows that a group may be missing. */
const SAYS_MISSING_VERSION = 9;
const NO_POSITIONS: ReadonlyMap<LogId, Position> = new Map();

export class GroupCoordinator {
  readonly limits: GroupLimits;
  readonly #namespace: Namespace;
  readonly #groupsMax: number;
  readonly #ground: GroupGround;
  readonly #groups = new Map<string, ClassicGroup>();

  constructor({ broker, namespace, newMemberId, limits }: GroupCoordinatorOptions) {
    this.limits = { ...defaultGroupLimits, ...limits };
    this.#namespace = namespace;
    this.#groupsMax = broker.limits.groupsMax;
    const { schedule, clock } = broker;
    const memory = new GroupMemory(this.limits.memberBytesMax);
    this.#ground = { schedule, clock, limits: this.limits, memory, newMemberId };
    new GroupRetention(this.#ground, namespace.groups, this.#groups).begin();
  }

  /** What is kept for all members together, about. */
  get memberBytes(): number {
    return this.#ground.memory.bytes;
  }

  // ── Which groups there are ──

  find(id: string): GroupView | undefined {
    return this.#groups.get(id) ?? (this.#namespace.groups.byName.has(id) ? emptyGroup(id) : undefined);
  }

  *all(): Generator<GroupView> {
    yield* this.#groups.values();
    for (const id of this.#namespace.groups.byName.keys()) if (!this.#groups.has(id)) yield emptyGroup(id);
  }

  /** By log. */
  positionsOf(id: string): ReadonlyMap<LogId, Position> {
    return this.#namespace.groups.byName.get(id)?.positions ?? NO_POSITIONS;
  }

  delete(id: string): number {
    const group = this.find(id);
    if (group === undefined) return ERROR.GROUP_ID_NOT_FOUND;
    if (group.state !== 'Empty') return ERROR.NON_EMPTY_GROUP;
    this.#groups.get(id)?.end();
    this.#groups.delete(id);
    this.#namespace.groups.delete(id);
    return ERROR.NONE;
  }

  // ── Members ──

  join(id: string, terms: JoinTerms, waiter: JoinWaiter): void {
    const fault = this.#faultOfJoin(id, terms);
    if (fault !== ERROR.NONE) return waiter.joined(joinRefusal(fault, terms.memberId));
    const known = this.#groups.get(id);
    if (known !== undefined) return known.join(terms, waiter);
    const group = new ClassicGroup(id, this.#ground);
    group.join(terms, waiter);
    if (group.isInUse) this.#groups.set(id, group);
  }

  sync(id: string, terms: SyncTerms, waiter: SyncWaiter): void {
    if (id === '') return waiter.synced(syncRefusal(ERROR.INVALID_GROUP_ID));
    const group = this.#groups.get(id);
    if (group === undefined) waiter.synced(syncRefusal(ERROR.UNKNOWN_MEMBER_ID));
    else group.sync(terms, waiter);
  }

  heartbeat(id: string, memberId: string, instanceId: string | null, generation: number): number {
    if (id === '') return ERROR.INVALID_GROUP_ID;
    return this.#groups.get(id)?.heartbeat(memberId, instanceId, generation) ?? ERROR.UNKNOWN_MEMBER_ID;
  }

  /** An error code for all of them, or one for each. */
  leave(id: string, leavers: readonly Leaver[]): number | number[] {
    if (id === '') return ERROR.INVALID_GROUP_ID;
    return this.#groups.get(id)?.leave(leavers) ?? leavers.map(() => ERROR.UNKNOWN_MEMBER_ID);
  }

  #faultOfJoin(id: string, { memberId, sessionTimeoutMs }: JoinTerms): number {
    const { limits } = this;
    if (id === '' || id.length > limits.groupIdCharactersMax) return ERROR.INVALID_GROUP_ID;
    if (sessionTimeoutMs < limits.sessionTimeoutMinMs || sessionTimeoutMs > limits.sessionTimeoutMaxMs) {
      return ERROR.INVALID_SESSION_TIMEOUT;
    }
    if (this.#groups.has(id)) return ERROR.NONE;
    if (memberId !== '') return ERROR.UNKNOWN_MEMBER_ID;
    return this.#groups.size < this.#groupsMax ? ERROR.NONE : ERROR.POLICY_VIOLATION;
  }

  // ── Positions ──

  /**
   * Whether a member may commit in the generation it names, or somebody who is none (generation -1, no member id) in a
   * group that has none. A group that is not there comes to be by the commit of such a one.
   */
  admitCommit(id: string, memberId: string, instanceId: string | null, generation: number, version: number): number {
    if (id.length > this.limits.groupIdCharactersMax) return ERROR.INVALID_GROUP_ID;
    const group = this.#groups.get(id);
    if (group !== undefined) return group.admitCommit(memberId, instanceId, generation);
    if (generation < 0) return ERROR.NONE;
    if (this.#namespace.groups.byName.has(id)) return ERROR.UNKNOWN_MEMBER_ID;
    return version >= SAYS_MISSING_VERSION ? ERROR.GROUP_ID_NOT_FOUND : ERROR.ILLEGAL_GENERATION;
  }

  /** Durable once the group being filled is committed. */
  commit(id: string, log: LogId, offset: Offset, metadata: string, epoch: number): number {
    if (metadata.length > this.limits.offsetMetadataCharactersMax) return ERROR.OFFSET_METADATA_TOO_LARGE;
    try {
      this.#namespace.groups.commit(id, log, offset, metadata, epoch);
      return ERROR.NONE;
    } catch (error) {
      if (error instanceof CoreError) return codeOf(error);
      throw error;
    }
  }

  /** Whether positions of a group may be forgotten from outside. */
  admitForgetting(id: string): number {
    const group = this.find(id);
    if (group === undefined) return ERROR.GROUP_ID_NOT_FOUND;
    return group.state === 'Empty' || group.protocolType === 'consumer' ? ERROR.NONE : ERROR.NON_EMPTY_GROUP;
  }

  /** True if there was a position that is now forgotten. */
  forget(id: string, log: LogId): boolean {
    return this.#namespace.groups.forget(id, log);
  }

  isSubscribed(id: string, topic: string): boolean {
    const group = this.#groups.get(id);
    return group !== undefined && isSubscribed(group, topic);
  }
}

function emptyGroup(id: string): GroupView {
  return { id, state: 'Empty', protocolType: null, protocolName: null, members: [] };
}
