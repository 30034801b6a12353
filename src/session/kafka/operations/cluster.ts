/**
 * The cluster as tools see it: one broker, which leads every partition, has its only replica, and keeps everything in
 * one journal. What moves leaders and replicas about finds nothing to do.
 */
import type { Topic } from '../../../core/topic.ts';
import type { RequestOf, ResponseOf } from '../../../wire/kafka/api.ts';
import {
  describeClusterApi,
  describeLogDirsApi,
  describeTopicPartitionsApi,
  ENDPOINT,
  electLeadersApi,
  listPartitionReassignmentsApi,
} from '../../../wire/kafka/apis/cluster.ts';
import { OPERATIONS_UNKNOWN } from '../../../wire/kafka/apis/metadata.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { CLUSTER_OPERATIONS, TOPIC_OPERATIONS } from '../authorized-operations.ts';
import { type KafkaNode, NODE_ID } from '../node.ts';
import { type Operation, operation } from '../operation.ts';
import { noSuchTopic } from '../refusal.ts';

type PartitionsResponse = ResponseOf<typeof describeTopicPartitionsApi>;
type TopicPartitions = PartitionsResponse['topics'][number];
type Cursor = RequestOf<typeof describeTopicPartitionsApi>['cursor'];
type LogDirTopics = NonNullable<RequestOf<typeof describeLogDirsApi>['topics']>;
type ElectionResult = ResponseOf<typeof electLeadersApi>['replicaElectionResults'][number];

/** What the journal is called where Kafka has paths of folders. */
export const LOG_DIR = 'journal';
const REPLICAS: readonly number[] = [NODE_ID];
/** Kafka's max.request.partition.size.limit. */
const LISTED_PARTITIONS_MAX = 2_000;
/** Of ElectLeaders: the preferred replica, or one that may lag. */
const ELECTIONS: readonly number[] = [0, 1];

// ── The broker ──

export const describeCluster = operation(describeClusterApi, ({ peer }, request) => {
  const { node, host, port } = peer;
  const { endpointType, includeClusterAuthorizedOperations } = request;
  if (endpointType !== ENDPOINT.broker) return wrongEndpoint(endpointType);
  return {
    throttleTimeMs: 0,
    errorCode: ERROR.NONE,
    errorMessage: null,
    endpointType,
    clusterId: node.clusterId,
    controllerId: NODE_ID,
    brokers: [{ brokerId: NODE_ID, host, port, rack: null }],
    clusterAuthorizedOperations: includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : OPERATIONS_UNKNOWN,
  };
});

function wrongEndpoint(endpointType: number): ResponseOf<typeof describeClusterApi> {
  const isController = endpointType === ENDPOINT.controller;
  return {
    throttleTimeMs: 0,
    errorCode: isController ? ERROR.MISMATCHED_ENDPOINT_TYPE : ERROR.UNSUPPORTED_ENDPOINT_TYPE,
    errorMessage: isController
      ? 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
      : `Unsupported endpoint type ${endpointType}`,
    clusterId: '',
    brokers: [],
  };
}

// ── Partitions ──

/** By ascending name, as many partitions as are asked for; the cursor says where the rest begins. */
export const describeTopicPartitions = operation(describeTopicPartitionsApi, (call, request) => {
  const { node } = call.peer;
  const { cursor, responsePartitionLimit } = request;
  const asked = request.topics.map(({ name }) => name);
  if (cursor !== null && !isWithin(cursor, asked)) {
    return { throttleTimeMs: 0, topics: asked.map((name) => absent(name, ERROR.INVALID_REQUEST, OPERATIONS_UNKNOWN)) };
  }
  const all = asked.length > 0 ? asked : [...node.topics.all].map(({ name }) => name);
  const names = [...new Set(all)].filter((name) => cursor === null || name >= cursor.topicName).sort();
  let room = Math.min(Math.max(1, responsePartitionLimit), LISTED_PARTITIONS_MAX);
  let nextCursor: Cursor = null;
  const topics: TopicPartitions[] = [];
  for (const name of names) {
    const topic = node.topics.find(name);
    if (topic === undefined) {
      topics.push(absent(name, noSuchTopic(name).code, TOPIC_OPERATIONS));
      continue;
    }
    const from = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const to = Math.min(topic.logs.length, from + room);
    if (to > from) topics.push(partitionsOf(node, topic, from, to));
    room -= Math.max(0, to - from);
    if (to >= topic.logs.length) continue;
    nextCursor = { topicName: name, partitionIndex: to };
    break;
  }
  return { throttleTimeMs: 0, topics, nextCursor };
});

