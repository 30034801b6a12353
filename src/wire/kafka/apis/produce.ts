/**
 * Produce: batches for partitions.
 *
 * `acks` 0 has no response at all. Version 7 allows zstd, 9 is flexible, 13 names topics by id. Versions 0 to 2 are
 * advertised and not served, as Kafka does it: librdkafka before 2.11 looks for them to learn whether a broker takes
 * compressed batches.
 */
import { Api } from '../api.ts';
import { array, int16, int32, int64, records, string, struct, uuid } from '../schema.ts';

export const produceApi = new Api({
  key: 0,
  name: 'Produce',
  min: 3,
  max: 13,
  advertisedMin: 0,
  flexible: 9,
  request: {
    transactionalId: string.nullable(),
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: string.until(12),
      topicId: uuid.since(13),
      partitionData: array({ index: int32, records: records.nullable() }),
    }),
  },
  response: {
    responses: array({
      name: string.until(12),
      topicId: uuid.since(13),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: int64.or(-1),
        logStartOffset: int64.since(5).or(-1),
        recordErrors: array({ batchIndex: int32, batchIndexErrorMessage: string.nullable() }).since(8),
        errorMessage: string.since(8).nullable(),
        currentLeader: struct({ leaderId: int32.or(-1), leaderEpoch: int32.or(-1) })
          .since(10)
          .tagged(0)
          .essential(),
      }),
    }),
    throttleTimeMs: int32.or(0),
    nodeEndpoints: array({ nodeId: int32, host: string, port: int32, rack: string.nullable() })
      .since(10)
      .tagged(0)
      .essential(),
  },
});
