/**
 * The `kafka` listener's sessions, loaded by the listener when they are needed: one node for all of them, and a
 * connection for each client.
 */

import { randomUUID } from 'node:crypto';
import type { Broker } from '../core/broker.ts';
import { KafkaConnection } from '../session/kafka/connection.ts';
import { KafkaNode } from '../session/kafka/node.ts';
import type { Credentials } from './credentials.ts';
import type { Accept, Session } from './listener.ts';
import type { Log } from './log.ts';

/** The first half of the cluster's name is the store's, the second is ours. */
const CLUSTER_SUFFIX = '64726167';

export interface KafkaSurroundings {
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly opened: { readonly journal: { readonly storeId: number; readonly epoch: number } };
  readonly options: { readonly advertise: string | null; readonly kafkaPartitions: number; readonly log: Log };
}

export function acceptKafka({ broker, credentials, opened, options }: KafkaSurroundings): Accept<Session> {
  const { log } = options;
  const { storeId, epoch } = opened.journal;
  const node = new KafkaNode({
    broker,
    namespace: broker.namespace('/'),
    cluster: storeId.toString(16).padStart(8, '0') + CLUSTER_SUFFIX,
    epoch,
    advertise: options.advertise,
    partitions: options.kafkaPartitions,
    newId: randomUUID,
    authenticate: (user, password, from) => credentials.check(user, password, from) !== null,
    letsIn: (from) => credentials.letsIn(from),
    onFault: (error) => log.error('a session failed', { error: String((error as Error).stack) }),
  });
  return ({ outbox, remoteAddress, localAddress, localPort }) =>
    new KafkaConnection({ node, outbox, remoteAddress, host: plainAddress(localAddress), port: localPort });
}

/** An IPv4 address is told as one, also where the socket is one for both. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
