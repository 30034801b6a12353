/**
 * DeleteRecords and OffsetForLeaderEpoch: where a partition begins from now on, and how far an epoch of its leader
 * goes.
 *
 *   floor ─────────────── offset ───────────── end       DeleteRecords moves the floor up, to the end at most
 *   └── gone afterwards ──┘
 *
 * There is one leader, for ever in its first epoch: that epoch ends where the log does.
 */
import type { RequestOf, ResponseOf } from '../../../wire/kafka/api.ts';
import { offsetForLeaderEpochApi } from '../../../wire/kafka/apis/offset-lookup.ts';
import { deleteRecordsApi } from '../../../wire/kafka/apis/topics.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { KafkaNode } from '../node.ts';
import { type Operation, operation } from '../operation.ts';
import { topicConfigOf } from '../topic-config.ts';

type RecordsDeleted = ResponseOf<typeof deleteRecordsApi>['topics'][number]['partitions'][number];
type EpochAsked = RequestOf<typeof offsetForLeaderEpochApi>['topics'][number]['partitions'][number];
type EpochEnd = ResponseOf<typeof offsetForLeaderEpochApi>['topics'][number]['partitions'][number];

const LEADER_EPOCH = 0;
/** "All that there is." */
const HIGH_WATERMARK = -1;
const UNKNOWN = -1;

export const deleteRecords = operation(deleteRecordsApi, (call, { topics }) => {
  const { node } = call.peer;
  const response = {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => deleteBefore(node, name, partitionIndex, offset)),
    })),
  };
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

function deleteBefore(node: KafkaNode, name: string, partitionIndex: number, offset: number): RecordsDeleted {
  const topic = node.topics.find(name);
  const kept = topic?.logs[partitionIndex];
  if (topic === undefined || kept === undefined) return refused(partitionIndex, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  if (node.topics.exchangeOf(topic).internal) return refused(partitionIndex, ERROR.INVALID_TOPIC_EXCEPTION);
  if (!topicConfigOf(topic).deletes) return refused(partitionIndex, ERROR.POLICY_VIOLATION);
  const before = offset === HIGH_WATERMARK ? kept.log.end : offset;
  if (before < 0 || before > kept.log.end) return refused(partitionIndex, ERROR.OFFSET_OUT_OF_RANGE);
  kept.releaseTo(before);
  return { partitionIndex, lowWatermark: kept.log.floor, errorCode: ERROR.NONE };
}

function refused(partitionIndex: number, errorCode: number): RecordsDeleted {
  return { partitionIndex, lowWatermark: UNKNOWN, errorCode };
}

export const offsetForLeaderEpoch = operation(offsetForLeaderEpochApi, (call, { topics }) => ({
  throttleTimeMs: 0,
  topics: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((asked) => endOf(call.peer.node, topic, asked)),
  })),
}));

function endOf(node: KafkaNode, topic: string, { partition, currentLeaderEpoch, leaderEpoch }: EpochAsked): EpochEnd {
  const kept = node.topics.find(topic)?.logs[partition];
  if (kept === undefined) return nowhere(partition, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  if (currentLeaderEpoch > LEADER_EPOCH) return nowhere(partition, ERROR.UNKNOWN_LEADER_EPOCH);
  if (leaderEpoch !== LEADER_EPOCH) return nowhere(partition, ERROR.NONE);
  return { errorCode: ERROR.NONE, partition, leaderEpoch: LEADER_EPOCH, endOffset: kept.log.end };
}

function nowhere(partition: number, errorCode: number): EpochEnd {
  return { errorCode, partition, leaderEpoch: UNKNOWN, endOffset: UNKNOWN };
}

/** All of them. */
export const RECORDS: readonly Operation[] = [deleteRecords, offsetForLeaderEpoch];
