/**
 * AckMessage: a group is done with messages. Answered when that is durable. What was acknowledged before is well; what
 * was given to somebody else since is not.
 */
import type { Topic } from '../../../../core/topic.ts';
import { CODE } from '../../../../wire/rocketmq/v2/codes.ts';
import { groupNameOf, topicNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { OK, Refusal, statusOfAll } from '../refusal.ts';

const STALE = { code: CODE.INVALID_RECEIPT_HANDLE, message: 'the receipt handle is not valid, or not any more' };

export const ackMessage = operation('AckMessage', (call, request) => {
  const { node } = call;
  const group = groupNameOf(request.group);
  const name = topicNameOf(request.topic);
  const topic: Topic | undefined = node.topics.find(name);
  if (topic === undefined) throw new Refusal(CODE.TOPIC_NOT_FOUND, `there is no topic ${name}`);
  let settled = 0;
  const entries = request.entries.map(({ messageId, receiptHandle }) => {
    const receipt = node.handles.decode(receiptHandle, group, name);
    const isDone = receipt !== null && node.namespace.sharings.open(group, topic).settle(receipt);
    if (isDone) settled++;
    return { messageId, receiptHandle, status: isDone ? OK : STALE };
  });
  const response = { status: statusOfAll(entries.map(({ status }) => status)), entries };
  if (settled === 0) return response;
  call.keep(response);
  node.namespace.sharings.open(group, topic).whenStated(call);
  return null;
});
