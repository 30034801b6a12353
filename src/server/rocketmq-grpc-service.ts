/**
 * The service behind the `rocketmq-grpc` listener: gRPC's calls as the session's operations see them.
 *
 *   call ─▶ Call ─▶ runOperation ─▶ answered now, or when a group is committed, or when a message comes
 *     └ cancelled: by the client, its deadline, or the end of its connection ─▶ Call.abandon
 *
 * grpc-js frames, decodes and encodes; everything else is the session's.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Broker } from '../core/broker.ts';
import { Call } from '../session/rocketmq/grpc/call.ts';
import type { Caller } from '../session/rocketmq/grpc/caller.ts';
import { grpcLimits } from '../session/rocketmq/grpc/limits.ts';
import { GrpcNode } from '../session/rocketmq/grpc/node.ts';
import type { Operation } from '../session/rocketmq/grpc/operation.ts';
import { OPERATIONS, runOperation } from '../session/rocketmq/grpc/operations.ts';
import { Telemetry } from '../session/rocketmq/grpc/telemetry.ts';
import { BROKER_NAME, CLUSTER_NAME } from '../session/rocketmq/node.ts';
import { hostOf, NO_HOST } from '../wire/rocketmq/host.ts';
import type { TelemetryCommand } from '../wire/rocketmq/v2/shapes.ts';
import type { Credentials } from './credentials.ts';
import type { Log } from './log.ts';
import { beginsTls, type GrpcListening, type GrpcService } from './rocketmq-grpc.ts';
import { selfSigned } from './rocketmq-grpc-certificate.ts';
import { withoutEndlessTimeouts } from './rocketmq-grpc-timeouts.ts';

export interface GrpcSurroundings {
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly opened: { readonly journal: { readonly storeId: number; readonly epoch: number } };
  readonly options: { readonly advertise: string | null; readonly rocketmqAutoCreate: boolean; readonly log: Log };
}

const PROTOCOL = fileURLToPath(new URL('../wire/rocketmq/v2/service.proto', import.meta.url));
const SERVICE = 'apache.rocketmq.v2.MessagingService';
const KEEP_ALIVE_MS = 120_000;
const KEEP_ALIVE_TIMEOUT_MS = 20_000;
const STREAMS_MAX = 4_096;
/** Beside the messages of an answer. */
const ANSWER_ROOM_BYTES = 1024 * 1024;

type Open = { end(error: ServerErrorResponse): void };
type Unary = ServerUnaryCall<object, object>;
type Streaming = ServerWritableStream<object, object>;
type Conversation = ServerDuplexStream<TelemetryCommand, TelemetryCommand>;

export class MessagingService implements GrpcService {
  readonly #node: GrpcNode;
  readonly #listening: GrpcListening;
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #open = new Set<Open>();
  /** Made for the first client that speaks TLS. */
  #secured: ConnectionInjector | null = null;
  #isHeld = false;

