/**
 * The sessions of the listeners `rocketmq` and `rocketmq-namesrv`, loaded when they are needed: one node for both,
 * which answers everything on either port, and a connection for each client.
 */
import type { Broker } from '../core/broker.ts';
import { RocketmqConnection } from '../session/rocketmq/connection.ts';
import { RocketmqNode } from '../session/rocketmq/node.ts';
import type { Credentials } from './credentials.ts';
import type { Accept, Session } from './listener.ts';
import type { Log } from './log.ts';
import type { Address, ListenerName } from './view.ts';

export interface RocketmqSurroundings {
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly addresses: ReadonlyMap<ListenerName, Address>;
  readonly startedAt: number;
  readonly opened: { readonly journal: { readonly storeId: number; readonly epoch: number } };
  readonly options: { readonly advertise: string | null; readonly rocketmqAutoCreate: boolean; readonly log: Log };
}

/** What all RocketMQ clients of this process share, whichever listener they came by. */
export function rocketmqNode(surroundings: RocketmqSurroundings): RocketmqNode {
  const { broker, credentials, addresses, startedAt, opened, options } = surroundings;
  const { log } = options;
  const { storeId, epoch } = opened.journal;
  return new RocketmqNode({
    broker,
    namespace: broker.namespace('/'),
    storeId,
    epoch,
    advertise: options.advertise,
    brokerPort: addresses.get('rocketmq')?.port ?? addresses.get('rocketmq-namesrv')?.port ?? 0,
    autoCreate: options.rocketmqAutoCreate,
    startedAt,
    letsIn: (from) => credentials.letsIn(from),
    onFault: (error) => log.error('a session failed', { error: String((error as Error).stack) }),
  });
}

export function acceptRocketmq(node: RocketmqNode): Accept<Session> {
  return ({ outbox, remoteAddress, remotePort, localAddress }) =>
    new RocketmqConnection({ node, outbox, remoteAddress, remotePort, localAddress: plainAddress(localAddress) });
}

/** An IPv4 address is told as one, also where the socket is one for both. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
