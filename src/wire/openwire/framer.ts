/**
 * Framer: cuts a stream of chunks into frames, each consumed exactly once.
 *
 *     [size int32][type byte][...]
 *
 *     framer.push(chunk);
 *     while (framer.next()) { ... framer.bytes[framer.start, framer.end) ... }
 *     framer.letGo();
 *     if (framer.fault !== null) close
 *
 * A frame that lies whole in the chunk is looked at where it is. One that is split is gathered in a buffer of our
 * own, which grows with what has arrived, never with what was announced. A size above the limit is a fault before a
 * byte of it is kept. After a fault there are no more frames.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { readU32 } from '../../bytes/numbers.ts';
import { OpenWireError, SIZE_BYTES } from './protocol.ts';

const NOTHING = new Uint8Array(0);
const GATHERING_BYTES_MIN = 512;
/** A gathering buffer above this is not kept for the next split frame. */
const GATHERING_BYTES_KEPT = 16 * 1024;

export class Framer {
  /** Where the current frame lies, without its size. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  fault: OpenWireError | null = null;
  /** The largest frame that is taken. Set anew once it is negotiated. */
  frameBytesMax: number;

  #chunk: Uint8Array = NOTHING;
  /** The first byte of the chunk that no frame has consumed. */
  #at = 0;
  #gathering: Uint8Array = NOTHING;
  #gathered = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Is there another whole frame? Its place is then in the fields. */
  next(): boolean {
    if (this.fault !== null) return false;
    if (this.#gathered > 0) return this.#complete();
    const at = this.#at;
    const left = this.#chunk.length - at;
    if (left < SIZE_BYTES) return this.#keep(left);
    const size = readU32(this.#chunk, at);
    if (!this.#acceptable(size)) return false;
    if (left < SIZE_BYTES + size) return this.#keep(left);
    this.bytes = this.#chunk;
    this.start = at + SIZE_BYTES;
    this.end = this.start + size;
    this.#at = this.end;
    return true;
  }

  /** Lets go of the chunk, whose memory belongs to the socket. Call when `next` has answered false. */
  letGo(): void {
    this.#chunk = NOTHING;
    this.bytes = NOTHING;
    this.#at = 0;
    if (this.#gathered === 0 && this.#gathering.length > GATHERING_BYTES_KEPT) this.#gathering = NOTHING;
  }

  /** Keeps the beginning of a split frame. */
  #keep(left: number): false {
    if (left > 0) this.#gather(left);
    return false;
  }

  #complete(): boolean {
    if (this.#gathered < SIZE_BYTES && !this.#gatherUpTo(SIZE_BYTES)) return false;
    const size = readU32(this.#gathering, 0);
    if (!this.#acceptable(size) || !this.#gatherUpTo(SIZE_BYTES + size)) return false;
    this.bytes = this.#gathering;
    this.start = SIZE_BYTES;
    this.end = SIZE_BYTES + size;
    this.#gathered = 0;
    return true;
  }

  #gatherUpTo(total: number): boolean {
    this.#gather(Math.min(total - this.#gathered, this.#chunk.length - this.#at));
    return this.#gathered === total;
  }

  #gather(length: number): void {
    const total = this.#gathered + length;
    if (total > this.#gathering.length) {
      const useful = Math.min(2 * total, this.frameBytesMax + SIZE_BYTES);
      const grown = new Uint8Array(Math.max(GATHERING_BYTES_MIN, total, useful));
      copyBytes(this.#gathering, 0, this.#gathered, grown, 0);
      this.#gathering = grown;
    }
    copyBytes(this.#chunk, this.#at, this.#at + length, this.#gathering, this.#gathered);
    this.#gathered = total;
    this.#at += length;
  }

  #acceptable(size: number): boolean {
    if (size > 0 && size <= this.frameBytesMax) return true;
    this.fault = new OpenWireError(`a frame of ${size} bytes; the limit is ${this.frameBytesMax}`);
    return false;
  }
}
