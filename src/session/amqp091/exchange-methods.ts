/**
 * exchange.declare, delete, bind, unbind.
 *
 * A reply that promises something durable waits for the commit group with it. Deleting or unbinding what is not there
 * is in order. An alternate exchange is an argument like any other here; routing knows what it means.
 */
import { encodeMethod, type Method, type MethodFields } from '../../wire/amqp091/methods.ts';
import type { MethodName } from '../../wire/amqp091/schema.ts';
import type { Channel } from './channel.ts';
import { cleanName } from './names.ts';

/** Replies at once, or when what was just written is durable. */
export function replyWhen<N extends MethodName>(
  channel: Channel,
  durable: boolean,
  name: N,
  fields: MethodFields<N>,
): void {
  const { host } = channel;
  if (durable) host.hold.untilCommitted(host.broker.store.filling, encodeMethod(channel.number, name, fields));
  else channel.reply(name, fields);
}

export function declareExchange(channel: Channel, method: Method<'exchange.declare'>): void {
  const { namespace } = channel.host;
  const name = cleanName(method.exchange);
  if (method.passive) {
    namespace.exchange(name);
    if (!method.nowait) channel.reply('exchange.declare-ok', {});
    return;
  }
  namespace.declareExchange({
    name,
    type: method.type,
    durable: method.durable,
    autoDelete: method.autoDelete,
    internal: method.internal,
    arguments: method.arguments,
    compared: ['alternate-exchange'],
  });
  if (!method.nowait) replyWhen(channel, method.durable, 'exchange.declare-ok', {});
}

export function deleteExchange(channel: Channel, method: Method<'exchange.delete'>): void {
  const { namespace } = channel.host;
  const name = cleanName(method.exchange);
  const durable = namespace.exchanges.get(name)?.durable ?? false;
  const existed = namespace.deleteExchange(name, method.ifUnused);
  if (!method.nowait) replyWhen(channel, existed && durable, 'exchange.delete-ok', {});
}

export function bindExchange(channel: Channel, method: Method<'exchange.bind'>): void {
  const { namespace } = channel.host;
  const target = namespace.exchange(cleanName(method.destination));
  const binding = namespace.bind(cleanName(method.source), target, method.routingKey, method.arguments);
  if (!method.nowait) replyWhen(channel, binding.durable, 'exchange.bind-ok', {});
}

export function unbindExchange(channel: Channel, method: Method<'exchange.unbind'>): void {
  const { namespace } = channel.host;
  const source = cleanName(method.source);
  const target = cleanName(method.destination);
  const durable = (namespace.exchanges.get(source)?.durable && namespace.exchanges.get(target)?.durable) ?? false;
  const existed = namespace.unbind(source, 'exchange', target, method.routingKey, method.arguments);
  if (!method.nowait) replyWhen(channel, existed && durable, 'exchange.unbind-ok', {});
}
