/**
 * ListGroups, DescribeGroups, DeleteGroups: groups from outside.
 */
import type { ResponseOf } from '../../../wire/kafka/api.ts';
import { deleteGroupsApi, describeGroupsApi, listGroupsApi } from '../../../wire/kafka/apis/group-administration.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { GroupView } from '../groups/coordinator.ts';
import { NO_BYTES } from '../groups/member.ts';
import { type Operation, operation } from '../operation.ts';

type DescribedGroup = ResponseOf<typeof describeGroupsApi>['groups'][number];

/** The only kind that there is. */
const GROUP_TYPE = 'classic';
/** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS: whoever is let in may do everything. */
const GROUP_OPERATIONS = 0b1101_0100_1000;
/** From here on a group that is not there is an error, and not a dead one. */
const MISSING_IS_ERROR_VERSION = 6;

export const listGroups = operation(listGroupsApi, ({ peer }, { statesFilter, typesFilter }) => {
  const states = new Set(statesFilter.map(lowerCase));
  const types = new Set(typesFilter.map(lowerCase));
  const groups: ResponseOf<typeof listGroupsApi>['groups'][number][] = [];
  if (types.size === 0 || types.has(GROUP_TYPE)) {
    for (const { id, state, protocolType } of peer.node.groups.all()) {
      if (states.size > 0 && !states.has(lowerCase(state))) continue;
      groups.push({ groupId: id, protocolType: protocolType ?? '', groupState: state, groupType: GROUP_TYPE });
    }
  }
  return { throttleTimeMs: 0, errorCode: ERROR.NONE, groups };
});

export const describeGroups = operation(describeGroupsApi, (call, { groups, includeAuthorizedOperations }) => {
  const { node } = call.peer;
  const described: DescribedGroup[] = [];
  // One that is asked for twice is described once: what is told of a group may be large.
  for (const id of new Set(groups)) {
    const group = node.groups.find(id);
    const answer = group === undefined ? missing(id, call.version) : describe(group);
    described.push(includeAuthorizedOperations ? { ...answer, authorizedOperations: GROUP_OPERATIONS } : answer);
  }
  return { throttleTimeMs: 0, groups: described };
});

/** What members chose and were assigned is only told when it is settled. */
function describe({ id, state, protocolType, protocolName, members }: GroupView): DescribedGroup {
  const isStable = state === 'Stable';
  return {
    errorCode: ERROR.NONE,
    groupId: id,
    groupState: state,
    protocolType: protocolType ?? '',
    protocolData: (isStable ? protocolName : null) ?? '',
    members: [...members].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.terms.clientId,
      clientHost: member.terms.clientHost,
      memberMetadata: isStable ? member.metadataFor(protocolName) : NO_BYTES,
      memberAssignment: isStable ? member.assignment : NO_BYTES,
    })),
  };
}

function missing(groupId: string, version: number): DescribedGroup {
  const dead = { groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] };
  if (version < MISSING_IS_ERROR_VERSION) return { errorCode: ERROR.NONE, ...dead };
  return { errorCode: ERROR.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.`, ...dead };
}

export const deleteGroups = operation(deleteGroupsApi, (call, { groupsNames }) => {
  const { node } = call.peer;
  const results = groupsNames.map((groupId) => ({ groupId, errorCode: node.groups.delete(groupId) }));
  const response = { throttleTimeMs: 0, results };
  if (results.every(({ errorCode }) => errorCode !== ERROR.NONE)) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

function lowerCase(text: string): string {
  return text.toLowerCase();
}

export const groupAdminOperations: readonly Operation[] = [listGroups, describeGroups, deleteGroups];
