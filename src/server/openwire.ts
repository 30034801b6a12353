/**
 * The sessions of the listener `openwire`, loaded when they are needed: one node for all, and a connection for each
 * client.
 */
import { randomBytes } from 'node:crypto';
import type { Broker } from '../core/broker.ts';
import type { Destinations } from '../core/destination/destinations.ts';
import { OpenWireConnection } from '../session/openwire/connection.ts';
import { OpenWireNode } from '../session/openwire/node.ts';
import type { Credentials } from './credentials.ts';
import { type Accept, endpoint, type Session } from './listener.ts';
import type { Log } from './log.ts';

export interface OpenWireSurroundings {
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly destinations: Destinations;
  readonly options: { readonly advertise: string | null; readonly log: Log };
}

export function acceptOpenWire({ broker, credentials, destinations, options }: OpenWireSurroundings): Accept<Session> {
  const node = new OpenWireNode({
    broker,
    namespace: broker.namespace('/'),
    destinations,
    brokerId: `ID:dragoman-${randomBytes(9).toString('base64url')}`,
    authenticate: (user, password, from) => credentials.check(user, password, from) !== null,
    letsIn: (from) => credentials.letsIn(from),
    onFault: (error) => options.log.error('a session failed', { error: String((error as Error).stack) }),
  });
  return ({ outbox, remoteAddress, localAddress, localPort }) => {
    const url = `tcp://${endpoint(options.advertise ?? localAddress, localPort)}`;
    return new OpenWireConnection({ node, outbox, remoteAddress, url });
  };
}
