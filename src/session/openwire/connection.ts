/**
 * OpenWireConnection: one client, as a state machine without a socket.
 *
 *     listener ──receive(chunk)──▶ framer ──▶ WireFormatInfo, then commands ──▶ core
 *     listener ◀──outbox.write──── out-slab ◀── responses, dispatches, advisories         one write a turn
 *
 * Both sides say first what they can (version 1, loose); from then on frames are in the agreed form. We offer neither
 * tight encoding nor the cache: so nearly every client speaks the form of what is stored, and messages are copied.
 * `receive` never throws for what a client sent: it is told, or closed.
 */
import type { Outbox } from '../../bytes/outbox.ts';
import { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Consumer } from '../../core/consumer.ts';
import type { Entry } from '../../core/message.ts';
import type { Store } from '../../core/ports.ts';
import { type Gated, PressureGate } from '../../core/pressure-gate.ts';
import { Timer } from '../../core/schedule.ts';
import { Framer } from '../../wire/openwire/framer.ts';
import { agree, infoOf, type Offer, offerOf } from '../../wire/openwire/negotiation.ts';
import { defaultDecodingLimits, FIRST_FORMAT, isStoredFormat, VERSION_MAX } from '../../wire/openwire/protocol.ts';
import { StructureReader } from '../../wire/openwire/reader.ts';
import type { Draft, Structure } from '../../wire/openwire/structures.ts';
import { StructureWriter } from '../../wire/openwire/writer.ts';
import { Commands } from './commands.ts';
import { ownerOf } from './consumer.ts';
import { Dispatch } from './dispatch.ts';
import { throwableOf } from './exceptions.ts';
import { Inactivity, type Living } from './inactivity.ts';
import { openwireLimits } from './limits.ts';
import { MessageIntake } from './message-intake.ts';
import type { OpenWireNode } from './node.ts';
import type { Peer } from './peer.ts';
import { type Answering, Responses } from './responses.ts';

const PRESSED = 1;
const OVERFULL = 2;
const PROVIDER = 'Dragoman';
const FIRST_FRAME_BYTES_MAX = 128 * 1024;

export interface OpenWireConnectionOptions {
  readonly node: OpenWireNode;
  readonly outbox: Outbox;
  readonly remoteAddress: string;
  /** What clients are told as the broker's address. */
  readonly url: string;
}

export class OpenWireConnection implements Peer, Answering, Gated, Living {
  dirty = false;
  sentAt: number;
  receivedAt: number;
  readonly node: OpenWireNode;
  readonly store: Store;
  readonly remoteAddress: string;
  readonly url: string;
  readonly responses: Responses;
  dispatch: Dispatch;

  readonly #outbox: Outbox;
  readonly #out: SlabWriter;
  readonly #framer: Framer;
  readonly #pressure: PressureGate;
  readonly #inactivity: Inactivity;
  readonly #deadline = new Timer({ due: () => this.close() });
  readonly #commands: Commands;
  #reader = new StructureReader(FIRST_FORMAT, defaultDecodingLimits);
  #intake: MessageIntake | null = null;
  #offer: Offer;
  #paused = 0;
  #isFull = false;
  #isClosing = false;
  #isClosed = false;

