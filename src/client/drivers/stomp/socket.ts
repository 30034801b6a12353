/**
 * What @stomp/stompjs needs of a WebSocket, over a plain TCP socket: STOMP's own transport, of which the library knows
 * nothing.
 */
import { connect, type Socket } from 'node:net';
import type { IStompSocket } from '@stomp/stompjs';

const [CONNECTING, OPEN, CLOSED] = [0, 1, 3];

export class TcpSocket implements IStompSocket {
  readonly url: string;
  readonly #socket: Socket;
  binaryType: 'arraybuffer' = 'arraybuffer';
  onclose: IStompSocket['onclose'] = null;
  onerror: IStompSocket['onerror'] = null;
  onmessage: IStompSocket['onmessage'] = null;
  onopen: IStompSocket['onopen'] = null;
  readyState = CONNECTING;

  constructor(host: string, port: number) {
    this.url = `tcp://${host}:${port}`;
    const socket = connect({ host, port, noDelay: true });
    socket.on('connect', () => {
      this.readyState = OPEN;
      this.onopen?.({});
    });
    socket.on('data', ({ buffer, byteOffset, byteLength }) => {
      this.onmessage?.({ data: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
    });
    socket.on('error', (error) => this.onerror?.(error));
    socket.on('close', (hadError) => {
      this.readyState = CLOSED;
      this.onclose?.({ code: hadError ? 1006 : 1000, reason: '', wasClean: !hadError });
    });
    this.#socket = socket;
  }

  send(data: string | ArrayBuffer): void {
    this.#socket.write(typeof data === 'string' ? data : new Uint8Array(data));
  }

  /** What was sent still goes out. */
  close(): void {
    this.#socket.end();
  }

  terminate(): void {
    this.#socket.destroy();
  }
}
