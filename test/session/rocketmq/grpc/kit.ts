/**
 * A broker with a clock of its own, npm clients and bare gRPC clients for tests. Everything ends with the test.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ChannelCredentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import {
  type FilterExpression,
  type MessageView,
  Producer,
  PushConsumer,
  SimpleConsumer,
  type TransactionChecker,
} from 'rocketmq-client-nodejs';
import { type BrokerOptions, type EmbeddedBroker, ManualClock, startBroker } from '../../../../src/index.ts';
import type { CallName, RequestOf, ResponseOf } from '../../../../src/wire/rocketmq/v2/shapes.ts';

const PROTOCOL = fileURLToPath(new URL('../../../../src/wire/rocketmq/v2/service.proto', import.meta.url));
const SERVICE = loadSync(PROTOCOL, { longs: Number, defaults: true, arrays: true, objects: true })[
  'apache.rocketmq.v2.MessagingService'
] as ServiceDefinition;

/** A logger for npm's client. */
export const silenced = { info: nothing, warn: nothing, error: nothing, debug: nothing, close: nothing };

function nothing(): void {}

/**
 * A push consumer logs on its own account too: to a file in the home folder, every second, which would keep the process
 * alive for ever. Here that is another folder, and nothing to live for.
 */
const home = mkdtempSync(join(tmpdir(), 'dragoman-rocketmq-client-'));
process.env.HOME = home;
after(() => rmSync(home, { recursive: true, force: true }));
const { FileBufferTransport } = createRequire(import.meta.resolve('rocketmq-client-nodejs'))('egg-logger');
const createInterval = FileBufferTransport.prototype._createInterval;
FileBufferTransport.prototype._createInterval = function unreferenced() {
  return createInterval.call(this).unref();
};

type PushListener = ConstructorParameters<typeof PushConsumer>[0]['messageListener'];

export class Scene {
  readonly clock = new ManualClock();
  readonly broker: EmbeddedBroker;
  readonly endpoints: string;
  readonly #ends: (() => unknown)[] = [];

  static async open(context: TestContext, options: Partial<BrokerOptions> = {}): Promise<Scene> {
    const clock = new ManualClock();
    return new Scene(context, clock, await startBroker({ clock, ...options }));
  }

  private constructor(context: TestContext, clock: ManualClock, broker: EmbeddedBroker) {
    this.clock = clock;
    this.broker = broker;
    this.endpoints = new URL(broker.url('rocketmq-grpc')).host;
    context.after(() => this.close());
  }

  /** The last opened first, the broker in the end. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    await this.broker.stop();
  }

  atEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  // ── npm clients ──

  async producer(...topics: string[]): Promise<Producer> {
    return this.#startedProducer(topics);
  }

  /** One that says what became of its transactions when it is asked. */
  async transactor(topic: string, check: (message: MessageView) => Promise<number>): Promise<Producer> {
    return this.#startedProducer([topic], { check });
  }

