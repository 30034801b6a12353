/**
 * One Kafka connection of the generator: a socket that reads straight into its scanner's buffer (`onread`), so
 * receiving allocates nothing.
 *
 * Everything that ends it early (a refused socket, the broker's end, a mistake in what it sends, records that are not
 * the ones expected) rejects `failed`, and whoever waits for an answer.
 */

import { connect, type Socket } from 'node:net';
import { Fields, request } from './fields.ts';
import { FrameScanner } from './frame-scanner.ts';

const ANSWER_LIMIT_MS = 30_000;

export interface Scanner {
  /** What the socket reads into. */
  readonly readInto: Buffer;
  /** Looks at `length` fresh bytes in `readInto`. */
  scan(length: number): void;
}

export class Connection {
  readonly socket: Socket;
  /** Rejects when the connection ends without having been asked to. */
  readonly failed: Promise<never>;
  private fail!: (reason: Error) => void;
  private closing = false;

  private constructor(port: number, scanner: Scanner) {
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => {});
    const onread = {
      buffer: scanner.readInto,
      callback: (length: number): boolean => {
        try {
          scanner.scan(length);
        } catch (error) {
          this.end(error as Error);
        }
        return true;
      },
    };
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
    this.socket.on('error', (error) => this.end(error));
    this.socket.on('close', () => this.end(new Error('the broker closed the connection')));
  }

  static async open(port: number, scanner: Scanner): Promise<Connection> {
    const connection = new Connection(port, scanner);
    const connected = new Promise<void>((resolve) => connection.socket.once('connect', resolve));
    await Promise.race([connected, connection.failed]);
    return connection;
  }

  end(reason: Error): void {
    if (this.closing) return;
    this.closing = true;
    this.socket.destroy();
    this.fail(reason);
  }

  close(): void {
    this.closing = true;
    this.socket.destroy();
  }
}

/** A connection for requests one at a time, each waiting for its answer; a producer begins with one and goes on raw. */
export class Caller {
  readonly connection: Connection;
  readonly scanner: FrameScanner;
  private correlation = 0;

  private constructor(connection: Connection, scanner: FrameScanner) {
    this.connection = connection;
    this.scanner = scanner;
  }

  static async open(port: number): Promise<Caller> {
    const scanner = new FrameScanner();
    return new Caller(await Connection.open(port, scanner), scanner);
  }

  async call(api: number, version: number, ...body: Buffer[]): Promise<Fields> {
    const correlation = ++this.correlation;
    const answer = new Promise<Fields>((resolve) => {
      this.scanner.onFrame = (bytes, at, end) => {
        const fields = new Fields(Buffer.from(bytes.subarray(at, end)));
        const answered = fields.i32();
        if (answered !== correlation) throw new Error(`an answer to request ${answered}, not to ${correlation}`);
        resolve(fields);
      };
    });
    this.connection.socket.write(request(api, version, correlation, ...body));
    const late = setTimeout(() => {
      this.connection.end(new Error(`no answer to a request of API ${api} within ${ANSWER_LIMIT_MS / 1000} s`));
    }, ANSWER_LIMIT_MS);
    try {
      return await Promise.race([answer, this.connection.failed]);
    } finally {
      clearTimeout(late);
    }
  }

  close(): void {
    this.connection.close();
  }
}
