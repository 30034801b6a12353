/**
 * Endpoint: an address as programs write it.
 *
 *     tcp://127.0.0.1:5555     tcp://[::1]:5555     tcp://*:5555     tcp://eth0:5555     tcp://127.0.0.1:*
 *     tcp://0.0.0.0:0;127.0.0.1:5555    with the own address in front, for `connect`
 *     ipc:///tmp/socket        ipc://@name (Linux's abstract names)     ipc://* (a name is made up)
 *     inproc://name
 */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZmqError } from '../errors.ts';

export interface TcpEndpoint {
  readonly transport: 'tcp';
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** The own side of a connection. */
  readonly local?: { readonly host: string; readonly port: number };
}

export interface IpcEndpoint {
  readonly transport: 'ipc';
  /** As node:net takes it; the first character of an abstract name is NUL. */
  readonly path: string;
}

export interface InprocEndpoint {
  readonly transport: 'inproc';
  readonly name: string;
}

export type Endpoint = TcpEndpoint | IpcEndpoint | InprocEndpoint;

const PORT_MAX = 65_535;
/** What the kernel's address structure holds. */
const PATH_BYTES_MAX = 107;

export function parseEndpoint(address: string, forBind: boolean, ipv6: boolean): Endpoint {
  const separator = address.indexOf('://');
  const transport = address.slice(0, Math.max(separator, 0));
  const rest = address.slice(separator + 3);
  if (separator < 0 || rest === '') throw new ZmqError('EINVAL', undefined, address);
  if (transport === 'tcp') return parseTcp(rest, address, forBind, ipv6);
  if (transport === 'ipc') return { transport, path: pathOf(rest, address, forBind) };
  if (transport === 'inproc') return { transport, name: rest };
  throw new ZmqError('EPROTONOSUPPORT', undefined, address);
}

function parseTcp(rest: string, address: string, forBind: boolean, ipv6: boolean): TcpEndpoint {
  const semicolon = rest.indexOf(';');
  const { host, port } = parseHostPort(rest.slice(semicolon + 1), address);
  if (!forBind && (host === '*' || port === 0)) throw new ZmqError('EINVAL', undefined, address);
  const own = semicolon < 0 ? null : parseHostPort(rest.slice(0, semicolon), address);
  const endpoint = { transport: 'tcp', host: forBind ? ownAddress(host, address, ipv6) : host, port } as const;
  if (own === null || forBind) return endpoint;
  return { ...endpoint, local: { host: ownAddress(own.host, address, ipv6), port: own.port } };
}

function parseHostPort(text: string, address: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const portText = text.slice(colon + 1);
  const port = portText === '*' ? 0 : Number(portText);
  let host = text.slice(0, Math.max(colon, 0));
  if (host.startsWith('[') && host.endsWith(']')) host = host.slice(1, -1);
  if (host === '' || portText === '' || !Number.isInteger(port) || port < 0 || port > PORT_MAX) {
    throw new ZmqError('EINVAL', undefined, address);
  }
  return { host, port };
}

/** Where to listen: a numeric address, the first one of an interface, or all. */
function ownAddress(host: string, address: string, ipv6: boolean): string {
  if (host === '*') return ipv6 ? '::' : '0.0.0.0';
  if (isIP(host) !== 0 || host === 'localhost') return host;
  const family = ipv6 ? 'IPv6' : 'IPv4';
  const own = networkInterfaces()[host]?.find((each) => each.family === family);
  if (own === undefined) throw new ZmqError('ENODEV', undefined, address);
  return own.address;
}

function pathOf(rest: string, address: string, forBind: boolean): string {
  if (rest === '*') {
    if (!forBind) throw new ZmqError('EINVAL', undefined, address);
    return join(tmpdir(), `zmq-${randomUUID()}`);
  }
  const path = rest.startsWith('@') ? `\0${rest.slice(1)}` : rest;
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw new ZmqError('EINVAL', 'File name too long', address);
  return path;
}

/** The address to tell others, once the system has chosen what was left open. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.transport === 'inproc') return `inproc://${endpoint.name}`;
  if (endpoint.transport === 'ipc') return `ipc://${endpoint.path.replace('\0', '@')}`;
  const { host, port } = endpoint;
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
