/**
 * Role: what an endpoint does for one of its peers, behind the handshake; and the peer as its role sees it.
 */
import type { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Consumer, Sink } from '../../core/consumer.ts';
import type { Entry } from '../../core/message.ts';
import type { Peer as WirePeer } from '../../wire/zmtp/handshake.ts';
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import type { ZmtpNode } from './node.ts';

/** Why a peer is not read. */
export const PAUSED_PRESSED = 1;
export const PAUSED_UNANSWERED = 2;
export type PauseReason = typeof PAUSED_PRESSED | typeof PAUSED_UNANSWERED;

export interface Peer extends Sink {
  readonly node: ZmtpNode;
  readonly out: SlabWriter;
  /** Written and not taken by the kernel. */
  readonly unsentBytes: number;
  /** It is flushed at the end of the turn. */
  touch(): void;
  send(message: OutgoingMessage): void;
  /** A command, as a whole frame. */
  sendCommand(frame: Uint8Array): void;
  pause(why: PauseReason): void;
  resume(why: PauseReason): void;
  /** Closes, once what was written is on its way. */
  close(): void;
}

export interface Role {
  /** Whether a consumer may be given more. */
  readonly writable: boolean;
  /** The handshake is done. */
  ready(other: WirePeer): void;
  /** The frames are views that end with the call. Throws a CoreError for a message that can't be taken. */
  message(frames: Buffer[]): void;
  subscription(subscribe: boolean, topic: Buffer): void;
  deliver(consumer: Consumer, entry: Entry, tag: number, redelivered: boolean): void;
  /** What it consumed from is gone. */
  cancelled(): void;
  /** There may be room again for what it is to be sent. */
  drained(): void;
  /** The end of a turn, before what was written goes out. */
  settle(): void;
  /** The peer is gone, or about to be. */
  ended(): void;
}

/** What most roles need not do. */
export class QuietRole implements Role {
  get writable(): boolean {
    return true;
  }
  ready(_other: WirePeer): void {}
  message(_frames: Buffer[]): void {}
  subscription(_subscribe: boolean, _topic: Buffer): void {}
  deliver(_consumer: Consumer, _entry: Entry, _tag: number, _redelivered: boolean): void {}
  cancelled(): void {}
  drained(): void {}
  settle(): void {}
  ended(): void {}
}
