/**
 * Dead letters: a message that was given too often goes to the topic `%DLQ%group`, which is made when the first one
 * comes. It keeps its id, and says in its properties where it was.
 */
import { NamedRanges } from '../../../wire/rocketmq/named-ranges.ts';
import {
  changedProperties,
  PROPERTIES_BYTES_MAX,
  PROPERTY,
  readProperties,
} from '../../../wire/rocketmq/properties.ts';
import { StoredMessage } from '../../../wire/rocketmq/stored-message.ts';
import { publish } from '../publication.ts';
import { RocketmqMessage } from '../rocketmq-message.ts';
import { newTopicConfig } from '../topic-config.ts';
import { DEAD_LETTER_PREFIX } from '../topic-name.ts';
import type { GrpcNode } from './node.ts';

const stored = new StoredMessage();
const properties = new NamedRanges();
const letter = new RocketmqMessage();

/** Publishes the stored message in `bytes[start, end)`, which came from `topic` and was given `times`. */
export function publishDeadLetter(
  node: GrpcNode,
  group: string,
  topic: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  times: number,
): void {
  const name = DEAD_LETTER_PREFIX + group;
  const destination = node.topics.destination(name) ?? node.topics.make(name, newTopicConfig(1));
  stored.open(bytes, start, end);
  readProperties(bytes, stored.propertiesStart, stored.propertiesEnd, properties);
  const changes = {
    [PROPERTY.DLQ_ORIGIN_TOPIC]: topic,
    [PROPERTY.DLQ_ORIGIN_MESSAGE_ID]: properties.text(PROPERTY.UNIQUE_KEY) ?? '',
  };
  const changed = changedProperties(properties, changes);
  const isTooMuch = changed.length > PROPERTIES_BYTES_MAX;
  letter.topic = destination.nameBytes;
  letter.queueId = 0;
  letter.flag = stored.flag;
  letter.sysFlag = stored.sysFlag;
  letter.bornTimestamp = stored.bornTimestamp;
  letter.bornHost = stored.bornHost();
  letter.storeHost = stored.storeHost();
  letter.reconsumeTimes = Math.max(0, times - 1);
  letter.body = bytes;
  letter.bodyStart = stored.bodyStart;
  letter.bodyEnd = stored.bodyEnd;
  letter.properties = isTooMuch ? bytes : changed;
  letter.propertiesStart = isTooMuch ? stored.propertiesStart : 0;
  letter.propertiesEnd = isTooMuch ? stored.propertiesEnd : changed.length;
  letter.seal(node.broker.clock.now);
  publish(node.namespace, destination, 0, letter, properties);
  letter.letGo();
}
