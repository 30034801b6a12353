/**
 * The offsets that a group has committed: OffsetCommit, OffsetFetch, OffsetDelete.
 *
 * OffsetFetch asks for one group up to version 7 and for several from 8 on; null topics ask for all that the group has
 * committed. Version 10 of both names topics by id.
 */
import { Api } from '../api.ts';
import { array, bool, int16, int32, int64, string, uuid } from '../schema.ts';

export const offsetCommitApi = new Api({
  key: 8,
  name: 'OffsetCommit',
  min: 2,
  max: 10,
  flexible: 8,
  request: {
    groupId: string,
    generationIdOrMemberEpoch: int32.or(-1),
    memberId: string,
    groupInstanceId: string.since(7).nullable().essential(),
    retentionTimeMs: int64.until(4).or(-1),
    topics: array({
      name: string.until(9),
      topicId: uuid.since(10),
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: int32.since(6).or(-1),
        committedMetadata: string.nullable(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32.since(3),
    topics: array({
      name: string.until(9),
      topicId: uuid.since(10),
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
});

export const offsetFetchApi = new Api({
  key: 9,
  name: 'OffsetFetch',
  min: 1,
  max: 10,
  flexible: 6,
  request: {
    groupId: string.until(7).essential(),
    topics: array({ name: string, partitionIndexes: array(int32) })
      .until(7)
      .nullable(2)
      .or([])
      .essential(),
    groups: array({
      groupId: string,
      memberId: string.since(9).nullable(),
      memberEpoch: int32.since(9).or(-1),
      topics: array({
        name: string.until(9),
        topicId: uuid.since(10),
        partitionIndexes: array(int32),
      }).nullable(),
    })
      .since(8)
      .essential(),
    requireStable: bool.since(7).essential(),
  },
  response: {
    throttleTimeMs: int32.since(3),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: int32.since(5).or(-1),
        metadata: string.nullable(),
        errorCode: int16,
      }),
    })
      .until(7)
      .essential(),
    errorCode: int16.since(2).until(7),
    groups: array({
      groupId: string,
      topics: array({
        name: string.until(9),
        topicId: uuid.since(10),
        partitions: array({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: int32.or(-1),
          metadata: string.nullable(),
          errorCode: int16,
        }),
      }),
      errorCode: int16.or(0),
    })
      .since(8)
      .essential(),
  },
});

export const offsetDeleteApi = new Api({
  key: 47,
  name: 'OffsetDelete',
  min: 0,
  max: 0,
  flexible: Number.POSITIVE_INFINITY,
  request: {
    groupId: string,
    topics: array({ name: string, partitions: array({ partitionIndex: int32 }) }),
  },
  response: {
    errorCode: int16,
    throttleTimeMs: int32.or(0),
    topics: array({ name: string, partitions: array({ partitionIndex: int32, errorCode: int16 }) }),
  },
});
