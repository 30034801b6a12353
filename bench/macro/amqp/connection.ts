/**
 * One AMQP connection of the generator: handshake, declarations by request and answer, then raw traffic.
 *
 * It uses channel 1 only. The socket reads into the scanner's buffer (`onread`), so receiving allocates nothing; after
 * every read `onTraffic` runs once, which is where publishers refill their window and consumers acknowledge.
 *
 * Everything that ends a connection early (a refused socket, close frames from the broker, a protocol mistake)
 * rejects `failed`, and whoever waits for an answer.
 */

import { connect, type Socket } from 'node:net';
import {
  CHANNEL_CLOSE,
  CHANNEL_OPEN_OK,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_TUNE,
  CONNECTION_UNBLOCKED,
  id,
  longstr,
  method,
  PROTOCOL_HEADER,
  shortstr,
  table,
  u8,
  u16,
  u32,
} from './frames.ts';
import { FRAME_MAX, Scanner, type ScanSink } from './scanner.ts';

const HANDSHAKE_MS = 10_000;

export class Connection implements ScanSink {
  readonly scanner: Scanner;
  readonly socket: Socket;
  /** Rejects when the connection ends without having been asked to. */
  readonly failed: Promise<never>;
  /** Times the broker told this client to stop publishing. */
  blocked = 0;
  onTraffic: () => void = () => {};
  onConfirmed: (tag: number, multiple: boolean, ok: boolean) => void = () => {};
  onStamped: (sentUs: number) => void = () => {};
  private fail!: (reason: Error) => void;
  private waiting: { methodId: number; resolve: (args: Buffer) => void } | undefined;
  private closing = false;

  private constructor(port: number, readBytes: number) {
    this.scanner = new Scanner(this, readBytes);
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => {});
    const onread = {
      buffer: this.scanner.readInto,
      callback: (length: number): boolean => {
        try {
          this.scanner.scan(length);
          this.onTraffic();
        } catch (error) {
          this.end(error as Error);
        }
        return true;
      },
    };
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
    this.socket.on('error', (error) => this.end(error));
    this.socket.on('close', () => this.end(new Error('the broker closed the socket')));
  }

  /** Connects, logs in as guest and opens channel 1. */
  static async open(port: number, readBytes = 262144): Promise<Connection> {
    const connection = new Connection(port, readBytes);
    const timer = setTimeout(() => connection.end(new Error('no AMQP handshake within 10 s')), HANDSHAKE_MS);
    try {
      await connection.handshake();
    } finally {
      clearTimeout(timer);
    }
    return connection;
  }

  /** Sends a method frame and waits for its answer; one request at a time. */
  call(request: Buffer, answerId: number): Promise<Buffer> {
    const answer = new Promise<Buffer>((resolve) => {
      this.waiting = { methodId: answerId, resolve };
    });
    this.socket.write(request);
    return Promise.race([answer, this.failed]);
  }

  close(): void {
    this.closing = true;
    this.socket.destroy();
  }

  confirmed(tag: number, multiple: boolean, ok: boolean): void {
    this.onConfirmed(tag, multiple, ok);
  }

  stamped(sentUs: number): void {
    this.onStamped(sentUs);
  }

  method(methodId: number, args: Buffer): void {
    if (methodId === CONNECTION_CLOSE || methodId === CHANNEL_CLOSE) {
      const text = args.toString('utf8', 3, 3 + args[2]!);
      this.end(new Error(`the broker closed: ${args.readUInt16BE(0)} ${text}`));
    } else if (methodId === CONNECTION_BLOCKED) {
      this.blocked++;
    } else if (this.waiting?.methodId === methodId) {
      const { resolve } = this.waiting;
      this.waiting = undefined;
      resolve(Buffer.from(args));
    } else if (methodId !== CONNECTION_UNBLOCKED) {
      throw new Error(`unexpected method ${methodId >>> 16}.${methodId & 0xffff}`);
    }
  }

  private async handshake(): Promise<void> {
    await this.call(PROTOCOL_HEADER, CONNECTION_START);
    const properties = table({ capabilities: { publisher_confirms: true, 'connection.blocked': true } });
    const login = [properties, shortstr('PLAIN'), longstr('\0guest\0guest'), shortstr('en_US')];
    await this.call(method(0, id(10, 11), ...login), CONNECTION_TUNE);
    const tuneOk = method(0, id(10, 31), u16(2047), u32(FRAME_MAX), u16(0));
    const open = method(0, id(10, 40), shortstr('/'), shortstr(''), u8(0));
    await this.call(Buffer.concat([tuneOk, open]), CONNECTION_OPEN_OK);
    await this.call(method(1, id(20, 10), shortstr('')), CHANNEL_OPEN_OK);
  }

  private end(reason: Error): void {
    if (this.closing) return;
    this.closing = true;
    this.socket.destroy();
    this.fail(reason);
  }
}
