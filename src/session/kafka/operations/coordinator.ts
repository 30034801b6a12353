/**
 * FindCoordinator: who looks after a group, or a transactional id. There is one node, so it is always this one, by the
 * address at which the client found it. Who asks for a group's is about to use groups: their topic is there from then
 * on.
 */
import type { ResponseOf } from '../../../wire/kafka/api.ts';
import { COORDINATOR_KEY, findCoordinatorApi } from '../../../wire/kafka/apis/group-membership.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { OFFSETS_TOPIC, offsetsTopic } from '../internal-topics.ts';
import { NODE_ID } from '../node.ts';
import { type Operation, operation } from '../operation.ts';

/** From here on for many keys at once. */
const BATCHED_VERSION = 4;

export const findCoordinator = operation(findCoordinatorApi, (call, { keyType, coordinatorKeys }) => {
  const { host, port, node } = call.peer;
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
  const response: ResponseOf<typeof findCoordinatorApi> =
    call.version < BATCHED_VERSION
      ? { throttleTimeMs: 0, ...found, coordinators: [] }
      : { throttleTimeMs: 0, ...NOT_BATCHED, coordinators: coordinatorKeys.map((key) => ({ key, ...found })) };
  if (keyType !== COORDINATOR_KEY.group || node.topics.find(OFFSETS_TOPIC) !== undefined) return response;
  if (offsetsTopic(node.namespace) === undefined) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

/** What only older versions have. */
const NOT_BATCHED = { errorCode: ERROR.NONE, nodeId: 0, host: '', port: 0 };

export const coordinatorOperations: readonly Operation[] = [findCoordinator];
