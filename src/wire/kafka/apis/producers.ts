/**
 * Producer ids: InitProducerId gives one out, DescribeProducers shows who has written to a partition.
 *
 * Kafka 4.3 knows a version 6 of InitProducerId (two-phase commit) and does not advertise it; neither do we.
 */
import { Api } from '../api.ts';
import { array, int16, int32, int64, string } from '../schema.ts';

export const initProducerIdApi = new Api({
  key: 22,
  name: 'InitProducerId',
  min: 0,
  max: 5,
  flexible: 2,
  request: {
    transactionalId: string.nullable(),
    transactionTimeoutMs: int32,
    producerId: int64.since(3).or(-1).essential(),
    producerEpoch: int16.since(3).or(-1).essential(),
  },
  response: { throttleTimeMs: int32.or(0), errorCode: int16, producerId: int64.or(-1), producerEpoch: int16 },
});

export const describeProducersApi = new Api({
  key: 61,
  name: 'DescribeProducers',
  min: 0,
  max: 0,
  flexible: 0,
  request: { topics: array({ name: string, partitionIndexes: array(int32) }) },
  response: {
    throttleTimeMs: int32.or(0),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: string.nullable(),
        activeProducers: array({
          producerId: int64,
          producerEpoch: int32,
          lastSequence: int32.or(-1),
          lastTimestamp: int64.or(-1),
          coordinatorEpoch: int32,
          currentTxnStartOffset: int64.or(-1),
        }),
      }),
    }),
  },
});
