/**
 * Fetch: batches of partitions, and the incremental sessions in which a client repeats only what has changed.
 *
 * Version 12 is flexible, 13 names topics by id, 15 moves the replica's id into a tag. `records` of a response are
 * whole batches; the last may be cut off anywhere.
 */
import { Api } from '../api.ts';
import { array, int8, int16, int32, int64, records, string, struct, uuid } from '../schema.ts';

/** 2^63 - 1, rounded up as a number: no bound. */
const HIGHEST_OFFSET = 2 ** 63;
/** What a partition without news answers. Not null, which some clients do not expect. */
const NO_RECORDS = new Uint8Array(0);

export const fetchApi = new Api({
  key: 1,
  name: 'Fetch',
  min: 4,
  max: 18,
  flexible: 12,
  request: {
    clusterId: string.since(12).nullable().tagged(0),
    replicaId: int32.until(14).or(-1).essential(),
    replicaState: struct({ replicaId: int32.or(-1), replicaEpoch: int64.or(-1) })
      .since(15)
      .tagged(1)
      .essential(),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.or(0x7fff_ffff),
    isolationLevel: int8.or(0),
    sessionId: int32.since(7),
    sessionEpoch: int32.since(7).or(-1),
    topics: array({
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32.since(9).or(-1),
        fetchOffset: int64,
        lastFetchedEpoch: int32.since(12).or(-1).essential(),
        logStartOffset: int64.since(5).or(-1),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.since(17).tagged(0),
        highWatermark: int64.since(18).or(HIGHEST_OFFSET).tagged(1),
      }),
    }),
    forgottenTopicsData: array({
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: array(int32),
    })
      .since(7)
      .essential(),
    rackId: string.since(11),
  },
  response: {
    throttleTimeMs: int32.or(0),
    errorCode: int16.since(7),
    sessionId: int32.since(7).essential(),
    responses: array({
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: int64.or(-1),
        logStartOffset: int64.since(5).or(-1),
        divergingEpoch: struct({ epoch: int32.or(-1), endOffset: int64.or(-1) })
          .since(12)
          .tagged(0)
          .essential(),
        currentLeader: struct({ leaderId: int32.or(-1), leaderEpoch: int32.or(-1) })
          .since(12)
          .tagged(1)
          .essential(),
        snapshotId: struct({ endOffset: int64.or(-1), epoch: int32.or(-1) })
          .since(12)
          .tagged(2)
          .essential(),
        abortedTransactions: array({ producerId: int64, firstOffset: int64 }).nullable().or([]),
        preferredReadReplica: int32.since(11).or(-1).essential(),
        records: records.nullable().or(NO_RECORDS),
      }),
    }),
    nodeEndpoints: array({ nodeId: int32, host: string, port: int32, rack: string.nullable() })
      .since(16)
      .tagged(0)
      .essential(),
  },
});
