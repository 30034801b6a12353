/**
 * Amqp091Connection: one client of AMQP 0-9-1, as a state machine without a socket.
 *
 *     listener ──receive(chunk)──▶ framer ──▶ handshake | channel ──▶ core
 *     listener ◀──outbox.write──── out-slab ◀── deliveries, replies, confirms      one write a turn
 *
 *     header ─▶ handshake ─▶ running ─▶ closing (connection.close sent, waiting for close-ok) ─▶ closed
 *
 * `receive` never throws: what a client does wrong ends its channel or its connection with the proper close, and nothing
 * else. Frames are parsed in place; nothing refers to the chunk when `receive` returns.
 *
 * Some answers take until a commit. Replies must keep their order, so the connection is then *held*: it stops reading
 * frames, keeps a copy of the rest of the chunk, and goes on at the end of the turn in which the answer is there. The same
 * is done when a client looks at a queue into which it has published just before, so that it sees its own messages.
 */
import { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Broker } from '../../core/broker.ts';
import type { Consumer } from '../../core/consumer.ts';
import { CoreError } from '../../core/errors.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { Entry } from '../../core/message.ts';
import type { Namespace } from '../../core/namespace.ts';
import type { CommitWaiter, GroupNumber } from '../../core/ports.ts';
import { Timer } from '../../core/schedule.ts';
import { NO_ARGUMENTS, type Table } from '../../core/value.ts';
import { readU16, readU32, readU64 } from '../../bytes/numbers.ts';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  PROTOCOL_HEADER,
  PROTOCOL_HEADER_0_9,
  REPLY,
  WireError,
} from '../../wire/amqp091/constants.ts';
import { Framer, NO_FRAME } from '../../wire/amqp091/framer.ts';
import { decodeMethod, encodeMethod, type Method } from '../../wire/amqp091/methods.ts';
import { Channel } from './channel.ts';
import type { Receiver } from './consumers.ts';
import { dispatch, looksAtQueues } from './dispatch.ts';
import { AmqpError, fromCore, refuse } from './errors.ts';
import { CoreFieldReader } from './field-reader.ts';
import { type Authenticate, Handshake, type HandshakeHost, type ServerProperties, type Tuning } from './handshake.ts';
import { Heartbeats, type Pulse } from './heartbeats.ts';
import type { Capabilities, Confirmer, Host } from './host.ts';
import type { Outbox } from './outbox.ts';
import { PressureGate, type Pressed } from './pressure-gate.ts';
import { BASIC_PUBLISH } from './publisher.ts';

export type { Authenticate, ServerProperties } from './handshake.ts';
export type { Outbox } from './outbox.ts';

export interface Amqp091Options {
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly authenticate: Authenticate;
  readonly remoteAddress: string;
  readonly remotePort?: number;
  readonly properties?: ServerProperties;
  readonly heartbeatS?: number;
  /** Told about errors that a client did not cause. */
  readonly onFault?: (error: unknown) => void;
}

const BASIC_ACK = 0x003c_0050;
const ACK_PAYLOAD_BYTES = 13;
const CLASS_CONNECTION = 10;
/** Before `tune`, clients may use a little more than the minimum: their properties come in one frame. */
const HANDSHAKE_FRAME_BYTES_MAX = 8192;
const HANDSHAKE_MS_MAX = 10_000;
const CLOSE_MS_MAX = 5_000;
/** A refused client that does not understand connection.close is let go after this. */
const REFUSAL_DELAY_MS = 1_000;
const HEARTBEAT_S = 60;
/** Unsent bytes, as a multiple of the limit for deliveries, above which a peer that does not read is let go. */
const UNREAD_FACTOR_MAX = 32;

const HEADER = 0;
const HANDSHAKE = 1;
const RUNNING = 2;
const CLOSING = 3;
const CLOSED = 4;
type Phase = typeof HEADER | typeof HANDSHAKE | typeof RUNNING | typeof CLOSING | typeof CLOSED;

/** Why the socket is not read. */
const PAUSED_HELD = 1;
const PAUSED_PRESSED = 2;

const NOTHING = new Uint8Array(0);
const HEARTBEAT_FRAME = Uint8Array.of(FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END);

