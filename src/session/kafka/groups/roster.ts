/**
 * Roster: who is in a group, in which order they came, and who of them waits for what.
 *
 *   pending   has an id and is expected to join with it
 *   members   joined once; by id, and static ones also by the name that they keep
 *   leader    the one that assigns; always one of the members, if there are any
 *
 * It keeps the numbers that a round asks for at every join, so none of them is counted by going through the members.
 */
import type { Schedule, Timer } from '../../../core/schedule.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { JoinOutcome, JoinWaiter, MemberTerms, SyncOutcome, SyncWaiter } from './member.ts';
import { Member, type MemberKeeper } from './member.ts';
import { bytesOfName, bytesOfTerms, type GroupMemory } from './memory.ts';

export class Roster {
  readonly members = new Map<string, Member>();
  leader: Member | null = null;
  /** Members whose join waits. */
  joining = 0;
  /** Members that have the generation and did not ask for their assignment yet. */
  unsynced = 0;
  readonly #schedule: Schedule;
  readonly #memory: GroupMemory;
  readonly #pending = new Map<string, Timer>();
  readonly #byInstance = new Map<string, Member>();
  /** How many members support a protocol. */
  readonly #supporters = new Map<string, number>();

  constructor(schedule: Schedule, memory: GroupMemory) {
    this.#schedule = schedule;
    this.#memory = memory;
  }

  get size(): number {
    return this.members.size;
  }

  get pending(): number {
    return this.#pending.size;
  }

  get allJoined(): boolean {
    return this.joining === this.members.size && this.#pending.size === 0;
  }

  /** The longest time that one of them wants for coming again. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { terms } of this.members.values()) longest = Math.max(longest, terms.rebalanceTimeoutMs);
    return longest;
  }

  byInstance(instanceId: string): Member | undefined {
    return this.#byInstance.get(instanceId);
  }

  /** Why nobody may speak for that member; NONE if it is one. A static member is known by both names. */
  faultOf(memberId: string, instanceId: string | null): number {
    const holder = instanceId === null ? undefined : this.#byInstance.get(instanceId);
    if (holder !== undefined && holder.id !== memberId) return ERROR.FENCED_INSTANCE_ID;
    const isKnown = this.members.has(memberId) && (instanceId === null || holder !== undefined);
    return isKnown ? ERROR.NONE : ERROR.UNKNOWN_MEMBER_ID;
  }

  /** Of those whose join waits: the one that led before, or else the first. */
  chooseLeader(): void {
    if (this.leader !== null && this.leader.joining !== null) return;
    for (const member of this.members.values()) {
      if (member.joining === null) continue;
      this.leader = member;
      return;
    }
  }

  // ── Coming and going ──

  add(keeper: MemberKeeper, id: string, instanceId: string | null, terms: MemberTerms): Member {
    const member = new Member(keeper, id, instanceId, terms);
    this.members.set(id, member);
    if (instanceId !== null) this.#byInstance.set(instanceId, member);
    this.#count(terms, 1);
    this.measure(member);
    this.leader ??= member;
    return member;
  }

  /** What it says of itself now. */
  update(member: Member, terms: MemberTerms): void {
    this.#count(member.terms, -1);
    member.terms = terms;
    this.#count(terms, 1);
    this.measure(member);
  }

  /** A static member came back under another id. */
  rename(member: Member, id: string): void {
    this.members.delete(member.id);
    member.id = id;
    this.members.set(id, member);
  }

  /** Who waits in its name must be answered before. */
  remove(member: Member): void {
    this.members.delete(member.id);
    if (member.instanceId !== null) this.#byInstance.delete(member.instanceId);
    this.#count(member.terms, -1);
    this.synced(member);
    this.#memory.bytes -= member.bytes;
    this.#schedule.cancel(member.timer);
    if (this.leader === member) this.leader = this.members.values().next().value ?? null;
  }

  /** Counts what is kept for a member, after that has changed. */
  measure(member: Member): void {
    const { id, instanceId, terms, assignment } = member;
    const bytes = bytesOfTerms(terms) + bytesOfName(id) + bytesOfName(instanceId) + assignment.length;
    this.#memory.bytes += bytes - member.bytes;
    member.bytes = bytes;
  }

  /** Somebody was given `id` and is expected with it until `time`; `gone` is called if nobody comes. */
  expect(id: string, time: number, gone: () => void): void {
    const due = (): void => {
      this.meet(id);
      gone();
    };
    this.#pending.set(id, this.#schedule.at(time, { due }));
    this.#memory.bytes += bytesOfName(id);
  }

  expects(id: string): boolean {
    return this.#pending.has(id);
  }

  /** The one expected came, or is expected no more; true if somebody was. */
  meet(id: string): boolean {
    const timer = this.#pending.get(id);
    if (timer === undefined) return false;
    this.#schedule.cancel(timer);
    this.#pending.delete(id);
    this.#memory.bytes -= bytesOfName(id);
    return true;
  }

  meetAll(): void {
    for (const id of [...this.#pending.keys()]) this.meet(id);
  }

  // ── Waiting ──

  /** A join of the same member that waited until now is answered with `superseded`. */
  waitForJoin(member: Member, waiter: JoinWaiter, superseded: JoinOutcome): void {
    this.answerJoin(member, superseded);
    member.joining = waiter;
    this.joining++;
  }

  /** False if none waits. */
  answerJoin(member: Member, outcome: JoinOutcome): boolean {
    const waiter = member.joining;
    if (waiter === null) return false;
    member.joining = null;
    this.joining--;
    waiter.joined(outcome);
    return true;
  }

  waitForSync(member: Member, waiter: SyncWaiter, superseded: SyncOutcome): void {
    this.answerSync(member, superseded);
    member.syncing = waiter;
  }

  answerSync(member: Member, outcome: SyncOutcome): boolean {
    const waiter = member.syncing;
    if (waiter === null) return false;
    member.syncing = null;
    waiter.synced(outcome);
    return true;
  }

  /** It has the new generation, so its sync is to come. */
  expectSync(member: Member): void {
    if (!member.unsynced) this.unsynced++;
    member.unsynced = true;
  }

  synced(member: Member): void {
    if (member.unsynced) this.unsynced--;
    member.unsynced = false;
  }

  // ── Protocols ──

  /** Whether a protocol of `terms` is one that all members support. */
  hasProtocolIn(terms: MemberTerms): boolean {
    return terms.protocols.some(({ name }) => this.#isSupported(name));
  }

  /** Each member votes for the first on its list that all support; most votes win, among equals the earlier vote. */
  elect(): string | null {
    const votes = new Map<string, number>();
    for (const { terms } of this.members.values()) {
      const vote = terms.protocols.find(({ name }) => this.#isSupported(name));
      if (vote !== undefined) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1);
    }
    let elected: string | null = null;
    for (const [name, count] of votes) if (elected === null || count > (votes.get(elected) as number)) elected = name;
    return elected;
  }

  #isSupported(protocol: string): boolean {
    return this.#supporters.get(protocol) === this.members.size;
  }

  #count({ protocols }: MemberTerms, step: 1 | -1): void {
    // One that is named twice is one.
    for (const name of new Set(protocols.map((protocol) => protocol.name))) {
      const supporters = (this.#supporters.get(name) ?? 0) + step;
      if (supporters === 0) this.#supporters.delete(name);
      else this.#supporters.set(name, supporters);
    }
  }
}
