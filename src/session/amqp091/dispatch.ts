/**
 * Which function answers which method on an open channel. Methods that only a server sends, or that belong to channel
 * 0, have no row and are refused.
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
      channel.ack(method.deliveryTag, method.multiple);
      break;
    case 'basic.nack':
      channel.reject(method.deliveryTag, method.multiple, method.requeue);
      break;
    case 'basic.reject':
      channel.reject(method.deliveryTag, false, method.requeue);
      break;
    case 'basic.qos':
      basic.qos(channel, method);
      break;
    case 'basic.consume':
      basic.consume(channel, method);
      break;
    case 'basic.cancel':
      basic.cancel(channel, method);
      break;
    case 'basic.cancel-ok':
      break;
    case 'basic.get':
      basic.get(channel, method);
      break;
    case 'basic.recover':
    case 'basic.recover-async':
      basic.recover(channel, method);
      break;
    case 'confirm.select':
      basic.selectConfirms(channel, method);
      break;
    case 'tx.select':
      basic.selectTransactions(channel);
      break;
    case 'tx.commit':
      basic.commit(channel);
      break;
    case 'tx.rollback':
      basic.rollback(channel);
      break;
    case 'channel.flow':
      basic.flow(channel, method);
      break;
    case 'channel.flow-ok':
      break;
    case 'access.request':
      channel.reply('access.request-ok', { ticket: 1 });
      break;
    case 'exchange.declare':
      exchange.declareExchange(channel, method);
      break;
    case 'exchange.delete':
      exchange.deleteExchange(channel, method);
      break;
    case 'exchange.bind':
      exchange.bindExchange(channel, method);
      break;
    case 'exchange.unbind':
      exchange.unbindExchange(channel, method);
      break;
    case 'queue.declare':
      queue.declareQueue(channel, method);
      break;
    case 'queue.bind':
      queue.bindQueue(channel, method);
      break;
    case 'queue.unbind':
      queue.unbindQueue(channel, method);
      break;
    case 'queue.purge':
      queue.purgeQueue(channel, method);
      break;
    case 'queue.delete':
      queue.deleteQueue(channel, method);
      break;
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
