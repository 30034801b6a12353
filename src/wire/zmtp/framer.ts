/**
 * Framer: cuts a stream of chunks into frames, each consumed exactly once.
 *
 *     framer.push(chunk);
 *     while ((flags = framer.next()) !== NO_FRAME) { ... framer.take() ... }
 *     if (framer.fault !== null) close
 *
 * A frame that lies whole in the chunk is looked at where it is: `take` answers a view, without a copy. One that is
 * split is gathered in a buffer of its own size, which `take` gives away. So no byte is copied more than once, but for
 * frames above a mebibyte: their buffer grows with what has arrived, never with what was announced.
 *
 * A large chunk out of which everything was copied has no further use, and becomes the memory of one of the next split
 * frames. That halves the garbage of frames as large as chunks, which V8 counts as memory outside of its heap and
 * collects at the price of a third of the throughput. So chunks given to the framer must be its own to keep.
 *
 * A length above the limit is a fault before a byte of it is kept. After a fault the framer yields nothing more.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU64 } from '../../bytes/numbers.ts';
import {
  FLAG_COMMAND,
  FLAG_LONG,
  FLAG_MORE,
  FLAGS_KNOWN,
  LONG_HEAD_BYTES,
  SHORT_HEAD_BYTES,
  ZmtpError,
} from './constants.ts';

/** `next` found no whole frame: push another chunk, or look at `fault`. */
export const NO_FRAME = -1;

const NOTHING: Buffer = Buffer.alloc(0);
/** So much is allocated for an announced length; beyond, the peer must have sent half of what it gets. */
const TRUSTED_BYTES_MAX = 1024 * 1024;
/** Smaller chunks are not worth keeping for later. */
const SPARE_BYTES_MIN = 32 * 1024;

export class Framer {
  /** Where the current frame's body lies: the chunk, or a buffer of its own. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  fault: ZmtpError | null = null;
  /** The longest body of a message's frame. */
  frameBytesMax: number;
  /** The longest body of a command. */
  commandBytesMax: number;

  #chunk: Buffer = NOTHING;
  #at = 0;
  /** Of a frame that is split: its head as far as it came, and then its body. */
  readonly #head = new Uint8Array(LONG_HEAD_BYTES);
  #headHave = 0;
  #body: Buffer | null = null;
  #bodyHave = 0;
  #flags = 0;
  #length = 0;
  /** A chunk that nobody looks at any more. */
  #spare: Buffer | null = null;
  /** Was a frame of the current chunk shown where it is? */
  #shown = false;

  constructor(frameBytesMax: number, commandBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
    this.commandBytesMax = commandBytesMax;
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#shown = false;
  }

  /** Lets go of the chunk. Call when `next` has answered NO_FRAME. */
  letGo(): void {
    const chunk = this.#chunk;
    if (!this.#shown && chunk.length >= SPARE_BYTES_MIN && chunk.length === chunk.buffer.byteLength) {
      this.#spare = chunk;
    }
    this.#chunk = NOTHING;
    this.bytes = NOTHING;
    this.#at = 0;
  }

