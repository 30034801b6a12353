/**
 * Being a member of a group whose leader, a client, assigns the partitions: FindCoordinator, JoinGroup, SyncGroup,
 * Heartbeat, LeaveGroup.
 *
 * Metadata and assignments are the clients' own bytes. From JoinGroup 4 on a member without an id is given one and
 * asked to come again; 5 brought the group instance id (static members), FindCoordinator 4 and LeaveGroup 3 the lists.
 */
import { Api } from '../api.ts';
import { array, bool, bytes, int8, int16, int32, string } from '../schema.ts';

/** `keyType` of FindCoordinator. */
export const COORDINATOR_KEY = { group: 0, transaction: 1, share: 2 } as const;

export const findCoordinatorApi = new Api({
  key: 10,
  name: 'FindCoordinator',
  min: 0,
  max: 6,
  flexible: 3,
  request: {
    key: string.until(3).essential(),
    keyType: int8.since(1).essential(),
    coordinatorKeys: array(string).since(4).essential(),
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16.until(3).essential(),
    errorMessage: string.since(1).until(3).nullable(),
    nodeId: int32.until(3).essential(),
    host: string.until(3).essential(),
    port: int32.until(3).essential(),
    coordinators: array({
      key: string,
      nodeId: int32,
      host: string,
      port: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
    })
      .since(4)
      .essential(),
  },
});

export const joinGroupApi = new Api({
  key: 11,
  name: 'JoinGroup',
  min: 0,
  max: 9,
  flexible: 6,
  request: {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32.since(1).or(-1),
    memberId: string,
    groupInstanceId: string.since(5).nullable().essential(),
    protocolType: string,
    protocols: array({ name: string, metadata: bytes }),
    reason: string.since(8).nullable(),
  },
  response: {
    throttleTimeMs: int32.since(2),
    errorCode: int16,
    generationId: int32.or(-1),
    protocolType: string.since(7).nullable(),
    protocolName: string.nullable(7),
    leader: string,
    skipAssignment: bool.since(9).essential(),
    memberId: string,
    members: array({ memberId: string, groupInstanceId: string.since(5).nullable(), metadata: bytes }),
  },
});

export const syncGroupApi = new Api({
  key: 14,
  name: 'SyncGroup',
  min: 0,
  max: 5,
  flexible: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.since(3).nullable().essential(),
    protocolType: string.since(5).nullable(),
    protocolName: string.since(5).nullable(),
    assignments: array({ memberId: string, assignment: bytes }),
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    protocolType: string.since(5).nullable(),
    protocolName: string.since(5).nullable(),
    assignment: bytes,
  },
});

export const heartbeatApi = new Api({
  key: 12,
  name: 'Heartbeat',
  min: 0,
  max: 4,
  flexible: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: string.since(3).nullable().essential(),
  },
  response: { throttleTimeMs: int32.since(1), errorCode: int16 },
});

export const leaveGroupApi = new Api({
  key: 13,
  name: 'LeaveGroup',
  min: 0,
  max: 5,
  flexible: 4,
  request: {
    groupId: string,
    memberId: string.until(2).essential(),
    members: array({
      memberId: string,
      groupInstanceId: string.nullable(),
      reason: string.since(5).nullable(),
    })
      .since(3)
      .essential(),
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    members: array({ memberId: string, groupInstanceId: string.nullable(), errorCode: int16 }).since(3).essential(),
  },
});
