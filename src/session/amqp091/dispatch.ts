/**
 * Which function answers which method on an open channel. Methods that only a server sends, or that belong to channel 0, have no
 * row and are refused.
 */
import type { Method } from '../../wire/amqp091/methods.ts';
import * as basic from './basic-methods.ts';
import type { Channel } from './channel.ts';
import { refuse } from './errors.ts';
import * as exchange from './exchange-methods.ts';
import * as queue from './queue-methods.ts';

export function dispatch(channel: Channel, method: Method): void {
  switch (method.name) {
    case 'basic.ack':
      return channel.ack(method.deliveryTag, method.multiple);
    case 'basic.nack':
      return channel.reject(method.deliveryTag, method.multiple, method.requeue);
    case 'basic.reject':
      return channel.reject(method.deliveryTag, false, method.requeue);
    case 'basic.qos':
      return basic.qos(channel, method);
    case 'basic.consume':
      return basic.consume(channel, method);
    case 'basic.cancel':
      return basic.cancel(channel, method);
    case 'basic.cancel-ok':
      return;
    case 'basic.get':
      return basic.get(channel, method);
    case 'basic.recover':
    case 'basic.recover-async':
      return basic.recover(channel, method);
    case 'confirm.select':
      return basic.selectConfirms(channel, method);
    case 'tx.select':
      return basic.selectTransactions(channel);
    case 'tx.commit':
      return basic.commit(channel);
    case 'tx.rollback':
      return basic.rollback(channel);
    case 'channel.flow':
      return basic.flow(channel, method);
    case 'channel.flow-ok':
      return;
    case 'access.request':
      return channel.reply('access.request-ok', { ticket: 1 });
    case 'exchange.declare':
      return exchange.declareExchange(channel, method);
    case 'exchange.delete':
      return exchange.deleteExchange(channel, method);
    case 'exchange.bind':
      return exchange.bindExchange(channel, method);
    case 'exchange.unbind':
      return exchange.unbindExchange(channel, method);
    case 'queue.declare':
      return queue.declareQueue(channel, method);
    case 'queue.bind':
      return queue.bindQueue(channel, method);
    case 'queue.unbind':
      return queue.unbindQueue(channel, method);
    case 'queue.purge':
      return queue.purgeQueue(channel, method);
    case 'queue.delete':
      return queue.deleteQueue(channel, method);
    case 'channel.open':
      throw refuse.secondChannelOpen();
    default:
      throw refuse.commandInvalid(`${method.name} is not for clients to send here`);
  }
}

const LOOKING: ReadonlySet<string> = new Set([
  'basic.get',
  'queue.purge',
  'queue.delete',
  'queue.declare',
] satisfies Method['name'][]);

/** Whether the answer depends on messages published before being visible. */
export function looksAtQueues(method: Method): boolean {
  return LOOKING.has(method.name);
}
