/** A payload is copied twice in its life, into the journal's slab and out of it. Which call copies which size best? */

import type { MicroBench, MicroCase } from './measure.ts';

const SLAB_BYTES = 1024 * 1024;
const chunk = Buffer.alloc(65536, 1);
const slab = Buffer.alloc(SLAB_BYTES);

function cases(size: number): MicroCase[] {
  const walk = (copy: (to: number, from: number) => void) => (iterations: number) => {
    let to = 0;
    let from = 0;
    for (let i = 0; i < iterations; i++) {
      copy(to, from);
      to += size;
      if (to + size > SLAB_BYTES) to = 0;
      from += size + 8;
      if (from + size > chunk.length) from = 0;
    }
    return slab[to]!;
  };
  const group = `${size} B`;
  return [
    {
      group,
      name: `byte loop`,
      run: walk((to, from) => {
        for (let i = 0; i < size; i++) slab[to + i] = chunk[from + i]!;
      }),
    },
    {
      group,
      name: `slab.set(chunk.subarray())`,
      run: walk((to, from) => slab.set(chunk.subarray(from, from + size), to)),
    },
    {
      group,
      name: `chunk.copy(slab)`,
      run: walk((to, from) => {
        chunk.copy(slab, to, from, from + size);
      }),
    },
  ];
}

export default {
  question: 'Copying a payload between two buffers',
  cases: [16, 32, 64, 128, 256, 1024, 4096].flatMap(cases),
} satisfies MicroBench;