export class Amqp091Connection implements Host, HandshakeHost, Pulse, Pressed, CommitWaiter {
  readonly broker: Broker;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly out: SlabWriter;
  readonly capabilities: Capabilities = {
    consumerCancelNotify: false,
    connectionBlocked: false,
    authenticationFailureClose: false,
  };
  readonly connectedAt: number;

  dirty = false;
  writable = true;
  user = '';
  frameBytesMax = HANDSHAKE_FRAME_BYTES_MAX;
  publishedGroup: GroupNumber = 0;
  publishedTransient = false;
  sentAt: number;
  receivedAt: number;
  clientProperties: Table = NO_ARGUMENTS;
  heartbeatS = 0;

  readonly #outbox: Outbox;
  readonly #handshake: Handshake;
  readonly #heartbeats: Heartbeats;
  readonly #pressure: PressureGate;
  readonly #properties: ServerProperties;
  readonly #onFault: (error: unknown) => void;
  readonly #framer = new Framer(HANDSHAKE_FRAME_BYTES_MAX);
  readonly #reader = new CoreFieldReader(NOTHING, 0, 0);
  readonly #channels: (Channel | undefined)[] = [];
  readonly #confirmers: Confirmer[] = [];
  /** One deadline at a time: for the handshake, then for the answer to connection.close. */
  readonly #deadline: Timer;

  #phase: Phase = HEADER;
  #namespace: Namespace | null = null;
  #channelsMax = 0;
  readonly #opening = new Uint8Array(PROTOCOL_HEADER.length);
  #opened = 0;
  #paused = 0;
  /** The method being handled, for the close that refuses it. */
  #classId = 0;
  #methodId = 0;

  #held = false;
  /** The hold is over; the end of the turn goes on with what was kept. */
  #released = false;
  #heldReply: Uint8Array | null = null;
  #heldMethod: Method | null = null;
  #heldChannel: Channel | null = null;
  readonly #backlog: Uint8Array[] = [];
  #closeAfterFlush = false;

