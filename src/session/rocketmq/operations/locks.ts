/**
 * LOCK_BATCH_MQ and UNLOCK_BATCH_MQ: queues for one member of a group alone.
 */
import { lockBatchMessageQueues, unlockBatchMessageQueues } from '../../../wire/rocketmq/apis/consumption.ts';
import { lockBatchRequest, lockBatchResponse } from '../../../wire/rocketmq/bodies/consumption.ts';
import { bodyOf, operation } from '../operation.ts';
import { bodyAnswer, OK } from '../reply.ts';

const lock = operation(lockBatchMessageQueues, (call) => {
  const { locks, broker } = call.peer.node;
  const { consumerGroup, clientId, mqSet } = bodyOf(call, lockBatchRequest);
  const { now } = broker.clock;
  const lockOKMQSet = mqSet.filter(({ topic, queueId }) => locks.lock(consumerGroup, topic, queueId, clientId, now));
  return bodyAnswer(lockBatchResponse.encode({ lockOKMQSet }));
});

const unlock = operation(unlockBatchMessageQueues, (call) => {
  const { consumerGroup, clientId, mqSet } = bodyOf(call, lockBatchRequest);
  for (const { topic, queueId } of mqSet) call.peer.node.locks.unlock(consumerGroup, topic, queueId, clientId);
  return OK;
});

export const LOCK_OPERATIONS = [lock, unlock];
