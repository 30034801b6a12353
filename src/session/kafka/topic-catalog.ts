/**
 * TopicCatalog: the namespace's topics as Kafka names them: by name, or by a topic id that no later topic of the same
 * name has.
 *
 *   topic id   [8 bytes of the cluster][8 bytes: number of the topic's first log]     as 32 hexadecimal digits
 *
 * Log numbers are never given twice, so the id needs no place of its own in the journal. A topic that another protocol
 * made has one all the same.
 */
import { CoreError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { LogId } from '../../core/ids.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { Topic } from '../../core/topic.ts';
import type { Table } from '../../core/value.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';
import { retentionOf } from './topic-config.ts';
import { isTopicName } from './topic-name.ts';

const HALF = 16;

export class TopicCatalog {
  readonly namespace: Namespace;
  readonly #prefix: string;
  readonly #byLog = new Map<LogId, Topic>();

  /** `cluster` are 16 hexadecimal digits. */
  constructor(namespace: Namespace, cluster: string) {
    this.namespace = namespace;
    this.#prefix = cluster;
  }

  get all(): Iterable<Topic> {
    return this.namespace.topics.byName.values();
  }

  find(name: string): Topic | undefined {
    return this.namespace.topics.byName.get(name);
  }

  findById(id: string): Topic | undefined {
    if (!id.startsWith(this.#prefix)) return undefined;
    const log = Number.parseInt(id.slice(HALF), HALF);
    const known = this.#byLog.get(log);
    if (known !== undefined && !known.deleted) return known;
    this.#byLog.clear();
    for (const topic of this.all) this.#byLog.set((topic.logs[0] as KeptLog).log.id, topic);
    return this.#byLog.get(log);
  }

  /** A topic is named by its id in newer versions, by its name in older ones. */
  findBy(name: string, id: string): Topic | undefined {
    return id === '' ? this.find(name) : this.findById(id);
  }

  idOf(topic: Topic): string {
    const log = (topic.logs[0] as KeptLog).log.id;
    return this.#prefix + log.toString(HALF).padStart(HALF, '0');
  }

  exchangeOf(topic: Topic): Exchange {
    return this.namespace.exchange(topic.name);
  }

  /** An error code, or the topic: an exchange of its own, or what was there already and keeps from now on. */
  create(name: string, partitions: number, settings: Table): Topic | number {
    if (!isTopicName(name)) return ERROR.INVALID_TOPIC_EXCEPTION;
    const { namespace } = this;
    try {
      const exchange =
        namespace.exchanges.get(name) ?? namespace.declareExchange({ name, type: 'topic', durable: true });
      return namespace.topics.keep(exchange, partitions, { settings, retention: retentionOf(settings) });
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      return error.code === 'LIMIT' ? ERROR.INVALID_PARTITIONS : ERROR.INVALID_TOPIC_EXCEPTION;
    }
  }
}
