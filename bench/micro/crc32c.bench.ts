/** The checksum of a Kafka batch: from which size on is the native call worth its price? */

import { createRequire } from 'node:module';
import { slicedCrc32c } from '../../src/bytes/crc32c.ts';
import type { MicroBench, MicroCase } from './measure.ts';

const { crc32c: native } = createRequire(import.meta.url)('@node-rs/crc32') as {
  crc32c: (bytes: Uint8Array) => number;
};

function cases(size: number): MicroCase[] {
  const bytes = Buffer.alloc(size + 100);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31) & 255;
  if (native(bytes.subarray(50, 50 + size)) !== slicedCrc32c(bytes, 50, 50 + size)) {
    throw new Error('the two checksums differ');
  }
  const repeat = (checksum: () => number) => (iterations: number) => {
    let all = 0;
    for (let i = 0; i < iterations; i++) {
      bytes[50] = i;
      all ^= checksum();
    }
    return all;
  };
  const group = `${size} B`;
  return [
    { group, name: '@node-rs/crc32', run: repeat(() => native(bytes.subarray(50, 50 + size))) },
    { group, name: 'sliced by 8', run: repeat(() => slicedCrc32c(bytes, 50, 50 + size)) },
  ];
}

export default {
  question: 'CRC-32C of a piece of a buffer',
  cases: [40, 100, 200, 300, 500, 1000, 16384, 1048576].flatMap(cases),
} satisfies MicroBench;
