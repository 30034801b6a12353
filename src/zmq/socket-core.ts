/**
 * SocketCore: what stands behind every socket: its pattern, its pipes, its addresses, and the two halves where programs
 * wait. Transports bring pipes, the pattern chooses among them.
 *
 *     Outgoing --send--> Pattern --write--> Pipe --> Link          program to peer
 *     Incoming <--take-- Pattern <--take--- Pipe <-- Link          peer to program
 */
import type { Peer, PeerRequest, Verdict } from '../wire/zmtp/handshake.ts';
import type { SocketTypeName } from '../wire/zmtp/socket-type.ts';
import type { Context, Member } from './context.ts';
import { ZmqError } from './errors.ts';
import type { Event } from './events.ts';
import { Incoming } from './incoming.ts';
import { hold, release } from './keep-alive.ts';
import { Observer } from './observer.ts';
import { Outgoing } from './outgoing.ts';
import type { Pattern, PatternHost } from './patterns/pattern.ts';
import { Pipe, type PipeOwner } from './pipe.ts';
import type { Settings } from './settings.ts';
import { type Endpoint, parseEndpoint } from './transports/endpoint.ts';
import type { Attachment, TransportHost } from './transports/host.ts';
import { InprocDialer, InprocListener } from './transports/inproc.ts';
import { WireDialer } from './transports/wire-dialer.ts';
import { WireListener } from './transports/wire-listener.ts';

export type PatternMaker = (host: PatternHost, settings: Readonly<Settings>) => Pattern;

/** High-water marks of 0 mean none. */
const limitOf = (mark: number): number => (mark === 0 ? Number.POSITIVE_INFINITY : mark);

export class SocketCore implements PipeOwner, PatternHost, TransportHost, Member {
  readonly type: SocketTypeName;
  readonly settings: Settings;
  readonly pattern: Pattern;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  lastEndpoint: string | null = null;
  #closing: Promise<void> | null = null;
  #observer: Observer | null = null;
  /** A bind or unbind is under way. */
  #busy = false;
  readonly #context: Context;
  readonly #bound: Attachment[] = [];
  /** By the address as it was written, because that is what `disconnect` is called with. */
  readonly #connected: { readonly written: string; readonly dialer: Attachment }[] = [];

