/**
 * Socket: the public face of every socket type, with the names of zeromq.js 6: addresses, options, events, closing.
 * What can send is a WritableSocket or DuplexSocket, what can receive a ReadableSocket or DuplexSocket.
 *
 * Options are properties and may be given to the constructor. Most take effect with the next `bind` or `connect`.
 */
import type { SocketTypeName } from '../wire/zmtp/socket-type.ts';
import { type Context, context as defaultContext } from './context.ts';
import type { Message, MessageLike } from './message.ts';
import type { Observer } from './observer.ts';
import { type Authenticate, DEFAULTS, objection, type SettingName } from './settings.ts';
import { type PatternMaker, SocketCore } from './socket-core.ts';
import type { WaitOptions } from './waiter.ts';

type IfEquals<X, Y, A, B> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? A : B;
type WritableKeys<T> = {
  [P in keyof T]-?: T[P] extends (...args: never[]) => unknown
    ? never
    : IfEquals<{ [Q in P]: T[P] }, { -readonly [Q in P]: T[P] }, P, never>;
}[keyof T];

/** What the constructor of a socket type takes. */
export type SocketOptions<S extends Socket> = Partial<Pick<S, WritableKeys<S>>> & {
  readonly context?: Context;
  readonly authenticate?: Authenticate | null;
};

export interface CloseOptions {
  /** How long messages that are not sent may still be sent, instead of what the option of that name says. */
  readonly linger?: number;
}

/** Numbers of ZeroMQ for its types. */
const TYPES: Readonly<Record<SocketTypeName, number>> = {
  PAIR: 0,
  PUB: 1,
  SUB: 2,
  REQ: 3,
  REP: 4,
  DEALER: 5,
  ROUTER: 6,
  PULL: 7,
  PUSH: 8,
  XPUB: 9,
  XSUB: 10,
};

/** Where a socket keeps what stands behind it; for the library's own use. */
export const CORE: unique symbol = Symbol('core');

export abstract class Socket implements AsyncDisposable {
  declare affinity: number;
  declare authenticate: Authenticate | null;
  declare backlog: number;
  declare connectTimeout: number;
  declare handshakeInterval: number;
  declare heartbeatInterval: number;
  declare heartbeatTimeout: number;
  declare heartbeatTimeToLive: number;
  declare immediate: boolean;
  declare interface: string | null;
  declare ipv6: boolean;
  declare linger: number;
  declare loopbackFastPath: boolean;
  declare maxMessageSize: number;
  declare multicastMaxTransportDataUnit: number;
  declare plainPassword: string | null;
  declare plainServer: boolean;
  declare plainUsername: string | null;
  declare rate: number;
  declare reconnectInterval: number;
  declare reconnectMaxInterval: number;
  declare recoveryInterval: number;
  declare tcpAcceptFilter: string | null;
  declare tcpKeepalive: number;
  declare tcpKeepaliveCount: number;
  declare tcpKeepaliveIdle: number;
  declare tcpKeepaliveInterval: number;
  declare tcpMaxRetransmitTimeout: number;
  declare typeOfService: number;
  declare vmciBufferMaxSize: number;
  declare vmciBufferMinSize: number;
  declare vmciBufferSize: number;
  declare vmciConnectTimeout: number;
  declare zapDomain: string | null;
  declare zapEnforceDomain: boolean;

  readonly context: Context;
  readonly [CORE]: SocketCore;

  /** Subclasses say what they are; programs use those. */
  protected constructor(type: SocketTypeName, options: object | undefined, makePattern: PatternMaker) {
    const { context = defaultContext, ...rest } = (options ?? {}) as { context?: Context };
    this.context = context;
    const linger = context.blocky ? DEFAULTS.linger : 0;
    this[CORE] = new SocketCore(type, context, { ...DEFAULTS, linger }, makePattern);
    try {
      Object.assign(this, rest);
    } catch (error) {
      void this[CORE].close(0);
      throw error;
    }
  }

  get type(): number {
    return TYPES[this[CORE].type];
  }

  get closed(): boolean {
    return this[CORE].closed;
  }

  /** Would `receive` be answered at once? */
  get readable(): boolean {
    return !this.closed && this[CORE].pattern.readable;
  }

  /** Would `send` be done at once? */
  get writable(): boolean {
    return !this.closed && this[CORE].pattern.writable;
  }

  /** The address bound or connected last, with the port that the system chose. */
  get lastEndpoint(): string | null {
    return this[CORE].lastEndpoint;
  }

  get securityMechanism(): null | 'plain' {
    const { plainServer, plainUsername, plainPassword } = this[CORE].settings;
    return plainServer || plainUsername !== null || plainPassword !== null ? 'plain' : null;
  }

  get threadSafe(): boolean {
    return false;
  }

  get events(): Observer {
    return this[CORE].observer;
  }

  /** Accepts connections at an address; resolves when they can come in. */
  bind(address: string): Promise<void> {
    return this[CORE].bind(address);
  }

  bindSync(address: string): void {
    this[CORE].bindSync(address);
  }

