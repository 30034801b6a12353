/**
 * StompConnection: one client, as a state machine without a socket.
 *
 *     listener ──receive(chunk)──▶ framer ──▶ CONNECT, then commands ──▶ core
 *     listener ◀──outbox.write──── out-slab ◀── receipts, messages, errors         one write a turn
 *
 * `receive` never throws for what a client sent: it gets an ERROR frame. What was refused leaves the connection open,
 * as ActiveMQ does; what is no STOMP ends it.
 */
import type { Outbox } from '../../bytes/outbox.ts';
import { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Consumer, Sink } from '../../core/consumer.ts';
import { CoreError } from '../../core/errors.ts';
import type { Entry } from '../../core/message.ts';
import type { Store } from '../../core/ports.ts';
import { type Gated, PressureGate } from '../../core/pressure-gate.ts';
import { Timer } from '../../core/schedule.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import { Framer } from '../../wire/stomp/framer.ts';
import { StompError } from '../../wire/stomp/protocol.ts';
import { FrameWriter } from '../../wire/stomp/writer.ts';
import { Commands, type Peer } from './commands.ts';
import { writeDelivery } from './delivery.ts';
import type { StompNode } from './dialect.ts';
import { HeartBeats, type Living } from './heart-beats.ts';
import { stompLimits, wireLimits } from './limits.ts';
import { Receipts, type Receiver } from './receipts.ts';
import type { BrowsingPart, Part } from './subscription.ts';

const PRESSED = 1;
const OVERFULL = 2;

export interface StompConnectionOptions {
  readonly node: StompNode;
  readonly outbox: Outbox;
  readonly remoteAddress: string;
}

export class StompConnection implements Sink, Receiver, Gated, Living, Peer {
  dirty = false;
  sentAt: number;
  receivedAt: number;
  readonly node: StompNode;
  readonly store: Store;
  readonly remoteAddress: string;
  readonly writer: FrameWriter;
  readonly receipts: Receipts;
  readonly #outbox: Outbox;
  readonly #out: SlabWriter;
  readonly #framer: Framer;
  readonly #pressure: PressureGate;
  readonly #heartBeats: HeartBeats;
  readonly #deadline = new Timer({ due: () => this.close() });
  readonly #commands: Commands;
  #paused = 0;
  #isFull = false;
  #isClosing = false;
  #isClosed = false;

