/** The journal's checksum: what does the native call cost by size, and from which size on is it worth calling? */

import { crc32 } from 'node:zlib';
import type { MicroBench, MicroCase } from './measure.ts';

const TABLES = 16;
const tables = new Int32Array(TABLES * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  tables[byte] = value;
}
for (let at = 256; at < tables.length; at++) {
  const previous = tables[at - 256]!;
  tables[at] = (previous >>> 8) ^ tables[previous & 255]!;
}

/** Sixteen bytes a step, each through the table for its distance from the end of the step. */
function sliced(bytes: Uint8Array, length: number): number {
  let crc = -1;
  let at = 0;
  for (; at + TABLES <= length; at += TABLES) {
    let next = 0;
    for (let i = 0; i < TABLES; i++) {
      const byte = bytes[at + i]! ^ (i < 4 ? (crc >>> (i * 8)) & 255 : 0);
      next ^= tables[(TABLES - 1 - i) * 256 + byte]!;
    }
    crc = next;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}

function cases(size: number): MicroCase[] {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31) & 255;
  if (sliced(bytes, size) !== crc32(bytes)) throw new Error('the two checksums differ');
  const repeat = (checksum: () => number) => (iterations: number) => {
    let all = 0;
    for (let i = 0; i < iterations; i++) {
      bytes[0] = i;
      all ^= checksum();
    }
    return all;
  };
  const group = `${size} B`;
  return [
    { group, name: `zlib.crc32`, run: repeat(() => crc32(bytes)) },
    { group, name: `sliced by 16`, run: repeat(() => sliced(bytes, size)) },
  ];
}

export default {
  question: 'CRC-32 of one piece',
  cases: [32, 64, 128, 256, 1024, 65536, 1048576].flatMap(cases),
} satisfies MicroBench;