  /** No more connections at an address; those that came in by it end. */
  unbind(address: string): Promise<void> {
    return this[CORE].unbind(address);
  }

  unbindSync(address: string): void {
    void this[CORE].unbind(address);
  }

  /** Connects, and connects again, in the background. */
  connect(address: string): void {
    this[CORE].connect(address, null);
  }

  disconnect(address: string): void {
    this[CORE].disconnect(address);
  }

  /**
   * The socket is closed at once for its program. Messages that are not sent yet may still be sent; the promise
   * resolves when they are, or when the time to linger is over.
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this[CORE].close(options.linger);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Defines options as properties of a class. */
export function defineOptions(target: { prototype: Socket }, names: readonly SettingName[]): void {
  for (const name of names) {
    Object.defineProperty(target.prototype, name, {
      configurable: true,
      get(this: Socket) {
        return this[CORE].settings[name];
      },
      set(this: Socket, value: unknown) {
        const wrong = objection(name, value);
        if (wrong !== null) throw new TypeError(`Option ${name} ${wrong}`);
        Object.assign(this[CORE].settings, { [name]: value });
      },
    });
  }
}

export abstract class WritableSocket extends Socket {
  declare multicastHops: number;
  declare sendBufferSize: number;
  declare sendHighWaterMark: number;
  declare sendHighWaterMarkBytes: number;
  declare sendTimeout: number;

  /** Resolves when the message is queued or sent; waits while nobody has room for it. Calls may overlap. */
  send(message: MessageLike | readonly MessageLike[], options?: WaitOptions): Promise<void> {
    return this[CORE].outgoing.send(message, options);
  }

  /** Sends messages one after the other for the cost of one promise; the fastest way to send many. */
  sendMany(messages: readonly (MessageLike | readonly MessageLike[])[], options?: WaitOptions): Promise<void> {
    return this[CORE].outgoing.sendMany(messages, options);
  }
}

export abstract class ReadableSocket extends Socket {
  declare receiveBufferSize: number;
  declare receiveHighWaterMark: number;
  declare receiveHighWaterMarkBytes: number;
  declare receiveTimeout: number;

  /** The frames of the next message. Calls may overlap; they are answered in their order. */
  receive(options?: WaitOptions): Promise<Message[]> {
    return this[CORE].incoming.receive(options);
  }

  /** All messages that are there, but no more than `max`; waits for the first one. The fastest way to receive many. */
  receiveMany(max?: number, options?: WaitOptions): Promise<Message[][]> {
    return this[CORE].incoming.receiveMany(max, options);
  }

  /** Message after message until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message[], undefined> {
    return this[CORE].incoming.iterator();
  }
}

export abstract class DuplexSocket extends WritableSocket {
  declare receiveBufferSize: number;
  declare receiveHighWaterMark: number;
  declare receiveHighWaterMarkBytes: number;
  declare receiveTimeout: number;

  /** The frames of the next message. Calls may overlap; they are answered in their order. */
  receive(options?: WaitOptions): Promise<Message[]> {
    return this[CORE].incoming.receive(options);
  }

  /** All messages that are there, but no more than `max`; waits for the first one. The fastest way to receive many. */
  receiveMany(max?: number, options?: WaitOptions): Promise<Message[][]> {
    return this[CORE].incoming.receiveMany(max, options);
  }

  /** Message after message until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message[], undefined> {
    return this[CORE].incoming.iterator();
  }
}

const SPECIFIC: readonly SettingName[] = [
  ...(['conflate', 'correlate', 'handover', 'invertMatching', 'mandatory', 'manual', 'noDrop'] as const),
  ...(['probeRouter', 'relaxed', 'routingId', 'verbosity', 'welcomeMessage', 'multicastHops'] as const),
  ...(['sendBufferSize', 'sendHighWaterMark', 'sendHighWaterMarkBytes', 'sendTimeout'] as const),
  ...(['receiveBufferSize', 'receiveHighWaterMark', 'receiveHighWaterMarkBytes', 'receiveTimeout'] as const),
];
const SENDING = [
  'multicastHops',
  'sendBufferSize',
  'sendHighWaterMark',
  'sendHighWaterMarkBytes',
  'sendTimeout',
] as const;
const RECEIVING = ['receiveBufferSize', 'receiveHighWaterMark', 'receiveHighWaterMarkBytes', 'receiveTimeout'] as const;

/** A program in JavaScript that asks for encryption or a proxy must not be left without it unawares. */
for (const name of ['curveServer', 'curvePublicKey', 'curveSecretKey', 'curveServerKey', 'socksProxy']) {
  Object.defineProperty(Socket.prototype, name, {
    configurable: true,
    set(value: unknown) {
      if (value !== null && value !== false) throw new TypeError(`Option ${name} is not supported`);
    },
  });
}

const everywhere = (Object.keys(DEFAULTS) as SettingName[]).filter((name) => !SPECIFIC.includes(name));
defineOptions(Socket as never, everywhere);
defineOptions(WritableSocket as never, SENDING);
defineOptions(ReadableSocket as never, RECEIVING);
defineOptions(DuplexSocket as never, RECEIVING);