  constructor({ node, outbox, remoteAddress }: StompConnectionOptions) {
    const { broker } = node;
    this.node = node;
    this.store = broker.store;
    this.remoteAddress = remoteAddress;
    this.#outbox = outbox;
    this.#out = new SlabWriter({ write: (bytes, release) => outbox.write(bytes, release) });
    this.writer = new FrameWriter(this.#out);
    this.#framer = new Framer(wireLimits(broker.limits.entryBytesMax));
    this.#pressure = new PressureGate(broker, this);
    this.#heartBeats = new HeartBeats(broker.schedule, this);
    this.receipts = new Receipts(this);
    this.#commands = new Commands(this);
    this.sentAt = broker.clock.now;
    this.receivedAt = broker.clock.now;
    broker.schedule.set(this.#deadline, broker.clock.now + stompLimits.connectMs);
  }

  // ── The listener ──

  receive(chunk: Uint8Array): void {
    if (this.#isClosing) return;
    this.receivedAt = this.node.broker.clock.now;
    const framer = this.#framer;
    framer.push(chunk);
    while (!this.#isClosing && framer.next()) this.#frame(framer.frame);
    framer.letGo();
    if (framer.fault !== null) {
      this.error(framer.fault.message, null);
      this.close();
    }
    if (!this.#isClosing) this.#pressure.received();
  }

  drained(): void {
    this.#goOn();
  }

  ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end();
    this.#out.discard();
  }

  shutdown(text: string): void {
    this.error(text, null);
    this.close();
  }

  // ── Commands' peer ──

  touch(): void {
    if (!this.dirty) this.node.broker.touch(this);
  }

  receipt(id: string | null): void {
    if (id === null) return this.close();
    this.writer.begin('RECEIPT');
    this.writer.header('receipt-id', id);
    this.writer.end();
    this.touch();
  }

  error(text: string, receipt: string | null): void {
    if (this.#isClosing) return;
    const { writer } = this;
    const body = Buffer.from(`${text}\n`, 'utf8');
    writer.begin('ERROR');
    writer.header('message', text);
    writer.header('content-type', 'text/plain');
    if (receipt !== null) writer.header('receipt-id', receipt);
    writer.body(body, 0, body.length);
    this.touch();
  }

  letIn(sendsMs: number, wantsMs: number): void {
    const { broker } = this.node;
    const { version } = this.writer;
    if (version !== null) this.#framer.version = version;
    broker.schedule.cancel(this.#deadline);
    this.#heartBeats.start(sendsMs, wantsMs, broker.clock.now);
  }

  close(): void {
    if (this.#isClosing) return;
    this.#end();
    this.touch();
  }

  overfull(isFull: boolean): void {
    if (isFull) this.#pause(OVERFULL);
    else this.#resume(OVERFULL);
  }

  // ── Pressure and life ──

  pressed(): void {
    this.#pause(PRESSED);
  }

  relieved(): void {
    this.#resume(PRESSED);
  }

  get isRead(): boolean {
    return this.#paused === 0;
  }

  beat(): void {
    this.writer.heartBeat();
    this.touch();
  }

  isDead(): void {
    this.close();
  }

  // ── The core's sink ──

  get writable(): boolean {
    if (this.#unsentBytes < this.node.broker.limits.outboundBytesMax) return !this.#isClosing;
    this.#isFull = true;
    return false;
  }

  deliver(consumer: Consumer, entry: Entry, tag: number, redelivered: boolean): void {
    const { traits } = (consumer as Part | BrowsingPart).subscription;
    const { dialect, broker } = this.node;
    writeDelivery(this.writer, dialect, broker.formats, traits, entry, tag, redelivered);
  }

  /** A browser has come to its end. */
  empty(consumer: Consumer): void {
    this.#commands.browsed((consumer as BrowsingPart).subscription);
  }

  cancelled(consumer: Consumer): void {
    const part = consumer as Part;
    part.subscription.lost(part);
  }

  flush(): void {
    if (this.#isClosed) return;
    if (!this.#isClosing) this.receipts.write();
    if (this.#out.at > 0) this.sentAt = this.node.broker.clock.now;
    this.#out.flush();
    if (this.#isClosing) {
      this.#isClosed = true;
      this.#outbox.close();
      return;
    }
    const { outboundBytesMax } = this.node.broker.limits;
    if (this.#unsentBytes > outboundBytesMax * stompLimits.unreadFactorMax) return this.close();
    this.#goOn();
  }

  get #unsentBytes(): number {
    return this.#outbox.pendingBytes + this.#out.at;
  }

  /** Deliveries stopped because too much was unsent: they go on when that has gone. */
  #goOn(): void {
    if (!this.#isFull || this.#isClosing) return;
    this.#isFull = false;
    if (this.writable) this.#commands.wake();
  }

  #frame(frame: Frame): void {
    try {
      this.#commands.perform(frame);
    } catch (error) {
      const receipt = frame.find('receipt') < 0 ? null : frame.header('receipt');
      if (error instanceof StompError) this.error(error.message, receipt);
      else if (error instanceof CoreError) this.error(error.facts.problem ?? error.message, receipt);
      else {
        this.node.onFault(error);
        this.error('internal error', receipt);
        this.close();
      }
      if (!this.#commands.isIn) this.close();
    }
  }

  #pause(why: number): void {
    if (this.#paused === 0) this.#outbox.pause();
    this.#paused |= why;
  }

  #resume(why: number): void {
    if (this.#paused === 0) return;
    this.#paused &= ~why;
    if (this.#paused !== 0) return;
    this.receivedAt = this.node.broker.clock.now;
    this.#outbox.resume();
  }

  #end(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.node.broker.schedule.cancel(this.#deadline);
    this.#heartBeats.stop();
    this.#pressure.stop();
    this.receipts.end();
    this.#commands.end();
  }
}
