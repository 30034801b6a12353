/**
 * Ports: the endpoints that are configured, each as what its peers share: the type of its socket and who a new peer is.
 */
import type { SocketTypeName } from '../../wire/zmtp/socket-type.ts';
import type { Port } from './connection.ts';
import { Destination } from './destination.ts';
import { Distribution } from './distribution.ts';
import type { Endpoint, EndpointType } from './endpoint.ts';
import { ConfirmedIntake, Intake } from './ingest.ts';
import { exchangeOf, queueOf, type ZmtpNode } from './node.ts';
import type { Peer, Role } from './role.ts';
import { Subscriber } from './subscriber.ts';

const SOCKET_TYPES = {
  pull: 'PULL',
  sub: 'SUB',
  rep: 'REP',
  router: 'ROUTER',
  pub: 'PUB',
  xpub: 'XPUB',
  push: 'PUSH',
} as const satisfies Record<EndpointType, SocketTypeName>;

/** Declares what the endpoint leads to; throws a CoreError if that is not possible. */
export function portOf(node: ZmtpNode, endpoint: Endpoint): Port {
  return { socketType: SOCKET_TYPES[endpoint.type], peers: 0, role: roleOf(node, endpoint) };
}

function roleOf(node: ZmtpNode, endpoint: Endpoint): (peer: Peer) => Role {
  const { type, name } = endpoint;
  if (type === 'push') {
    queueOf(node, name);
    return (peer) => new Distribution(peer, name);
  }
  if (type === 'pub' || type === 'xpub') {
    exchangeOf(node, name);
    return (peer) => new Subscriber(peer, name);
  }
  const destination = new Destination(node, endpoint);
  destination.declare();
  if (type === 'rep' || type === 'router') {
    return (peer) => new ConfirmedIntake(peer, destination, type === 'rep');
  }
  return (peer) => new Intake(peer, destination);
}