function isWithin({ topicName, partitionIndex }: NonNullable<Cursor>, asked: readonly string[]): boolean {
  return partitionIndex >= 0 && (asked.length === 0 || asked.includes(topicName));
}

function partitionsOf(node: KafkaNode, topic: Topic, from: number, to: number): TopicPartitions {
  const partitions = topic.logs.slice(from, to).map((_, index) => ({
    errorCode: ERROR.NONE,
    partitionIndex: from + index,
    leaderId: NODE_ID,
    leaderEpoch: 0,
    replicaNodes: REPLICAS,
    isrNodes: REPLICAS,
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: [],
  }));
  return {
    errorCode: ERROR.NONE,
    name: topic.name,
    topicId: node.topics.idOf(topic),
    isInternal: node.topics.exchangeOf(topic).internal,
    partitions,
    topicAuthorizedOperations: TOPIC_OPERATIONS,
  };
}

function absent(name: string, errorCode: number, topicAuthorizedOperations: number): TopicPartitions {
  return { errorCode, name, topicId: '', partitions: [], topicAuthorizedOperations };
}

// ── Where the data is ──

export const describeLogDirs = operation(describeLogDirsApi, ({ peer }, request) => {
  const { node } = peer;
  const asked = request.topics ?? allPartitions(node);
  const topics = asked.map(({ topic: name, partitions }) => {
    const logs = node.topics.find(name)?.logs ?? [];
    const sizes = [...new Set(partitions)].flatMap((partitionIndex) => {
      const kept = logs[partitionIndex];
      if (kept === undefined) return [];
      return [{ partitionIndex, partitionSize: kept.log.livingBytes, offsetLag: 0, isFutureKey: false }];
    });
    return { name, partitions: sizes };
  });
  return {
    throttleTimeMs: 0,
    errorCode: ERROR.NONE,
    results: [{ errorCode: ERROR.NONE, logDir: LOG_DIR, topics: topics.filter((one) => one.partitions.length > 0) }],
  };
});

function allPartitions(node: KafkaNode): LogDirTopics {
  return [...node.topics.all].map(({ name, logs }) => ({ topic: name, partitions: logs.map((_, index) => index) }));
}

// ── Leaders and replicas ──

/** Who asks for all partitions is told only of those that got another leader: of none. */
export const electLeaders = operation(electLeadersApi, ({ peer }, { electionType, topicPartitions }) => {
  const known = ELECTIONS.includes(electionType);
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }): ElectionResult => {
    const logs = peer.node.topics.find(topic)?.logs;
    return {
      topic,
      partitionResult: partitions.map((partitionId) => {
        const [errorCode, errorMessage] = known
          ? election(topic, partitionId, logs?.length)
          : [ERROR.INVALID_REQUEST, `Unknown election type ${electionType}`];
        return { partitionId, errorCode, errorMessage };
      }),
    };
  });
  return { throttleTimeMs: 0, errorCode: known ? ERROR.NONE : ERROR.INVALID_REQUEST, replicaElectionResults };
});

function election(topic: string, partition: number, count: number | undefined): [code: number, message: string] {
  if (count === undefined) return [ERROR.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${topic}`];
  if (partition < 0 || partition >= count) {
    return [ERROR.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${topic}-${partition}`];
  }
  return [ERROR.ELECTION_NOT_NEEDED, 'Leader election not needed for topic partition.'];
}

export const listPartitionReassignments = operation(listPartitionReassignmentsApi, () => ({
  throttleTimeMs: 0,
  errorCode: ERROR.NONE,
  errorMessage: null,
  topics: [],
}));

/** All of them. */
export const CLUSTER: readonly Operation[] = [
  describeCluster,
  describeTopicPartitions,
  describeLogDirs,
  electLeaders,
  listPartitionReassignments,
];
