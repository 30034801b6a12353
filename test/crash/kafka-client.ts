/**
 * A Kafka client for crash runs: requests go out one behind the other, answers come back in order, and when the broker
 * dies every answer that is still owed is refused.
 */
import { connect, type Socket } from 'node:net';
import type { Api, ReadResponseOf, WrittenRequestOf } from '../../src/wire/kafka/api.ts';
import { encodeRequest, readResponse } from '../../src/wire/kafka/messages.ts';
import type { Shape } from '../../src/wire/kafka/schema.ts';

interface Owed {
  readonly api: Api;
  readonly version: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (why: Error) => void;
}

export class BrokerGone extends Error {}

export class KafkaClient {
  private readonly socket: Socket;
  private readonly owed: Owed[] = [];
  private gathered: Buffer = Buffer.alloc(0);
  private correlationId = 0;
  private gone = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.gone = true;
      for (const { reject } of this.owed.splice(0)) reject(new BrokerGone());
    });
  }

  ask<Q extends Shape, S extends Shape>(
    api: Api<Q, S>,
    version: number,
    body: WrittenRequestOf<Api<Q, S>>,
  ): Promise<ReadResponseOf<Api<Q, S>>> {
    if (this.gone) return Promise.reject(new BrokerGone());
    return new Promise((resolve, reject) => {
      this.owed.push({ api: api as unknown as Api, version, resolve: resolve as (answer: never) => void, reject });
      this.socket.write(encodeRequest(api, version, ++this.correlationId, 'crash', body));
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.gathered = Buffer.concat([this.gathered, chunk]);
    while (this.gathered.length >= 4 && this.gathered.length >= 4 + this.gathered.readInt32BE(0)) {
      const end = 4 + this.gathered.readInt32BE(0);
      const { api, version, resolve } = this.owed.shift() as Owed;
      resolve(readResponse(api, version, this.gathered, 4, end) as never);
      this.gathered = this.gathered.subarray(end);
    }
  }
}
