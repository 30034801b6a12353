/**
 * Metadata: the one broker that there is, and topics, created by being asked for unless the client says no.
 *
 * A new topic is there at once: "leader not available", which clients of Kafka know from their first message, is never
 * answered. The answer waits until the topic is durable.
 */
import type { Topic } from '../../../core/topic.ts';
import { NO_ARGUMENTS } from '../../../core/value.ts';
import type { ResponseOf } from '../../../wire/kafka/api.ts';
import { metadataApi } from '../../../wire/kafka/apis/metadata.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { CLUSTER_OPERATIONS, TOPIC_OPERATIONS } from '../authorized-operations.ts';
import { CLUSTER_TOPIC, OFFSETS_TOPIC, offsetsTopic } from '../internal-topics.ts';
import { type KafkaNode, NODE_ID } from '../node.ts';
import { operation } from '../operation.ts';
import { isTopicName } from '../topic-name.ts';

type TopicResponse = ResponseOf<typeof metadataApi>['topics'][number];

const REPLICAS: readonly number[] = [NODE_ID];

export const metadata = operation(metadataApi, (call, request) => {
  const { node, host, port } = call.peer;
  const { store } = node.broker;
  const asked = call.version === 0 && request.topics?.length === 0 ? null : request.topics;
  const before = node.namespace.topics.byName.size;
  const topics: TopicResponse[] = [];
  if (asked === null) for (const topic of node.topics.all) topics.push(described(node, topic));
  else {
    for (const { name, topicId } of asked) {
      topics.push(
        name === null || (name === '' && topicId !== '')
          ? byId(node, topicId)
          : byName(node, name, request.allowAutoTopicCreation),
      );
    }
  }
  if (request.includeTopicAuthorizedOperations) {
    for (const [index, topic] of topics.entries()) {
      topics[index] = { ...topic, topicAuthorizedOperations: TOPIC_OPERATIONS };
    }
  }
  const response: ResponseOf<typeof metadataApi> = {
    throttleTimeMs: 0,
    brokers: [{ nodeId: NODE_ID, host, port, rack: null }],
    clusterId: node.clusterId,
    controllerId: NODE_ID,
    topics,
    ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS } : {}),
    errorCode: ERROR.NONE,
  };
  if (node.namespace.topics.byName.size === before) return response;
  call.answerWhenCommitted(store.filling, response);
  return null;
});

function byName(node: KafkaNode, name: string, create: boolean): TopicResponse {
  const known = node.topics.find(name);
  if (known !== undefined) return described(node, known);
  if (!isTopicName(name)) return failed(name, '', ERROR.INVALID_TOPIC_EXCEPTION);
  if (!create || name === CLUSTER_TOPIC) return failed(name, '', ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  const created =
    name === OFFSETS_TOPIC
      ? (offsetsTopic(node.namespace) ?? ERROR.INVALID_TOPIC_EXCEPTION)
      : node.topics.create(name, node.options.partitions, NO_ARGUMENTS);
  return typeof created === 'number' ? failed(name, '', created) : described(node, created);
}

function byId(node: KafkaNode, topicId: string): TopicResponse {
  const topic = node.topics.findById(topicId);
  return topic === undefined ? failed(null, topicId, ERROR.UNKNOWN_TOPIC_ID) : described(node, topic);
}

function described(node: KafkaNode, topic: Topic): TopicResponse {
  return {
    errorCode: ERROR.NONE,
    name: topic.name,
    topicId: node.topics.idOf(topic),
    isInternal: node.topics.exchangeOf(topic).internal,
    partitions: topic.logs.map((_, partitionIndex) => ({
      errorCode: ERROR.NONE,
      partitionIndex,
      leaderId: NODE_ID,
      leaderEpoch: 0,
      replicaNodes: REPLICAS,
      isrNodes: REPLICAS,
      offlineReplicas: [],
    })),
  };
}

function failed(name: string | null, topicId: string, errorCode: number): TopicResponse {
  return { errorCode, name, topicId, isInternal: name === OFFSETS_TOPIC, partitions: [] };
}
