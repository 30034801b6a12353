/**
 * The `rocketmq-grpc` listener: RocketMQ's clients of version 5, over HTTP/2 by the library grpc-js.
 *
 *   socket ─▶ first byte 0x16: TLS ─▶ decrypted ─┐
 *          └─ else ──────────────────────────────┴▶ grpc-js ─▶ a call ─▶ loop.enter ─▶ its operation ─▶ loop.exit
 *
 * Plaintext and TLS come by the same port, because half of the clients have TLS on unless told otherwise. Library and
 * sessions are loaded when the first client comes, or soon after the start; until then a socket waits, unread.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { serverLimits } from './limits.ts';
import { listen } from './listener.ts';
import type { Log } from './log.ts';
import type { Loop } from './loop.ts';

/** What is served on the sockets. */
export interface GrpcService {
  accept(socket: Socket): void;
  /** Calls that come from now on are refused; those under way go on. */
  hold(): void;
  /** Ends what is under way. */
  end(text: string): void;
}

/** What a service needs of its listener. */
export interface GrpcListening {
  readonly loop: Loop;
  /** A call came, went on or ended. */
  moved(): void;
}

const TLS_HANDSHAKE = 0x16;
/** A client that says nothing at all. */
const FIRST_BYTE_MS = 10_000;

/** Is this how a TLS connection begins? */
export function beginsTls(chunk: Uint8Array): boolean {
  return chunk[0] === TLS_HANDSHAKE;
}

export class GrpcListener implements GrpcListening {
  readonly name: string;
  readonly loop: Loop;
  opened = 0;
  closed = 0;
  /** Changes when anything moves. */
  traffic = 0;
  onReceived: ((bytes: number) => void) | null = null;
  readonly #log: Log;
  readonly #load: (listening: GrpcListening) => Promise<GrpcService>;
  #loading: Promise<void> | null = null;
  #service: GrpcService | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #waiting: Socket[] = [];

  constructor(name: string, loop: Loop, log: Log, load: (listening: GrpcListening) => Promise<GrpcService>) {
    this.name = name;
    this.loop = loop;
    this.#log = log;
    this.#load = load;
    this.#server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (socket) =>
      this.#arrived(socket),
    );
    this.#server.maxConnections = serverLimits.connectionsMax;
    this.#server.on('drop', () => log.warn('connection refused: too many', { listener: name }));
  }

  moved(): void {
    this.traffic++;
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return listen(this.#server, this.name, host, port);
  }

  /** Loads the sessions' code, once. Nobody has to call it: the first connection does. */
  load(): Promise<void> {
    this.#loading ??= this.#load(this).then((service) => {
      this.#service = service;
      for (const socket of this.#waiting.splice(0)) if (!socket.destroyed) service.accept(socket);
    });
    return this.#loading;
  }

  stopAccepting(): void {
    this.#server.close();
  }

  hold(): void {
    this.#service?.hold();
  }

  /** Farewell to everybody; resolves when they have gone, by themselves or not. */
  async end(text: string): Promise<void> {
    this.#turnAway();
    this.#service?.end(text);
    this.loop.wake();
    const deadline = performance.now() + serverLimits.farewellMs;
    while (this.#sockets.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.drop();
  }

  /** Closes every socket without a word. */
  drop(): void {
    this.#turnAway();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing is waiting to be sent, and nobody for the service. */
  get quiet(): boolean {
    if (this.#waiting.length > 0) return false;
    for (const socket of this.#sockets) if (socket.writableLength > 0) return false;
    return true;
  }

  #arrived(socket: Socket): void {
    this.#sockets.add(socket);
    this.opened++;
    this.moved();
    socket.on('error', (error) => this.#log.debug('connection failed', { listener: this.name, error: error.message }));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.closed++;
      this.moved();
    });
    socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
    if (this.#service !== null) return this.#service.accept(socket);
    this.#waiting.push(socket);
    this.load().catch((error: unknown) => {
      this.#log.error('sessions cannot be loaded', { listener: this.name, error: String((error as Error).stack) });
      this.#turnAway();
    });
  }

  #turnAway(): void {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }
}