  async #startedProducer(topics: string[], checker?: TransactionChecker): Promise<Producer> {
    const common = { endpoints: this.endpoints, namespace: '', topics, logger: silenced };
    const producer = new Producer({ ...common, ...(checker !== undefined && { checker }) });
    await producer.startup();
    this.atEnd(() => producer.shutdown());
    return producer;
  }

  async simple(consumerGroup: string, topic: string, filter: FilterExpression | string = '*'): Promise<SimpleConsumer> {
    const { endpoints } = this;
    const subscriptions = new Map([[topic, filter]]);
    const common = { endpoints, namespace: '', logger: silenced };
    const consumer = new SimpleConsumer({ ...common, consumerGroup, subscriptions, awaitDuration: 20_000 });
    await consumer.startup();
    this.atEnd(() => consumer.shutdown());
    return consumer;
  }

  async push(consumerGroup: string, topic: string, messageListener: PushListener): Promise<PushConsumer> {
    const { endpoints } = this;
    const subscriptions = new Map([[topic, '*']]);
    const common = { endpoints, namespace: '', logger: silenced };
    const consumer = new PushConsumer({ ...common, consumerGroup, subscriptions, messageListener });
    await consumer.startup();
    this.atEnd(() => this.shutDown(consumer));
    return consumer;
  }

  /** It waits for its polls to end, and these for the broker's time. */
  async shutDown(consumer: PushConsumer): Promise<void> {
    let isOver = false;
    const ended = consumer.shutdown().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      this.clock.advance(21_000);
      await this.broker.idle();
    }
    await ended;
  }

  // ── Bare gRPC ──

  client(credentials = ChannelCredentials.createInsecure()): BareClient {
    const client = new BareClient(this.endpoints, credentials);
    this.atEnd(() => client.close());
    return client;
  }

  // ── Administration ──

  /** A topic with a type, as the remoting protocol's administrators make it. */
  async typedTopic(topic: string, type: string, queues = 1): Promise<void> {
    const fields = { readQueueNums: String(queues), writeQueueNums: String(queues), perm: '6' };
    const others = { defaultTopic: 'TBW102', topicFilterType: 'SINGLE_TAG', topicSysFlag: '0', order: 'false' };
    await this.#administer({ topic, ...fields, ...others, attributes: `+message.type=${type}` });
  }

  async #administer(extFields: Record<string, string>): Promise<void> {
    const { hostname, port } = new URL(this.broker.url('rocketmq'));
    const socket = connect(Number(port), hostname);
    const header = Buffer.from(
      JSON.stringify({ code: 17, language: 'JAVA', version: 401, opaque: 1, flag: 0, extFields }),
    );
    const lengths = Buffer.alloc(8);
    lengths.writeInt32BE(4 + header.length, 0);
    lengths.writeInt32BE(header.length, 4);
    socket.write(Buffer.concat([lengths, header]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    const { code, remark } = JSON.parse(answer.subarray(8).toString()) as { code: number; remark?: string };
    if (code !== 0) throw new Error(`no topic: ${code} ${remark}`);
  }
}

export class BareClient {
  readonly #client: Client;
  readonly id: string;

  constructor(endpoints: string, credentials: ChannelCredentials, id = 'bare-client') {
    this.#client = new Client(endpoints, credentials);
    this.id = id;
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.id !== '') metadata.set('x-mq-client-id', this.id);
    return metadata;
  }

  /** A call with one answer. */
  call<Name extends CallName>(name: Name, request: Partial<RequestOf<Name>>, id = this.id): Promise<ResponseOf<Name>> {
    const { path, requestSerialize, responseDeserialize } = SERVICE[name] as ServiceDefinition[string];
    const metadata = this.#metadata();
    if (id === '') metadata.remove('x-mq-client-id');
    return new Promise((resolve, reject) => {
      const told = (error: ServiceError | null, response?: object) => {
        if (error === null) resolve(response as ResponseOf<Name>);
        else reject(error);
      };
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, told);
    });
  }

  /** Bytes instead of a request. */
  raw(name: CallName, bytes: Uint8Array): Promise<unknown> {
    const { path } = SERVICE[name] as ServiceDefinition[string];
    const same = (value: Buffer) => value;
    return new Promise((resolve, reject) => {
      const told = (error: ServiceError | null, response?: Buffer) => (error ? reject(error) : resolve(response));
      this.#client.makeUnaryRequest(path, same, same, Buffer.from(bytes), this.#metadata(), told);
    });
  }

  async receive(request: Partial<RequestOf<'ReceiveMessage'>>): Promise<ResponseOf<'ReceiveMessage'>[]> {
    const { path, requestSerialize, responseDeserialize } = SERVICE.ReceiveMessage as ServiceDefinition[string];
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata(),
    );
    const responses: ResponseOf<'ReceiveMessage'>[] = [];
    for await (const response of stream) responses.push(response as ResponseOf<'ReceiveMessage'>);
    return responses;
  }

  telemetry() {
    const { path, requestSerialize, responseDeserialize } = SERVICE.Telemetry as ServiceDefinition[string];
    return this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, this.#metadata());
  }

  close(): void {
    this.#client.close();
  }
}
