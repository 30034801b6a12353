/**
 * The `amqp` listener's sessions, loaded by the listener when they are needed. A port may speak several protocols:
 * which one a connection speaks is decided here, by its first bytes, before a session is made for it. So far there is
 * one, AMQP 0-9-1, and it is given everything; its own answer to another protocol's header is the version it speaks.
 */
import type { Broker } from '../core/broker.ts';
import { Amqp091Connection } from '../session/amqp091/connection.ts';
import type { Credentials } from './credentials.ts';
import type { Accept } from './listener.ts';
import type { Log } from './log.ts';
import { PRODUCT } from './product.ts';

export function acceptAmqp(broker: Broker, credentials: Credentials, log: Log): Accept<Amqp091Connection> {
  const onFault = (error: unknown) => log.error('a session failed', { error: String((error as Error).stack) });
  return ({ outbox, remoteAddress, remotePort }) =>
    new Amqp091Connection({
      broker,
      outbox,
      remoteAddress,
      remotePort,
      authenticate: (user, password, from) => credentials.check(user, password, from) !== null,
      // Product and version stay the session's own: clients of RabbitMQ conclude from them what the broker can do.
      properties: { platform: `${PRODUCT.product} ${PRODUCT.version}, ${PRODUCT.platform}` },
      onFault,
    });
}
