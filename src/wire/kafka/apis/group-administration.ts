/**
 * Groups from outside: ListGroups, DescribeGroups, DeleteGroups.
 *
 * States and types are words, spelt as Kafka spells them. DescribeGroups 6 says by error that a group does not exist;
 * before, such a group was shown as dead.
 */
import { Api } from '../api.ts';
import { array, bool, bytes, int16, int32, string } from '../schema.ts';
import { OPERATIONS_UNKNOWN } from './metadata.ts';

export const describeGroupsApi = new Api({
  key: 15,
  name: 'DescribeGroups',
  min: 0,
  max: 6,
  flexible: 5,
  request: {
    groups: array(string),
    includeAuthorizedOperations: bool.since(3).essential(),
  },
  response: {
    throttleTimeMs: int32.since(1),
    groups: array({
      errorCode: int16,
      errorMessage: string.since(6).nullable().essential(),
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array({
        memberId: string,
        groupInstanceId: string.since(4).nullable(),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: int32.since(3).or(OPERATIONS_UNKNOWN).essential(),
    }),
  },
});

export const listGroupsApi = new Api({
  key: 16,
  name: 'ListGroups',
  min: 0,
  max: 5,
  flexible: 3,
  request: {
    statesFilter: array(string).since(4).essential(),
    typesFilter: array(string).since(5).essential(),
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    groups: array({
      groupId: string,
      protocolType: string,
      groupState: string.since(4),
      groupType: string.since(5),
    }),
  },
});

export const deleteGroupsApi = new Api({
  key: 42,
  name: 'DeleteGroups',
  min: 0,
  max: 2,
  flexible: 2,
  request: { groupsNames: array(string) },
  response: { throttleTimeMs: int32.or(0), results: array({ groupId: string, errorCode: int16 }) },
});
