/**
 * WireLink: a connection over tcp or ipc: one node:net socket, the ZMTP connection on it, and the pipe behind it.
 *
 *     pipe --send--> slab --end of turn, or 64 KiB--> socket      one write, however many messages
 *     pipe <-------- ZmtpConnection <-------- chunk
 *
 * The kernel usually takes a write at once; then all of it counts as sent. If it does not, the link is `busy` and
 * messages wait in the pipe, until everything written is gone.
 *
 * When the pipe is full the rest of the chunk waits, and so does the next one; only then the socket is paused. As what
 * a peer sends behind it can't be seen then, not even a PING, a peer that is known to ping is sent a PONG from time to
 * time: any traffic is a sign of life.
 */
import type { Socket } from 'node:net';
import { SlabWriter } from '../../bytes/slab-writer.ts';
import { pingCommand, pongCommand, subscriptionCommand, subscriptionMessage } from '../../wire/zmtp/command.ts';
import { type ConnectionHost, type ConnectionSettings, ZmtpConnection } from '../../wire/zmtp/connection.ts';
import type { ZmtpError } from '../../wire/zmtp/constants.ts';
import type { Peer, PeerRequest, Verdict } from '../../wire/zmtp/handshake.ts';
import { Heartbeats } from '../../wire/zmtp/heartbeats.ts';
import { MessageWriter, type OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { EMPTY_FRAME } from '../message.ts';
import type { Link, Pipe } from '../pipe.ts';
import { flushAtEnd } from '../turn.ts';

/** A turn's messages are written as soon as they are so many bytes. */
const FLUSH_BYTES = 64 * 1024;
/** A peer that takes nothing more is cut off so long after the link was closed. */
const CLOSING_MS = 1000;

export interface LinkTiming {
  readonly handshakeMs: number;
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly heartbeatTtlMs: number;
}

export interface LinkHost {
  /** Who is the peer? Answered by `judge`. */
  authenticate(link: WireLink, request: PeerRequest): void;
  /** The handshake is done; the pipe for the traffic, or null to close. */
  ready(link: WireLink, peer: Peer): Pipe | null;
  /** The pipe has this link. */
  plugged(pipe: Pipe): void;
  /** The connection is gone. `error` is why: undefined if one side just closed it. */
  closed(link: WireLink, error: Error | undefined): void;
}

export class WireLink implements Link, ConnectionHost {
  unsent = 0;
  busy = false;
  readonly socket: Socket;
  pipe: Pipe | null = null;
  peer: Peer | null = null;
  /** Resolves when the socket is closed. */
  readonly ended: Promise<void>;
  readonly #connection: ZmtpConnection;
  readonly #host: LinkHost;
  readonly #timing: LinkTiming;
  readonly #out: SlabWriter;
  readonly #writer: MessageWriter;
  readonly #heartbeats: Heartbeats;
  #timer: NodeJS.Timeout | null = null;
  #scheduled = false;
  #corked = false;
  #writes = 0;
  #stalled = false;
  #held: Buffer | null = null;
  #pingGapMs = 0;
  #pingedMs = 0;
  #error: Error | undefined;
  #end!: () => void;

  constructor(socket: Socket, settings: ConnectionSettings, timing: LinkTiming, host: LinkHost) {
    this.socket = socket;
    this.#host = host;
    this.#timing = timing;
    const sink = { write: (bytes: Uint8Array, free: (() => void) | null): void => this.#toSocket(bytes, free) };
    this.#out = new SlabWriter(sink);
    this.#writer = new MessageWriter(this.#out, sink);
    this.#connection = new ZmtpConnection(settings, this);
    this.#heartbeats = new Heartbeats(timing.heartbeatMs, timing.heartbeatTimeoutMs, performance.now());
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#closed());
    socket.unref();
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get unsentBytes(): number {
    return this.busy ? this.socket.writableLength : this.#writer.bytes;
  }

  /** Introduces us; the peer has a limited time for its part. */
  start(): void {
    const { handshakeMs } = this.#timing;
    if (handshakeMs > 0) {
      this.#timer = setTimeout(() => {
        this.destroy(new Error('The handshake took too long'));
      }, handshakeMs).unref();
    }
    this.#connection.start();
  }

  send(message: OutgoingMessage): void {
    this.unsent++;
    this.#writer.write(message);
    if (this.#writer.bytes >= FLUSH_BYTES) this.#push();
    else if (!this.#scheduled) this.#schedule();
  }

  subscribe(subscribe: boolean, topic: Uint8Array): void {
    const form = this.peer?.minor === 0 ? subscriptionMessage : subscriptionCommand;
    this.#out.append(form(subscribe, topic));
    this.#schedule();
  }

  /** The end of the turn. */
  flush(): void {
    this.#scheduled = false;
    this.#push();
    if (!this.busy) this.pipe?.drain();
  }

  resume(): void {
    if (!this.#stalled || !this.#connection.resume()) return;
    const held = this.#held;
    this.#held = null;
    this.#stalled = held !== null && !this.#connection.receive(held);
    if (!this.#stalled && this.socket.isPaused()) this.socket.resume();
  }

  /** The verdict about a peer; nothing was read meanwhile. */
  judge(verdict: Verdict): void {
    this.#connection.judge(verdict);
    this.resume();
    this.pipe?.announce();
  }

  close(): void {
    this.#connection.stop();
    this.flush();
    this.socket.resume();
    this.socket.destroySoon();
    const cutOff = setTimeout(() => this.socket.destroy(), CLOSING_MS).unref();
    this.socket.once('close', () => clearTimeout(cutOff));
  }

  destroy(error?: Error): void {
    this.#error ??= error;
    this.#connection.stop();
    this.socket.destroy();
  }

  // ConnectionHost: what the ZMTP connection asks for.

  write(command: Buffer): void {
    this.#out.append(command);
    this.#schedule();
  }

  authenticate(request: PeerRequest): void {
    this.#host.authenticate(this, request);
  }

  ready(peer: Peer): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.peer = peer;
    const pipe = this.#host.ready(this, peer);
    if (pipe === null) {
      this.close();
      return;
    }
    this.pipe = pipe;
    pipe.plug(this);
    this.#host.plugged(pipe);
    this.#watch();
  }

  message(parts: Buffer[]): boolean {
    return (this.pipe as Pipe).deliver(parts);
  }

  subscription(subscribe: boolean, topic: Buffer): boolean {
    const pipe = this.pipe as Pipe;
    return pipe.owner.subscription(pipe, subscribe, topic);
  }

  pinged(ttlMs: number): void {
    const nowMs = performance.now();
    if (this.#pingedMs !== 0) this.#pingGapMs = nowMs - this.#pingedMs;
    this.#pingedMs = nowMs;
    this.#heartbeats.pinged(ttlMs);
    this.#watch();
  }

  failed(error: ZmtpError): void {
    this.#error ??= error;
    this.close();
  }

  #receive(chunk: Buffer): void {
    this.#heartbeats.heard(performance.now());
    if (this.#stalled) {
      this.#held = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
      this.#pause();
      return;
    }
    this.#stalled = !this.#connection.receive(chunk);
    this.pipe?.announce();
  }

  /** Nothing more is read. A pinging peer hears of us all the same. */
  #pause(): void {
    this.socket.pause();
    this.#watch();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    flushAtEnd(this);
  }

  /** Hands what was gathered to the kernel. */
  #push(): void {
    this.#out.flush();
    this.#writer.bytes = 0;
    if (!this.#corked) return;
    this.#corked = false;
    this.socket.uncork();
    this.busy = this.socket.writableLength > 0 || !this.socket.writable;
    if (!this.busy) this.unsent = 0;
  }

  #toSocket(bytes: Uint8Array, release: (() => void) | null): void {
    const { socket } = this;
    if (!socket.writable) {
      release?.();
      this.busy = true;
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
    }
    this.#writes++;
    if (release === null) socket.write(bytes, this.#written);
    else {
      socket.write(bytes, () => {
        release();
        this.#written();
      });
    }
  }

  /** The kernel has taken a buffer. */
  readonly #written = (): void => {
    if (--this.#writes > 0 || !this.busy) return;
    this.busy = false;
    this.unsent = 0;
    this.pipe?.drain();
  };

  /** Sets the alarm for the next thing that is due: a PING, a sign of life, the end of patience. */
  #watch(): void {
    if (this.socket.destroyed || this.pipe === null) return;
    const nowMs = performance.now();
    let dueMs = this.#heartbeats.dueMs;
    if (this.socket.isPaused() && this.#pingGapMs > 0) dueMs = Math.min(dueMs, nowMs + this.#pingGapMs);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = dueMs === Number.POSITIVE_INFINITY ? null : setTimeout(this.#alarm, Math.max(dueMs - nowMs, 1));
    this.#timer?.unref();
  }

  readonly #alarm = (): void => {
    this.#timer = null;
    const paused = this.socket.isPaused();
    const action = this.#heartbeats.act(performance.now());
    // While we do not read, the silence is ours.
    if (action === 'dead' && !paused) {
      this.destroy(new Error('The peer is silent'));
      return;
    }
    if (action === 'dead') this.#heartbeats.heard(performance.now());
    if (action === 'ping') this.write(pingCommand(this.#timing.heartbeatTtlMs, EMPTY_FRAME));
    else if (paused && this.#pingGapMs > 0) this.write(pongCommand(EMPTY_FRAME));
    this.#watch();
  };

  #closed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#connection.stop();
    this.#out.discard();
    this.#held = null;
    this.busy = true;
    this.#host.closed(this, this.#error);
    this.#end();
  }
}
