/**
 * Counts what a broker sends, looking at as few bytes as possible.
 *
 * The socket reads into one fixed buffer behind a headroom. A frame that is cut at the end of a read is copied in
 * front of the next one, so every frame is met whole and the loop needs no states:
 *
 *     | headroom ...... [cut frame] | bytes of the next read ............ |
 *                       ^ from      ^ READ_AT                             ^ READ_AT + length
 *
 * Per frame the loop reads the type and the length; of a method its id, of a body its first byte. A message is
 * counted at its body frame: bodies here always fit into one frame.
 */

import { BASIC_ACK, BASIC_DELIVER, BASIC_NACK, FRAME_BODY, FRAME_END, FRAME_METHOD, STAMP_MARK } from './frames.ts';

export interface ScanSink {
  /** A publisher confirm; `ok` is false for a nack. */
  confirmed(tag: number, multiple: boolean, ok: boolean): void;
  /** A delivery whose body carries its time of sending, in wrapped 32-bit microseconds. */
  stamped(sentUs: number): void;
  /** Any other method; `args` starts after the ids and is valid during the call only. */
  method(methodId: number, args: Buffer): void;
}

/** The client's offer in tune-ok; a cut frame never exceeds it. */
export const FRAME_MAX = 131072;
const READ_AT = FRAME_MAX;

export class Scanner {
  /** Messages delivered so far. */
  deliveries = 0;
  /** Delivery tag of the newest basic.deliver. */
  lastTag = 0;
  /** The part of the buffer the socket reads into. */
  readonly readInto: Buffer;
  private readonly buffer: Buffer;
  private readonly sink: ScanSink;
  private from = READ_AT;

  constructor(sink: ScanSink, readBytes: number) {
    this.sink = sink;
    this.buffer = Buffer.alloc(READ_AT + readBytes);
    this.readInto = this.buffer.subarray(READ_AT);
  }

  /** Looks at `length` fresh bytes in `readInto`. */
  scan(length: number): void {
    const bytes = this.buffer;
    const end = READ_AT + length;
    let at = this.from;
    let deliveries = 0;
    let deliverAt = -1;
    while (at + 8 <= end) {
      const size = (bytes[at + 3]! << 24) | (bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!;
      const next = at + size + 8;
      if (next > end) break;
      const type = bytes[at]!;
      if (bytes[next - 1] !== FRAME_END) throw new Error(`no frame end after a frame of type ${type}, ${size} bytes`);
      if (type === FRAME_BODY) {
        deliveries++;
        if (bytes[at + 7] === STAMP_MARK) this.sink.stamped(bytes.readUInt32LE(at + 8));
      } else if (type === FRAME_METHOD) {
        const methodId = bytes.readUInt32BE(at + 7);
        if (methodId === BASIC_DELIVER) deliverAt = at;
        else if (methodId === BASIC_ACK) this.sink.confirmed(u64At(bytes, at + 11), (bytes[at + 19]! & 1) === 1, true);
        else if (methodId === BASIC_NACK)
          this.sink.confirmed(u64At(bytes, at + 11), (bytes[at + 19]! & 1) === 1, false);
        else this.sink.method(methodId, bytes.subarray(at + 11, next - 1));
      }
      at = next;
    }
    this.deliveries += deliveries;
    if (deliverAt >= 0) this.lastTag = u64At(bytes, deliverAt + 12 + bytes[deliverAt + 11]!);
    const cut = end - at;
    if (cut > READ_AT) throw new Error(`frame longer than the frame maximum of ${FRAME_MAX} bytes`);
    bytes.copyWithin(READ_AT - cut, at, end);
    this.from = READ_AT - cut;
  }
}

function u64At(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
