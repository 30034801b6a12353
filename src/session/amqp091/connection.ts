/**
 * Amqp091Connection: one client of AMQP 0-9-1, as a state machine without a socket.
 *
 *     listener ──receive(chunk)──▶ framer ──▶ handshake | channel ──▶ core
 *     listener ◀──outbox.write──── out-slab ◀── deliveries, replies, confirms      one write a turn
 *
 *     header ─▶ handshake ─▶ running ─▶ closing (connection.close sent, waiting for close-ok) ─▶ closed
 *
 * `receive` never throws: what a client does wrong ends its channel or its connection with the proper close, and
 * nothing else. Frames are parsed in place; nothing refers to the chunk when `receive` returns.
 *
 * Some answers take until a commit. Replies must keep their order, so the connection is then *held*: it stops reading
 * frames, keeps a copy of the rest of the chunk, and goes on at the end of the turn in which the answer is there. The
 * same is done when a client looks at a queue into which it has published just before, so that it sees its own
 * messages.
 */

import type { Outbox } from '../../bytes/outbox.ts';
import type { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Broker } from '../../core/broker.ts';
import type { Consumer } from '../../core/consumer.ts';
import type { Entry } from '../../core/message.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { GroupNumber } from '../../core/ports.ts';
import type { Timer } from '../../core/schedule.ts';
import { NO_ARGUMENTS, type Table } from '../../core/value.ts';
import { FRAME_END, FRAME_HEARTBEAT, PROTOCOL_HEADER, REPLY, WireError } from '../../wire/amqp091/constants.ts';
import { encodeMethod, type Method } from '../../wire/amqp091/methods.ts';
import type { Channel } from './channel.ts';
import { ChannelTable } from './channel-table.ts';
import type { Receiver } from './consumers.ts';
import { AssemblyBudget } from './content-assembly.ts';
import { dispatch, looksAtQueues } from './dispatch.ts';
import { AmqpError, asRefusal, refuse } from './errors.ts';
import { Handshake, type HandshakeHost, type ServerProperties, type Tuning } from './handshake.ts';
import { Heartbeats, type Mortal } from './heartbeats.ts';
import { type HeldHost, Hold } from './hold.ts';
import { Capabilities, type Confirmer } from './host.ts';
import { HANDSHAKE_FRAME_BYTES_MAX, Inbound, type InboundHost } from './inbound.ts';
import type { Amqp091Options } from './options.ts';
import { Outlet } from './outlet.ts';
import { CLOSED, CLOSING, HANDSHAKE, HEADER, type Phase, RUNNING } from './phase.ts';
import { PressureGate } from './pressure-gate.ts';
import { ProtocolHeader } from './protocol-header.ts';

const HANDSHAKE_MS_MAX = 10_000;
const CLOSE_MS_MAX = 5_000;
const LINGER_MS_MAX = 2_000;
/** A refused client that does not understand connection.close is let go after this. */
const REFUSAL_DELAY_MS = 1_000;
const HEARTBEAT_S = 60;

const HEARTBEAT_FRAME = Uint8Array.of(FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END);

export class Amqp091Connection implements HeldHost, InboundHost, HandshakeHost, Mortal {
  readonly broker: Broker;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly out: SlabWriter;
  readonly hold: Hold;
  readonly assembly: AssemblyBudget;
  readonly capabilities = new Capabilities();
  readonly connectedAt: number;

  dirty = false;
  user = '';
  frameBytesMax = HANDSHAKE_FRAME_BYTES_MAX;
  publishedGroup: GroupNumber = 0;
  publishedTransient = false;
  cancels: Uint8Array[] | null = null;
  clientProperties: Table = NO_ARGUMENTS;
  heartbeatS = 0;

  readonly #outbox: Outbox;
  readonly #outlet: Outlet;
  readonly #handshake: Handshake;
  readonly #heartbeats: Heartbeats;
  readonly #pressure: PressureGate;
  readonly #properties: ServerProperties;
  readonly #onFault: (error: unknown) => void;
  readonly #channels = new ChannelTable();
  readonly #inbound: Inbound;
  /** One deadline at a time: for the handshake, then for the answer to connection.close. */
  readonly #deadline: Timer;

  #phase: Phase = HEADER;
  #namespace: Namespace | null = null;
  readonly #header = new ProtocolHeader();
  #closeAfterFlush = false;

