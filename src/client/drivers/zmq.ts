/**
 * `zmq://host:5555`: ZeroMQ without a broker, over `dragoman/zmq`. One connection is one socket at one endpoint, and
 * its first use says which; `?bind` makes it the side that waits for the others.
 *
 *     send to a queue       PUSH     frames: payload
 *     listen to a queue     PULL
 *     send to a topic       PUB      frames: topic, payload
 *     listen to a topic     SUB
 *
 * Nothing is acknowledged and nothing is kept: a send resolves when the message is handed to the socket, a handler that
 * throws is reported and its message is gone. Hence no groups, retries and dead letters here.
 */
import { Publisher, Pull, Push, Subscriber } from '../../zmq/index.ts';
import { CAPABILITIES } from '../capabilities.ts';
import type { Declaration, Driver, OpenDriver, ReplyAddress, Sink, Source, Subscription } from '../driver.ts';
import { CapabilityError, ClientError, ClosedError } from '../errors.ts';
import type { Delivery, Destination, Outgoing } from '../message.ts';

type Socket = Push | Pull | Publisher | Subscriber;

/** How long closing waits for what was sent to reach the others. */
const LINGER_MS = 5_000;

function deliveryOf(destination: Destination, body: Uint8Array): Delivery {
  return { destination, key: undefined, headers: {}, body, redelivered: false, position: undefined };
}

/** Takes messages from a socket while there is room. */
class ZmqSubscription implements Subscription {
  readonly #socket: Pull | Subscriber;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #closing = new AbortController();
  #out = 0;
  #isPaused = false;
  #wake: () => void = () => {};

  constructor(socket: Pull | Subscriber, source: Source, sink: Sink) {
    this.#socket = socket;
    this.#source = source;
    this.#sink = sink;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#closing;
    const { prefetch, destination } = this.#source;
    while (!signal.aborted) {
      if (this.#isPaused || this.#out >= prefetch) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        for (const frames of await this.#socket.receiveMany(prefetch - this.#out, { signal })) {
          this.#out += 1;
          this.#sink.deliver(deliveryOf(destination, frames.at(-1) ?? new Uint8Array(0)));
        }
      } catch (error) {
        if (!signal.aborted) this.#sink.failed(error as Error);
        return;
      }
    }
  }

  ack(): void {
    this.#out -= 1;
    this.#wake();
  }

  release(delivery: Delivery): void {
    setImmediate(() => {
      if (!this.#closing.signal.aborted) this.#sink.deliver({ ...delivery, redelivered: true });
    });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
  }
}

class ZmqDriver implements Driver {
  readonly scheme = 'zmq';
  readonly capabilities = CAPABILITIES.zmq;
  readonly #address: string;
  readonly #binds: boolean;
  #socket: Socket | undefined;
  #opening: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(address: string, binds: boolean) {
    this.#address = address;
    this.#binds = binds;
  }

  async #socketOf<Kind extends Socket>(kind: new () => Kind): Promise<Kind> {
    if (this.#isClosed) throw new ClosedError('the connection is closed');
    if (this.#socket === undefined) {
      const socket = new kind();
      this.#socket = socket;
      if (this.#binds) this.#opening = socket.bind(this.#address);
      else socket.connect(this.#address);
    }
    await this.#opening;
    if (this.#socket instanceof kind) return this.#socket;
    const [is, wanted] = [this.#socket.constructor.name, kind.name];
    throw new ClientError(`the socket at ${this.#address} is a ${is} by its first use, and this takes a ${wanted}`);
  }

  async publish(batch: readonly Outgoing[]): Promise<void> {
    for (const { destination, body } of batch) {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      if (destination.kind === 'topic') await (await this.#socketOf(Publisher)).send([destination.name, bytes]);
      else await (await this.#socketOf(Push)).send(bytes);
    }
  }

  async #receiving({ kind, name }: Destination): Promise<Pull | Subscriber> {
    if (kind !== 'topic') return this.#socketOf(Pull);
    const subscriber = await this.#socketOf(Subscriber);
    subscriber.subscribe(name);
    return subscriber;
  }

  async subscribe(source: Source, sink: Sink): Promise<Subscription> {
    return new ZmqSubscription(await this.#receiving(source.destination), source, sink);
  }

  async fetch(source: Source, timeoutMs: number, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    const socket = await this.#receiving(source.destination);
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const frames = await socket.receive({ signal: signal === undefined ? late : AbortSignal.any([signal, late]) });
      return deliveryOf(source.destination, frames.at(-1) ?? new Uint8Array(0));
    } catch (error) {
      if (late.aborted && signal?.aborted !== true) return undefined;
      throw error;
    }
  }

  async replies(): Promise<ReplyAddress> {
    throw new CapabilityError(this.scheme, 'requests', 'it cannot ask');
  }

  async declare(_declarations: readonly Declaration[], mode: 'create' | 'expect'): Promise<void> {
    if (mode === 'expect') throw new CapabilityError(this.scheme, 'topology', "leave out topology: 'expect'");
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#socket?.close({ linger: LINGER_MS });
  }
}

/** Opens an endpoint; nothing is connected before its first use. */
export const open: OpenDriver = async (url) => new ZmqDriver(`tcp://${url.host}`, url.searchParams.has('bind'));
