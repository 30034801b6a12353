/**
 * ZmtpPeer: one peer of an endpoint, as a state machine without a socket.
 *
 *     listener ──receive(chunk)──▶ introduction ──▶ wire's connection ──▶ role ──▶ core
 *     listener ◀──outbox.write──── out-slab ◀────── commands, answers, deliveries        one write a turn
 *
 * What all endpoints have in common is here: handshake and credentials, heartbeats, when to read and when not, the end.
 * What is done with messages is the role's. `receive` never throws for what a peer sent: it is closed instead.
 */
import type { Outbox } from '../../bytes/outbox.ts';
import { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Consumer } from '../../core/consumer.ts';
import { CoreError } from '../../core/errors.ts';
import type { Entry } from '../../core/message.ts';
import { type Gated, PressureGate } from '../../core/pressure-gate.ts';
import { Timer } from '../../core/schedule.ts';
import { pingCommand } from '../../wire/zmtp/command.ts';
import { type ConnectionHost, ZmtpConnection } from '../../wire/zmtp/connection.ts';
import type { ZmtpError } from '../../wire/zmtp/constants.ts';
import type { PeerRequest, Peer as WirePeer } from '../../wire/zmtp/handshake.ts';
import { Heartbeats } from '../../wire/zmtp/heartbeats.ts';
import { MessageWriter, type OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import type { SocketTypeName } from '../../wire/zmtp/socket-type.ts';
import { FIRST_WORDS, Introduction, restOfGreeting } from './introduction.ts';
import { wireLimits, zmtpLimits } from './limits.ts';
import type { ZmtpNode } from './node.ts';
import { PAUSED_PRESSED, type PauseReason, type Peer, type Role } from './role.ts';

const NOTHING = new Uint8Array(0);
const PING = pingCommand(0, NOTHING);

/** What the peers of one endpoint share. */
export interface Port {
  readonly socketType: SocketTypeName;
  peers: number;
  role(peer: Peer): Role;
}

export interface ZmtpPeerOptions {
  readonly node: ZmtpNode;
  readonly port: Port;
  readonly outbox: Outbox;
  readonly remoteAddress: string;
}

export class ZmtpPeer implements Peer, ConnectionHost, Gated {
  dirty = false;
  readonly node: ZmtpNode;
  readonly out: SlabWriter;

  readonly #port: Port;
  readonly #outbox: Outbox;
  readonly #remoteAddress: string;
  readonly #role: Role;
  readonly #writer: MessageWriter;
  readonly #pressure: PressureGate;
  readonly #heartbeats: Heartbeats;
  readonly #timer = new Timer({ due: () => this.#timeIsUp() });
  #introduction: Introduction | null = new Introduction();
  #wire: ZmtpConnection | null = null;
  #open = false;
  #paused = 0;
  #closing = false;
  #closed = false;

  constructor({ node, port, outbox, remoteAddress }: ZmtpPeerOptions) {
    const { clock, schedule } = node.broker;
    this.node = node;
    this.#port = port;
    this.#outbox = outbox;
    this.#remoteAddress = remoteAddress;
    const sink = { write: (bytes: Uint8Array, release: (() => void) | null) => outbox.write(bytes, release) };
    this.out = new SlabWriter(sink);
    this.#writer = new MessageWriter(this.out, sink);
    this.#pressure = new PressureGate(node.broker, this);
    this.#heartbeats = new Heartbeats(zmtpLimits.heartbeatMs, zmtpLimits.heartbeatMs, clock.now);
    this.#role = port.role(this);
    schedule.set(this.#timer, clock.now + zmtpLimits.handshakeMs);
    this.sendCommand(FIRST_WORDS);
  }

  // ── The listener ──

  /** The chunk is the peer's own from now on: pieces of frames are kept, and its memory used again. */
  receive(chunk: Uint8Array): void {
    if (this.#closing) return;
    this.#heartbeats.heard(this.node.broker.clock.now);
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#introduction !== null) {
      const heard = this.#introduction.hear(bytes);
      if (heard === null) return;
      bytes = heard;
      this.#wire = this.#speak(this.#introduction);
      this.#introduction = null;
    }
    try {
      this.#wire?.receive(bytes);
    } catch (error) {
      // A refusal ends a connection that has no way to be told of it; the peer comes again and tries anew.
      if (!(error instanceof CoreError)) this.node.onFault(error);
      this.close();
    }
    if (this.#open) this.#pressure.received();
  }

  drained(): void {
    this.#role.drained();
  }

  ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end();
    this.out.discard();
  }

  /** The operator wants it to go. There is no word for that in ZMTP: peers come again by themselves. */
  shutdown(_text: string): void {
    this.close();
  }

  // ── The wire's host ──

  write(bytes: Uint8Array): void {
    // Only the greeting comes before the wire is known.
    this.sendCommand(this.#wire === null ? restOfGreeting(bytes) : bytes);
  }

  authenticate({ mechanism, username, password }: PeerRequest): void {
    const allowed =
      mechanism === 'PLAIN'
        ? this.node.authenticate(username, password, this.#remoteAddress)
        : this.node.letsIn(this.#remoteAddress);
    this.#wire?.judge(allowed ? { allowed, userId: username } : { allowed, status: 400 });
  }

  ready(other: WirePeer): void {
    if (this.#port.peers >= zmtpLimits.peersMax) return this.close();
    this.#port.peers++;
    this.#open = true;
    this.#setTimer();
    this.#role.ready(other);
  }

  message(frames: Buffer[]): boolean {
    this.#role.message(frames);
    return true;
  }

  subscription(subscribe: boolean, topic: Buffer): boolean {
    this.#role.subscription(subscribe, topic);
    return true;
  }

  pinged(ttlMs: number): void {
    this.#heartbeats.pinged(ttlMs);
    if (this.#open) this.#setTimer();
  }

  failed(_error: ZmtpError): void {
    this.close();
  }

  // ── The core's sink ──

  get writable(): boolean {
    return !this.#closing && this.#role.writable;
  }

  deliver(consumer: Consumer, entry: Entry, tag: number, redelivered: boolean): void {
    this.#role.deliver(consumer, entry, tag, redelivered);
  }

  empty(): void {}

  cancelled(): void {
    this.#role.cancelled();
  }

  flush(): void {
    if (this.#closed) return;
    if (this.#open) this.#role.settle();
    this.out.flush();
    if (this.#closing) {
      this.#closed = true;
      this.#outbox.close();
      return;
    }
    if (this.unsentBytes > zmtpLimits.unreadBytesMax) return this.close();
    this.#role.drained();
  }

  // ── The role's peer ──

  get unsentBytes(): number {
    return this.#outbox.pendingBytes + this.out.at;
  }

  touch(): void {
    if (!this.dirty) this.node.broker.touch(this);
  }

  send(message: OutgoingMessage): void {
    if (this.#closing) return;
    this.#writer.write(message);
    this.touch();
  }

  sendCommand(frame: Uint8Array): void {
    if (this.#closing) return;
    this.out.append(frame);
    this.touch();
  }

  pause(why: PauseReason): void {
    if (this.#paused === 0) this.#outbox.pause();
    this.#paused |= why;
  }

  resume(why: PauseReason): void {
    if (this.#paused === 0) return;
    this.#paused &= ~why;
    if (this.#paused !== 0) return;
    this.#heartbeats.heard(this.node.broker.clock.now);
    this.#outbox.resume();
  }

  pressed(): void {
    this.pause(PAUSED_PRESSED);
  }

  relieved(): void {
    this.resume(PAUSED_PRESSED);
  }

  close(): void {
    if (this.#closing) return;
    this.#end();
    this.touch();
  }

  // ── Within ──

  #speak({ mechanism }: Introduction): ZmtpConnection {
    const wire = new ZmtpConnection(
      {
        socketType: this.#port.socketType,
        identity: NOTHING,
        mechanism,
        asServer: true,
        credentials: { username: '', password: '' },
        asksAlways: true,
        // libzmq's clients understand no other spelling, and would report a broken protocol.
        misspeltErrors: true,
        properties: [],
        minor: 1,
        limits: wireLimits(this.node.broker.limits.entryBytesMax),
      },
      this,
    );
    wire.start();
    return wire;
  }

  #end(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#wire?.stop();
    this.node.broker.schedule.cancel(this.#timer);
    this.#pressure.stop();
    if (!this.#open) return;
    this.#open = false;
    this.#port.peers--;
    this.#role.ended();
  }

  #setTimer(): void {
    const { schedule } = this.node.broker;
    schedule.set(this.#timer, this.#heartbeats.dueMs);
  }

  #timeIsUp(): void {
    if (!this.#open) return this.close();
    const { now } = this.node.broker.clock;
    // Who is not read can't be heard.
    if (this.#paused !== 0) this.#heartbeats.heard(now);
    const action = this.#heartbeats.act(now);
    if (action === 'dead') return this.close();
    if (action === 'ping') this.sendCommand(PING);
    this.#setTimer();
  }
}
