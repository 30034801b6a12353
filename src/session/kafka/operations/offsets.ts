/**
 * OffsetCommit, OffsetFetch, OffsetDelete: where a group goes on in each partition.
 *
 * A commit is answered when it is durable, so what a client was told is what it comes back to. There are no
 * transactions yet, so every position is stable. The leader epoch that a client commits is given back as it is.
 *
 *   topics by name up to version 9, by id from 10 on      OffsetFetch: one group up to 7, several from 8 on
 */
import type { Topic } from '../../../core/topic.ts';
import { offsetCommitApi, offsetDeleteApi, offsetFetchApi } from '../../../wire/kafka/apis/committed-offsets.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { PositionReader } from '../groups/position-reader.ts';
import { type Operation, operation } from '../operation.ts';

const TOPIC_ID_VERSION = 10;
const BATCHED_VERSION = 8;

export const offsetCommit = operation(offsetCommitApi, (call, request) => {
  const { node } = call.peer;
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request;
  const refusal = node.groups.admitCommit(groupId, memberId, groupInstanceId, generation, call.version);
  let committed = false;
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const topic = node.topics.findBy(name, topicId);
    const results = partitions.map(({ partitionIndex, committedOffset, committedMetadata, committedLeaderEpoch }) => {
      const kept = topic?.logs[partitionIndex];
      if (kept === undefined) return { partitionIndex, errorCode: missing(topic, call.version) };
      const metadata = committedMetadata ?? '';
      const errorCode =
        refusal || node.groups.commit(groupId, kept.log.id, committedOffset, metadata, committedLeaderEpoch);
      committed ||= errorCode === ERROR.NONE;
      return { partitionIndex, errorCode };
    });
    return { name, topicId, partitions: results };
  });
  const response = { throttleTimeMs: 0, topics };
  if (!committed) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

function missing(topic: Topic | undefined, version: number): number {
  return topic === undefined && version >= TOPIC_ID_VERSION ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION;
}

export const offsetFetch = operation(offsetFetchApi, ({ peer, version }, request) => {
  const { topics: catalog, groups: coordinator } = peer.node;
  const reader = new PositionReader(catalog, coordinator);
  if (version < BATCHED_VERSION) {
    const { groupId, topics } = request;
    const asked = topics?.map(({ name, partitionIndexes }) => ({ name, topicId: '', partitionIndexes })) ?? null;
    return { throttleTimeMs: 0, topics: reader.read(groupId, asked), errorCode: ERROR.NONE, groups: [] };
  }
  const groups = request.groups.map(({ groupId, topics }) => ({
    groupId,
    topics: reader.read(groupId, topics),
    errorCode: ERROR.NONE,
  }));
  return { throttleTimeMs: 0, topics: [], errorCode: ERROR.NONE, groups };
});

export const offsetDelete = operation(offsetDeleteApi, (call, { groupId, topics }) => {
  const { node } = call.peer;
  const refusal = node.groups.admitForgetting(groupId);
  if (refusal !== ERROR.NONE) return { throttleTimeMs: 0, errorCode: refusal, topics: [] };
  let forgotten = false;
  const results = topics.map(({ name, partitions }) => {
    const topic = node.topics.find(name);
    const subscribed = node.groups.isSubscribed(groupId, name);
    const codes = partitions.map(({ partitionIndex }) => {
      const kept = topic?.logs[partitionIndex];
      if (kept === undefined) return { partitionIndex, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
      if (subscribed) return { partitionIndex, errorCode: ERROR.GROUP_SUBSCRIBED_TO_TOPIC };
      forgotten = node.groups.forget(groupId, kept.log.id) || forgotten;
      return { partitionIndex, errorCode: ERROR.NONE };
    });
    return { name, partitions: codes };
  });
  const response = { throttleTimeMs: 0, errorCode: ERROR.NONE, topics: results };
  if (!forgotten) return response;
  call.answerWhenCommitted(node.broker.store.filling, response);
  return null;
});

export const offsetOperations: readonly Operation[] = [offsetCommit, offsetFetch, offsetDelete];
