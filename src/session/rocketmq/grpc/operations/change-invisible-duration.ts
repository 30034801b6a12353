/**
 * ChangeInvisibleDuration: a consumer wants more time for a message, or it is to come again sooner. The old handle is
 * of no use after it. Nothing of it is durable: after a restart everything that was out comes again.
 */
import { Receipt } from '../../../../core/sharing-reader.ts';
import { CODE } from '../../../../wire/rocketmq/v2/codes.ts';
import { durationMs } from '../../../../wire/rocketmq/v2/shapes.ts';
import { grpcLimits } from '../limits.ts';
import { groupNameOf, topicNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { OK, Refusal } from '../refusal.ts';

export const changeInvisibleDuration = operation('ChangeInvisibleDuration', ({ node }, request) => {
  const group = groupNameOf(request.group);
  const name = topicNameOf(request.topic);
  const invisibleMs = request.invisibleDuration ? durationMs(request.invisibleDuration) : 0;
  if (!(invisibleMs >= 0 && invisibleMs <= grpcLimits.invisibleMsMax)) {
    const text = `the invisibleTime is not within 0 and ${grpcLimits.invisibleMsMax}`;
    throw new Refusal(CODE.ILLEGAL_INVISIBLE_TIME, text);
  }
  const topic = node.topics.find(name);
  if (topic === undefined) throw new Refusal(CODE.TOPIC_NOT_FOUND, `there is no topic ${name}`);
  const fields = node.handles.decode(request.receiptHandle, group, name);
  const receipt = Object.assign(new Receipt(), fields);
  if (fields === null || node.namespace.sharings.find(group, topic)?.change(receipt, invisibleMs) !== true) {
    throw new Refusal(CODE.INVALID_RECEIPT_HANDLE, 'the receipt handle is not valid, or not any more');
  }
  return { status: OK, receiptHandle: node.handles.encode(receipt, group, name) };
});
