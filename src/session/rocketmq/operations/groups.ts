/**
 * Clients and their groups: heartbeats, farewells, and who is a member.
 */
import {
  checkClientConfig,
  getConsumerListByGroup,
  heartBeat,
  unregisterClient,
} from '../../../wire/rocketmq/apis/consumption.ts';
import { consumerList } from '../../../wire/rocketmq/bodies/consumption.ts';
import { checkClientRequest, heartbeatData } from '../../../wire/rocketmq/bodies/heartbeat.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../../wire/rocketmq/wire-error.ts';
import { filterOf } from '../filter.ts';
import { bodyOf, operation } from '../operation.ts';
import { answer, bodyAnswer, OK, refusal } from '../reply.ts';
import { newTopicConfig } from '../topic-config.ts';
import { groupNameProblem, RETRY_PREFIX } from '../topic-name.ts';

/** The retry topic of each consumer group is there from its first heartbeat on: its members read it too. */
const heartbeat = operation(heartBeat, (call) => {
  const { peer, language, version } = call;
  const { clients, topics } = peer.node;
  const data = bodyOf(call, heartbeatData);
  for (const { groupName } of data.consumerDataSet) {
    const problem = groupNameProblem(groupName);
    if (problem !== null) return refusal(RESPONSE.INVALID_PARAMETER, problem);
  }
  const changed = clients.heartbeat({ channel: peer, language, version }, data);
  let isNew = false;
  for (const { groupName, unitMode } of data.consumerDataSet) {
    const name = RETRY_PREFIX + groupName;
    if (topics.find(name) !== undefined) continue;
    topics.make(name, { ...newTopicConfig(1), topicSysFlag: unitMode ? 2 : 0 });
    isNew = true;
  }
  const reply = answer({
    IS_SUPPORT_HEART_BEAT_V2: true,
    IS_SUB_CHANGE: changed,
  });
  return isNew ? call.answerWhenCommitted(reply) : reply;
});

const unregister = operation(unregisterClient, ({ peer }, { producerGroup, consumerGroup }) => {
  peer.node.clients.unregister(peer, producerGroup, consumerGroup);
  return OK;
});

const members = operation(getConsumerListByGroup, ({ peer }, { consumerGroup }) => {
  const group = peer.node.clients.consumers.get(consumerGroup);
  if (group === undefined) return refusal(RESPONSE.SYSTEM_ERROR, `no consumer for this group, ${consumerGroup}`);
  const consumerIdList = [...new Set([...group.members.values()].map(({ clientId }) => clientId))];
  return bodyAnswer(consumerList.encode({ consumerIdList }));
});

/** Whether a filter can be understood. */
const check = operation(checkClientConfig, (call) => {
  const { subscriptionData } = bodyOf(call, checkClientRequest);
  try {
    filterOf(subscriptionData.expressionType, subscriptionData.subString);
  } catch (error) {
    if (!(error instanceof RocketmqWireError)) throw error;
    return refusal(RESPONSE.SUBSCRIPTION_PARSE_FAILED, error.message);
  }
  return OK;
});

export const GROUP_OPERATIONS = [heartbeat, unregister, members, check];
