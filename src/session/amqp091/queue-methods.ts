/**
 * queue.declare, bind, unbind, purge, delete.
 *
 * An empty name in declare asks for a fresh one; elsewhere it stands for the queue declared last on the channel. The
 * counts in replies are of ready messages. A reply that promises something durable waits for its commit group.
 */
import type { Queue } from '../../core/queue.ts';
import type { Method } from '../../wire/amqp091/methods.ts';
import type { Channel } from './channel.ts';
import { refuse } from './errors.ts';
import { replyWhen } from './exchange-methods.ts';
import { cleanName } from './names.ts';
import { COMPARED_ARGUMENTS, checkQueueArguments, priorityLevels, withoutDefaults } from './queue-arguments.ts';

const GENERATED_PREFIX = 'amq.gen-';

/** The queue's name, '' being the last declared one. */
export function queueName(channel: Channel, given: string): string {
  const name = given === '' ? channel.lastQueue : cleanName(given);
  if (name === '') throw refuse.noLastQueue();
  return name;
}

export function declareQueue(channel: Channel, method: Method<'queue.declare'>): void {
  const { host } = channel;
  const { namespace } = host;
  if (method.passive) {
    const queue = namespace.queue(cleanName(method.queue), host);
    channel.lastQueue = queue.name;
    if (!method.nowait) replyWhen(channel, false, 'queue.declare-ok', counts(queue));
    return;
  }
  const generated = method.queue === '';
  const name = generated ? namespace.freshName(GENERATED_PREFIX) : cleanName(method.queue);
  const durable = method.durable && !method.exclusive;
  const args = withoutDefaults(method.arguments);
  checkQueueArguments(name, namespace.name, args, method.durable);
  const queue = namespace.declareQueue(
    {
      name,
      durable,
      exclusive: method.exclusive,
      autoDelete: method.autoDelete,
      arguments: args,
      levels: priorityLevels(args),
      compared: COMPARED_ARGUMENTS,
      generated,
    },
    host,
  );
  channel.lastQueue = name;
  if (!method.nowait) replyWhen(channel, durable, 'queue.declare-ok', counts(queue));
}

function counts(queue: Queue): { queue: string; messageCount: number; consumerCount: number } {
  return { queue: queue.name, messageCount: queue.ready, consumerCount: queue.consumerCount };
}

export function bindQueue(channel: Channel, method: Method<'queue.bind'>): void {
  const { namespace } = channel.host;
  const queue = namespace.queue(queueName(channel, method.queue), channel.host);
  const source = cleanName(method.exchange);
  const key = method.queue === '' && method.routingKey === '' ? queue.name : method.routingKey;
  const binding = namespace.bind(source, queue, key, method.arguments);
  if (!method.nowait) replyWhen(channel, binding.durable, 'queue.bind-ok', {});
}

export function unbindQueue(channel: Channel, method: Method<'queue.unbind'>): void {
  const { namespace } = channel.host;
  const name = queueName(channel, method.queue);
  const queue = namespace.queues.get(name);
  if (queue !== undefined) namespace.queue(name, channel.host);
  const source = cleanName(method.exchange);
  const key = method.queue === '' && method.routingKey === '' ? name : method.routingKey;
  const durable = (namespace.exchanges.get(source)?.durable && queue?.durable) ?? false;
  const existed = namespace.unbind(source, 'queue', name, key, method.arguments);
  replyWhen(channel, existed && durable, 'queue.unbind-ok', {});
}

export function purgeQueue(channel: Channel, method: Method<'queue.purge'>): void {
  const queue = channel.host.namespace.queue(queueName(channel, method.queue), channel.host);
  const messageCount = queue.purge();
  if (!method.nowait) replyWhen(channel, messageCount > 0 && queue.durable, 'queue.purge-ok', { messageCount });
}

export function deleteQueue(channel: Channel, method: Method<'queue.delete'>): void {
  const { namespace } = channel.host;
  const name = queueName(channel, method.queue);
  const durable = namespace.queues.get(name)?.durable ?? false;
  const { ifUnused, ifEmpty } = method;
  // A client may close its channel when its consumer is cancelled: the reply it waits for must be there by then.
  const { host } = channel;
  const cancels: Uint8Array[] = [];
  host.cancels = cancels;
  let messageCount: number | null;
  try {
    messageCount = namespace.deleteQueue(name, host, { ifUnused, ifEmpty });
  } finally {
    host.cancels = null;
  }
  if (!method.nowait) {
    replyWhen(channel, messageCount !== null && durable, 'queue.delete-ok', { messageCount: messageCount ?? 0 });
  }
  for (const frame of cancels) host.hold.follow(frame);
}
