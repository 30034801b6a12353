/**
 * QueryRoute, QueryAssignment: where a topic's queues are.
 *
 * A topic that does not exist is made, unless that is switched off. Consumers are assigned the broker as a whole (queue
 * -1): a receive is given messages of any queue. Where messages are given in order each queue is assigned for itself,
 * because clients expect it; what a receive is given is the same.
 */
import type { Topic } from '../../../../core/topic.ts';
import { PERM } from '../../../../wire/rocketmq/constants.ts';
import { CODE, MESSAGE_TYPE, PERMISSION } from '../../../../wire/rocketmq/v2/codes.ts';
import type { Endpoints, MessageQueue, Resource } from '../../../../wire/rocketmq/v2/shapes.ts';
import { newTopicConfig, topicConfigOf } from '../../topic-config.ts';
import { acceptedTypes } from '../accepted-types.ts';
import type { Call } from '../call.ts';
import { endpointsFor } from '../endpoints.ts';
import { readsInOrder } from '../groups.ts';
import { groupNameOf, topicNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { OK, Refusal } from '../refusal.ts';

/** Of a topic that is made by being asked for: as many as RocketMQ's producers ask for. */
const QUEUES = 4;
const ANY_QUEUE = -1;

export const queryRoute = operation('QueryRoute', (call, { topic: resource, endpoints }) => {
  const { topic, isNew } = findOrMake(call, topicNameOf(resource));
  const here = endpointsFor(call.node.options.advertise, call.caller, endpoints);
  const { readQueueNums, writeQueueNums, perm } = topicConfigOf(topic);
  const messageQueues: MessageQueue[] = [];
  for (let id = 0; id < Math.max(readQueueNums, writeQueueNums); id++) {
    const isRead = id < readQueueNums && (perm & PERM.READ) !== 0;
    const isWritten = id < writeQueueNums && (perm & PERM.WRITE) !== 0;
    messageQueues.push(queueOf(call, topic, resource as Resource, here, id, permissionOf(isRead, isWritten)));
  }
  const response = { status: OK, messageQueues };
  if (!isNew) return response;
  call.answerWhenCommitted(response);
  return null;
});

export const queryAssignment = operation('QueryAssignment', (call, request) => {
  const { node, caller } = call;
  const { topic, isNew } = findOrMake(call, topicNameOf(request.topic));
  const config = node.groups.configOf(groupNameOf(request.group));
  const here = endpointsFor(node.options.advertise, caller, (request as { endpoints?: Endpoints | null }).endpoints);
  const { readQueueNums, perm } = topicConfigOf(topic);
  const ids = readsInOrder(config, topic) ? Array.from({ length: readQueueNums }, (_, id) => id) : [ANY_QUEUE];
  const permission = permissionOf((perm & PERM.READ) !== 0, (perm & PERM.WRITE) !== 0);
  const assignments = ids.map((id) => ({
    messageQueue: queueOf(call, topic, request.topic as Resource, here, id, permission),
  }));
  const response = { status: OK, assignments };
  if (!isNew) return response;
  call.answerWhenCommitted(response);
  return null;
});

function findOrMake({ node }: Call, name: string): { topic: Topic; isNew: boolean } {
  const topic = node.topics.find(name);
  if (topic !== undefined) return { topic, isNew: false };
  const system = node.topics.system.get(name);
  if (system?.closed) throw new Refusal(CODE.ILLEGAL_TOPIC, `${name} is a system topic`);
  if (!node.topics.autoCreates) throw new Refusal(CODE.TOPIC_NOT_FOUND, `there is no topic ${name}`);
  return { topic: node.topics.make(name, newTopicConfig(system?.queues ?? QUEUES)).topic, isNew: true };
}

function queueOf(
  { node }: Call,
  topic: Topic,
  resource: Resource,
  endpoints: Endpoints,
  id: number,
  permission: number,
): MessageQueue {
  const broker = { name: node.options.brokerName, id: 0, endpoints };
  const types = acceptedTypes(topic);
  // Clients can't start with a type that they don't know, and all know these.
  const acceptMessageTypes = types.length > 0 ? types : [MESSAGE_TYPE.NORMAL];
  return { topic: resource, id, permission, broker, acceptMessageTypes };
}

function permissionOf(isRead: boolean, isWritten: boolean): number {
  if (isRead) return isWritten ? PERMISSION.READ_WRITE : PERMISSION.READ;
  return isWritten ? PERMISSION.WRITE : PERMISSION.NONE;
}
