/**
 * Topics come and go: CreateTopics, DeleteTopics, CreatePartitions, DeleteRecords.
 *
 * -1 partitions or replicas ask for the broker's default. DeleteTopics takes names up to version 5, from 6 on names or
 * ids.
 */
import { Api } from '../api.ts';
import { array, bool, int8, int16, int32, int64, string, uuid } from '../schema.ts';

/** How long an administrative request may take, where the client says nothing. */
export const ADMIN_TIMEOUT_MS = 60_000;

export const createTopicsApi = new Api({
  key: 19,
  name: 'CreateTopics',
  min: 2,
  max: 7,
  flexible: 5,
  request: {
    topics: array({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array({ partitionIndex: int32, brokerIds: array(int32) }),
      configs: array({ name: string, value: string.nullable() }),
    }),
    timeoutMs: int32.or(ADMIN_TIMEOUT_MS),
    validateOnly: bool.or(false),
  },
  response: {
    throttleTimeMs: int32.or(0),
    topics: array({
      name: string,
      topicId: uuid.since(7),
      errorCode: int16,
      errorMessage: string.nullable(),
      topicConfigErrorCode: int16.since(5).tagged(0),
      numPartitions: int32.since(5).or(-1),
      replicationFactor: int16.since(5).or(-1),
      configs: array({
        name: string,
        value: string.nullable(),
        readOnly: bool,
        configSource: int8.or(-1),
        isSensitive: bool,
      })
        .since(5)
        .nullable()
        .or([]),
    }),
  },
});

export const deleteTopicsApi = new Api({
  key: 20,
  name: 'DeleteTopics',
  min: 1,
  max: 6,
  flexible: 4,
  request: {
    topics: array({ name: string.nullable(), topicId: uuid }).since(6).essential(),
    topicNames: array(string).until(5),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32.or(0),
    responses: array({
      name: string.nullable(6),
      topicId: uuid.since(6),
      errorCode: int16,
      errorMessage: string.since(5).nullable(),
    }),
  },
});

export const createPartitionsApi = new Api({
  key: 37,
  name: 'CreatePartitions',
  min: 0,
  max: 3,
  flexible: 2,
  request: {
    topics: array({ name: string, count: int32, assignments: array({ brokerIds: array(int32) }).nullable() }),
    timeoutMs: int32,
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: int32.or(0),
    results: array({ name: string, errorCode: int16, errorMessage: string.nullable() }),
  },
});

export const deleteRecordsApi = new Api({
  key: 21,
  name: 'DeleteRecords',
  min: 0,
  max: 2,
  flexible: 2,
  request: {
    topics: array({ name: string, partitions: array({ partitionIndex: int32, offset: int64 }) }),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32.or(0),
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, lowWatermark: int64, errorCode: int16 }),
    }),
  },
});
