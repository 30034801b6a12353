/**
 * For tests of the sockets: our library and npm `zeromq` (libzmq) behind one shape, so that every test runs in both
 * directions, and a deadline for what must happen.
 *
 * Where a test has to wait for a peer, it waits for what it can see: a message, an event.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import * as theirs from 'zeromq';
import * as ours from '../../src/zmq/index.ts';

type Sendable = string | Buffer | null | (string | Buffer | null)[];

/** What the sockets of both libraries can do, as far as tests want it. */
export interface AnySocket {
  bind(address: string): Promise<void>;
  unbind(address: string): Promise<void>;
  connect(address: string): void;
  disconnect(address: string): void;
  send(message: Sendable): Promise<void>;
  receive(): Promise<Buffer[]>;
  subscribe(...prefixes: string[]): void;
  unsubscribe(...prefixes: string[]): void;
  close(): unknown;
  readonly closed: boolean;
  readonly lastEndpoint: string | null;
  readonly events: { on(type: string, listener: (data: { error?: Error & { status?: number } }) => void): unknown };
  readonly writable: boolean;
  linger: number;
}

type SocketName =
  | 'Pair'
  | 'Publisher'
  | 'Subscriber'
  | 'Request'
  | 'Reply'
  | 'Dealer'
  | 'Router'
  | 'Pull'
  | 'Push'
  | 'XPublisher'
  | 'XSubscriber';

export type Library = Readonly<Record<SocketName, new (options?: object) => AnySocket>>;

export const OURS: Library = ours as unknown as Library;
export const THEIRS: Library = theirs as unknown as Library;

/** Who plays which part: the first one binds. Libzmq against itself shows that the test asks for what it does. */
export const MEETINGS: readonly (readonly [title: string, first: Library, second: Library])[] = [
  ['ours to libzmq', OURS, THEIRS],
  ['libzmq to ours', THEIRS, OURS],
  ['ours to ours', OURS, OURS],
];

const DEADLINE_MS = 15_000;

/** Rejects if `promise` takes too long, so that a test ends by itself and says where. */
export async function inTime<T>(what: string, promise: Promise<T>, limitMs = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sockets that are closed when the test is over, with nothing left to send. */
export class Sockets {
  readonly #open: AnySocket[] = [];

  add<T extends AnySocket>(socket: T): T {
    this.#open.push(socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) {
      if (socket.closed) continue;
      socket.linger = 0;
      await socket.close();
    }
  }
}

/** Runs `body` with a place for its sockets. */
export async function withSockets(body: (sockets: Sockets) => Promise<void>): Promise<void> {
  const sockets = new Sockets();
  try {
    await inTime('the test', body(sockets), 60_000);
  } finally {
    await sockets.close();
  }
}

export type Transport = 'tcp' | 'ipc' | 'inproc';

/** Sockets of libzmq leave their files behind. */
const folder = mkdtempSync(join(tmpdir(), 'dragoman-zmq-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** An address to bind; where the system chooses, `lastEndpoint` says what it became. */
export function anyAddress(transport: Transport): string {
  if (transport === 'tcp') return 'tcp://127.0.0.1:*';
  if (transport === 'inproc') return `inproc://${randomUUID()}`;
  return `ipc://${join(folder, randomUUID().slice(0, 13))}`;
}

/** Binds the one and connects the other. */
export async function meet(bound: AnySocket, connected: AnySocket, transport: Transport = 'tcp'): Promise<string> {
  await inTime('bind', bound.bind(anyAddress(transport)));
  const address = bound.lastEndpoint as string;
  connected.connect(address);
  return address;
}

/** Resolves with the next event of this type. */
export function nextEvent(socket: AnySocket, type: string): Promise<{ error?: Error & { status?: number } }> {
  return inTime(`event ${type}`, new Promise((resolve) => socket.events.on(type, resolve)));
}

export const texts = (parts: readonly Buffer[]): string[] => parts.map(String);

/** Receives `count` messages as text, frames joined by a bar. */
export async function receiveTexts(socket: AnySocket, count: number): Promise<string[]> {
  const received: string[] = [];
  while (received.length < count) {
    received.push(texts(await inTime(`message ${received.length + 1}`, socket.receive())).join('|'));
  }
  return received;
}
