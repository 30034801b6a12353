/**
 * Messages: sending, recalling, querying, and what becomes of those that were consumed in vain. Requests that send are
 * read by send-header.ts on the hot path; the descriptions are for clients and tests.
 */
import { api } from '../api.ts';
import { REQUEST } from '../request-codes.ts';
import { flag, int, long, text } from '../schema.ts';

const sendFields = {
  producerGroup: text,
  topic: text,
  defaultTopic: text,
  defaultTopicQueueNums: int,
  queueId: int,
  sysFlag: int,
  bornTimestamp: long,
  flag: int,
  properties: text.optional(),
  reconsumeTimes: int.optional(),
  unitMode: flag.optional(),
  batch: flag.optional(),
  maxReconsumeTimes: int.optional(),
};
/** The same in the order of the letters, and the broker's name. */
const shortFields = {
  a: text,
  b: text,
  c: text,
  d: int,
  e: int,
  f: int,
  g: long,
  h: int,
  i: text.optional(),
  j: int.optional(),
  k: flag.optional(),
  l: int.optional(),
  m: flag.optional(),
  n: text.optional(),
};
const sendAnswer = {
  msgId: text,
  queueId: int,
  queueOffset: long,
  transactionId: text.optional(),
  batchUniqId: text.optional(),
  recallHandle: text.optional(),
  MSG_REGION: text.optional(),
  TRACE_ON: flag.optional(),
};

export const sendMessage = api(REQUEST.SEND_MESSAGE, sendFields, sendAnswer);
export const sendMessageV2 = api(REQUEST.SEND_MESSAGE_V2, shortFields, sendAnswer);
export const sendBatchMessage = api(REQUEST.SEND_BATCH_MESSAGE, shortFields, sendAnswer);
/** The reply to a request that was a message. */
export const sendReplyMessage = api(REQUEST.SEND_REPLY_MESSAGE, sendFields, sendAnswer);
export const sendReplyMessageV2 = api(REQUEST.SEND_REPLY_MESSAGE_V2, shortFields, sendAnswer);

/** To the client that waits for the reply. Its body is the reply's. */
export const pushReplyMessage = api(REQUEST.PUSH_REPLY_MESSAGE_TO_CLIENT, {
  producerGroup: text,
  topic: text,
  defaultTopic: text,
  defaultTopicQueueNums: int,
  queueId: int,
  sysFlag: int,
  bornTimestamp: long,
  flag: int,
  properties: text.optional(),
  reconsumeTimes: int.optional(),
  unitMode: flag.or(false),
  bornHost: text,
  storeHost: text,
  storeTimestamp: long,
});

/** Takes back a message that is still delayed. */
export const recallMessage = api(
  REQUEST.RECALL_MESSAGE,
  { producerGroup: text.optional(), topic: text, recallHandle: text },
  { msgId: text },
);

/** `offset` is the physical one; below 0 `delayLevel` means the dead letters. */
export const consumerSendMessageBack = api(REQUEST.CONSUMER_SEND_MSG_BACK, {
  offset: long,
  group: text,
  delayLevel: int,
  originMsgId: text.optional(),
  originTopic: text.optional(),
  unitMode: flag.or(false),
  maxReconsumeTimes: int.optional(),
});

/** `commitOrRollback`: bits of MESSAGE_FLAG, 8 commit, 12 rollback, 0 unknown. */
export const endTransaction = api(REQUEST.END_TRANSACTION, {
  topic: text.optional(),
  producerGroup: text,
  tranStateTableOffset: long,
  commitLogOffset: long,
  commitOrRollback: int,
  fromTransactionCheck: flag.or(false),
  msgId: text,
  transactionId: text.optional(),
});

/** To a producer, without an answer; its body is the stored message. */
export const checkTransactionState = api(REQUEST.CHECK_TRANSACTION_STATE, {
  topic: text.optional(),
  tranStateTableOffset: long,
  commitLogOffset: long,
  msgId: text.optional(),
  transactionId: text.optional(),
  offsetMsgId: text.optional(),
  bname: text.optional(),
});

/** `_UNIQUE_KEY_QUERY` says that `key` is a unique key. The answer's body has the stored messages. */
export const queryMessage = api(
  REQUEST.QUERY_MESSAGE,
  {
    topic: text,
    key: text,
    maxNum: int,
    beginTimestamp: long,
    endTimestamp: long,
    _UNIQUE_KEY_QUERY: flag.or(false),
  },
  { indexLastUpdateTimestamp: long, indexLastUpdatePhyoffset: long },
);

/** `offset` is the physical one; the answer's body is the stored message. */
export const viewMessageById = api(REQUEST.VIEW_MESSAGE_BY_ID, { topic: text.optional(), offset: long });

/** Checks of a half message go on that had been given up. */
export const resumeCheckHalfMessage = api(REQUEST.RESUME_CHECK_HALF_MESSAGE, {
  topic: text.optional(),
  msgId: text.optional(),
});
