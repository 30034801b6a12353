/**
 * ConsumerGroup: the members of a group that are connected, and what they subscribe to.
 *
 * All members are to have the same subscriptions. Where they differ, what was said last with a newer version counts for
 * all of them, as in RocketMQ.
 */

import type { consumerData, subscriptionData } from '../../wire/rocketmq/bodies/heartbeat.ts';
import type { JsonOf } from '../../wire/rocketmq/body.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';
import type { Channel } from './channel.ts';

export type SubscriptionData = JsonOf<typeof subscriptionData>;
type ConsumerData = JsonOf<typeof consumerData>;

export interface Member {
  readonly channel: Channel;
  readonly clientId: string;
  /** A number of LANGUAGE. */
  readonly language: number;
  readonly version: number;
  readonly seenAt: number;
}

/** Topics that a group subscribes to. */
const SUBSCRIPTIONS_MAX = 10_000;

export class ConsumerGroup {
  readonly name: string;
  readonly members = new Map<Channel, Member>();
  readonly subscriptions = new Map<string, SubscriptionData>();
  consumeType = 'CONSUME_PASSIVELY';
  messageModel = 'CLUSTERING';
  consumeFromWhere = 'CONSUME_FROM_LAST_OFFSET';

  constructor(name: string) {
    this.name = name;
  }

  /** True if he was no member yet. */
  join(member: Member): boolean {
    const known = this.members.get(member.channel);
    this.members.set(member.channel, member);
    return known?.clientId !== member.clientId;
  }

  leave(channel: Channel): boolean {
    return this.members.delete(channel);
  }

  /** True if that changes which topics are subscribed to, or how. */
  subscribe({ consumeType, messageModel, consumeFromWhere, subscriptionDataSet }: ConsumerData): boolean {
    this.consumeType = consumeType;
    this.messageModel = messageModel;
    this.consumeFromWhere = consumeFromWhere;
    if (subscriptionDataSet.length > SUBSCRIPTIONS_MAX) {
      throw new RocketmqWireError(`more than ${SUBSCRIPTIONS_MAX} subscriptions`, RESPONSE.SYSTEM_BUSY);
    }
    let changed = false;
    for (const data of subscriptionDataSet) {
      const known = this.subscriptions.get(data.topic);
      if (known !== undefined && known.subVersion >= data.subVersion) continue;
      this.subscriptions.set(data.topic, data);
      changed = changed || known === undefined || known.subString !== data.subString;
    }
    if (subscriptionDataSet.length === 0) return changed;
    const topics = new Set(subscriptionDataSet.map(({ topic }) => topic));
    for (const topic of this.subscriptions.keys()) {
      if (topics.has(topic)) continue;
      this.subscriptions.delete(topic);
      changed = true;
    }
    return changed;
  }
}
