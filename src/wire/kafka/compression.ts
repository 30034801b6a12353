/**
 * The four ways in which the records of a batch are compressed, as a whole.
 *
 * A broker stores and hands on what it is given. It decompresses only where it must see the records: for a consumer of
 * another protocol, for a search by time, for compaction. Decompressing never makes more than `limitBytes`: gzip and
 * zstd stop there (node:zlib), the sizes of snappy and lz4 are known before memory is taken.
 *
 * Compressing by snappy and lz4 is a WebAssembly module's work, which is loaded at the first call. It is not let near
 * compressed input: each damaged one costs it memory that it never gives back, until it is unusable.
 */
import { createRequire } from 'node:module';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { copyBytes } from '../../bytes/copy.ts';
import { writeU32 } from '../../bytes/numbers.ts';
import { ERROR } from './error-codes.ts';
import { lz4Decompress } from './lz4-frame.ts';
import { BATCH_HEADER_BYTES, batchBytes, codecOf } from './record-batch.ts';
import type { RecordCursor } from './record-cursor.ts';
import { FRAMING_HEAD_BYTES, FRAMING_MAGIC, snappyDecompress } from './snappy.ts';
import { KafkaWireError } from './wire-error.ts';

/** As in a batch's attributes. */
export const CODEC = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type Codec = (typeof CODEC)[keyof typeof CODEC];

/** How much goes into one piece of framed snappy, as Java has it. */
const SNAPPY_PIECE_BYTES = 32 * 1024;
const SNAPPY_FRAMING_VERSION = 1;

interface WasmCodecs {
  snappyCompress(bytes: Uint8Array): Uint8Array;
  lz4Compress(bytes: Uint8Array): Uint8Array;
}
let wasm: WasmCodecs | undefined;

/** Opens the cursor on a checked batch, decompressing at most `limitBytes` where that is needed. */
export function openBatch(cursor: RecordCursor, bytes: Uint8Array, at: number, limitBytes: number): void {
  const codec = codecOf(bytes, at);
  if (codec === CODEC.none) return cursor.open(bytes, at);
  const records = decompress(codec, bytes, at + BATCH_HEADER_BYTES, at + batchBytes(bytes, at), limitBytes);
  cursor.openDecompressed(bytes, at, records);
}

/**
 * What `bytes[start, end)` decompresses to. CORRUPT_MESSAGE if it does not, MESSAGE_TOO_LARGE if that is more than
 * `limitBytes`.
 */
export function decompress(
  codec: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  limitBytes: number,
): Uint8Array {
  switch (codec) {
    case CODEC.none:
      return bytes.subarray(start, end);
    case CODEC.gzip:
      return inflate('gzip', gunzipSync, bytes.subarray(start, end), limitBytes);
    case CODEC.snappy:
      return snappyDecompress(bytes, start, end, limitBytes);
    case CODEC.lz4:
      return lz4Decompress(bytes, start, end, limitBytes);
    case CODEC.zstd:
      return inflate('zstd', zstdDecompressSync, bytes.subarray(start, end), limitBytes);
    default:
      throw new KafkaWireError(ERROR.UNSUPPORTED_COMPRESSION_TYPE, `compression ${codec} is unknown`);
  }
}

export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case CODEC.none:
      return bytes;
    case CODEC.gzip:
      return gzipSync(bytes);
    case CODEC.snappy:
      return framedSnappy(bytes);
    case CODEC.lz4:
      return loadWasm().lz4Compress(bytes);
    case CODEC.zstd:
      return zstdCompressSync(bytes);
  }
}

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array<ArrayBuffer>;

function inflate(name: string, by: Inflate, bytes: Uint8Array, limitBytes: number): Uint8Array {
  try {
    const { buffer, byteOffset, length } = by(bytes, { maxOutputLength: limitBytes });
    // A plain Uint8Array, as the other codecs give: the slice of a Buffer would be no copy.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new KafkaWireError(ERROR.MESSAGE_TOO_LARGE, `${name}: the limit is ${limitBytes} bytes decompressed`);
    }
    throw new KafkaWireError(ERROR.CORRUPT_MESSAGE, `${name}: ${message}`);
  }
}

/** In Java's framing, since that is what consumers mostly see. */
function framedSnappy(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = FRAMING_HEAD_BYTES;
  let from = 0;
  do {
    const piece = loadWasm().snappyCompress(bytes.subarray(from, from + SNAPPY_PIECE_BYTES));
    pieces.push(piece);
    length += 4 + piece.length;
    from += SNAPPY_PIECE_BYTES;
  } while (from < bytes.length);
  const framed = new Uint8Array(length);
  framed.set(FRAMING_MAGIC);
  writeU32(framed, 8, SNAPPY_FRAMING_VERSION);
  writeU32(framed, 12, SNAPPY_FRAMING_VERSION);
  let at = FRAMING_HEAD_BYTES;
  for (const piece of pieces) {
    writeU32(framed, at, piece.length);
    copyBytes(piece, 0, piece.length, framed, at + 4);
    at += 4 + piece.length;
  }
  return framed;
}

function loadWasm(): WasmCodecs {
  if (wasm === undefined) {
    const require = createRequire(import.meta.url);
    wasm = require('@platformatic/wasm-utils') as WasmCodecs;
  }
  return wasm;
}
