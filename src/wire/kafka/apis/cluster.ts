/**
 * The cluster as tools see it: DescribeCluster, DescribeTopicPartitions, DescribeLogDirs, ElectLeaders,
 * ListPartitionReassignments.
 */
import { Api } from '../api.ts';
import { array, bool, int8, int16, int32, int64, string, struct, uuid } from '../schema.ts';
import { OPERATIONS_UNKNOWN } from './metadata.ts';
import { ADMIN_TIMEOUT_MS } from './topics.ts';

/** `endpointType` of DescribeCluster. */
export const ENDPOINT = { broker: 1, controller: 2 } as const;

export const describeClusterApi = new Api({
  key: 60,
  name: 'DescribeCluster',
  min: 0,
  max: 2,
  flexible: 0,
  request: {
    includeClusterAuthorizedOperations: bool,
    endpointType: int8.since(1).or(ENDPOINT.broker).essential(),
    includeFencedBrokers: bool.since(2).essential(),
  },
  response: {
    throttleTimeMs: int32.or(0),
    errorCode: int16,
    errorMessage: string.nullable(),
    endpointType: int8.since(1).or(ENDPOINT.broker).essential(),
    clusterId: string,
    controllerId: int32.or(-1),
    brokers: array({
      brokerId: int32,
      host: string,
      port: int32,
      rack: string.nullable(),
      isFenced: bool.since(2).essential(),
    }),
    clusterAuthorizedOperations: int32.or(OPERATIONS_UNKNOWN),
  },
});

/** Where a listing that was too long goes on. */
const cursor = struct({ topicName: string, partitionIndex: int32 }).nullable();

export const describeTopicPartitionsApi = new Api({
  key: 75,
  name: 'DescribeTopicPartitions',
  min: 0,
  max: 0,
  flexible: 0,
  request: {
    topics: array({ name: string }),
    responsePartitionLimit: int32.or(2000),
    cursor,
  },
  response: {
    throttleTimeMs: int32.or(0),
    topics: array({
      errorCode: int16,
      name: string.nullable(),
      topicId: uuid,
      isInternal: bool.or(false),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32.or(-1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: array(int32).nullable(),
        lastKnownElr: array(int32).nullable(),
        offlineReplicas: array(int32),
      }),
      topicAuthorizedOperations: int32.or(OPERATIONS_UNKNOWN),
    }),
    nextCursor: cursor,
  },
});

export const describeLogDirsApi = new Api({
  key: 35,
  name: 'DescribeLogDirs',
  min: 1,
  max: 5,
  flexible: 2,
  request: { topics: array({ topic: string, partitions: array(int32) }).nullable() },
  response: {
    throttleTimeMs: int32.or(0),
    errorCode: int16.since(3),
    results: array({
      errorCode: int16,
      logDir: string,
      topics: array({
        name: string,
        partitions: array({ partitionIndex: int32, partitionSize: int64, offsetLag: int64, isFutureKey: bool }),
      }),
      totalBytes: int64.since(4).or(-1),
      usableBytes: int64.since(4).or(-1),
      isCordoned: bool.since(5),
    }),
  },
});

export const electLeadersApi = new Api({
  key: 43,
  name: 'ElectLeaders',
  min: 0,
  max: 2,
  flexible: 2,
  request: {
    electionType: int8.since(1).essential(),
    topicPartitions: array({ topic: string, partitions: array(int32) }).nullable(),
    timeoutMs: int32.or(ADMIN_TIMEOUT_MS),
  },
  response: {
    throttleTimeMs: int32.or(0),
    errorCode: int16.since(1).essential(),
    replicaElectionResults: array({
      topic: string,
      partitionResult: array({ partitionId: int32, errorCode: int16, errorMessage: string.nullable() }),
    }),
  },
});

export const listPartitionReassignmentsApi = new Api({
  key: 46,
  name: 'ListPartitionReassignments',
  min: 0,
  max: 0,
  flexible: 0,
  request: {
    timeoutMs: int32.or(ADMIN_TIMEOUT_MS),
    topics: array({ name: string, partitionIndexes: array(int32) }).nullable(),
  },
  response: {
    throttleTimeMs: int32.or(0),
    errorCode: int16,
    errorMessage: string.nullable(),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: array(int32),
        addingReplicas: array(int32),
        removingReplicas: array(int32),
      }),
    }),
  },
});
