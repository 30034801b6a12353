/**
 * Sending: what a producer's request says, checked, published, and its answer written for when it is durable. The way
 * of every message, so everything here is made once and filled again.
 *
 *     SEND_MESSAGE, _V2        ─┬─▶ a queue of the topic ──▶ answered when committed
 *     SEND_BATCH_MESSAGE        │      └─ with it what undoes its operation is held (compensation.ts)
 *                               ├─▶ waits for its time       (delay level, timer)
 *                               └─▶ waits for a decision     (half message)
 *
 * A message for a retry topic comes from a consumer; if it came too often it goes to the group's dead letters instead.
 */

import type { Offset } from '../../core/ids.ts';
import type { Namespace } from '../../core/namespace.ts';
import { answerSend, SendAnswer } from '../../wire/rocketmq/answers.ts';
import type { Command } from '../../wire/rocketmq/command.ts';
import { MESSAGE_FLAG, TRANSACTION_MASK } from '../../wire/rocketmq/constants.ts';
import { MessageBatch } from '../../wire/rocketmq/message-batch.ts';
import { recallHandle } from '../../wire/rocketmq/message-handles.ts';
import { offsetIdCharacters, writeOffsetIdOfHalves } from '../../wire/rocketmq/message-id.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { PROPERTIES_BYTES_MAX, PROPERTY, readProperties } from '../../wire/rocketmq/properties.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { SendHeader } from '../../wire/rocketmq/send-header.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';
import type { Channel } from './channel.ts';
import type { Clients } from './clients.ts';
import { COMPENSATION, type Compensations } from './compensation.ts';
import type { ConsumerGroups } from './consumer-groups.ts';
import { type Delays, TIMER_DELAY_MS_MAX } from './delays.ts';
import { deliveryTime, IN_VAIN } from './delivery-time.ts';
import type { HalfMessages } from './half-messages.ts';
import { HELD, Locator } from './locator.ts';
import { PropertyDraft, REGION } from './property-draft.ts';
import { publish } from './publication.ts';
import { type Reply, refusal } from './reply.ts';
import { RocketmqMessage } from './rocketmq-message.ts';
import type { Destination, TopicCatalog } from './topic-catalog.ts';
import { permText, topicConfigOf } from './topic-config.ts';
import { DEAD_LETTER_PREFIX, isRetryTopic, RETRY_PREFIX } from './topic-name.ts';
import { keyOf } from './translation.ts';
import type { UniqueKeys } from './unique-keys.ts';

export const BODY_BYTES_MAX = 4 * 1024 * 1024;
const BATCH_MESSAGES_MAX = 10_000;
const COMMA = 0x2c;
const ILLEGAL =
  'the message is illegal, maybe msg body or properties length not matched. ' +
  `msg body length limit ${BODY_BYTES_MAX}B, msg properties length limit 32KB.`;
const TIMER_ILLEGAL =
  `timer message illegal, the delay time should not be bigger than the max delay ${TIMER_DELAY_MS_MAX}ms; ` +
  'or if set del msg, the delay time should be bigger than the current time';

export interface SendingOptions {
  readonly namespace: Namespace;
  readonly topics: TopicCatalog;
  readonly groups: ConsumerGroups;
  readonly delays: Delays;
  readonly clients: Clients;
  readonly halfMessages: HalfMessages;
  readonly uniqueKeys: UniqueKeys;
  readonly compensations: Compensations;
  readonly cluster: string;
  readonly broker: string;
}

