/**
 * TopicCatalog: the namespace's topics as RocketMQ sees them. A topic is an exchange that keeps n logs, whoever made
 * it; a queue's id is the number of its log.
 *
 *     find          what is there
 *     forSend       what is there, or is made because a message comes for it
 *     configure     made or changed by an administrator
 *
 * Whatever is made here is durable once the group being filled is committed.
 */
import type { Exchange } from '../../core/exchange.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { Topic } from '../../core/topic.ts';
import { NO_ARGUMENTS } from '../../core/value.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { type Reply, refusal } from './reply.ts';
import { AUTO_CREATE_QUEUES, AUTO_CREATE_TOPIC, type SystemTopic, systemTopics } from './system-topics.ts';
import { newTopicConfig, retentionOf, settingsWith, type TopicConfig, topicConfigOf } from './topic-config.ts';
import { DEAD_LETTER_PREFIX, isRetryTopic, topicNameProblem } from './topic-name.ts';

const DESTINATIONS_MAX = 10_000;

/** A topic, with what sending to it needs. */
export class Destination {
  readonly topic: Topic;
  readonly exchange: Exchange;
  /** As UTF-8. */
  readonly nameBytes: Uint8Array;
  #nextQueue = 0;

  constructor(topic: Topic, exchange: Exchange) {
    this.topic = topic;
    this.exchange = exchange;
    this.nameBytes = Buffer.from(topic.name);
  }

  get name(): string {
    return this.topic.name;
  }

  log(queueId: number): KeptLog {
    return this.topic.logs[queueId] as KeptLog;
  }

  /** For a message that may go to any queue. */
  anyQueue(): number {
    this.#nextQueue = (this.#nextQueue + 1) % topicConfigOf(this.topic).writeQueueNums;
    return this.#nextQueue;
  }
}

export interface TopicCatalogOptions {
  readonly namespace: Namespace;
  readonly cluster: string;
  readonly broker: string;
  /** Whether a topic is made by being sent to. */
  readonly autoCreate: boolean;
}

export class TopicCatalog {
  readonly system: ReadonlyMap<string, SystemTopic>;
  readonly #namespace: Namespace;
  readonly #autoCreate: boolean;
  readonly #destinations = new Map<string, Destination>();

  constructor({ namespace, cluster, broker, autoCreate }: TopicCatalogOptions) {
    this.#namespace = namespace;
    this.#autoCreate = autoCreate;
    this.system = systemTopics(cluster, broker);
  }

  get all(): Iterable<Topic> {
    return this.#namespace.topics.byName.values();
  }

  get autoCreates(): boolean {
    return this.#autoCreate;
  }

  find(name: string): Topic | undefined {
    return this.#namespace.topics.byName.get(name);
  }

  /** The queue's log; undefined if there is none. */
  log(name: string, queueId: number): KeptLog | undefined {
    return this.find(name)?.logs[queueId];
  }

  /** What a name server tells of it: also of topics that are made when they are needed. */
  configOf(name: string): TopicConfig | undefined {
    const topic = this.find(name);
    if (topic !== undefined) return topicConfigOf(topic);
    const system = this.system.get(name);
    if (system !== undefined && (name !== AUTO_CREATE_TOPIC || this.#autoCreate)) {
      return newTopicConfig(system.queues, system.perm);
    }
    return isRetryTopic(name) && topicNameProblem(name) === null ? newTopicConfig(1) : undefined;
  }

  /** A topic that is there. */
  destination(name: string): Destination | undefined {
    const known = this.#destinations.get(name);
    if (known !== undefined && !known.exchange.deleted) return known;
    const topic = this.find(name);
    if (topic === undefined) return undefined;
    if (this.#destinations.size >= DESTINATIONS_MAX) this.#destinations.clear();
    const destination = new Destination(topic, this.#namespace.exchange(name));
    this.#destinations.set(name, destination);
    return destination;
  }

  /** Where a message for `name` goes; `template` and `queues` are what its producer would have a new topic be like. */
  forSend(name: string, template: string, queues: number): Destination | Reply {
    const known = this.destination(name);
    if (known !== undefined) return known;
    const problem = topicNameProblem(name);
    if (problem !== null) return refusal(RESPONSE.INVALID_PARAMETER, problem);
    const system = this.system.get(name);
    if (system?.closed) return refusal(RESPONSE.NO_PERMISSION, `Sending message to topic[${name}] is forbidden.`);
    if (system !== undefined) return this.make(name, newTopicConfig(system.queues, system.perm));
    if (isRetryTopic(name) || name.startsWith(DEAD_LETTER_PREFIX)) return this.make(name, newTopicConfig(1));
    const inherited = this.#autoCreate && template === AUTO_CREATE_TOPIC;
    if (!inherited) return missing(name);
    return this.make(name, newTopicConfig(Math.max(1, Math.min(queues, AUTO_CREATE_QUEUES))));
  }

  /** A new topic, or one more use of an exchange that kept nothing so far. Throws a CoreError if that can't be. */
  make(name: string, config: TopicConfig): Destination {
    const namespace = this.#namespace;
    const exchange =
      namespace.exchanges.get(name) ??
      namespace.declareExchange({ name, type: 'topic', durable: true, arguments: NO_ARGUMENTS });
    const queues = Math.max(config.readQueueNums, config.writeQueueNums, 1);
    namespace.topics.keep(exchange, queues, {
      settings: settingsWith(NO_ARGUMENTS, config),
      retention: retentionOf(config),
    });
    return this.destination(name) as Destination;
  }

  /** Makes the topic, or gives it another configuration; its queues may become more. */
  configure(name: string, config: TopicConfig): void {
    const topic = this.find(name);
    if (topic === undefined) {
      this.make(name, config);
      return;
    }
    const { topics } = this.#namespace;
    topics.keep(this.#namespace.exchange(name), Math.max(config.readQueueNums, config.writeQueueNums));
    topics.alter(topic, { settings: settingsWith(topic.settings, config), retention: retentionOf(config) });
  }

  /** False if there is none. */
  delete(name: string): boolean {
    this.#destinations.delete(name);
    return this.find(name) !== undefined && this.#namespace.deleteExchange(name);
  }
}

export function missing(name: string): Reply {
  return refusal(RESPONSE.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please!`);
}
