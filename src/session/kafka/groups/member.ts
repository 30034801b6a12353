/**
 * Member: one client in a group, and whoever waits in its name.
 *
 * What it told about itself (protocols with their metadata) and what it was assigned are the clients' own bytes. Its
 * one Timer ends it: set anew by every sign of life, so nothing is allocated for a heartbeat. A member of which a join
 * or a sync waits is alive by that; its connection may close all the same, which ends no membership.
 */
import { Timer } from '../../../core/schedule.ts';

export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** What a client says of itself when it joins. */
export interface MemberTerms {
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** The one it likes best first. */
  readonly protocols: readonly GroupProtocol[];
}

export interface JoinTerms extends MemberTerms {
  /** '' for a new member. */
  readonly memberId: string;
  /** The name that a static member keeps over restarts. */
  readonly instanceId: string | null;
  readonly protocolType: string;
  /** The client knows that a new member is first given an id, with which it comes again. */
  readonly idFirst: boolean;
  /** The client knows that a leader may be told to leave the assignment as it is. */
  readonly maySkipAssignment: boolean;
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

export interface JoinOutcome {
  readonly errorCode: number;
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  /** For the leader alone. */
  readonly members: readonly JoinedMember[];
}

export interface SyncOutcome {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

export interface SyncTerms {
  readonly generation: number;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** From the leader alone. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** As an administrator says it: without a member id, whoever has the instance id. */
export interface Leaver {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** Who is told how a join went; once, perhaps before `join` returns. */
export interface JoinWaiter {
  joined(outcome: JoinOutcome): void;
}

export interface SyncWaiter {
  synced(outcome: SyncOutcome): void;
}

/** Told when nothing was heard of a member for too long. */
export interface MemberKeeper {
  silent(member: Member): void;
}

export const NO_BYTES = new Uint8Array(0);

export class Member {
  id: string;
  readonly instanceId: string | null;
  terms: MemberTerms;
  assignment: Uint8Array = NO_BYTES;
  /** Its first join is not answered yet. */
  isNew = true;
  /** It has the generation, but not its assignment. */
  unsynced = false;
  joining: JoinWaiter | null = null;
  syncing: SyncWaiter | null = null;
  /** What it was counted with. */
  bytes = 0;
  readonly timer: Timer;
  readonly #keeper: MemberKeeper;

  constructor(keeper: MemberKeeper, id: string, instanceId: string | null, terms: MemberTerms) {
    this.#keeper = keeper;
    this.id = id;
    this.instanceId = instanceId;
    this.terms = terms;
    this.timer = new Timer(this);
  }

  due(): void {
    this.#keeper.silent(this);
  }

  supports(protocol: string): boolean {
    return this.terms.protocols.some(({ name }) => name === protocol);
  }

  metadataFor(protocol: string | null): Uint8Array {
    return this.terms.protocols.find(({ name }) => name === protocol)?.metadata ?? NO_BYTES;
  }

  /** Says exactly what it said before. */
  saysAgain(protocols: readonly GroupProtocol[]): boolean {
    const known = this.terms.protocols;
    return known.length === protocols.length && protocols.every((protocol, at) => isSame(protocol, known[at]));
  }
}

function isSame(one: GroupProtocol, other: GroupProtocol | undefined): boolean {
  if (other === undefined || one.name !== other.name || one.metadata.length !== other.metadata.length) return false;
  return one.metadata.every((byte, at) => byte === other.metadata[at]);
}
