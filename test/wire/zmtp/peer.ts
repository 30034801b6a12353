/**
 * For tests of the connection: one side of it with all that it did written down, and bytes as libzmq sends them.
 */
import { Buffer } from 'node:buffer';
import { type ConnectionHost, type ConnectionSettings, ZmtpConnection } from '../../../src/wire/zmtp/connection.ts';
import type { ZmtpError } from '../../../src/wire/zmtp/constants.ts';
import type { Peer, PeerRequest } from '../../../src/wire/zmtp/handshake.ts';
import type { SocketTypeName } from '../../../src/wire/zmtp/socket-type.ts';

export const LIMITS = { frameBytesMax: 1000, messageBytesMax: 2000, partsMax: 5, commandBytesMax: 500 };

export function settings(socketType: SocketTypeName, rest: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    socketType,
    identity: Buffer.alloc(0),
    mechanism: 'NULL',
    asServer: false,
    credentials: { username: '', password: '' },
    asksAlways: false,
    misspeltErrors: false,
    properties: [],
    minor: 1,
    limits: LIMITS,
    ...rest,
  };
}

export class Side implements ConnectionHost {
  readonly connection: ZmtpConnection;
  readonly written: Buffer[] = [];
  readonly messages: string[][] = [];
  readonly subscriptions: string[] = [];
  readonly asked: PeerRequest[] = [];
  readonly pings: number[] = [];
  peer: Peer | null = null;
  error: ZmtpError | null = null;
  /** Says no after so many messages or subscriptions. */
  enough = Number.POSITIVE_INFINITY;

  constructor(given: ConnectionSettings) {
    this.connection = new ZmtpConnection(given, this);
    this.connection.start();
  }

  /** What was written since the last call. */
  take(): Buffer {
    return Buffer.concat(this.written.splice(0));
  }

  write(bytes: Buffer): void {
    this.written.push(bytes);
  }

  authenticate(request: PeerRequest): void {
    this.asked.push(request);
  }

  ready(peer: Peer): void {
    this.peer = peer;
  }

  message(parts: Buffer[]): boolean {
    this.messages.push(parts.map(String));
    return --this.enough > 0;
  }

  subscription(subscribe: boolean, topic: Buffer): boolean {
    this.subscriptions.push(`${subscribe ? '+' : '-'}${topic}`);
    return --this.enough > 0;
  }

  pinged(ttlMs: number): void {
    this.pings.push(ttlMs);
  }

  failed(error: ZmtpError): void {
    this.error = error;
  }
}

/** Carries bytes between two sides until both are silent. */
export function talk(one: Side, other: Side): void {
  for (;;) {
    const there = one.take();
    const back = other.take();
    if (there.length + back.length === 0) return;
    if (there.length > 0) other.connection.receive(there);
    if (back.length > 0) one.connection.receive(back);
  }
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** The greeting of libzmq 4.3.5, with padding as it fills it. */
export function libzmqGreeting(minor = 1, mechanism = 'NULL', padding = '0000000000000001'): Buffer {
  const name = Buffer.alloc(20);
  name.write(mechanism);
  return Buffer.concat([hex(`ff ${padding} 7f 03`), Buffer.of(minor), name, Buffer.alloc(32)]);
}

/** READY of libzmq 4.3.5, which always names an identity for these types. */
export function libzmqReady(socketType: string, identity = ''): Buffer {
  const type = Buffer.from(socketType);
  const named = ['REQ', 'DEALER', 'ROUTER'].includes(socketType);
  const body = Buffer.concat([
    Buffer.from('\x05READY\x0bSocket-Type\0\0\0'),
    Buffer.of(type.length),
    type,
    ...(named ? [Buffer.from('\x08Identity\0\0\0'), Buffer.of(identity.length), Buffer.from(identity)] : []),
  ]);
  return Buffer.concat([Buffer.of(4, body.length), body]);
}

/** A side after its handshake with a libzmq peer of this type. */
export function openSide(given: ConnectionSettings, peerType: string, minor = 1): Side {
  const side = new Side(given);
  side.connection.receive(Buffer.concat([libzmqGreeting(minor), libzmqReady(peerType)]));
  side.take();
  return side;
}