  constructor(options: Amqp091Options) {
    const { broker, outbox } = options;
    const { frameBytesMax, channelMax } = broker.limits;
    this.broker = broker;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort ?? 0;
    this.connectedAt = broker.clock.now;
    this.#outbox = outbox;
    this.#outlet = new Outlet(broker, outbox, () => this.#drop());
    this.out = this.#outlet.writer;
    this.#properties = options.properties ?? {};
    this.#onFault = options.onFault ?? ((): void => {});
    this.#handshake = new Handshake(this, options.authenticate, {
      frameBytesMax,
      channelsMax: channelMax,
      heartbeatS: options.heartbeatS ?? HEARTBEAT_S,
    });
    this.#heartbeats = new Heartbeats(broker.schedule, this.#outlet, this);
    this.#pressure = new PressureGate(this, this.#outlet);
    this.hold = new Hold(this, this.#outlet);
    this.assembly = new AssemblyBudget(broker.limits.entryBytesMax);
    this.#inbound = new Inbound(this, this.#channels, this.hold);
    this.#deadline = broker.schedule.at(broker.clock.now + HANDSHAKE_MS_MAX, { due: () => this.#drop() });
    broker.wake();
  }

  get namespace(): Namespace {
    if (this.#namespace === null) throw new Error('no vhost is open');
    return this.#namespace;
  }

  get vhost(): string {
    return this.#namespace?.name ?? '';
  }

  get channelCount(): number {
    return this.#channels.count;
  }

  get running(): boolean {
    return this.#phase === RUNNING;
  }

  get closing(): boolean {
    return this.#phase === CLOSING;
  }

  get closed(): boolean {
    return this.#phase === CLOSED;
  }

  // ── The listener ──

  receive(chunk: Uint8Array): void {
    if (this.#phase === CLOSED) return;
    this.#outlet.receivedAt = this.broker.clock.now;
    if (this.hold.active) this.hold.keep(chunk);
    else this.consume(chunk);
  }

  /** The socket has taken what it was given. */
  drained(): void {
    if (this.#outlet.drained()) this.#channels.wakeSubscribers();
  }

  /** The socket is gone. */
  ended(): void {
    if (this.#phase === CLOSED) return;
    this.#phase = CLOSED;
    this.#endSession();
    this.broker.schedule.cancel(this.#deadline);
    this.out.discard();
  }

  /** The operator wants it to go. */
  shutdown(text: string): void {
    if (this.#phase === RUNNING) this.#closeWith(new AmqpError(REPLY.connectionForced, text), 0, 0);
    else if (this.#phase < RUNNING) this.#drop();
  }

  consume(chunk: Uint8Array): void {
    if (this.#phase === CLOSED) return;
    const rest = this.#phase === HEADER ? this.#protocolHeader(chunk) : chunk;
    if (rest !== null && this.#inbound.consume(rest)) this.#pressure.published();
  }

  /** What follows the header in the chunk; null while it is incomplete, or wrong. */
  #protocolHeader(chunk: Uint8Array): Uint8Array | null {
    const rest = this.#header.take(chunk);
    if (rest === undefined) {
      this.send(PROTOCOL_HEADER);
      this.#finish();
      return null;
    }
    if (rest !== null) {
      this.#phase = HANDSHAKE;
      this.#handshake.start(this.#properties);
    }
    return rest;
  }

  // ── Methods ──

  method(number: number, method: Method): void {
    if (method.name === 'connection.close' && number === 0) {
      if (this.#phase !== CLOSING) this.#endSession();
      this.send(encodeMethod(0, 'connection.close-ok', {}));
      // The client ends the socket; frames of its own may still be under way, and an end from here would cut them off.
      this.#await(LINGER_MS_MAX);
      return;
    }
    if (this.#phase === CLOSING) {
      if (method.name === 'connection.close-ok') this.#finish();
      return;
    }
    if (this.#phase === HANDSHAKE) {
      if (number !== 0) throw refuse.commandInvalid('a channel before the connection is open');
      this.#handshake.handle(method);
      return;
    }
    if (number === 0) this.#onConnection(method);
    else if (method.name.startsWith('connection.')) throw refuse.commandInvalid(`${method.name} on channel ${number}`);
    else this.#onChannel(number, method);
  }

  #onConnection(method: Method): void {
    // Passwords do not expire here, but clients that renew theirs want to hear so.
    if (method.name === 'connection.update-secret') this.send(encodeMethod(0, 'connection.update-secret-ok', {}));
    else throw refuse.commandInvalid(`${method.name} on channel 0`);
  }

  #onChannel(number: number, method: Method): void {
    const channel = this.#channels.get(number);
    if (channel === undefined) {
      if (method.name === 'channel.open') {
        this.#channels.open(this, number);
        this.send(encodeMethod(number, 'channel.open-ok', {}));
      } else if (method.name !== 'channel.close-ok') throw refuse.expectedChannelOpen();
      return;
    }
    if (method.name === 'channel.close') {
      channel.end();
      this.#channels.remove(number);
      this.send(encodeMethod(number, 'channel.close-ok', {}));
    } else if (channel.closing) {
      if (method.name === 'channel.close-ok') this.#channels.remove(number);
    } else if (looksAtQueues(method) && !this.#seesItsOwn()) this.hold.untilVisible(channel, method);
    else dispatch(channel, method);
  }

  /** Everything that this connection has published is visible. */
  #seesItsOwn(): boolean {
    return !this.publishedTransient && this.publishedGroup <= this.broker.store.committed;
  }

  // ── The handshake's and the channels' host ──

  authenticated(user: string, clientProperties: Table): void {
    this.user = user;
    this.clientProperties = clientProperties;
  }

  tuned(tuning: Tuning): void {
    this.frameBytesMax = tuning.frameBytesMax;
    this.#channels.numberMax = tuning.channelsMax;
    this.heartbeatS = tuning.heartbeatS;
    this.#inbound.payloadBytesMax =
      tuning.frameBytesMax === 0 ? this.broker.limits.entryBytesMax : tuning.frameBytesMax;
    this.#heartbeats.start(tuning.heartbeatS, this.broker.clock.now);
  }

  open(vhost: string): void {
    const namespace = this.broker.namespaces.get(vhost);
    if (namespace === undefined) throw refuse.vhostMissing(vhost);
    this.#namespace = namespace;
    this.#phase = RUNNING;
    this.broker.schedule.cancel(this.#deadline);
  }

  send(frame: Uint8Array): void {
    if (this.#phase === CLOSED) return;
    this.out.append(frame);
    this.touch();
  }

  touch(): void {
    if (!this.dirty) this.broker.touch(this);
  }

  confirmLater(confirmer: Confirmer): void {
    this.#outlet.confirmLater(confirmer);
    this.touch();
  }

  handle(channel: Channel, method: Method): void {
    if (this.#phase !== RUNNING || channel.closing) return;
    try {
      dispatch(channel, method);
    } catch (error) {
      this.refuse(error, channel.number);
    }
  }

  // ── The core's sink ──

  deliver(consumer: Consumer, entry: Entry, tag: number, redelivered: boolean): void {
    (consumer as Receiver).write(entry, tag, redelivered);
  }

  empty(consumer: Consumer): void {
    (consumer as Receiver).empty();
  }

  cancelled(consumer: Consumer): void {
    (consumer as Receiver).cancelled();
  }

  /** The end of a turn: what was published in it is visible, what was written goes out. */
  flush(): void {
    if (this.#phase === CLOSED) return;
    this.publishedTransient = false;
    this.#outlet.writeConfirms();
    if (this.hold.finished) this.hold.goOn();
    this.out.flush();
    if (this.#closeAfterFlush) this.#shut();
  }

  // ── Life signs ──

  get writable(): boolean {
    return this.#outlet.writable;
  }

  sendHeartbeat(): void {
    this.send(HEARTBEAT_FRAME);
  }

  peerIsDead(): void {
    this.#drop();
  }

  // ── Refusals and the end ──

  refuse(error: unknown, number: number): void {
    if (error instanceof WireError && error.code === REPLY.frameError) {
      this.faulty(error);
      return;
    }
    const refusal = asRefusal(error, this.#onFault);
    if (this.#phase === CLOSING) return;
    const { classId, methodId } = this.#inbound;
    const channel = this.#channels.get(number);
    if (refusal.hard || channel === undefined) this.#closeWith(refusal, classId, methodId);
    else channel.refuse(refusal, classId, methodId);
  }

  #closeWith(refusal: AmqpError, classId: number, methodId: number): void {
    const unheard =
      this.#phase < RUNNING && refusal.code === REPLY.accessRefused && !this.capabilities.authenticationFailureClose;
    this.#endSession();
    this.#await(unheard ? REFUSAL_DELAY_MS : CLOSE_MS_MAX);
    if (unheard) return;
    this.send(
      encodeMethod(0, 'connection.close', { replyCode: refusal.code, replyText: refusal.message, classId, methodId }),
    );
  }

  /** Nothing but the end is expected of the client, and only so long. */
  #await(ms: number): void {
    this.#phase = CLOSING;
    this.broker.schedule.set(this.#deadline, this.broker.clock.now + ms);
  }

  /** The stream of frames is broken: nothing that follows can be understood. */
  faulty(fault: WireError): void {
    if (this.#phase === CLOSED || this.#closeAfterFlush) return;
    if (this.#phase !== CLOSING) this.#closeWith(new AmqpError(fault.code, fault.message), 0, 0);
    this.#finish();
  }

  /** Channels end, what they held goes back, exclusive queues go. */
  #endSession(): void {
    this.#heartbeats.stop();
    this.#pressure.stop();
    this.hold.end();
    this.#channels.end();
    this.broker.endSession(this, [], []);
    this.#outlet.end();
  }

  /** Closes once everything written is on its way. */
  #finish(): void {
    this.#closeAfterFlush = true;
    this.#phase = CLOSING;
    this.touch();
  }

  #drop(): void {
    if (this.#phase === CLOSED) return;
    this.#endSession();
    this.#shut();
  }

  #shut(): void {
    this.#phase = CLOSED;
    this.broker.schedule.cancel(this.#deadline);
    this.out.discard();
    this.#outbox.close();
  }
}
