/**
 * Members, locks, assignments and offsets of consumer groups.
 */
import { body, flag, int, keyedMap, list, long, map, object, real, text } from '../body.ts';
import { subscriptionData } from './heartbeat.ts';

export const messageQueue = object({ brokerName: text, queueId: int, topic: text });

export const consumerList = body({ consumerIdList: list(text) });

/** Of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ. */
export const lockBatchRequest = body({
  consumerGroup: text,
  clientId: text,
  onlyThisBroker: flag.or(false),
  mqSet: list(messageQueue),
});
export const lockBatchResponse = body({ lockOKMQSet: list(messageQueue) });

export const queryAssignmentRequest = body({
  topic: text,
  consumerGroup: text,
  clientId: text,
  strategyName: text.optional(),
  messageModel: text.or('CLUSTERING'),
});
export const queryAssignmentResponse = body({
  messageQueueAssignments: list(
    object({ messageQueue: messageQueue.optional(), mode: text.or('PULL'), attachments: map(text).optional() }),
  ),
});
/** `mode`: PULL or POP. */
export const setMessageRequestMode = body({
  topic: text,
  consumerGroup: text,
  mode: text,
  popShareQueueNum: int.or(0),
});

/** To a Java consumer. Consumers in other languages get the next one. */
export const resetOffset = body({ offsetTable: keyedMap(messageQueue, long) });
export const resetOffsetList = body({
  offsetTable: list(object({ brokerName: text, offset: long, queueId: int, topic: text })),
});
/** From a consumer: its offsets; to an admin: those of all consumers by client id. */
export const consumerStatus = body({
  messageQueueTable: keyedMap(messageQueue, long).or([]),
  consumerTable: map(keyedMap(messageQueue, long)).or(new Map()),
});

const consumeStatus = object({
  pullRT: real.or(0),
  pullTPS: real.or(0),
  consumeRT: real.or(0),
  consumeOKTPS: real.or(0),
  consumeFailedTPS: real.or(0),
  consumeFailedMsgs: long.or(0),
});
const processQueue = object({
  commitOffset: long.or(0),
  cachedMsgMinOffset: long.or(0),
  cachedMsgMaxOffset: long.or(0),
  cachedMsgCount: int.or(0),
  cachedMsgSizeInMiB: int.or(0),
  transactionMsgMinOffset: long.or(0),
  transactionMsgMaxOffset: long.or(0),
  transactionMsgCount: int.or(0),
  locked: flag.or(false),
  tryUnlockTimes: long.or(0),
  lastLockTimestamp: long.or(0),
  droped: flag.or(false),
  lastPullTimestamp: long.or(0),
  lastConsumeTimestamp: long.or(0),
});
/** What a consumer says about itself. */
export const consumerRunningInfo = body({
  properties: map(text).or(new Map()),
  subscriptionSet: list(subscriptionData).or([]),
  mqTable: keyedMap(messageQueue, processQueue).or([]),
  mqPopTable: keyedMap(
    messageQueue,
    object({ waitAckCount: int.or(0), droped: flag.or(false), lastPopTimestamp: long.or(0) }),
  ).or([]),
  statusTable: map(consumeStatus).or(new Map()),
  userConsumerInfo: map(text).or(new Map()),
  jstack: text.optional(),
});
/** `consumeResult`: CR_SUCCESS, CR_LATER, CR_ROLLBACK, CR_COMMIT, CR_THROW_EXCEPTION, CR_RETURN_NULL. */
export const consumeMessageDirectlyResult = body({
  order: flag.or(false),
  autoCommit: flag.or(true),
  consumeResult: text.optional(),
  remark: text.optional(),
  spentTimeMills: long.or(0),
});

/** Several acknowledgements. The names are RocketMQ's own abbreviations. */
export const batchAckRequest = body({
  brokerName: text.optional(),
  acks: list(
    object({
      /** Consumer group. */
      c: text,
      /** Topic. */
      t: text,
      /** Which kind of topic, see message-handles.ts. */
      r: text.or('0'),
      /** Start offset. */
      so: long,
      /** Queue id. */
      q: int,
      /** Revive queue id. */
      rq: int,
      /** Pop time. */
      pt: long,
      /** Invisible time. */
      it: long,
      /** Base64 of a bit set, lowest bit of the first byte first: which offsets from the start offset on. */
      b: text,
    }),
  ),
});
