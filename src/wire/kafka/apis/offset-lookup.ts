/**
 * ListOffsets and OffsetForLeaderEpoch: where in a partition to begin, by time or by leader epoch.
 *
 * Timestamps below zero are questions of their own, see LIST_OFFSETS.
 */
import { Api } from '../api.ts';
import { array, int8, int16, int32, int64, string } from '../schema.ts';

export const LIST_OFFSETS = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
} as const;

export const listOffsetsApi = new Api({
  key: 2,
  name: 'ListOffsets',
  min: 1,
  max: 11,
  flexible: 6,
  request: {
    replicaId: int32,
    isolationLevel: int8.since(2).essential(),
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, currentLeaderEpoch: int32.since(4).or(-1), timestamp: int64 }),
    }),
    timeoutMs: int32.since(10),
  },
  response: {
    throttleTimeMs: int32.since(2),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        timestamp: int64.or(-1),
        offset: int64.or(-1),
        leaderEpoch: int32.since(4).or(-1).essential(),
      }),
    }),
  },
});

export const offsetForLeaderEpochApi = new Api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  min: 2,
  max: 4,
  flexible: 4,
  request: {
    replicaId: int32.since(3).or(-2),
    topics: array({
      topic: string,
      partitions: array({ partition: int32, currentLeaderEpoch: int32.or(-1), leaderEpoch: int32 }),
    }),
  },
  response: {
    throttleTimeMs: int32.or(0),
    topics: array({
      topic: string,
      partitions: array({
        errorCode: int16,
        partition: int32,
        leaderEpoch: int32.or(-1),
        endOffset: int64.or(-1),
      }),
    }),
  },
});
