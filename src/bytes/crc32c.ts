/**
 * CRC-32C (Castagnoli), the checksum of Kafka's record batches; `zlib.crc32` is another polynomial.
 *
 * Large runs go to a native module, which uses the processor's own instruction; small ones do not repay the call, and
 * where the module does not load there is our own: eight bytes a step, each through the table for its distance from the
 * end of the step. `bench/micro/crc32c.bench.ts` shows where the border is. Both are made at the first call, so a
 * broker that never sees a batch loads neither.
 */
import { createRequire } from 'node:module';

const POLYNOMIAL = 0x82f6_3b78;
const SLICES = 8;
/** From here on the native call is faster. */
export const NATIVE_BYTES_MIN = 256;

type Native = (bytes: Uint8Array) => number;
let tables: Int32Array | null = null;
/** undefined: not tried yet. */
let native: Native | null | undefined;

/** The checksum of `bytes[start, end)`, 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= NATIVE_BYTES_MIN) {
    if (native === undefined) native = loadNative();
    if (native !== null) return native(bytes.subarray(start, end)) >>> 0;
  }
  return slicedCrc32c(bytes, start, end);
}

/** The same without native code. */
export function slicedCrc32c(bytes: Uint8Array, start: number, end: number): number {
  tables ??= makeTables();
  const table = tables;
  let crc = -1;
  let at = start;
  for (const last = end - SLICES; at <= last; at += SLICES) {
    const first = crc ^ word(bytes, at);
    const second = word(bytes, at + 4);
    crc =
      (table[0x700 + (first & 255)] as number) ^
      (table[0x600 + ((first >>> 8) & 255)] as number) ^
      (table[0x500 + ((first >>> 16) & 255)] as number) ^
      (table[0x400 + (first >>> 24)] as number) ^
      (table[0x300 + (second & 255)] as number) ^
      (table[0x200 + ((second >>> 8) & 255)] as number) ^
      (table[0x100 + ((second >>> 16) & 255)] as number) ^
      (table[second >>> 24] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}

/** Four bytes, the lowest first. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
    made[byte] = value;
  }
  for (let at = 256; at < made.length; at++) {
    const previous = made[at - 256] as number;
    made[at] = (previous >>> 8) ^ (made[previous & 255] as number);
  }
  return made;
}

function loadNative(): Native | null {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Native }).crc32c;
  } catch {
    return null;
  }
}
