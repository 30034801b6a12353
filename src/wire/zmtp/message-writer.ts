/**
 * MessageWriter: puts messages into a connection's slab as frames.
 *
 *     slab    [02 frame][02 frame] ..    small frames are copied, one behind the other
 *     socket  slab, large frame, slab    a large one goes to the socket as it is, between two pieces of slab
 *
 * So a turn with small messages is one write of one buffer, and one with large messages one `writev` without a copy.
 * A large frame belongs to the writer until the socket has taken it: who hands it in must not change it.
 */
import type { SlabSink, SlabWriter } from '../../bytes/slab-writer.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import { FLAG_MORE, LONG_HEAD_BYTES } from './constants.ts';
import { frameHeadBytes, writeFrameHead } from './frame-head.ts';

/** A frame to send; text becomes UTF-8 on its way into the slab. */
export type Frame = Uint8Array | string;
export type OutgoingMessage = Frame | readonly Frame[];

/** Above this a frame is not copied. Measured: a second buffer in a `writev` costs as much as copying 8 KiB. */
const COPIED_BYTES_MAX = 8 * 1024;

export class MessageWriter {
  /** Bytes written since it was last set to 0. */
  bytes = 0;
  readonly #out: SlabWriter;
  readonly #sink: SlabSink;

  constructor(out: SlabWriter, sink: SlabSink) {
    this.#out = out;
    this.#sink = sink;
  }

  write(message: OutgoingMessage): void {
    if (typeof message === 'string') this.#text(message, 0);
    else if (message instanceof Uint8Array) this.#frame(message, 0);
    else {
      const last = message.length - 1;
      for (let index = 0; index <= last; index++) {
        const frame = message[index] as Frame;
        const flags = index < last ? FLAG_MORE : 0;
        if (typeof frame === 'string') this.#text(frame, flags);
        else this.#frame(frame, flags);
      }
    }
  }

  #frame(frame: Uint8Array, flags: number): void {
    const out = this.#out;
    const { length } = frame;
    out.room(LONG_HEAD_BYTES);
    out.at = writeFrameHead(out.bytes, out.at, flags, length);
    this.bytes += LONG_HEAD_BYTES + length;
    if (length <= COPIED_BYTES_MAX) {
      out.append(frame);
    } else {
      out.flush();
      this.#sink.write(frame, null);
    }
  }

  #text(text: string, flags: number): void {
    const length = textBytes(text);
    if (length > COPIED_BYTES_MAX) {
      this.#frame(Buffer.from(text), flags);
      return;
    }
    const out = this.#out;
    out.room(LONG_HEAD_BYTES + length);
    out.at = writeText(out.bytes, writeFrameHead(out.bytes, out.at, flags, length), text, length);
    this.bytes += frameHeadBytes(length) + length;
  }
}
