/**
 * Decompresses LZ4 frames.
 *
 *     frame    04 22 4d 18 [flags][block size][content size u64?][header checksum]
 *              n * ([block length u32][block][checksum u32?]) 00 00 00 00 [content checksum u32?]
 *     block    n * ([token: literals 4 bits, match 4 bits][more literals ...][literals][offset u16][more match ...])
 *              the last sequence ends behind its literals; top bit of the block length set: stored as it is
 *
 * All sequences are walked before memory is taken: so the size is known exactly, a bomb is refused by its size and not
 * by its announcement, and the second walk needs to check offsets only. Checksums inside the frame are passed over: the
 * batch's own covers the same bytes. Frames may follow each other, and skippable ones are skipped.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { repeatBytes } from '../../bytes/repeat.ts';
import { ERROR } from './error-codes.ts';
import { KafkaWireError } from './wire-error.ts';

const MAGIC = 0x184d_2204;
/** Sixteen of them, told apart by their last four bits. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const FLAG = {
  version: 0xc0,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
} as const;
const VERSION = 0x40;
const STORED = 0x8000_0000;
const MATCH_BYTES_MIN = 4;
const NIBBLE_FULL = 15;

/** The decompressed content of `bytes[start, end)`, at most `limitBytes`. */
export function lz4Decompress(bytes: Uint8Array, start: number, end: number, limitBytes: number): Uint8Array {
  const length = walkFrames(bytes, start, end, null);
  if (length > limitBytes) {
    throw new KafkaWireError(ERROR.MESSAGE_TOO_LARGE, `lz4: ${length} bytes decompressed, the limit is ${limitBytes}`);
  }
  const target = new Uint8Array(length);
  walkFrames(bytes, start, end, target);
  return target;
}

/** Goes through all frames, writing to `target` if there is one, and says how many bytes they decompress to. */
function walkFrames(bytes: Uint8Array, start: number, end: number, target: Uint8Array | null): number {
  let out = 0;
  let at = start;
  while (at < end) {
    const magic = u32(bytes, at, end);
    if ((magic & 0xffff_fff0) === SKIPPABLE_MAGIC) {
      at += 8 + u32(bytes, at + 4, end);
      if (at > end) damaged('a frame is cut off');
      continue;
    }
    if (magic !== MAGIC) damaged('this is no frame');
    const frame = new Frame(bytes, at + 4, end);
    out = frame.walk(target, out);
    at = frame.at;
  }
  return out;
}

class Frame {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #flags: number;
  readonly #blockBytesMax: number;
  /** -1: not said. */
  readonly #contentBytes: number;

  /** Reads the header at `at`, behind the magic. */
  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    if (end - at < 3) damaged('a frame is cut off');
    this.#flags = bytes[at] as number;
    const blockSize = ((bytes[at + 1] as number) >>> 4) & 7;
    if ((this.#flags & FLAG.version) !== VERSION || blockSize < 4) damaged('a frame of unknown version or block size');
    if ((this.#flags & FLAG.dictionary) !== 0) damaged('a dictionary that we do not have');
    this.#blockBytesMax = 1 << (2 * blockSize + 8);
    const hasSize = (this.#flags & FLAG.contentSize) !== 0;
    this.#contentBytes = hasSize ? u32(bytes, at + 2, end) + u32(bytes, at + 6, end) * 0x1_0000_0000 : -1;
    this.at = at + 3 + (hasSize ? 8 : 0);
  }

  walk(target: Uint8Array | null, from: number): number {
    const checksumBytes = (this.#flags & FLAG.blockChecksum) === 0 ? 0 : 4;
    let out = from;
    for (;;) {
      const head = u32(this.#bytes, this.at, this.#end);
      this.at += 4;
      if (head === 0) break;
      const length = head % STORED;
      const end = this.at + length;
      if (end + checksumBytes > this.#end) damaged('a block is cut off');
      if (length > this.#blockBytesMax) damaged('a block is larger than the frame allows');
      out = head >= STORED ? this.#store(end, target, out) : this.#decompress(end, target, from, out);
      this.at = end + checksumBytes;
    }
    if ((this.#flags & FLAG.contentChecksum) !== 0) this.at += 4;
    if (this.at > this.#end) damaged('a frame is cut off');
    if (this.#contentBytes >= 0 && this.#contentBytes !== out - from)
      damaged('the content is not as long as announced');
    return out;
  }

  #store(end: number, target: Uint8Array | null, out: number): number {
    if (target !== null) copyBytes(this.#bytes, this.at, end, target, out);
    return out + end - this.at;
  }

  /** The block that ends at `end`. Its matches may reach back to `from`, where the frame's content begins. */
  #decompress(end: number, target: Uint8Array | null, from: number, blockStart: number): number {
    const bytes = this.#bytes;
    let at = this.at;
    let out = blockStart;
    for (;;) {
      if (at >= end) damaged('a block ends within a sequence');
      const token = bytes[at++] as number;
      let literals = token >>> 4;
      if (literals === NIBBLE_FULL) {
        literals += this.#more(at, end);
        at = this.at;
      }
      if (literals > end - at) damaged('literals reach beyond their block');
      if (target !== null) copyBytes(bytes, at, at + literals, target, out);
      at += literals;
      out += literals;
      if (at === end) break;
      if (end - at < 2) damaged('a block ends within a sequence');
      const distance = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
      at += 2;
      let length = (token & NIBBLE_FULL) + MATCH_BYTES_MIN;
      if (length === NIBBLE_FULL + MATCH_BYTES_MIN) {
        length += this.#more(at, end);
        at = this.at;
      }
      if (distance === 0 || distance > out - from) damaged('a match reaches back beyond the content');
      if (target !== null) repeatBytes(target, out, distance, length);
      out += length;
    }
    if (out - blockStart > this.#blockBytesMax) damaged('a block is larger than the frame allows');
    return out;
  }

  /** What the bytes at `at` add to a length that four bits could not hold. */
  #more(at: number, end: number): number {
    let length = 0;
    for (;;) {
      if (at >= end) damaged('a block ends within a length');
      const more = this.#bytes[at++] as number;
      length += more;
      if (more === 255) continue;
      this.at = at;
      return length;
    }
  }
}

/** LZ4 has its numbers lowest byte first. */
function u32(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4) damaged('a frame is cut off');
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function damaged(what: string): never {
  throw new KafkaWireError(ERROR.CORRUPT_MESSAGE, `lz4: ${what}`);
}
