/**
 * SendMessage: one message or several for one topic. Each is checked before any is published; all are answered when
 * they are durable.
 *
 * Delayed messages and those of transactions go to the node's Holding.
 */
import { CODE, MESSAGE_TYPE } from '../../../../wire/rocketmq/v2/codes.ts';
import { durationMs, type Message, type SendResultEntry } from '../../../../wire/rocketmq/v2/shapes.ts';
import { publish } from '../../publication.ts';
import type { Destination } from '../../topic-catalog.ts';
import { newTopicConfig, topicConfigOf } from '../../topic-config.ts';
import { acceptedTypes } from '../accepted-types.ts';
import type { Call } from '../call.ts';
import { grpcLimits } from '../limits.ts';
import { topicNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { OK, Refusal } from '../refusal.ts';

const QUEUES = 4;

export const sendMessage = operation('SendMessage', (call, { messages }) => {
  const [first] = messages;
  if (first === undefined) throw new Refusal(CODE.BAD_REQUEST, 'no message to send');
  if (messages.length > grpcLimits.messagesMax) {
    throw new Refusal(CODE.PAYLOAD_TOO_LARGE, `at most ${grpcLimits.messagesMax} messages in one request`);
  }
  const name = topicNameOf(first.topic);
  for (const message of messages) {
    if (topicNameOf(message.topic) !== name) throw new Refusal(CODE.BAD_REQUEST, 'messages of several topics');
    call.node.incoming.check(message);
  }
  const { store } = call.node.broker;
  if (store.pressure !== 'none') {
    const full = store.pressure === 'disk' ? 'the disk is full' : 'too much waits to be written';
    throw new Refusal(CODE.TOO_MANY_REQUESTS, full);
  }
  const destination = destinationOf(call, name);
  const types = acceptedTypes(destination.topic);
  for (const message of messages) checkType(message, types, name);
  const entries = messages.map((message) => send(call, destination, message));
  call.node.incoming.message.letGo();
  call.answerWhenCommitted({ status: OK, entries });
  return null;
});

function destinationOf({ node }: Call, name: string): Destination {
  const known = node.topics.destination(name);
  if (known !== undefined) return known;
  const system = node.topics.system.get(name);
  if (system?.closed) throw new Refusal(CODE.ILLEGAL_TOPIC, `${name} is a system topic`);
  if (!node.topics.autoCreates) throw new Refusal(CODE.TOPIC_NOT_FOUND, `there is no topic ${name}`);
  return node.topics.make(name, newTopicConfig(system?.queues ?? QUEUES));
}

/** What it says it is, or what its properties make of it. */
function typeOf({ systemProperties }: Message): number {
  const { messageType = 0, messageGroup, deliveryTimestamp, priority } = systemProperties ?? {};
  if (messageType !== MESSAGE_TYPE.UNSPECIFIED) return messageType;
  if (messageGroup !== undefined) return MESSAGE_TYPE.FIFO;
  if (priority !== undefined) return MESSAGE_TYPE.PRIORITY;
  return deliveryTimestamp ? MESSAGE_TYPE.DELAY : MESSAGE_TYPE.NORMAL;
}

function checkType(message: Message, accepted: readonly number[], topic: string): void {
  const type = typeOf(message);
  const { messageGroup, deliveryTimestamp, priority } = message.systemProperties ?? {};
  const isWhole =
    (type !== MESSAGE_TYPE.FIFO || messageGroup !== undefined) &&
    (type !== MESSAGE_TYPE.DELAY || Boolean(deliveryTimestamp)) &&
    (type !== MESSAGE_TYPE.PRIORITY || (priority !== undefined && priority >= 0)) &&
    (type === MESSAGE_TYPE.FIFO || messageGroup === undefined);
  if (isWhole && accepted.includes(type)) return;
  const text = `a message of type ${type} is not what it says, or not what topic ${topic} is for`;
  throw new Refusal(CODE.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE, text);
}

function send({ node, caller }: Call, destination: Destination, source: Message): SendResultEntry {
  const { incoming, broker, namespace, holding } = node;
  const {
    queueId = 0,
    messageId = '',
    deliveryTimestamp,
    orphanedTransactionRecoveryDuration,
    priority = 0,
  } = source.systemProperties ?? {};
  const { writeQueueNums } = topicConfigOf(destination.topic);
  const type = typeOf(source);
  const asked = type === MESSAGE_TYPE.PRIORITY ? Math.min(priority, writeQueueNums - 1) : queueId;
  const queue = asked >= 0 && asked < writeQueueNums ? asked : destination.anyQueue();
  incoming.fill(source, destination, queue, caller.bornHost, broker.clock.now, type === MESSAGE_TYPE.TRANSACTION);
  const { message, properties } = incoming;
  const waiting = { destination, queueId: queue, message, properties, messageId };
  switch (type) {
    case MESSAGE_TYPE.DELAY:
      return holding.delay(waiting, deliveryTimestamp ? durationMs(deliveryTimestamp) : 0);
    case MESSAGE_TYPE.TRANSACTION: {
      const immunity = orphanedTransactionRecoveryDuration;
      return holding.prepare(waiting, immunity ? durationMs(immunity) : null);
    }
    default:
      return { status: OK, messageId, offset: publish(namespace, destination, queue, message, properties) };
  }
}
