/**
 * A socket's settings as the ZMTP connections and node:net want them.
 */
import type { NetConnectOpts, Socket } from 'node:net';
import type { ConnectionSettings } from '../../wire/zmtp/connection.ts';
import { ZmtpError } from '../../wire/zmtp/constants.ts';
import { ZMTP_LIMITS } from '../../wire/zmtp/limits.ts';
import { transportError, ZmqError } from '../errors.ts';
import type { Event } from '../events.ts';
import type { Endpoint } from './endpoint.ts';
import type { TransportHost } from './host.ts';
import type { LinkTiming } from './wire-link.ts';

/** The largest frame if the program sets no limit: what one Buffer can be asked to hold everywhere. */
const FRAME_BYTES_MAX = 2 ** 32 - 1;
/** Frames of one message; libzmq has no limit, but a peer could fill our memory with empty ones. */
const PARTS_MAX = 1024 * 1024;
const TOPIC_BYTES_MAX = 1024 * 1024;
const KEEPALIVE_ON = 1;
const SECOND_MS = 1000;

export function connectionSettings({ type, settings }: TransportHost): ConnectionSettings {
  const { plainServer, plainUsername, plainPassword, maxMessageSize, routingId, authenticate } = settings;
  const plain = plainServer || plainUsername !== null || plainPassword !== null;
  const frameBytesMax = maxMessageSize < 0 ? FRAME_BYTES_MAX : maxMessageSize;
  return {
    socketType: type,
    identity: Buffer.from(routingId ?? ''),
    mechanism: plain ? 'PLAIN' : 'NULL',
    asServer: plainServer,
    credentials: { username: plainUsername ?? '', password: plainPassword ?? '' },
    asksAlways: authenticate !== null,
    misspeltErrors: true,
    properties: [],
    minor: 1,
    limits: {
      ...ZMTP_LIMITS,
      frameBytesMax,
      messageBytesMax: Number.POSITIVE_INFINITY,
      partsMax: PARTS_MAX,
      commandBytesMax: TOPIC_BYTES_MAX,
    },
  };
}

export function linkTiming({ settings }: TransportHost): LinkTiming {
  const { handshakeInterval, heartbeatInterval, heartbeatTimeout, heartbeatTimeToLive } = settings;
  return {
    handshakeMs: handshakeInterval,
    heartbeatMs: heartbeatInterval,
    heartbeatTimeoutMs: heartbeatTimeout < 0 ? heartbeatInterval : heartbeatTimeout,
    heartbeatTtlMs: heartbeatTimeToLive,
  };
}

export function connectOptions(endpoint: Exclude<Endpoint, { transport: 'inproc' }>): NetConnectOpts {
  if (endpoint.transport === 'ipc') return { path: endpoint.path };
  const { host, port, local } = endpoint;
  const own = local === undefined ? {} : { localAddress: local.host, ...(local.port ? { localPort: local.port } : {}) };
  return { host, port, noDelay: true, ...own };
}

export function tune(socket: Socket, { settings }: TransportHost): void {
  const { tcpKeepalive, tcpKeepaliveIdle } = settings;
  socket.setNoDelay(true);
  if (tcpKeepalive === KEEPALIVE_ON) socket.setKeepAlive(true, Math.max(tcpKeepaliveIdle, 0) * SECOND_MS);
}

/** How the end of a connection is reported: before the handshake was done as its failure, afterwards as a loss. */
export function endEvents(error: Error | undefined, handshaken: boolean, address: string): Event[] {
  if (handshaken) return [{ type: 'disconnect', address }];
  if (error instanceof ZmtpError) {
    if (error.kind === 'denied') {
      const status = (error.status === 0 ? 400 : error.status) as 300 | 400 | 500;
      const auth = Object.assign(new Error(error.message), { status });
      return [{ type: 'handshake:error:auth', address, error: auth }];
    }
    return [{ type: 'handshake:error:protocol', address, error }];
  }
  const reason =
    error === undefined
      ? new ZmqError('ECONNREFUSED', 'The peer ended the connection', address)
      : transportError(error, address);
  return [{ type: 'handshake:error:other', address, error: reason }];
}
