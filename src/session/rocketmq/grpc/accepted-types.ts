/**
 * Which types of messages a topic is for: what its attribute `message.type` says. A topic of which nobody said it takes
 * all of them, also one that another protocol made.
 */
import type { Topic } from '../../../core/topic.ts';
import { MESSAGE_TYPE } from '../../../wire/rocketmq/v2/codes.ts';
import { topicConfigOf } from '../topic-config.ts';

const { NORMAL, FIFO, DELAY, TRANSACTION, PRIORITY } = MESSAGE_TYPE;
const ALL = [NORMAL, FIFO, DELAY, TRANSACTION];
const BY_ATTRIBUTE: Readonly<Record<string, readonly number[]>> = {
  NORMAL: [NORMAL],
  FIFO: [FIFO],
  DELAY: [DELAY],
  TRANSACTION: [TRANSACTION],
  PRIORITY: [PRIORITY],
};

export function acceptedTypes(topic: Topic): readonly number[] {
  return BY_ATTRIBUTE[topicConfigOf(topic).attributes.get('message.type') ?? ''] ?? ALL;
}
