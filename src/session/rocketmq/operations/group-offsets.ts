/**
 * How far groups have come, and setting them back or ahead.
 *
 * A group without members is set by its positions alone. Members are told as well (RESET_CONSUMER_CLIENT_OFFSET): what
 * they have fetched and the offsets in their memory count otherwise.
 */
import type { Topic } from '../../../core/topic.ts';
import {
  cloneGroupOffset,
  getConsumeStats,
  invokeBrokerToResetOffset,
} from '../../../wire/rocketmq/apis/administration.ts';
import { resetConsumerClientOffset } from '../../../wire/rocketmq/apis/consumption.ts';
import { consumeStats } from '../../../wire/rocketmq/bodies/administration.ts';
import { resetOffset, resetOffsetList } from '../../../wire/rocketmq/bodies/consumption.ts';
import { COMMAND_FLAG, LANGUAGE, SERIALIZE } from '../../../wire/rocketmq/constants.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import type { Call } from '../call.ts';
import type { ConsumerGroup } from '../consumer-group.ts';
import { BROKER_NAME, type RocketmqNode } from '../node.ts';
import { operation } from '../operation.ts';
import { PendingSearch } from '../pending-search.ts';
import { commitPosition, positionOf } from '../positions.ts';
import { bodyAnswer, OK, refusal } from '../reply.ts';
import { OffsetsByTime } from '../time-search.ts';
import { missing } from '../topic-catalog.ts';

/** By queue. */
type Offsets = readonly (readonly [queue: { topic: string; brokerName: string; queueId: number }, offset: number])[];

const stats = operation(getConsumeStats, ({ peer }, { consumerGroup, topic, topicList }) => {
  const { topics, namespace, clients } = peer.node;
  const named = [topic ?? '', ...(topicList ?? '').split(';')].filter((name) => name !== '');
  const wanted = named.length > 0 ? new Set(named) : null;
  const subscriptions = clients.consumers.get(consumerGroup)?.subscriptions;
  const positions = namespace.groups.byName.get(consumerGroup)?.positions;
  const read = [...topics.all].filter(({ name, logs }) =>
    wanted === null ? subscriptions?.has(name) || logs.some(({ log }) => positions?.has(log.id)) : wanted.has(name),
  );
  const offsetTable = read.flatMap(({ name, logs }) =>
    logs.map(({ log }, queueId) => {
      const position = positions?.get(log.id);
      const consumerOffset = position?.offset ?? 0;
      const figures = {
        brokerOffset: log.end,
        consumerOffset,
        lastTimestamp: position?.at ?? 0,
        pullOffset: consumerOffset,
      };
      return [{ topic: name, brokerName: BROKER_NAME, queueId }, figures] as const;
    }),
  );
  return bodyAnswer(consumeStats.encode({ consumeTps: 0, offsetTable }));
});

const reset = operation(invokeBrokerToResetOffset, (call, request) => {
  const { node } = call.peer;
  const topic = node.topics.find(request.topic);
  if (topic === undefined) return missing(request.topic);
  const { group, queueId, offset, timestamp, isForce } = request;
  const chosen = topic.logs.map((_, index) => index).filter((index) => queueId < 0 || index === queueId);
  if (offset !== null && offset >= 0 && queueId >= 0) {
    const wanted = chosen.map((index) => [index, offset] as const);
    return finish(call, topic, group, wanted, true);
  }
  const { store } = node.broker;
  const search = new OffsetsByTime(topic.logs, chosen, timestamp, store);
  const pending = new PendingSearch(call as unknown as Call, search, () =>
    finish(call as unknown as Call, topic, group, search.offsets, isForce),
  );
  pending.begin();
  return null;
});

/** Commits and tells them; `isForced`: also where the group has not come so far yet. */
function finish(
  call: Pick<Call, 'peer' | 'answerWhenCommitted'>,
  topic: Topic,
  group: string,
  wanted: readonly (readonly [queueId: number, offset: number])[],
  isForced: boolean,
) {
  const { node } = call.peer;
  const { namespace, clients } = node;
  const offsets: [Offsets[number][0], number][] = [];
  for (const [queueId, offset] of wanted) {
    const kept = topic.logs[queueId];
    if (kept === undefined) continue;
    const before = positionOf(namespace, group, kept);
    const after = isForced || before === undefined ? offset : Math.min(before, offset);
    commitPosition(namespace, group, kept, after);
    offsets.push([{ topic: topic.name, brokerName: BROKER_NAME, queueId }, after]);
  }
  const members = clients.consumers.get(group);
  if (members !== undefined) tell(node, members, topic.name, offsets);
  return call.answerWhenCommitted(bodyAnswer(resetOffset.encode({ offsetTable: offsets })));
}

function tell(
  { clients }: RocketmqNode,
  { name: group, members }: ConsumerGroup,
  topic: string,
  offsets: Offsets,
): void {
  const { code, request } = resetConsumerClientOffset;
  const fields = { topic, group, timestamp: -1, isForce: true };
  const forJava = resetOffset.encode({ offsetTable: offsets });
  const listed = offsets.map(([queue, offset]) => ({ ...queue, offset }));
  const forOthers = resetOffsetList.encode({ offsetTable: listed });
  for (const { channel, language } of members.values()) {
    const body = language === LANGUAGE.JAVA ? forJava : forOthers;
    const { writer } = channel;
    writer.begin(SERIALIZE.JSON, code, COMMAND_FLAG.ONEWAY, clients.nextOpaque(), null, request.room(fields));
    request.write(writer, fields);
    writer.end(body.length);
    writer.out.append(body);
    channel.touch();
  }
}

/** Another group goes on where this one is. */
const clone = operation(cloneGroupOffset, (call, { srcGroup, destGroup, topic: only }) => {
  const { namespace, topics } = call.peer.node;
  const positions = namespace.groups.byName.get(srcGroup)?.positions;
  if (positions === undefined) return refusal(RESPONSE.SYSTEM_ERROR, `the group ${srcGroup} has no offsets`);
  for (const { name, logs } of topics.all) {
    if (only !== null && only !== name) continue;
    for (const kept of logs) {
      const position = positions.get(kept.log.id);
      if (position !== undefined) commitPosition(namespace, destGroup, kept, position.offset);
    }
  }
  return call.answerWhenCommitted(OK);
});

export const GROUP_OFFSET_OPERATIONS = [stats, reset, clone];
