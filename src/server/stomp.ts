/**
 * The sessions of the listeners `stomp` and `ws`, loaded when they are needed: one node for both, and a connection for
 * each client.
 */
import { randomBytes } from 'node:crypto';
import type { Broker } from '../core/broker.ts';
import type { Destinations } from '../core/destination/destinations.ts';
import { EntryHeaders } from '../core/destination/entry-headers.ts';
import { activemqDialect } from '../session/stomp/activemq-dialect.ts';
import { StompConnection } from '../session/stomp/connection.ts';
import type { DialectName } from '../session/stomp/dialect.ts';
import { rabbitmqDialect } from '../session/stomp/rabbitmq-dialect.ts';
import type { Credentials } from './credentials.ts';
import type { Accept, Session } from './listener.ts';
import type { Log } from './log.ts';

export interface StompSurroundings {
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly destinations: Destinations;
  readonly options: { readonly stompDialect: DialectName; readonly log: Log };
}

export function acceptStomp({ broker, credentials, destinations, options }: StompSurroundings): Accept<Session> {
  const node = {
    broker,
    namespace: broker.namespace('/'),
    destinations,
    headers: new EntryHeaders(broker.formats),
    dialect: options.stompDialect === 'rabbitmq' ? rabbitmqDialect : activemqDialect,
    clients: new Map<string, object>(),
    freshName: () => randomBytes(12).toString('base64url'),
    authenticate: (user: string, password: string, from: string) => credentials.check(user, password, from) !== null,
    letsIn: (from: string) => credentials.letsIn(from),
    onFault: (error: unknown) => options.log.error('a session failed', { error: String((error as Error).stack) }),
  };
  return ({ outbox, remoteAddress }) => new StompConnection({ node, outbox, remoteAddress });
}
