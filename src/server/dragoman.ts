/**
 * Dragoman: the running broker. Puts the parts together, in this order, and takes them apart in the reverse one.
 *
 *   journal (folder locked, recovered) ─▶ core restored ─▶ loop drives it ─▶ listeners ─▶ the sessions' code
 *
 * A protocol's sessions are not loaded until the ports are open: most of the code is theirs. But a session brings its
 * format, and the core may have to read what is in the journal already, so there they come before the first turn.
 *
 * Stopping: no new connections; nothing more is read; what was read is committed and confirmed; farewell to
 * the clients; the journal commits what their leaving changed, and closes.
 *
 * Failing (the store can't promise anything any more): every connection is cut at once, nothing further is confirmed,
 * and `failed` is emitted with one error. Only the command line ends the process; embedded, `stop` and `idle` reject.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Broker } from '../core/broker.ts';
import type { Destinations } from '../core/destination/destinations.ts';
import type { Limits } from '../core/limits.ts';
import type { Amqp091Connection } from '../session/amqp091/connection.ts';
import type { DialectName } from '../session/stomp/dialect.ts';
import type { Endpoint } from '../session/zmtp/endpoint.ts';
import type { OpenedJournal } from '../store/journal/open.ts';
import type { ServerClock } from './clock.ts';
import { ConfigurationError, type UserEntry } from './config.ts';
import { Credentials } from './credentials.ts';
import { HttpListener } from './http/listener.ts';
import { type Accept, endpoint, Listener, type Session } from './listener.ts';
import type { Log } from './log.ts';
import { Loop } from './loop.ts';
import { isLoopbackHost } from './loopback.ts';
import type { OpenWireSurroundings } from './openwire.ts';
import { GrpcListener } from './rocketmq-grpc.ts';
import type { StompSurroundings } from './stomp.ts';
import { type Durability, openStorage, type Storage } from './storage.ts';
import { type Address, type EndpointName, LISTENER_NAMES, type ListenerName, type View } from './view.ts';
import { WsListener } from './ws-listener.ts';

/** When a transaction's group is asked what became of it, and how long what was rolled back is kept. */
export type CheckOptions = Pick<Limits, 'checkImmunityMs' | 'checkIntervalMs' | 'checksMax' | 'rolledBackKeptMs'>;

export interface DragomanOptions {
  readonly storage: Storage;
  readonly durability: Durability;
  readonly host: string;
  readonly advertise: string | null;
  /** 0: any free port; null: not started. */
  readonly ports: Readonly<Record<ListenerName, number | null>>;
  /** Of a Kafka topic that is created by being used. */
  readonly kafkaPartitions: number;
  /** Whether a RocketMQ topic is created by being sent to. */
  readonly rocketmqAutoCreate: boolean;
  /** What is not said is as the core has it. */
  readonly checks: Partial<CheckOptions>;
  /** Whose destinations STOMP clients use. */
  readonly stompDialect: DialectName;
  /** Queues, or patterns of them, that are made with a log for each of JMS's priorities. */
  readonly prioritizedQueues: readonly string[];
  /** ZMTP endpoints beside the `zmq` listener. */
  readonly zmqEndpoints: readonly Endpoint[];
  readonly users: readonly UserEntry[];
  readonly clock: ServerClock;
  readonly log: Log;
}

export interface DragomanEvents {
  failed: [Error];
}

export class Dragoman extends EventEmitter<DragomanEvents> implements View {
  readonly options: DragomanOptions;
  readonly startedAt = Date.now();
  readonly broker: Broker;
  readonly loop: Loop;
  readonly credentials: Credentials;
  readonly addresses = new Map<ListenerName, Address>();
  readonly endpoints = new Map<EndpointName, Address>();
  readonly amqp: Listener<Amqp091Connection>;
  readonly kafka: Listener<Session>;
  readonly rocketmq: Listener<Session>;
  readonly rocketmqNamesrv: Listener<Session>;
  readonly rocketmqGrpc: GrpcListener;
  readonly openwire: Listener<Session>;
  readonly stomp: Listener<Session>;
  readonly ws: WsListener;
  readonly zmq: Listener<Session>;
  readonly loopbackOnly: boolean;
  failure: Error | null = null;
  readonly opened: OpenedJournal;
  readonly #zmqEndpoints: readonly Listener<Session>[];
  readonly #http: HttpListener;
  #formats: Promise<void> | null = null;
  #rocketmq: Promise<Accept<Session>> | null = null;
  #destinations: Promise<Destinations> | null = null;
  #stopped: Promise<void> | null = null;

