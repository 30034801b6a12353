/**
 * Offsets: where queues begin and end, where a time is in them, and how far groups have come.
 *
 * A group that never said how far it is begins at 0 where the queue still has its first message; otherwise the client
 * decides (QUERY_NOT_FOUND).
 */
import type { KeptLog } from '../../../core/kept-log.ts';
import {
  getEarliestMessageStoreTime,
  getMaxOffset,
  getMinOffset,
  queryConsumerOffset,
  searchOffsetByTimestamp,
  updateConsumerOffset,
} from '../../../wire/rocketmq/apis/consumption.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import type { Call } from '../call.ts';
import { operation } from '../operation.ts';
import { PendingSearch } from '../pending-search.ts';
import { commitPosition, positionOf } from '../positions.ts';
import { answer, OK, refusal } from '../reply.ts';
import { FirstMessage, TimeSearch } from '../time-search.ts';
import { missing } from '../topic-catalog.ts';

const EPOCH_NONE = -1;

function logOf(
  { peer }: Pick<Call, 'peer'>,
  { topic, queueId }: { topic: string; queueId: number },
): KeptLog | undefined {
  return peer.node.topics.log(topic, queueId);
}

const maxOffset = operation(getMaxOffset, (call, request) => answer({ offset: logOf(call, request)?.log.end ?? 0 }));

const minOffset = operation(getMinOffset, (call, request) => answer({ offset: logOf(call, request)?.log.floor ?? 0 }));

const query = operation(queryConsumerOffset, (call, request) => {
  const { node } = call.peer;
  const kept = logOf(call, request);
  const known = kept === undefined ? undefined : positionOf(node.namespace, request.consumerGroup, kept);
  if (known !== undefined) return answer({ offset: known });
  if (request.setZeroIfNotFound === false) {
    const text = 'Not found, do not set to zero, maybe this group boot first';
    return refusal(RESPONSE.QUERY_NOT_FOUND, text);
  }
  if ((kept?.log.floor ?? 0) === 0) return answer({ offset: 0 });
  return refusal(RESPONSE.QUERY_NOT_FOUND, 'Not found, maybe this group consumer boot first');
});

const update = operation(updateConsumerOffset, (call, request) => {
  const { node } = call.peer;
  const { consumerGroup, topic, queueId, commitOffset } = request;
  const kept = node.topics.log(topic, queueId);
  if (kept === undefined) {
    if (node.topics.find(topic) === undefined) return missing(topic);
    return refusal(RESPONSE.INVALID_PARAMETER, `queueId[${queueId}] is illegal, topic:[${topic}]`);
  }
  commitPosition(node.namespace, consumerGroup, kept, commitOffset);
  return call.answerWhenCommitted(OK);
});

const search = operation(searchOffsetByTimestamp, (call, request) => {
  const { store } = call.peer.node.broker;
  const kept = logOf(call, request);
  if (kept === undefined) return answer({ offset: 0 });
  const found = new TimeSearch(kept, request.timestamp, request.boundaryType === 'UPPER', store);
  new PendingSearch(call, found, () => answer({ offset: found.offset })).begin();
  return null;
});

const earliest = operation(getEarliestMessageStoreTime, (call, request) => {
  const { store } = call.peer.node.broker;
  const kept = logOf(call, request);
  if (kept === undefined) return answer({ timestamp: EPOCH_NONE });
  const found = new FirstMessage(kept, store);
  new PendingSearch(call, found, () => answer({ timestamp: found.timestamp })).begin();
  return null;
});

export const OFFSET_OPERATIONS = [maxOffset, minOffset, query, update, search, earliest];
