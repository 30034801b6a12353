/**
 * Metadata: which topics there are, and which broker leads each partition.
 *
 * `topics` null asks for all topics; so does an empty list in version 0, which has no null. Topic ids came with 10, and
 * from 12 on a topic may be asked for by its id alone.
 */
import { Api } from '../api.ts';
import { array, bool, int16, int32, string, uuid } from '../schema.ts';

/** Authorized operations that nobody asked for. */
export const OPERATIONS_UNKNOWN = -0x8000_0000;

export const metadataApi = new Api({
  key: 3,
  name: 'Metadata',
  min: 0,
  max: 13,
  flexible: 9,
  request: {
    topics: array({ topicId: uuid.since(10), name: string.nullable(10) }).nullable(1),
    allowAutoTopicCreation: bool.since(4).or(true).essential(),
    includeClusterAuthorizedOperations: bool.since(8).until(10).essential(),
    includeTopicAuthorizedOperations: bool.since(8).essential(),
  },
  response: {
    throttleTimeMs: int32.since(3),
    brokers: array({ nodeId: int32, host: string, port: int32, rack: string.since(1).nullable(1) }),
    clusterId: string.since(2).nullable(2),
    controllerId: int32.since(1).or(-1),
    topics: array({
      errorCode: int16,
      name: string.nullable(12),
      topicId: uuid.since(10),
      isInternal: bool.since(1),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32.since(7).or(-1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: array(int32).since(5),
      }),
      topicAuthorizedOperations: int32.since(8).or(OPERATIONS_UNKNOWN).essential(),
    }),
    clusterAuthorizedOperations: int32.since(8).until(10).or(OPERATIONS_UNKNOWN).essential(),
    errorCode: int16.since(13),
  },
});
