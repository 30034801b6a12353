/**
 * Cuts what a broker sends into whole frames, for connections whose answers are short (everything but fetching).
 *
 * The socket reads into one fixed buffer behind a headroom. A frame that is cut at the end of a read is copied in front
 * of the next one, so every frame is met whole:
 *
 *     | headroom ...... [cut frame] | bytes of the next read ............ |
 *                       ^ from      ^ READ_AT                             ^ READ_AT + length
 */

import type { Scanner } from './connection.ts';

/** A produce answer for 256 partitions has 8 KiB. */
const FRAME_MAX = 262_144;
const READ_AT = FRAME_MAX;
const READ_BYTES = 65_536;

export class FrameScanner implements Scanner {
  readonly readInto: Buffer;
  /** `at` is behind the length; the bytes are valid during the call only. */
  onFrame: (bytes: Buffer, at: number, end: number) => void = () => {
    throw new Error('an answer that nobody asked for');
  };
  /** Once after all frames of a read. */
  onRead: () => void = () => {};
  private readonly buffer = Buffer.alloc(READ_AT + READ_BYTES);
  private from = READ_AT;

  constructor() {
    this.readInto = this.buffer.subarray(READ_AT);
  }

  scan(length: number): void {
    const bytes = this.buffer;
    const end = READ_AT + length;
    let at = this.from;
    while (at + 4 <= end) {
      const next = at + 4 + bytes.readInt32BE(at);
      if (next > end) break;
      this.onFrame(bytes, at + 4, next);
      at = next;
    }
    const cut = end - at;
    if (cut > READ_AT) throw new Error(`an answer longer than ${FRAME_MAX} bytes`);
    bytes.copyWithin(READ_AT - cut, at, end);
    this.from = READ_AT - cut;
    this.onRead();
  }
}
