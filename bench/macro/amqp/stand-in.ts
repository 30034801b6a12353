/**
 * The stand-in server's side of one connection.
 *
 *     talking ──first whole publish──> counting
 *
 * While *talking* it answers each method with a canned frame. When *counting*, only the number of bytes matters: all
 * messages of a connection are equally long.
 *
 *     bytes received ──seal()──> sealed, in the commit under way ──settle()──> confirmed and delivered
 */

import type { Socket } from 'node:net';
import {
  BASIC_ACK,
  BASIC_CONSUME_OK,
  BASIC_PUBLISH,
  BASIC_QOS_OK,
  type Block,
  CHANNEL_OPEN_OK,
  CONFIRM_SELECT_OK,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_TUNE,
  deliverBlock,
  EXCHANGE_DECLARE_OK,
  FRAME_METHOD,
  id,
  longstr,
  method,
  QUEUE_BIND_OK,
  QUEUE_DECLARE_OK,
  shortstr,
  table,
  u8,
  u16,
  u32,
  u64,
} from './frames.ts';

const PROTOCOL_HEADER_BYTES = 8;
const DELIVER_BYTES = 65536;

const answers = new Map<number, Buffer>([
  [id(10, 11), method(0, CONNECTION_TUNE, u16(2047), u32(131072), u16(0))],
  [id(10, 40), method(0, CONNECTION_OPEN_OK, shortstr(''))],
  [id(20, 10), method(1, CHANNEL_OPEN_OK, longstr(''))],
  [id(40, 10), method(1, EXCHANGE_DECLARE_OK)],
  [id(50, 10), method(1, QUEUE_DECLARE_OK, shortstr('q'), u32(0), u32(0))],
  [id(50, 20), method(1, QUEUE_BIND_OK)],
  [id(60, 10), method(1, BASIC_QOS_OK)],
  [id(60, 20), method(1, BASIC_CONSUME_OK, shortstr('c'))],
  [id(85, 10), method(1, CONFIRM_SELECT_OK)],
]);

export class StandInConnection {
  consuming = false;
  exchange = '';
  private readonly socket: Socket;
  private readonly peers: ReadonlySet<StandInConnection>;
  private confirming = false;
  private stride = 0;
  private received = 0;
  private sealed = 0;
  private settled = 0;
  private owed = 0;
  private deliveries: Block | undefined;
  private unread: Buffer = Buffer.alloc(0);
  private greeted = false;

  constructor(socket: Socket, peers: ReadonlySet<StandInConnection>, take: (bytes: Buffer) => boolean) {
    this.socket = socket;
    this.peers = peers;
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.pump());
    socket.on('data', (bytes: Buffer) => {
      const traffic = this.stride > 0 ? bytes : this.talk(bytes);
      if (traffic.length === 0) return;
      this.received += traffic.length;
      if (!take(traffic)) socket.pause();
    });
  }

  /** Everything received so far belongs to the commit that starts now. */
  seal(): void {
    this.sealed = this.received;
  }

  /** Confirms the sealed messages; answers how many they are. */
  settle(): number {
    if (this.stride === 0) return 0;
    const total = Math.floor(this.sealed / this.stride);
    const fresh = total - this.settled;
    if (fresh > 0 && this.confirming) this.socket.write(method(1, BASIC_ACK, u64(total), u8(1)));
    this.settled = total;
    if (this.socket.isPaused()) this.socket.resume();
    return fresh;
  }

  deliver(messages: number): void {
    this.owed += messages;
    this.pump();
  }

  private pump(): void {
    while (this.owed > 0 && this.deliveries !== undefined && !this.socket.writableNeedDrain) {
      const { bytes, count, stride } = this.deliveries;
      const sent = Math.min(count, this.owed);
      this.owed -= sent;
      this.socket.write(bytes.subarray(0, sent * stride));
    }
  }

  /** Answers methods; returns what belongs to the traffic, from the first publish on. */
  private talk(bytes: Buffer): Buffer {
    this.unread = Buffer.concat([this.unread, bytes]);
    if (!this.greeted && this.unread.length >= PROTOCOL_HEADER_BYTES) {
      this.greeted = true;
      this.unread = this.unread.subarray(PROTOCOL_HEADER_BYTES);
      this.socket.write(method(0, CONNECTION_START, u8(0), u8(9), table(), longstr('PLAIN'), longstr('en_US')));
    }
    while (this.greeted && this.unread.length >= 12) {
      const length = this.unread.readUInt32BE(3) + 8;
      if (this.unread.length < length) break;
      const methodId = this.unread[0] === FRAME_METHOD ? this.unread.readUInt32BE(7) : 0;
      if (methodId === BASIC_PUBLISH) return this.unread.length < this.learn() ? Buffer.alloc(0) : this.startCounting();
      if (methodId === id(60, 20)) this.consuming = true;
      if (methodId === id(85, 10)) this.confirming = true;
      const answer = answers.get(methodId);
      if (answer !== undefined) this.socket.write(answer);
      this.unread = this.unread.subarray(length);
    }
    return Buffer.alloc(0);
  }

  /** Length of the publish that `unread` begins with, or infinity while its body's length is not here yet. */
  private learn(): number {
    const header = this.unread.readUInt32BE(3) + 8;
    if (this.unread.length < header + 7 + 12) return Number.POSITIVE_INFINITY;
    const body = header + this.unread.readUInt32BE(header + 3) + 8;
    return body + this.unread.readUInt32BE(header + 15) + 8;
  }

  private startCounting(): Buffer {
    this.stride = this.learn();
    const publish = this.unread;
    const header = publish.readUInt32BE(3) + 8;
    const exchangeLength = publish[13]!;
    this.exchange = publish.toString('utf8', 14, 14 + exchangeLength);
    const keyAt = 14 + exchangeLength;
    const routingKey = publish.toString('utf8', keyAt + 1, keyAt + 1 + publish[keyAt]!);
    const shape = {
      exchange: this.exchange,
      routingKey,
      bodyBytes: publish.readUInt32BE(header + 15),
      persistent: publish.readUInt32BE(header + 3) > 14,
    };
    for (const peer of this.peers) {
      if (peer.consuming) peer.deliveries ??= deliverBlock(shape, DELIVER_BYTES);
    }
    this.unread = Buffer.alloc(0);
    return publish;
  }
}