  static async open(options: DragomanOptions): Promise<Dragoman> {
    const loopbackOnly = await isLoopbackHost(options.host).catch(() => {
      throw new ConfigurationError(`--host: ${JSON.stringify(options.host)} is no address of this machine`);
    });
    if (!loopbackOnly && options.users.length === 0) {
      throw new ConfigurationError(
        `--host ${options.host} is open to other machines: configure users first, in the file given with --config`,
      );
    }
    const { clock } = options;
    const loop = new Loop(clock);
    const opened = await openStorage(options.storage, options.durability, () => clock.now);
    const dragoman = new Dragoman(options, opened, loop, loopbackOnly);
    try {
      if (!opened.fresh) await dragoman.loadFormats();
      loop.drive(dragoman.broker);
      loop.wake();
      await dragoman.#listen();
    } catch (error) {
      await dragoman.stop().catch(() => {});
      throw error;
    }
    return dragoman;
  }

  private constructor(options: DragomanOptions, opened: OpenedJournal, loop: Loop, loopbackOnly: boolean) {
    super();
    this.options = options;
    this.opened = opened;
    this.loop = loop;
    this.loopbackOnly = loopbackOnly;
    this.credentials = new Credentials(options.users);
    const { journal } = opened;
    journal.waker = loop;
    journal.onFailed = (fault) => this.#fail(new Error(`storage failed, nothing more is confirmed: ${fault.message}`));
    loop.onBroken = (error) =>
      this.#fail(new Error('the broker is broken, nothing more is confirmed', { cause: error }));
    const names = () => randomBytes(16).toString('base64url');
    this.broker = new Broker({ store: journal, clock: options.clock, waker: loop, names, limits: options.checks });
    this.broker.restore(opened.definitions, opened.logs);
    this.broker.declareNamespace('/');
    this.amqp = new Listener('amqp', loop, options.log, async () => {
      const [{ acceptAmqp }] = await Promise.all([import('./amqp.ts'), this.loadFormats()]);
      return acceptAmqp(this.broker, this.credentials, options.log);
    });
    this.kafka = new Listener('kafka', loop, options.log, async () => {
      const [{ acceptKafka }] = await Promise.all([import('./kafka.ts'), this.loadFormats()]);
      return acceptKafka(this);
    });
    this.rocketmq = new Listener('rocketmq', loop, options.log, () => this.#loadRocketmq());
    this.rocketmqNamesrv = new Listener('rocketmq-namesrv', loop, options.log, () => this.#loadRocketmq());
    this.rocketmqGrpc = new GrpcListener('rocketmq-grpc', loop, options.log, async (listening) => {
      const [{ MessagingService }] = await Promise.all([import('./rocketmq-grpc-service.ts'), this.loadFormats()]);
      return new MessagingService(this, listening);
    });
    this.openwire = new Listener('openwire', loop, options.log, async () => {
      const surroundings = await this.#jmsSurroundings();
      const [{ acceptOpenWire }, { acceptStomp }, { recognise }] = await Promise.all([
        import('./openwire.ts'),
        import('./stomp.ts'),
        import('./recogniser.ts'),
      ]);
      const recognised = { openwire: acceptOpenWire(surroundings), stomp: acceptStomp(surroundings) };
      return recognise(recognised, this.broker.schedule, options.clock);
    });
    const loadStomp = async () => {
      const [{ acceptStomp }, surroundings] = await Promise.all([import('./stomp.ts'), this.#jmsSurroundings()]);
      return acceptStomp(surroundings);
    };
    this.stomp = new Listener('stomp', loop, options.log, loadStomp);
    this.ws = new WsListener({
      name: 'ws',
      loop,
      log: options.log,
      subprotocols: ['v12.stomp', 'v11.stomp', 'v10.stomp', 'stomp'],
      messageBytesMax: this.broker.limits.entryBytesMax,
      site: this,
      load: loadStomp,
    });
    this.zmq = new Listener('zmq', loop, options.log, async () => {
      const [{ acceptZmq }] = await Promise.all([import('./zmq.ts'), this.loadFormats()]);
      return acceptZmq(this);
    });
    this.#zmqEndpoints = options.zmqEndpoints.map(
      (endpoint, index) =>
        new Listener(`zmq-${index + 1}`, loop, options.log, async () => {
          const [{ acceptZmqEndpoint }] = await Promise.all([import('./zmq.ts'), this.loadFormats()]);
          return acceptZmqEndpoint(this, endpoint);
        }),
    );
    this.#http = new HttpListener(this);
    for (const damage of opened.damages) options.log.error('damage in the journal', { ...damage });
  }

  /** Before the first message is read or written, whoever does it. */
  loadFormats(): Promise<void> {
    this.#formats ??= import('./formats.ts').then(({ registerFormats }) => registerFormats(this.broker));
    return this.#formats;
  }

  /** One node behind both listeners. */
  #loadRocketmq(): Promise<Accept<Session>> {
    this.#rocketmq ??= Promise.all([import('./rocketmq.ts'), this.loadFormats()]).then(
      ([{ acceptRocketmq, rocketmqNode }]) => acceptRocketmq(rocketmqNode(this)),
    );
    return this.#rocketmq;
  }

  /** What the listeners share whose clients know queues and topics by their names in JMS. */
  async #jmsSurroundings(): Promise<StompSurroundings & OpenWireSurroundings> {
    this.#destinations ??= import('../core/destination/destinations.ts').then(
      ({ Destinations }) => new Destinations(this.broker.namespace('/'), this.options.prioritizedQueues),
    );
    const [destinations] = await Promise.all([this.#destinations, this.loadFormats()]);
    return { broker: this.broker, credentials: this.credentials, destinations, options: this.options };
  }

  /** The listeners whose connections have sessions. */
  get #sessions(): readonly (Listener<Session> | GrpcListener | WsListener)[] {
    return [
      this.amqp as Listener<Session>,
      this.kafka,
      this.rocketmq,
      this.rocketmqNamesrv,
      this.rocketmqGrpc,
      this.openwire,
      this.stomp,
      this.ws,
      this.zmq,
      ...this.#zmqEndpoints,
    ];
  }

