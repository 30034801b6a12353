/**
 * What admins read and change: settings of topics and groups, connections, statistics.
 */
import { Body, body, flag, int, keyedMap, list, long, map, object, real, text } from '../body.ts';
import { messageQueue } from './consumption.ts';
import { subscriptionData } from './heartbeat.ts';

const dataVersion = object({ counter: long.or(0), stateVersion: long.or(0), timestamp: long.or(0) });

const topicConfigMembers = {
  topicName: text,
  readQueueNums: int.or(16),
  writeQueueNums: int.or(16),
  /** Bits of PERM. */
  perm: int.or(6),
  topicFilterType: text.or('SINGLE_TAG'),
  topicSysFlag: int.or(0),
  order: flag.or(false),
  attributes: map(text).or(new Map()),
};
export const topicConfig = body(topicConfigMembers);
export const topicConfigList = body({ topicConfigList: list(object(topicConfigMembers)) });
export const topicConfigTable = body({
  dataVersion: dataVersion.optional(),
  topicConfigTable: map(object(topicConfigMembers)),
});

const groupConfig = object({
  groupName: text,
  consumeEnable: flag.or(true),
  consumeFromMinEnable: flag.or(true),
  consumeBroadcastEnable: flag.or(true),
  consumeMessageOrderly: flag.or(false),
  retryQueueNums: int.or(1),
  retryMaxTimes: int.or(16),
  groupRetryPolicy: object({
    /** CUSTOMIZED or EXPONENTIAL. */
    type: text.or('CUSTOMIZED'),
    exponentialRetryPolicy: object({
      initial: long.or(5000),
      max: long.or(7_200_000),
      multiplier: long.or(2),
    }).optional(),
    customizedRetryPolicy: object({ next: list(long) }).optional(),
  }).optional(),
  brokerId: long.or(0),
  whichBrokerWhenConsumeSlowly: long.or(1),
  notifyConsumerIdsChangedEnable: flag.or(true),
  groupSysFlag: int.or(0),
  consumeTimeoutMinute: int.or(15),
  subscriptionDataSet: list(
    object({ topic: text, expressionType: text.optional(), expression: text.optional(), version: long.or(0) }),
  ).optional(),
  attributes: map(text).or(new Map()),
});
export const subscriptionGroupConfig = new Body(groupConfig);
export const subscriptionGroupList = body({ groupConfigList: list(groupConfig) });
export const subscriptionGroupTable = body({
  dataVersion: dataVersion.optional(),
  subscriptionGroupTable: map(groupConfig),
});
export const groupForbidden = body({ group: text, readable: flag.optional(), topic: text });

const connection = object({ clientAddr: text, clientId: text, language: text, version: int });
export const producerConnection = body({ connectionSet: list(connection) });
/** Of one group. The three settings have the values that a heartbeat has. */
export const consumerConnection = body({
  connectionSet: list(connection),
  consumeFromWhere: text.optional(),
  consumeType: text.optional(),
  messageModel: text.optional(),
  subscriptionTable: map(subscriptionData),
});
/** All producers by group. */
export const producerTable = body({
  data: map(list(object({ clientId: text, language: text, lastUpdateTimestamp: long, remoteIP: text, version: int }))),
});

export const topicStatsTable = body({
  offsetTable: keyedMap(messageQueue, object({ lastUpdateTimestamp: long, maxOffset: long, minOffset: long })),
  topicPutTps: real.or(0),
});
const consumeStatsType = object({
  consumeTps: real.or(0),
  offsetTable: keyedMap(
    messageQueue,
    object({ brokerOffset: long, consumerOffset: long, lastTimestamp: long, pullOffset: long.or(0) }),
  ),
});
export const consumeStats = new Body(consumeStatsType);
/** A map by group for each group. */
export const consumeStatsList = body({
  brokerAddr: text.optional(),
  consumeStatsList: list(map(list(consumeStatsType))),
  totalDiff: long.or(0),
  totalInflightDiff: long.or(0),
});
const figures = object({ avgpt: real, sum: long, tps: real });
export const brokerStatsData = body({ statsDay: figures, statsHour: figures, statsMinute: figures });

export const groupList = body({ groupList: list(text) });
export const querySubscriptionResponse = body({
  group: text,
  subscriptionData: subscriptionData.optional(),
  topic: text,
});
export const queryConsumeTimeSpan = body({
  consumeTimeSpanSet: list(
    object({ consumeTimeStamp: long, delayTime: long, maxTimeStamp: long, messageQueue, minTimeStamp: long }),
  ),
});
export const queryConsumeQueueResponse = body({
  filterData: text.optional(),
  maxQueueIndex: long,
  minQueueIndex: long,
  queueData: list(
    object({
      bitMap: text.optional(),
      eval: flag.or(false),
      extendDataJson: text.optional(),
      msg: text.optional(),
      physicOffset: long,
      physicSize: int,
      tagsCode: long,
    }),
  ),
  subscriptionData: subscriptionData.optional(),
});
