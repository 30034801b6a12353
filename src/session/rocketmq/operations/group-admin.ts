/**
 * Groups as administrators see them: how they are configured, who is connected, who subscribes to what.
 */
import {
  deleteSubscriptionGroup,
  getAllProducerInfo,
  getAllSubscriptionGroupConfig,
  getConsumerConnectionList,
  getProducerConnectionList,
  getSubscriptionGroupConfig,
  querySubscriptionByConsumer,
  queryTopicConsumeByWho,
  queryTopicsByConsumer,
  updateAndCreateSubscriptionGroup,
  updateAndCreateSubscriptionGroupList,
} from '../../../wire/rocketmq/apis/administration.ts';
import {
  consumerConnection,
  groupList,
  producerConnection,
  producerTable,
  querySubscriptionResponse,
  subscriptionGroupConfig,
  subscriptionGroupList,
  subscriptionGroupTable,
} from '../../../wire/rocketmq/bodies/administration.ts';
import { topicList } from '../../../wire/rocketmq/bodies/routes.ts';
import { LANGUAGE_NAMES } from '../../../wire/rocketmq/constants.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import type { Member } from '../consumer-group.ts';
import type { GroupConfig } from '../consumer-groups.ts';
import type { RocketmqNode } from '../node.ts';
import { bodyOf, operation } from '../operation.ts';
import { bodyAnswer, OK, type Reply, refusal } from '../reply.ts';
import { groupNameProblem, RETRY_PREFIX } from '../topic-name.ts';

// ── How they are configured ──

function configure(node: RocketmqNode, config: GroupConfig): Reply | null {
  const problem = groupNameProblem(config.groupName);
  if (problem !== null) return refusal(RESPONSE.INVALID_PARAMETER, problem);
  node.groups.configure(config);
  return null;
}

const update = operation(updateAndCreateSubscriptionGroup, (call) => {
  const config = bodyOf(call, subscriptionGroupConfig);
  return configure(call.peer.node, config) ?? call.answerWhenCommitted(OK);
});

const updateList = operation(updateAndCreateSubscriptionGroupList, (call) => {
  for (const config of bodyOf(call, subscriptionGroupList).groupConfigList) {
    const refused = configure(call.peer.node, config);
    if (refused !== null) return refused;
  }
  return call.answerWhenCommitted(OK);
});

const remove = operation(deleteSubscriptionGroup, (call, { groupName, cleanOffset }) => {
  const { groups, topics, namespace } = call.peer.node;
  groups.forget(groupName);
  if (cleanOffset) {
    namespace.groups.delete(groupName);
    topics.delete(RETRY_PREFIX + groupName);
  }
  return call.answerWhenCommitted(OK);
});

const get = operation(getSubscriptionGroupConfig, ({ peer }, { group }) =>
  bodyAnswer(subscriptionGroupConfig.encode(peer.node.groups.configOf(group))),
);

const getAll = operation(getAllSubscriptionGroupConfig, ({ peer }) => {
  const { groups, options } = peer.node;
  const table = new Map([...groups.all()].map((config) => [config.groupName, config]));
  const dataVersion = { counter: 1, stateVersion: 0, timestamp: options.startedAt };
  return bodyAnswer(subscriptionGroupTable.encode({ dataVersion, subscriptionGroupTable: table }));
});

// ── Who is connected ──

function connectionOf({ channel, clientId, language, version }: Member) {
  return { clientAddr: channel.remote, clientId, language: LANGUAGE_NAMES[language] ?? 'OTHER', version };
}

const consumers = operation(getConsumerConnectionList, ({ peer }, { consumerGroup }) => {
  const group = peer.node.clients.consumers.get(consumerGroup);
  if (group === undefined) {
    return refusal(RESPONSE.CONSUMER_NOT_ONLINE, `the consumer group[${consumerGroup}] not online`);
  }
  const { consumeType, messageModel, consumeFromWhere, subscriptions, members } = group;
  return bodyAnswer(
    consumerConnection.encode({
      connectionSet: [...members.values()].map(connectionOf),
      consumeFromWhere,
      consumeType,
      messageModel,
      subscriptionTable: subscriptions,
    }),
  );
});

const producers = operation(getProducerConnectionList, ({ peer }, { producerGroup }) => {
  const members = peer.node.clients.producers.get(producerGroup);
  if (members === undefined) {
    return refusal(RESPONSE.SYSTEM_ERROR, `the producer group[${producerGroup}] not exist`);
  }
  return bodyAnswer(producerConnection.encode({ connectionSet: [...members.values()].map(connectionOf) }));
});

const allProducers = operation(getAllProducerInfo, ({ peer }) => {
  const data = [...peer.node.clients.producers].map(([group, members]) => {
    const infos = [...members.values()].map((member) => {
      const { clientAddr: remoteIP, clientId, language, version } = connectionOf(member);
      return { clientId, language, lastUpdateTimestamp: member.seenAt, remoteIP, version };
    });
    return [group, infos] as const;
  });
  return bodyAnswer(producerTable.encode({ data: new Map(data) }));
});

// ── Who subscribes to what ──

/** Members, or whoever has a position. */
const groupsOfTopic = operation(queryTopicConsumeByWho, ({ peer }, { topic }) => {
  const { clients, namespace, topics } = peer.node;
  const groups = new Set<string>();
  for (const { name, subscriptions } of clients.consumers.values()) if (subscriptions.has(topic)) groups.add(name);
  const logs = topics.find(topic)?.logs ?? [];
  for (const { name, positions } of namespace.groups.byName.values()) {
    if (logs.some(({ log }) => positions.has(log.id))) groups.add(name);
  }
  return bodyAnswer(groupList.encode({ groupList: [...groups] }));
});

const topicsOfGroup = operation(queryTopicsByConsumer, ({ peer }, { group }) => {
  const { namespace, topics } = peer.node;
  const positions = namespace.groups.byName.get(group)?.positions;
  const read = [...topics.all].filter(({ logs }) => logs.some(({ log }) => positions?.has(log.id)));
  return bodyAnswer(topicList.encode({ topicList: read.map(({ name }) => name) }));
});

const subscription = operation(querySubscriptionByConsumer, ({ peer }, { group, topic }) => {
  const name = topic ?? '';
  const subscriptionData = peer.node.clients.subscription(group, name) ?? null;
  return bodyAnswer(querySubscriptionResponse.encode({ group, topic: name, subscriptionData }));
});

export const GROUP_ADMIN_OPERATIONS = [
  update,
  updateList,
  remove,
  get,
  getAll,
  consumers,
  producers,
  allProducers,
  groupsOfTopic,
  topicsOfGroup,
  subscription,
];
