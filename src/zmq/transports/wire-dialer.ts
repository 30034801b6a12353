/**
 * WireDialer: a connected tcp or ipc address: one connection at a time, made again whenever it is lost.
 *
 *     DIALING --connected--> HANDSHAKE --ready--> UP --lost--> WAITING --interval--> DIALING
 *        |                       |                                ^
 *        +------- failed --------+--------------------------------+
 *
 * A peer that breaks the protocol or refuses us is not tried again. The pipe is there from the start, so that messages
 * can wait for the first connection and for the next one; with `immediate` it is there only while there is a
 * connection.
 */
import { connect, type Socket } from 'node:net';
import { ZmtpError } from '../../wire/zmtp/constants.ts';
import type { Peer, PeerRequest } from '../../wire/zmtp/handshake.ts';
import { ZmqError } from '../errors.ts';
import type { Pipe } from '../pipe.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import { lingered } from './farewell.ts';
import type { Attachment, TransportHost } from './host.ts';
import { type LinkHost, WireLink } from './wire-link.ts';
import { connectionSettings, connectOptions, endEvents, linkTiming, tune } from './wire-settings.ts';

export class WireDialer implements Attachment, LinkHost {
  readonly address: string;
  readonly #host: TransportHost;
  readonly #endpoint: Exclude<Endpoint, { transport: 'inproc' }>;
  readonly #immediate: boolean;
  readonly #routingId: Buffer | null;
  #pipe: Pipe | null = null;
  #link: WireLink | null = null;
  #dialing: Socket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #attempts = 0;
  #stopped = false;

  /** `routingId` is the name that a ROUTER gives to this peer beforehand. */
  constructor(host: TransportHost, endpoint: Exclude<Endpoint, { transport: 'inproc' }>, routingId: string | null) {
    this.#host = host;
    this.#endpoint = endpoint;
    this.#routingId = routingId === null ? null : Buffer.from(routingId);
    this.address = formatEndpoint(endpoint);
    this.#immediate = host.settings.immediate;
  }

  get unsent(): boolean {
    return (this.#pipe?.unsent ?? 0) > 0;
  }

  start(): void {
    if (!this.#immediate) this.#open();
    this.#dial();
  }

  async close(lingerMs: number): Promise<void> {
    const pipe = this.#pipe;
    if (pipe !== null) {
      this.#host.detach(pipe);
      if (!this.#stopped) await lingered(pipe, lingerMs);
    }
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dialing?.destroy();
    const link = this.#link;
    if ((pipe?.unsent ?? 0) > 0) link?.destroy();
    else link?.close();
    await link?.ended;
  }

  // LinkHost: what becomes of the connection.

  authenticate(link: WireLink, request: PeerRequest): void {
    this.#host.authenticate(request, link.socket.remoteAddress ?? '').then((verdict) => link.judge(verdict));
  }

  ready(_link: WireLink, peer: Peer): Pipe | null {
    this.#attempts = 0;
    const pipe = this.#pipe ?? this.#open();
    if (pipe === null) return null;
    this.#host.emit({ type: 'handshake', address: this.address });
    return this.#host.admit(pipe, peer) ? pipe : null;
  }

  plugged(pipe: Pipe): void {
    this.#host.connected(pipe);
  }

  closed(link: WireLink, error: Error | undefined): void {
    this.#link = null;
    for (const event of endEvents(error, link.peer !== null, this.address)) this.#host.emit(event);
    const pipe = this.#pipe;
    if (pipe !== null && link.pipe === pipe) {
      this.#host.disconnected(pipe);
      if (this.#immediate) {
        this.#pipe = null;
        pipe.ended = true;
        pipe.discard();
        this.#host.detach(pipe);
      }
      pipe.unplug();
    }
    if (error instanceof ZmtpError) this.#stopped = true;
    else this.#retry();
  }

  #open(): Pipe | null {
    const pipe = this.#host.newPipe();
    pipe.routingId = this.#routingId;
    if (!this.#host.attach(pipe)) return null;
    this.#pipe = pipe;
    return pipe;
  }

  #dial(): void {
    this.#timer = null;
    const { connectTimeout } = this.#host.settings;
    const socket = connect(connectOptions(this.#endpoint));
    this.#dialing = socket;
    socket.unref();
    this.#host.emit({ type: 'connect:delay', address: this.address });
    if (connectTimeout > 0) {
      const tooLong = (): void => void socket.destroy(new ZmqError('ETIMEDOUT'));
      const timer = setTimeout(tooLong, connectTimeout).unref();
      socket.once('connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    }
    const failed = (): void => {
      this.#dialing = null;
      this.#host.emit({ type: 'close', address: this.address });
      this.#retry();
    };
    socket.once('close', failed);
    socket.on('error', () => {});
    socket.once('connect', () => {
      socket.off('close', failed);
      this.#dialing = null;
      this.#connected(socket);
    });
  }

  #connected(socket: Socket): void {
    if (this.#endpoint.transport === 'tcp') tune(socket, this.#host);
    this.#host.emit({ type: 'connect', address: this.address });
    const link = new WireLink(socket, connectionSettings(this.#host), linkTiming(this.#host), this);
    this.#link = link;
    link.start();
  }

  #retry(): void {
    const { reconnectInterval, reconnectMaxInterval } = this.#host.settings;
    if (this.#stopped || reconnectInterval <= 0) return;
    const doubled = Math.min(reconnectInterval * 2 ** Math.min(this.#attempts, 30), reconnectMaxInterval);
    const interval = reconnectMaxInterval > reconnectInterval ? doubled : reconnectInterval * (1 + Math.random());
    this.#attempts++;
    this.#host.emit({ type: 'connect:retry', address: this.address, interval: Math.round(interval) });
    this.#timer = setTimeout(() => this.#dial(), interval).unref();
  }
}
