/**
 * JoinGroup, SyncGroup, Heartbeat, LeaveGroup: being a member of a group. What happens is in groups/; here is what the
 * versions of the protocol make of it.
 *
 *   JoinGroup 4    a new member is first given an id     LeaveGroup 3     several members, by id or by instance id
 *   JoinGroup 5    static members                        JoinGroup 9      "keep the assignment as it is"
 */
import type { ResponseOf } from '../../../wire/kafka/api.ts';
import { heartbeatApi, joinGroupApi, leaveGroupApi, syncGroupApi } from '../../../wire/kafka/apis/group-membership.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { Call } from '../call.ts';
import type { JoinOutcome, JoinWaiter, SyncOutcome, SyncWaiter } from '../groups/member.ts';
import { type Operation, operation } from '../operation.ts';

const ID_FIRST_VERSION = 4;
const NULL_PROTOCOL_VERSION = 7;
const SKIP_ASSIGNMENT_VERSION = 9;
const LEAVE_BATCHED_VERSION = 3;

export const joinGroup = operation(joinGroupApi, (call, request) => {
  const { peer, version, clientId } = call;
  const { groupId, memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } = request;
  const terms = {
    memberId,
    instanceId: request.groupInstanceId,
    clientId,
    clientHost: `/${peer.remoteAddress}`,
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocolType,
    protocols,
    idFirst: version >= ID_FIRST_VERSION,
    maySkipAssignment: version >= SKIP_ASSIGNMENT_VERSION,
  };
  peer.node.groups.join(groupId, terms, new JoinAnswer(call));
  return null;
});

class JoinAnswer implements JoinWaiter {
  readonly #call: Call<ResponseOf<typeof joinGroupApi>>;

  constructor(call: Call<ResponseOf<typeof joinGroupApi>>) {
    this.#call = call;
  }

  joined(outcome: JoinOutcome): void {
    const { errorCode, memberId, generation, protocolType, protocolName, leader, skipAssignment, members } = outcome;
    this.#call.answer({
      throttleTimeMs: 0,
      errorCode,
      generationId: generation,
      protocolType,
      protocolName: this.#call.version < NULL_PROTOCOL_VERSION ? (protocolName ?? '') : protocolName,
      leader,
      skipAssignment,
      memberId,
      members,
    });
  }
}

export const syncGroup = operation(syncGroupApi, (call, request) => {
  const { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName, assignments } = request;
  const terms = {
    generation: generationId,
    memberId,
    instanceId: groupInstanceId,
    protocolType,
    protocolName,
    assignments,
  };
  call.peer.node.groups.sync(groupId, terms, new SyncAnswer(call));
  return null;
});

class SyncAnswer implements SyncWaiter {
  readonly #call: Call<ResponseOf<typeof syncGroupApi>>;

  constructor(call: Call<ResponseOf<typeof syncGroupApi>>) {
    this.#call = call;
  }

  synced(outcome: SyncOutcome): void {
    this.#call.answer({ throttleTimeMs: 0, ...outcome });
  }
}

export const heartbeat = operation(heartbeatApi, ({ peer }, { groupId, memberId, groupInstanceId, generationId }) => ({
  throttleTimeMs: 0,
  errorCode: peer.node.groups.heartbeat(groupId, memberId, groupInstanceId, generationId),
}));

export const leaveGroup = operation(leaveGroupApi, ({ peer, version }, { groupId, memberId, members }) => {
  const isBatched = version >= LEAVE_BATCHED_VERSION;
  const leavers = isBatched ? members : [{ memberId, groupInstanceId: null }];
  const codes = peer.node.groups.leave(groupId, leavers);
  if (typeof codes === 'number') return { throttleTimeMs: 0, errorCode: codes, members: [] };
  if (!isBatched) return { throttleTimeMs: 0, errorCode: codes[0] ?? ERROR.NONE, members: [] };
  const left = leavers.map((leaver, at) => ({
    memberId: leaver.memberId,
    groupInstanceId: leaver.groupInstanceId,
    errorCode: codes[at] ?? ERROR.NONE,
  }));
  return { throttleTimeMs: 0, errorCode: ERROR.NONE, members: left };
});

export const membershipOperations: readonly Operation[] = [joinGroup, syncGroup, heartbeat, leaveGroup];
