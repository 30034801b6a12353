/**
 * What a group's configuration means for its consumers of this protocol: order, and when they try again.
 */
import type { Topic } from '../../../core/topic.ts';
import { DELAY_LEVELS_MS } from '../../../wire/rocketmq/constants.ts';
import { durationOf, type RetryPolicy } from '../../../wire/rocketmq/v2/shapes.ts';
import type { GroupConfig } from '../consumer-groups.ts';
import { topicConfigOf } from '../topic-config.ts';

/** The first two levels are too short for a retry. */
const FIRST_RETRY_LEVEL = 2;

/** In order if the group is so configured, or the topic is for messages with an order. */
export function readsInOrder({ consumeMessageOrderly }: GroupConfig, topic: Topic): boolean {
  return consumeMessageOrderly || topicConfigOf(topic).attributes.get('message.type') === 'FIFO';
}

/** What is more urgent comes first if the topic is for messages with a priority: each has its queue. */
export function readsByPriority(topic: Topic): boolean {
  return topicConfigOf(topic).attributes.get('message.type') === 'PRIORITY';
}

/** How often a message is given before it is a dead letter. */
export function attemptsMaxOf({ retryMaxTimes }: GroupConfig): number {
  return retryMaxTimes + 1;
}

/** When a push consumer tries again. */
export function retryPolicyOf(config: GroupConfig): RetryPolicy {
  const next = DELAY_LEVELS_MS.slice(FIRST_RETRY_LEVEL).map((ms) => durationOf(ms));
  return { maxAttempts: attemptsMaxOf(config), customizedBackoff: { next } };
}
