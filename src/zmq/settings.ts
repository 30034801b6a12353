/**
 * Settings: every option of a socket by its name in zeromq.js, with its default, and what values it takes.
 *
 * Most are read when an address is bound or connected and hold for the connections of that address. Options that steer
 * transports or threads that do not exist here are kept and have no effect, so that programs need not change; CURVE and
 * GSSAPI can't be asked for, because a connection that is not encrypted must not look as if it were.
 */
import type { WaitOptions } from './waiter.ts';

export interface AuthenticationRequest {
  readonly mechanism: 'NULL' | 'PLAIN';
  readonly username: string;
  readonly password: string;
  /** Where the peer connects from; empty for ipc. */
  readonly address: string;
  readonly domain: string;
}

/**
 * true or a user's name to let the peer in; false to refuse it; 300 to turn it away without a word, 500 for an error.
 */
export type AuthenticationAnswer = boolean | string | 300 | 400 | 500;
export type Authenticate = (request: AuthenticationRequest) => AuthenticationAnswer | Promise<AuthenticationAnswer>;

export const DEFAULTS = {
  affinity: 0,
  /** Decides about every peer that connects to this socket; a PLAIN server without it refuses all. */
  authenticate: null as Authenticate | null,
  backlog: 100,
  conflate: false,
  connectTimeout: 0,
  correlate: false,
  handover: false,
  handshakeInterval: 30_000,
  heartbeatInterval: 0,
  heartbeatTimeout: -1,
  heartbeatTimeToLive: 0,
  immediate: false,
  interface: null as string | null,
  invertMatching: false,
  ipv6: false,
  /** libzmq waits for ever by default; a Node process should end. */
  linger: 30_000,
  loopbackFastPath: false,
  mandatory: false,
  manual: false,
  maxMessageSize: -1,
  multicastHops: 1,
  multicastMaxTransportDataUnit: 1500,
  noDrop: false,
  plainPassword: null as string | null,
  plainServer: false,
  plainUsername: null as string | null,
  probeRouter: false,
  rate: 100,
  receiveBufferSize: -1,
  receiveHighWaterMark: 1000,
  /** The high-water mark in bytes, beside the one in messages; 0 for none. */
  receiveHighWaterMarkBytes: 0,
  receiveTimeout: -1,
  reconnectInterval: 100,
  reconnectMaxInterval: 0,
  recoveryInterval: 10_000,
  relaxed: false,
  routingId: null as string | null,
  sendBufferSize: -1,
  sendHighWaterMark: 1000,
  /** The high-water mark in bytes, beside the one in messages; 0 for none. */
  sendHighWaterMarkBytes: 0,
  sendTimeout: -1,
  tcpAcceptFilter: null as string | null,
  tcpKeepalive: -1,
  tcpKeepaliveCount: -1,
  tcpKeepaliveIdle: -1,
  tcpKeepaliveInterval: -1,
  tcpMaxRetransmitTimeout: 0,
  typeOfService: 0,
  verbosity: null as null | 'allSubs' | 'allSubsUnsubs',
  vmciBufferMaxSize: 0,
  vmciBufferMinSize: 0,
  vmciBufferSize: 0,
  vmciConnectTimeout: -1,
  welcomeMessage: null as string | null,
  zapDomain: null as string | null,
  zapEnforceDomain: false,
};

export type Settings = typeof DEFAULTS;
export type SettingName = keyof Settings;

const AT_LEAST_ZERO = new Set<SettingName>([
  'backlog',
  'connectTimeout',
  'handshakeInterval',
  'heartbeatInterval',
  'heartbeatTimeToLive',
  'receiveHighWaterMark',
  'receiveHighWaterMarkBytes',
  'reconnectMaxInterval',
  'sendHighWaterMark',
  'sendHighWaterMarkBytes',
]);
const VERBOSITIES = [null, 'allSubs', 'allSubsUnsubs'];
const INT32_MAX = 0x7fff_ffff;
const ROUTING_ID_BYTES_MAX = 255;

/** What is wrong with the value, in words; null if nothing is. */
export function objection(name: SettingName, value: unknown): string | null {
  if (name === 'authenticate')
    return value === null || typeof value === 'function' ? null : 'must be a function or null';
  if (name === 'verbosity') return VERBOSITIES.includes(value as string) ? null : `must be one of ${VERBOSITIES}`;
  const standard = DEFAULTS[name];
  if (typeof standard === 'boolean') return typeof value === 'boolean' ? null : 'must be a boolean';
  if (standard === null) return objectionToText(name, value);
  if (typeof value !== 'number') return 'must be a number';
  const max = name === 'maxMessageSize' || name === 'affinity' ? Number.MAX_SAFE_INTEGER : INT32_MAX;
  const min = AT_LEAST_ZERO.has(name) ? 0 : -1;
  return Number.isInteger(value) && value >= min && value <= max ? null : `must be an integer of ${min} to ${max}`;
}

function objectionToText(name: SettingName, value: unknown): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') return 'must be a string or null';
  if (name !== 'routingId') return null;
  const bytes = Buffer.byteLength(value);
  const proper = bytes >= 1 && bytes <= ROUTING_ID_BYTES_MAX && value.charCodeAt(0) !== 0;
  return proper ? null : `must have 1 to ${ROUTING_ID_BYTES_MAX} bytes and not begin with a zero byte`;
}

export type { WaitOptions };
