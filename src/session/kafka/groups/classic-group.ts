/**
 * ClassicGroup: members that divide work among themselves in rounds, each of which makes a new generation.
 *
 *              join                     all joined, or deadline              leader's sync
 *     Empty ─────────▶ PreparingRebalance ────────▶ CompletingRebalance ──────────────────▶ Stable
 *       ▲                 │        ▲                        │ join, leave, silence,           │
 *       └─────────────────┘        └────────────────────────┴─ no sync by the deadline ───────┘
 *           nobody is left                                                                      Dead: deleted
 *
 * In *preparing*, joins wait until every member has come again and everybody who was given an id has come with it. The
 * deadline is the longest rebalance timeout of them; who has not come by then is out (a static member stays until its
 * session ends). Then all joins are answered: one member leads, is told of the others, and brings the assignment with
 * its sync, for which the others' syncs wait in *completing*.
 *
 * The first round ends in the broker's next turn, so members that come together need no second one.
 *
 * Membership is not durable: after a restart nobody is known, and clients join again by themselves. Whoever waits for
 * an answer is in the Roster, behind an interface; refusals are Kafka's error codes.
 */
import { Timer } from '../../../core/schedule.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { GroupGround } from './ground.ts';
import {
  type JoinTerms,
  type JoinWaiter,
  type Leaver,
  type Member,
  type MemberKeeper,
  NO_BYTES,
  type SyncOutcome,
  type SyncTerms,
  type SyncWaiter,
} from './member.ts';
import { bytesOfTerms } from './memory.ts';
import { joinRefusal, joinResult, syncRefusal } from './outcomes.ts';
import { Roster } from './roster.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export class ClassicGroup implements MemberKeeper {
  readonly id: string;
  readonly roster: Roster;
  state: GroupState = 'Empty';
  /** When the last member was gone; 0 if none was seen. */
  emptySince = 0;
  generation = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  /** The first round, whose end is the next turn. */
  #opening = false;
  readonly #ground: GroupGround;
  /** When preparing or completing is over. */
  readonly #deadline = new Timer(this);

  constructor(id: string, ground: GroupGround) {
    this.id = id;
    this.#ground = ground;
    this.roster = new Roster(ground.schedule, ground.memory);
  }

  get members(): Iterable<Member> {
    return this.roster.members.values();
  }

  /** It has members, or expects some. */
  get isInUse(): boolean {
    return this.state !== 'Empty' || this.roster.pending > 0;
  }

  // ── Joining ──

  join(terms: JoinTerms, waiter: JoinWaiter): void {
    const { memberId } = terms;
    if (!this.#hasRoomFor(terms)) {
      if (this.roster.meet(memberId)) this.#lookForEnd();
      waiter.joined(joinRefusal(ERROR.GROUP_MAX_SIZE_REACHED, ''));
    } else if (!this.#speaks(terms)) waiter.joined(joinRefusal(ERROR.INCONSISTENT_GROUP_PROTOCOL, memberId));
    else if (memberId === '') this.#joinNew(terms, waiter);
    else if (terms.instanceId === null && this.roster.meet(memberId)) this.#admit(memberId, terms, waiter);
    else this.#joinAgain(terms, waiter);
  }

  #joinNew(terms: JoinTerms, waiter: JoinWaiter): void {
    const { instanceId, clientId, idFirst, sessionTimeoutMs } = terms;
    const { newMemberId, clock } = this.#ground;
    const memberId = newMemberId(instanceId ?? clientId);
    if (instanceId !== null) {
      const known = this.roster.byInstance(instanceId);
      if (known === undefined) this.#admit(memberId, terms, waiter);
      else this.#replace(known, memberId, terms, waiter);
    } else if (idFirst) {
      this.roster.expect(memberId, clock.now + sessionTimeoutMs, () => this.#lookForEnd());
      waiter.joined(joinRefusal(ERROR.MEMBER_ID_REQUIRED, memberId));
    } else this.#admit(memberId, terms, waiter);
  }

  #admit(memberId: string, terms: JoinTerms, waiter: JoinWaiter): void {
    const { roster } = this;
    if (roster.size === 0) this.protocolType = terms.protocolType;
    const member = roster.add(this, memberId, terms.instanceId, terms);
    this.#waitForRound(member, waiter);
    this.#prepare();
  }

  #joinAgain(terms: JoinTerms, waiter: JoinWaiter): void {
    const { memberId, instanceId, protocols } = terms;
    const fault = this.roster.faultOf(memberId, instanceId);
    if (fault !== ERROR.NONE) return waiter.joined(joinRefusal(fault, memberId));
    const member = this.roster.members.get(memberId) as Member;
    const leads = member === this.roster.leader;
    if (this.state !== 'PreparingRebalance' && member.saysAgain(protocols)) {
      // A leader that comes again when all is settled wants another round: what it assigns by has changed. Otherwise
      // the answer to its last join was lost, or it has nothing new to say.
      if (this.state === 'CompletingRebalance' || !leads) {
        this.#heard(member);
        return waiter.joined(joinResult(this, member, leads));
      }
    }
    this.roster.update(member, terms);
    this.#waitForRound(member, waiter);
    this.#prepare();
  }

  /** A static member started anew: it takes its own old place, and the others need not notice. */
  #replace(member: Member, memberId: string, terms: JoinTerms, waiter: JoinWaiter): void {
    const { roster } = this;
    const oldId = member.id;
    const leaderBefore = roster.leader?.id ?? '';
    roster.answerJoin(member, joinRefusal(ERROR.FENCED_INSTANCE_ID, oldId));
    roster.answerSync(member, syncRefusal(ERROR.FENCED_INSTANCE_ID));
    roster.rename(member, memberId);
    roster.update(member, terms);
    this.#heard(member);
    if (this.state !== 'Stable' || roster.elect() !== this.protocolName) {
      this.#waitForRound(member, waiter);
      this.#prepare();
      return;
    }
    // A leader that can't be told to keep the assignment is told that its former self leads.
    const leads = member === roster.leader;
    if (terms.maySkipAssignment) waiter.joined({ ...joinResult(this, member, leads), skipAssignment: leads });
    else waiter.joined({ ...joinResult(this, member, false), leader: leaderBefore });
  }

  #waitForRound(member: Member, waiter: JoinWaiter): void {
    const { schedule, clock, limits } = this.#ground;
    this.roster.waitForJoin(member, waiter, joinRefusal(ERROR.REBALANCE_IN_PROGRESS, member.id));
    if (member.isNew) schedule.set(member.timer, clock.now + limits.newMemberMs);
  }

  #hasRoomFor(terms: JoinTerms): boolean {
    const { roster } = this;
    const { limits, memory } = this.#ground;
    if (!memory.hasRoomFor(bytesOfTerms(terms))) return false;
    if (roster.members.has(terms.memberId)) return true;
    const expected = terms.memberId === '' ? roster.pending : 0;
    return roster.size + expected < limits.membersMax;
  }

  #speaks(terms: JoinTerms): boolean {
    if (this.roster.size === 0) return terms.protocolType !== '' && terms.protocols.length > 0;
    return terms.protocolType === this.protocolType && this.roster.hasProtocolIn(terms);
  }

  // ── Rounds ──

  /** A round begins, unless one has begun; it ends at once if all are there. */
  #prepare(): void {
    if (this.state === 'PreparingRebalance') return this.#lookForEnd();
    const { schedule, clock } = this.#ground;
    if (this.state === 'CompletingRebalance') this.#releaseSyncs(ERROR.REBALANCE_IN_PROGRESS);
    this.#opening = this.state === 'Empty';
    this.state = 'PreparingRebalance';
    schedule.set(this.#deadline, clock.now + (this.#opening ? 0 : this.roster.rebalanceTimeoutMs));
    this.#lookForEnd();
  }

  #lookForEnd(): void {
    if (this.state !== 'PreparingRebalance') return;
    if (this.roster.size === 0 || (this.roster.allJoined && !this.#opening)) this.#endRound();
  }

  /** The deadline of this state. */
  due(now: number): void {
    if (this.state === 'PreparingRebalance') {
      const opening = this.#opening;
      this.#opening = false;
      if (!opening || this.roster.allJoined) this.#endRound();
      else this.#ground.schedule.set(this.#deadline, now + this.roster.rebalanceTimeoutMs);
    } else if (this.roster.unsynced > 0) {
      for (const member of [...this.roster.members.values()]) if (member.unsynced) this.#remove(member);
      this.#prepare();
    }
  }

  #endRound(): void {
    const { roster } = this;
    const { schedule, clock } = this.#ground;
    for (const member of [...roster.members.values()]) {
      if (member.joining === null && member.instanceId === null) this.#remove(member);
    }
    if (roster.size > 0 && roster.joining === 0) {
      // Static members that nobody heard of since: their sessions decide.
      schedule.set(this.#deadline, clock.now + roster.rebalanceTimeoutMs);
      return;
    }
    this.generation++;
    if (roster.size === 0) return this.#becomeEmpty();
    this.state = 'CompletingRebalance';
    this.protocolName = roster.elect();
    roster.chooseLeader();
    schedule.set(this.#deadline, clock.now + roster.rebalanceTimeoutMs);
    for (const member of roster.members.values()) {
      roster.expectSync(member);
      if (!roster.answerJoin(member, joinResult(this, member, member === roster.leader))) continue;
      member.isNew = false;
      this.#heard(member);
    }
  }

  #becomeEmpty(): void {
    const { schedule, clock } = this.#ground;
    this.state = 'Empty';
    this.protocolName = null;
    this.emptySince = clock.now;
    schedule.cancel(this.#deadline);
  }

  // ── Syncing ──

  sync(terms: SyncTerms, waiter: SyncWaiter): void {
    const fault = this.#faultOfSync(terms);
    if (fault !== ERROR.NONE) return waiter.synced(syncRefusal(fault));
    const { roster } = this;
    const member = roster.members.get(terms.memberId) as Member;
    roster.synced(member);
    if (this.state === 'CompletingRebalance') {
      roster.waitForSync(member, waiter, syncRefusal(ERROR.REBALANCE_IN_PROGRESS));
      if (member === roster.leader) this.#assign(terms);
    } else {
      this.#heard(member);
      waiter.synced(this.#assignmentOf(member));
    }
    if (roster.unsynced === 0 && this.state === 'Stable') this.#ground.schedule.cancel(this.#deadline);
  }

  #assign({ assignments }: SyncTerms): void {
    const { roster } = this;
    let bytes = 0;
    for (const { assignment } of assignments) bytes += assignment.length;
    if (!this.#ground.memory.hasRoomFor(bytes)) {
      this.#releaseSyncs(ERROR.UNKNOWN_SERVER_ERROR);
      return this.#prepare();
    }
    for (const member of roster.members.values()) member.assignment = NO_BYTES;
    for (const { memberId, assignment } of assignments) {
      const member = roster.members.get(memberId);
      if (member !== undefined) member.assignment = assignment;
    }
    this.state = 'Stable';
    for (const member of roster.members.values()) {
      roster.measure(member);
      if (member.syncing === null) continue;
      this.#heard(member);
      roster.answerSync(member, this.#assignmentOf(member));
    }
  }

  #assignmentOf({ assignment }: Member): SyncOutcome {
    const { protocolType, protocolName } = this;
    return { errorCode: ERROR.NONE, protocolType, protocolName, assignment };
  }

  /** Whoever waits for an assignment is told why none comes, and the last one counts no more. */
  #releaseSyncs(errorCode: number): void {
    const { roster } = this;
    for (const member of roster.members.values()) {
      member.assignment = NO_BYTES;
      roster.measure(member);
      if (roster.answerSync(member, syncRefusal(errorCode))) this.#heard(member);
    }
  }

  #faultOfSync(terms: SyncTerms): number {
    const fault = this.roster.faultOf(terms.memberId, terms.instanceId) || this.#faultOfGeneration(terms.generation);
    if (fault !== ERROR.NONE) return fault;
    if (differs(terms.protocolType, this.protocolType) || differs(terms.protocolName, this.protocolName)) {
      return ERROR.INCONSISTENT_GROUP_PROTOCOL;
    }
    return this.state === 'PreparingRebalance' ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  // ── Signs of life, and leaving ──

  heartbeat(memberId: string, instanceId: string | null, generation: number): number {
    const fault = this.roster.faultOf(memberId, instanceId) || this.#faultOfGeneration(generation);
    if (fault !== ERROR.NONE) return fault;
    this.#heard(this.roster.members.get(memberId) as Member);
    return this.state === 'PreparingRebalance' ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  /** Whether offsets may be committed in the name of a member, or of none. A commit is a sign of life too. */
  admitCommit(memberId: string, instanceId: string | null, generation: number): number {
    if (generation < 0 && this.state === 'Empty') return ERROR.NONE;
    if (generation < 0 && memberId === '' && instanceId === null) return ERROR.UNKNOWN_MEMBER_ID;
    const fault = this.roster.faultOf(memberId, instanceId) || this.#faultOfGeneration(generation);
    if (fault !== ERROR.NONE) return fault;
    if (this.state === 'CompletingRebalance') return ERROR.REBALANCE_IN_PROGRESS;
    this.#heard(this.roster.members.get(memberId) as Member);
    return ERROR.NONE;
  }

  /** An error code for each of them. */
  leave(leavers: readonly Leaver[]): number[] {
    const before = this.roster.size;
    const codes = leavers.map((leaver) => this.#leave(leaver));
    if (this.roster.size < before) this.#prepare();
    else this.#lookForEnd();
    return codes;
  }

  #leave({ memberId, groupInstanceId }: Leaver): number {
    const { roster } = this;
    if (memberId !== '' && roster.meet(memberId)) return ERROR.NONE;
    const named = memberId === '' && groupInstanceId !== null ? roster.byInstance(groupInstanceId) : undefined;
    const fault = named === undefined ? this.roster.faultOf(memberId, groupInstanceId) : ERROR.NONE;
    if (fault === ERROR.NONE) this.#remove(named ?? (roster.members.get(memberId) as Member));
    return fault;
  }

  silent(member: Member): void {
    // Who waits is alive by that; only a new member's join has a deadline of its own.
    if (!member.isNew && (member.joining !== null || member.syncing !== null)) return;
    this.#remove(member);
    this.#prepare();
  }

  /** The group is deleted: nothing of it may come back by a timer. Only an empty one may be. */
  end(): void {
    this.state = 'Dead';
    this.roster.meetAll();
    this.#ground.schedule.cancel(this.#deadline);
  }

  #remove(member: Member): void {
    this.roster.answerJoin(member, joinRefusal(ERROR.UNKNOWN_MEMBER_ID, ''));
    this.roster.answerSync(member, syncRefusal(ERROR.UNKNOWN_MEMBER_ID));
    this.roster.remove(member);
  }

  #heard(member: Member): void {
    const { schedule, clock } = this.#ground;
    schedule.set(member.timer, clock.now + member.terms.sessionTimeoutMs);
  }

  #faultOfGeneration(generation: number): number {
    return generation === this.generation ? ERROR.NONE : ERROR.ILLEGAL_GENERATION;
  }
}

/** What is not said does not differ. */
function differs(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}
