/**
 * PULL_MESSAGE and LITE_PULL_MESSAGE.
 *
 * The filter is the one that the pull carries, else the one that the group's heartbeats told. Where neither is there,
 * or the pull speaks of a newer one than any heartbeat yet, tags are left to the client, who looks at them anyway; only
 * for other kinds of filter he is told to come again.
 */
import type { Topic } from '../../../core/topic.ts';
import { litePullMessage, pullMessage } from '../../../wire/rocketmq/apis/consumption.ts';
import { PERM, PULL_FLAG } from '../../../wire/rocketmq/constants.ts';
import { RESPONSE } from '../../../wire/rocketmq/response-codes.ts';
import type { HeaderOf, WrittenHeaderOf } from '../../../wire/rocketmq/schema.ts';
import type { Call } from '../call.ts';
import { filterOf, isByTag } from '../filter.ts';
import { operation } from '../operation.ts';
import { PendingPull, PULL_BYTES_MAX, PULL_MESSAGES_MAX } from '../pending-pull.ts';
import { commitPosition } from '../positions.ts';
import { Reply, refusal } from '../reply.ts';
import type { MessageFilter } from '../tag-filter.ts';
import { missing, type TopicCatalog } from '../topic-catalog.ts';
import { topicConfigOf } from '../topic-config.ts';

type PullRequest = HeaderOf<typeof pullMessage.request>;
type PullReply = Reply<WrittenHeaderOf<typeof pullMessage.answer>>;
type PullCall = Call<(typeof pullMessage.answer)['fields']>;
/** Of the group or the topic: which of them forbids it. */
const FORBIDDEN_BY_TOPIC = 3;

function pull(call: PullCall, request: PullRequest): PullReply | null {
  const { consumerGroup, topic: name, queueId, queueOffset, sysFlag, maxMsgNums } = request;
  const { node, remote } = call.peer;
  const topic = readable(node.topics, name);
  if (topic === undefined) return missing(name);
  const { perm, readQueueNums } = topicConfigOf(topic);
  if ((perm & PERM.READ) === 0) return forbidden(name);
  const kept = topic.logs[queueId];
  if (kept === undefined || queueId >= readQueueNums) {
    const text = `queueId[${queueId}] is illegal, topic:[${name}] topicConfig.readQueueNums:[${readQueueNums}]`;
    return refusal(RESPONSE.INVALID_PARAMETER, `${text} consumer:[/${remote}]`);
  }
  const filter = wanted(call, request);
  if (filter instanceof Reply) return filter;
  if ((sysFlag & PULL_FLAG.COMMIT_OFFSET) !== 0)
    commitPosition(node.namespace, consumerGroup, kept, request.commitOffset);
  const isHeld = (sysFlag & PULL_FLAG.SUSPEND) !== 0;
  new PendingPull(call as unknown as Call, {
    place: { topic: name, queueId, kept },
    offset: queueOffset,
    countMax: Math.max(1, Math.min(maxMsgNums, PULL_MESSAGES_MAX)),
    bytesMax: Math.min(request.maxMsgBytes ?? PULL_BYTES_MAX, PULL_BYTES_MAX),
    filter,
    waitMs: isHeld ? Math.max(0, request.suspendTimeoutMillis) : 0,
  }).begin();
  return null;
}

/** What routes tell of is made when it is first asked for: a pull has to wait at something. */
function readable(topics: TopicCatalog, name: string): Topic | undefined {
  const known = topics.find(name);
  if (known !== undefined) return known;
  const config = topics.configOf(name);
  return config === undefined || topics.system.get(name)?.closed ? undefined : topics.make(name, config).topic;
}

function wanted({ peer }: PullCall, request: PullRequest): MessageFilter | Reply | null {
  const { consumerGroup, topic, sysFlag, subscription, subVersion, expressionType } = request;
  const type = expressionType ?? 'TAG';
  if ((sysFlag & PULL_FLAG.SUBSCRIPTION) !== 0) return filterOf(type, subscription);
  const known = peer.node.clients.subscription(consumerGroup, topic);
  if (known === undefined) {
    return isByTag(type) ? null : refusal(RESPONSE.SUBSCRIPTION_NOT_EXIST, "the consumer's subscription not exist");
  }
  if (known.subVersion >= subVersion) return filterOf(known.expressionType, known.subString);
  return isByTag(type) ? null : refusal(RESPONSE.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest");
}

function forbidden(name: string): PullReply {
  const text = `the topic[${name}] pulling message is forbidden`;
  const by = { forbiddenType: FORBIDDEN_BY_TOPIC } as WrittenHeaderOf<typeof pullMessage.answer>;
  return new Reply(RESPONSE.NO_PERMISSION, text, by);
}

export const PULL_OPERATIONS = [operation(pullMessage, pull), operation(litePullMessage, pull)];
