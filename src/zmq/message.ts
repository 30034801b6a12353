/**
 * What programs send and receive.
 *
 * A message is one frame or several; it is delivered whole or not at all. What is received are Buffers. A small one may
 * be a view of the chunk that it arrived in (up to 64 KiB), and keeps that chunk in memory as long as it lives: who
 * stores small parts for long should copy them (`Buffer.from(part)`).
 *
 * What is sent belongs to the socket until it is written: text and small frames are copied at once if the peer is
 * ready, larger and queued ones are not copied at all. So a buffer may not be changed after `send`.
 */
import type { Frame, OutgoingMessage } from '../wire/zmtp/message-writer.ts';

export type Message = Buffer;

/** Whatever may be a frame; a number is sent as its decimal text, null as an empty frame. */
export type MessageLike = ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string | number | null;

export const EMPTY_FRAME: Buffer = Buffer.alloc(0);

/** The message as the wire takes it. An array is taken as it is, if all its frames are proper already. */
export function outgoing(message: MessageLike | readonly MessageLike[]): OutgoingMessage {
  if (typeof message === 'string' || message instanceof Uint8Array) return message;
  if (!Array.isArray(message)) return frameOf(message as MessageLike);
  if (message.length === 0) throw new TypeError('A message has at least one frame');
  for (const frame of message) {
    if (typeof frame !== 'string' && !(frame instanceof Uint8Array)) return message.map(frameOf);
  }
  return message as Frame[];
}

export function frameOf(value: MessageLike): Frame {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (value === null) return EMPTY_FRAME;
  if (typeof value === 'number') return String(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Buffer.from(value as ArrayBuffer);
  throw new TypeError('A frame is a string, a number, null, or bytes');
}

export function frameBytes(frame: Frame): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length;
}

export function messageBytes(message: OutgoingMessage): number {
  if (typeof message === 'string' || message instanceof Uint8Array) return frameBytes(message);
  return message.reduce((total, frame) => total + frameBytes(frame), 0);
}

/** The frames as Buffers, for a peer in the same process. */
export function partsOf(message: OutgoingMessage): Buffer[] {
  if (typeof message === 'string' || message instanceof Uint8Array) return [bufferOf(message)];
  return message.map(bufferOf);
}

export function bufferOf(frame: Frame): Buffer {
  if (typeof frame === 'string') return Buffer.from(frame);
  return Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}
