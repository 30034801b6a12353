/**
 * ConsumerGroups: how groups are configured. A group that nobody configured has the defaults.
 *
 * A configuration lies in the settings of the group's retry topic, as RocketMQ's JSON, and is durable with it; who
 * configures a group makes that topic.
 */

import type { Topic } from '../../core/topic.ts';
import type { Topics } from '../../core/topics.ts';
import { subscriptionGroupConfig } from '../../wire/rocketmq/bodies/administration.ts';
import type { BodyOf } from '../../wire/rocketmq/body.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';
import type { TopicCatalog } from './topic-catalog.ts';
import { newTopicConfig } from './topic-config.ts';
import { RETRY_PREFIX } from './topic-name.ts';

export type GroupConfig = BodyOf<typeof subscriptionGroupConfig>;

const SETTING = 'rocketmq.group';
const DEFAULTS = subscriptionGroupConfig.parse(Buffer.from('{"groupName":""}'));

export class ConsumerGroups {
  readonly #topics: Topics;
  readonly #catalog: TopicCatalog;

  constructor(topics: Topics, catalog: TopicCatalog) {
    this.#topics = topics;
    this.#catalog = catalog;
  }

  configOf(group: string): GroupConfig {
    return this.configured(group) ?? { ...DEFAULTS, groupName: group };
  }

  configured(group: string): GroupConfig | undefined {
    const topic = this.#catalog.find(RETRY_PREFIX + group);
    return topic === undefined ? undefined : readConfig(topic, group);
  }

  *all(): Generator<GroupConfig> {
    for (const topic of this.#catalog.all) {
      if (!topic.name.startsWith(RETRY_PREFIX)) continue;
      const group = topic.name.slice(RETRY_PREFIX.length);
      yield readConfig(topic, group) ?? { ...DEFAULTS, groupName: group };
    }
  }

  configure(config: GroupConfig): void {
    const name = RETRY_PREFIX + config.groupName;
    const topic = this.#catalog.find(name) ?? this.#catalog.make(name, newTopicConfig(1)).topic;
    const text = Buffer.from(subscriptionGroupConfig.encode(config)).toString();
    this.#topics.alter(topic, { settings: new Map(topic.settings).set(SETTING, text) });
  }

  /** False if nobody had configured it. */
  forget(group: string): boolean {
    const topic = this.#catalog.find(RETRY_PREFIX + group);
    if (topic === undefined || !topic.settings.has(SETTING)) return false;
    const settings = new Map(topic.settings);
    settings.delete(SETTING);
    this.#topics.alter(topic, { settings });
    return true;
  }
}

function readConfig({ settings }: Topic, group: string): GroupConfig | undefined {
  const text = settings.get(SETTING);
  if (typeof text !== 'string') return undefined;
  try {
    return { ...subscriptionGroupConfig.parse(Buffer.from(text)), groupName: group };
  } catch (error) {
    if (error instanceof RocketmqWireError) return undefined;
    throw error;
  }
}
