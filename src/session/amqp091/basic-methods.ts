/**
 * basic.qos, consume, cancel, get, recover; confirm.select; tx.select, commit, rollback; channel.flow.
 *
 * Publishing is in `publisher.ts`, settling in `channel.ts`: both are reached without a decoded method.
 */
import type { Method } from '../../wire/amqp091/methods.ts';
import type { Channel } from './channel.ts';
import { Getter, Subscriber } from './consumers.ts';
import { refuse } from './errors.ts';
import { replyWhen } from './exchange-methods.ts';
import { queueName } from './queue-methods.ts';

const CONSUMER_TAG_PREFIX = 'amq.ctag-';

/** Per consumer: for those made from now on. Global: one limit that the channel's consumers share. */
export function qos(channel: Channel, method: Method<'basic.qos'>): void {
  if (method.prefetchSize !== 0) throw refuse.notImplemented(`prefetch_size!=0 (${method.prefetchSize})`);
  if (method.global) channel.ledger.setLimit(method.prefetchCount);
  else channel.prefetch = method.prefetchCount;
  channel.reply('basic.qos-ok', {});
}

export function consume(channel: Channel, method: Method<'basic.consume'>): void {
  const { host } = channel;
  const queue = host.namespace.queue(queueName(channel, method.queue), host);
  const tag = method.consumerTag === '' ? freshTag(channel) : method.consumerTag;
  if (channel.subscribers.has(tag)) throw refuse.reusedConsumerTag(tag);
  const subscriber = new Subscriber(channel, queue, tag, method.noAck, channel.prefetch, method.exclusive);
  queue.attach(subscriber);
  channel.subscribers.set(tag, subscriber);
  // Attaching only asks for a turn, so the reply stands before the first delivery.
  if (!method.nowait) channel.reply('basic.consume-ok', { consumerTag: tag });
}

function freshTag(channel: Channel): string {
  return channel.host.namespace.freshName(CONSUMER_TAG_PREFIX);
}

export function cancel(channel: Channel, method: Method<'basic.cancel'>): void {
  const subscriber = channel.subscribers.get(method.consumerTag);
  channel.subscribers.delete(method.consumerTag);
  subscriber?.cancel();
  if (!method.nowait) channel.reply('basic.cancel-ok', { consumerTag: method.consumerTag });
}

export function get(channel: Channel, method: Method<'basic.get'>): void {
  const { host } = channel;
  const queue = host.namespace.queue(queueName(channel, method.queue), host);
  const getter = new Getter(channel, queue, method.noAck);
  if (queue.get(getter) !== 'parked') return;
  // The bytes are on their way from the disk. Replies keep their order, so nothing more is read before this one.
  channel.getter = getter;
  host.hold.begin();
}

export function recover(channel: Channel, method: Method<'basic.recover' | 'basic.recover-async'>): void {
  if (!method.requeue) throw refuse.notImplemented('requeue=false');
  channel.ledger.giveBackAll();
  if (method.name === 'basic.recover') channel.reply('basic.recover-ok', {});
}

export function selectConfirms(channel: Channel, method: Method<'confirm.select'>): void {
  channel.selectConfirms();
  if (!method.nowait) channel.reply('confirm.select-ok', {});
}

export function selectTransactions(channel: Channel): void {
  channel.selectTransactions();
  channel.reply('tx.select-ok', {});
}

export function commit(channel: Channel): void {
  if (channel.transaction === null) throw refuse.notTransactional();
  const size = channel.transaction.size;
  channel.transaction.commit();
  channel.publisher.endReturns(true);
  channel.host.publishedTransient = true;
  replyWhen(channel, size > 0, 'tx.commit-ok', {});
}

export function rollback(channel: Channel): void {
  if (channel.transaction === null) throw refuse.notTransactional();
  channel.transaction.rollback();
  channel.publisher.endReturns(false);
  channel.reply('tx.rollback-ok', {});
}

export function flow(channel: Channel, method: Method<'channel.flow'>): void {
  if (!method.active) throw refuse.notImplemented('active=false');
  channel.reply('channel.flow-ok', { active: true });
}
