/**
 * The sessions of the listener `zmq` and of the ZMTP endpoints that are configured, loaded when they are needed. The
 * endpoints' listeners are called `zmq-1`, `zmq-2`, ... in the order of the configuration.
 */
import { randomBytes } from 'node:crypto';
import type { Broker } from '../core/broker.ts';
import { type Port, ZmtpPeer } from '../session/zmtp/connection.ts';
import type { Endpoint } from '../session/zmtp/endpoint.ts';
import { majordomoPort } from '../session/zmtp/majordomo/port.ts';
import type { ZmtpNode } from '../session/zmtp/node.ts';
import { portOf } from '../session/zmtp/ports.ts';
import type { Credentials } from './credentials.ts';
import type { Accept, Session } from './listener.ts';
import type { Log } from './log.ts';

export interface ZmqSurroundings {
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly options: { readonly log: Log };
}

function zmtpNode({ broker, credentials, options }: ZmqSurroundings): ZmtpNode {
  return {
    broker,
    namespace: broker.namespace('/'),
    authenticate: (user, password, from) => credentials.check(user, password, from) !== null,
    letsIn: (from) => credentials.letsIn(from),
    randomBytes: (length) => randomBytes(length),
    onFault: (error) => options.log.error('a session failed', { error: String((error as Error).stack) }),
  };
}

/** The default ROUTER with its Majordomo services. */
export function acceptZmq(surroundings: ZmqSurroundings): Accept<Session> {
  const node = zmtpNode(surroundings);
  return accept(node, majordomoPort(node));
}

/** One configured endpoint. What it leads to is declared by this. */
export function acceptZmqEndpoint(surroundings: ZmqSurroundings, endpoint: Endpoint): Accept<Session> {
  const node = zmtpNode(surroundings);
  return accept(node, portOf(node, endpoint));
}

function accept(node: ZmtpNode, port: Port): Accept<Session> {
  return ({ outbox, remoteAddress }) => new ZmtpPeer({ node, port, outbox, remoteAddress });
}
