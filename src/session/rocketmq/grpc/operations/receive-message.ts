/**
 * ReceiveMessage: what there is, or what comes within the time that the client waits. See PendingReceive.
 */
import { CODE } from '../../../../wire/rocketmq/v2/codes.ts';
import { durationMs, type RequestOf } from '../../../../wire/rocketmq/v2/shapes.ts';
import type { Call } from '../call.ts';
import { attemptsMaxOf, readsByPriority, readsInOrder } from '../groups.ts';
import { grpcLimits } from '../limits.ts';
import { groupNameOf, topicNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { PendingReceive } from '../pending-receive.ts';
import { Refusal } from '../refusal.ts';

type Request = RequestOf<'ReceiveMessage'>;

export const receiveMessage = operation('ReceiveMessage', (call, request) => {
  const { node, caller } = call;
  const group = groupNameOf(request.group);
  const resource = request.messageQueue?.topic;
  const name = topicNameOf(resource);
  const topic = node.topics.find(name);
  if (topic === undefined || !resource) throw new Refusal(CODE.TOPIC_NOT_FOUND, `there is no topic ${name}`);
  const filter = node.filters.of(request.filterExpression);
  const invisibleMs = request.autoRenew ? grpcLimits.renewedMsMax : invisibleMsOf(request);
  const waitMs = waitMsOf(call, request);
  const config = node.groups.configOf(group);
  const inOrder = readsInOrder(config, topic);
  const client = node.clients.seen(caller.clientId);
  if (client.receives >= grpcLimits.clientReceivesMax) {
    throw new Refusal(CODE.TOO_MANY_REQUESTS, 'too many receives at a time');
  }
  client.group ??= group;
  const sharing = node.namespace.sharings.open(group, topic);
  if (request.autoRenew) client.sharings.add(sharing);
  const terms = {
    messagesMax: Math.max(1, Math.min(request.batchSize, grpcLimits.receiveMessagesMax)),
    bytesMax: grpcLimits.receiveBytesMax,
    invisibleMs,
    inOrder,
    byLevel: readsByPriority(topic),
    holder: request.autoRenew ? client.number : 0,
    attempt: request.attemptId ?? null,
  };
  const deadLetterAt = inOrder ? Number.POSITIVE_INFINITY : attemptsMaxOf(config) + 1;
  const toldMs = request.autoRenew ? grpcLimits.renewedMs : invisibleMs;
  new PendingReceive(call, client, sharing, terms, { resource, filter, deadLetterAt, toldMs }).begin(waitMs);
  return null;
});

function invisibleMsOf({ invisibleDuration }: Request): number {
  const invisibleMs = invisibleDuration ? durationMs(invisibleDuration) : 0;
  const { invisibleMsMin, invisibleMsMax } = grpcLimits;
  if (!(invisibleMs >= invisibleMsMin)) {
    throw new Refusal(CODE.ILLEGAL_INVISIBLE_TIME, `the invisibleTime is too small. min is ${invisibleMsMin}`);
  }
  if (invisibleMs > invisibleMsMax) {
    throw new Refusal(CODE.ILLEGAL_INVISIBLE_TIME, `the invisibleTime is too large. max is ${invisibleMsMax}`);
  }
  return invisibleMs;
}

/** As long as the client would wait, but it is to see the answer. */
function waitMsOf({ deadline, node }: Call, { longPollingTimeout }: Request): number {
  const asked = longPollingTimeout ? durationMs(longPollingTimeout) : grpcLimits.pollMsMax;
  if (!(asked >= 0)) throw new Refusal(CODE.ILLEGAL_POLLING_TIME, 'the polling time is negative');
  const left = deadline - node.broker.clock.now - grpcLimits.pollMarginMs;
  return Math.max(0, Math.min(asked, grpcLimits.pollMsMax, left));
}
