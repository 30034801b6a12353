/**
 * Consumption by offset: pulling, offsets, group members, locks on queues.
 */
import { api } from '../api.ts';
import { REQUEST } from '../request-codes.ts';
import { flag, int, long, text } from '../schema.ts';

const pullFields = {
  consumerGroup: text,
  topic: text,
  queueId: int,
  queueOffset: long,
  maxMsgNums: int,
  sysFlag: int,
  commitOffset: long,
  suspendTimeoutMillis: long,
  subscription: text.optional(),
  subVersion: long,
  expressionType: text.optional(),
  maxMsgBytes: int.optional(),
  requestSource: int.optional(),
  proxyFrowardClientId: text.optional(),
};
const pullAnswer = {
  suggestWhichBrokerId: long,
  nextBeginOffset: long,
  minOffset: long,
  maxOffset: long,
  offsetDelta: long.optional(),
  topicSysFlag: int.optional(),
  groupSysFlag: int.optional(),
  forbiddenType: int.optional(),
};
const queueFields = { topic: text, queueId: int };
const offsetAnswer = { offset: long };
const groupFields = { consumerGroup: text };

/** `sysFlag`: bits of PULL_FLAG. */
export const pullMessage = api(REQUEST.PULL_MESSAGE, pullFields, pullAnswer);
export const litePullMessage = api(REQUEST.LITE_PULL_MESSAGE, pullFields, pullAnswer);

export const queryConsumerOffset = api(
  REQUEST.QUERY_CONSUMER_OFFSET,
  { ...groupFields, ...queueFields, setZeroIfNotFound: flag.optional() },
  offsetAnswer,
);
export const updateConsumerOffset = api(REQUEST.UPDATE_CONSUMER_OFFSET, {
  ...groupFields,
  ...queueFields,
  commitOffset: long,
});

/** `boundaryType`: LOWER, the first message of that time, or UPPER, the last. */
export const searchOffsetByTimestamp = api(
  REQUEST.SEARCH_OFFSET_BY_TIMESTAMP,
  { ...queueFields, timestamp: long, boundaryType: text.or('LOWER') },
  offsetAnswer,
);
export const getMaxOffset = api(REQUEST.GET_MAX_OFFSET, { ...queueFields, committed: flag.or(true) }, offsetAnswer);
export const getMinOffset = api(REQUEST.GET_MIN_OFFSET, queueFields, offsetAnswer);
export const getEarliestMessageStoreTime = api(REQUEST.GET_EARLIEST_MSG_STORETIME, queueFields, { timestamp: long });

/** Its body is a heartbeat. The two fields of the answer tell the client whether it may send less. */
export const heartBeat = api(
  REQUEST.HEART_BEAT,
  {},
  { IS_SUPPORT_HEART_BEAT_V2: flag.optional(), IS_SUB_CHANGE: flag.optional() },
);
export const unregisterClient = api(REQUEST.UNREGISTER_CLIENT, {
  clientID: text,
  producerGroup: text.optional(),
  consumerGroup: text.optional(),
});
/** Its body is what is to be checked. */
export const checkClientConfig = api(REQUEST.CHECK_CLIENT_CONFIG, {});

export const getConsumerListByGroup = api(REQUEST.GET_CONSUMER_LIST_BY_GROUP, groupFields);
/** To every member of the group, without an answer. */
export const notifyConsumerIdsChanged = api(REQUEST.NOTIFY_CONSUMER_IDS_CHANGED, groupFields);
/** These two have everything in the body. */
export const lockBatchMessageQueues = api(REQUEST.LOCK_BATCH_MQ, {});
export const unlockBatchMessageQueues = api(REQUEST.UNLOCK_BATCH_MQ, {});

/** Assignment by the broker; everything is in the bodies. */
export const queryAssignment = api(REQUEST.QUERY_ASSIGNMENT, {});
export const setMessageRequestMode = api(REQUEST.SET_MESSAGE_REQUEST_MODE, {});

/** From the broker to a consumer: other offsets; the offsets are in the body. */
export const resetConsumerClientOffset = api(REQUEST.RESET_CONSUMER_CLIENT_OFFSET, {
  topic: text,
  group: text,
  queueId: int.or(-1),
  offset: long.optional(),
  timestamp: long,
  isForce: flag,
});
/** From the broker to a consumer: its offsets, please. */
export const getConsumerStatusFromClient = api(REQUEST.GET_CONSUMER_STATUS_FROM_CLIENT, {
  topic: text,
  group: text,
  clientAddr: text.optional(),
});
/** From an admin to the broker, and on to the consumer. */
export const getConsumerRunningInfo = api(REQUEST.GET_CONSUMER_RUNNING_INFO, {
  ...groupFields,
  clientId: text,
  jstackEnable: flag.or(false),
});
/** From an admin to the broker, and on to the consumer with the message in the body. */
export const consumeMessageDirectly = api(REQUEST.CONSUME_MESSAGE_DIRECTLY, {
  ...groupFields,
  clientId: text.optional(),
  msgId: text.optional(),
  brokerName: text.optional(),
  topic: text.optional(),
  topicSysFlag: int.optional(),
  groupSysFlag: int.optional(),
});