  constructor(options: Amqp091Options) {
    const { broker, outbox } = options;
    const { frameBytesMax, channelMax, outboundBytesMax } = broker.limits;
    this.broker = broker;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort ?? 0;
    this.connectedAt = broker.clock.now;
    this.sentAt = broker.clock.now;
    this.receivedAt = broker.clock.now;
    this.#outbox = outbox;
    this.#properties = options.properties ?? {};
    this.#onFault = options.onFault ?? ((): void => {});
    this.#handshake = new Handshake(this, options.authenticate, {
      frameBytesMax,
      channelsMax: channelMax,
      heartbeatS: options.heartbeatS ?? HEARTBEAT_S,
    });
    this.#heartbeats = new Heartbeats(broker.schedule, this);
    this.#pressure = new PressureGate(this);
    this.out = new SlabWriter({
      write: (bytes, release) => {
        this.sentAt = broker.clock.now;
        outbox.write(bytes, release);
        const { pendingBytes } = outbox;
        if (pendingBytes <= outboundBytesMax) return;
        this.writable = false;
        if (pendingBytes > outboundBytesMax * UNREAD_FACTOR_MAX) this.#drop();
      },
    });
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
    let count = 0;
    for (const channel of this.#channels) if (channel !== undefined) count++;
    return count;
  }

  get running(): boolean {
    return this.#phase === RUNNING;
  }

  // ── The listener ──

  receive(chunk: Uint8Array): void {
    if (this.#phase === CLOSED) return;
    this.receivedAt = this.broker.clock.now;
    if (this.#held) this.#backlog.push(chunk.slice());
    else this.#consume(chunk);
  }

  /** The socket has taken what it was given. */
  drained(): void {
    if (this.writable || this.#outbox.pendingBytes > this.broker.limits.outboundBytesMax / 2) return;
    this.writable = true;
    for (const channel of this.#channels) channel?.wakeSubscribers();
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

  // ── Frames ──

  #consume(chunk: Uint8Array): void {
    const rest = this.#phase === HEADER ? this.#protocolHeader(chunk) : chunk;
    if (rest === null) return;
    const framer = this.#framer;
    framer.push(rest);
    let published = false;
    while (!this.#held && this.#phase !== CLOSED) {
      const type = framer.next();
      if (type === NO_FRAME) break;
      try {
        if (this.#frame(type)) published = true;
      } catch (error) {
        this.#refuse(error, framer.channel);
      }
    }
    if (framer.fault !== null) this.#faulty(framer.fault);
    if (this.#held) this.#backlog.unshift(framer.chunk.slice(framer.at));
    framer.letGo();
    if (published) this.#pressure.published();
  }

  /** What follows the header in the chunk; null while it is incomplete, or wrong. */
  #protocolHeader(chunk: Uint8Array): Uint8Array | null {
    const missing = Math.min(PROTOCOL_HEADER.length - this.#opened, chunk.length);
    this.#opening.set(chunk.subarray(0, missing), this.#opened);
    this.#opened += missing;
    const matches = (header: Uint8Array): boolean =>
      header.every((octet, index) => index >= this.#opened || octet === this.#opening[index]);
    if (!matches(PROTOCOL_HEADER) && !matches(PROTOCOL_HEADER_0_9)) {
      this.send(PROTOCOL_HEADER);
      this.#finish();
      return null;
    }
    if (this.#opened < PROTOCOL_HEADER.length) return null;
    this.#phase = HANDSHAKE;
    this.#handshake.start(this.#properties);
    return chunk.subarray(missing);
  }

  /** Handles the framer's current frame; true if it was a publish. */
  #frame(type: number): boolean {
    const framer = this.#framer;
    const { bytes, start, end, channel: number } = framer;
    if (type === FRAME_METHOD) {
      if (end - start < 4) throw new WireError(REPLY.frameError, 'method frame is too short');
      const key = readU32(bytes, start);
      this.#classId = readU16(bytes, start);
      this.#methodId = readU16(bytes, start + 2);
      const channel = this.#channels[number];
      if (channel !== undefined && this.#phase === RUNNING && !channel.closing) {
        channel.publisher.interrupted();
        if (key === BASIC_PUBLISH) return this.#publish(channel);
        if (key === BASIC_ACK && end - start === ACK_PAYLOAD_BYTES) {
          channel.ack(readU64(bytes, start + 4), ((bytes[start + 12] as number) & 1) !== 0);
          return false;
        }
      }
      this.#method(number, decodeMethod(this.#reader.over(bytes, start, end)));
      return false;
    }
    this.#classId = 0;
    this.#methodId = 0;
    if (type === FRAME_HEARTBEAT) {
      if (number !== 0) throw refuse.unexpectedFrame(`heartbeat on channel ${number}`);
      return false;
    }
    if (this.#phase !== RUNNING) {
      if (this.#phase === CLOSING) return false;
      throw refuse.unexpectedFrame('content before the connection is open');
    }
    const channel = this.#channels[number];
    if (channel === undefined) throw number === 0 ? refuse.unexpectedFrame('content on channel 0') : refuse.expectedChannelOpen();
    if (channel.closing) return false;
    if (channel.publisher.expectsContent) {
      this.#classId = 60;
      this.#methodId = 40;
    }
    if (type === FRAME_HEADER) channel.publisher.header(bytes, start, end);
    else if (type === FRAME_BODY) channel.publisher.body(bytes, start, end);
    return true;
  }

  #publish(channel: Channel): true {
    const framer = this.#framer;
    const { publisher } = channel;
    const { start } = framer;
    if (framer.inPlace) {
      const at = start - 7;
      publisher.consumed = at;
      try {
        publisher.run(framer.bytes, at, framer.payloadBytesMax);
      } finally {
        if (publisher.consumed > at) framer.skipTo(publisher.consumed);
      }
      if (publisher.consumed > at) return true;
    }
    publisher.method(framer.bytes, start, framer.end);
    return true;
  }

  // ── Methods ──

  #method(number: number, method: Method): void {
    if (this.#phase === CLOSING) {
      if (method.name === 'connection.close-ok') this.#finish();
      else if (method.name === 'connection.close') {
        this.send(encodeMethod(0, 'connection.close-ok', {}));
        this.#finish();
      }
      return;
    }
    if (method.name === 'connection.close' && number === 0) {
      this.#endSession();
      this.send(encodeMethod(0, 'connection.close-ok', {}));
      this.#finish();
      return;
    }
    if (this.#phase === HANDSHAKE) {
      if (number !== 0) throw refuse.commandInvalid('a channel before the connection is open');
      this.#handshake.handle(method);
      return;
    }
    if (number === 0) this.#onConnection(method);
    else if (this.#classId === CLASS_CONNECTION) throw refuse.commandInvalid(`${method.name} on channel ${number}`);
    else this.#onChannel(number, method);
  }

  #onConnection(method: Method): void {
    // Passwords do not expire here, but clients that renew theirs want to hear so.
    if (method.name === 'connection.update-secret') this.send(encodeMethod(0, 'connection.update-secret-ok', {}));
    else throw refuse.commandInvalid(`${method.name} on channel 0`);
  }

  #onChannel(number: number, method: Method): void {
    const channel = this.#channels[number];
    if (channel === undefined) {
      if (method.name === 'channel.open') this.#openChannel(number);
      else if (method.name !== 'channel.close-ok') throw refuse.expectedChannelOpen();
      return;
    }
    if (method.name === 'channel.close') {
      channel.end();
      this.#channels[number] = undefined;
      this.send(encodeMethod(number, 'channel.close-ok', {}));
    } else if (channel.closing) {
      if (method.name === 'channel.close-ok') this.#channels[number] = undefined;
    } else if (looksAtQueues(method) && !this.#seesItsOwn()) {
      this.hold();
      this.#heldMethod = method;
      this.#heldChannel = channel;
      if (this.publishedGroup > this.broker.store.committed) this.#awaitCommit(this.publishedGroup);
      else this.resume();
    } else dispatch(channel, method);
  }

  /** Everything that this connection has published is visible. */
  #seesItsOwn(): boolean {
    return !this.publishedTransient && this.publishedGroup <= this.broker.store.committed;
  }

  #openChannel(number: number): void {
    if (this.#channelsMax !== 0 && number > this.#channelsMax) throw refuse.tooManyChannels(number, this.#channelsMax);
    while (this.#channels.length <= number) this.#channels.push(undefined);
    this.#channels[number] = new Channel(this, number);
    this.send(encodeMethod(number, 'channel.open-ok', {}));
  }

  // ── The handshake's and the channels' host ──

  authenticated(user: string, clientProperties: Table): void {
    this.user = user;
    this.clientProperties = clientProperties;
  }

  tuned(tuning: Tuning): void {
    this.frameBytesMax = tuning.frameBytesMax;
    this.#channelsMax = tuning.channelsMax;
    this.heartbeatS = tuning.heartbeatS;
    this.#framer.payloadBytesMax = tuning.frameBytesMax === 0 ? this.broker.limits.entryBytesMax : tuning.frameBytesMax;
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
    confirmer.listed = true;
    this.#confirmers.push(confirmer);
    this.touch();
  }

  hold(): void {
    this.#held = true;
    this.#pause(PAUSED_HELD);
  }

  holdUntil(group: GroupNumber, then: Uint8Array): void {
    this.hold();
    this.#heldReply = then;
    this.#awaitCommit(group);
  }

  #awaitCommit(group: GroupNumber): void {
    this.broker.store.whenCommitted(group, this);
    this.broker.wake();
  }

  committed(): void {
    if (!this.#held) return;
    if (this.#heldReply !== null) this.send(this.#heldReply);
    this.#heldReply = null;
    this.resume();
  }

  resume(): void {
    this.#released = true;
    this.touch();
  }

  /** Goes on where the hold began. */
  #goOn(): void {
    this.#released = false;
    this.#held = false;
    this.receivedAt = this.broker.clock.now;
    const method = this.#heldMethod;
    const channel = this.#heldChannel;
    this.#heldMethod = null;
    this.#heldChannel = null;
    if (method !== null && channel !== null && this.#phase === RUNNING && !channel.closing) {
      try {
        dispatch(channel, method);
      } catch (error) {
        this.#refuse(error, channel.number);
      }
    }
    while (!this.#held && this.#phase !== CLOSED) {
      const chunk = this.#backlog.shift();
      if (chunk === undefined) break;
      this.#consume(chunk);
    }
    if (!this.#held) this.#unpause(PAUSED_HELD);
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
    const confirmers = this.#confirmers;
    if (confirmers.length > 0) {
      for (const confirmer of confirmers) {
        confirmer.listed = false;
        confirmer.writeConfirms();
      }
      confirmers.length = 0;
    }
    if (this.#released) this.#goOn();
    this.out.flush();
    if (this.#closeAfterFlush) this.#shut();
  }

  // ── Heartbeats and pressure ──

  get reading(): boolean {
    return this.#paused === 0;
  }

  sendHeartbeat(): void {
    this.send(HEARTBEAT_FRAME);
  }

  peerIsDead(): void {
    this.#drop();
  }

  setPressed(pressed: boolean): void {
    if (pressed) this.#pause(PAUSED_PRESSED);
    else this.#unpause(PAUSED_PRESSED);
  }

  sendBlocked(): void {
    if (!this.capabilities.connectionBlocked) return;
    this.send(encodeMethod(0, 'connection.blocked', { reason: 'low on disk' }));
  }

  sendUnblocked(): void {
    if (this.capabilities.connectionBlocked) this.send(encodeMethod(0, 'connection.unblocked', {}));
  }

  #pause(why: number): void {
    if (this.#paused === 0) this.#outbox.pause();
    this.#paused |= why;
  }

  #unpause(why: number): void {
    if (this.#paused === 0) return;
    this.#paused &= ~why;
    if (this.#paused !== 0) return;
    this.receivedAt = this.broker.clock.now;
    this.#outbox.resume();
  }

  // ── Refusals and the end ──

  #refuse(error: unknown, number: number): void {
    let refusal: AmqpError;
    if (error instanceof AmqpError) refusal = error;
    else if (error instanceof CoreError) refusal = fromCore(error);
    else if (error instanceof WireError) {
      if (error.code === REPLY.frameError) return this.#faulty(error);
      refusal = new AmqpError(error.code, error.message, true);
    } else {
      this.#onFault(error);
      refusal = new AmqpError(REPLY.internalError, 'internal error');
    }
    if (this.#phase === CLOSING) return;
    const channel = this.#channels[number];
    if (refusal.hard || channel === undefined) this.#closeWith(refusal, this.#classId, this.#methodId);
    else this.#closeChannel(channel, refusal);
  }

  #closeChannel(channel: Channel, refusal: AmqpError): void {
    channel.closing = true;
    channel.end();
    channel.reply('channel.close', {
      replyCode: refusal.code,
      replyText: refusal.message,
      classId: this.#classId,
      methodId: this.#methodId,
    });
  }

  #closeWith(refusal: AmqpError, classId: number, methodId: number): void {
    const unheard =
      this.#phase < RUNNING && refusal.code === REPLY.accessRefused && !this.capabilities.authenticationFailureClose;
    this.#endSession();
    this.#phase = CLOSING;
    const { schedule, clock } = this.broker;
    schedule.set(this.#deadline, clock.now + (unheard ? REFUSAL_DELAY_MS : CLOSE_MS_MAX));
    if (unheard) return;
    this.send(
      encodeMethod(0, 'connection.close', { replyCode: refusal.code, replyText: refusal.message, classId, methodId }),
    );
  }

  /** The stream of frames is broken: nothing that follows can be understood. */
  #faulty(fault: WireError): void {
    if (this.#phase === CLOSED || this.#closeAfterFlush) return;
    if (this.#phase !== CLOSING) this.#closeWith(new AmqpError(fault.code, fault.message), 0, 0);
    this.#finish();
  }

  /** Channels end, what they held goes back, exclusive queues go. */
  #endSession(): void {
    this.#heartbeats.stop();
    this.#pressure.stop();
    this.#held = false;
    this.#released = false;
    this.#heldMethod = null;
    this.#heldReply = null;
    this.#backlog.length = 0;
    const ledgers: Ledger[] = [];
    for (const channel of this.#channels) {
      if (channel === undefined) continue;
      channel.closing = true;
      channel.end();
      ledgers.push(channel.ledger);
    }
    this.#channels.length = 0;
    this.#confirmers.length = 0;
    this.broker.endSession(this, [], ledgers);
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
