/**
 * A client made of bytes, for tests of the session: no sockets, no time but the test's own.
 *
 *     Bench   broker over the memory store, its clock; `settle` runs turns and commits until nothing is left
 *     Peer    one connection of it: writes frames, reads what came back as frames
 */
import assert from 'node:assert/strict';
import { Broker } from '../../../src/core/broker.ts';
import type { Limits } from '../../../src/core/limits.ts';
import { Amqp091Connection } from '../../../src/session/amqp091/connection.ts';
import { Amqp091Format } from '../../../src/session/amqp091/message.ts';
import type { Amqp091Options } from '../../../src/session/amqp091/options.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, PROTOCOL_HEADER } from '../../../src/wire/amqp091/constants.ts';
import { Framer, NO_FRAME, writeFrameHead } from '../../../src/wire/amqp091/framer.ts';
import { decodeMethod, encodeMethod, type Method, type MethodFields } from '../../../src/wire/amqp091/methods.ts';
import { decodeProperties, encodeHeaderFrame, type Properties } from '../../../src/wire/amqp091/properties.ts';
import type { MethodName } from '../../../src/wire/amqp091/schema.ts';
import { encodeText, FieldReader } from '../../../src/wire/amqp091/values.ts';
import { MemoryStore } from '../../core/memory-store.ts';

export interface Received {
  readonly channel: number;
  readonly type: number;
  readonly method: Method | null;
  readonly properties: Properties | null;
  readonly body: Buffer | null;
}

export class Bench {
  readonly store = new MemoryStore([]);
  readonly clock = { now: 1_000_000 };
  readonly broker: Broker;
  #woken = false;
  /** Groups stay in flight until `settle` is asked to commit them. */
  commits = true;

  constructor(limits: Partial<Limits> = {}) {
    let names = 0;
    const waker = {
      wake: () => {
        this.#woken = true;
      },
    };
    this.store.wake = waker.wake;
    this.broker = new Broker({
      store: this.store,
      clock: this.clock,
      waker,
      names: () => `name${++names}`.padEnd(22, 'x'),
      limits,
    });
    this.broker.declareNamespace('/');
    this.broker.formats.register(new Amqp091Format());
    this.settle();
  }

  settle(): void {
    for (let rounds = 0; rounds < 1000; rounds++) {
      if (this.#woken) {
        this.#woken = false;
        this.broker.turn();
      } else if (this.commits && (this.store.commit() || this.store.finishLoads())) this.#woken = true;
      else return;
    }
    throw new Error('the broker does not come to rest');
  }

  pass(ms: number): void {
    this.clock.now += ms;
    this.#woken = true;
    this.settle();
  }
}

export class Peer {
  readonly bench: Bench;
  readonly connection: Amqp091Connection;
  closed = false;
  paused = false;
  /** False: what is written stays in the socket. */
  taking = true;
  #untakenBytes = 0;
  readonly faults: unknown[] = [];
  #frames: Received[] = [];
  readonly #framer = new Framer(1 << 30);
  readonly raw: Buffer[] = [];

  constructor(bench: Bench, options: Partial<Amqp091Options> = {}) {
    this.bench = bench;
    const untaken = () => this.#untakenBytes;
    this.connection = new Amqp091Connection({
      broker: bench.broker,
      remoteAddress: '127.0.0.1',
      authenticate: (user, password) => user === password,
      onFault: (error) => this.faults.push(error),
      outbox: {
        write: (bytes, release) => {
          this.raw.push(Buffer.from(bytes));
          if (!this.taking) this.#untakenBytes += bytes.length;
          release?.();
        },
        close: () => {
          this.closed = true;
          this.connection.ended();
        },
        pause: () => {
          this.paused = true;
        },
        resume: () => {
          this.paused = false;
        },
        get pendingBytes() {
          return untaken();
        },
      },
      ...options,
    });
  }

  /** The socket takes everything. */
  drain(): void {
    this.taking = true;
    this.#untakenBytes = 0;
    this.connection.drained();
    this.bench.settle();
  }

  /** Bytes to the session; then everything comes to rest. */
  bytes(...chunks: Uint8Array[]): this {
    for (const chunk of chunks) this.connection.receive(chunk);
    this.bench.settle();
    return this;
  }

  send<N extends MethodName>(channel: number, name: N, fields: MethodFields<N>): this {
    return this.bytes(encodeMethod(channel, name, fields));
  }

