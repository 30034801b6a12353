/**
 * A RocketMQ client over a socket, made of the codec: requests that are answered some time, or never because the broker
 * was killed, and what the broker asks by itself.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Api } from '../../src/wire/rocketmq/api.ts';
import { Command } from '../../src/wire/rocketmq/command.ts';
import { Framer } from '../../src/wire/rocketmq/framer.ts';
import type { Fields, WrittenFields } from '../../src/wire/rocketmq/schema.ts';
import { commandBytes } from '../session/rocketmq/kit.ts';

export interface Told {
  readonly code: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class RocketmqClient {
  /** Requests of the broker. */
  onAsked: (told: Told) => void = () => {};
  readonly #socket: Socket;
  readonly #framer = new Framer();
  readonly #command = new Command();
  readonly #waiting = new Map<number, (answer: Told | null) => void>();
  #opaque = 0;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A broker that is killed resets its connections.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      for (const answered of this.#waiting.values()) answered(null);
      this.#waiting.clear();
    });
  }

  static async open(port: number): Promise<RocketmqClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RocketmqClient(socket);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** null: the connection ended first. */
  ask<Q extends Fields, A extends Fields>(
    api: Api<Q, A>,
    fields: WrittenFields<Q>,
    body: Uint8Array = new Uint8Array(0),
  ): Promise<Told | null> {
    if (this.#closed) return Promise.resolve(null);
    const opaque = ++this.#opaque;
    this.#socket.write(commandBytes(api, fields, opaque, { body }));
    return new Promise((resolve) => this.#waiting.set(opaque, resolve));
  }

  tell<Q extends Fields, A extends Fields>(api: Api<Q, A>, fields: WrittenFields<Q>): void {
    if (!this.#closed) this.#socket.write(commandBytes(api, fields, ++this.#opaque, { isOneway: true }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#socket.end();
    await once(this.#socket, 'close');
  }

  #receive(chunk: Buffer): void {
    const framer = this.#framer;
    const command = this.#command;
    framer.push(chunk);
    while (framer.next()) {
      command.read(framer.bytes, framer.start, framer.end);
      const { code, opaque, isResponse, fields, bytes, bodyStart, bodyEnd } = command;
      const named: Record<string, string> = {};
      for (let index = 0; index < fields.count; index++) named[fields.nameOf(index)] = fields.textOf(index);
      const told = { code, fields: named, body: Buffer.from(bytes.slice(bodyStart, bodyEnd)) };
      if (!isResponse) {
        this.onAsked(told);
        continue;
      }
      const answered = this.#waiting.get(opaque);
      this.#waiting.delete(opaque);
      answered?.(told);
    }
    framer.letGo();
  }
}
