/**
 * WsListener: a listener for sessions over WebSocket, by the library ws. To a session it is a socket like any other:
 * what comes in messages is a stream of bytes, whatever the messages' bounds are.
 *
 *   upgrade ─▶ host and origin allowed? subprotocol known? ─▶ WebSocket ─▶ Session
 *
 * What goes out is marked as text if it is UTF-8, because older browser clients of STOMP take nothing else.
 */
import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Outbox } from '../bytes/outbox.ts';
import { upgradeAllowed } from './http/origin.ts';
import { serverLimits } from './limits.ts';
import { type Accept, endpoint, listen, type Session } from './listener.ts';
import type { Log } from './log.ts';
import type { Loop } from './loop.ts';

const NORMAL_CLOSURE = 1000;
const REFUSED = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export interface WsOptions {
  readonly name: string;
  readonly loop: Loop;
  readonly log: Log;
  /** What a client may choose from; the first that it names is chosen. */
  readonly subprotocols: readonly string[];
  /** Bytes of a message, and of all that is gathered of one. */
  readonly messageBytesMax: number;
  readonly site: Parameters<typeof upgradeAllowed>[1];
  readonly load: () => Promise<Accept<Session>>;
}

class WsOutbox implements Outbox {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array, release: (() => void) | null): void {
    this.#socket.send(bytes, { binary: !isUtf8(bytes) }, () => release?.());
  }

  close(): void {
    this.#socket.close(NORMAL_CLOSURE);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

export class WsListener {
  readonly sessions = new Set<Session>();
  opened = 0;
  closed = 0;
  /** Bytes from peers and connections; changes when anything moves. */
  traffic = 0;
  onReceived: ((bytes: number) => void) | null = null;
  readonly name: string;
  readonly #options: WsOptions;
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();
  #loading: Promise<void> | null = null;
  #accept: Accept<Session> | null = null;
  #upgrader: WebSocketServer | null = null;

  constructor(options: WsOptions) {
    this.name = options.name;
    this.#options = options;
    this.#server = createServer({ requestTimeout: serverLimits.requestMs }, (_request, response) => {
      response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end();
    });
    this.#server.maxConnections = serverLimits.connectionsMax;
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return listen(this.#server, this.name, host, port);
  }

  /** Loads the library and the sessions' code, once. Nobody has to call it: the first connection does. */
  load(): Promise<void> {
    this.#loading ??= Promise.all([import('ws'), this.#options.load()]).then(([ws, accept]) => {
      const { subprotocols, messageBytesMax } = this.#options;
      this.#accept = accept;
      this.#upgrader = new ws.WebSocketServer({
        noServer: true,
        maxPayload: messageBytesMax,
        perMessageDeflate: false,
        handleProtocols: (offered) => [...offered].find((one) => subprotocols.includes(one)) ?? false,
      });
    });
    return this.#loading;
  }

  stopAccepting(): void {
    this.#server.close();
  }

  /** Stops reading from everybody, so that what was read can be brought to its end. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Farewell to everybody; resolves when they have gone, by themselves or not. */
  async end(text: string): Promise<void> {
    for (const session of this.sessions) session.shutdown(text);
    for (const socket of this.#sockets) socket.resume();
    this.#options.loop.wake();
    const deadline = performance.now() + serverLimits.farewellMs;
    while (this.#sockets.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.drop();
    while (this.sessions.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Closes every connection without a word. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.closeAllConnections();
  }

  /** Nothing is waiting to be sent. */
  get quiet(): boolean {
    for (const socket of this.#sockets) if (socket.bufferedAmount > 0) return false;
    return true;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { log, site } = this.#options;
    socket.on('error', (error) => log.debug('connection failed', { listener: this.name, error: error.message }));
    if (!upgradeAllowed(request.headers, site)) return void socket.end(REFUSED);
    this.load().then(
      () => this.#upgrader?.handleUpgrade(request, socket, head, (opened) => this.#connected(opened, request)),
      (error: unknown) => {
        log.error('sessions cannot be loaded', { listener: this.name, error: String((error as Error).stack) });
        socket.destroy();
      },
    );
  }

  #connected(socket: WebSocket, request: IncomingMessage): void {
    const { loop, log } = this.#options;
    const { remoteAddress, remotePort, localAddress, localPort } = request.socket;
    if (remoteAddress === undefined || localAddress === undefined || this.#accept === null) {
      return socket.terminate();
    }
    const facts = { listener: this.name, remote: endpoint(remoteAddress, remotePort ?? 0) };
    const outbox = new WsOutbox(socket);
    loop.enter();
    const peer = { outbox, remoteAddress, remotePort: remotePort ?? 0, localAddress, localPort: localPort ?? 0 };
    const session = this.#accept(peer);
    this.#sockets.add(socket);
    this.sessions.add(session);
    this.opened++;
    log.debug('connection opened', facts);

    socket.binaryType = 'nodebuffer';
    socket.on('message', (message: Buffer) => {
      this.traffic += message.length;
      loop.enter();
      try {
        session.receive(message);
      } catch (error) {
        log.error('connection dropped: its session failed', { ...facts, error: String((error as Error).stack) });
        socket.terminate();
      }
      loop.exit();
      this.onReceived?.(message.length);
    });
    request.socket.on('drain', () => {
      loop.enter();
      session.drained();
    });
    socket.on('error', (error) => log.debug('connection failed', { ...facts, error: error.message }));
    socket.on('close', () => {
      loop.enter();
      this.#sockets.delete(socket);
      this.sessions.delete(session);
      this.closed++;
      this.traffic++;
      session.ended();
      log.debug('connection closed', facts);
    });
  }
}
