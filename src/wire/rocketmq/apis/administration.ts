/**
 * Administration: what mqadmin, the dashboard and test suites ask a broker for. Most answers are bodies.
 */
import { api } from '../api.ts';
import { REQUEST } from '../request-codes.ts';
import { flag, int, long, text } from '../schema.ts';

const topicFields = { topic: text };
const groupFields = { group: text };
const consumerGroupFields = { consumerGroup: text };

/** `attributes`: changes such as `+message.type=FIFO,-queue.type`. */
export const updateAndCreateTopic = api(REQUEST.UPDATE_AND_CREATE_TOPIC, {
  topic: text,
  defaultTopic: text,
  readQueueNums: int,
  writeQueueNums: int,
  perm: int,
  topicFilterType: text,
  topicSysFlag: int.optional(),
  order: flag,
  attributes: text.optional(),
  force: flag.or(false),
});
export const updateAndCreateTopicList = api(REQUEST.UPDATE_AND_CREATE_TOPIC_LIST, {});
export const deleteTopicInBroker = api(REQUEST.DELETE_TOPIC_IN_BROKER, topicFields);
export const getTopicConfig = api(REQUEST.GET_TOPIC_CONFIG, topicFields);
export const getAllTopicConfig = api(REQUEST.GET_ALL_TOPIC_CONFIG, {});
export const getTopicStatsInfo = api(REQUEST.GET_TOPIC_STATS_INFO, topicFields);
export const getSystemTopicListFromBroker = api(REQUEST.GET_SYSTEM_TOPIC_LIST_FROM_BROKER, {});

/** The body is a text of `key=value` lines; so is that of the answer to the next. */
export const updateBrokerConfig = api(REQUEST.UPDATE_BROKER_CONFIG, {});
export const getBrokerConfig = api(REQUEST.GET_BROKER_CONFIG, {}, { version: text });
export const getBrokerRuntimeInfo = api(REQUEST.GET_BROKER_RUNTIME_INFO, {});
export const viewBrokerStatsData = api(REQUEST.VIEW_BROKER_STATS_DATA, { statsName: text, statsKey: text });

export const updateAndCreateSubscriptionGroup = api(REQUEST.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {});
export const updateAndCreateSubscriptionGroupList = api(REQUEST.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, {});
export const getAllSubscriptionGroupConfig = api(REQUEST.GET_ALL_SUBSCRIPTIONGROUP_CONFIG, {});
export const getSubscriptionGroupConfig = api(REQUEST.GET_SUBSCRIPTIONGROUP_CONFIG, groupFields);
export const deleteSubscriptionGroup = api(REQUEST.DELETE_SUBSCRIPTIONGROUP, {
  groupName: text,
  cleanOffset: flag.or(false),
});
export const updateAndGetGroupForbidden = api(REQUEST.UPDATE_AND_GET_GROUP_FORBIDDEN, {
  ...groupFields,
  ...topicFields,
  readable: flag.optional(),
});

export const getConsumerConnectionList = api(REQUEST.GET_CONSUMER_CONNECTION_LIST, consumerGroupFields);
export const getProducerConnectionList = api(REQUEST.GET_PRODUCER_CONNECTION_LIST, { producerGroup: text });
export const getAllProducerInfo = api(REQUEST.GET_ALL_PRODUCER_INFO, {});
/** Without a topic: of all topics. `topicList` has more of them, with semicolons between. */
export const getConsumeStats = api(REQUEST.GET_CONSUME_STATS, {
  ...consumerGroupFields,
  topic: text.optional(),
  topicList: text.optional(),
});
export const getBrokerConsumeStats = api(REQUEST.GET_BROKER_CONSUME_STATS, { isOrder: flag });
export const queryTopicConsumeByWho = api(REQUEST.QUERY_TOPIC_CONSUME_BY_WHO, topicFields);
export const queryTopicsByConsumer = api(REQUEST.QUERY_TOPICS_BY_CONSUMER, groupFields);
export const querySubscriptionByConsumer = api(REQUEST.QUERY_SUBSCRIPTION_BY_CONSUMER, {
  ...groupFields,
  topic: text.optional(),
});
export const queryConsumeTimeSpan = api(REQUEST.QUERY_CONSUME_TIME_SPAN, { ...topicFields, ...groupFields });
export const queryConsumeQueue = api(REQUEST.QUERY_CONSUME_QUEUE, {
  topic: text.optional(),
  queueId: int.or(0),
  index: long.or(0),
  count: int.or(0),
  consumerGroup: text.optional(),
});

export const cloneGroupOffset = api(REQUEST.CLONE_GROUP_OFFSET, {
  srcGroup: text,
  destGroup: text,
  topic: text.optional(),
  offline: flag.or(false),
});
export const invokeBrokerToResetOffset = api(REQUEST.INVOKE_BROKER_TO_RESET_OFFSET, {
  topic: text,
  group: text,
  queueId: int.or(-1),
  offset: long.optional(),
  timestamp: long,
  isForce: flag,
});
export const invokeBrokerToGetConsumerStatus = api(REQUEST.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, {
  topic: text,
  group: text,
  clientAddr: text.optional(),
});

/** Users and their rights. A user's or policy's body is JSON, see bodies/access.ts. */
export const createUser = api(REQUEST.AUTH_CREATE_USER, { username: text.optional() });
export const updateUser = api(REQUEST.AUTH_UPDATE_USER, { username: text.optional() });
export const deleteUser = api(REQUEST.AUTH_DELETE_USER, { username: text.optional() });
export const getUser = api(REQUEST.AUTH_GET_USER, { username: text.optional() });
export const listUsers = api(REQUEST.AUTH_LIST_USER, { filter: text.optional() });
export const createAcl = api(REQUEST.AUTH_CREATE_ACL, { subject: text.optional() });
export const updateAcl = api(REQUEST.AUTH_UPDATE_ACL, { subject: text.optional() });
export const deleteAcl = api(REQUEST.AUTH_DELETE_ACL, {
  subject: text.optional(),
  policyType: text.optional(),
  resource: text.optional(),
});
export const getAcl = api(REQUEST.AUTH_GET_ACL, { subject: text.optional() });
export const listAcls = api(REQUEST.AUTH_LIST_ACL, { subjectFilter: text.optional(), resourceFilter: text.optional() });
