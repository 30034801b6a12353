/**
 * One message at a time (`mq.receive`), acknowledged by being taken.
 */

import type { Subscription } from './driver.ts';
import { Failures } from './failures.ts';
import type { ListenerHost } from './listener.ts';
import { type LooseReadingOptions, readingOf } from './reading.ts';
import { type Attachment, type FailureSink, Message } from './received.ts';
import { type AnyTopic, decoded } from './topic.ts';

const nothing = (): void => {};
/** It was acknowledged when it was fetched. */
const SETTLED: Subscription = {
  ack: nothing,
  release: nothing,
  pause: nothing,
  resume: nothing,
  close: async () => {},
};

/** The next message of the topic; one with a bad payload goes to the dead letters, and why is thrown. */
export async function received(
  host: ListenerHost,
  topic: AnyTopic,
  options: LooseReadingOptions,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Message | undefined> {
  const { driver } = host;
  const { source, rules, partitions } = readingOf(driver, topic, options, host.group, 1);
  const { destination, group, filter } = source;
  await host.declare([{ destination, group, filter, partitions }]);
  const delivery = await driver.fetch(source, timeoutMs, signal);
  if (delivery === undefined) return undefined;
  const attachment: Attachment = { subscription: SETTLED, isLost: false };
  const never = new AbortController().signal;
  const failures: FailureSink = new Failures(driver, { ...rules, retry: undefined }, nothing, never);
  const message = new Message(delivery, attachment, failures, group, never);
  try {
    Message.fill(message, await decoded(topic, message));
    message.ack();
    return message;
  } catch (error) {
    if (rules.deadLetters !== undefined) await host.declare([{ destination: rules.deadLetters }]);
    await message.fail(error);
    throw error;
  }
}