  /** The flags of the next whole frame, whose body is `bytes[start, end)`; or NO_FRAME. */
  next(): number {
    if (this.#headHave > 0 || this.#body !== null) return this.#join();
    const chunk = this.#chunk;
    const at = this.#at;
    const left = chunk.length - at;
    if (left < SHORT_HEAD_BYTES) return this.#keepHead(left);
    const flags = chunk[at] as number;
    let length = chunk[at + 1] as number;
    let start = at + SHORT_HEAD_BYTES;
    if (flags >= FLAG_LONG) {
      if (isLong(flags, length)) {
        if (left < LONG_HEAD_BYTES) return this.#keepHead(left);
        length = readU64(chunk, at + 1);
        start = at + LONG_HEAD_BYTES;
      }
    }
    if (!this.#acceptable(flags, length)) return NO_FRAME;
    const end = start + length;
    if (end > chunk.length) return this.#begin(flags, length, start);
    this.#shown = true;
    this.bytes = chunk;
    this.start = start;
    this.end = end;
    this.#at = end;
    return flags;
  }

  /** The current body: a view of the chunk, which it keeps in memory, or the buffer it was gathered in. */
  take(): Buffer {
    const bytes = this.bytes;
    return this.start === 0 && this.end === bytes.length ? bytes : bytes.subarray(this.start, this.end);
  }

  /** Goes on with the frame that is split. */
  #join(): number {
    if (this.#body === null && !this.#joinHead()) return NO_FRAME;
    return this.#joinBody();
  }

  #joinHead(): boolean {
    const head = this.#head;
    while (this.#headHave < LONG_HEAD_BYTES) {
      if (this.#headHave >= SHORT_HEAD_BYTES && !isLong(head[0] as number, head[1] as number)) break;
      if (this.#at === this.#chunk.length) return false;
      head[this.#headHave++] = this.#chunk[this.#at++] as number;
    }
    const flags = head[0] as number;
    const length = this.#headHave === LONG_HEAD_BYTES ? readU64(head, 1) : (head[1] as number);
    if (!this.#acceptable(flags, length)) return false;
    this.#expect(flags, length);
    return true;
  }

  #joinBody(): number {
    let body = this.#body as Buffer;
    const length = Math.min(this.#length - this.#bodyHave, this.#chunk.length - this.#at);
    const have = this.#bodyHave + length;
    if (have > body.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(body.length * 2, have)));
      copyBytes(body, 0, this.#bodyHave, grown, 0);
      body = grown;
      this.#body = body;
    }
    copyBytes(this.#chunk, this.#at, this.#at + length, body, this.#bodyHave);
    this.#at += length;
    this.#bodyHave = have;
    if (have < this.#length) return NO_FRAME;
    this.bytes = body;
    this.start = 0;
    this.end = have;
    this.#body = null;
    return this.#flags;
  }

  #keepHead(left: number): typeof NO_FRAME {
    for (; left > 0; left--) this.#head[this.#headHave++] = this.#chunk[this.#at++] as number;
    return NO_FRAME;
  }

  /** The head is whole, the body is not. */
  #begin(flags: number, length: number, start: number): number {
    this.#at = start;
    this.#expect(flags, length);
    return this.#joinBody();
  }

  #expect(flags: number, length: number): void {
    this.#headHave = 0;
    this.#flags = flags;
    this.#length = length;
    this.#bodyHave = 0;
    this.#body = this.#memoryFor(Math.min(length, TRUSTED_BYTES_MAX));
  }

  /** At least half of it is used, so that a frame does not keep much more than itself. */
  #memoryFor(length: number): Buffer {
    const spare = this.#spare;
    if (spare === null || length > spare.length || length * 2 < spare.length) return Buffer.allocUnsafeSlow(length);
    this.#spare = null;
    return length === spare.length ? spare : spare.subarray(0, length);
  }

  #acceptable(flags: number, length: number): boolean {
    if (this.fault !== null) return false;
    const isCommand = (flags & FLAG_COMMAND) !== 0;
    const lengthMax = isCommand ? this.commandBytesMax : this.frameBytesMax;
    if ((flags & ~FLAGS_KNOWN) === 0 && !(isCommand && (flags & FLAG_MORE) !== 0) && length <= lengthMax) return true;
    this.fault =
      length > lengthMax
        ? new ZmtpError('ERR_ZMTP_UNSPECIFIED', `a frame of ${length} bytes exceeds the limit of ${lengthMax}`)
        : new ZmtpError('ERR_ZMTP_UNSPECIFIED', `no frame has the flags ${flags.toString(16).padStart(2, '0')}`);
    return false;
  }
}

/**
 * Does the size take eight bytes? A command without LONG and of size 0 can't be, as it has no name: it is how libzmq
 * 4.3.3 and 4.3.4 begin subscriptions to topics of 246 to 255 bytes, and the size follows in eight bytes all the same.
 */
function isLong(flags: number, size: number): boolean {
  return (flags & FLAG_LONG) !== 0 || (flags === FLAG_COMMAND && size === 0);
}
