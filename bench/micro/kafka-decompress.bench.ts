/**
 * Decompressing the records of a batch: ours, which survives damaged input, against the WebAssembly module that
 * compresses; and what gzip and zstd of Node take for the same.
 */

import { createRequire } from 'node:module';
import { CODEC, type Codec, compress, decompress } from '../../src/wire/kafka/compression.ts';
import type { MicroBench, MicroCase } from './measure.ts';

interface Wasm {
  snappyCompress(bytes: Uint8Array): Uint8Array;
  snappyDecompress(bytes: Uint8Array): Uint8Array;
  lz4Decompress(bytes: Uint8Array): Uint8Array;
}
const wasm = createRequire(import.meta.url)('@platformatic/wasm-utils') as Wasm;
const LIMIT_BYTES = 1_000_000;

/** JSON of orders, as it might be sent. */
const content = Buffer.from(
  Array.from({ length: 1000 }, (_, index) =>
    JSON.stringify({ id: index * 7919, customer: `c${(index * 31) % 997}`, total: (index * 13) % 500, state: 'open' }),
  ).join(''),
);
const group = `${Math.round(content.length / 1000)} KB of JSON`;

function ours(name: string, codec: Codec, packed: Uint8Array): MicroCase {
  return timed(name, () => decompress(codec, packed, 0, packed.length, LIMIT_BYTES).length);
}

function timed(name: string, work: () => number): MicroCase {
  const run = (iterations: number) => {
    let all = 0;
    for (let i = 0; i < iterations; i++) all += work();
    return all;
  };
  return { group, name, run };
}

const raw = wasm.snappyCompress(content);
const lz4 = compress(CODEC.lz4, content);

export default {
  question: 'Decompressing the records of a batch',
  cases: [
    ours('snappy, ours', CODEC.snappy, raw),
    timed('snappy, WebAssembly', () => wasm.snappyDecompress(raw).length),
    ours('lz4, ours', CODEC.lz4, lz4),
    timed('lz4, WebAssembly', () => wasm.lz4Decompress(lz4).length),
    ours('gzip, Node', CODEC.gzip, compress(CODEC.gzip, content)),
    ours('zstd, Node', CODEC.zstd, compress(CODEC.zstd, content)),
  ],
} satisfies MicroBench;
