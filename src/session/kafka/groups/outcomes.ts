/**
 * Outcomes: what is answered to a join or a sync.
 */
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { type JoinOutcome, type Member, NO_BYTES, type SyncOutcome } from './member.ts';
import type { Roster } from './roster.ts';

/** A group in the generation that is answered. */
export interface Generation {
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly roster: Roster;
}

export function joinRefusal(errorCode: number, memberId: string): JoinOutcome {
  return {
    errorCode,
    memberId,
    generation: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    members: [],
  };
}

export function joinResult(group: Generation, member: Member, tellsOfOthers: boolean): JoinOutcome {
  const { generation, protocolType, protocolName, roster } = group;
  const members = [...(tellsOfOthers ? roster.members.values() : [])].map((other) => ({
    memberId: other.id,
    groupInstanceId: other.instanceId,
    metadata: other.metadataFor(protocolName),
  }));
  return {
    errorCode: ERROR.NONE,
    memberId: member.id,
    generation,
    protocolType,
    protocolName,
    leader: roster.leader?.id ?? '',
    skipAssignment: false,
    members,
  };
}

export function syncRefusal(errorCode: number): SyncOutcome {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES };
}
