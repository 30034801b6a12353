/**
 * Framer: cuts a stream of chunks into frames, each consumed exactly once.
 *
 *     framer.push(chunk);
 *     while ((type = framer.next()) !== NO_FRAME) { ... framer.bytes[framer.start, framer.end) ... }
 *     if (framer.fault !== null) close
 *
 * A frame that lies whole in the chunk is looked at where it is. One that is split is gathered in a buffer of our
 * own, once and by declared length; that buffer grows with what has arrived, never with what was announced. A length
 * above the limit is a fault before a byte of it is kept. After a fault the framer yields nothing more.
 *
 * What `bytes` shows is valid until the next call of `next` or `push`, so nobody keeps a view of a chunk beyond the
 * turn.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU16, readU32 } from '../../bytes/numbers.ts';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD_BYTES,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD_BYTES,
  REPLY,
  WireError,
} from './constants.ts';

/** `next` found no whole frame: push another chunk, or look at `fault`. */
export const NO_FRAME = 0;

const NOTHING = new Uint8Array(0);
const JOINT_BYTES_MIN = 512;
/** A gathering buffer above this is not kept for the next split frame. */
const JOINT_BYTES_KEPT = 16 * 1024;

export class Framer {
  /** Where the current frame lies: the chunk, or the gathering buffer. */
  bytes: Uint8Array = NOTHING;
  channel = 0;
  /** The payload is `bytes[start, end)`, without the end octet. */
  start = 0;
  end = 0;
  fault: WireError | null = null;
  /** The longest payload taken: the negotiated limit, and 8 bytes of grace that clients are used to. */
  payloadBytesMax: number;

  #chunk: Uint8Array = NOTHING;
  /** The first byte of the chunk that no frame has consumed. */
  #at = 0;
  #joint: Uint8Array = NOTHING;
  #joined = 0;

  constructor(frameBytesMax: number) {
    this.payloadBytesMax = frameBytesMax;
  }

  /** The byte after the current frame, in `bytes`; what a fast path may read on from. */
  get at(): number {
    return this.#at;
  }

  /** The chunk that is being cut. Whoever reads frames in it himself says so with `skipTo`. */
  get chunk(): Uint8Array {
    return this.#chunk;
  }

  /** A fast path has consumed the chunk's frames before `at` itself. */
  skipTo(at: number): void {
    this.#at = at;
  }

  /** Is the current frame in the chunk, so that `at` and `chunk` continue it? */
  get inPlace(): boolean {
    return this.bytes === this.#chunk;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The type of the next whole frame, whose place is now in the fields; or NO_FRAME. */
  next(): number {
    if (this.fault !== null) return NO_FRAME;
    if (this.#joined > 0) return this.#join();
    const chunk = this.#chunk;
    const at = this.#at;
    const left = chunk.length - at;
    if (left < FRAME_HEAD_BYTES) return this.#keep(left);
    const type = chunk[at] as number;
    const length = readU32(chunk, at + 3);
    if (!this.#acceptable(type, length)) return NO_FRAME;
    if (left < length + FRAME_OVERHEAD_BYTES) return this.#keep(left);
    this.bytes = chunk;
    this.channel = readU16(chunk, at + 1);
    this.start = at + FRAME_HEAD_BYTES;
    this.end = at + FRAME_HEAD_BYTES + length;
    this.#at = this.end + 1;
    return this.#ended(type);
  }

  /** Lets go of the chunk, whose memory belongs to the socket. Call when `next` has answered NO_FRAME. */
  letGo(): void {
    this.#chunk = NOTHING;
    this.bytes = NOTHING;
    this.#at = 0;
    if (this.#joined === 0 && this.#joint.length > JOINT_BYTES_KEPT) this.#joint = NOTHING;
  }

  /** Keeps the beginning of a split frame. */
  #keep(left: number): typeof NO_FRAME {
    if (left > 0) this.#gather(left);
    return NO_FRAME;
  }

  #join(): number {
    if (this.#joined < FRAME_HEAD_BYTES && !this.#gatherUpTo(FRAME_HEAD_BYTES)) return NO_FRAME;
    const joint = this.#joint;
    const type = joint[0] as number;
    const length = readU32(joint, 3);
    if (!this.#acceptable(type, length)) return NO_FRAME;
    if (!this.#gatherUpTo(length + FRAME_OVERHEAD_BYTES)) return NO_FRAME;
    this.bytes = this.#joint;
    this.channel = readU16(this.#joint, 1);
    this.start = FRAME_HEAD_BYTES;
    this.end = FRAME_HEAD_BYTES + length;
    this.#joined = 0;
    return this.#ended(type);
  }

  #gatherUpTo(total: number): boolean {
    const left = this.#chunk.length - this.#at;
    this.#gather(Math.min(total - this.#joined, left));
    return this.#joined === total;
  }

  #gather(length: number): void {
    const total = this.#joined + length;
    if (total > this.#joint.length) {
      const grown = new Uint8Array(Math.max(JOINT_BYTES_MIN, total, Math.min(total * 2, this.payloadBytesMax + 64)));
      copyBytes(this.#joint, 0, this.#joined, grown, 0);
      this.#joint = grown;
    }
    copyBytes(this.#chunk, this.#at, this.#at + length, this.#joint, this.#joined);
    this.#joined = total;
    this.#at += length;
  }

  #acceptable(type: number, length: number): boolean {
    if ((type < FRAME_METHOD || type > FRAME_BODY) && type !== FRAME_HEARTBEAT) {
      this.fault = new WireError(REPLY.frameError, `unknown frame type ${type}`);
      return false;
    }
    if (length > this.payloadBytesMax) {
      this.fault = new WireError(
        REPLY.frameError,
        `type ${type}, frame of ${length} bytes exceeds the limit of ${this.payloadBytesMax}`,
      );
      return false;
    }
    return true;
  }

  #ended(type: number): number {
    if (this.bytes[this.end] === FRAME_END) return type;
    this.fault = new WireError(REPLY.frameError, `frame of type ${type} does not end with 0xCE`);
    return NO_FRAME;
  }
}

/** Writes the seven bytes before a payload. */
export function writeFrameHead(target: Uint8Array, at: number, type: number, channel: number, length: number): void {
  target[at] = type;
  target[at + 1] = channel >>> 8;
  target[at + 2] = channel;
  target[at + 3] = length >>> 24;
  target[at + 4] = length >>> 16;
  target[at + 5] = length >>> 8;
  target[at + 6] = length;
}