  /** Calls with the size of every chunk that any session has received and is done with. */
  tellReceived(told: (bytes: number) => void): void {
    for (const listener of this.#sessions) listener.onReceived = told;
  }

  /** Where clients of this listener connect to. */
  url(name: ListenerName | EndpointName): string {
    const address = this.addresses.get(name as ListenerName) ?? this.endpoints.get(name as EndpointName);
    if (address === undefined) throw new Error(`there is no ${name} listener`);
    const scheme = name.startsWith('zmq') ? 'tcp' : name;
    return `${scheme}://${endpoint(this.options.advertise ?? address.host, address.port)}`;
  }

  /** Resolves when nothing is on its way any more: no turn asked for, nothing to commit, nothing unsent or arriving. */
  async idle(): Promise<void> {
    let seen = -1;
    for (let quietRounds = 0; quietRounds < 3; ) {
      this.#throwFailure();
      await new Promise((resolve) => setImmediate(resolve));
      // The kernel's side of a socket can't be seen: what was just sent to us arrives within the next polls.
      await new Promise((resolve) => setTimeout(resolve, 1));
      const moved = this.#sessions.reduce((sum, { traffic }) => sum + traffic, this.loop.turns);
      const calm =
        !this.loop.pending && this.opened.journal.idle && this.#sessions.every(({ quiet: unsent }) => unsent);
      const quiet = moved === seen && calm;
      quietRounds = quiet ? quietRounds + 1 : 0;
      seen = moved;
    }
  }

  /** Repeated calls wait for the same end. Rejects if the broker failed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #listen(): Promise<void> {
    const { host, ports } = this.options;
    const listeners = {
      amqp: this.amqp,
      kafka: this.kafka,
      rocketmq: this.rocketmq,
      'rocketmq-namesrv': this.rocketmqNamesrv,
      'rocketmq-grpc': this.rocketmqGrpc,
      openwire: this.openwire,
      stomp: this.stomp,
      ws: this.ws,
      zmq: this.zmq,
      http: this.#http,
    };
    for (const name of LISTENER_NAMES) {
      const port = ports[name];
      if (port === null) continue;
      const address = await listeners[name].listen(host, port);
      this.addresses.set(name, { host: address.address, port: address.port });
    }
    for (const [index, listener] of this.#zmqEndpoints.entries()) {
      const { address, port } = await listener.listen(host, this.options.zmqEndpoints[index]?.port ?? 0);
      // Now, because it declares what is behind the endpoint.
      await listener.load();
      this.endpoints.set(`zmq-${index + 1}`, { host: address, port });
    }
  }

  async #stop(): Promise<void> {
    const { journal } = this.opened;
    for (const listener of this.#sessions) listener.stopAccepting();
    this.#http.stop();
    if (this.failure === null) {
      for (const listener of this.#sessions) listener.hold();
      await journal.drained();
      await Promise.all(this.#sessions.map((listener) => listener.end('broker is stopping')));
      // What the clients' leaving changed is staged by now; closing the journal commits it.
      await this.opened.close();
    }
    this.loop.stop();
    this.#throwFailure();
  }

  #fail(error: Error): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.loop.stop();
    for (const listener of this.#sessions) {
      listener.stopAccepting();
      listener.drop();
    }
    this.#http.stop();
    this.emit('failed', error);
  }

  #throwFailure(): void {
    if (this.failure !== null) throw this.failure;
  }
}
