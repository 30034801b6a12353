/**
 * SendingBack: a message that its consumer could not handle, on its way to come again, or to the group's dead letters.
 *
 *     reconsumed n times ──▶ %RETRY%group, after delay level 3 + n (or the level that the consumer asks for)
 *     n = the most, or a negative level ──▶ %DLQ%group, at once
 *
 * It is a new message with the old one's body and properties; they remember where it came from (RETRY_TOPIC,
 * ORIGIN_MESSAGE_ID) over all its rounds.
 */
import type { Namespace } from '../../core/namespace.ts';
import { delayOfLevelMs } from '../../wire/rocketmq/constants.ts';
import { offsetId } from '../../wire/rocketmq/message-id.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { changedProperties, PROPERTIES_BYTES_MAX, PROPERTY, readProperties } from '../../wire/rocketmq/properties.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { StoredMessage } from '../../wire/rocketmq/stored-message.ts';
import type { Channel } from './channel.ts';
import type { ConsumerGroups } from './consumer-groups.ts';
import type { Delays } from './delays.ts';
import { publish } from './publication.ts';
import { OK, type Reply, refusal } from './reply.ts';
import { RocketmqMessage } from './rocketmq-message.ts';
import type { TopicCatalog } from './topic-catalog.ts';
import { DEAD_LETTER_PREFIX, RETRY_PREFIX } from './topic-name.ts';

export interface SendingBackOptions {
  readonly namespace: Namespace;
  readonly topics: TopicCatalog;
  readonly groups: ConsumerGroups;
  readonly delays: Delays;
}

export interface SentBack {
  readonly group: string;
  readonly delayLevel: number;
  /** null: as the group is configured. */
  readonly maxReconsumeTimes: number | null;
  /** What the consumer knows it by; '' if it does not say. */
  readonly originMsgId: string;
}

const FIRST_DELAY_LEVEL = 3;

export class SendingBack {
  readonly #options: SendingBackOptions;
  readonly #old = new StoredMessage();
  readonly #properties = new NamedRanges();
  readonly #message = new RocketmqMessage();

  constructor(options: SendingBackOptions) {
    this.#options = options;
  }

  /** `stored` is the message as it was pulled. OK is to be answered when what was written is durable. */
  send(channel: Channel, stored: Uint8Array, { group, delayLevel, maxReconsumeTimes, originMsgId }: SentBack): Reply {
    const { topics, groups, delays, namespace } = this.#options;
    const old = this.#old;
    old.open(stored, 0, stored.length);
    const { reconsumeTimes } = old;
    const config = groups.configOf(group);
    const isDead = delayLevel < 0 || reconsumeTimes >= (maxReconsumeTimes ?? config.retryMaxTimes);
    const destination = topics.forSend((isDead ? DEAD_LETTER_PREFIX : RETRY_PREFIX) + group, '', config.retryQueueNums);
    if (!('exchange' in destination)) return destination;
    const level = delayLevel === 0 ? FIRST_DELAY_LEVEL + reconsumeTimes : delayLevel;
    const properties = this.#changed(destination.name, originMsgId, isDead ? null : String(level));
    if (properties.length > PROPERTIES_BYTES_MAX) {
      return refusal(RESPONSE.MESSAGE_ILLEGAL, 'the properties of the message have grown too large');
    }
    const { clock } = namespace.environment;
    const message = this.#message;
    message.topic = destination.nameBytes;
    message.queueId = 0;
    message.flag = old.flag;
    message.sysFlag = old.sysFlag;
    message.bornTimestamp = old.bornTimestamp;
    message.bornHost = old.bornHost();
    message.storeHost = channel.storeHost;
    message.reconsumeTimes = reconsumeTimes + 1;
    message.body = stored;
    message.bodyStart = old.bodyStart;
    message.bodyEnd = old.bodyEnd;
    message.properties = properties;
    message.propertiesEnd = properties.length;
    message.seal(clock.now);
    const queueId = isDead ? 0 : destination.anyQueue();
    if (isDead) {
      readProperties(properties, 0, properties.length, this.#properties);
      publish(namespace, destination, queueId, message, this.#properties);
    } else {
      const key = this.#properties.text(PROPERTY.KEYS) ?? '';
      const bound = destination.exchange.wholeRoute(queueId) === null ? key : '';
      delays.deliverAt(clock.now + delayOfLevelMs(level), destination, queueId, bound, message);
    }
    message.letGo();
    return OK;
  }

  #changed(destination: string, originMsgId: string, delayLevel: string | null): Uint8Array {
    const old = this.#old;
    const ranges = this.#properties;
    readProperties(old.bytes, old.propertiesStart, old.propertiesEnd, ranges);
    const id = originMsgId === '' ? offsetId(old.storeHost(), old.physicalOffset) : originMsgId;
    const isTold = ranges.has(PROPERTY.RETRY_TOPIC);
    return changedProperties(ranges, {
      [PROPERTY.DELAY]: delayLevel ?? ranges.text(PROPERTY.DELAY),
      [PROPERTY.RETRY_TOPIC]: isTold ? ranges.text(PROPERTY.RETRY_TOPIC) : old.topic(),
      [PROPERTY.ORIGIN_MESSAGE_ID]: ranges.text(PROPERTY.ORIGIN_MESSAGE_ID) ?? id,
      ...(delayLevel === null ? {} : { [PROPERTY.REAL_TOPIC]: destination, [PROPERTY.REAL_QUEUE_ID]: '0' }),
      [PROPERTY.TIMER_DELAY_MS]: null,
      [PROPERTY.TIMER_DELAY_SEC]: null,
      [PROPERTY.TIMER_DELIVER_MS]: null,
    });
  }
}