  constructor({ node, outbox, remoteAddress, url }: OpenWireConnectionOptions) {
    const { broker } = node;
    this.node = node;
    this.store = broker.store;
    this.remoteAddress = remoteAddress;
    this.url = url;
    this.#outbox = outbox;
    this.#out = new SlabWriter({ write: (bytes, release) => outbox.write(bytes, release) });
    this.#framer = new Framer(FIRST_FRAME_BYTES_MAX);
    this.#pressure = new PressureGate(broker, this);
    this.#inactivity = new Inactivity(broker.schedule, this);
    this.responses = new Responses(this);
    this.dispatch = new Dispatch(node, this.#out, FIRST_FORMAT);
    this.#commands = new Commands(this);
    this.sentAt = broker.clock.now;
    this.receivedAt = broker.clock.now;
    this.#offer = {
      version: VERSION_MAX,
      isTight: false,
      isCached: false,
      cacheEntries: 0,
      hasStackTraces: false,
      inactivityMs: openwireLimits.inactivityMs,
      inactivityInitialDelayMs: openwireLimits.inactivityInitialDelayMs,
      frameBytesMax: broker.limits.entryBytesMax,
      providerName: PROVIDER,
      providerVersion: '',
    };
    broker.schedule.set(this.#deadline, broker.clock.now + openwireLimits.connectMs);
    new StructureWriter(FIRST_FORMAT).write(infoOf(this.#offer), this.#out);
    this.touch();
  }

  // ── The listener ──

  receive(chunk: Uint8Array): void {
    if (this.#isClosing) return;
    this.receivedAt = this.node.broker.clock.now;
    const framer = this.#framer;
    framer.push(chunk);
    try {
      while (!this.#isClosing && framer.next()) this.#frame();
    } catch (error) {
      this.#failed(error);
    }
    framer.letGo();
    if (framer.fault !== null) this.#failed(framer.fault);
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

  /** The client is told to go elsewhere, or to come again. */
  shutdown(_text: string): void {
    if (this.#intake !== null) this.write({ type: 'ShutdownInfo' });
    this.close();
  }

  // ── Commands' connection ──

  write(draft: Draft): void {
    if (this.#isClosing) return;
    this.dispatch.write(draft);
    this.touch();
  }

  answer(commandId: number): void {
    this.write({ type: 'Response', correlationId: commandId });
  }

  touch(): void {
    if (!this.dirty) this.node.broker.touch(this);
  }

  /** Let in: from now on the agreed times hold. */
  letIn(): void {
    this.node.broker.schedule.cancel(this.#deadline);
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

  keepAlive(): void {
    this.write({ type: 'KeepAliveInfo' });
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
    const { owner, part } = ownerOf(consumer);
    owner.deliver(part, entry, tag, redelivered);
  }

  /** A browser has come to its end. */
  empty(consumer: Consumer): void {
    ownerOf(consumer).owner.browsed();
  }

  cancelled(consumer: Consumer): void {
    const { owner, part } = ownerOf(consumer);
    owner.lost(part);
  }

  flush(): void {
    if (this.#isClosed) return;
    if (!this.#isClosing) this.responses.write();
    if (this.#out.at > 0) this.sentAt = this.node.broker.clock.now;
    this.#out.flush();
    if (this.#isClosing) {
      this.#isClosed = true;
      this.#outbox.close();
      return;
    }
    const { outboundBytesMax } = this.node.broker.limits;
    if (this.#unsentBytes > outboundBytesMax * openwireLimits.unreadFactorMax) return this.close();
    this.#goOn();
  }

  /** Deliveries stopped because too much was unsent: they go on when that has gone. */
  #goOn(): void {
    if (!this.#isFull || this.#isClosing) return;
    this.#isFull = false;
    if (this.writable) this.#commands.wake();
  }

  get #unsentBytes(): number {
    return this.#outbox.pendingBytes + this.#out.at;
  }

  // ── Frames ──

  #frame(): void {
    const { bytes, start, end } = this.#framer;
    if (this.#intake === null) {
      this.#agree(this.#reader.read(bytes, start, end));
      return;
    }
    if (this.#intake.isMessage(bytes[start] as number)) {
      this.#commands.message(this.#intake, bytes, start, end);
      return;
    }
    const command = this.#reader.read(bytes, start, end);
    if (command !== null) this.#commands.perform(command);
  }

  #agree(info: Structure | null): void {
    if (info?.type !== 'WireFormatInfo') return this.close();
    const { broker } = this.node;
    const { format, inactivityMs, frameBytesMax } = agree(this.#offer, offerOf(info));
    this.#reader = new StructureReader(format, defaultDecodingLimits);
    this.#intake = new MessageIntake(format, isStoredFormat(format));
    this.dispatch = new Dispatch(this.node, this.#out, format);
    this.#framer.frameBytesMax = frameBytesMax + openwireLimits.frameHeadBytesMax;
    this.#inactivity.start(inactivityMs, broker.clock.now);
    this.#commands.begin();
  }

  #failed(error: unknown): void {
    const exception = throwableOf(error);
    if (exception === null) this.node.surroundings.onFault(error);
    else if (this.#intake !== null) this.write({ type: 'ConnectionError', exception });
    this.close();
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
    const { schedule } = this.node.broker;
    schedule.cancel(this.#deadline);
    this.#inactivity.stop();
    this.#pressure.stop();
    this.responses.end();
    this.#commands.end();
  }
}
