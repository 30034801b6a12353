/**
 * /api/connections: who is connected, from what the sessions know of their clients.
 */
import type { Amqp091Connection } from '../../session/amqp091/connection.ts';
import { endpoint } from '../listener.ts';
import type { Address, View } from '../view.ts';
import { NODE_NAME, plainTable, type Resource } from './resource.ts';

export const connections: Resource = ({ amqp, addresses }) => {
  const here = addresses.get('amqp') ?? null;
  return [...amqp.sessions].map((session) => describe(session, here));
};

export function totalChannels({ amqp }: View): number {
  let channels = 0;
  for (const session of amqp.sessions) channels += session.channelCount;
  return channels;
}

function describe(session: Amqp091Connection, here: Address | null) {
  const peer = endpoint(session.remoteAddress, session.remotePort);
  return {
    name: here === null ? peer : `${peer} -> ${endpoint(here.host, here.port)}`,
    user: session.user,
    vhost: session.running ? session.vhost : undefined,
    state: session.running ? 'running' : 'starting',
    protocol: 'AMQP 0-9-1',
    channels: session.channelCount,
    client_properties: plainTable(session.clientProperties),
    connected_at: session.connectedAt,
    timeout: session.heartbeatS,
    frame_max: session.frameBytesMax,
    peer_host: session.remoteAddress,
    peer_port: session.remotePort,
    host: here?.host,
    port: here?.port,
    node: NODE_NAME,
    type: 'network',
  };
}
