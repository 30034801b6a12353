/**
 * Inbound: from chunks to what a frame means. Publishes and acks go straight to their channel, by offset; every other
 * method is decoded and handed to the connection.
 *
 *     chunk ─▶ framer ─▶ method ──basic.publish──▶ publisher.run: as many whole messages as lie together
 *                  │        ├────basic.ack──────▶ channel.ack
 *                  │        └────any other──────▶ connection.method
 *                  └──▶ header, body ───────────▶ publisher: a content in pieces
 *
 * A refusal that is thrown on the way is told to the connection and the next frame is read: the framer has consumed
 * exactly the frame at fault. When `consume` returns, nothing refers to the chunk.
 */
import { readU16, readU32, readU64 } from '../../bytes/numbers.ts';
import {
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  REPLY,
  WireError,
} from '../../wire/amqp091/constants.ts';
import { Framer, NO_FRAME } from '../../wire/amqp091/framer.ts';
import { decodeMethod, type Method } from '../../wire/amqp091/methods.ts';
import type { Channel } from './channel.ts';
import type { ChannelTable } from './channel-table.ts';
import { refuse } from './errors.ts';
import { CoreFieldReader } from './field-reader.ts';
import type { Hold } from './hold.ts';
import { BASIC_PUBLISH } from './publisher.ts';

const BASIC_ACK = 0x003c_0050;
const ACK_PAYLOAD_BYTES = 13;
/** Before `tune`, clients may use a little more than the minimum: their properties come in one frame. */
export const HANDSHAKE_FRAME_BYTES_MAX = 8192;
const NOTHING = new Uint8Array(0);

/** The connection as its incoming side sees it. */
export interface InboundHost {
  /** Channels may be used. */
  readonly running: boolean;
  /** A close was sent: nothing but the answer to it counts. */
  readonly closing: boolean;
  /** No more frames, please. */
  readonly closed: boolean;
  method(number: number, method: Method): void;
  /** What was thrown while a frame of channel `number` was handled. */
  refuse(error: unknown, number: number): void;
  /** The stream of frames is broken. */
  faulty(fault: WireError): void;
}

export class Inbound {
  /** The method being handled, for the close that refuses it; 0 for what is no method's fault. */
  classId = 0;
  methodId = 0;

  readonly #host: InboundHost;
  readonly #channels: ChannelTable;
  readonly #hold: Hold;
  readonly #framer = new Framer(HANDSHAKE_FRAME_BYTES_MAX);
  readonly #reader = new CoreFieldReader(NOTHING, 0, 0);

  constructor(host: InboundHost, channels: ChannelTable, hold: Hold) {
    this.#host = host;
    this.#channels = channels;
    this.#hold = hold;
  }

  set payloadBytesMax(bytes: number) {
    this.#framer.payloadBytesMax = bytes;
  }

  /** Reads frames until the chunk ends or the connection is held; true if there was a publish. */
  consume(chunk: Uint8Array): boolean {
    const framer = this.#framer;
    const hold = this.#hold;
    const host = this.#host;
    framer.push(chunk);
    let published = false;
    while (!hold.active && !host.closed) {
      const type = framer.next();
      if (type === NO_FRAME) break;
      try {
        if (this.#frame(type)) published = true;
      } catch (error) {
        host.refuse(error, framer.channel);
      }
    }
    if (framer.fault !== null) host.faulty(framer.fault);
    if (hold.active) hold.keepRest(framer.chunk, framer.at);
    framer.letGo();
    this.#reader.over(NOTHING, 0, 0);
    return published;
  }

  /** Handles the framer's current frame; true if it was part of a publish. */
  #frame(type: number): boolean {
    const { bytes, start, end, channel: number } = this.#framer;
    if (type !== FRAME_METHOD) return this.#content(type);
    if (end - start < 4) throw new WireError(REPLY.frameError, 'method frame is too short');
    const key = readU32(bytes, start);
    this.classId = readU16(bytes, start);
    this.methodId = readU16(bytes, start + 2);
    const channel = this.#channels.get(number);
    if (channel !== undefined && !channel.closing && this.#host.running) {
      channel.publisher.interrupted();
      if (key === BASIC_PUBLISH) return this.#publish(channel);
      if (key === BASIC_ACK && end - start === ACK_PAYLOAD_BYTES) {
        channel.ack(readU64(bytes, start + 4), ((bytes[start + 12] as number) & 1) !== 0);
        return false;
      }
    }
    this.#host.method(number, decodeMethod(this.#reader.over(bytes, start, end)));
    return false;
  }

  #publish(channel: Channel): true {
    const framer = this.#framer;
    const { publisher } = channel;
    if (framer.inPlace) {
      const at = framer.start - 7;
      try {
        publisher.run(framer.bytes, at, framer.payloadBytesMax);
      } finally {
        if (publisher.consumed > at) framer.skipTo(publisher.consumed);
      }
      if (publisher.consumed > at) return true;
    }
    publisher.method(framer.bytes, framer.start, framer.end);
    return true;
  }

  /** Header, body and heartbeat frames. */
  #content(type: number): boolean {
    const { bytes, start, end, channel: number } = this.#framer;
    this.classId = 0;
    this.methodId = 0;
    if (type === FRAME_HEARTBEAT) {
      if (number !== 0) throw refuse.unexpectedFrame(`heartbeat on channel ${number}`);
      return false;
    }
    if (this.#host.closing) return false;
    if (!this.#host.running) throw refuse.unexpectedFrame('content before the connection is open');
    if (number === 0) throw refuse.unexpectedFrame('content on channel 0');
    const channel = this.#channels.get(number);
    if (channel === undefined) throw refuse.expectedChannelOpen();
    if (channel.closing) return false;
    if (channel.publisher.expectsContent) {
      this.classId = BASIC_PUBLISH >>> 16;
      this.methodId = BASIC_PUBLISH & 0xffff;
    }
    if (type === FRAME_HEADER) channel.publisher.header(bytes, start, end);
    else if (type === FRAME_BODY) channel.publisher.body(bytes, start, end);
    return true;
  }
}