  constructor({ broker, credentials, opened, options }: GrpcSurroundings, listening: GrpcListening) {
    const { storeId, epoch } = opened.journal;
    this.#listening = listening;
    this.#node = new GrpcNode({
      broker,
      namespace: broker.namespace('/'),
      cluster: CLUSTER_NAME,
      brokerName: BROKER_NAME,
      storeId,
      epoch,
      advertise: options.advertise,
      autoCreate: options.rocketmqAutoCreate,
      md5: (bytes) => createHash('md5').update(bytes).digest('hex').toUpperCase(),
      letsIn: (from) => credentials.letsIn(from),
      onFault: (error) => options.log.error('a session failed', { error: String((error as Error).stack) }),
    });
    const server = new Server({
      'grpc.max_receive_message_length': grpcLimits.requestBytesMax,
      'grpc.max_send_message_length': broker.limits.entryBytesMax + ANSWER_ROOM_BYTES,
      'grpc.max_concurrent_streams': STREAMS_MAX,
      'grpc.keepalive_time_ms': KEEP_ALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEP_ALIVE_TIMEOUT_MS,
      'grpc.enable_channelz': 0,
    });
    this.#server = withoutEndlessTimeouts(server);
    const definition = loadSync(PROTOCOL, {
      longs: Number,
      defaults: true,
      arrays: true,
      objects: true,
      oneofs: false,
    });
    this.#server.addService(definition[SERVICE] as ServiceDefinition, this.#implementation());
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  // ── Connections ──

  accept(socket: Socket): void {
    socket.once('readable', () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return void socket.destroy();
      socket.setTimeout(0);
      socket.unshift(chunk);
      const injector = beginsTls(chunk) ? this.#secureInjector() : this.#injector;
      injector.injectConnection(socket);
    });
  }

  #secureInjector(): ConnectionInjector {
    if (this.#secured === null) {
      const { key, cert } = selfSigned();
      const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
      this.#secured = this.#server.createConnectionInjector(ServerCredentials.createSsl(null, [pair]));
    }
    return this.#secured;
  }

  hold(): void {
    this.#isHeld = true;
  }

  end(text: string): void {
    const stopping = Object.assign(new Error(text), { code: status.UNAVAILABLE, details: text });
    for (const open of [...this.#open]) open.end(stopping);
    for (const injector of [this.#injector, this.#secured]) {
      injector?.drain(0);
      injector?.destroy();
    }
  }

  // ── Calls ──

  #implementation(): UntypedServiceImplementation {
    const implementation: UntypedServiceImplementation = { Telemetry: (call: Conversation) => this.#converse(call) };
    for (const operation of OPERATIONS) {
      implementation[operation.name] =
        operation.name === 'ReceiveMessage'
          ? (call: Streaming) => this.#stream(operation, call)
          : (call: Unary, callback: sendUnaryData<object>) => this.#ask(operation, call, callback);
    }
    return implementation;
  }

  #ask(operation: Operation, unary: Unary, callback: sendUnaryData<object>): void {
    const open: Open = { end: (error) => callback(error) };
    if (this.#isHeld) return callback(stopping());
    const end = (response: object | null) => {
      this.#closed(open);
      callback(null, response);
    };
    this.#run(operation, unary, unary.request, open, { send: () => {}, end });
  }

  #stream(operation: Operation, stream: Streaming): void {
    const open: Open = { end: (error) => void stream.emit('error', error) };
    if (this.#isHeld) return void stream.emit('error', stopping());
    const end = (response: object | null) => {
      this.#closed(open);
      if (response !== null) stream.write(response);
      stream.end();
    };
    this.#run(operation, stream, stream.request, open, { send: (response) => void stream.write(response), end });
  }

  #run(
    operation: Operation,
    surface: Unary | Streaming,
    request: object,
    open: Open,
    answering: { send(response: object): void; end(response: object | null): void },
  ): void {
    this.#open.add(open);
    this.#enter(() => {
      const call = new Call(this.#node, callerOf(surface), this.#deadlineOf(surface), answering);
      surface.on('cancelled', () => {
        this.#closed(open);
        this.#enter(() => call.abandon());
      });
      runOperation(operation, call as never, request as never);
    });
  }

  #converse(conversation: Conversation): void {
    // In peace: a client that has stopped to listen does not survive an error.
    const open: Open = { end: () => conversation.end() };
    this.#open.add(open);
    const telemetry = new Telemetry(this.#node, callerOf(conversation), {
      send: (command) => {
        if (this.#open.has(open)) conversation.write(command);
      },
      end: (problem) => {
        if (problem === null) conversation.end();
        else conversation.emit('error', Object.assign(new Error(problem), { code: status.INVALID_ARGUMENT }));
      },
    });
    const over = () => {
      if (!this.#open.has(open)) return;
      this.#closed(open);
      this.#enter(() => telemetry.ended());
    };
    conversation.on('data', (command: TelemetryCommand) => this.#enter(() => telemetry.receive(command)));
    conversation.on('end', () => {
      over();
      conversation.end();
    });
    conversation.on('cancelled', over);
    conversation.on('error', over);
  }

  #enter(event: () => void): void {
    const { loop } = this.#listening;
    this.#listening.moved();
    loop.enter();
    event();
    loop.exit();
  }

  #closed(open: Open): void {
    this.#open.delete(open);
    this.#listening.moved();
  }

  /** In the broker's time. */
  #deadlineOf(surface: Unary | Streaming): number {
    const deadline = Number(surface.getDeadline());
    return Number.isFinite(deadline) ? this.#node.broker.clock.now + (deadline - Date.now()) : Number.POSITIVE_INFINITY;
  }
}

function stopping(): ServerErrorResponse {
  return Object.assign(new Error('the broker is stopping'), { code: status.UNAVAILABLE });
}

function callerOf(surface: Unary | Streaming | Conversation): Caller {
  const { metadata } = surface;
  const text = (name: string) => String(metadata.get(name)[0] ?? '');
  const remote = splitAddress(surface.getPeer());
  const local = splitAddress(surface.getHost());
  return {
    clientId: text('x-mq-client-id'),
    remoteAddress: remote.host,
    bornHost: hostOf(remote.host, remote.port) ?? NO_HOST,
    host: local.host,
    port: local.port,
    authorization: text('authorization'),
    dateTime: text('x-mq-date-time'),
  };
}

/** `127.0.0.1:8081`, `[::1]:8081`, `::1:40123`, `localhost` */
function splitAddress(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const port = colon < 0 ? Number.NaN : Number(text.slice(colon + 1));
  if (!Number.isInteger(port) || text.endsWith(']')) return { host: bare(text), port: 0 };
  return { host: bare(text.slice(0, colon)), port };
}

function bare(host: string): string {
  const open = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return open.startsWith('::ffff:') ? open.slice('::ffff:'.length) : open;
}