  /** The frames that came since the last look. */
  frames(): Received[] {
    for (const chunk of this.raw.splice(0)) {
      this.#framer.push(chunk);
      for (;;) {
        const type = this.#framer.next();
        if (type === NO_FRAME) break;
        this.#frames.push(this.#decode(type));
      }
      assert.equal(this.#framer.fault, null);
    }
    return this.#frames.splice(0);
  }

  /** The methods that came since the last look; contents are left out. */
  methods(): Method[] {
    return this.frames().flatMap(({ method }) => (method === null ? [] : [method]));
  }

  /** Sends, and expects exactly one method back. */
  call<N extends MethodName, R extends MethodName>(
    channel: number,
    name: N,
    fields: MethodFields<N>,
    reply: R,
  ): Method<R> {
    this.send(channel, name, fields);
    return this.expect(reply);
  }

  expect<R extends MethodName>(reply: R): Method<R> {
    const methods = this.methods();
    assert.deepEqual(
      methods.map(({ name }) => name),
      [reply],
      JSON.stringify(methods),
    );
    return methods[0] as Method<R>;
  }

  /** What was delivered since the last look, as text. */
  deliveries(): { tag: number; redelivered: boolean; body: string; consumerTag: string }[] {
    const deliveries: { tag: number; redelivered: boolean; body: string; consumerTag: string }[] = [];
    for (const { method, body } of this.frames()) {
      if (method?.name === 'basic.deliver') {
        const { deliveryTag: tag, redelivered, consumerTag } = method;
        deliveries.push({ tag, redelivered, consumerTag, body: '' });
      } else if (method?.name === 'basic.get-ok') {
        deliveries.push({ tag: method.deliveryTag, redelivered: method.redelivered, consumerTag: '', body: '' });
      }
      if (body !== null) (deliveries.at(-1) as { body: string }).body += body.toString();
    }
    return deliveries;
  }

  handshake(frameMax = 131072, clientProperties = CLIENT_PROPERTIES): this {
    this.bytes(PROTOCOL_HEADER);
    this.expect('connection.start');
    this.send(0, 'connection.start-ok', {
      clientProperties,
      mechanism: 'PLAIN',
      response: encodeText('\0guest\0guest'),
      locale: 'en_US',
    });
    this.expect('connection.tune');
    this.send(0, 'connection.tune-ok', { channelMax: 2047, frameMax, heartbeat: 60 });
    this.call(0, 'connection.open', { virtualHost: '/' }, 'connection.open-ok');
    return this;
  }

  open(channel = 1): this {
    this.call(channel, 'channel.open', {}, 'channel.open-ok');
    return this;
  }

  queue(name: string, fields: Partial<MethodFields<'queue.declare'>> = {}): Method<'queue.declare-ok'> {
    return this.call(1, 'queue.declare', { ...QUEUE, queue: name, ...fields }, 'queue.declare-ok');
  }

  publish(exchange: string, routingKey: string, body: string | Uint8Array, options: PublishOptions = {}): this {
    return this.bytes(publishFrames(1, exchange, routingKey, body, options));
  }

  #decode(type: number): Received {
    const { bytes, start, end, channel } = this.#framer;
    return {
      channel,
      type,
      method: type === FRAME_METHOD ? decodeMethod(new FieldReader(bytes, start, end)) : null,
      properties: type === FRAME_HEADER ? decodeProperties(new FieldReader(bytes, start, end)) : null,
      body: type === FRAME_BODY ? Buffer.from(bytes.slice(start, end)) : null,
    };
  }
}

export const CLIENT_PROPERTIES = new Map([
  [
    'capabilities',
    new Map([
      ['consumer_cancel_notify', true],
      ['connection.blocked', true],
      ['authentication_failure_close', true],
    ]),
  ],
]);

export const QUEUE: MethodFields<'queue.declare'> = {
  queue: '',
  passive: false,
  durable: false,
  exclusive: false,
  autoDelete: false,
  nowait: false,
  arguments: new Map(),
};
export const CONSUME: MethodFields<'basic.consume'> = {
  queue: '',
  consumerTag: '',
  noLocal: false,
  noAck: false,
  exclusive: false,
  nowait: false,
  arguments: new Map(),
};
export const EXCHANGE: MethodFields<'exchange.declare'> = {
  exchange: '',
  type: 'direct',
  passive: false,
  durable: false,
  autoDelete: false,
  internal: false,
  nowait: false,
  arguments: new Map(),
};

export interface PublishOptions {
  readonly mandatory?: boolean;
  readonly immediate?: boolean;
  readonly properties?: Properties;
  readonly frameMax?: number;
}

export function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(payload.length + 8);
  writeFrameHead(bytes, 0, type, channel, payload.length);
  bytes.set(payload, 7);
  bytes[bytes.length - 1] = 0xce;
  return bytes;
}

export function publishFrames(
  channel: number,
  exchange: string,
  routingKey: string,
  body: string | Uint8Array,
  { mandatory = false, immediate = false, properties = {}, frameMax = 131072 }: PublishOptions = {},
): Buffer {
  const content = Buffer.from(body as string);
  const frames: Uint8Array[] = [
    encodeMethod(channel, 'basic.publish', { exchange, routingKey, mandatory, immediate }),
    encodeHeaderFrame(channel, content.length, properties),
  ];
  for (let at = 0; at < content.length; at += frameMax - 8) {
    frames.push(frame(FRAME_BODY, channel, content.subarray(at, at + frameMax - 8)));
  }
  return Buffer.concat(frames);
}
