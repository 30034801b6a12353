/**
 * FindCoordinator: who looks after a group, or a transactional id. There is one node, so it is always this one, by the
 * address at which the client found it.
 */
import { COORDINATOR_KEY, findCoordinatorApi } from '../../../wire/kafka/apis/group-membership.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { NODE_ID } from '../node.ts';
import { type Operation, operation } from '../operation.ts';

/** From here on for many keys at once. */
const BATCHED_VERSION = 4;

export const findCoordinator = operation(findCoordinatorApi, (call, { keyType, coordinatorKeys }) => {
  const { host, port } = call.peer;
  const isKnown = keyType === COORDINATOR_KEY.group || keyType === COORDINATOR_KEY.transaction;
  const found = isKnown
    ? { nodeId: NODE_ID, host, port, errorCode: ERROR.NONE, errorMessage: null }
    : {
        nodeId: -1,
        host: '',
        port: -1,
        errorCode: ERROR.INVALID_REQUEST,
        errorMessage: `no coordinator of ${keyType}`,
      };
  if (call.version < BATCHED_VERSION) return { throttleTimeMs: 0, ...found, coordinators: [] };
  return { throttleTimeMs: 0, ...NOT_BATCHED, coordinators: coordinatorKeys.map((key) => ({ key, ...found })) };
});

/** What only older versions have. */
const NOT_BATCHED = { errorCode: ERROR.NONE, nodeId: 0, host: '', port: 0 };

export const coordinatorOperations: readonly Operation[] = [findCoordinator];
