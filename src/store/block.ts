/**
 * Block: the unit that engines keep. This file owns the 64 bytes that open every block; the journal owns the body.
 *
 *    0 u32 magic 'DRGB'              32 f64 commit group number
 *    4 u8  version = 1               40 f64 highest block number of this chain known durable when this one was sealed
 *    5 u8  flags                     48 f64 wall clock, milliseconds since the epoch
 *    6 u16 chain (index in CHAINS)        56 u32 CRC-32 of the body, bytes [64, length)
 *    8 f64 block number, dense from 1     60 u32 CRC-32 of header bytes [0, 60)
 *   16 u32 store id
 *   20 u32 epoch, raised by every opening of the store
 *   24 u32 length, header included
 *   28 u32 previous: the header CRC (bytes 60..63) of the block numbered one less in the same chain; 0 for block 1
 *
 * Little endian. Because the header holds the body's CRC, and the next header holds this header's, the header CRCs form
 * the *chain CRC*: a block continues another one only if it names it. That, the store id, the number and the epoch tell
 * a block from what a recycled file held before, and a block of this life from the torn end of an earlier one.
 *
 * Sealing writes in place: the caller has filled the body in its slab, and one call adds the header before it.
 */
import { crc32 } from 'node:zlib';

export const BLOCK_HEADER_BYTES = 64;
export const BLOCK_VERSION = 1;
/** 'DRGB' as it is read by a little endian u32. */
export const BLOCK_MAGIC = 0x42475244;
/** The same four bytes, for searching. */
export const BLOCK_MAGIC_BYTES = Uint8Array.of(0x44, 0x52, 0x47, 0x42);
/** Block 1 is the first of every chain, so that 0 can mean "none". */
export const FIRST_BLOCK = 1;

/** The last block of its commit group. */
export const FLAG_GROUP_END = 1;
/** The body holds payload, not only records. */
export const FLAG_PAYLOAD = 2;
/** The body holds a part of a checkpoint. */
export const FLAG_CHECKPOINT = 4;

const CRC_AT = 60;

/** A parsed header. One instance is refilled by every read, so that scanning allocates nothing per block. */
export class BlockHeader {
  flags = 0;
  chain = 0;
  number = 0;
  storeId = 0;
  epoch = 0;
  length = 0;
  previousCrc = 0;
  group = 0;
  durableNumber = 0;
  wallClockMs = 0;
  bodyCrc = 0;
  /** The chain CRC: what the next block's `previousCrc` must be. */
  headerCrc = 0;

  copyFrom(other: BlockHeader): void {
    Object.assign(this, other);
  }
}

/**
 * The view of the buffer used last: making one costs more than its use, and many blocks in a row stand in one buffer.
 */
let lastView: DataView = new DataView(new ArrayBuffer(0));

function viewOf(bytes: Uint8Array): DataView {
  if (lastView.buffer !== bytes.buffer) lastView = new DataView(bytes.buffer);
  return lastView;
}

/**
 * Writes the header of the block that stands at `slab[at, at + header.length)` and whose body is already there.
 * Fills in `header.bodyCrc` and `header.headerCrc`, and returns the latter: the next block's `previousCrc`.
 */
export function sealBlock(slab: Uint8Array, at: number, header: BlockHeader): number {
  if (header.length < BLOCK_HEADER_BYTES || at + header.length > slab.length) {
    throw new RangeError(`a block of ${header.length} bytes does not fit at ${at} of ${slab.length}`);
  }
  const view = viewOf(slab);
  const base = slab.byteOffset + at;
  header.bodyCrc = crc32(slab.subarray(at + BLOCK_HEADER_BYTES, at + header.length));
  view.setUint32(base, BLOCK_MAGIC, true);
  view.setUint8(base + 4, BLOCK_VERSION);
  view.setUint8(base + 5, header.flags);
  view.setUint16(base + 6, header.chain, true);
  view.setFloat64(base + 8, header.number, true);
  view.setUint32(base + 16, header.storeId, true);
  view.setUint32(base + 20, header.epoch, true);
  view.setUint32(base + 24, header.length, true);
  view.setUint32(base + 28, header.previousCrc, true);
  view.setFloat64(base + 32, header.group, true);
  view.setFloat64(base + 40, header.durableNumber, true);
  view.setFloat64(base + 48, header.wallClockMs, true);
  view.setUint32(base + 56, header.bodyCrc, true);
  header.headerCrc = crc32(slab.subarray(at, at + CRC_AT));
  view.setUint32(base + CRC_AT, header.headerCrc, true);
  return header.headerCrc;
}

/**
 * Parses and verifies the 64 bytes at `bytes[at]`. Null when they are a header (which says nothing of the body),
 * otherwise why they are not. `header` is overwritten in both cases as soon as the magic matches.
 */
export function readBlockHeader(bytes: Uint8Array, at: number, header: BlockHeader): string | null {
  if (at + BLOCK_HEADER_BYTES > bytes.length) return 'the area ends inside the header';
  const view = viewOf(bytes);
  const base = bytes.byteOffset + at;
  if (view.getUint32(base, true) !== BLOCK_MAGIC) return 'no block starts here';
  header.flags = view.getUint8(base + 5);
  header.chain = view.getUint16(base + 6, true);
  header.number = view.getFloat64(base + 8, true);
  header.storeId = view.getUint32(base + 16, true);
  header.epoch = view.getUint32(base + 20, true);
  header.length = view.getUint32(base + 24, true);
  header.previousCrc = view.getUint32(base + 28, true);
  header.group = view.getFloat64(base + 32, true);
  header.durableNumber = view.getFloat64(base + 40, true);
  header.wallClockMs = view.getFloat64(base + 48, true);
  header.bodyCrc = view.getUint32(base + 56, true);
  header.headerCrc = view.getUint32(base + CRC_AT, true);
  if (crc32(bytes.subarray(at, at + CRC_AT)) !== header.headerCrc) return 'the header does not match its checksum';
  const version = view.getUint8(base + 4);
  if (version !== BLOCK_VERSION) return `the block is of version ${version}, this program reads ${BLOCK_VERSION}`;
  if (header.length < BLOCK_HEADER_BYTES) return `the block says it is ${header.length} bytes long`;
  if (!Number.isSafeInteger(header.number) || header.number < FIRST_BLOCK) return 'the block has no number';
  return null;
}

/** Verifies the body under a header that `readBlockHeader` accepted; null when whole. */
export function verifyBlockBody(bytes: Uint8Array, at: number, header: BlockHeader): string | null {
  const end = at + header.length;
  if (end > bytes.length) return `block ${header.number} ends beyond its area`;
  if (crc32(bytes.subarray(at + BLOCK_HEADER_BYTES, end)) !== header.bodyCrc) {
    return `the body of block ${header.number} does not match its checksum`;
  }
  return null;
}
