/**
 * WireListener: a bound tcp or ipc address, and the connections that came in by it. A pipe exists from the handshake to
 * the end of its connection.
 */
import { lstatSync, unlinkSync } from 'node:fs';
import { type AddressInfo, BlockList, createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Peer, PeerRequest } from '../../wire/zmtp/handshake.ts';
import { transportError, ZmqError } from '../errors.ts';
import type { Pipe } from '../pipe.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import { lingered } from './farewell.ts';
import type { Attachment, TransportHost } from './host.ts';
import { type LinkHost, WireLink } from './wire-link.ts';
import { connectionSettings, endEvents, linkTiming, tune } from './wire-settings.ts';

export class WireListener implements Attachment, LinkHost {
  readonly #host: TransportHost;
  #endpoint: Exclude<Endpoint, { transport: 'inproc' }>;
  readonly #server: Server;
  readonly #links = new Set<WireLink>();
  readonly #filter: BlockList | null;
  #address: string;

  constructor(host: TransportHost, endpoint: Exclude<Endpoint, { transport: 'inproc' }>) {
    this.#host = host;
    this.#endpoint = endpoint;
    this.#address = formatEndpoint(endpoint);
    this.#filter = acceptFilter(host.settings.tcpAcceptFilter);
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.unref();
  }

  get address(): string {
    return this.#address;
  }

  get unsent(): boolean {
    return [...this.#links].some((link) => (link.pipe?.unsent ?? 0) > 0);
  }

  /** Resolves when connections can come in. */
  listen(): Promise<void> {
    const server = this.#server;
    const { backlog } = this.#host.settings;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        const failure = transportError(error, this.#address);
        this.#host.emit({ type: 'bind:error', address: this.#address, error: failure });
        reject(failure);
      });
      server.once('listening', () => {
        this.#listening();
        resolve();
      });
      if (this.#endpoint.transport === 'ipc') {
        removeSocketFile(this.#endpoint.path);
        server.listen({ path: this.#endpoint.path, backlog });
      } else {
        const { host, port } = this.#endpoint;
        server.listen({ host, port, backlog, ipv6Only: false });
      }
    });
  }

  /**
   * Listens without waiting for it. node:net looks a host up even if it is a number, and reports later; so the port is
   * found, or seen to be taken, by listening everywhere for a moment.
   */
  listenSync(): void {
    const endpoint = this.#endpoint;
    if (endpoint.transport === 'tcp') {
      const probe = createServer();
      probe.on('error', () => {});
      probe.listen({ port: endpoint.port });
      const found = probe.address() as AddressInfo | null;
      probe.close();
      if (found === null) throw new ZmqError('EADDRINUSE', undefined, this.#address);
      this.#endpoint = { ...endpoint, port: found.port };
      this.#address = formatEndpoint(this.#endpoint);
    }
    this.listen().catch(() => {});
  }

  async close(lingerMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        this.#host.emit({ type: 'close', address: this.#address });
        resolve();
      });
    });
    await Promise.all([closed, ...[...this.#links].map((link) => this.#dismiss(link, lingerMs))]);
  }

  // LinkHost: what becomes of the connections.

  authenticate(link: WireLink, request: PeerRequest): void {
    this.#host.authenticate(request, link.socket.remoteAddress ?? '').then((verdict) => link.judge(verdict));
  }

  ready(_link: WireLink, peer: Peer): Pipe | null {
    const pipe = this.#host.newPipe();
    if (!this.#host.attach(pipe)) return null;
    this.#host.emit({ type: 'handshake', address: this.#address });
    if (this.#host.admit(pipe, peer)) return pipe;
    this.#host.detach(pipe);
    return null;
  }

  plugged(pipe: Pipe): void {
    this.#host.connected(pipe);
  }

  closed(link: WireLink, error: Error | undefined): void {
    this.#links.delete(link);
    for (const event of endEvents(error, link.peer !== null, this.#address)) this.#host.emit(event);
    const { pipe } = link;
    if (pipe === null) return;
    pipe.ended = true;
    pipe.discard();
    pipe.unplug();
    this.#host.detach(pipe);
  }

  #listening(): void {
    if (this.#endpoint.transport === 'tcp') {
      const { address, port } = this.#server.address() as AddressInfo;
      this.#address = formatEndpoint({ transport: 'tcp', host: address, port });
    }
    this.#server.on('error', (error) => {
      const failure = transportError(error, this.#address);
      this.#host.emit({ type: 'accept:error', address: this.#address, error: failure });
    });
    this.#host.emit({ type: 'bind', address: this.#address });
  }

  #accept(socket: Socket): void {
    const { remoteAddress = '' } = socket;
    if (this.#filter !== null && !this.#filter.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4')) {
      socket.destroy();
      return;
    }
    if (this.#endpoint.transport === 'tcp') tune(socket, this.#host);
    this.#host.emit({ type: 'accept', address: this.#address });
    const link = new WireLink(socket, connectionSettings(this.#host), linkTiming(this.#host), this);
    this.#links.add(link);
    link.start();
  }

  async #dismiss(link: WireLink, lingerMs: number): Promise<void> {
    const { pipe } = link;
    if (pipe !== null) {
      this.#host.detach(pipe);
      await lingered(pipe, lingerMs);
    }
    if (pipe === null || pipe.unsent > 0) link.destroy();
    else link.close();
    await link.ended;
  }
}

function acceptFilter(text: string | null): BlockList | null {
  if (text === null || text === '') return null;
  const [address = '', bits] = text.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  } catch {
    throw new ZmqError('EINVAL', `tcpAcceptFilter: ${text} is no address or subnet`);
  }
  return list;
}

/** What an earlier process left; anything but a socket stays, and makes the bind fail. */
function removeSocketFile(path: string): void {
  if (path.startsWith('\0')) return;
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
