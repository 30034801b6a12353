/**
 * Listener: one port and the connections that came in by it. Knows sockets and nothing of protocols: what arrives goes
 * to a Session, a state machine that was made for this connection.
 *
 *   socket 'data' ─▶ loop.enter() ─▶ session.receive(chunk)       session ─▶ outbox.write(a turn's bytes) ─▶ socket
 *   socket 'drain' ─▶ session.drained()
 *   socket 'close' ─▶ session.ended(), exactly once
 *
 * The code of a protocol's sessions is loaded after the port is open, see `load`. Who connects before it is there waits
 * for it, unread, and notices nothing but the time.
 *
 * Fairness needs no budget of ours: libuv reads at most 32 chunks of 64 KiB from one socket before it looks at the
 * next, and deliveries have the core's budgets.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Outbox } from '../bytes/outbox.ts';
import { serverLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { Loop } from './loop.ts';
import { SocketOutbox } from './socket-outbox.ts';

export interface Session {
  /** The chunk is the socket's: not to be kept. Never throws for what a peer sent. */
  receive(chunk: Uint8Array): void;
  /** Everything written has gone. */
  drained(): void;
  /** The socket is closed. */
  ended(): void;
  /** Says farewell in the protocol's own way and closes. */
  shutdown(text: string): void;
}

export interface Peer {
  readonly outbox: Outbox;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** Makes the session for one connection. A port that speaks several protocols decides by the first bytes in here. */
export type Accept<S extends Session> = (peer: Peer) => S;

/** Cannot listen: one line that says where and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'not permitted',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host',
};

/** Listens with any server of node:net or built on it. */
export function listen(server: Server, name: string, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const why = REASONS[error.code ?? ''] ?? error.message;
      reject(new ListenError(`cannot listen for ${name} on ${endpoint(host, port)}: ${why}`));
    };
    server.once('error', failed);
    server.listen({ host, port, backlog: serverLimits.backlog }, () => {
      server.off('error', failed);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** `127.0.0.1:5672`, `[::1]:5672` */
export function endpoint(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export class Listener<S extends Session> {
  readonly name: string;
  readonly sessions = new Set<S>();
  opened = 0;
  closed = 0;
  /** Bytes from and to peers; changes when anything moves. */
  traffic = 0;
  /** Told of every chunk that was received and is done with. */
  onReceived: ((bytes: number) => void) | null = null;
  readonly #loop: Loop;
  readonly #log: Log;
  readonly #load: () => Promise<Accept<S>>;
  #loading: Promise<void> | null = null;
  #accept: Accept<S> | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that came before the sessions' code. */
  #waiting: Socket[] = [];

  constructor(name: string, loop: Loop, log: Log, load: () => Promise<Accept<S>>) {
    this.name = name;
    this.#loop = loop;
    this.#log = log;
    this.#load = load;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#arrived(socket));
    this.#server.maxConnections = serverLimits.connectionsMax;
    this.#server.on('drop', () => log.warn('connection refused: too many', { listener: name }));
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return listen(this.#server, this.name, host, port);
  }

  /**
   * Loads the sessions' code, once. Nobody has to call it: the first connection does. Rejects if that is not possible.
   */
  load(): Promise<void> {
    this.#loading ??= this.#load().then((accept) => {
      this.#accept = accept;
      for (const socket of this.#waiting) this.#connected(socket, accept);
      this.#waiting = [];
    });
    return this.#loading;
  }

  /** No further connections; those that are there go on. */
  stopAccepting(): void {
    this.#server.close();
  }

  /** Stops reading from everybody, so that what was read can be brought to its end. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Farewell to everybody; resolves when they have gone, by themselves or not. */
  async end(text: string): Promise<void> {
    this.#turnAway();
    for (const session of this.sessions) session.shutdown(text);
    for (const socket of this.#sockets) socket.resume();
    this.#loop.wake();
    const deadline = performance.now() + serverLimits.farewellMs;
    while (this.#sockets.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.drop();
    while (this.sessions.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Closes every socket without a word. */
  drop(): void {
    this.#turnAway();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing is waiting to be sent, and nobody for a session. */
  get quiet(): boolean {
    if (this.#waiting.length > 0) return false;
    for (const socket of this.#sockets) if (socket.writableLength > 0) return false;
    return true;
  }

  #arrived(socket: Socket): void {
    // 'close' follows.
    socket.on('error', (error) => this.#log.debug('connection failed', { listener: this.name, error: error.message }));
    if (this.#accept !== null) return this.#connected(socket, this.#accept);
    this.#waiting.push(socket);
    this.load().catch((error: unknown) => {
      this.#log.error('sessions cannot be loaded', { listener: this.name, error: String((error as Error).stack) });
      this.#turnAway();
    });
  }

  /** Nobody will have a session for those who wait for one. */
  #turnAway(): void {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #connected(socket: Socket, accept: Accept<S>): void {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    // Gone before we looked at it.
    if (remoteAddress === undefined || localAddress === undefined) return void socket.destroy();
    const facts = { listener: this.name, remote: endpoint(remoteAddress, remotePort ?? 0) };
    const outbox = new SocketOutbox(socket);
    this.#loop.enter();
    const session = accept({
      outbox,
      remoteAddress,
      remotePort: remotePort ?? 0,
      localAddress,
      localPort: localPort ?? 0,
    });
    this.#sockets.add(socket);
    this.sessions.add(session);
    this.opened++;
    this.#log.debug('connection opened', facts);

    socket.on('data', (chunk) => {
      this.traffic += chunk.length;
      this.#loop.enter();
      try {
        session.receive(chunk);
      } catch (error) {
        this.#log.error('connection dropped: its session failed', { ...facts, error: String((error as Error).stack) });
        socket.destroy();
      }
      this.#loop.exit();
      this.onReceived?.(chunk.length);
    });
    socket.on('drain', () => {
      this.#loop.enter();
      outbox.drained();
      session.drained();
    });
    socket.on('close', () => {
      this.#loop.enter();
      this.#sockets.delete(socket);
      this.sessions.delete(session);
      this.closed++;
      outbox.ended();
      session.ended();
      this.#log.debug('connection closed', facts);
    });
  }
}