export class Sending {
  readonly #options: SendingOptions;
  readonly #header = new SendHeader();
  readonly #ranges = new NamedRanges();
  readonly #draft: PropertyDraft;
  readonly #message = new RocketmqMessage();
  readonly #batch = new MessageBatch();
  readonly #answer = new SendAnswer();
  readonly #locator = new Locator();

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#draft = new PropertyDraft(options.cluster);
  }

  /** null: it is answered when it is committed, or never; otherwise what it is answered with now. */
  send(channel: Channel, command: Command): Reply | null {
    const header = this.#header;
    header.read(command);
    const { topics } = this.#options;
    if (command.bodyBytes === 0) return refusal(RESPONSE.SYSTEM_ERROR, 'the message body length is zero');
    const found = topics.forSend(header.topic, header.defaultTopic(), header.defaultTopicQueueNums);
    if (!('exchange' in found)) return found;
    const destination = this.#orDeadLetters(found);
    const queueId = destination === found ? header.queueId : 0;
    const config = topicConfigOf(destination.topic);
    if (queueId >= config.writeQueueNums) return noSuchQueue(destination, queueId, channel);
    const queue = queueId < 0 ? destination.anyQueue() : queueId;
    const refused = header.isBatch
      ? this.#sendBatch(channel, command, destination, queue)
      : this.#sendOne(channel, command, destination, queue, destination !== found);
    this.#message.letGo();
    return refused;
  }

  /** What a refusal of a send is answered with beside its code. */
  readonly refusalFields = { MSG_REGION: REGION, TRACE_ON: true } as const;

  #sendOne(
    channel: Channel,
    command: Command,
    destination: Destination,
    queueId: number,
    isDead: boolean,
  ): Reply | null {
    const header = this.#header;
    const { bytes, propertiesStart, propertiesEnd } = header;
    if (!this.#fill(command.bytes, command.bodyStart, command.bodyEnd, bytes, propertiesStart, propertiesEnd)) {
      return refusal(RESPONSE.MESSAGE_ILLEGAL, ILLEGAL);
    }
    const message = this.#message;
    message.flag = header.flag;
    const draft = this.#draft;
    const answer = this.#answer;
    const { clock } = this.#options.namespace.environment;
    answer.recallHandle = null;
    let log = HELD;
    let offset: Offset;
    if ((header.sysFlag & TRANSACTION_MASK) === MESSAGE_FLAG.TRANSACTION_PREPARED || this.#isPrepared) {
      offset = this.#holdHalf(channel, destination, queueId);
    } else {
      const time = isDead ? 0 : deliveryTime(this.#ranges, clock.now);
      if (time === IN_VAIN) return refusal(RESPONSE.MESSAGE_ILLEGAL, TIMER_ILLEGAL);
      if (time > clock.now) {
        draft.add(PROPERTY.REAL_TOPIC, destination.name);
        draft.add(PROPERTY.REAL_QUEUE_ID, String(queueId));
        if (!draft.fits) return refusal(RESPONSE.MESSAGE_ILLEGAL, ILLEGAL);
      }
      this.#seal(channel, destination, queueId);
      if (time > clock.now) {
        const { delays } = this.#options;
        const held = delays.deliverAt(time, destination, queueId, this.#boundKey(destination, queueId), message);
        offset = held.offset;
        if (!this.#ranges.has(PROPERTY.DELAY)) answer.recallHandle = this.#recallHandle(destination, time, offset);
      } else {
        const refused = this.#compensate(channel);
        if (refused !== null) return refused;
        log = destination.log(queueId).log.id;
        offset = publish(this.#options.namespace, destination, queueId, message, this.#ranges);
      }
    }
    const asker = this.#ranges.find(PROPERTY.REPLY_TO_CLIENT);
    if (asker >= 0) this.#options.clients.asked(this.#ranges.textOf(asker), channel);
    if (command.isOneway) return null;
    channel.confirmed.note();
    answer.host = channel.storeHost;
    answer.halves = this.#locator.point(log, offset);
    answer.batchIds = null;
    answer.queueId = queueId;
    answer.queueOffset = offset;
    answer.bytes = draft.bytes;
    answer.keyStart = draft.keyStart;
    answer.keyEnd = draft.keyEnd;
    answerSend(channel.confirmed.writer, command, RESPONSE.SUCCESS, null, answer);
    channel.touch();
    return null;
  }

  #sendBatch(channel: Channel, command: Command, destination: Destination, queueId: number): Reply | null {
    const batch = this.#batch;
    batch.open(command.bytes, command.bodyStart, command.bodyEnd);
    const count = batch.check();
    if (count > BATCH_MESSAGES_MAX || command.bodyBytes > BODY_BYTES_MAX) {
      return refusal(RESPONSE.MESSAGE_ILLEGAL, ILLEGAL);
    }
    const { namespace } = this.#options;
    const { storeHost } = channel;
    const characters = offsetIdCharacters(storeHost);
    const ids = command.isOneway ? null : Buffer.alloc(count * (characters + 1));
    const { log } = destination.log(queueId);
    let at = 0;
    let first = -1;
    while (batch.next()) {
      const { bytes, bodyStart, bodyEnd, propertiesStart, propertiesEnd } = batch;
      // The first one that is no message ends it; those before it are published, as they are in RocketMQ's log.
      if (!this.#fill(bytes, bodyStart, bodyEnd, bytes, propertiesStart, propertiesEnd)) {
        return refusal(RESPONSE.MESSAGE_ILLEGAL, ILLEGAL);
      }
      this.#message.flag = batch.flag;
      this.#seal(channel, destination, queueId);
      const offset = publish(namespace, destination, queueId, this.#message, this.#ranges);
      if (first < 0) first = offset;
      if (ids === null) continue;
      const { high, low } = this.#locator.point(log.id, offset);
      at = writeOffsetIdOfHalves(ids, at, storeHost, high, low);
      ids[at++] = COMMA;
    }
    if (ids === null) return null;
    const answer = this.#answer;
    channel.confirmed.note();
    answer.recallHandle = null;
    answer.batchIds = ids.toString('latin1', 0, Math.max(0, at - 1));
    answer.queueId = queueId;
    answer.queueOffset = first;
    answer.keyStart = 0;
    answer.keyEnd = 0;
    answerSend(channel.confirmed.writer, command, RESPONSE.SUCCESS, null, answer);
    channel.touch();
    return null;
  }

  // ── A message ──

  /** Takes body and properties; false if they are too much. */
  #fill(
    body: Uint8Array,
    bodyStart: number,
    bodyEnd: number,
    properties: Uint8Array,
    propertiesStart: number,
    propertiesEnd: number,
  ): boolean {
    if (bodyEnd - bodyStart > BODY_BYTES_MAX || propertiesEnd - propertiesStart > PROPERTIES_BYTES_MAX) return false;
    const header = this.#header;
    const message = this.#message;
    const ranges = this.#ranges;
    const draft = this.#draft;
    readProperties(properties, propertiesStart, propertiesEnd, ranges);
    draft.copy(properties, propertiesStart, propertiesEnd, ranges);
    if (!draft.hasKey) draft.addKey(this.#options.uniqueKeys.next());
    draft.addBrokerProperties();
    if (!draft.fits) return false;
    message.sysFlag = header.sysFlag & ~TRANSACTION_MASK;
    message.bornTimestamp = header.bornTimestamp;
    message.reconsumeTimes = header.reconsumeTimes;
    message.body = body;
    message.bodyStart = bodyStart;
    message.bodyEnd = bodyEnd;
    return true;
  }

  #seal({ bornHost, storeHost }: Channel, destination: Destination, queueId: number): void {
    const message = this.#message;
    const draft = this.#draft;
    message.topic = destination.nameBytes;
    message.queueId = queueId;
    message.bornHost = bornHost;
    message.storeHost = storeHost;
    message.properties = draft.bytes;
    message.propertiesEnd = draft.length;
    message.seal(this.#options.namespace.environment.clock.now);
  }

  /** Holds what undoes the operation that the message tells of, if it has such a thing. */
  #compensate(channel: Channel): Reply | null {
    const at = this.#ranges.find(COMPENSATION);
    if (at < 0) return null;
    const { compensations } = this.#options;
    const draft = this.#draft;
    const key = Buffer.from(draft.bytes.subarray(draft.keyStart, draft.keyEnd)).toString();
    const compensation = compensations.prepare(this.#ranges.textOf(at), key, channel);
    if (!('held' in compensation)) return compensation;
    compensations.hold(compensation, this.#ranges.text(PROPERTY.PRODUCER_GROUP) ?? this.#header.producerGroup);
    return null;
  }

  // ── Waiting ──

  get #isPrepared(): boolean {
    return this.#ranges.flag(PROPERTY.TRANSACTION_PREPARED) ?? false;
  }

  /** What consumers will see of it says already that it was committed: before that nobody sees it. */
  #holdHalf(channel: Channel, destination: Destination, queueId: number): Offset {
    const message = this.#message;
    const draft = this.#draft;
    draft.add(PROPERTY.REAL_TOPIC, destination.name);
    draft.add(PROPERTY.REAL_QUEUE_ID, String(queueId));
    draft.addRange(PROPERTY.TRANSACTION_ID, draft.keyStart, draft.keyEnd);
    if (!draft.fits) throw new RocketmqWireError(ILLEGAL, RESPONSE.MESSAGE_ILLEGAL);
    message.sysFlag |= MESSAGE_FLAG.TRANSACTION_COMMIT;
    this.#seal(channel, destination, queueId);
    const seconds = this.#ranges.text(PROPERTY.CHECK_IMMUNITY_TIME_IN_SECONDS);
    const immunityMs = seconds === null ? null : Number(seconds) * 1000;
    const group = this.#ranges.text(PROPERTY.PRODUCER_GROUP) ?? this.#header.producerGroup;
    const key = this.#boundKey(destination, queueId);
    return this.#options.halfMessages.hold(group, destination, queueId, key, message, immunityMs).offset;
  }

  #recallHandle({ name }: Destination, deliverMs: number, offset: Offset): string {
    const { bytes, keyStart, keyEnd } = this.#draft;
    const uniqueKey = Buffer.from(bytes.subarray(keyStart, keyEnd)).toString();
    return recallHandle({ topic: name, brokerName: this.#options.broker, deliverMs, uniqueKey, place: offset });
  }

  /** The key, if a binding looks at it: what waits for the same place is counted together. */
  #boundKey({ exchange }: Destination, queueId: number): string {
    return exchange.wholeRoute(queueId) === null ? keyOf(this.#ranges) : '';
  }

  // ── Retries ──

  /** Where a message of a retry topic goes; all others where they were meant to. */
  #orDeadLetters(destination: Destination): Destination {
    const { name } = destination;
    if (!isRetryTopic(name)) return destination;
    const group = name.slice(RETRY_PREFIX.length);
    const { reconsumeTimes, maxReconsumeTimes } = this.#header;
    const { topics, groups } = this.#options;
    const most = maxReconsumeTimes >= 0 ? maxReconsumeTimes : groups.configOf(group).retryMaxTimes;
    if (reconsumeTimes <= most) return destination;
    const dead = topics.forSend(DEAD_LETTER_PREFIX + group, '', 1);
    return 'exchange' in dead ? dead : destination;
  }
}

function noSuchQueue({ topic, name }: Destination, queueId: number, { remote }: Channel): Reply {
  const { readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order } = topicConfigOf(topic);
  const config = [
    `topicName=${name}`,
    `readQueueNums=${readQueueNums}`,
    `writeQueueNums=${writeQueueNums}`,
    `perm=${permText(perm)}`,
    `topicFilterType=${topicFilterType}`,
    `topicSysFlag=${topicSysFlag}`,
    `order=${order}`,
    'attributes={}',
  ].join(', ');
  const text = `request queueId[${queueId}] is illegal, TopicConfig [${config}] Producer: ${remote}`;
  return refusal(RESPONSE.INVALID_PARAMETER, text);
}