  constructor(type: SocketTypeName, context: Context, settings: Settings, makePattern: PatternMaker) {
    this.type = type;
    this.settings = settings;
    this.#context = context;
    this.pattern = makePattern(this, settings);
    this.incoming = new Incoming(this.pattern, settings);
    this.outgoing = new Outgoing(this.pattern, settings);
    context.join(this);
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  get observer(): Observer {
    this.#observer ??= new Observer();
    return this.#observer;
  }

  get unsent(): boolean {
    return this.#bound.some(({ unsent }) => unsent) || this.#connected.some(({ dialer }) => dialer.unsent);
  }

  get sends(): boolean {
    return this.type !== 'SUB' && this.type !== 'PULL';
  }

  get receives(): boolean {
    return this.type !== 'PUB' && this.type !== 'PUSH';
  }

  /** Is it bound or connected to anything? */
  get attached(): boolean {
    return this.#bound.length + this.#connected.length > 0;
  }

  async bind(address: string): Promise<void> {
    this.#checkUsable();
    const endpoint = this.#parse(address, true);
    this.#busy = true;
    hold();
    try {
      const listener = this.#listener(endpoint);
      await listener.listen();
      if (this.closed) await listener.close(0);
      else this.#bind(listener);
    } finally {
      this.#busy = false;
      release();
    }
  }

  /** Binds what can be bound without waiting; errors of tcp come as events. */
  bindSync(address: string): void {
    this.#checkUsable();
    const listener = this.#listener(this.#parse(address, true));
    if (listener instanceof WireListener) listener.listenSync();
    else listener.listen();
    this.#bind(listener);
  }

  async unbind(address: string): Promise<void> {
    this.#checkUsable();
    const at = this.#bound.findIndex((each) => each.address === address);
    const listener = this.#bound[at];
    if (listener === undefined) throw new ZmqError('ENOENT', undefined, address);
    this.#bound.splice(at, 1);
    this.#busy = true;
    try {
      await listener.close(this.settings.linger);
    } finally {
      this.#busy = false;
    }
  }

  connect(address: string, routingId: string | null): void {
    this.#checkUsable();
    const endpoint = this.#parse(address, false);
    if (endpoint.transport === 'inproc') {
      const dialer = new InprocDialer(this, this.#context.names, endpoint.name);
      dialer.start(routingId);
      this.#connected.push({ written: address, dialer });
    } else {
      const dialer = new WireDialer(this, endpoint, routingId);
      dialer.start();
      this.#connected.push({ written: address, dialer });
    }
    this.lastEndpoint = address;
  }

  disconnect(address: string): void {
    this.#checkUsable();
    const at = this.#connected.findIndex((each) => each.written === address);
    const found = this.#connected[at];
    if (found === undefined) throw new ZmqError('ENOENT', undefined, address);
    this.#connected.splice(at, 1);
    void found.dialer.close(this.settings.linger);
  }

  /** Resolves when everything sent is on its way, or when the time to linger is over. */
  close(lingerMs: number = this.settings.linger): Promise<void> {
    this.#closing ??= this.#close(lingerMs);
    return this.#closing;
  }

  async #close(lingerMs: number): Promise<void> {
    // The caller sees the socket closed at once, and its waiting operations end.
    await null;
    this.incoming.close();
    this.outgoing.close();
    const ends = [...this.#bound, ...this.#connected.map(({ dialer }) => dialer)];
    await Promise.all(ends.map((end) => end.close(lingerMs)));
    this.#context.leave(this);
    this.emit({ type: 'end' });
    this.#observer?.close();
  }

  // PatternHost and PipeOwner: what happens on pipes.

  readable(): void {
    this.incoming.readable();
  }

  writable(): void {
    this.outgoing.writable();
  }

  arrived(pipe: Pipe): void {
    if (this.closed) return;
    this.pattern.arrived(pipe);
    this.incoming.readable();
  }

  roomy(pipe: Pipe): void {
    if (this.closed) return;
    this.pattern.roomy(pipe);
    this.outgoing.writable();
  }

  accepts(parts: readonly Buffer[]): boolean {
    return this.pattern.accepts(parts);
  }

  subscription(pipe: Pipe, subscribe: boolean, topic: Buffer): boolean {
    return this.pattern.subscription(pipe, subscribe, topic);
  }

  // TransportHost: pipes come and go.

  newPipe(): Pipe {
    const { sendHighWaterMark, sendHighWaterMarkBytes, receiveHighWaterMark, receiveHighWaterMarkBytes, conflate } =
      this.settings;
    return new Pipe(this, {
      sendMax: limitOf(sendHighWaterMark),
      sendBytesMax: limitOf(sendHighWaterMarkBytes),
      receiveMax: limitOf(receiveHighWaterMark),
      receiveBytesMax: limitOf(receiveHighWaterMarkBytes),
      conflate,
    });
  }

  attach(pipe: Pipe): boolean {
    if (this.closed || !this.pattern.attach(pipe)) return false;
    this.outgoing.writable();
    return true;
  }

  detach(pipe: Pipe): void {
    this.pattern.detach(pipe);
  }

  admit(pipe: Pipe, peer: Peer): boolean {
    return this.pattern.admit(pipe, peer);
  }

  connected(pipe: Pipe): void {
    this.pattern.connected(pipe);
    this.outgoing.writable();
  }

  disconnected(pipe: Pipe): void {
    this.pattern.disconnected(pipe);
  }

  async authenticate(request: PeerRequest, address: string): Promise<Verdict> {
    const { authenticate, zapDomain } = this.settings;
    if (authenticate === null) return { allowed: false, status: 400 };
    try {
      const answer = await authenticate({ ...request, address, domain: zapDomain ?? '' });
      if (answer === true) return { allowed: true, userId: request.username };
      if (typeof answer === 'string') return { allowed: true, userId: answer };
      return { allowed: false, status: typeof answer === 'number' ? answer : 400 };
    } catch {
      return { allowed: false, status: 500 };
    }
  }

  emit(event: Event): void {
    this.#observer?.report(event);
  }

  #parse(address: string, forBind: boolean): Endpoint {
    return parseEndpoint(address, forBind, this.settings.ipv6 || this.#context.ipv6);
  }

  #listener(endpoint: Endpoint): WireListener | InprocListener {
    if (endpoint.transport === 'inproc') return new InprocListener(this, this.#context.names, endpoint.name);
    return new WireListener(this, endpoint);
  }

  #bind(listener: Attachment): void {
    this.#bound.push(listener);
    this.lastEndpoint = listener.address;
  }

  #checkUsable(): void {
    if (this.closed) throw new ZmqError('EBADF');
    if (this.#busy) throw new ZmqError('EBUSY', 'Socket is blocked by a bind or unbind operation');
  }
}
