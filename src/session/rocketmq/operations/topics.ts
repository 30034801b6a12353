/**
 * Topics as administrators see them: made, changed, deleted, listed, counted.
 */
import type { Topic } from '../../../core/topic.ts';
import {
  deleteTopicInBroker,
  getAllTopicConfig,
  getSystemTopicListFromBroker,
  getTopicConfig,
  getTopicStatsInfo,
  updateAndCreateTopic,
  updateAndCreateTopicList,
} from '../../../wire/rocketmq/apis/administration.ts';
import {
  topicConfig,
  topicConfigList,
  topicConfigTable,
  topicStatsTable,
} from '../../../wire/rocketmq/bodies/administration.ts';
import { topicList } from '../../../wire/rocketmq/bodies/routes.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import { BROKER_NAME, type RocketmqNode } from '../node.ts';
import { bodyOf, operation } from '../operation.ts';
import { bodyAnswer, OK, type Reply, refusal } from '../reply.ts';
import { newestTimeOf } from '../time-search.ts';
import { attributesAfter } from '../topic-attributes.ts';
import { missing } from '../topic-catalog.ts';
import { type TopicConfig, topicConfigOf } from '../topic-config.ts';
import { topicNameProblem } from '../topic-name.ts';

/** More queues no topic has. */
const QUEUES_MAX = 1_024;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** null: done. */
function configure(node: RocketmqNode, name: string, wanted: TopicConfig): Reply | null {
  const { topics } = node;
  const known = topics.find(name);
  const problem = known === undefined ? topicNameProblem(name) : null;
  if (problem !== null) return refusal(RESPONSE.INVALID_PARAMETER, problem);
  if (topics.system.has(name)) {
    return refusal(RESPONSE.INVALID_PARAMETER, `The topic[${name}] is conflict with system topic.`);
  }
  const { readQueueNums, writeQueueNums } = wanted;
  if (Math.min(readQueueNums, writeQueueNums) < 1 || Math.max(readQueueNums, writeQueueNums) > QUEUES_MAX) {
    return refusal(RESPONSE.INVALID_PARAMETER, `a topic has 1 to ${QUEUES_MAX} queues`);
  }
  const before = known === undefined ? NO_ATTRIBUTES : topicConfigOf(known).attributes;
  topics.configure(name, { ...wanted, attributes: attributesAfter(before, wanted.attributes) });
  return null;
}

const update = operation(updateAndCreateTopic, (call, request) => {
  const { topic, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order, attributes } = request;
  const refused = configure(call.peer.node, topic, {
    readQueueNums,
    writeQueueNums,
    perm,
    topicFilterType,
    topicSysFlag: topicSysFlag ?? 0,
    order,
    attributes: changesOf(attributes ?? ''),
  });
  return refused ?? call.answerWhenCommitted(OK);
});

const updateList = operation(updateAndCreateTopicList, (call) => {
  for (const { topicName, ...config } of bodyOf(call, topicConfigList).topicConfigList) {
    const refused = configure(call.peer.node, topicName, config);
    if (refused !== null) return refused;
  }
  return call.answerWhenCommitted(OK);
});

/** `+message.type=FIFO,-reserve.time` */
function changesOf(text: string): ReadonlyMap<string, string> {
  const changes = new Map<string, string>();
  for (const change of text.split(',')) {
    const [name = '', value = ''] = change.trim().split('=', 2);
    if (name !== '') changes.set(name, value);
  }
  return changes;
}

const remove = operation(deleteTopicInBroker, (call, { topic }) => {
  const { topics } = call.peer.node;
  if (topics.system.has(topic)) {
    return refusal(RESPONSE.INVALID_PARAMETER, `The topic[${topic}] is conflict with system topic.`);
  }
  topics.delete(topic);
  return call.answerWhenCommitted(OK);
});

function described({ name }: Topic, { attributes, ...config }: TopicConfig) {
  return { topicName: name, ...config, attributes };
}

const get = operation(getTopicConfig, ({ peer }, { topic: name }) => {
  const topic = peer.node.topics.find(name);
  if (topic === undefined) return refusal(RESPONSE.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${name}`);
  return bodyAnswer(topicConfig.encode(described(topic, topicConfigOf(topic))));
});

const getAll = operation(getAllTopicConfig, ({ peer }) => {
  const topics = [...peer.node.topics.all].map(
    (topic) => [topic.name, described(topic, topicConfigOf(topic))] as const,
  );
  const dataVersion = { counter: 1, stateVersion: 0, timestamp: peer.node.options.startedAt };
  return bodyAnswer(topicConfigTable.encode({ dataVersion, topicConfigTable: new Map(topics) }));
});

const systemTopics = operation(getSystemTopicListFromBroker, ({ peer }) =>
  bodyAnswer(topicList.encode({ topicList: [...peer.node.topics.system.keys()] })),
);

const stats = operation(getTopicStatsInfo, ({ peer }, { topic: name }) => {
  const topic = peer.node.topics.find(name);
  if (topic === undefined) return missing(name);
  const offsetTable = topic.logs.map((kept, queueId) => {
    const { floor, end } = kept.log;
    const figures = { minOffset: floor, maxOffset: end, lastUpdateTimestamp: newestTimeOf(kept) };
    return [{ topic: name, brokerName: BROKER_NAME, queueId }, figures] as const;
  });
  return bodyAnswer(topicStatsTable.encode({ offsetTable, topicPutTps: 0 }));
});

export const TOPIC_OPERATIONS = [update, updateList, remove, get, getAll, systemTopics, stats];
