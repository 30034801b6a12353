/**
 * Real STOMP clients for tests: @stomp/stompjs over TCP and over WebSocket, and stompit.
 */
import { once } from 'node:events';
import net from 'node:net';
import { Client, type IFrame, type IMessage, type StompConfig } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import type { EmbeddedBroker } from '../../src/index.ts';

/** What stompjs needs of a WebSocket, over a plain socket. */
class TcpSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: object) => void) | null = null;
  onerror: ((error: Error) => void) | null = null;
  binaryType = 'arraybuffer';
  readyState = 0;
  readonly url: string;
  readonly #socket: net.Socket;

  constructor(url: string) {
    this.url = url;
    const { hostname, port } = new URL(url.replace('stomp:', 'http:'));
    this.#socket = net.connect({ port: Number(port), host: hostname, noDelay: true }, () => {
      this.readyState = 1;
      this.onopen?.();
    });
    this.#socket.on('data', (chunk) => {
      this.onmessage?.({ data: chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.length) as ArrayBuffer });
    });
    this.#socket.on('error', (error) => this.onerror?.(error));
    this.#socket.on('close', () => {
      this.readyState = 3;
      this.onclose?.({ code: 1000, reason: '', wasClean: true });
    });
  }

  send(data: string | ArrayBuffer): void {
    this.#socket.write(typeof data === 'string' ? data : new Uint8Array(data));
  }

  close(): void {
    this.#socket.end();
  }
}

export type Transport = 'tcp' | 'ws';

export interface Connected {
  readonly client: Client;
  /** ERROR frames so far. */
  readonly errors: IFrame[];
  /** Resolves with the next one. */
  error(): Promise<IFrame>;
  /** Sends and waits for the receipt. */
  send(destination: string, body: string, headers?: Record<string, string>): Promise<void>;
  /** The same with a body that may hold anything. */
  sendBytes(destination: string, body: Uint8Array, headers?: Record<string, string>): Promise<void>;
  subscribe(destination: string, headers?: Record<string, string>): Inbox;
  end(): Promise<void>;
}

/** The messages of a subscription, one by one. */
export class Inbox {
  id = '';
  readonly all: IMessage[] = [];
  readonly #waiting: ((message: IMessage) => void)[] = [];
  #taken = 0;

  put(message: IMessage): void {
    this.all.push(message);
    this.#waiting.shift()?.(message);
  }

  async next(): Promise<IMessage> {
    const at = this.#taken++;
    return this.all[at] ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async bodies(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) bodies.push((await this.next()).body);
    return bodies;
  }
}

let receipts = 0;

export async function connect(
  broker: EmbeddedBroker,
  transport: Transport = 'tcp',
  config: StompConfig = {},
): Promise<Connected> {
  const url = transport === 'tcp' ? broker.url('stomp') : `${broker.url('ws')}/stomp`;
  const errors: IFrame[] = [];
  const waiting: ((frame: IFrame) => void)[] = [];
  const client = new Client({
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
    ...config,
    webSocketFactory: () =>
      (transport === 'tcp' ? new TcpSocket(url) : new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp'])) as never,
    onStompError: (frame) => {
      errors.push(frame);
      waiting.shift()?.(frame);
    },
  });
  await new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve();
    const refused = client.onStompError;
    client.onStompError = (frame) => {
      refused(frame);
      reject(new Error(frame.headers.message));
    };
    client.activate();
  });
  return {
    client,
    errors,
    error: () => new Promise((resolve) => waiting.push(resolve)),
    send: (destination, body, headers = {}) =>
      new Promise((resolve) => {
        const receipt = `r${++receipts}`;
        client.watchForReceipt(receipt, () => resolve());
        client.publish({ destination, body, headers: { ...headers, receipt } });
      }),
    sendBytes: (destination, binaryBody, headers = {}) =>
      new Promise((resolve) => {
        const receipt = `r${++receipts}`;
        client.watchForReceipt(receipt, () => resolve());
        client.publish({ destination, binaryBody, headers: { ...headers, receipt } });
      }),
    subscribe: (destination, headers = {}) => {
      const inbox = new Inbox();
      inbox.id = client.subscribe(destination, (message) => inbox.put(message), headers).id;
      return inbox;
    },
    end: async () => {
      await client.deactivate();
    },
  };
}

/** A connection by hand: what one writes, and all that has come. */
export class Raw {
  received = '';
  readonly socket: net.Socket;
  #changed: (() => void) | null = null;

  constructor(broker: EmbeddedBroker, listener: 'stomp' | 'openwire' = 'stomp') {
    const { hostname, port } = new URL(broker.url(listener).replace(/^\w+:/, 'http:'));
    this.socket = net.connect(Number(port), hostname);
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text;
      this.#changed?.();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.#changed?.());
  }

  write(text: string): void {
    this.socket.write(text);
  }

  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      if (this.socket.destroyed) throw new Error(`closed; it had said: ${this.received}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.received;
  }

  async closed(): Promise<void> {
    if (!this.socket.destroyed) await once(this.socket, 'close');
  }
}
